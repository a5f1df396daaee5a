"""The books: the customers and open invoices that resolving looks at, in one file.

Promises:
1. The file is replaced whole: who reads it sees the old books or the new ones,
   after a crash, too.
2. What is read back equals what was saved, amounts to the cent.

They are a copy and may be lost: `importer sync` makes them again.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from importer.books.listed import Listed, from_list, is_header
from importer.errors import Fault, SettingsRefused
from importer.logs.steps import step
from importer.model import Customer, Invoice
from importer.systems import sync, sync_folder

__all__ = [
    "Listed",
    "Source",
    "Stored",
    "from_erp",
    "from_list",
    "is_header",
    "load",
    "save",
]

_VERSION = 1
_TABLES = """
CREATE TABLE customer (id TEXT, code TEXT, name TEXT, active INTEGER);
CREATE TABLE invoice (number TEXT, customer TEXT, open TEXT, total TEXT,
  issued TEXT, due TEXT, po_number TEXT, location TEXT);
CREATE TABLE books (synced_at TEXT, source TEXT);
"""
_HINT = "importer sync makes them anew"


@dataclass(frozen=True, slots=True)
class Stored:
    """The books as they lie in the file.

    `synced_at` is the moment before they were asked for, with its zone; `source`
    names the ERP or the list that they come from.
    """

    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]
    synced_at: datetime
    source: str


class Source(Protocol):
    """What an ERP gives to the books; every `erp.Erp` is one."""

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        """Read all customers, inactive ones included; else those that are known."""

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        """Read the invoices of the window, or of these customers, and what is open."""


def from_erp(
    erp: Source, today: date, days_back: int, known: Sequence[str] = ()
) -> tuple[tuple[Customer, ...], tuple[Invoice, ...]]:
    """Read the customers, and what is open of the invoices of the last days.

    `known` are the customers that are named somewhere, for an ERP that has no list.
    Nothing is returned before all is there; what the ERP raises comes through.
    """
    first = today - timedelta(days=days_back)
    with step("asking for the customers"):
        customers = tuple(erp.customers(known))
    with step("asking for the open invoices", days=days_back):
        return customers, tuple(erp.open_invoices(first, today, known))


def save(
    path: Path,
    customers: Iterable[Customer],
    invoices: Iterable[Invoice],
    synced_at: datetime,
    source: str,
) -> None:
    """Replace the books; `synced_at` must have its zone.

    Raises `SettingsRefused` where the folder cannot be written to.
    """
    assert synced_at.tzinfo is not None, "a moment without a zone is no moment"
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        new.unlink(missing_ok=True)
        _write(new, customers, invoices, (synced_at.isoformat(), source))
        with new.open("rb+") as file:
            sync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        sentence = f"the books cannot be written ({why})"
        hint = "see to the disk or the rights, then run it again"
        raise SettingsRefused(Fault(str(path), sentence, hint=hint)) from None
    finally:
        new.unlink(missing_ok=True)


def load(path: Path) -> Stored:
    """Read the books; raises `SettingsRefused` where there are none to be read."""
    if not path.is_file():
        raise _refused(path, "there are no books yet")
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                raise _refused(path, f'the books have the unknown version "{version}"')
            ((synced_at, source),) = database.execute("SELECT * FROM books")
            customers = database.execute("SELECT * FROM customer ORDER BY rowid")
            invoices = database.execute("SELECT * FROM invoice ORDER BY rowid")
            return Stored(
                customers=tuple(_customer(*row) for row in customers),
                invoices=tuple(_invoice(*row) for row in invoices),
                synced_at=datetime.fromisoformat(synced_at),
                source=source,
            )
    except (sqlite3.Error, ValueError, ArithmeticError) as error:
        raise _refused(path, f"the books cannot be read ({error})") from None


def _write(
    new: Path,
    customers: Iterable[Customer],
    invoices: Iterable[Invoice],
    about: tuple[str, str],
) -> None:
    with closing(sqlite3.connect(new)) as database:
        # Nobody sees the file before it is whole, so nothing needs a journal.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(_TABLES)
        database.executemany(
            "INSERT INTO customer VALUES (?, ?, ?, ?)",
            ((one.id, one.code, one.name, one.active) for one in customers),
        )
        database.executemany(
            "INSERT INTO invoice VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (_row(one) for one in invoices),
        )
        database.execute("INSERT INTO books VALUES (?, ?)", about)
        database.execute(f"PRAGMA user_version = {_VERSION}")
        database.commit()


def _row(invoice: Invoice) -> tuple[str | None, ...]:
    return (
        invoice.number,
        invoice.customer,
        str(invoice.open),
        None if invoice.total is None else str(invoice.total),
        None if invoice.issued is None else invoice.issued.isoformat(),
        None if invoice.due is None else invoice.due.isoformat(),
        invoice.po_number,
        invoice.location,
    )


def _customer(id_: str, code: str, name: str, active: int) -> Customer:
    return Customer(id_, code, name, bool(active))


def _invoice(  # noqa: PLR0913, PLR0917 -- the columns of the table
    number: str,
    customer: str,
    left: str,
    total: str | None,
    issued: str | None,
    due: str | None,
    po_number: str,
    location: str,
) -> Invoice:
    return Invoice(
        number,
        customer,
        Decimal(left),
        None if total is None else Decimal(total),
        None if issued is None else _day(issued),
        None if due is None else _day(due),
        po_number,
        location,
    )


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _refused(path: Path, sentence: str) -> SettingsRefused:
    return SettingsRefused(Fault(str(path), sentence, hint=_HINT))
