"""What a file says about itself is proven, or the file is refused."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import Fault, FileRefused
from importer.mapping.schema import Mapping
from importer.model import Notice, Remittance, Unreadable
from importer.table import Row, Stated, Table
from importer.transcribe import Standing, Transcript, transcribe

HEADER = ("Date", "Text", "Amount", "Balance", "In", "Out", "Flag", "Account")


def transcript(*rows: tuple[str, ...], more: Any = (), **read: Any) -> Transcript:
    numbered = [Row(line, cells) for line, cells in enumerate(rows, start=2)]
    given: dict[str, Any] = {"rows": lambda: iter(numbered), **dict(more)}
    table = Table("fnb.csv", "delimited", "", HEADER, **given)
    given = {
        "account": "A",
        "currency": "USD",
        "date": {"column": "Date", "format": "%Y-%m-%d"},
        "amount": {"column": "Amount", "thousands": ","},
        "text": "Text",
        **read,
    }
    mapping = {"name": "fnb", "file": {"name": "*"}, "read": given}
    return transcribe(table, Mapping.model_validate(mapping))


def row(amount: str, **cells: str) -> tuple[str, ...]:
    named = {"Date": "2024-03-18", "Text": "R", "Amount": amount, **cells}
    return tuple(named.get(name, "") for name in HEADER)


def note(text: str, **cells: str) -> tuple[str, ...]:
    return tuple({"Text": text, **cells}.get(name, "") for name in HEADER)


AGAIN = "hint: fetch the file again; if it says the same, ask the bank"


def proof(*rows: tuple[str, ...], **given: Any) -> str:
    """Say how the totals stand, or the faults of a refused file."""
    read = transcript(*rows, **given)
    try:
        for _ in read:
            pass
    except FileRefused as refused:
        assert read.totals is not None
        assert read.totals.standing is Standing.CONTRADICTED
        said = "\n".join(str(fault) for fault in refused.faults)
        return said.removesuffix(f"\n{AGAIN}")
    assert read.totals is not None
    return f"{read.totals.standing.value}: {read.totals.sentence}"


FOOTER = {"totals": {"footer": r"\bTotal"}}


def test_a_footer_is_held_against_the_sum() -> None:
    rows = row("1,000.00"), row("-250.00")
    assert proof(*rows, note("Total", Amount="750.00"), **FOOTER) == (
        "proven: sum 750.00 as declared"
    )
    assert proof(*rows, note("Total", Amount="751.00"), **FOOTER) == (
        "fnb.csv:4: the file declares the sum 751.00, and its rows make 750.00"
    )
    assert proof(*rows, note("Total", Amount="7x"), **FOOTER).startswith(
        'fnb.csv:4: cannot read amount "7x"'
    )
    assert proof(*rows, **FOOTER).startswith("not stated: ")


def test_a_footer_of_credit_and_debit_columns_has_two_sums() -> None:
    amount = {"credit": "In", "debit": "Out"}
    rows = row("", In="5.00"), row("", Out="2.00"), row("", In="1.00")
    footer = note("Total", In="6.00", Out="2.00")
    assert proof(*rows, footer, amount=amount, **FOOTER) == (
        "proven: sum of credits 6.00 as declared; sum of debits 2.00 as declared"
    )
    footer = note("Total", In="6.00", Out="3.00")
    assert proof(*rows, footer, amount=amount, **FOOTER) == (
        "fnb.csv:5: the file declares the sum of debits 3.00, and its rows make 2.00"
    )


def test_a_footer_with_a_flag_is_the_sum_of_that_flag() -> None:
    amount = {"column": "Amount", "flag": "Flag", "negative": ["D"], "positive": ["C"]}
    rows = row("5.00", Flag="C"), row("2.00", Flag="D")
    footers = (
        note("Total", Amount="5.00", Flag="C"),
        note("Total", Amount="2.00", Flag="D"),
        note("Total", Amount="3.00"),
    )
    assert proof(*rows, *footers, amount=amount, **FOOTER) == (
        "proven: sum of credits 5.00 as declared; sum of debits 2.00 as declared;"
        " sum 3.00 as declared"
    )


def test_a_payment_that_a_footers_pattern_takes_out_refuses_the_file() -> None:
    rows = row("5.00"), row("7.00", Text="Total Flowers LLC")
    assert "the file declares the sum 7.00" in proof(*rows, **FOOTER)


COUNT = {"totals": {"count": r"Records: (?P<count>\d+)", "footer": "^Total"}}


def test_a_declared_number_of_rows_is_counted() -> None:
    rows = row("1.00"), row("2.00")
    assert proof(*rows, note("Records: 2"), **COUNT) == (
        "proven: number of rows 2 as declared"
    )
    assert proof(*rows, note("Records: 3"), **COUNT) == (
        "fnb.csv:4: the file declares the number of rows 3, and its rows make 2"
    )
    above = {"preamble": (Row(1, ("Records: 2", "")),)}
    assert proof(*rows, more=above, **COUNT) == "proven: number of rows 2 as declared"


BALANCES = {
    "totals": {"opening": "at start", "closing": "at end", "balance": "Balance"}
}


def test_opening_and_closing_balance_frame_the_rows() -> None:
    rows = note("Balance at start", Amount="100.00"), row("5.00"), row("-2.00")
    assert proof(*rows, note("Balance at end", Balance="103.00"), **BALANCES) == (
        "proven: opening 100.00 and rows 3.00 make the closing 103.00"
    )
    assert proof(*rows, note("Balance at end", Balance="104.00"), **BALANCES) == (
        "fnb.csv:5: opening 100.00 and rows 3.00 make 103.00, and the file closes"
        " with 104.00"
    )
    assert proof(*rows, **BALANCES).startswith("not stated")


RUNNING = {"totals": {"balance": "Balance"}}


def test_a_running_balance_is_followed_in_either_direction() -> None:
    rows = [
        row("5.00", Balance="105.00"),
        row("-2.00", Balance=""),
        row("7.00", Balance="110.00"),
    ]
    said = "proven: 2 balances follow from one another"
    assert proof(*rows, **RUNNING) == said
    newest_first = [
        row("7.00", Balance="110.00"),
        row("-2.00", Balance="103.00"),
        row("5.00", Balance="105.00"),
    ]
    assert proof(*newest_first, **RUNNING) == said.replace("2", "3")


def test_a_running_balance_that_breaks_names_its_row() -> None:
    rows = [
        row("5.00", Balance="105.00"),
        row("1.00", Balance="106.00"),
        row("1.00", Balance="108.00"),
        row("1.00", Balance="109.00"),
    ]
    assert proof(*rows, **RUNNING) == (
        "fnb.csv:4: this balance does not follow from the one before it"
    )
    assert proof(rows[0], row("1.00", Balance="x"), **RUNNING).startswith(
        'fnb.csv:3: cannot read amount "x"'
    )


def test_many_breaks_are_counted() -> None:
    rows = [row("1.00", Balance=f"{number**2}.00") for number in range(40)]
    said = proof(*rows, **RUNNING).splitlines()
    assert len(said) == 21
    assert said[-1] == "fnb.csv: 18 more balances do not follow"


def test_accounts_have_their_own_balances() -> None:
    rows = [
        row("5.00", Balance="105.00", Account="1"),
        row("5.00", Balance="905.00", Account="2"),
        row("1.00", Balance="106.00", Account="1"),
        row("1.00", Balance="906.00", Account="2"),
    ]
    said = proof(*rows, account={"column": "Account"}, **RUNNING)
    assert said.count("2 balances follow") == 2


def test_what_the_reader_found_stated_is_proven() -> None:
    stated = (
        Stated("opening", "100.00", 1),
        Stated("closing", "103.00", 9),
        Stated("sum", "3.00", 9),
        Stated("count", "2", 9),
    )
    rows = row("5.00"), row("-2.00")
    assert proof(*rows, more={"stated": stated}) == (
        "proven: sum 3.00 as declared; number of rows 2 as declared;"
        " opening 100.00 and rows 3.00 make the closing 103.00"
    )
    wrong = {"stated": (Stated("count", "two", 9),)}
    assert proof(*rows, more=wrong) == (
        'fnb.csv:9: the count that the file states: "two" is no number of rows'
    )


def test_statements_of_two_accounts_are_not_one_account() -> None:
    stated = {"stated": (Stated("sum", "5.00", 1, "1"), Stated("sum", "2.00", 5, "2"))}
    rows = row("5.00", Account="1"), row("2.00", Account="2")
    assert proof(*rows, more=stated).startswith(
        "fnb.csv: the file has 2 accounts and the mapping names one\n"
        'hint: fnb [read] account can be a column: account = { column = "…" }'
    )
    assert proof(*rows, more=stated, account={"column": "Account"}) == (
        "proven: sum 5.00 as declared; sum 2.00 as declared"
    )


def test_totals_that_an_unreadable_amount_leaves_unproven_refuse_the_file() -> None:
    rows = row("5.00"), row("x"), note("Total", Amount="7.00")
    assert proof(*rows, **FOOTER).splitlines()[:2] == [
        (
            "fnb.csv: what the file declares cannot be proven without the amounts of"
            " 1 of its rows"
        ),
        'fnb.csv:3: cannot read amount "x"',
    ]


def test_totals_can_be_proven_though_a_date_cannot_be_read() -> None:
    rows = row("5.00"), row("2.00", Date="x"), note("Total", Amount="7.00")
    assert proof(*rows, **FOOTER) == "proven: sum 7.00 as declared"


def test_a_remark_with_a_date_and_an_amount_is_not_ignored() -> None:
    ignore = {"ignore": ["Posted Transactions"]}
    found: list[Notice] = list(
        transcript(
            note("Posted Transactions"),
            row("5.00"),
            row("7.00", Text="Posted Transactions Inc"),
            **ignore,
        )
    )
    assert [type(one) for one in found] == [Remittance, Unreadable]
    assert isinstance(found[1], Unreadable)
    assert found[1].why == "this row has a date and an amount and is not to be read"
    assert found[1].hint == "fnb [read] ignore or totals fits it; narrow that pattern"


def test_a_remark_may_have_another_width() -> None:
    assert proof(row("5.00"), ("Total",), ("Total", "", "5.00"), **FOOTER) == (
        "proven: sum 5.00 as declared"
    )


@pytest.mark.parametrize("newest_first", [False, True])
@given(
    cents=st.lists(st.integers(-5000, 5000), min_size=2, max_size=20),
    opening=st.integers(-9999, 9999),
)
def test_any_true_running_balance_is_proven(
    cents: list[int], opening: int, *, newest_first: bool
) -> None:
    rows, balance = [], Decimal(opening) / 100
    for one in cents:
        balance += Decimal(one) / 100
        rows.append(row(f"{Decimal(one) / 100:.2f}", Balance=f"{balance:.2f}"))
    if newest_first:
        rows.reverse()
    assert proof(*rows, **RUNNING).startswith("proven")


def test_what_the_reader_has_proven_or_contradicted_is_said() -> None:
    checked: list[str | Fault] = ["opening 1.00 and 1 entry make the closing 6.00"]
    assert proof(row("5.00"), more={"checked": checked}) == (
        "proven: opening 1.00 and 1 entry make the closing 6.00"
    )
    checked.append(Fault("fnb.csv:9", "the trailer says 7.00"))
    assert proof(row("5.00"), more={"checked": checked}) == (
        "fnb.csv:9: the trailer says 7.00"
    )


def test_totals_of_a_file_that_breaks_off_are_told_beside_its_fault() -> None:
    def rows() -> Iterator[Row]:
        yield Row(2, row("5.00"))
        raise FileRefused(Fault("fnb.csv:3", "it is cut off"))

    read = transcript(more={"rows": rows, "stated": [Stated("sum", "7.00", 1)]})
    with pytest.raises(FileRefused, match="cut off") as refused:
        list(read)
    assert len(refused.value.faults) == 1
    assert read.totals is not None
    assert read.totals.standing is Standing.CONTRADICTED


def test_bank_lines_are_counted_where_one_has_several_amounts() -> None:
    rows = [row("5.00", Flag="1"), row("2.00", Flag="1"), row("1.00", Flag="2")]
    read = transcript(*rows, more={"entry": "Flag"})
    assert len(list(read)) == 3
    assert read.remittances == 3
    (tally,) = read.tallies.values()
    assert (tally.count, tally.sum) == (2, Decimal("8.00"))
