"""Rows become remittances: signs, dates, texts, and rows that cannot be read."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import FileRefused
from importer.mapping.schema import Mapping
from importer.model import AdviceLine, Notice, Place, Remittance, Unreadable
from importer.table import Row, Table
from importer.transcribe import Transcript, folded, transcribe
from importer.transcribe.swift import swiftly

HEADER = ("Posted", "Description", "Amount", "Ref")
READ: dict[str, Any] = {
    "account": "US-FNB-0417",
    "currency": "USD",
    "date": {"column": "Posted", "format": "%m/%d/%Y"},
    "amount": {"column": "Amount", "thousands": ","},
    "remitter": "Description",
    "text": ["Description", "Ref"],
    "reference": "Ref",
}


def mapping(**read: Any) -> Mapping:
    given = {**READ, **read}
    return Mapping.model_validate(
        {
            "name": "fnb",
            "path": "mappings/fnb.toml",
            "file": {"name": "*"},
            "read": {name: value for name, value in given.items() if value is not None},
        }
    )


def table(
    *rows: tuple[str, ...], header: tuple[str, ...] = HEADER, **more: Any
) -> Table:
    numbered = [Row(line, cells) for line, cells in enumerate(rows, start=2)]
    more = {"format": "delimited", "header_line": 1, **more}
    return Table(
        file="fnb.csv",
        encoding="utf-8",
        header=header,
        rows=lambda: iter(numbered),
        **more,
    )


def notices(given: Table, **read: Any) -> list[Notice]:
    return list(transcribe(given, mapping(**read)))


def read_all(transcript: Transcript) -> Transcript:
    for _ in transcript:
        pass
    return transcript


def row(amount: str = "500.00", posted: str = "03/18/2024", ref: str = "0091") -> Any:
    return (posted, "ROSEWOOD INV 10233", amount, ref)


def amount_of(cells: tuple[str, ...], header: tuple[str, ...], **amount: Any) -> str:
    (notice,) = notices(table(cells, header=header), amount=amount)
    match notice:
        case Remittance():
            return str(notice.amount)
        case Unreadable():
            return notice.why


def test_a_row_becomes_a_remittance() -> None:
    assert notices(table(row("1,500.00"))) == [
        Remittance(
            place=Place("fnb.csv", 2),
            account="US-FNB-0417",
            currency="USD",
            amount=Decimal("1500.00"),
            value_date=date(2024, 3, 18),
            booking_date=date(2024, 3, 18),
            remitter="ROSEWOOD INV 10233",
            text="ROSEWOOD INV 10233 0091",
            reference="0091",
            identity=("0091", "ROSEWOOD INV 10233 0091"),
        )
    ]


def test_every_field_can_be_a_column() -> None:
    header = ("Acc", "Cur", "D", "V", "A", "N", "P", "Id", "K", "L", "C")
    cells = ("77", "EUR", "18.3.24", "19.3.24", "5,00")
    given = table((*cells, "N", "p", "i", "CHK", "MIA", "10442"), header=header)
    (one,) = notices(
        given,
        account={"column": "Acc"},
        currency={"column": "Cur"},
        date={"column": "D", "format": "%d.%m.%y"},
        value_date={"column": "V", "format": "%d.%m.%y"},
        amount={"column": "A", "decimal": ","},
        remitter="N",
        text=(),
        reference=(),
        payer_account="P",
        bank_id="Id",
        kind={"column": "K", "values": {"chk": "check"}},
        location="L",
        customer="C",
        identity=("bank_id",),
    )
    assert one == Remittance(
        place=Place("fnb.csv", 2),
        account="77",
        currency="EUR",
        amount=Decimal("5.00"),
        value_date=date(2024, 3, 19),
        booking_date=date(2024, 3, 18),
        remitter="N",
        text="",
        reference="",
        identity=("i",),
        payer_account="p",
        bank_id="i",
        kind="check",
        location="MIA",
        customer="10442",
    )


def test_an_empty_value_date_is_the_booking_date() -> None:
    given = table(("03/18/2024", " ", "5"), header=("Posted", "Value", "Amount"))
    value = {"column": "Value", "format": "%m/%d/%Y"}
    plain = {"remitter": None, "text": None, "reference": None}
    (one,) = notices(given, value_date=value, **plain)
    assert isinstance(one, Remittance)
    assert one.value_date == date(2024, 3, 18)


SPLIT = ("Posted", "In", "Out", "Description", "Ref")


@pytest.mark.parametrize(
    ("credit", "debit", "amount"),
    [
        ("500.00", "", "500.00"),
        ("", "500.00", "-500.00"),
        ("500.00", "0.00", "500.00"),
        ("0.00", "-500.00", "-500.00"),
        ("-500.00", "", "500.00"),
        ("0.00", "0.00", "0.00"),
        ("", "", 'there is no amount in "In" and "Out"'),
        ("5.00", "6.00", "credit and debit are both filled, with 5.00 and 6.00"),
        ("5.00", "x", 'cannot read amount "x"'),
    ],
)
def test_credit_and_debit_columns(credit: str, debit: str, amount: str) -> None:
    cells = ("03/18/2024", credit, debit, "R", "1")
    assert amount_of(cells, SPLIT, credit="In", debit="Out") == amount


def test_a_sign_that_changes_within_a_credit_column_is_for_a_person() -> None:
    given = table(
        ("03/18/2024", "-5.00", "", "R", "1"),
        ("03/18/2024", "6.00", "", "R", "2"),
        header=SPLIT,
    )
    first, second = notices(given, amount={"credit": "In", "debit": "Out"})
    assert isinstance(first, Remittance)
    assert isinstance(second, Unreadable)
    assert second.why == (
        '"6.00" has not the sign that the credit column has in the rows before'
    )


@pytest.mark.parametrize(
    ("amount", "flag", "result"),
    [
        ("5.00", "CR", "5.00"),
        ("5.00", " dr ", "-5.00"),
        ("-5.00", "DR", "-5.00"),
        ("5.00", "", '"" in "Flag" says no sign'),
        ("5.00", "XX", '"XX" in "Flag" says no sign'),
        ("-5.00", "CR", 'amount -5.00 is negative and "Flag" says positive'),
    ],
)
def test_a_flag_column_gives_the_sign(amount: str, flag: str, result: str) -> None:
    header = ("Posted", "Amount", "Flag", "Description", "Ref")
    cells = ("03/18/2024", amount, flag, "R", "1")
    shape = {"flag": "Flag", "negative": ["DR"], "positive": ["CR"]}
    assert amount_of(cells, header, column="Amount", **shape) == result


def test_card_statements_turn_the_sign_and_keep_the_banks_in_sums() -> None:
    shape = {"column": "Amount", "inverse": True}
    transcript = transcribe(table(row("-40.00"), row("15.00")), mapping(amount=shape))
    found = [one.amount for one in transcript if isinstance(one, Remittance)]
    assert found == [Decimal("40.00"), Decimal("-15.00")]
    tally = transcript.tallies["US-FNB-0417", "USD"]
    assert (tally.sum, tally.credits, tally.debits) == tuple(
        map(Decimal, (-25, 15, -40))
    )


@pytest.mark.parametrize(
    ("text", "currency", "result"),
    [
        ("($300.00)", "USD", "-300.00"),
        ("USD 5", "USD", "5.00"),
        ("EUR 5", "USD", 'cannot read amount "EUR 5"'),
        ("€5", "USD", 'cannot read amount "€5"'),
        ("40.008", "USD", 'amount "40.008" has more than 2 decimals'),
        ("¥1000.00", "JPY", "1000"),
        ("1000.50", "JPY", 'amount "1000.50" has more than 0 decimals'),
        ("1.250", "KWD", "1.250"),
        ("", "USD", "the amount is empty"),
    ],
)
def test_currency_and_decimals_must_agree(
    text: str, currency: str, result: str
) -> None:
    (notice,) = notices(table(row(text)), currency=currency)
    assert result == (
        notice.why if isinstance(notice, Unreadable) else str(notice.amount)
    )


@pytest.mark.parametrize("currency", ["", "usd", "US Dollar"])
def test_a_currency_cell_that_is_no_code_is_for_a_person(currency: str) -> None:
    given = table((*row(), currency), header=(*HEADER, "Cur"))
    (notice,) = notices(given, currency={"column": "Cur"})
    assert isinstance(notice, Unreadable)
    assert "is no currency of three letters" in notice.why


def test_an_unreadable_row_keeps_its_text_and_says_what_to_change() -> None:
    first, second = notices(table(row("1.234,5O"), row()))
    assert first == Unreadable(
        place=Place("fnb.csv", 2),
        text="03/18/2024 | ROSEWOOD INV 10233 | 1.234,5O | 0091",
        why='cannot read amount "1.234,5O"',
        hint='mappings/fnb.toml [read] amount says decimal "." and thousands ","'
        " in USD",
    )
    assert isinstance(second, Remittance)
    (dated,) = notices(table(row(posted="31/02/2024")))
    assert isinstance(dated, Unreadable)
    assert dated.why.startswith('cannot read date "31/02/2024" as %m/%d/%Y')
    assert dated.hint == 'mappings/fnb.toml [read] date says format "%m/%d/%Y"'


@pytest.mark.parametrize(
    ("bad", "good", "refused"),
    [(1, 0, False), (1, 2, False), (2, 37, True), (2, 38, False), (3, 57, False)],
)
def test_more_than_one_unreadable_row_in_twenty_refuses_the_file(
    bad: int, good: int, *, refused: bool
) -> None:
    given = table(*[row("x")] * bad, *[row()] * good)
    if not refused:
        assert len(notices(given)) == bad + good
        return
    with pytest.raises(FileRefused) as caught:
        notices(given)
    assert [str(fault).splitlines()[0] for fault in caught.value.faults] == [
        (
            f"fnb.csv: {bad} of {bad + good} remittances cannot be read,"
            " which is more than one in twenty"
        ),
        'fnb.csv:2: cannot read amount "x"',
        'fnb.csv:3: cannot read amount "x"',
    ]


def test_a_strict_mapping_refuses_the_file_for_one_row() -> None:
    given = table(row("x"), *[row()] * 99)
    with pytest.raises(FileRefused, match="1 of 100 remittances cannot be read"):
        notices(given, unreadable="refuse")


def test_empty_rows_are_nothing_and_short_rows_are_for_a_person() -> None:
    first, second = notices(table(("", " ", "", ""), row(), ("03/18/2024", "R")))
    assert isinstance(first, Remittance)
    assert isinstance(second, Unreadable)
    assert second.why == "this row ends after 2 cells"


def test_texts_are_folded_where_nothing_tells_them_apart() -> None:
    assert folded("  ROSEWOOD \t\x00 FLORAL\u00a0LLC ") == "ROSEWOOD FLORAL LLC"
    assert folded("Mu\u0308ller") == "M\u00fcller"
    assert folded("INV-10 233, inv") == "INV-10 233, inv"
    given = table(("03/18/2024", " A  B\t", "5", " "), ("03/18/2024", "A B", "5", ""))
    first, second = notices(given)
    assert isinstance(first, Remittance)
    assert isinstance(second, Remittance)
    assert first.identity == second.identity == ("", "A B")
    assert first.text == "A B"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("A  B", "A B"),
        (" A", "A"),
        ("A ", "A"),
        ("A\tB", "A B"),
        ("A\x00B", "A B"),
        ("Mu\u0308ller", "M\u00fcller"),
        ("A | B", "A | B"),
    ],
)
def test_one_text_that_needs_folding_is_enough(cell: str, text: str) -> None:
    (one,) = notices(table(("03/18/2024", cell, "5", "R")))
    assert isinstance(one, Remittance)
    assert (one.remitter, one.text, one.reference) == (text, f"{text} R", "R")


def test_an_advice_column_gives_each_row_its_invoice() -> None:
    header = (*HEADER, "Invoice", "Paid", "Disc")
    invoice = {"number": "Invoice", "paid": "Paid", "discount": "Disc"}
    given = table(
        (*row("245.00"), "10240", "245.00", "5.00"),
        (*row("7.00"), "", "", ""),
        (*row("8.00"), "10241", "8.00", ""),
        header=header,
    )
    advice = [
        one.advice
        for one in notices(given, invoice=invoice)
        if isinstance(one, Remittance)
    ]
    assert advice == [
        (AdviceLine("10240", Decimal(245), Decimal(5), 2),),
        (),
        (AdviceLine("10241", Decimal(8), Decimal(0), 4),),
    ]


@pytest.mark.parametrize(
    ("number", "paid", "why"),
    [
        ("", "8.00", '"8.00" is paid on no invoice number'),
        ("10240", "", "the amount is empty"),
        ("10240", "x", 'cannot read amount "x"'),
    ],
)
def test_advice_that_is_not_whole_is_for_a_person(
    number: str, paid: str, why: str
) -> None:
    given = table((*row(), number, paid), header=(*HEADER, "Invoice", "Paid"))
    (notice,) = notices(given, invoice={"number": "Invoice", "paid": "Paid"})
    assert isinstance(notice, Unreadable)
    assert notice.why == why


def test_columns_that_are_not_there_refuse_the_file_at_once() -> None:
    given = table(row(), header=("Posted", "Descripton", "Amount", "Amount"))
    with pytest.raises(FileRefused) as caught:
        transcribe(given, mapping(text=(), reference=()))
    assert [str(fault) for fault in caught.value.faults] == [
        (
            'fnb.csv:1: there is no column "Description"\n'
            "hint: mappings/fnb.toml [read] remitter names it;"
            ' did you mean "Descripton"? there are Posted, Descripton, Amount'
        ),
        (
            'fnb.csv:1: there is more than one column "Amount"\n'
            "hint: mappings/fnb.toml [read] amount column names it; which is meant?"
        ),
    ]


OFX = ("DTPOSTED", "NAME", "TRNAMT", "FITID", "CORRECTACTION", "CURRENCY")
OFX_READ: dict[str, Any] = {
    "date": {"column": "DTPOSTED", "format": "%Y%m%d"},
    "amount": {"column": "TRNAMT"},
    "remitter": "NAME",
    "text": "NAME",
    "reference": "FITID",
}


def test_an_order_to_correct_an_earlier_line_is_never_a_payment() -> None:
    given = table(
        ("20240318", "R", "5.00", "1", "", ""),
        ("20240318", "R", "6.00", "2", "REPLACE", ""),
        header=OFX,
        format="ofx",
    )
    first, second = notices(given, **OFX_READ)
    assert isinstance(first, Remittance)
    assert isinstance(second, Remittance)
    assert not first.caution
    assert second.caution == (
        'the bank orders "REPLACE" for an earlier line; find that line by its id,'
        " and undo in the ERP what it paid"
    )


def test_what_a_reader_warns_of_is_kept() -> None:
    header = ("day", "amount", "caution")
    given = table(
        ("20240318", "5.00", "not booked yet"), ("20240318", "6.00", ""), header=header
    )
    read: dict[str, Any] = {"date": {"column": "day", "format": "%Y%m%d"}}
    read |= {"remitter": (), "text": (), "reference": (), "identity": ()}
    said = notices(given, **read, amount={"column": "amount"})
    assert [one.caution for one in said if isinstance(one, Remittance)] == [
        "not booked yet",
        "",
    ]


def test_an_ofx_line_may_have_another_currency_than_its_account() -> None:
    given = table(
        ("20240318", "R", "5.00", "1", "", "CAD"),
        ("20240318", "R", "5.00", "2", "", ""),
        header=OFX,
        format="ofx",
    )
    transcript = transcribe(given, mapping(**OFX_READ))
    assert [one.currency for one in transcript if isinstance(one, Remittance)] == [
        "CAD",
        "USD",
    ]
    assert set(transcript.tallies) == {("US-FNB-0417", "CAD"), ("US-FNB-0417", "USD")}


def test_rows_are_streamed() -> None:
    taken = []

    def rows() -> Iterator[Row]:
        for line in range(2, 5):
            taken.append(line)
            yield Row(line, row())

    given = Table("fnb.csv", "delimited", "utf-8", HEADER, rows)
    stream = iter(transcribe(given, mapping()))
    next(stream)
    assert taken == [2]


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(number: int) -> int:
        days = [f"{day % 12 + 1:02}/{day % 28 + 1:02}/2024" for day in range(336)]
        rows = (
            Row(line, row(f"{line}.00", days[line % 336], f"{line:09}"))
            for line in range(number)
        )
        given = Table("fnb.csv", "delimited", "utf-8", HEADER, lambda: rows)
        transcript = transcribe(given, mapping())
        tracemalloc.start()
        read_all(transcript)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(10_000) < peak(1_000) + 100_000


def test_a_transcript_is_read_once() -> None:
    transcript = read_all(transcribe(table(row()), mapping()))
    with pytest.raises(AssertionError):
        read_all(transcript)


def test_sums_count_rows_by_account_and_currency() -> None:
    given = table(row("5.00", "03/20/2024"), row("-2.00"), row("9.00", "x"))
    transcript = read_all(transcribe(given, mapping()))
    tally = transcript.tallies["US-FNB-0417", "USD"]
    assert (tally.count, tally.sum) == (3, Decimal("12.00"))
    assert (tally.credits, tally.debits) == (Decimal("14.00"), Decimal("-2.00"))
    assert (tally.first_date, tally.last_date) == (
        date(2024, 3, 18),
        date(2024, 3, 20),
    )
    assert (transcript.remittances, transcript.unreadable) == (2, 1)


def test_values_made_swiftly_are_the_frozen_ones() -> None:
    one = swiftly(Place)("a.csv", 3)
    assert type(one) is Place
    assert one == Place("a.csv", 3)
    assert hash(one) == hash(Place("a.csv", 3))
    with pytest.raises(FrozenInstanceError):
        one.row = 4  # type: ignore[misc] # that it is refused is the test


CELL = st.text(max_size=8) | st.sampled_from(
    ["03/18/2024", "5.00", "-5", "1,000.00", "", "Total", "x", "NaN", "\uff15"]
)


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=12))
def test_any_rows_become_one_notice_each_or_the_file_is_refused(
    rows: list[tuple[str, str, str, str]],
) -> None:
    filled = [cells for cells in rows if any(map(str.strip, cells))]
    try:
        found = notices(table(*rows))
    except FileRefused:
        assert len(filled) > 1
    else:
        assert len(found) == len(filled)
