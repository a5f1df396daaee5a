"""The books as resolving looks at them: indexes over one snapshot, never changed.

What our own payments took since the snapshot (`taken`) is already off the open
amounts, so that no invoice is paid twice before the next sync.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import takewhile

from importer.mapping.policy import Policy, overridden
from importer.model import ZERO, Alias, Customer, Invoice
from importer.resolve.names import Known, beginning, canonical, folded

_TAIL_LEAST = 4
_END_LEAST = 3
_WHOLE_LEAST = 8
Sighting = tuple[str, str]
"""A customer's id or code as it is written somewhere, and where, in words."""


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
        shared: set[str] = set()
        self._of: dict[str, list[Invoice]] = defaultdict(list)
        self._aged: dict[str, tuple[Invoice, ...]] = {}
        self._orders: dict[str, list[Invoice]] = defaultdict(list)
        self._ending: dict[str, list[Invoice]] = defaultdict(list)
        self.paid_here: set[str] = set()
        for one in invoices:
            off = gone.get(one.number, ZERO)
            self._keep(replace(one, open=one.open - off) if off else one, shared)
        for key in shared:
            del self._invoices[key]
        numbers = (one.number for of in self._of.values() for one in of)
        figures = filter(str.isdigit, (*numbers, *self.paid_here))
        self.lengths = frozenset(map(len, figures))
        self._remitters: dict[str, list[Alias]] = defaultdict(list)
        self._accounts: dict[str, list[Alias]] = defaultdict(list)
        self._policies: dict[str, str] = {}
        self._seen: dict[tuple[str, str], tuple[Sighting, ...]] = {}
        for alias in aliases:
            if name := canonical(alias.remitter):
                self._remitters[name].append(alias)
            elif account := shown(alias.account):
                self._accounts[account].append(alias)
            if alias.policy:
                self._policies[self._id(alias.customer)] = alias.policy
        self._lengths = sorted(set(map(len, self._accounts)), reverse=True)

    def _keep(self, invoice: Invoice, shared: set[str]) -> None:
        if not invoice.open:
            self.paid_here.add(invoice.number)
            return
        for key in {invoice.number, _key(invoice.number)}:
            if key in self._invoices:
                shared.add(key)
            self._invoices[key] = invoice
        if not invoice.number.isdigit():
            for end in _ends(invoice.number):
                self._ending[end].append(invoice)
        self._of[invoice.customer].append(invoice)
        if invoice.po_number:
            self._orders[_order(invoice.po_number)].append(invoice)

    def _id(self, text: str) -> str:
        found = self.customer(text)
        return found.id if found else text

    def customer(self, text: str) -> Customer | None:
        """Find a customer by id, or by a code that only one customer has."""
        by_code = self._codes.get(text.casefold(), [])
        by_id = self.customers.get(text)
        if by_id is not None:
            return by_id if not by_code or by_code == [by_id] else None
        return by_code[0] if len(by_code) == 1 else None

    def policy(self, customer: Customer, general: Policy) -> Policy:
        """Return what may be done without a person for this customer."""
        own = self._policies.get(customer.id)
        return overridden(general, own) if own else general

    def invoice(self, number: str) -> Invoice | None:
        """Find an open invoice by its number, with or without leading zeros.

        Numbers with letters are found however their parts are joined.  What two
        invoices are called is found only as it is written, and then of one alone.
        """
        return self._invoices.get(number) or self._invoices.get(_key(number))

    @property
    def has_letters(self) -> bool:
        """Say whether any open invoice's number has letters."""
        return bool(self._ending)

    def ending(self, figures: str) -> tuple[Invoice, ...]:
        """Find the open invoices with letters in their numbers that end so."""
        return tuple(self._ending.get(figures.lstrip("0"), ()))

    def open_of(self, customer: str) -> tuple[Invoice, ...]:
        """Return a customer's open invoices, the oldest first."""
        if customer not in self._aged:
            self._aged[customer] = tuple(sorted(self._of.get(customer, ()), key=_age))
        return self._aged[customer]

    def ordered(self, po_number: str) -> tuple[Invoice, ...]:
        """Return the open invoices with this purchase order number."""
        return tuple(self._orders.get(_order(po_number), ()))

    def times_open(self, amount: Decimal) -> int:
        """Count the invoices of all customers of which this amount is open."""
        return self._amounts[amount]

    def similar(self, name: str) -> list[tuple[str, str, int]]:
        """Return the active customers whose names are most like this one."""
        return self._known.similar(name)

    def aliases(self, remitter: str, account: str) -> tuple[Alias, ...]:
        """Return the aliases for a payer: by account first, then by name."""
        last = shown(account)
        with_account, by_name = self._by_name(canonical(remitter), last)
        return self._by_account(last) or with_account or by_name

    def sightings(self, remitter: str, account: str) -> tuple[Sighting, ...]:
        """Return whom the payer is known as, by the surest that says anything.

        An account; a remembered name as it is written; the ERP's own name as it is
        written; either without its legal form; either as a bank has cut it off.
        """
        payer = (remitter, account)
        if payer not in self._seen:
            self._seen[payer] = self._sightings(remitter, account)
        return self._seen[payer]

    def _sightings(self, remitter: str, account: str) -> tuple[Sighting, ...]:
        name, last = canonical(remitter), shown(account)
        if found := self._by_account(last):
            return tuple(_told("the account", found))
        quoted = f'"{remitter}"'
        with_account, remembered = self._by_name(name, last)
        if with_account:
            return tuple(_told(f"{quoted} with this account", with_account))
        if not name:
            return ()
        written = folded(remitter)
        exact = [one for one in remembered if folded(one.remitter) == written]
        if exact:
            return tuple(_told(quoted, exact))
        named = self._names.get(name, [])
        own = [one for one in named if folded(one.name) == written]
        if own or remembered or named:
            named = own or named
            return (*_told(quoted, [] if own else remembered), *_named(quoted, named))
        return tuple(self._cut_off(quoted, beginning(remitter)))

    def _by_name(
        self, name: str, account: str
    ) -> tuple[tuple[Alias, ...], tuple[Alias, ...]]:
        """Find the aliases of a name: those with this account, and those without."""
        known = self._remitters.get(name, ())
        return (
            tuple(one for one in known if _is_end(shown(one.account), account)),
            tuple(one for one in known if not one.account),
        )

    def _by_account(self, account: str) -> tuple[Alias, ...]:
        """Find the longest remembered end of an account; a short one must be all."""
        for length in self._lengths:
            found = self._accounts.get(account[-length:], ())
            if found and (length >= _WHOLE_LEAST or length == len(account)):
                return tuple(found)
        return ()

    def _cut_off(self, quoted: str, start: str) -> Iterator[Sighting]:
        if not start:
            return
        at = bisect_left(self._starts, (start,))
        begin_so = takewhile(lambda one: one[0].startswith(start), self._starts[at:])
        for name, customer in begin_so:
            yield customer, f'{quoted} is how a bank cuts off "{name}"'

    @cached_property
    def _names(self) -> dict[str, list[Customer]]:
        found: dict[str, list[Customer]] = defaultdict(list)
        for one in self.customers.values():
            found[canonical(one.name)].append(one)
        return found

    @cached_property
    def _starts(self) -> list[tuple[str, str]]:
        remembered = (
            (folded(alias.remitter), self._id(alias.customer))
            for found in self._remitters.values()
            for alias in found
            if not alias.account
        )
        own = ((folded(one.name), one.id) for one in self.customers.values())
        return sorted({*remembered, *own})

    @cached_property
    def _known(self) -> Known:
        every = self.customers.values()
        return Known((one.id, one.name) for one in every if one.active)

    @cached_property
    def _amounts(self) -> Counter[Decimal]:
        return Counter(one.open for of in self._of.values() for one in of)


