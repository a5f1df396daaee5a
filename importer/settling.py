"""Find out about what is in doubt, by the marker, and never by sending again.

    found once, as sent            posted, with the look-up as proof
    found otherwise, or twice      held: the ERP differs, with both figures
    not found, list not proven     stays in doubt
    not found for long, and a later payment is visible in the same list
                                   held: not found; a person decides
    held as not found, and found   posted after all
    not found, and the ERP takes a marker once only
                                   may be sent again: a second one is refused there

Presence is proof at once.  Absence is none: the list may lag, and a request may
still be applied.  A look that is proof of nothing new is not written down.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from importer.erp import Erp
from importer.journal import Journal
from importer.journal.entry import Doubt, Entry, Held, Look, Part
from importer.logs import Log
from importer.lookup import is_like, marked
from importer.model import (
    Found,
    Hold,
    InDoubt,
    NotSent,
    Payment,
    Posted,
    Reason,
    Refused,
)
from importer.notation import together

SETTLE_AFTER = timedelta(minutes=30)
LOOKS_LEAST = 3
BETWEEN_LOOKS = timedelta(minutes=5)
LOOK_BACK = timedelta(days=7)
_log = Log("settling")


@dataclass(frozen=True, slots=True)
class Settled:
    """How many parts in doubt were found posted, held, and are still in doubt."""

    posted: int = 0
    held: int = 0
    open: int = 0


def settle(journal: Journal, erp: Erp, now: Callable[[], datetime]) -> Settled:
    """Look for every part in doubt once; raises when the ERP cannot be asked."""
    posted = held = still = 0
    lists = _Lists(erp)
    for entry, place, part in list(_doubtful(journal, now(), lists.takes_once)):
        found = _look(journal, lists, entry, place, part, now())
        match found:
            case Posted():
                posted += 1
            case Hold():
                held += 1
            case None:
                still += 1
        word = type(found).__name__.lower() if found else "open"
        _log.info("looked for in the ERP", remittance=entry.id, part=place, found=word)
    return Settled(posted, held, still)


def _doubtful(
    journal: Journal,
    at: datetime,
    was_released: bool,  # noqa: FBT001 -- of the ERP
) -> Iterator[tuple[Entry, int, Part]]:
    """Find what to look for; what was being sent when its sender died included.

    Where doubts are released, a refusal may be that of a second request while the
    first one is still to come in.
    """
    for entry in journal.entries(statuses=("posting",)):
        for place, part in enumerate(entry.parts):
            if part.under_way:
                why = InDoubt("the program stopped while it was being sent")
                journal.finish(entry.id, place, why)
    refused = ("refused",) if was_released else ()
    for entry in journal.entries(statuses=("in_doubt", "held", *refused)):
        if not isinstance(entry.state, Doubt) and not _may_turn_up(entry, at):
            continue
        for place, part in enumerate(entry.parts):
            is_second = isinstance(part.outcome, Refused) and part.attempts > 1
            if isinstance(part.outcome, InDoubt) or is_second:
                yield entry, place, part


def _may_turn_up(entry: Entry, at: datetime) -> bool:
    """Say whether what is held or refused was sent of late and not found."""
    state = entry.state
    if isinstance(state, Held) and state.hold.reason is not Reason.NOT_FOUND:
        return False
    # A clock that was set back says of an event that it is older than its file.
    return at - max(entry.changed_at, entry.file.taken_at) <= LOOK_BACK


class _Lists:
    """The ERP's lists of a round of looks, each window asked for once."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp
        self.takes_once = erp.traits.takes_once
        self._days: dict[date, tuple[Found, ...]] = {}

    def search(self, reference: str, marker: str) -> list[Found]:
        return marked(self._erp.search(reference), marker)

    def around(self, payment: Payment) -> tuple[Found, ...]:
        day = payment.value_date
        if day not in self._days:
            self._days[day] = self._erp.listed([day], [payment.marker])
        return self._days[day]


