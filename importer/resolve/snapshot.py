"""The books as resolving looks at them: indexes over one snapshot, never changed.

What our own payments took since the snapshot (`taken`) is already off the open
amounts, so that no invoice is paid twice before the next sync.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from importer.model import ZERO, Alias, Customer, Invoice
from importer.resolve.names import canonical


class Books:
    """Customers, open invoices and aliases, each found by what people write."""

    def __init__(
        self,
        customers: Iterable[Customer],
        invoices: Iterable[Invoice],
        aliases: Iterable[Alias] = (),
        taken: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Build the indexes."""
        self.customers = {one.id: one for one in customers}
        self._codes: dict[str, list[Customer]] = defaultdict(list)
        for customer in self.customers.values():
            if customer.code:
                self._codes[customer.code.casefold()].append(customer)
        gone = taken or {}
        self._invoices: dict[str, Invoice] = {}
        self._of: dict[str, list[Invoice]] = defaultdict(list)
        self._orders: dict[str, list[Invoice]] = defaultdict(list)
        self.paid_here: set[str] = set()
        self.lengths: frozenset[int] = frozenset()
        for one in invoices:
            self._keep(replace(one, open=one.open - gone.get(one.number, ZERO)))
        self.lengths = frozenset(map(len, (*self._invoices, *self.paid_here)))
        self._remitters: dict[tuple[str, str], list[Alias]] = defaultdict(list)
        self._accounts: dict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            name, account = canonical(alias.remitter), bare(alias.account)
            if name:
                self._remitters[name, account].append(alias)
            elif account:
                self._accounts[account].append(alias)

    def _keep(self, invoice: Invoice) -> None:
        if not invoice.open:
            self.paid_here.add(invoice.number)
            return
        self._invoices[invoice.number.lstrip("0")] = invoice
        self._of[invoice.customer].append(invoice)
        if invoice.po_number:
            self._orders[bare(invoice.po_number)].append(invoice)

    def customer(self, text: str) -> Customer | None:
        """Find a customer by id, or by a code that only one customer has."""
        by_code = self._codes.get(text.casefold(), [])
        by_id = self.customers.get(text)
        if by_id is not None:
            return by_id if not by_code or by_code == [by_id] else None
        return by_code[0] if len(by_code) == 1 else None

    def invoice(self, number: str) -> Invoice | None:
        """Find an open invoice by its number, with or without leading zeros."""
        return self._invoices.get(number.lstrip("0"))

    @property
    def names(self) -> list[tuple[str, str]]:
        """Return id and name of every active customer, for suggestions."""
        return [(one.id, one.name) for one in self.customers.values() if one.active]

    def open_of(self, customer: str) -> tuple[Invoice, ...]:
        """Return a customer's open invoices, the oldest first."""
        return tuple(sorted(self._of.get(customer, ()), key=_age))

    def ordered(self, po_number: str) -> tuple[Invoice, ...]:
        """Return the open invoices with this purchase order number."""
        return tuple(self._orders.get(bare(po_number), ()))

    def aliases(self, remitter: str, account: str) -> tuple[Alias, ...]:
        """Return the aliases for a payer: by account first, then by name."""
        last, name = bare(account), canonical(remitter)
        if last:
            for known, found in self._accounts.items():
                if last == known or (known and last.endswith(known)):
                    return tuple(found)
            if found_named := self._remitters.get((name, last)):
                return tuple(found_named)
        return tuple(self._remitters.get((name, ""), ()))


def _age(invoice: Invoice) -> tuple[str, str]:
    when = invoice.due or invoice.issued
    return (when.isoformat() if when else "", invoice.number)


def bare(text: str) -> str:
    """Keep letters and figures, without case: how accounts and orders compare."""
    return "".join(one for one in text.casefold() if one.isalnum())
