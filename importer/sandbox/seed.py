"""Fill a new book: customers, locations, methods, invoices, log-ins.

    {"customers": [{"id": "10442", "code": "ROSEW", "name": "Rosewood Floral"}],
     "locations": [{"id": 201, "code": "MIA", "name": "Miami"}],
     "methods":   [{"id": 12, "name": "Check"}],
     "invoices":  [{"number": 10201, "customerId": "10442", "date": "2026-02-05",
                    "total": "1512.00", "open": "1500.00", "location": "MIA"}]}

Amounts are texts.  Optional are an invoice's `id`, `due`, `po`, `location`,
`status` and `open` (what is paid already becomes a payment without a reference),
`active` and `accountingCode`.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from importer.sandbox.book import Book, NewPayment, Part, cents, now

COMPANY_TOKEN = "TOK-sandbox-company-1"  # noqa: S105 -- opens nothing but the sandbox


def read(seed: Path | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a seed, from its JSON file where it is one."""
    if not isinstance(seed, Path):
        return seed
    text = seed.read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text, parse_float=Decimal)
    return found


def sow(book: Book, seed: Mapping[str, Any]) -> None:
    """Write a seed into a new book."""
    for one in seed.get("customers", ()):
        active = int(one.get("active", True))
        code, accounting = one.get("code", ""), one.get("accountingCode", "")
        _add(book, "customer", (int(one["id"]), code, one["name"], active, accounting))
    for one in seed.get("locations", ()):
        _add(book, "location", (int(one["id"]), one["code"], one.get("name", "")))
    for one in seed.get("methods", ()):
        active = int(one.get("active", True))
        _add(book, "method", (int(one["id"]), one["name"], active))
    for one in seed.get("invoices", ()):
        _sow_invoice(book, one)


def stock(book: Book, seed: Mapping[str, Any]) -> None:
    """Bring a book to a list: who and what is new, and what is open of the rest."""
    with book.transaction():
        customers = {row["id"] for row in book.rows("SELECT id FROM customer")}
        invoices = {row["number"] for row in book.rows("SELECT number FROM invoice")}
        new = [one for one in seed["customers"] if int(one["id"]) not in customers]
        listed = seed["invoices"]
        fresh = [one for one in listed if int(one["number"]) not in invoices]
        sow(book, {"customers": new, "invoices": fresh})
        for one in listed:
            number = int(one["number"])
            if number in invoices:
                less = cents(one["open"]) - book.open_cents(number)
                book.change(
                    "UPDATE invoice SET cents = cents + ?, customer = ?"
                    " WHERE number = ?",
                    *(less, int(one["customerId"]), number),
                )


def _sow_invoice(book: Book, one: Mapping[str, Any]) -> None:
    number, customer = int(one["number"]), int(one["customerId"])
    total = cents(one["total"])
    row = (
        *(number, int(one.get("id", 900_000 + number)), customer, one["date"]),
        *(one.get("due", ""), total, one.get("po", ""), one.get("location", "")),
        int(one.get("status", 1)),
    )
    _add(book, "invoice", row)
    paid = total - cents(one.get("open", one["total"]))
    if paid:
        method = book.rows("SELECT coalesce(min(id), 0) id FROM method")[0]["id"]
        parts = (Part(number, paid, 0),)
        earlier = NewPayment(customer, method, "", one["date"], paid, "", "", parts)
        book.apply(earlier, now(), now(), 0)


def _add(book: Book, table: str, values: Sequence[object]) -> None:
    marks = ", ".join("?" * len(values))
    book.change(f"INSERT INTO {table} VALUES ({marks})", *values)  # noqa: S608 -- our own names
