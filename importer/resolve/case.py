"""One remittance before the books: what is known while it is being decided.

Also the few ways in which every decision ends, so that evidence and suggestions
look alike wherever it was taken.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from importer.identity import part_marker
from importer.mapping.policy import Policy
from importer.mapping.schema import Mapping
from importer.model import (
    ZERO,
    Application,
    Customer,
    Evidence,
    Hold,
    Invoice,
    Pay,
    Payment,
    Reason,
    Remittance,
    Share,
    Tried,
)
from importer.resolve.rules import Match
from importer.resolve.snapshot import Books

NOTES_MOST = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What no mapping may overrule: what is paid without a person.

    The most for one payment and for all of a file together, and the last day of the
    months that accounting has closed.  `location` is the location of payments of
    which nothing else says one, `currency` the only one that the ERP is paid in.
    """

    per_payment: Decimal | None = None
    per_file: Decimal | None = None
    closed_until: date | None = None
    location: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A remittance with all that may be looked at to decide it.

    `taken` tells what earlier remittances of the same run put on an invoice, and is
    the only way to know (`ahead` rests on that).
    `policy` is the mapping's, or the customer's own once it is known;
    `is_by_number` says that nothing but quoted numbers speaks for the customer.
    """

    id: str
    remittance: Remittance
    mapping: Mapping
    books: Books
    limits: Limits
    taken: Callable[[str], Decimal | None]
    match: Match | None
    rule: str
    tried: tuple[Tried, ...]
    policy: Policy
    found: tuple[str, ...] = ()
    is_by_number: bool = False

    def noting(self, *sentences: str) -> "Case":
        """Return the case with more evidence."""
        found = (*self.found, *sentences)
        return self._knowing(self.policy, found, is_by_number=self.is_by_number)

    def under(self, policy: Policy) -> "Case":
        """Return the case under the policy of a customer."""
        if policy is self.policy:
            return self
        return self._knowing(policy, self.found, is_by_number=self.is_by_number)

    def by_number(self, sentence: str) -> "Case":
        """Return the case of a customer for whom nothing but numbers speaks."""
        return self._knowing(self.policy, (*self.found, sentence), is_by_number=True)

    def _knowing(
        self, policy: Policy, found: tuple[str, ...], *, is_by_number: bool
    ) -> "Case":
        # What `replace` does, at a third of its cost: each remittance comes by often.
        return Case(
            self.id,
            self.remittance,
            self.mapping,
            self.books,
            self.limits,
            self.taken,
            self.match,
            self.rule,
            self.tried,
            policy,
            found,
            is_by_number,
        )

    def evidence(self) -> Evidence:
        """Return what was found so far."""
        return Evidence(self.rule, self.found, self.tried)

    def invoice(self, number: str) -> Invoice | None:
        """Find an open invoice, less what this run has put on it already."""
        found = self.books.invoice(number)
        return self.left(found) if found else None

    def ending(self, figures: str) -> tuple[Invoice, ...]:
        """Find open invoices whose numbers have letters and end so."""
        return tuple(map(self.left, self.books.ending(figures)))

    def left(self, invoice: Invoice) -> Invoice:
        """Return an invoice as the run has left it."""
        gone = self.taken(invoice.number)
        return replace(invoice, open=invoice.open - gone) if gone else invoice

    def open_of(self, customer: Customer) -> tuple[Invoice, ...]:
        """Return what a customer still owes, the oldest first."""
        left = (self.left(one) for one in self.books.open_of(customer.id))
        return tuple(one for one in left if one.open)

    def hold(self, reason: Reason, sentence: str, *suggestion: Share) -> Hold:
        """End by holding, with the best suggestion there is."""
        return Hold(reason, sentence, self.evidence(), suggestion)

    def pay(self, *shares: Share) -> Pay | Hold:
        """End by paying, unless a limit speaks against it."""
        total = sum((total_of(one) for one in shares), ZERO)
        assert total == self.remittance.amount, "cents are conserved"
        day, closed = self.remittance.value_date, self.limits.closed_until
        if closed is not None and day <= closed:
            sentence = (
                f"the payment is of {day}, and the books are closed until {closed}"
            )
            return self.hold(Reason.CLOSED, sentence, *shares)
        most = self.limits.per_payment
        if most is not None and total > most:
            sentence = f"{total} is above the limit of {most} for one payment"
            return self.hold(Reason.LIMIT, sentence, *shares)
        payments = tuple(self._payment(place, one) for place, one in enumerate(shares))
        return Pay(payments, self.evidence())

    def _payment(self, place: int, share: Share) -> Payment:
        said = self.remittance
        customer = self.books.customers.get(share.customer)
        return Payment(
            marker=part_marker(self.id, place),
            customer=share.customer,
            customer_name=customer.name if customer else "",
            currency=said.currency,
            value_date=said.value_date,
            kind=(self.match.rule.method if self.match else None) or said.kind,
            reference=self._said("reference") or said.reference,
            notes=" ".join(f"{said.remitter} {said.text}".split())[:NOTES_MOST],
            applications=share.applications,
            unapplied=share.unapplied,
            location=self._location(share),
        )

    def _said(self, name: str) -> str:
        values = self.match.value(name) if self.match else ()
        return values[0] if values else ""

    def _location(self, share: Share) -> str:
        if stated := self._said("location") or self.remittance.location:
            return stated
        invoices = (self.books.invoice(one.invoice) for one in share.applications)
        places = {one.location for one in invoices if one and one.location}
        return places.pop() if len(places) == 1 else self.limits.location


def total_of(share: Share) -> Decimal:
    """Return the money of a share."""
    return sum((one.amount for one in share.applications), share.unapplied)


def in_full(customer: str, invoices: tuple[Invoice, ...]) -> Share:
    """Return the share that settles these invoices."""
    return Share(customer, tuple(Application(one.number, one.open) for one in invoices))


def called(customer: Customer) -> str:
    """Name a customer in a sentence; a list of open invoices may have no names."""
    return customer.name or f"customer {customer.id}"
