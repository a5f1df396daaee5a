"""What the stand-in must know to be paid into by a company's own files.

An exported list is the company's; the sandbox has numbers of digits alone, as
Komet has them.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from importer.books.listed import columns
from importer.model import Customer, Invoice
from importer.table import Row

FIRST_NUMBER = 50001


def numbered(
    file: str, header: Sequence[str], rows: Iterable[Row], known: Sequence[Customer]
) -> tuple[Customer, ...]:
    """Return who is known, and a number for each whom the list names by code alone."""
    at = columns(file, header)
    if "customer_id" in at:
        return tuple(known)
    found = {one.code.casefold(): one for one in known}
    named = at.get("customer_name")
    for row in rows:
        code = row.cells[at["customer_code"]].strip()
        if code and code.casefold() not in found:
            name = row.cells[named].strip() if named is not None else code
            number = str(FIRST_NUMBER + len(found))
            found[code.casefold()] = Customer(number, code, name)
    return tuple(found.values())


def seed(
    customers: Iterable[Customer], invoices: Iterable[Invoice], today: date
) -> dict[str, list[dict[str, Any]]]:
    """Write books as a seed of the sandbox; what it cannot hold is left out.

    To it 7 and 007 are one number, which is that of the first.
    """
    payers: dict[int, Customer] = {}
    for one in customers:
        if one.id.isdecimal():
            payers.setdefault(int(one.id), one)
    held = {one.id: one for one in payers.values()}
    payable: dict[int, Invoice] = {}
    for each in invoices:
        if each.number.isdecimal() and each.customer in held and each.open > 0:
            payable.setdefault(int(each.number), each)
    return {
        "customers": [
            {"id": one.id, "code": one.code, "name": one.name, "active": one.active}
            for one in held.values()
        ],
        "invoices": [
            {
                "number": one.number,
                "customerId": one.customer,
                "date": (one.issued or today).isoformat(),
                "due": one.due.isoformat() if one.due else "",
                "total": f"{max(one.total or one.open, one.open):f}",
                "open": f"{one.open:f}",
                "po": one.po_number,
            }
            for one in payable.values()
        ],
    }
