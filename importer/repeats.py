"""Tell whether a remittance of a new file was taken in before.

    remittances of a file + what is known of their days ─classify─▶
            New | DuplicateOf | PossiblyDuplicate | PossiblyRedescribed

Files overlap: a day is exported at noon and again in the evening, a window of
three days every day.  Equal rows are counted, and the new file is compared with
all that is known of the same account and day:

(1) A remittance is called a duplicate only when the new file shows all that is
    known of its day; else the file may be another slice of that day, and an
    equal row is held for a person.
(2) A row of the same amount as one that has vanished may be that one, worded
    otherwise: it is held.
(3) Nothing is dropped: each row of the file gets an id and a finding.
(4) The findings do not depend on the order of rows; among equal rows the first
    ones are the ones that were known.

Pure: it must never read a clock, a file or the journal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from enum import Enum

from importer.identity import Key, key, marker, row_id, wording
from importer.model import Notice, Place, Remittance

SIMILAR = 0.6
AccountDay = tuple[str, date]


class Weight(Enum):
    """How sure it is that a remittance which is known is one of its own."""

    SURE = "sure"
    UNDECIDED = "held as a possible repetition"
    REPEAT = "a person said it repeats another"


WEIGHTS = tuple(Weight)


@dataclass(frozen=True, slots=True)
class Known:
    """A remittance of an earlier file, as far as it matters for telling repeats.

    `repeats` is the id that it was held as a possible repetition of.
    """

    id: str
    place: Place
    key: Key
    text: str
    bank_id: str = ""
    weight: Weight = Weight.SURE
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class New:
    """Nothing that is known is like it."""


@dataclass(frozen=True, slots=True)
class DuplicateOf:
    """The same as one that is known: the file shows all of that day."""

    id: str
    place: Place


@dataclass(frozen=True, slots=True)
class PossiblyDuplicate:
    """Equal to one that is known, in a file that does not show all of that day."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class PossiblyRedescribed:
    """Like one that is known and missing in the file, but worded otherwise."""

    id: str
    why: str


Finding = New | DuplicateOf | PossiblyDuplicate | PossiblyRedescribed


@dataclass(frozen=True, slots=True)
class Identified:
    """A notice of a file with its id in the journal and what is known of it."""

    id: str
    notice: Notice
    finding: Finding


def known(
    id: str,  # noqa: A002 - the word of the journal
    remittance: Remittance,
    weight: Weight = Weight.SURE,
    repeats: str = "",
) -> Known:
    """Return what an earlier remittance contributes to telling repeats."""
    this, words = key(remittance), wording(remittance)
    place, bank_id = remittance.place, remittance.bank_id
    return Known(id, place, this, words, bank_id, weight, repeats)


