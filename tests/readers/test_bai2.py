"""BAI2 files are read entry by entry, and proven by their control totals."""

from typing import Any

import pytest

from importer.transcribe import Standing


def file(
    *entries: str,
    account: str = "03,0417,USD,010,10000,,,015,{closing},,/",
    group: str = "02,FLORADA,121,1,260318,0900,USD,2/",
    total: int | None = None,
    moved: int = 0,
    closed: int = 10000,
) -> str:
    """Write a file whose control total is that of balances and entries."""
    control = 10000 + closed + moved if total is None else total
    lines = [
        "01,121,FLORADA,260318,0900,1,80,,2/",
        group,
        account.format(closing=closed),
        *entries,
        f"49,{control},{2 + len(entries)}/",
        f"98,{control},1,{4 + len(entries)}/",
        f"99,{control},1,{6 + len(entries)}/",
    ]
    return "\n".join(lines) + "\n"


WIRE = "16,195,50000,,B-1,C-1,WIRE IN"


def test_an_entry_is_set_out_by_its_own_names(bank: Any) -> None:
    lines = [WIRE, "88,ORG:=ROSEWOOD FLORAL", "88,OBI:=INVOICE 10233"]
    whole = bank.read(file(*lines, moved=50000, closed=60000))
    (one,) = whole.cells
    assert {name: value for name, value in one.items() if value} == {
        "account": "0417",
        "currency": "USD",
        "booking date": "2026-03-18",
        "amount": "500.00",
        "kind": "wire",
        "remitter": "ROSEWOOD FLORAL",
        "reference": "C-1",
        "bank reference": "B-1",
        "text": "WIRE IN ORG:=ROSEWOOD FLORAL OBI:=INVOICE 10233",
        "type code": "195",
        "group status": "1",
    }
    assert whole.totals.standing is Standing.PROVEN
    assert "from the opening to the closing" in whole.totals.sentence


@pytest.mark.parametrize(
    ("code", "amount"),
    [("399", "0.05"), ("400", "-0.05"), ("699", "-0.05"), ("700", "0.05")],
)
def test_the_type_code_says_the_sign(bank: Any, code: str, amount: str) -> None:
    (one,) = bank.read(file(f"16,{code},5,,,,", moved=5)).cells
    assert one["amount"] == amount


@pytest.mark.parametrize(
    ("currency", "amount"), [("USD", "12.34"), ("JPY", "1234"), ("KWD", "1.234")]
)
def test_minor_units_are_those_of_the_currency(
    bank: Any, currency: str, amount: str
) -> None:
    text = file("16,142,1234,,,,", moved=1234).replace("0417,USD", f"0417,{currency}")
    (one,) = bank.read(text).cells
    assert (one["currency"], one["amount"]) == (currency, amount)


@pytest.mark.parametrize(
    ("funds", "value_date"),
    [
        ("Z", ""),
        ("0", ""),
        ("S,1,2,3", ""),
        ("V,260320,0900", "2026-03-20"),
        ("D,2,0,3,1,2", ""),
        ("S,1,2/\n88,3", ""),
    ],
)
def test_funds_types_are_passed_over(bank: Any, funds: str, value_date: str) -> None:
    entry = f"16,142,5,{funds},B-1,C-1,TEXT, WITH A COMMA"
    (one,) = bank.read(file(entry, moved=5)).cells
    assert (one["value date"], one["bank reference"]) == (value_date, "B-1")
    assert (one["reference"], one["text"]) == ("C-1", "TEXT, WITH A COMMA")


def test_slashes_and_blanks_in_texts(bank: Any) -> None:
    lines = ["16,142,5,,,,A/B 12/16, C/", "88,/ORD: X 16/88, Y  "]
    (one,) = bank.read(file(*lines, moved=5)).cells
    assert one["text"] == "A/B 12/16, C /ORD: X 16/88, Y"


def test_several_records_on_a_line_and_lines_of_eighty(bank: Any) -> None:
    text = file(f"{WIRE}/", "16,475,7,,,4471,PAID/", moved=50007)
    assert bank.read(text.replace("\n", "")).count == 2
    one = file("16,142,5,,,,PAID ON 12/88, HERE", "88,INVOICE 10233/", moved=5)
    (entry,) = bank.read(one.replace("HERE\n", "HERE/").replace("/\n", "/ ")).cells
    assert entry["text"].endswith("HERE INVOICE 10233")
    padded = "\n".join(line.ljust(80) for line in text.split("\n"))
    assert bank.read(padded).cells[1]["check number"] == "4471"


@pytest.mark.parametrize(
    ("status", "code", "caution"),
    [
        ("1", "142", ""),
        ("2", "142", "deletes"),
        ("3", "142", "corrects"),
        ("4", "142", "test"),
        ("1", "555", "returned item"),
    ],
)
def test_what_is_no_plain_payment_waits_for_a_person(
    bank: Any, status: str, code: str, caution: str
) -> None:
    group = f"02,FLORADA,121,{status},260318,0900,USD,2/"
    (one,) = bank.read(file(f"16,{code},5,,,,", moved=5, group=group)).cells
    assert caution in one["caution"]
    assert bool(caution) == bool(one["caution"])


@pytest.mark.parametrize("trailer", ["49", "98", "99"])
def test_control_totals_that_do_not_tie_refuse_the_file(
    bank: Any, trailer: str
) -> None:
    text = file(WIRE, moved=50000)
    assert "70001" in bank.refused(text.replace(f"{trailer},70000", f"{trailer},70001"))


def test_wrong_counts_are_noted(bank: Any) -> None:
    whole = bank.read(file(WIRE, moved=50000).replace("49,70000,3", "49,70000,9"))
    assert any("states 9 records, and has 3" in note for note in whole.table.notes)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("16,195", "16,,195", "no type code"),
        ("16,195,50000,,", "16,195,50000,Q,", "funds type"),
        ("16,195,50000,,", "16,195,50000,D,x,", "funds type"),
        ("16,195", "17,195", "begins no record"),
        ("49,70000,3/\n", "", "cannot follow"),
        ("16,195,50000", "16,195,5o000", "cannot be read"),
        ("010,10000", "010,1o000", "cannot read the amount"),
    ],
)
def test_what_is_broken_is_refused(
    bank: Any, old: str, new: str, sentence: str
) -> None:
    assert sentence in bank.refused(file(WIRE, moved=50000).replace(old, new))


def test_endless_records_are_refused(bank: Any) -> None:
    assert "continuations" in bank.refused(file(WIRE, *["88,X"] * 3000))
    assert "letters and more" in bank.refused(file(WIRE + "x" * 70000))


def test_a_file_that_is_cut_off_is_refused(bank: Any) -> None:
    text = file(WIRE, "88,INVOICE 10233", moved=50000)
    ends = text.index("99,70000") + len("99,70000")
    bank.cut_anywhere(text, lambda end: {1} if end >= ends else set())
