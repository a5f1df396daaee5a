"""What decisions are held against: the books, and what the ERP shows of payments.

`Books` never changes; what several rows of one result CSV take from the same
invoice is added up here, so that they cannot take more than is open together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from importer.erp import WHOLE, Parts, Unpayable
from importer.fitting import left_in
from importer.model import ZERO, Application, Customer, Found, Invoice, Share
from importer.resolve.snapshot import Books


@dataclass(frozen=True, slots=True)
class Sights:
    """What the ERP shows under the numbers that people name, and where it looked.

    `owners` says of which remittance a marker is that one of them carries.
    """

    found: Sequence[Found]
    where: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)


Find = Callable[[Sequence[str], Sequence[date]], Sights]


class Worktop:
    """Books of which some invoices have been used by the rows so far."""

    def __init__(
        self, books: Books, parts: Parts = WHOLE, sights: Sights | None = None
    ) -> None:
        """Begin with what is open in the books; `parts` cuts as the ERP takes it.

        Without `sights` a control number that a person has seen is believed.
        """
        self.sights = sights
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

    def is_clear(self, text: str) -> bool:
        """Say whether a customer is named also if a spreadsheet dropped zeros in front.

        Of the customers 00123 and 123 the second one cannot be told from the first.
        """
        return len(self._by_figures.get(text, ())) <= 1

    @cached_property
    def _by_figures(self) -> Mapping[str, set[str]]:
        """Find customers by ids and codes of figures alone, without zeros in front."""
        found: dict[str, set[str]] = {}
        for one in self._books.customers.values():
            for name in filter(str.isdigit, (one.id, one.code)):
                found.setdefault(name.lstrip("0"), set()).add(one.id)
        return found

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