def classify(
    notices: Sequence[Notice], earlier: Iterable[Known], sha256: str
) -> tuple[Identified, ...]:
    """Give each notice of a new file its id, and say which were taken in before.

    `earlier` is what is known of the accounts and days in the file, in the order
    in which it was taken in; `sha256` is the new file's.
    """
    days: defaultdict[AccountDay, _Day] = defaultdict(_Day)
    for one in earlier:
        days[one.key.account, one.key.booked].earlier.append(one)
    for place, notice in enumerate(notices):
        if isinstance(notice, Remittance):
            this = key(notice)
            row = _Row(place, this, notice)
            days[this.account, this.booked].rows.append(row)
    findings = {
        row.place: (row.key, finding)
        for day in days.values()
        for row, finding in _findings(day)
    }
    ids = _Ids(sha256, Counter(one.key for day in days.values() for one in day.earlier))
    return tuple(
        ids.identified(notice, findings.get(place))
        for place, notice in enumerate(notices)
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A remittance of the new file and its place among all its notices."""

    place: int
    key: Key
    remittance: Remittance


@dataclass(slots=True)
class _Day:
    """One account and day: what is known of it, and what the new file says."""

    earlier: list[Known] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)


@dataclass(slots=True)
class _Ids:
    """Hand out ids: markers to what may be paid, row ids to the rest."""

    sha256: str
    taken: Counter[Key]
    rows: Counter[tuple[int, str]] = field(default_factory=Counter)

    def identified(
        self, notice: Notice, found: tuple[Key, Finding] | None
    ) -> Identified:
        if found is None or isinstance(found[1], DuplicateOf):
            row = (notice.place.row, notice.text)
            made = row_id(self.sha256, *row, self.rows[row])
            self.rows[row] += 1
            return Identified(made, notice, found[1] if found else New())
        this, finding = found
        occurrence = self.taken.get(this, 0)
        self.taken[this] = occurrence + 1
        return Identified(marker(this, occurrence), notice, finding)


def _findings(day: _Day) -> Iterator[tuple[_Row, Finding]]:
    """Compare one day of the new file with what is known of it."""
    if not day.earlier:
        yield from ((row, New()) for row in day.rows)
        return
    equal: defaultdict[Key, list[Known]] = defaultdict(list)
    for one in sorted(day.earlier, key=lambda one: WEIGHTS.index(one.weight)):
        equal[one.key].append(one)
    seen: Counter[Key] = Counter()
    matched: list[tuple[_Row, Known]] = []
    surplus: list[_Row] = []
    for row in day.rows:
        count, seen[row.key] = seen[row.key], seen[row.key] + 1
        if count < len(equal[row.key]):
            matched.append((row, equal[row.key][count]))
        else:
            surplus.append(row)
    missing = _missing(day.earlier, equal, seen)
    redescribed = _redescribed(surplus, missing, overlap=bool(matched))
    explained = {one.id for one in redescribed.values()}
    explained |= _originals(day.earlier, seen, Weight.UNDECIDED)
    # Where more has vanished than is shown again, other words are no explanation:
    # it is another slice of the day, and what is equal may be a twin.
    exported_again = len(matched) >= len(missing)
    whole = exported_again and all(one.id in explained for one in missing)
    keys = {one.id: one.key for one in day.earlier}
    for row, one in matched:
        yield row, _match(one, keys, whole=whole)
    for row in surplus:
        yield row, _unmatched(redescribed.get(row.place))


def _missing(
    earlier: Iterable[Known], equal: Mapping[Key, list[Known]], seen: Counter[Key]
) -> list[Known]:
    """Return what is surely known of the day and not in the file.

    What a person called its re-description explains the absence of an original;
    what still waits may be one, and what a person released is none.
    """
    explained = _originals(earlier, seen, Weight.REPEAT)
    missing = []
    for this, ones in equal.items():
        sure = [one for one in ones if one.weight is Weight.SURE]
        missing += [one for one in sure[seen[this] :] if one.id not in explained]
    return missing


def _originals(
    earlier: Iterable[Known], seen: Counter[Key], weight: Weight
) -> set[str]:
    """Return of what the file shows repetitions that are as sure as this."""
    return {one.repeats for one in earlier if one.weight is weight and seen[one.key]}


def _redescribed(
    surplus: Iterable[_Row], missing: Sequence[Known], *, overlap: bool
) -> dict[int, Known]:
    """Pair new rows with missing ones of the same amount that they may re-describe.

    When the file repeats anything of the day it was exported again, and the same
    amount is enough; else the wording must be similar or the bank's id the same.
    """
    pairs: dict[int, Known] = {}
    free = set(range(len(missing)))
    money = [(one.key.amount, one.key.currency) for one in missing]
    wanted = [row for row in surplus if (row.key.amount, row.key.currency) in money]
    for row in sorted(wanted, key=lambda row: row.key.texts):
        rated = [
            (place in free, _similarity(row.remittance, one), -place)
            for place, one in enumerate(missing)
            if money[place] == (row.key.amount, row.key.currency)
        ]
        likely = [rate for rate in rated if overlap or rate[1] >= SIMILAR]
        if likely:
            place = -max(likely)[2]
            free.discard(place)
            pairs[row.place] = missing[place]
    return pairs


def _similarity(row: Remittance, one: Known) -> float:  # a ratio
    """Return how alike they are worded, from 0 to 1."""
    if row.bank_id and row.bank_id == one.bank_id:
        return 1.0
    words, known_words = wording(row).casefold(), one.text.casefold()
    ours, theirs = set(words.split()), set(known_words.split())
    shared = len(ours & theirs) / (min(len(ours), len(theirs)) or 1)
    return max(
        shared, SequenceMatcher(None, words, known_words, autojunk=False).ratio()
    )


def _match(one: Known, keys: Mapping[str, Key], *, whole: bool) -> Finding:
    """Judge a row that equals one that is known."""
    if one.weight is Weight.REPEAT and keys.get(one.repeats, one.key) == one.key:
        why = f"equal to {one.place}, skipped as a repetition; this file has both"
        return PossiblyDuplicate(one.id, why)
    if whole:
        return DuplicateOf(one.id, one.place)
    why = f"equal to {one.place}, in a file that does not show all of that day"
    return PossiblyDuplicate(one.id, why)


def _unmatched(one: Known | None) -> Finding:
    """Judge a row that equals nothing known."""
    if one is None:
        return New()
    was = f'"{one.text}" of {one.place}'
    why = f"the same amount and day as {was}, which this file no longer shows"
    return PossiblyRedescribed(one.id, why)
