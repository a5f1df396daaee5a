"""What a clerk can choose for one remittance: decisions, customers, invoices.  Pure.

Every choice of invoices makes the remittance to the cent and names its customer,
so that it is sound as it stands; whoever wants another writes it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from importer import notation
from importer.journal.entry import Doubt, Entry, Held, Ready, Refusal
from importer.model import (
    ZERO,
    Application,
    InDoubt,
    Invoice,
    Reason,
    Remittance,
    Share,
)
from importer.resolve.snapshot import Books

POST, SKIP, REMEMBER = "post", "skip", "remember"
POSTED, AGAIN = "posted \u2026", "send again"
UNSURE = (Reason.NOT_FOUND, Reason.DIFFERS_IN_ERP)
CUSTOMERS_MOST = 6
INVOICES_MOST = 14


@dataclass(frozen=True, slots=True)
class Choices:
    """What is offered for one remittance, by the clerk's columns."""

    remittance: str
    decisions: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()


def of(entry: Entry, books: Books) -> Choices:
    """Return what is offered for a remittance; nothing where nothing can be done."""
    decisions = tuple(_decisions(entry))
    if POST not in decisions or not isinstance(entry.notice, Remittance):
        return Choices(entry.id, decisions)
    candidates = tuple(islice(_candidates(entry, books), CUSTOMERS_MOST))
    return Choices(
        entry.id,
        decisions,
        tuple(_customer(one, books) for one in candidates),
        tuple(islice(_invoices(entry, candidates, books), INVOICES_MOST)),
    )


def _decisions(entry: Entry) -> tuple[str, ...]:
    match entry.state:
        case _ if _is_unsure(entry):
            return (POSTED, AGAIN)
        case Ready():
            return (POST, SKIP)
        case Held() | Refusal() if _is_payable(entry):
            return (POST, REMEMBER, SKIP, POSTED)
        case Held() | Refusal():
            return (SKIP, POSTED)
        case _:
            return ()


def _is_unsure(entry: Entry) -> bool:
    """Say whether the ERP may have it, as far as anybody knows."""
    match entry.state:
        case Doubt():
            return True
        case Held(hold) if hold.reason in UNSURE:
            return True
        case _:
            return any(isinstance(part.outcome, InDoubt) for part in entry.parts)


def _is_payable(entry: Entry) -> bool:
    return isinstance(entry.notice, Remittance) and entry.notice.amount > 0


def _suggested(entry: Entry) -> tuple[Share, ...]:
    if isinstance(entry.state, Held):
        return entry.state.hold.suggestion
    return notation.together(part.payment for part in entry.parts)


def _candidates(entry: Entry, books: Books) -> Iterator[str]:
    """Yield the customers that may be meant: the suggested ones, else similar names."""
    assert isinstance(entry.notice, Remittance), "only these can be paid"
    suggested = [one.customer for one in _suggested(entry) if one.customer]
    if not suggested:
        suggested = [one for one, *_ in books.similar(entry.notice.remitter)]
    yield from dict.fromkeys(suggested)


def _customer(customer: str, books: Books) -> str:
    found = books.customer(customer)
    return notation.named(customer, found.name if found else "")


def _invoices(entry: Entry, candidates: Iterable[str], books: Books) -> Iterator[str]:
    """Yield whole choices: what is suggested, open invoices alone, and on account."""
    assert isinstance(entry.notice, Remittance), "only these can be paid"
    amount = entry.notice.amount
    found = [_suggested(entry)] if _makes(_suggested(entry), amount) else []
    for customer in candidates:
        found += [(_alone(one, amount),) for one in _nearest(customer, amount, books)]
        found.append((Share(customer, (), amount),))
    yield from dict.fromkeys(notation.write(shares) for shares in found)


def _makes(shares: tuple[Share, ...], amount: Decimal) -> bool:
    whole = sum((one.unapplied for one in shares), ZERO)
    whole += sum((part.amount for one in shares for part in one.applications), ZERO)
    return whole == amount


def _nearest(customer: str, amount: Decimal, books: Books) -> list[Invoice]:
    """Return a customer's open invoices, those that are nearest to the amount first."""
    known = [one for one in books.open_of(customer) if one.open > 0]
    return sorted(known, key=lambda one: abs(one.open - amount))[: INVOICES_MOST // 2]


def _alone(invoice: Invoice, amount: Decimal) -> Share:
    """Put an amount on one invoice; what is above it stays unapplied."""
    paid = min(invoice.open, amount)
    parts = (Application(invoice.number, paid),)
    return Share(invoice.customer, parts, amount - paid)