def _look(  # noqa: PLR0913, PLR0917 -- one part, where it is, and when
    journal: Journal, lists: _Lists, entry: Entry, place: int, part: Part, at: datetime
) -> Posted | Hold | None:
    """Look once; write what came of it."""
    payment = part.payment
    reference = part.claim.reference if part.claim else payment.marker
    found = lists.search(reference, payment.marker)
    if not found and lists.takes_once:
        _release(journal, entry, place, part, at)
        return None
    listed = () if found else lists.around(payment)
    found = found or marked(listed, payment.marker)
    came_in = [one for one in found if one.total >= 0]
    if len(came_in) == 1 and is_like(came_in[0], payment):
        one = came_in[0]
        proof = f"found in the ERP by its marker, control number {one.control_number}"
        outcome = Posted(one.control_number, proof)
        journal.finish(entry.id, place, outcome, proof)
        if len(found) > 1:
            journal.note(entry.id, "ALARM: the ERP also lists a reversal of it")
        return outcome
    if found:
        return _held(journal, entry, Reason.DIFFERS_IN_ERP, _differs(found, part))
    if not isinstance(entry.state, Doubt):
        return None
    return _not_found(journal, entry, place, part, listed, at)


def _release(
    journal: Journal, entry: Entry, place: int, part: Part, at: datetime
) -> None:
    """Let a part be sent again that the ERP does not have, and would not take twice.

    Not at once: what is under way there would only make a refusal of the second.
    Never where it is known that the ERP has done something else with it.
    """
    sent = part.claim.at if part.claim else at
    is_known = isinstance(part.outcome, InDoubt) and bool(part.outcome.alarm)
    if is_known or not isinstance(entry.state, Doubt):
        return
    if at - sent >= BETWEEN_LOOKS:
        why = (
            f'looked for "{part.payment.marker}" at {at:%Y-%m-%d %H:%M} UTC: not '
            "there, and the ERP takes it once only"
        )
        journal.finish(entry.id, place, NotSent(why))


def _not_found(  # noqa: PLR0913, PLR0917 -- one part, what was listed, and when
    journal: Journal,
    entry: Entry,
    place: int,
    part: Part,
    listed: tuple[Found, ...],
    at: datetime,
) -> Hold | None:
    """Write down a vain look; hold when it was the last one that is needed."""
    if part.looks and at - part.looks[-1].at < BETWEEN_LOOKS:
        return None
    witnessed = _is_witnessed(journal, part, listed)
    if len(part.looks) >= LOOKS_LEAST and not witnessed:
        return None
    sentence = (
        f'looked for "{part.payment.marker}" and through {len(listed)} payments of the '
        f"days around: not found, {'with' if witnessed else 'without'} a later one"
    )
    journal.looked(entry.id, place, Look(at, witnessed, sentence))
    looks = sum(look.witnessed for look in part.looks) + witnessed
    sent = part.claim.at if part.claim else at
    if looks < LOOKS_LEAST or at - sent < SETTLE_AFTER:
        return None
    why = (
        f"sent at {sent:%Y-%m-%d %H:%M} UTC and not found in {looks} looks, in "
        "which a later payment was visible. Look in the ERP, then write "
        "posted and its control number, or send again"
    )
    return _held(journal, entry, Reason.NOT_FOUND, why)


def _differs(found: list[Found], part: Part) -> str:
    payment = part.payment
    there = "; ".join(
        f"control number {one.control_number}: {one.customer_name}, {one.total}"
        for one in found
    )
    times = sum(one.total >= 0 for one in found)
    doubled = f"ALARM: booked {times} times. " if times > 1 else ""
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
    shares = together(part.payment for part in entry.parts)
    hold = Hold(reason, sentence, entry.evidence, shares)
    if isinstance(current.state, Doubt | Held):
        journal.hold(entry.id, current.version, hold)
    return hold
