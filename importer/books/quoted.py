"""What a file quotes and the books do not know: asked for one by one.

For an ERP that lists neither its customers nor its open invoices: a customer is
known because an alias, a rule's column or an account names it, an invoice because
somebody quotes it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from importer.books import Stored
from importer.mapping.schema import Mapping
from importer.model import Alias, Customer, Invoice, Notice, Remittance
from importer.resolve.snapshot import Books

MOST_OF_A_TEXT = 8
"""How many numbers of one text are asked for: each costs a call, or two."""

_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,6}[-/#]?[0-9]{3,12}(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Quote:
    """A number that a customer's remittance quotes; empty where it quotes none."""

    customer: str
    number: str = ""


Ask = Callable[[tuple[Quote, ...]], Books]
"""Ask the ERP for what is quoted, and return the books with it."""


class Source(Protocol):
    """What an ERP is asked for; every `erp.Erp` is one."""

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        """Read these customers."""

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        """Read what is open for these customers."""

    def quoted(self, number: str, customer: str) -> Invoice | None:
        """Ask for one open invoice of this customer."""


def named(mappings: Iterable[Mapping], aliases: Iterable[Alias]) -> tuple[str, ...]:
    """Return the customers that rules and aliases name, each once."""
    by_rule = (
        rule.customer
        for mapping in mappings
        for rule in mapping.rule
        if rule.customer and "{" not in rule.customer
    )
    return tuple(dict.fromkeys((*(one.customer for one in aliases), *by_rule)))


def quotes(
    mapping: Mapping, notices: Iterable[Notice], books: Books
) -> tuple[Quote, ...]:
    """Find what is to be asked for, each once: new customers, and unknown numbers."""
    new = (one for one in named([mapping], ()) if not books.customers.get(one))
    found: dict[Quote, None] = {Quote(one): None for one in new}
    for notice in notices:
        if isinstance(notice, Remittance) and notice.amount > 0:
            for customer in _customers(notice, books):
                known = books.customers.get(customer)
                numbers = _unknown(notice, books) if known else ("",)
                found |= {Quote(customer, one): None for one in numbers}
    return tuple(found)


def asked(stored: Stored, wanted: Iterable[Quote], erp: Source, today: date) -> Stored:
    """Ask for them, and return the books with what was found."""
    customers = {one.id: one for one in stored.customers}
    invoices = {one.number: one for one in stored.invoices}
    for one in wanted:
        if one.number:
            found = erp.quoted(one.number, one.customer)
            new = [found] if found else []
        else:
            customers |= {each.id: each for each in erp.customers((one.customer,))}
            new = list(erp.open_invoices(today, today, (one.customer,)))
        invoices |= {each.number: each for each in new}
    return replace(
        stored,
        customers=tuple(customers.values()),
        invoices=tuple(invoices.values()),
    )


def _customers(notice: Remittance, books: Books) -> tuple[str, ...]:
    """Return whom the remittance may be from, by what names a customer for sure."""
    if notice.customer:
        return (notice.customer,)
    aliases = books.aliases(notice.remitter, notice.payer_account)
    return tuple(dict.fromkeys(one.customer for one in aliases))


def _unknown(notice: Remittance, books: Books) -> Iterator[str]:
    """Yield the numbers that a remittance quotes and the books do not know."""
    stated = [line.invoice for line in notice.advice]
    text = f"{notice.remitter} {notice.text} {notice.reference}"
    words = dict.fromkeys(_NUMBER.findall(text))
    for word in dict.fromkeys((*stated, *list(words)[:MOST_OF_A_TEXT])):
        is_known = books.invoice(word) or books.ordered(word)
        if not is_known and word not in books.paid_here:
            yield word
