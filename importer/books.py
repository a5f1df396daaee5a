"""The books: customers and open invoices as they were at the last sync.

One SQLite file, replaced whole at each sync, so that a reader sees the old books
or the new ones and never a mixture.  They come from the ERP, or from an exported
open-invoice list, which is exact where the ERP has no call for open balances.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from importer.dates import NotDate
from importer.dates import reader as date_reader
from importer.erp import Erp
from importer.errors import Fault, FileRefused, SettingsRefused
from importer.model import Customer, Invoice
from importer.money import NotMoney
from importer.money import read as read_money
from importer.table import Row, Table

TABLES = """
create table customer (id text, code text, name text, active integer);
create table invoice (number text, customer text, open text, total text, issued text,
    due text, po_number text, location text);
create table origin (synced_at text, source text)
"""
NAMES = {
    "customer_id": ("customer id", "customerid", "account id"),
    "customer_code": ("customer code", "code", "customer no", "customer number"),
    "customer_name": ("customer name", "customer", "name"),
    "invoice_number": ("invoice number", "invoice", "invoice no", "order", "number"),
    "invoice_date": ("invoice date", "date", "ship date", "issued"),
    "due_date": ("due date", "due"),
    "total": ("invoice total", "amount", "invoice amount"),
    "open": ("open", "open amount", "balance", "open balance", "outstanding"),
    "po_number": ("po number", "po", "customer po"),
    "location": ("location code",),
}
FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y")
MARKS = ((".", ","), (",", "."), (",", " "), (".", "'"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stored:
    """The books with the moment they are of, and where they came from."""

    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]
    synced_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What an open-invoice list holds, and how its columns were understood."""

    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]
    understood: tuple[str, ...]


def save(path: Path, stored: Stored) -> None:
    """Replace the books, whole and synced."""
    beside = path.with_name(f".{path.name}.tmp")
    beside.unlink(missing_ok=True)
    with closing(sqlite3.connect(beside)) as database:
        database.executescript(TABLES)
        with database:
            database.executemany(
                "insert into customer values (?, ?, ?, ?)",
                [(one.id, one.code, one.name, one.active) for one in stored.customers],
            )
            database.executemany(
                "insert into invoice values (?, ?, ?, ?, ?, ?, ?, ?)",
                map(_row, stored.invoices),
            )
            origin = (stored.synced_at.isoformat(), stored.source)
            database.execute("insert into origin values (?, ?)", origin)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(path)


def _row(one: Invoice) -> tuple[str | None, ...]:
    return (
        one.number,
        one.customer,
        str(one.open),
        None if one.total is None else str(one.total),
        one.issued.isoformat() if one.issued else None,
        one.due.isoformat() if one.due else None,
        one.po_number,
        one.location,
    )


def load(path: Path) -> Stored:
    """Load the books; there are none before the first sync."""
    if not path.is_file():
        raise SettingsRefused(
            Fault(
                str(path),
                "there are no books yet: no customer and no invoice is known",
                hint="importer sync (or importer sync --from an open-invoice list)",
            )
        )
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            customers = database.execute("select * from customer").fetchall()
            invoices = database.execute("select * from invoice").fetchall()
            ((synced_at, source),) = database.execute("select * from origin").fetchall()
    except (sqlite3.Error, ValueError) as error:
        sentence = f"the books cannot be read: {error}"
        raise SettingsRefused(
            Fault(str(path), sentence, hint="importer sync")
        ) from None
    return Stored(
        tuple(
            Customer(key, code, name, bool(active))
            for key, code, name, active in customers
        ),
        tuple(map(_invoice, invoices)),
        datetime.fromisoformat(synced_at),
        source,
    )


def _invoice(row: Sequence[str | None]) -> Invoice:
    number, customer, open_amount, total, issued, due, po_number, location = row
    assert number is not None, "written by `save`"
    assert customer is not None, "written by `save`"
    assert open_amount is not None, "written by `save`"
    return Invoice(
        number=number,
        customer=customer,
        open=Decimal(open_amount),
        total=Decimal(total) if total else None,
        issued=date.fromisoformat(issued) if issued else None,
        due=date.fromisoformat(due) if due else None,
        po_number=po_number or "",
        location=location or "",
    )


