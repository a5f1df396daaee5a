"""Sums: what settles these invoices, and whether one set of them alone adds up.

Exact, on whole minor units; a search is bounded and counts what it finds, so
that an arbitrary pick is impossible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from importer.mapping.schema import Discount, Policy
from importer.model import ZERO, Application, Invoice

CENT = Decimal("0.01")
SET_MOST = 5
INVOICES_MOST = 200
STEPS_MOST = 2_000_000
CHANCE_MOST = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Exact:
    """The amount settles the invoices, within terms and tolerance."""

    applications: tuple[Application, ...]
    unapplied: Decimal
    found: str


@dataclass(frozen=True, slots=True)
class Short:
    """Less than is open: what it would settle in this order, and what is missing."""

    applications: tuple[Application, ...]
    missing: Decimal


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
    difference = amount - whole
    if ZERO < difference <= policy.tolerance:
        found = f"{_sum(invoices)} = {whole}, {difference} over, within tolerance"
        return Exact(_full(invoices), difference, found)
    if ZERO < -difference <= policy.tolerance:
        found = f"{_sum(invoices)} = {whole}, {-difference} short, within tolerance"
        return Exact(_filled(amount, invoices), ZERO, found)
    if amount < whole:
        return Short(_filled(amount, invoices), whole - amount)
    return Over(_full(invoices), difference)


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


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets of open invoices that add up, as far as a bounded search tells.

    `expected` is how many sets would fit an amount that has nothing to do with
    these invoices; with it far below one, a single fit is evidence.  `first` is
    the set when it is the only one.
    """

    count: int
    first: tuple[Invoice, ...]
    expected: Decimal
    complete: bool


def combinations(amount: Decimal, invoices: Sequence[Invoice]) -> Sets:
    """Count the sets of two to five open invoices that add up to the amount."""
    units = [int(one.open / CENT) for one in invoices[:INVOICES_MOST]]
    target = int(amount / CENT)
    order = sorted(range(len(units)), key=lambda place: -units[place])
    found: list[tuple[int, ...]] = []
    steps = 0
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, target, ())]
    rest = [sum(units[place] for place in order[at:]) for at in range(len(order) + 1)]
    while stack and len(found) < 4 and steps < STEPS_MOST:  # noqa: PLR2004 -- enough to say "several"
        at, left, chosen = stack.pop()
        steps += 1
        if left == 0 and len(chosen) > 1:
            found.append(chosen)
            continue
        if at == len(order) or left <= 0 or len(chosen) == SET_MOST or rest[at] < left:
            continue
        place = order[at]
        stack.append((at + 1, left, chosen))
        if units[place] <= left:
            stack.append((at + 1, left - units[place], (*chosen, place)))
    complete = not stack and len(invoices) <= INVOICES_MOST
    first = tuple(invoices[place] for place in sorted(found[0])) if found else ()
    return Sets(len(found), first, _by_chance(units), complete)


def _by_chance(units: Sequence[int]) -> Decimal:
    """Estimate how many sets would fit any amount: sets tried by spread of sums."""
    tried, ways = 0, 1
    for size in range(1, SET_MOST + 1):
        ways = ways * (len(units) - size + 1) // size
        if ways <= 0:
            break
        tried += ways if size > 1 else 0
    biggest = sum(sorted(units, reverse=True)[:SET_MOST])
    # Sums of round amounts lie on a grid: only every `grain`th amount can be one.
    grain = _common(units)
    return Decimal(tried * grain) / max(biggest, 1)


def _common(units: Sequence[int]) -> int:
    for grain in (10000, 1000, 500, 100, 50, 25, 10, 5):
        if units and all(unit % grain == 0 for unit in units):
            return grain
    return 1
