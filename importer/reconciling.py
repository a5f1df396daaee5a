"""Hold what we call posted against the ERP's own list: missing, doubled, changed.

    as it was sent                         verified
    not listed, and later ones are         missing: voided, or lost
    more than one with our marker          doubled
    a reversal with our marker             voided
    another customer, sum, or invoices     changed
    nothing said so here, and it is there  posted after all, where it may be
    a marker that nobody here knows        stranger
    without a marker, like one of ours     by hand: perhaps typed in as well

(1) Nothing is sent.  What is posted stays posted: a difference is an alarm on the
    remittance, for a person, and the ERP has no call that would undo it.
(2) Absence is told only of what was posted half an hour ago, and only where the
    list shows a payment that was sent later.
(3) A list that cannot be read whole raises; nothing is concluded from it.
(4) What a person has seen and acknowledged is told no more; another difference is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from importer import files
from importer.cells import encode_cell
from importer.erp import Erp
from importer.journal import Journal
from importer.journal.deeds import alarm
from importer.journal.entry import Done, Doubt, Entry, Held, Part, Refusal
from importer.logs import Log
from importer.lookup import Listed, is_as_sent, is_like
from importer.model import Found, Posted, Remittance
from importer.results import SWEPT

RECENT = timedelta(days=1)
ABSENT_AFTER = timedelta(minutes=30)
_log = Log("reconciling")


@dataclass(frozen=True, slots=True)
class Difference:
    """One payment that is not as the journal has it; `remittance` may be unknown."""

    kind: str
    remittance: str
    control_number: str
    sentence: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what it has in common with itself of another day."""
        return self.kind, self.remittance, self.sentence


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many payments were seen as sent, what differs, and what nobody can tell.

    So many differences more are `acknowledged`.
    """

    seen: int = 0
    unproven: int = 0
    differences: tuple[Difference, ...] = ()
    acknowledged: int = 0


NOTHING = Reconciled()


def read_back(journal: Journal, erp: Erp, now: Callable[[], datetime]) -> Reconciled:
    """Look for what was posted since yesterday and was not seen in the list yet.

    What else is listed is for a sweep: another workspace may post there, too.
    """
    recent = journal.posted_since(now() - RECENT)
    judged = _judge(journal, erp, [one for one in recent if not one.verified], now())
    return _written(journal, judged, tuple(judged.ours()))


def sweep(
    journal: Journal, erp: Erp, now: Callable[[], datetime], back: timedelta
) -> Reconciled:
    """Hold all that was posted lately against the list, and the list against it."""
    judged = _judge(journal, erp, list(journal.posted_since(now() - back)), now())
    return _written(journal, judged, (*judged.ours(), *judged.theirs()))


def _judge(
    journal: Journal, erp: Erp, entries: Sequence[Entry], at: datetime
) -> "_Judge":
    days = [
        one.notice.value_date for one in entries if isinstance(one.notice, Remittance)
    ]
    markers = [part.payment.marker for one in entries for part in one.parts]
    return _Judge(journal, Listed(erp.listed(days, markers)), entries, at)


def _written(
    journal: Journal, judged: "_Judge", found: tuple[Difference, ...]
) -> Reconciled:
    """Write alarms, and what was seen as sent, into the journal."""
    known = journal.acknowledged() if found else ()
    differences = tuple(one for one in found if one.key not in known)
    for one in differences:
        _alarm(journal, one)
    journal.verify(judged.fresh)
    for one in differences:
        _log.warning("differs in the ERP", remittance=one.remittance, kind=one.kind)
    counts = {"seen": judged.seen, "unproven": judged.unproven}
    if any(counts.values()):
        _log.info("read back from the ERP", **counts, differences=len(differences))
    acknowledged = len(found) - len(differences)
    return Reconciled(judged.seen, judged.unproven, differences, acknowledged)


def _alarm(journal: Journal, one: Difference) -> None:
    """Write an alarm on the remittance, once."""
    entry = journal.entry(one.remittance) if one.remittance else None
    sentence = alarm(one.kind, one.sentence)
    if entry is not None and sentence not in entry.alarms:
        journal.note(entry.id, sentence)


class _Judge:
    """Tells one payment after the other, and counts."""

    def __init__(
        self, journal: Journal, listed: Listed, entries: Sequence[Entry], at: datetime
    ) -> None:
        self._journal, self._listed = journal, listed
        self._entries, self._at = entries, at
        self._latest = _latest_seen(listed, entries)
        self.seen = self.unproven = 0
        self.fresh: dict[str, str] = {}

    def ours(self) -> Iterator[Difference]:
        """Tell all that the journal calls posted."""
        for entry in self._entries:
            yield from self._of(entry)

    def _of(self, entry: Entry) -> Iterator[Difference]:
        assert isinstance(entry.state, Done), "only what is posted is asked for"
        whole = True
        pairs = [
            (part, part.outcome)
            for part in entry.parts
            if isinstance(part.outcome, Posted)
        ]
        if not pairs:
            # A person has named the number, and nobody here had planned a payment.
            numbers = [one.control_number for one in entry.state.posted]
            whole = all(self._listed.ours("", number) for number in numbers)
        for part, posted in pairs:
            found = self._listed.ours(part.payment.marker, posted.control_number)
            kind, sentence = _told(part, posted, found)
            if kind:
                whole = False
                yield Difference(kind, entry.id, posted.control_number, sentence)
            elif not found:
                whole = False
                yield from self._absent(entry, part, posted)
            elif typed := self._listed.by_hand(part.payment):
                sentence = f"control number {typed.control_number} is like it"
                yield Difference("by hand", entry.id, posted.control_number, sentence)
        if whole:
            self.seen += 1
            if not entry.verified:
                self.fresh[entry.id] = "the ERP lists it as it was sent"

    def _absent(self, entry: Entry, part: Part, posted: Posted) -> Iterator[Difference]:
        sent = part.claim.at if part.claim else entry.changed_at
        late = self._at - sent >= ABSENT_AFTER
        if late and self._latest is not None and self._latest > sent:
            sentence = (
                f"control number {posted.control_number} is not in the ERP's list of "
                "these days, and later ones are: it was voided there, or is lost"
            )
            yield Difference("missing", entry.id, posted.control_number, sentence)
        else:
            self.unproven += 1

    def theirs(self) -> Iterator[Difference]:
        """Tell what carries a marker and is not posted here."""
        known = {part.payment.marker for one in self._entries for part in one.parts}
        for mark, found in self._listed.by_marker():
            if mark in known or all(one.total < 0 for one in found):
                continue
            yield from self._not_posted_here(mark, found)

    def _not_posted_here(
        self, mark: str, found: Sequence[Found]
    ) -> Iterator[Difference]:
        number, entry = found[0].control_number, self._journal.entry(mark)
        if isinstance(entry and entry.state, Done):
            # It was posted before the days that are looked at.
            return
        if entry is None:
            # A second payment of a remittance has a marker of its own.
            if self._journal.knows(number, [mark]):
                return
            sentence = (
                f"control number {number} carries {mark}, which is not known here"
            )
            yield Difference("stranger", "", number, sentence)
            return
        place = next(
            (at for at, one in enumerate(entry.parts) if one.payment.marker == mark), -1
        )
        sentence = f"it is {entry.status} here, and in the ERP under {number}"
        if (
            place >= 0
            and isinstance(entry.state, Doubt | Held | Refusal)
            and len(found) == 1
            and is_like(found[0], entry.parts[place].payment)
        ):
            proof = f"found in the ERP by its marker, control number {number}"
            self._journal.finish(entry.id, place, Posted(number, proof), proof)
            sentence = f"it was {entry.status} here, and is in the ERP under {number}"
        yield Difference("posted after all", entry.id, number, sentence)


def _latest_seen(listed: Listed, entries: Sequence[Entry]) -> datetime | None:
    """Return when the last payment was sent that the list shows."""
    sent = [
        part.claim.at
        for one in entries
        for part in one.parts
        if part.claim
        and isinstance(part.outcome, Posted)
        and listed.ours(part.payment.marker, part.outcome.control_number)
    ]
    return max(sent, default=None)


def _told(part: Part, posted: Posted, found: Sequence[Found]) -> tuple[str, str]:
    """Say how what is listed differs from what was sent, if it does."""
    numbers = ", ".join(one.control_number for one in found)
    came_in = [one for one in found if one.total >= 0]
    if len(came_in) > 1:
        return "doubled", f"the ERP has it {len(came_in)} times: {numbers}"
    if len(came_in) < len(found):
        return "voided", f"the ERP lists a reversal of it: {numbers}"
    if found and not is_as_sent(found[0], part.payment):
        one = found[0]
        there = f"{one.customer_name}, {one.total}"
        sent = f"{part.payment.customer_name}, {part.payment.total}"
        return "changed", f"sent was {sent}; the ERP has {there} under {numbers}"
    if found and found[0].control_number != posted.control_number:
        return "changed", f"it is under {numbers}, not under {posted.control_number}"
    return "", ""


def worklist(found: Reconciled, folder: Path, at: datetime) -> Path:
    """Write what a person has to look at as a CSV, and return where it lies.

    `review.differences` reads it when it comes back.
    """
    path = folder / f"sweep.{at:%Y%m%d-%H%M%S}.csv"
    rows = [
        [
            *map(encode_cell, (one.kind, one.remittance, one.control_number)),
            *(encode_cell(one.sentence), "", ""),
        ]
        for one in found.differences
    ]
    files.write_table(path, SWEPT, rows)
    return path
