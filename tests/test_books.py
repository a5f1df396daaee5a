"""The books: what is saved is read back, whole; a list is understood or refused."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer import books
from importer.errors import Fault, FileRefused, SettingsRefused, StoppedEarly
from importer.model import Customer, Invoice
from importer.table import Row

TOP = Path(__file__).parents[1]
AT = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
ORCHID = Customer("4107", "ORCH", "Orchid House LLC")
IRIS = Customer("4108", "IRIS", "Iris & Co", active=False)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
DAYS = st.none() | st.dates()
MONEY = st.decimals(allow_nan=False, allow_infinity=False, places=2)
CUSTOMERS = st.builds(Customer, TEXT, TEXT, TEXT, st.booleans())
INVOICES = st.builds(
    Invoice, TEXT, TEXT, MONEY, st.none() | MONEY, DAYS, DAYS, TEXT, TEXT
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(CUSTOMERS), st.lists(INVOICES), TEXT)
def test_what_is_saved_is_read_back(
    tmp_path: Path, customers: list[Customer], invoices: list[Invoice], source: str
) -> None:
    path = tmp_path / "books.db"
    books.save(path, customers, invoices, AT, source)
    found = books.load(path)
    assert found == books.Stored(tuple(customers), tuple(invoices), AT, source)
    assert os.listdir(tmp_path) == ["books.db"]  # noqa: PTH208 -- names are enough


def test_amounts_keep_their_decimals(tmp_path: Path) -> None:
    path = tmp_path / "books #1?.db"
    books.save(path, [], [Invoice("1", "4107", Decimal("1200.00"))], AT, "list")
    assert str(books.load(path).invoices[0].open) == "1200.00"


def test_without_books_the_way_to_make_them_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="importer sync"):
        books.load(tmp_path / "books.db")


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\x00" * 9])
def test_books_that_cannot_be_read_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "books.db"
    path.write_bytes(content)
    with pytest.raises(SettingsRefused, match="importer sync"):
        books.load(path)


def test_books_of_another_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    books.save(path, [ORCHID], [], AT, "list")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(SettingsRefused, match='version "99"'):
        books.load(path)


def test_a_failed_save_leaves_the_old_books(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    books.save(path, [ORCHID], [], AT, "old")

    def half() -> Iterator[Invoice]:
        yield Invoice("1", "4107", Decimal(1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        books.save(path, [IRIS], half(), AT, "new")
    assert books.load(path).source == "old"
    assert os.listdir(tmp_path) == ["books.db"]  # noqa: PTH208 -- names are enough
    with pytest.raises(SettingsRefused, match="cannot be written"):
        books.save(tmp_path / "no folder" / "books.db", [], [], AT, "x")


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from importer import books
from importer.model import Invoice
at = datetime(2026, 1, 1, tzinfo=UTC)
path = Path(sys.argv[1])
books.save(path, [], [Invoice("1", "1", Decimal(n)) for n in range(5)], at, "old")
replace = Path.replace
def die(self, target):
    if sys.argv[2] == "after":
        replace(self, target)
    os.kill(os.getpid(), signal.SIGKILL)
Path.replace = die
books.save(path, [], [Invoice("2", "1", Decimal(n)) for n in range(9)], at, "new")
"""


@pytest.mark.parametrize(("when", "left"), [("before", "old"), ("after", "new")])
def test_who_is_killed_leaves_whole_books(tmp_path: Path, when: str, left: str) -> None:
    path = tmp_path / "books.db"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), when],
        check=False,
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": str(TOP)},
    )
    assert killed.returncode == -signal.SIGKILL
    found = books.load(path)
    assert found.source == left
    assert len(found.invoices) == (5 if left == "old" else 9)
    books.save(path, [ORCHID], [], AT, "again")
    assert books.load(path).source == "again"


class Ledger:
    """An ERP of two invoices, that stops where it is told."""

    def __init__(self, *, stops: bool = False) -> None:
        """Stop in the middle of the invoices, or not."""
        self.asked: list[tuple[date, date]] = []
        self._stops = stops

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        """Give both customers."""
        assert not known
        yield from (ORCHID, IRIS)

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        """Give one invoice, and maybe another."""
        assert not known
        self.asked.append((first, last))
        yield Invoice("1", "4107", Decimal(5))
        if self._stops:
            raise StoppedEarly(Fault("", "the ERP is away"))
        yield Invoice("2", "4108", Decimal(6))


def test_books_from_an_erp_are_whole_or_none() -> None:
    ledger = Ledger()
    customers, invoices = books.from_erp(ledger, date(2026, 3, 18), 90)
    assert customers == (ORCHID, IRIS)
    assert [one.number for one in invoices] == ["1", "2"]
    assert ledger.asked == [(date(2025, 12, 18), date(2026, 3, 18))]
    with pytest.raises(StoppedEarly, match="away"):
        books.from_erp(Ledger(stops=True), date(2026, 3, 18), 90)


FULL = (
    *("customer_id", "customer_code", "customer_name", "invoice_number"),
    *("invoice_date", "due_date", "total", "open", "po_number", "location"),
)


def listed(
    header: Sequence[str], *rows: str, customers: Sequence[Customer] = ()
) -> books.Listed:
    table = (Row(at, tuple(row.split("|"))) for at, row in enumerate(rows, start=2))
    return books.from_list("open.csv", header, table, customers)


def faults(
    header: Sequence[str], *rows: str, customers: Sequence[Customer] = ()
) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        listed(header, *rows, customers=customers)
    return [f"{fault.where}: {fault.sentence}" for fault in caught.value.faults]


