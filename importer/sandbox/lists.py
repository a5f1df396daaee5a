"""Komet's methods that only read: filters as documented, types as in its samples.

Ids and codes are compared exactly, names by LIKE, neither minds the case.  What
no document says is the more dangerous choice: checkReference is LIKE, too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from importer.sandbox.book import Book, Row, written
from importer.sandbox.rules import Switches
from importer.sandbox.wire import Document, Refusal, amount

WINDOW_DAYS = 31
ACCOUNTING_DAYS = 31
DETAILS_DAYS = 4
HALF_A_YEAR_DAYS = 184

Query = Mapping[str, str]

_FILTERS = (
    *("dateFrom", "dateTo", "customer", "controlNumber", "paymentMethod"),
    *("invoiceNumber", "checkReference", "updatedAsOf", "locationId"),
    "externalSystemSynced",
)
_PAYMENTS = """
SELECT p.*, c.name, c.code, m.name method_name, l.id location_id
FROM payment p
JOIN customer c ON c.id = p.customer
LEFT JOIN method m ON m.id = p.method
LEFT JOIN location l ON l.code = p.location
WHERE p.date BETWEEN ? AND ? AND NOT p.cancelled
ORDER BY p.id
"""
_PARTS = """
SELECT a.*, i.id invoice_id, i.date, i.po, i.cents total
FROM applied a
JOIN payment p ON p.id = a.payment
JOIN invoice i ON i.number = a.invoice
WHERE p.date BETWEEN ? AND ? AND NOT p.cancelled
ORDER BY a.rowid
"""


def payments(book: Book, query: Query, switches: Switches) -> Document:
    """Answer payment.list."""
    if not any(query.get(name) for name in _FILTERS):
        raise Refusal("At least one filter is required.")
    first, last = _window(query, "dateFrom", "dateTo", WINDOW_DAYS)
    oldest = written(datetime.now(UTC) - timedelta(days=WINDOW_DAYS))
    if query.get("updatedAsOf") and query["updatedAsOf"] < oldest[:19]:
        raise Refusal("updatedAsOf is older than 31 days.")
    visible = written(datetime.now(UTC) - timedelta(seconds=switches.list_lag))
    found = [
        _payment(row, parts, switches)
        for row, parts in _stored(book, first, last)
        if row["applied_at"] <= visible
        and (parts or switches.lists_unapplied)
        and _asked_for(row, parts, query, switches)
    ]
    if not found:
        return _nothing("Payments", switches)
    return {"message": "OK", "status": 1, "payments": found}


def _stored(book: Book, first: str, last: str) -> Iterator[tuple[Row, list[Row]]]:
    rows = book.rows(_PAYMENTS, first, last)
    parts: dict[int, list[Row]] = {row["id"]: [] for row in rows}
    for part in book.rows(_PARTS, first, last):
        # One that was applied between the two questions has no row, and is not shown.
        parts.setdefault(part["payment"], []).append(part)
    for row in rows:
        yield row, parts[row["id"]]


def _asked_for(row: Row, parts: list[Row], query: Query, switches: Switches) -> bool:
    number = query.get("invoiceNumber")
    return (
        _like(query.get("customer"), row["name"], row["code"])
        and _like(query.get("checkReference"), _shown(row, switches))
        and _same(query.get("controlNumber"), row["control"])
        and _same(query.get("paymentMethod"), row["method_name"])
        and _same(query.get("locationId"), row["location_id"])
        and _same(query.get("externalSystemSynced"), int(bool(row["synced_at"])))
        and (not number or any(number == str(part["invoice"]) for part in parts))
        and row["updated_at"] >= query.get("updatedAsOf", "")
    )


def _payment(row: Row, parts: list[Row], switches: Switches) -> Document:
    applied = sum(part["cents"] for part in parts)
    return {
        "id": row["id"],
        "controlNumber": str(row["control"]),
        "date": row["date"],
        "customer": row["name"],
        "method": row["method_name"],
        "checkReference": _shown(row, switches),
        "appliedCredits": amount(0),
        "appliedAmount": amount(applied),
        "paymentTotal": amount(
            row["cents"] if switches.total_with_unapplied else applied
        ),
        "notes": row["notes"],
        "externalSystemSynced": int(bool(row["synced_at"])),
        "syncDate": row["synced_at"],
        "invoices": [
            {
                "id": part["invoice_id"],
                "number": part["invoice"],
                "date": part["date"],
                "customerPONumber": part["po"],
                "amount": amount(part["total"]),
                "payment": amount(part["cents"]),
            }
            for part in parts
        ],
    }


def customers(book: Book, query: Query, switches: Switches) -> Document:
    """Answer customer.list."""
    found = [
        {
            "id": str(row["id"]),
            "accountingCode": row["accounting_code"],
            "name": row["name"],
            "code": row["code"],
            "active": str(row["active"]),
            "salesPersonId": 31,
            "customerType": "Wholesaler",
            "updatedOn": "2024-01-05T10:02:00",
        }
        for row in book.rows("SELECT * FROM customer ORDER BY id")
        if (row["active"] or query.get("includeInactive") in ("1", "true"))
        and _same(query.get("id"), row["id"])
        and _same(query.get("code"), row["code"])
        and _like(query.get("name"), row["name"])
    ]
    if not found:
        return _nothing("Customers", switches)
    return {"status": "1", "message": "OK", "customers": found}


def locations(book: Book, query: Query, switches: Switches) -> Document:
    """Answer location.list."""
    found = [
        {"id": str(row["id"]), "name": row["name"], "code": row["code"]}
        for row in book.rows("SELECT * FROM location ORDER BY id")
        if _same(query.get("id"), row["id"])
        and _same(query.get("code"), row["code"])
        and _like(query.get("name"), row["name"])
    ]
    if not found:
        return _nothing("Locations", switches)
    return {"status": "1", "message": "OK", "locations": found}


def methods(book: Book, _: Query, __: Switches) -> Document:
    """Answer payment.method.list, in a shape that is a guess."""
    found = [
        {"id": str(row["id"]), "name": row["name"], "active": str(row["active"])}
        for row in book.rows("SELECT * FROM method ORDER BY id")
    ]
    return {"status": "1", "message": "OK", "paymentMethods": found}


def invoices(
    shape: Callable[[Row], Document], days: int
) -> Callable[[Book, Query, Switches], Document]:
    """Make the answer of one of the three lists of invoices.

    `days` is the longest window; a named order needs none.
    """

    def answer(book: Book, query: Query, switches: Switches) -> Document:
        if query.get("order") or query.get("orderId"):
            first, last = "", "9"
        elif query.get("orderDateFrom"):
            first, last = _window(query, "orderDateFrom", "orderDateTo", days)
        else:
            raise Refusal("orderDateFrom is required.")
        found = [
            shape(row)
            for row in book.rows(
                "SELECT i.*, c.name, c.code, l.id location_id FROM invoice i"
                " JOIN customer c ON c.id = i.customer"
                " LEFT JOIN location l ON l.code = i.location"
                " WHERE i.date BETWEEN ? AND ? ORDER BY i.number",
                *(first, last),
            )
            if _same(query.get("order"), row["number"])
            and _same(query.get("orderId"), row["id"])
            and _same(query.get("status"), row["status"])
            and _same(query.get("customerId"), row["customer"])
            and _like(query.get("customer"), row["name"], row["code"])
        ]
        if not found:
            return _nothing("Orders", switches)
        return {"status": 1, "message": "OK", "invoices": found}

    return answer


def short_invoice(row: Row) -> Document:
    """Write an invoice as invoice.list does."""
    return {
        "id": row["id"],
        "number": row["number"],
        "createdOn": f"{row['date']} 08:00:00",
        "total": amount(row["cents"]),
        "status": row["status"],
        "updatedOn": f"{row['date']} 08:00:00",
    }


def detailed_invoice(row: Row) -> Document:
    """Write an invoice as invoice.details.list does, with one box in it."""
    line = {"description": "Roses", "boxes": 1, "amount": amount(row["cents"])}
    return {**short_invoice(row), "shipDate": row["date"], "details": [line]}


def accounting_invoice(row: Row) -> Document:
    """Write an invoice as invoice.accounting.details.list does."""
    return {
        "id": row["id"],
        "number": row["number"],
        "shipDate": row["date"],
        "locationId": row["location_id"],
        "customerId": row["customer"],
        "customerName": row["name"],
        "customerCode": row["code"],
        "subtotal": amount(row["cents"]),
        "additionalCharges": amount(0),
        "tax": amount(0),
        "total": amount(row["cents"]),
        "dueDate": row["due"],
        "customerPONumber": row["po"],
    }


def _window(query: Query, start: str, end: str, days: int) -> tuple[str, str]:
    """Return the days asked for; all days where none are."""
    first, last = query.get(start, ""), query.get(end, "")
    if not first and not last:
        return "", "9"
    try:
        length = (date.fromisoformat(last) - date.fromisoformat(first)).days
    except ValueError:
        raise Refusal(f"{start} and {end} are required, as YYYY-MM-DD.") from None
    if not 0 <= length <= days:
        raise Refusal(f"The range of {start} and {end} is longer than {days} days.")
    return first, last


def _shown(row: Row, switches: Switches) -> str:
    return str(row["reference"])[: switches.reference_shown]


def _same(wanted: str | None, value: object) -> bool:
    return not wanted or wanted.casefold() == str(value).casefold()


def _like(wanted: str | None, *values: str) -> bool:
    """Compare as SQL does with % on both sides; % and _ stand for anything."""
    if not wanted:
        return True
    signs = {"%": ".*", "_": "."}
    pattern = "".join(signs.get(sign) or re.escape(sign) for sign in wanted)
    return any(re.search(pattern, value, re.IGNORECASE) for value in values)


def _nothing(what: str, switches: Switches) -> Document:
    """Say that nothing was found, as Komet does: the list is not even there."""
    return {"status": switches.empty_status, "message": f"{what} not found."}
