"""Repeats: files that overlap lose nothing, double nothing, and hold the ambiguous.

The scenarios are those of banks: the same file twice, windows of three days, noon
and then the full day, a day in two halves, other words, another order.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.identity import is_marker, key
from importer.model import Notice, Place, Remittance, Unreadable
from importer.repeats import (
    DuplicateOf,
    Finding,
    Identified,
    Known,
    New,
    PossiblyDuplicate,
    PossiblyRedescribed,
    Weight,
    classify,
    known,
)

FIRST = date(2026, 3, 2)
DAYS = 20
A_DAY = 30


def remittance(
    words: str = "CHK 1", amount: str = "100.00", day: int = 0, bank_id: str = ""
) -> Remittance:
    return Remittance(
        place=Place("bank.csv", 2),
        account="A",
        currency="USD",
        amount=Decimal(amount),
        value_date=FIRST + timedelta(day),
        booking_date=FIRST + timedelta(day),
        remitter="",
        text=words,
        reference="",
        identity=(words,),
        bank_id=bank_id,
    )


@dataclass
class Shelf:
    """What a journal would remember: everything that is no proven duplicate."""

    known: list[Known] = field(default_factory=list)
    files: int = 0

    def take(self, rows: Sequence[Notice]) -> list[Identified]:
        days = {(r.account, r.booking_date) for r in rows if isinstance(r, Remittance)}
        earlier = [
            one for one in self.known if (one.key.account, one.key.booked) in days
        ]
        found = list(classify(rows, earlier, f"sha{self.files}"))
        self.files += 1
        for one in found:
            if isinstance(one.notice, Remittance):
                self._remember(one.id, one.notice, one.finding)
        return found

    def _remember(self, id_: str, row: Remittance, finding: Finding) -> None:
        match finding:
            case New():
                self.known.append(known(id_, row))
            case PossiblyDuplicate(of) | PossiblyRedescribed(of):
                self.known.append(known(id_, row, Weight.UNDECIDED, of))
            case DuplicateOf():
                pass

    def decide(self, id_: str, weight: Weight) -> None:
        at = next(i for i, one in enumerate(self.known) if one.id == id_)
        self.known[at] = replace(self.known[at], weight=weight)


def kinds(found: Sequence[Identified]) -> list[type[Finding]]:
    return [type(one.finding) for one in found]


def same_as(one: Identified) -> DuplicateOf:
    return DuplicateOf(one.id, one.notice.place)


# ---- one day, by hand


def test_what_is_held_names_the_row_that_it_may_repeat() -> None:
    shelf = Shelf()
    noon = replace(remittance("a"), place=Place("noon.csv", 7))
    old = replace(remittance("PENDING", "9.00"), place=Place("noon.csv", 8))
    first, second = shelf.take([noon, old])
    (part,) = shelf.take([remittance("a")])
    sentence = "equal to noon.csv:7, in a file that does not show all of that day"
    assert part.finding == PossiblyDuplicate(first.id, sentence)
    reworded = shelf.take([remittance("a"), remittance("INV 1", "9.00")])[1]
    was = '"PENDING" of noon.csv:8'
    sentence = f"the same amount and day as {was}, which this file no longer shows"
    assert reworded.finding == PossiblyRedescribed(second.id, sentence)


def test_the_same_rows_again_are_duplicates_of_what_they_repeat() -> None:
    shelf = Shelf()
    first = shelf.take([remittance("a"), remittance("b"), remittance("a")])
    again = shelf.take([remittance("a"), remittance("a"), remittance("b")])
    assert kinds(first) == [New] * 3
    assert [one.finding for one in again] == [
        same_as(first[0]),
        same_as(first[2]),
        same_as(first[1]),
    ]
    assert len({one.id for one in (*first, *again)}) == 6


def test_a_fuller_file_of_the_day_adds_only_what_is_new() -> None:
    shelf = Shelf()
    shelf.take([remittance("a")])
    found = shelf.take([remittance("a"), remittance("a"), remittance("b")])
    assert kinds(found) == [DuplicateOf, New, New]


def test_an_equal_row_in_another_slice_of_the_day_is_held() -> None:
    shelf = Shelf()
    first = shelf.take([remittance("a"), remittance("b", "7.00")])
    found = shelf.take([remittance("a"), remittance("c", "9.00")])
    assert kinds(found) == [PossiblyDuplicate, New]
    assert isinstance(found[0].finding, PossiblyDuplicate)
    assert found[0].finding.id == first[0].id
    assert is_marker(found[0].id)
    assert found[0].id != first[0].id


def test_more_equal_rows_than_are_known_are_surely_new_even_in_a_slice() -> None:
    shelf = Shelf()
    shelf.take([remittance("a"), remittance("b", "7.00")])
    found = shelf.take([remittance("a"), remittance("a")])
    assert kinds(found) == [PossiblyDuplicate, New]


def test_a_row_that_was_worded_otherwise_is_held() -> None:
    shelf = Shelf()
    first = shelf.take([remittance("ROSEWOOD FLORAL PENDING"), remittance("b")])
    found = shelf.take([remittance("ROSEWOOD FLORAL INV 10233"), remittance("b")])
    assert kinds(found) == [PossiblyRedescribed, DuplicateOf]
    assert isinstance(found[0].finding, PossiblyRedescribed)
    assert found[0].finding.id == first[0].id


def test_a_day_exported_again_is_not_fooled_by_wholly_other_words() -> None:
    shelf = Shelf()
    shelf.take([remittance("DEPOSIT"), remittance("b", "7.00")])
    found = shelf.take([remittance("ACME 778"), remittance("b", "7.00")])
    assert kinds(found) == [PossiblyRedescribed, DuplicateOf]


def test_other_words_do_not_make_a_slice_of_a_day_the_whole_of_it() -> None:
    """More has vanished than is shown again: the equal row may be a twin."""
    shelf = Shelf()
    shelf.take([remittance("a"), remittance("b", "7.00"), remittance("c", "7.00")])
    found = shelf.take(
        [remittance("a"), remittance("d", "7.00"), remittance("e", "7.00")]
    )
    assert kinds(found) == [
        PossiblyDuplicate,
        PossiblyRedescribed,
        PossiblyRedescribed,
    ]


def test_another_slice_with_the_same_amount_by_chance_is_new() -> None:
    shelf = Shelf()
    shelf.take([remittance("DEPOSIT")])
    assert kinds(shelf.take([remittance("ACME 778")])) == [New]


def test_a_day_written_in_small_letters_is_the_same_day() -> None:
    shelf = Shelf()
    shelf.take([remittance("ACH CREDIT WEEKLY 003")])
    found = shelf.take([remittance("ach credit weekly 003")])
    assert kinds(found) == [PossiblyRedescribed]


def test_the_banks_own_id_betrays_a_row_that_was_worded_otherwise() -> None:
    shelf = Shelf()
    shelf.take([remittance("DEPOSIT", bank_id="77")])
    assert kinds(shelf.take([remittance("ACME", bank_id="77")])) == [
        PossiblyRedescribed
    ]


def test_a_known_rewording_explains_why_the_original_is_gone() -> None:
    shelf = Shelf()
    shelf.take([remittance("ROSEWOOD PENDING"), remittance("b", "7.00")])
    reworded = shelf.take([remittance("ROSEWOOD INV 1"), remittance("b", "7.00")])
    found = shelf.take([remittance("ROSEWOOD INV 1"), remittance("b", "7.00")])
    assert found[0].finding == same_as(reworded[0])
    assert kinds(found) == [DuplicateOf, DuplicateOf]


@pytest.mark.parametrize("weight", [Weight.SURE, Weight.UNDECIDED])
def test_what_is_no_rewording_does_not_explain_why_the_original_is_gone(
    weight: Weight,
) -> None:
    """The original is worded otherwise now: its money must not be paid again."""
    shelf = Shelf()
    shelf.take([remittance("ROSEWOOD PENDING"), remittance("b", "7.00")])
    other = shelf.take([remittance("ROSEWOOD INV 1"), remittance("b", "7.00")])
    shelf.decide(other[0].id, weight)
    rows = ["ROSEWOOD INV 1", "ROSEWOOD BOOKED"]
    found = shelf.take([*map(remittance, rows), remittance("b", "7.00")])
    assert kinds(found) == [DuplicateOf, PossiblyRedescribed, DuplicateOf]


def test_a_rewording_that_a_person_skipped_stays_a_duplicate() -> None:
    shelf = Shelf()
    shelf.take([remittance("ROSEWOOD PENDING"), remittance("b", "7.00")])
    reworded = shelf.take([remittance("ROSEWOOD INV 1"), remittance("b", "7.00")])
    shelf.decide(reworded[0].id, Weight.REPEAT)
    found = shelf.take([remittance("ROSEWOOD INV 1"), remittance("b", "7.00")])
    assert kinds(found) == [DuplicateOf, DuplicateOf]


def test_a_possible_duplicate_that_waits_proves_nothing_about_the_day() -> None:
    """A full day that shows the row once is whole: the one that waits was none."""
    shelf = Shelf()
    day = [remittance("a"), remittance("b", "7.00")]
    shelf.take(day)
    shelf.take([remittance("a"), remittance("c", "9.00")])
    found = shelf.take([*day, remittance("c", "9.00")])
    assert kinds(found) == [DuplicateOf] * 3


def test_a_repetition_that_a_person_skipped_is_held_when_a_file_shows_both() -> None:
    shelf = Shelf()
    day = [remittance("a"), remittance("b", "7.00")]
    shelf.take(day)
    held = shelf.take([remittance("a"), remittance("c", "9.00")])
    shelf.decide(held[0].id, Weight.REPEAT)
    found = shelf.take([*day, remittance("a"), remittance("c", "9.00")])
    assert kinds(found) == [DuplicateOf, DuplicateOf, PossiblyDuplicate, DuplicateOf]


def test_a_repetition_that_a_person_released_counts_as_its_own() -> None:
    shelf = Shelf()
    day = [remittance("a"), remittance("b", "7.00")]
    shelf.take(day)
    held = shelf.take([remittance("a"), remittance("c", "9.00")])
    shelf.decide(held[0].id, Weight.SURE)
    found = shelf.take([*day, remittance("c", "9.00")])
    assert kinds(found) == [PossiblyDuplicate] * 3


def test_days_and_accounts_do_not_touch_each_other() -> None:
    shelf = Shelf()
    shelf.take([remittance("a"), remittance("b")])
    other = replace(remittance("a"), account="B")
    assert kinds(shelf.take([remittance("a", day=1), other])) == [New, New]


def test_rows_that_cannot_be_read_get_an_id_each() -> None:
    row = Unreadable(Place("bank.csv", 4), "??", "no amount", "mend it")
    found = Shelf().take([row, row, remittance("a")])
    assert kinds(found) == [New] * 3
    assert len({one.id for one in found}) == 3


def test_one_object_standing_twice_in_a_file_is_two_remittances() -> None:
    same = remittance("a")
    found = Shelf().take([same, same])
    assert found[0].id != found[1].id


# ---- what banks do, on generated days


@dataclass(frozen=True)
class Tally:
    """What went wrong of all true payments, and what waits for a person."""

    lost: int
    doubled: int
    held: int


def truth() -> list[Remittance]:
    """Twenty days of thirty payments, some of them true twins, also across noon."""
    dice = random.Random(7)
    rows: list[Remittance] = []
    for number in range(DAYS * A_DAY):
        day, place = divmod(number, A_DAY)
        if place and (dice.random() < 0.02 or (place == A_DAY // 2 and day % 4 == 0)):
            rows.append(replace(rows[-1], bank_id=str(number)))
            continue
        name = f"{dice.choice(['ROSEWOOD', 'BLOOM', 'PETAL'])} {dice.randint(1, 10**6)}"
        amount = f"{dice.randint(1, 99999)}.{dice.randint(0, 9)}0"
        rows.append(remittance(name, amount, day, str(number)))
    return rows


def on_days(rows: Sequence[Remittance], first: int, last: int) -> list[Remittance]:
    days = [FIRST + timedelta(day) for day in range(first, last + 1)]
    return [row for row in rows if row.booking_date in days]


def halves(rows: Sequence[Remittance], day: int) -> tuple[list[Remittance], ...]:
    of_day = on_days(rows, day, day)
    return of_day[: A_DAY // 2], of_day[A_DAY // 2 :]


def drifted(rows: Sequence[Remittance], dice: random.Random) -> list[Remittance]:
    return [
        replace(row, identity=(f"{row.text} *",), text=f"{row.text} *")
        if dice.random() < 0.03
        else row
        for row in rows
    ]


def same_file_twice(rows: list[Remittance]) -> list[list[Remittance]]:
    return [rows, rows]


def windows(rows: list[Remittance]) -> list[list[Remittance]]:
    return [on_days(rows, day - 2, day) for day in range(DAYS)]


def noon_then_day(rows: list[Remittance]) -> list[list[Remittance]]:
    return [
        some
        for day in range(DAYS)
        for some in (halves(rows, day)[0], on_days(rows, day, day))
    ]


def half_days(rows: list[Remittance]) -> list[list[Remittance]]:
    return [half for day in range(DAYS) for half in halves(rows, day)]


def drift(rows: list[Remittance]) -> list[list[Remittance]]:
    """Windows of three days, whose older rows are sometimes worded otherwise."""
    dice = random.Random(8)
    return [
        drifted(on_days(rows, day - 2, day - 1), dice) + on_days(rows, day, day)
        for day in range(DAYS)
    ]


def reordered(rows: list[Remittance]) -> list[list[Remittance]]:
    dice = random.Random(9)
    return [dice.sample(one, len(one)) for one in windows(rows)]


def tally(exports: Sequence[Sequence[Remittance]], rows: Sequence[Remittance]) -> Tally:
    """Count against the truth, which the bank's ids tell and nothing else sees.

    What is held is neither lost nor doubled: a person decides.
    """
    shelf = Shelf()
    posted: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    held = 0
    for export in exports:
        blind = [replace(row, bank_id="") for row in export]
        for row, one in zip(export, shelf.take(blind), strict=True):
            match one.finding:
                case New():
                    posted[row.bank_id] += 1
                case PossiblyDuplicate() | PossiblyRedescribed():
                    held += 1
                    answered[row.bank_id] += 1
                case DuplicateOf():
                    pass
    # Twins stand for each other: which of them is called new is no matter.
    groups: dict[object, list[str]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row.bank_id)
    lost = doubled = 0
    for ids in groups.values():
        made = sum(posted[one] for one in ids)
        doubled += max(0, made - len(ids))
        lost += max(0, len(ids) - made - sum(answered[one] for one in ids))
    return Tally(lost, doubled, held)


Scenario = Callable[[list[Remittance]], list[list[Remittance]]]


@pytest.mark.parametrize(
    "scenario", [same_file_twice, windows, noon_then_day, reordered]
)
def test_files_that_overlap_lose_double_and_hold_nothing(scenario: Scenario) -> None:
    rows = truth()
    assert tally(scenario(rows), rows) == Tally(0, 0, 0)


def test_a_day_in_two_halves_holds_only_twins_across_the_cut() -> None:
    rows = truth()
    across = sum(
        len({key(row) for row in early} & {key(row) for row in late})
        for early, late in (halves(rows, day) for day in range(DAYS))
    )
    found = tally(half_days(rows), rows)
    assert (found.lost, found.doubled) == (0, 0)
    assert found.held == across >= DAYS // 4


def test_other_words_for_the_same_rows_are_held_and_never_paid_again() -> None:
    rows = truth()
    exports = drift(rows)
    found = tally(exports, rows)
    changed = sum(row.text.endswith("*") for export in exports for row in export)
    assert (found.lost, found.doubled) == (0, 0)
    assert 0 < found.held <= changed


letters = st.lists(st.sampled_from("aabc"), max_size=7)


@given(letters, letters, st.randoms(use_true_random=False))
def test_the_findings_do_not_depend_on_the_order_of_rows(
    before: list[str], after: list[str], dice: random.Random
) -> None:
    first = [remittance(one, f"{len(one)}.00") for one in before]
    rows = [remittance(one, f"{len(one)}.00") for one in after]
    shuffled = dice.sample(rows, len(rows))

    def found(some: Sequence[Remittance]) -> Counter[tuple[str, str]]:
        shelf = Shelf()
        shelf.take(first)
        return Counter((one.notice.text, repr(one.finding)) for one in shelf.take(some))

    assert found(rows) == found(shuffled)


@given(st.lists(letters, max_size=4))
def test_no_file_ever_gets_an_id_that_another_has(files: list[list[str]]) -> None:
    shelf = Shelf()
    ids = [
        one.id for rows in files for one in shelf.take([remittance(r) for r in rows])
    ]
    assert len(ids) == len(set(ids))


@given(st.lists(letters, max_size=4))
def test_the_same_files_give_the_same_ids_after_a_lost_journal(
    files: list[list[str]],
) -> None:
    def ids() -> list[str]:
        shelf = Shelf()
        return [
            o.id for rows in files for o in shelf.take([remittance(r) for r in rows])
        ]

    assert ids() == ids()


@given(letters, letters)
def test_a_duplicate_is_only_ever_called_where_the_file_shows_the_whole_day(
    before: list[str], after: list[str]
) -> None:
    shelf = Shelf()
    shelf.take([remittance(one, f"{ord(one)}.00") for one in before])
    found = shelf.take([remittance(one, f"{ord(one)}.00") for one in after])
    whole = Counter(before) <= Counter(after)
    assert whole or DuplicateOf not in kinds(found)
