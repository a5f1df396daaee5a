"""Rows that share a check or trace number are one remittance."""

from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import FileRefused
from importer.mapping.schema import Mapping
from importer.model import AdviceLine, Notice, Place, Remittance, Unreadable
from importer.table import Row, Table
from importer.transcribe import Transcript, transcribe

HEADER = ("Date", "Payer", "Check", "Total", "Invoice", "Paid", "Memo")


def transcript(
    *given_rows: tuple[str, ...],
    rows: Any = (),
    adjacent: Any = False,
    **read: Any,
) -> Transcript:
    numbered = (
        Row(line, cells) for line, cells in enumerate(chain(given_rows, rows), 2)
    )
    table = Table(
        "list.csv", "delimited", "", HEADER, lambda: numbered, adjacent=adjacent
    )
    given: dict[str, Any] = {
        "account": "A",
        "currency": "USD",
        "date": {"column": "Date", "format": "%Y-%m-%d"},
        "remitter": "Payer",
        "reference": "Check",
        "text": "Memo",
        "group": "Check",
        "invoice": {"number": "Invoice", "paid": "Paid"},
        "identity": ["reference", "text"],
        **read,
    }
    mapping = {"name": "list", "file": {"name": "*"}, "read": given}
    return transcribe(table, Mapping.model_validate(mapping))


def notices(*rows: tuple[str, ...], **read: Any) -> list[Notice]:
    return list(transcript(*rows, **read))


def line(  # noqa: PLR0913 a row has as many cells
    check: str,
    invoice: str,
    paid: str,
    *,
    total: str = "",
    payer: str = "R",
    memo: str = "",
    day: str = "2024-03-18",
) -> tuple[str, ...]:
    return (day, payer, check, total, invoice, paid, memo)


PER_GROUP = {"amount": {"column": "Total", "per": "group"}}
PER_ROW = {"amount": {"column": "Total"}}


def test_rows_of_one_check_are_one_remittance_wherever_they_stand() -> None:
    first, second = notices(
        line("0091", "10233", "500.00", memo="a"),
        line("0092", "10300", "7.00"),
        line("0091", "10240", "245.00", memo="b"),
        line("0091", "10250", "-20.00", memo="a"),
    )
    assert isinstance(first, Remittance)
    assert isinstance(second, Remittance)
    assert (first.place, first.amount) == (Place("list.csv", 2), Decimal("725.00"))
    assert first.advice == (
        AdviceLine("10233", Decimal(500), Decimal(0), 2),
        AdviceLine("10240", Decimal(245), Decimal(0), 4),
        AdviceLine("10250", Decimal(-20), Decimal(0), 5),
    )
    assert (first.text, first.identity) == ("a b", ("0091", "a b"))
    assert second.amount == Decimal("7.00")


def test_an_amount_that_each_row_repeats_is_the_remittances() -> None:
    rows = [
        line("0091", "10233", "500.00", total="745.00"),
        line("0091", "10240", "245.00", total="745.00"),
    ]
    read = transcript(*rows, **PER_GROUP)
    (one,) = read
    assert isinstance(one, Remittance)
    assert one.amount == Decimal("745.00")
    tally = read.tallies["A", "USD"]
    assert (tally.count, tally.sum) == (1, Decimal("745.00"))


def test_an_amount_of_each_row_adds_up() -> None:
    rows = [
        line("0091", "10233", "500.00", total="490.00"),
        line("0091", "10240", "245.00", total="245.00"),
    ]
    read = transcript(*rows, **PER_ROW)
    (one,) = read
    assert isinstance(one, Remittance)
    assert one.amount == Decimal("735.00")
    assert read.tallies["A", "USD"].count == 2


def test_rows_that_contradict_each_other_are_for_a_person() -> None:
    (one,) = notices(line("1", "5", "1.00"), line("1", "6", "2.00", payer="OTHER"))
    assert one == Unreadable(
        place=Place("list.csv", 2),
        text="2024-03-18 | R | 1 |  | 5 | 1.00 | \n"
        "2024-03-18 | OTHER | 1 |  | 6 | 2.00 | ",
        why='rows 2 and 3 of one group differ in remitter: "R" and "OTHER"',
        hint="",
    )
    (one,) = notices(line("1", "5", "1.00"), line("1", "6", "2.00", day="2024-03-19"))
    assert isinstance(one, Unreadable)
    assert "differ in booking date" in one.why
    (one,) = notices(
        line("1", "5", "1.00", total="3.00"),
        line("1", "6", "2.00", total="4.00"),
        **PER_GROUP,
    )
    assert isinstance(one, Unreadable)
    assert 'differ in amount: "3.00" and "4.00"' in one.why


def test_an_amount_that_rows_repeat_counts_once_though_they_disagree() -> None:
    rows = [
        line("1", "5", "1.00", total="3.00"),
        line("1", "6", "2.00", total="3.00", payer="OTHER"),
    ]
    read = transcript(*rows, **PER_GROUP)
    (one,) = read
    assert isinstance(one, Unreadable)
    assert read.tallies["A", "USD"].sum == Decimal(3)


def test_an_amount_in_dispute_proves_no_total() -> None:
    rows = [
        line("1", "5", "1.00", total="3.00"),
        line("1", "6", "2.00", total="4.00"),
        ("", "Total", "", "3.00", "", "", ""),
    ]
    with pytest.raises(FileRefused, match="without the amounts of 1 of its rows"):
        notices(*rows, totals={"footer": "Total"}, **PER_GROUP)


def test_one_unreadable_row_spoils_its_group_and_no_other() -> None:
    first, second = notices(
        line("1", "5", "1.00"), line("2", "6", "2.00"), line("1", "7", "x")
    )
    assert isinstance(first, Unreadable)
    assert first.why == 'in row 4, cannot read amount "x"'
    assert len(first.text.splitlines()) == 2
    assert isinstance(second, Remittance)


def test_rows_without_a_number_stand_alone_with_their_own_amount() -> None:
    first, second = notices(
        line("", "5", "1.00", total="1.00"),
        line("", "6", "2.00", total="2.00"),
        **PER_ROW,
    )
    assert isinstance(first, Remittance)
    assert isinstance(second, Remittance)
    assert [first.amount, second.amount] == [Decimal(1), Decimal(2)]
    (alone,) = notices(line("", "5", "1.00"))
    assert isinstance(alone, Unreadable)
    assert alone.why == '"Check" is empty, and the row has no amount of its own'


@pytest.mark.parametrize("amount", [{}, PER_ROW])
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-500, 500)), max_size=20))
def test_grouping_keeps_every_cent(
    amount: dict[str, Any], rows: list[tuple[int, int]]
) -> None:
    lines = [
        line(str(check), str(number), f"{cents}.00", total=f"{cents}.00")
        for number, (check, cents) in enumerate(rows)
    ]
    found = [one for one in notices(*lines, **amount) if isinstance(one, Remittance)]
    assert len(found) == len({check for check, _ in rows})
    assert sum(one.amount for one in found) == sum(cents for _, cents in rows)
    assert sum(len(one.advice) for one in found) == len(rows)


def test_rows_that_stand_together_are_not_kept_until_the_end() -> None:
    told = [line("1", "a", "1.00"), line("1", "b", "2.00"), line("2", "c", "4.00")]
    left = iter([*told, line("3", "d", "8.00")])
    first = next(iter(transcript(rows=left, adjacent=True)))
    assert isinstance(first, Remittance)
    assert (first.amount, len(first.advice)) == (Decimal("3.00"), 2)
    assert len(list(left)) == 1