def from_erp(erp: Erp, at: datetime, days_back: int) -> Stored:
    """Read customers and open invoices; `at` is before the first call."""
    last = at.date() + timedelta(days=1)
    first = last - timedelta(days=days_back)
    customers = tuple(erp.customers())
    invoices = tuple(one for one in erp.open_invoices(first, last) if one.open)
    return Stored(customers, invoices, at, erp.kind)


def from_list(table: Table) -> Listed:
    """Read an exported open-invoice list; raises with every row that is not sound.

    Required are `customer_id` or `customer_code`, `invoice_number` and `open`;
    the decimal mark and the order of dates are decided once for the file.
    """
    at = dict(_places(table.header))
    missing = [name for name in ("invoice_number", "open") if name not in at]
    if missing or not {"customer_id", "customer_code"} & at.keys():
        sentence = f"has no column {' and no '.join(missing) or 'customer_id'}"
        hint = (
            f"its columns may be {', '.join(NAMES)}; it has {', '.join(table.header)}"
        )
        raise FileRefused(Fault(table.file, sentence, hint=hint))
    rows = list(table.rows())
    faults: list[Fault] = []
    marks = _marks([row.cells[at["open"]] for row in rows])
    form = _format(rows, [at[one] for one in ("invoice_date", "due_date") if one in at])
    invoices, customers = [], {}
    for row in rows:
        cells = {name: row.cells[place].strip() for name, place in at.items()}
        if not any(cells.values()):
            continue
        try:
            invoices.append(_from_cells(cells, marks, form))
        except (NotMoney, NotDate, ValueError) as error:
            where = f"{table.file}:{row.line}"
            faults.append(Fault(where, str(error), " | ".join(row.cells)))
            continue
        key = cells.get("customer_id") or cells["customer_code"]
        code, name = cells.get("customer_code", ""), cells.get("customer_name", "")
        customers[key] = Customer(key, code, name)
    if faults:
        raise FileRefused(*faults)
    said = [f"{name}: column {table.header[place]}" for name, place in at.items()]
    said.append(f"decimal mark {marks[0]}, dates {form}")
    return Listed(tuple(customers.values()), tuple(invoices), tuple(said))


def _places(header: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Match headers by their own names first, then by what others call them."""
    bare = [" ".join(one.lower().replace("_", " ").split()) for one in header]
    taken: set[int] = set()
    for exact in (True, False):
        for name, others in NAMES.items():
            wanted = (name.replace("_", " "),) if exact else others
            for place, one in enumerate(bare):
                if one in wanted and place not in taken:
                    taken.add(place)
                    yield name, place
                    break


def _marks(texts: Sequence[str]) -> tuple[str, str]:
    """Choose the marks with which every amount can be read."""
    for decimal, thousands in MARKS:
        try:
            for text in texts:
                if text.strip():
                    read_money(text, decimal, thousands)
        except NotMoney:
            continue
        return decimal, thousands
    return MARKS[0]


def _format(rows: Sequence[Row], places: Sequence[int]) -> str:
    """Choose the format with which every date can be read; ISO where there is none."""
    texts = [row.cells[place] for row in rows for place in places if row.cells[place]]
    fitting = [form for form in FORMATS if _all_read(texts, form)]
    return fitting[0] if fitting else FORMATS[0]


def _all_read(texts: Iterable[str], form: str) -> bool:
    read = date_reader(form)
    try:
        for text in texts:
            read(text)
    except NotDate:
        return False
    return True


def _from_cells(cells: dict[str, str], marks: tuple[str, str], form: str) -> Invoice:
    read = date_reader(form)
    number = cells["invoice_number"].removesuffix(".0")
    if not number:
        raise ValueError("the invoice number is empty")
    customer = cells.get("customer_id") or cells.get("customer_code", "")
    if not customer:
        raise ValueError("the customer is empty")
    total, issued, due = (
        cells.get(name, "") for name in ("total", "invoice_date", "due_date")
    )
    return Invoice(
        number=number,
        customer=customer,
        open=read_money(cells["open"], *marks),
        total=read_money(total, *marks) if total else None,
        issued=read(issued) if issued else None,
        due=read(due) if due else None,
        po_number=cells.get("po_number", ""),
        location=cells.get("location", ""),
    )
