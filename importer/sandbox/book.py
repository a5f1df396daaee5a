"""The sandbox's book: customers, invoices, and every payment with its true times.

Promises:
1. A payment is in the file before it is answered, and outlives a killed process.
2. `received_at` is when the request was there in full, `applied_at` when the
   payment counted; both are UTC and never rewritten.  Every request is kept.
3. Money is whole cents.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

_TABLES = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT, name TEXT, active INTEGER,
  accounting_code TEXT);
CREATE TABLE location (id INTEGER PRIMARY KEY, code TEXT, name TEXT);
CREATE TABLE method (id INTEGER PRIMARY KEY, name TEXT, active INTEGER);
CREATE TABLE invoice (number INTEGER PRIMARY KEY, id INTEGER, customer INTEGER,
  date TEXT, due TEXT, cents INTEGER, po TEXT, location TEXT, status INTEGER);
CREATE TABLE payment (id INTEGER PRIMARY KEY, control INTEGER, customer INTEGER,
  method INTEGER, location TEXT, date TEXT, cents INTEGER, reference TEXT,
  notes TEXT, received_at TEXT, applied_at TEXT, updated_at TEXT,
  synced_at TEXT, cancelled INTEGER DEFAULT 0, request INTEGER);
CREATE TABLE applied (payment INTEGER, invoice INTEGER, cents INTEGER,
  discount INTEGER);
CREATE TABLE request (id INTEGER PRIMARY KEY, received_at TEXT, method TEXT,
  body TEXT, accident TEXT);
CREATE TABLE waiting (due_at TEXT, received_at TEXT, body TEXT, request INTEGER);
CREATE INDEX applied_payment ON applied (payment);
CREATE INDEX applied_invoice ON applied (invoice);
CREATE INDEX payment_date ON payment (date);
"""
_FIRST_CONTROL = 88001
_FIRST_PAYMENT = 730001

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What a payment puts on one invoice, in cents."""

    invoice: int
    cents: int
    discount: int


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment that passed the rules, in cents."""

    customer: int
    method: int
    location: str
    date: str
    cents: int
    reference: str
    notes: str
    parts: tuple[Part, ...]