def _told(payer: str, aliases: Iterable[Alias]) -> Iterator[Sighting]:
    for one in aliases:
        where = f"{payer} is customer {one.customer} by customers.csv:{one.line}"
        yield one.customer, where


def _named(payer: str, customers: Iterable[Customer]) -> Iterator[Sighting]:
    for one in customers:
        yield one.id, f"{payer} is the name of customer {one.id} in the ERP"


def _age(invoice: Invoice) -> tuple[str, str]:
    when = invoice.due or invoice.issued
    return (when.isoformat() if when else "", invoice.number)


def bare(text: str) -> str:
    """Keep letters and figures, without case: how accounts and orders compare."""
    return "".join(filter(str.isalnum, text.casefold()))


def _order(number: str) -> str:
    """Keep of a purchase order's number what everybody writes of it."""
    return bare(number).removeprefix("po").lstrip("0")


def _ends(number: str) -> set[str]:
    """Return the ends of a number with letters: its last figures, and more of them."""
    groups = re.findall(r"\d+", number)
    ends = ("".join(groups[at:]).lstrip("0") for at in range(len(groups)))
    return {end for end in ends if len(end) >= _END_LEAST}


def _key(number: str) -> str:
    return (number if number.isdigit() else bare(number)).lstrip("0")


def shown(account: str) -> str:
    """Return what an account shows of itself, without a mask or zeros before it."""
    return bare(account).lstrip("x0")


def _is_end(end: str, account: str) -> bool:
    return len(end) >= _TAIL_LEAST and account.endswith(end)
