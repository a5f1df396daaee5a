"""Find out about what is in doubt, by the marker, and never by sending again.

    found once, as sent            posted, with the look-up as proof
    found otherwise, or twice      held: the ERP differs, with both figures
    not found, list not proven     stays in doubt
    not found for long, and a later payment is visible in the same list
                                   held: not found; a person decides

Presence is proof at once.  Absence is none: the list may lag, and a request may
still be applied.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from importer.erp import Erp
from importer.identity import markers_in
from importer.journal import Journal
from importer.journal.entry import Doubt, Entry, Look, Part, Posting
from importer.model import Found, Hold, InDoubt, Posted, Reason, Share
from importer.posting import is_like

SETTLE_AFTER = timedelta(minutes=30)
LOOKS_LEAST = 3
AROUND = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many parts in doubt were found posted, held, and are still in doubt."""

    posted: int = 0
    held: int = 0
    open: int = 0


def settle(journal: Journal, erp: Erp, now: Callable[[], datetime]) -> Settled:
    """Look for every part in doubt once; raises when the ERP cannot be asked."""
    posted = held = still = 0
    for entry in list(journal.entries(statuses=("in_doubt", "posting"))):
        for place, part in enumerate(entry.parts):
            if part.under_way and isinstance(entry.state, Posting):
                why = InDoubt("the program stopped while it was being sent")
                journal.finish(entry.id, place, why)
            elif not isinstance(part.outcome, InDoubt):
                continue
            match _look(journal, erp, entry, place, part, now()):
                case Posted():
                    posted += 1
                case Hold():
                    held += 1
                    break
                case None:
                    still += 1
    return Settled(posted, held, still)


def _look(  # noqa: PLR0913, PLR0917 -- one part, where it is, and when
    journal: Journal, erp: Erp, entry: Entry, place: int, part: Part, at: datetime
) -> Posted | Hold | None:
    """Look once; write what came of it."""
    payment = part.payment
    reference = part.claim.reference if part.claim else payment.marker
    found = _ours(erp.search(reference), payment.marker)
    listed: tuple[Found, ...] = ()
    if not found:
        days = (payment.value_date - AROUND, payment.value_date + AROUND)
        listed = erp.listed(*days)
        found = _ours(listed, payment.marker)
    came_in = [one for one in found if one.total >= 0]
    if len(came_in) == 1 and is_like(came_in[0], payment):
        one = came_in[0]
        proof = f"found in the ERP by its marker, control number {one.control_number}"
        outcome = Posted(one.control_number, proof)
        journal.finish(entry.id, place, outcome, proof)
        if len(found) > 1:
            journal.note(entry.id, "ALARM: the ERP also lists a reversal of it")
        return outcome
    if came_in:
        return _held(journal, entry, Reason.DIFFERS_IN_ERP, _differs(came_in, part))
    witnessed = _is_witnessed(journal, part, listed)
    sentence = f'looked for "{payment.marker}" and for the days around: not found'
    journal.looked(entry.id, place, Look(at, witnessed, sentence))
    looks = sum(look.witnessed for look in part.looks) + witnessed
    sent = part.claim.at if part.claim else at
    if looks >= LOOKS_LEAST and at - sent >= SETTLE_AFTER:
        why = (
            f"sent at {sent:%Y-%m-%d %H:%M} UTC and not found in {looks} looks, in "
            "which a later payment was visible. Look in the ERP, then write "
            "posted and its control number, or send again"
        )
        return _held(journal, entry, Reason.NOT_FOUND, why)
    return None


def _ours(found: tuple[Found, ...], marker: str) -> list[Found]:
    return [
        one for one in found if marker in markers_in(f"{one.reference} {one.notes}")
    ]


def _differs(found: list[Found], part: Part) -> str:
    payment = part.payment
    there = "; ".join(
        f"control number {one.control_number}: {one.customer_name}, {one.total}"
        for one in found
    )
    doubled = f"ALARM: booked {len(found)} times. " if len(found) > 1 else ""
    sent = f"sent was {payment.customer_name}, {payment.total}"
    return f"{doubled}{sent}; the ERP has {there}"


def _is_witnessed(journal: Journal, part: Part, listed: tuple[Found, ...]) -> bool:
    """Say whether the list shows a payment that was sent after this one."""
    if part.claim is None:
        return False
    visible = {one.control_number for one in listed}
    return any(
        isinstance(later.outcome, Posted) and later.outcome.control_number in visible
        for later in journal.posted_after(part.claim.at)
    )


def _held(journal: Journal, entry: Entry, reason: Reason, sentence: str) -> Hold:
    current = journal.entry(entry.id)
    assert current is not None, "what was read a moment ago is there"
    shares = tuple(
        Share(one.customer, one.applications, one.unapplied)
        for one in (part.payment for part in entry.parts)
    )
    hold = Hold(reason, sentence, entry.evidence, shares)
    if isinstance(current.state, Doubt):
        journal.hold(entry.id, current.version, hold)
    return hold