class Book:
    """The file, open; safe to share between threads."""

    def __init__(self, path: Path, sow: Callable[[Self], None]) -> None:
        """Open the book; a new one is filled by `sow`, whole or not at all."""
        self._lock = threading.RLock()
        self._database = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None
        )
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        with self.transaction():
            if not self.rows("SELECT 1 FROM sqlite_master"):
                for statement in _TABLES.split(";\n"):
                    self._database.execute(statement)
                sow(self)

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let one thread in, and keep all it does or nothing."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[Row]:
        """Return the rows of a question."""
        with self._lock:
            return [dict(row) for row in self._database.execute(query, values)]

    def change(self, statement: str, *values: object) -> int:
        """Change the book; return the id of a new row."""
        with self._lock:
            return self._database.execute(statement, values).lastrowid or 0

    def note_request(self, method: str, body: str, accident: str) -> int:
        """Keep a request as it came, before anything is made of it."""
        return self.change(
            "INSERT INTO request (received_at, method, body, accident)"
            " VALUES (?, ?, ?, ?)",
            *(now(), method, body, accident),
        )

    def calls_since(self, at: str) -> int:
        """Count the requests since a moment."""
        return int(
            self.rows("SELECT count(*) n FROM request WHERE received_at >= ?", at)[0][
                "n"
            ]
        )

    def apply(
        self, payment: NewPayment, received_at: str, at: str, request: int
    ) -> int:
        """Write a payment, and return its new control number."""
        with self.transaction():
            latest = self.rows("SELECT max(control) c, max(id) i FROM payment")[0]
            control = (latest["c"] or _FIRST_CONTROL - 1) + 1
            number = (latest["i"] or _FIRST_PAYMENT - 1) + 1
            self.change(
                "INSERT INTO payment (id, control, customer, method, location, date,"
                " cents, reference, notes, received_at, applied_at, updated_at,"
                " request)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(number, control, payment.customer, payment.method),
                *(payment.location, payment.date, payment.cents, payment.reference),
                *(payment.notes, received_at, at, at, request),
            )
            for part in payment.parts:
                self.change(
                    "INSERT INTO applied VALUES (?, ?, ?, ?)",
                    *(number, part.invoice, part.cents, part.discount),
                )
        return control

    def wait(self, seconds: float, body: str, request: int) -> None:  # seconds
        """Put off a request: it is applied when its time has come."""
        received = datetime.now(UTC)
        due = received + timedelta(seconds=seconds)
        self.change(
            "INSERT INTO waiting VALUES (?, ?, ?, ?)",
            *(written(due), written(received), body, request),
        )

    def take_due(self, method: str) -> list[Row]:
        """Take out what was put off of one method and is due by now."""
        with self.transaction():
            due = self.rows(
                "SELECT w.rowid row, w.* FROM waiting w"
                " JOIN request r ON r.id = w.request"
                " WHERE w.due_at <= ? AND r.method = ? ORDER BY w.due_at",
                *(now(), method),
            )
            for one in due:
                self.change("DELETE FROM waiting WHERE rowid = ?", one["row"])
        return due

    def open_cents(self, invoice: int) -> int:
        """Return what is open on an invoice, in cents."""
        row = self.rows(
            "SELECT cents - (SELECT coalesce(sum(a.cents + a.discount), 0)"
            " FROM applied a JOIN payment p ON p.id = a.payment"
            " WHERE a.invoice = number AND NOT p.cancelled) open"
            " FROM invoice WHERE number = ?",
            invoice,
        )
        return int(row[0]["open"])

    def cancel(self, control: int) -> None:
        """Void a payment, as a clerk does: it is no longer listed nor counted."""
        self.change(
            "UPDATE payment SET cancelled = 1, updated_at = ? WHERE control = ?",
            *(now(), control),
        )

    def edit(self, control: int, cents: int) -> None:
        """Change the sum of a payment on one invoice, as a clerk does."""
        with self.transaction():
            row = self.rows("SELECT id FROM payment WHERE control = ?", control)[0]
            self.change(
                "UPDATE payment SET cents = ?, updated_at = ? WHERE id = ?",
                *(cents, now(), row["id"]),
            )
            self.change(
                "UPDATE applied SET cents = ? WHERE payment = ?", cents, row["id"]
            )

    def reverse(self, control: int) -> int:
        """Enter the negative twin of a payment, as for a cheque that bounced."""
        with self.transaction():
            row = self.rows("SELECT * FROM payment WHERE control = ?", control)[0]
            parts = self.rows("SELECT * FROM applied WHERE payment = ?", row["id"])
            twin = NewPayment(
                *(row["customer"], row["method"], row["location"], row["date"]),
                *(-row["cents"], row["reference"], row["notes"]),
                tuple(Part(p["invoice"], -p["cents"], -p["discount"]) for p in parts),
            )
            return self.apply(twin, now(), now(), 0)

    def everything(self) -> Row:
        """Return the whole book for who judges from outside; money as text."""
        with self.transaction():
            payments = self.rows("SELECT * FROM payment ORDER BY id")
            parts = self.rows("SELECT * FROM applied ORDER BY rowid")
            invoices = self.rows("SELECT * FROM invoice ORDER BY number")
            for invoice in invoices:
                invoice["open"] = money(self.open_cents(invoice["number"]))
                invoice["total"] = money(invoice.pop("cents"))
            requests = self.rows("SELECT * FROM request ORDER BY id")
            waiting = self.rows("SELECT * FROM waiting ORDER BY due_at")
        for payment in payments:
            payment["total"] = money(payment.pop("cents"))
            payment["invoices"] = {
                str(part["invoice"]): {
                    "amount": money(part["cents"]),
                    "discount": money(part["discount"]),
                }
                for part in parts
                if part["payment"] == payment["id"]
            }
        return {
            "payments": payments,
            "invoices": invoices,
            "requests": requests,
            "waiting": waiting,
        }


def now() -> str:
    """Return the moment, in UTC, so that texts sort as moments do."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """Write a moment with all its digits."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def cents(amount: object) -> int:
    """Return an amount in cents; raises ValueError for parts of a cent."""
    exact = Decimal(str(amount)) * 100
    if exact != int(exact):
        raise ValueError(f"{amount} has parts of a cent")
    return int(exact)


def money(amount: int) -> str:
    """Write cents as an amount with two places."""
    return f"{Decimal(amount) / 100:.2f}"