def test_a_list_with_our_own_columns_is_read() -> None:
    found = listed(
        FULL,
        "4107|ORCH|Orchid House LLC|50211|2026-02-20|2026-03-20|1020.00|1000.00"
        "|PO-7|MIA",
        "4108|IRIS|Iris & Co|50230|||| -5.50 ||",
        " | | | | | | | | | ",
        "4107|ORCH|Orchid House LLC|50231|2026-02-21||10.00|0.00||",
    )
    assert found.invoices == (
        Invoice(
            number="50211",
            customer="4107",
            open=Decimal("1000.00"),
            total=Decimal("1020.00"),
            issued=date(2026, 2, 20),
            due=date(2026, 3, 20),
            po_number="PO-7",
            location="MIA",
        ),
        Invoice("50230", "4108", Decimal("-5.50")),
    )
    assert [one.name for one in found.customers] == ["Orchid House LLC", "Iris & Co"]
    assert '"open" is open' in found.understood
    assert "1 invoices with nothing open were left out" in found.understood


def test_a_list_of_a_spreadsheet_is_read_by_its_synonyms() -> None:
    header = ["Customer Code", "Invoice #", "Date", "Due", "Amount", "Balance", "Rep"]
    found = listed(
        header,
        "orch|50211|03/13/2026|04/03/2026|$1,020.00|$1,000.00|AB",
        "ORCH|50212|03/04/2026|04/04/2026|$20.00|$20.00|AB",
        customers=[ORCHID, IRIS],
    )
    assert [one.customer for one in found.invoices] == ["4107", "4107"]
    assert found.invoices[1].issued == date(2026, 3, 4)
    assert found.invoices[0].open == Decimal("1000.00")
    assert found.customers == (ORCHID, IRIS)
    assert '"Balance" is open' in found.understood
    assert "open and total read as 1,234.50" in found.understood
    assert "invoice_date and due_date read as %m/%d/%Y" in found.understood
    assert books.is_header(header)
    assert not books.is_header(["Open invoices of March", "", "", "", "", "", ""])


def test_one_cell_settles_the_marks_of_the_whole_file() -> None:
    header = ["customer_id", "invoice_number", "open"]
    found = listed(header, "1|1|1.230,00", "1|2|500", "1|3|1.250,5")
    assert [one.open for one in found.invoices] == [
        *(Decimal("1230.00"), Decimal(500), Decimal("1250.50")),
    ]


@pytest.mark.parametrize(
    ("column", "cells"),
    [("open", ("1,230", "1,500")), ("open", ("1.230", "5"))],
)
def test_amounts_that_read_in_two_ways_are_refused(
    column: str, cells: Sequence[str]
) -> None:
    header = ["customer_id", "invoice_number", column]
    (found,) = faults(header, *(f"1|{at}|{cell}" for at, cell in enumerate(cells)))
    assert "two ways" in found
    assert cells[0] in found


def test_dates_that_read_in_two_ways_are_refused() -> None:
    header = ["customer_id", "invoice_number", "open", "invoice_date"]
    (found,) = faults(header, "1|1|5.00|03/03/2026", "1|2|5.00|03/04/2026")
    assert found.startswith('open.csv:3: "03/04/2026" and all others read in two ways')
    same = listed(header, "1|1|5.00|03/03/2026")
    assert same.invoices[0].issued == date(2026, 3, 3)


def test_all_faults_of_a_list_are_told_at_once_in_the_order_of_its_lines() -> None:
    assert faults(
        FULL,
        "4107|IRIS||50211|2026-02-20|||1000.00||",
        "||||2026-02-20|||5.00||",
        "|LILY||50212|2026-02-20||| ||",
        "4107|||50211|2026-02-31|||12.345||",
        customers=[ORCHID, IRIS],
    ) == [
        'open.csv:2: code "IRIS" is of customer "4108", not "4107"',
        "open.csv:3: the row names no customer",
        "open.csv:3: the row has no invoice number",
        'open.csv:4: no customer has the code "LILY"',
        "open.csv:4: the row does not say what is open",
        'open.csv:5: "2026-02-31" cannot be read as the others are (%Y-%m-%d)',
        'open.csv:5: "12.345" cannot be read as the others are (1,234.50)',
        'open.csv:5: invoice "50211" stands in line 2, too',
    ]


def test_a_code_of_two_customers_decides_nothing() -> None:
    twins = [ORCHID, Customer("4999", "orch", "Orchid House Inc")]
    header = ["customer_code", "invoice_number", "open"]
    (found,) = faults(header, "ORCH|1|5.00", customers=twins)
    assert "2 customers have the code" in found


def test_a_header_that_lacks_or_doubles_a_column_is_refused() -> None:
    assert faults(["Date", "Amount", "Text"]) == [
        'open.csv: no column is "invoice_number"',
        'open.csv: no column is "open"',
        'open.csv: no column is "customer_id or customer_code"',
    ]
    (found,) = faults(["customer_id", "invoice_number", "Balance", "Amount due"])
    assert '"Balance" and "Amount due" may both be open' in found


@given(st.lists(st.decimals("0.01", "9999999.99", places=2), min_size=1, max_size=30))
def test_every_amount_of_a_list_is_exact_in_every_way_to_write_it(
    amounts: list[Decimal],
) -> None:
    header = ["customer_id", "invoice_number", "open"]
    plain, american, german, french = (
        str.maketrans({",": thousands, ".": decimal})
        for thousands, decimal in (("", "."), (",", "."), (".", ","), ("\u00a0", ","))
    )
    for way in (plain, american, german, french):
        texts = [f"{one:,.2f}".translate(way) for one in amounts]
        rows = [f"1|{at}|{text}" for at, text in enumerate(texts)]
        assert [one.open for one in listed(header, *rows).invoices] == amounts
