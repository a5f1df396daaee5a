"""What a clerk names that the books do not know: customers, and invoices of theirs.

For an ERP that lists neither, so that a decision may name what nobody has named
before.  Pure.
"""

from collections.abc import Iterable, Iterator

from importer import notation
from importer.books.quoted import Quote
from importer.model import Share
from importer.resolve.snapshot import Books
from importer.review.sheet import Said


def wanted(rows: Iterable[Said], books: Books) -> tuple[Quote, ...]:
    """Return what is to be asked for before decisions are looked at, each once."""
    found: dict[Quote, None] = {}
    for row in rows:
        if row["decision"] and (row["set_customer"] or row["set_invoices"]):
            for share in _shares(row):
                found |= dict.fromkeys(_unknown(share, books))
    return tuple(found)


def _shares(row: Said) -> Iterator[Share]:
    """Yield what the clerk wrote, with the customer that is meant."""
    suggested = _read(row["suggestion"])
    fallback = suggested[0].customer if len(suggested) == 1 else ""
    for one in _read(row["set_invoices"]) or (Share("", ()),):
        customer = one.customer or row["set_customer"] or fallback
        yield Share(customer, one.applications)


def _read(text: str) -> tuple[Share, ...]:
    try:
        return notation.read(text)
    except notation.NotShares:
        return ()  # it is refused later, with its reason


def _unknown(share: Share, books: Books) -> Iterator[Quote]:
    customer = books.customer(share.customer)
    if customer is None:
        if share.customer:
            yield Quote(share.customer)
        return
    for one in share.applications:
        if books.invoice(one.invoice) is None:
            yield Quote(customer.id, one.invoice)
