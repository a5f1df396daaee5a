"""The books while decisions are looked at: what earlier rows put on an invoice is off.

`Books` never changes; what several rows of one result CSV take from the same
invoice is added up here, so that they cannot take more than is open together.
"""

from decimal import Decimal

from importer.erp import WHOLE, Parts, Unpayable
from importer.fitting import left_in
from importer.model import ZERO, Application, Customer, Invoice, Share
from importer.resolve.snapshot import Books


class Worktop:
    """Books of which some invoices have been used by the rows so far."""

    def __init__(self, books: Books, parts: Parts = WHOLE) -> None:
        """Begin with what is open in the books; `parts` cuts as the ERP takes it."""
        self.books = self._books = books
        self._parts = parts
        self.mark = parts.mark
        self._used: dict[str, Decimal] = {}

    def parts(self, share: Share) -> tuple[Share, ...] | Unpayable:
        """Cut what a customer pays into what single requests take."""
        return self._parts.cut(share, left_in(self._books))

    def customer(self, text: str) -> Customer | None:
        """Find a customer by id or code."""
        return self._books.customer(text)

    def invoice(self, number: str) -> Invoice | None:
        """Find an open invoice, as the books have it."""
        return self._books.invoice(number)

    def left(self, invoice: Invoice) -> Decimal:
        """Return what is still open on an invoice after the rows so far."""
        return invoice.open - self._used.get(invoice.number, ZERO)

    def use(self, part: Application) -> None:
        """Take an application off what is left."""
        used = self._used.get(part.invoice, ZERO)
        self._used[part.invoice] = used + part.amount + part.discount
