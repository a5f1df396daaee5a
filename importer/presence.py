"""What the ERP has already of what is ready: settled, or held, before it is sent."""

from collections.abc import Sequence
from functools import partial

from importer.erp import Erp
from importer.journal import Journal
from importer.journal.entry import Entry, Ready
from importer.lookup import Listed, is_like
from importer.model import Hold, Posted, Reason
from importer.notation import together


def there(journal: Journal, erp: Erp, ready: Sequence[Entry]) -> Listed:
    """List what the ERP has on the days concerned, or under these markers."""
    waiting = [part.payment for one in ready for part in one.parts if part.waits]
    found = erp.listed(
        [one.value_date for one in waiting], [one.marker for one in waiting]
    )
    markers = frozenset(part.payment.marker for one in ready for part in one.parts)
    return Listed(found, partial(_knows, journal, markers))


def _knows(
    journal: Journal, ready: frozenset[str], control_number: str, marks: Sequence[str]
) -> bool:
    """Say whether a payment of ours in the ERP is one that this journal knows."""
    return not ready.isdisjoint(marks) or journal.knows(control_number, marks)


def unless_there(journal: Journal, entry: Entry, there: Listed) -> Entry | None:
    """Return what of the entry is to be sent; settle here what the ERP has already."""
    version = entry.version
    for place, part in enumerate(entry.parts):
        if not part.waits:
            continue
        payment = part.payment
        seen = there.ours(payment.marker)
        ours = [one for one in seen if one.total >= 0]
        if len(ours) == 1 and is_like(ours[0], payment):
            how = "found in the ERP by its marker before sending"
            posted = Posted(ours[0].control_number, how)
            version = journal.finish(entry.id, place, posted, how)
            if len(seen) > 1:
                alarm = "ALARM: the ERP also lists a reversal of it"
                version = journal.note(entry.id, alarm)
        elif seen:
            numbers = ", ".join(one.control_number for one in seen)
            sentence = (
                "the ERP has a payment with this marker that differs: control number "
                f"{numbers}; if it is this one, write posted and that number"
            )
            hold(journal, entry, version, Reason.DIFFERS_IN_ERP, sentence)
            return None
        elif Reason.POSSIBLY_BY_HAND.value not in _released(entry) and (
            typed := there.by_hand(payment)
        ):
            sentence = (
                f"already in the ERP? control number {typed.control_number} of "
                f"{typed.date} has this customer and amount"
            )
            hold(journal, entry, version, Reason.POSSIBLY_BY_HAND, sentence)
            return None
    again = entry if version == entry.version else journal.entry(entry.id)
    return again if again and isinstance(again.state, Ready) else None


def _released(entry: Entry) -> tuple[str, ...]:
    return entry.state.plan.released if isinstance(entry.state, Ready) else ()


def hold(
    journal: Journal, entry: Entry, version: int, reason: Reason, sentence: str
) -> None:
    """Hold a remittance with its payments as the suggestion, if it stands there yet."""
    shares = together(part.payment for part in entry.parts)
    journal.hold(entry.id, version, Hold(reason, sentence, entry.evidence, shares))
