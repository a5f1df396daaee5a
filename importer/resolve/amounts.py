"""Sums: what an amount settles of these invoices, within terms and tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from importer.mapping.policy import Discount, Policy
from importer.model import ZERO, Application, Invoice

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Exact:
    """The amount settles the invoices, within terms and tolerance."""

    applications: tuple[Application, ...]
    rest: Decimal
    found: str


@dataclass(frozen=True, slots=True)
class Short:
    """Less than is open: what it would settle in this order, and what is missing."""

    applications: tuple[Application, ...]
    missing: Decimal
    rest: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Over:
    """More than is open: all is settled, and a rest is left."""

    applications: tuple[Application, ...]
    rest: Decimal


Fit = Exact | Short | Over


def fit(
    amount: Decimal, invoices: Sequence[Invoice], policy: Policy, paid_on: date
) -> Fit:
    """Hold an amount against what is open on these invoices."""
    whole = sum((one.open for one in invoices), ZERO)
    if amount == whole:
        return Exact(_full(invoices), ZERO, f"{_sum(invoices)} = {amount}")
    if discounted := _discounted(amount, invoices, policy.discount, paid_on):
        return discounted
    difference, tolerance = amount - whole, tolerated(whole, policy)
    if ZERO < difference <= tolerance:
        found = f"{_sum(invoices)} = {whole}, {difference} over, within tolerance"
        return Exact(_full(invoices), difference, found)
    if ZERO < -difference <= tolerance:
        found = f"{_sum(invoices)} = {whole}, {-difference} short, within tolerance"
        return Exact(_filled(amount, invoices), ZERO, found)
    if amount < whole:
        return Short(_filled(amount, invoices), whole - amount)
    return Over(_full(invoices), difference)


def tolerated(whole: Decimal, policy: Policy) -> Decimal:
    """Return the difference that does not matter: the smaller of those given."""
    share = (whole * policy.tolerance_percent / 100).quantize(CENT, ROUND_DOWN)
    given = [one for one in (policy.tolerance, share) if one > ZERO]
    return min(given, default=ZERO)


def _full(invoices: Sequence[Invoice]) -> tuple[Application, ...]:
    return tuple(Application(one.number, one.open) for one in invoices)


def _filled(amount: Decimal, invoices: Sequence[Invoice]) -> tuple[Application, ...]:
    """Settle one invoice after the other until the money is gone."""
    left, parts = amount, []
    for one in invoices:
        part = min(left, one.open)
        if part > ZERO:
            parts.append(Application(one.number, part))
            left -= part
    return tuple(parts)


def filled(
    amount: Decimal, invoices: Sequence[Invoice]
) -> tuple[tuple[Application, ...], Decimal]:
    """Settle in this order; return the applications and what is left over."""
    parts = _filled(amount, [one for one in invoices if one.open > ZERO])
    return parts, amount - sum((one.amount for one in parts), ZERO)


def _discounted(
    amount: Decimal, invoices: Sequence[Invoice], terms: Discount | None, paid_on: date
) -> Exact | None:
    """Take the agreed discount on every invoice that was paid early enough."""
    if terms is None:
        return None
    parts = [
        Application(one.number, one.open - allowed, allowed)
        for one in invoices
        for allowed in (discount_on(one, terms, paid_on),)
    ]
    taken = sum((one.discount for one in parts), ZERO)
    if not taken or sum((one.amount for one in parts), ZERO) != amount:
        return None
    found = f"{_sum(invoices)} less {terms.percent} % discount {taken} = {amount}"
    return Exact(tuple(parts), ZERO, found)


def discount_on(invoice: Invoice, terms: Discount, paid_on: date) -> Decimal:
    """Return the discount an invoice may take on a day; none when it is too late."""
    if invoice.issued is None:
        return ZERO
    last = invoice.issued + timedelta(days=terms.days + terms.grace)
    if paid_on > last:
        return ZERO
    share = invoice.open * terms.percent / 100
    return share.quantize(CENT, rounding=ROUND_HALF_UP)


def _sum(invoices: Sequence[Invoice]) -> str:
    return " + ".join(str(one.open) for one in invoices)
