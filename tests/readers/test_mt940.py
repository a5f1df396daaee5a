"""MT940 and MT942 are read entry by entry, and proven by their balances."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import readers
from importer.errors import FileRefused
from importer.guess import guess
from importer.readers import mt940_details
from importer.transcribe import Standing, Transcript, transcribe

ENTRY = ":61:2603180318C500,00NTRFNONREF//B-1\n:86:INVOICE 10233\n"
STATEMENT = (
    ":20:START\n:25:TEST0001/42\n:28C:7/1\n:60F:C260317EUR100,00\n"
    "{entries}:62F:C260318EUR{closing}\n-\n"
)


def statement(entries: str = ENTRY, closing: str = "600,00") -> str:
    return STATEMENT.format(entries=entries, closing=closing)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bank.sta"


def cells(path: Path, text: str) -> list[dict[str, str]]:
    path.write_bytes(text.encode())
    table = readers.read(path)
    assert table.format == "mt940"
    return [dict(zip(table.header, row.cells, strict=True)) for row in table.rows()]


def entry(path: Path, line: str, closing: str) -> dict[str, str]:
    (one,) = cells(path, statement(f"{line}\n", closing))
    return one


def refused(path: Path, text: str) -> str:
    path.write_bytes(text.encode())
    with pytest.raises(FileRefused) as error:
        read_all(path)
    return "\n".join(str(fault) for fault in error.value.faults)


def read_all(path: Path) -> Transcript:
    table = readers.read(path)
    transcript = transcribe(table, guess(table).mapping)
    for _ in transcript:
        pass
    return transcript


def standing(path: Path) -> Standing:
    totals = read_all(path).totals
    assert totals is not None
    return totals.standing


def test_an_entry_is_set_out_by_its_own_names(path: Path) -> None:
    (one,) = cells(path, statement())
    assert {name: value for name, value in one.items() if value} == {
        "account": "TEST0001/42",
        "currency": "EUR",
        "value date": "2026-03-18",
        "entry date": "2026-03-18",
        "amount": "500.00",
        "kind": "transfer",
        "bank reference": "B-1",
        "text": "INVOICE 10233",
        "statement": "7/1",
        "mark": "C",
        "type": "NTRF",
        "details": "INVOICE 10233",
    }


@pytest.mark.parametrize(
    ("line", "closing", "amount", "mark"),
    [
        (":61:260318C9,NTRFX", "109,", "9", "C"),
        (":61:260318C500NTRFX", "600,", "500", "C"),
        (":61:260318C,5NTRFX", "100,50", "0.5", "C"),
        (":61:260318C0009,8NTRFX", "109,8", "9.8", "C"),
        (":61:2603180318DR20,00N037NONREF", "80,00", "-20.00", "D"),
        (":61:260318CM20,00S051", "120,00", "20.00", "C"),
        (":61:260318RC20,00NTRFX", "80,00", "-20.00", "RC"),
        (":61:260318RD20,00NTRFX", "120,00", "20.00", "RD"),
        (":61:2603180318CR\n30,00N062NONREF", "130,00", "30.00", "C"),
    ],
)
def test_amounts_and_marks(
    path: Path, line: str, closing: str, amount: str, mark: str
) -> None:
    one = entry(path, line, closing)
    assert (one["amount"], one["mark"]) == (amount, mark)
    assert standing(path) is Standing.PROVEN


@pytest.mark.parametrize("mark", ["RC", "RD"])
def test_a_reversal_is_held_and_counted(path: Path, mark: str) -> None:
    closing = "80,00" if mark == "RC" else "120,00"
    assert entry(path, f":61:260318{mark}20,00NTRFX", closing)["caution"]


def test_an_expected_entry_is_held_and_no_part_of_the_balance(path: Path) -> None:
    one = entry(path, ":61:260318EC20,00NTRFX", "100,00")
    assert (one["amount"], bool(one["caution"])) == ("20.00", True)


@pytest.mark.parametrize(
    ("value", "entered", "day"),
    [
        ("251231", "0102", "2026-01-02"),
        ("260102", "1231", "2025-12-31"),
        ("240228", "0229", "2024-02-29"),
        ("260318", "", ""),
        ("260230", "0301", "0301"),
    ],
)
def test_an_entry_date_lies_in_the_year_nearest_to_the_value_date(
    path: Path, value: str, entered: str, day: str
) -> None:
    one = entry(path, f":61:{value}{entered}C5,NTRFX", "105,")
    assert one["entry date"] == day


def test_a_day_that_is_none_is_held_and_its_money_counted(path: Path) -> None:
    path.write_text(statement(":61:2602300301C5,NTRFX\n", "105,"))
    read = read_all(path)
    assert read.unreadable == 1
    assert [tally.sum for tally in read.tallies.values()] == [Decimal(5)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            [
                "166?00GUTSCHRIFT?109310?20EREF+A-17?21SVWZ+Rechnung 10233, 1",
                "0240?30TESTDEFF?31DE00TEST0001?32ROSEWOOD FLO?33RAL GMBH",
            ],
            {
                "text": "Rechnung 10233, 10240",
                "remitter": "ROSEWOOD FLORAL GMBH",
                "account": "DE00TEST0001",
                "end_to_end": "A-17",
                "booking": "GUTSCHRIFT",
            },
        ),
        (
            ["166?20SVWZ+abcdefghijklmnopqrstuv?21wxyz?22end"],
            {"text": "abcdefghijklmnopqrstuvwxyz end"},
        ),
        (["051~20no keyword~21here"], {"text": "no keyword here"}),
        (
            [
                "/EREF/NOTPROVIDED/BENM//NAME/J DOE/REMI/Invoice 102",
                "33/ISDT/2026-03-18",
            ],
            {"text": "Invoice 10233", "remitter": "J DOE", "end_to_end": ""},
        ),
        (
            ["/CNTP/NL00TEST1/BICX/ROSEWOOD/AMSTERDAM/REMI/USTD//INV 10233"],
            {"text": "INV 10233", "remitter": "ROSEWOOD", "account": "NL00TEST1"},
        ),
        (["109?20RREF+X?21SVWZ+zurueck"], {"text": "zurueck", "is_returned": True}),
        (["plain", "words"], {"text": "plain words"}),
        (["x" * 64 + "1", "0233"], {"text": "x" * 64 + "10233"}),
        (["/just a slash"], {"text": "/just a slash"}),
    ],
)
def test_details_in_their_structures(lines: list[str], said: dict[str, Any]) -> None:
    found = mt940_details.parse(lines)
    assert {name: getattr(found, name) for name in said} == said
    assert found.raw


def test_a_line_that_looks_like_a_tag_stays_text(path: Path) -> None:
    text = ":61:260318C500,00NTRFX\n:86:at 16\n:20:15 and :61: there\n:26:37 end\n"
    (one,) = cells(path, statement(text))
    assert one["text"] == "at 16 :20:15 and :61: there :26:37 end"


def test_details_of_the_statement_are_no_entry_s(path: Path) -> None:
    text = statement().replace("\n-\n", "\n:86:SUMMARY\n-\n")
    (one,) = cells(path, text)
    assert "SUMMARY" not in one["details"]


def test_a_message_in_its_envelope(path: Path) -> None:
    head = "{1:F01TESTNL2AXXXX0000000000}{2:I940TESTNL2AXXXXN3020}{4:\r\n"
    text = statement().removesuffix("-\n").replace("\n", "\r\n")
    assert len(cells(path, f"{head}{text}-}}{head}{text}-}}")) == 2


def test_the_lines_of_entries_are_those_of_an_editor(path: Path) -> None:
    path.write_text(statement(ENTRY * 2, "1100,00"))
    assert [row.line for row in readers.read(path).rows()] == [5, 7]


def test_pages_follow_from_one_another(path: Path) -> None:
    first = statement().replace(":62F:", ":62M:")
    second = statement().replace(":60F:C260317EUR100,00", ":60M:C260318EUR600,00")
    second = second.replace("EUR600,00\n-", "EUR1100,00\n-")
    path.write_text(first + second)
    assert read_all(path).remittances == 2
    missing = second.replace("600,00", "700,00").replace("1100,00", "1200,00")
    assert "is a page missing?" in refused(path, first + missing)


def test_balances_that_do_not_follow_refuse_the_file(path: Path) -> None:
    assert refused(path, statement(closing="600,01")) == (
        "bank.sta:7: statement 7/1: opening 100.00 and entries 500.00 make 600.00,"
        " and it closes with 600.01"
        "\nhint: fetch the file again; if it says the same, ask the bank"
    )


def test_two_wrong_statements_do_not_make_a_right_one(path: Path) -> None:
    assert "make 600.00" in refused(
        path, statement(closing="600,01") + statement(closing="599,99")
    )


def test_what_the_interim_report_sums_up(path: Path) -> None:
    text = (
        ":20:A\n:25:B\n:28C:1/1\n:34F:EURC0,00\n:13D:2603180900+0100\n"
        ":61:260318C5,NTRFX\n:90D:0EUR0,\n:90C:1EUR{sum}\n"
    )
    path.write_text(text.format(sum="5,"))
    assert standing(path) is Standing.PROVEN
    path.write_text(text.format(sum="9,"))
    assert read_all(path).remittances == 1


def whole() -> bytes:
    return (statement() + statement(ENTRY * 2, "1100,00")).encode()


@pytest.mark.parametrize("end", range(5, len(whole())))
def test_a_file_that_is_cut_off_is_refused_or_holds_every_entry(
    tmp_path: Path, end: int
) -> None:
    path = tmp_path / "cut.sta"
    path.write_bytes(whole()[:end])
    first, last = len(statement()), len(whole())
    try:
        found = read_all(path).remittances
    except FileRefused:
        return
    # A file may end behind a closing balance: after it nothing is owed.
    assert (found == 1 and end <= first + 1) or (found == 3 and end > last - 10)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (statement(":61:26031C5,NTRFX\n"), "this :61: is no entry"),
        (statement(closing="x"), "this balance cannot be read"),
        (statement().replace(":60F:C2603", ":60F:X2603"), "this balance cannot be"),
        (":25:only\n", "no closing balance"),
        ("{1:F01TESTNL2AXXXX0000000000}{4:\n", "no statement begins"),
        (statement(ENTRY + "x\n" * 5000, "600,00"), "more than 4096 lines"),
        (statement(ENTRY + "x" * 70000 + "\n", "600,00"), "letters and more"),
    ],
)
def test_what_is_broken_is_refused(path: Path, text: str, sentence: str) -> None:
    assert sentence in refused(path, text)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30), st.data())
def test_any_statement_adds_up(amounts: list[int], data: st.DataObject) -> None:
    def lines() -> Iterator[str]:
        for amount in amounts:
            mark = data.draw(st.sampled_from(["C", "D", "RC", "RD", "CR", "DR"]))
            sign = -1 if mark in ("D", "RC", "DR") else 1
            moved.append(sign * amount)
            yield f":61:260318{mark}{amount // 100},{amount % 100:02}NTRFX\n"

    moved: list[int] = []
    entries = "".join(lines())
    closing = 10000 + sum(moved)
    mark = "D" if closing < 0 else "C"
    text = statement(entries, f"{abs(closing) // 100},{abs(closing) % 100:02}")
    text = text.replace(":62F:C", f":62F:{mark}")
    path = Path("/dev/shm" if Path("/dev/shm").is_dir() else "/tmp") / "any.sta"
    path.write_text(text)
    read = read_all(path)
    assert read.remittances == len(amounts)
    assert sum(t.sum for t in read.tallies.values()) == Decimal(sum(moved)) / 100
