"""Count the sets of open invoices that add up, and those that chance would find.

A payment that has nothing to do with the invoices often fits some set of them, so
that the only set is evidence only where few sets could have fitted.  Promises:
1. Exact, on whole minor units; sets of every size count.
2. Bounded in time and memory; what is not searched to its end is never the only one.
3. A set is named only where it is the only one: never an arbitrary pick.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from importer.model import Invoice

CENT = Decimal("0.01")
CHANCE_MOST = Decimal("0.001")
HALVED_MOST = 24
UNITS_MOST = 1 << 20
_MANY = 3
_BINS = 400


@dataclass(frozen=True, slots=True)
class Sets:
    """What is known of the sets that add up.

    `count` is how many there are, None when too many could to be counted; with
    `or_more` at least so many.  `only` is the set when there is no other.
    `expected` is how many would fit an amount that has nothing to do with them.
    """

    count: int | None
    only: tuple[Invoice, ...]
    expected: Decimal
    or_more: bool = False

    @property
    def is_evidence(self) -> bool:
        """Say whether there is one set alone, and chance would not have found it."""
        return bool(self.only) and self.expected < CHANCE_MOST


def combinations(amount: Decimal, invoices: Sequence[Invoice]) -> Sets:
    """Count the sets of open invoices that add up to the amount."""
    fitting = [one for one in invoices if Decimal(0) < one.open <= amount]
    units = [int(one.open / CENT) for one in fitting]
    target = int(amount / CENT)
    if sum(units) < target:
        return Sets(0, (), Decimal(0))
    if len(units) <= HALVED_MOST:
        return _halved(target, units, fitting)
    expected = _roughly(target, units)
    if expected >= 1 or target > UNITS_MOST:
        return Sets(None, (), expected)
    return _marked(target, units, fitting, expected)


def _halved(target: int, units: list[int], invoices: Sequence[Invoice]) -> Sets:
    """Meet in the middle: every sum of one half against every sum of the other."""
    middle = len(units) // 2
    left, right = _sums(units[:middle]), _sums(units[middle:])
    ways, where = Counter(right), {total: at for at, total in enumerate(right)}
    count = sum(ways.get(target - total, 0) for total in left)
    only: tuple[Invoice, ...] = ()
    grains = {1, 100, math.gcd(*units)}
    if count == 1:
        one = next(at for at, total in enumerate(left) if target - total in where)
        other = where[target - left[one]]
        places = (*_places(one), *(middle + place for place in _places(other)))
        only = tuple(invoices[place] for place in places)
        grains.add(math.gcd(*(units[place] for place in places)))
    expected = max(_by_chance(target, left, right, grain) for grain in grains)
    return Sets(count, only, expected)


def _sums(units: Sequence[int]) -> list[int]:
    """Return the sum of every subset; bit n of its index says that n is in it."""
    sums = [0]
    for one in units:
        sums += [one + other for other in sums]
    return sums


def _places(chosen: int) -> Iterator[int]:
    return (place for place in range(chosen.bit_length()) if chosen >> place & 1)


def _by_chance(target: int, left: list[int], right: list[int], grain: int) -> Decimal:
    """Estimate the fits by how dense the sums lie around the amount.

    Counted are the sums from half to one and a half of it that lie on the same grid
    of so many units as it does, without those that fit.
    """
    low, high = target - target // 2, target + target // 2
    on_grid: dict[int, list[int]] = defaultdict(list)
    for total in sorted(right):
        on_grid[total % grain].append(total)
    near = 0
    for total in left:
        others = on_grid.get((target - total) % grain, ())
        near += bisect_right(others, high - total) - bisect_left(others, low - total)
        near -= bisect_right(others, target - total)
        near += bisect_left(others, target - total)
    return Decimal(near * grain) / max(high - low, 1)


def _roughly(target: int, units: Sequence[int]) -> Decimal:
    """Estimate the fits of many invoices from their sums in coarse steps."""
    grain = math.gcd(*units)
    step = max(target * 3 // 2 // _BINS, 1)
    counts = [1] + [0] * _BINS
    for one in units:
        shift = (one + step // 2) // step
        if shift <= _BINS:
            moved = counts[: _BINS + 1 - shift]
            counts[shift:] = map(int.__add__, counts[shift:], moved)
    low, high = target // 2 // step, target * 3 // 2 // step
    near = sum(counts[low : high + 1])
    return Decimal(near * grain) / ((high - low + 1) * step)


def _marked(
    target: int, units: list[int], invoices: Sequence[Invoice], expected: Decimal
) -> Sets:
    """Mark in integers' bits which sums come about once, twice, three times."""
    mask = (1 << target + 1) - 1
    once, twice, thrice = 1, 0, 0
    before = []
    for one in units:
        before.append(once)
        shifted, again = once << one & mask, twice << one & mask
        thrice |= (thrice << one & mask) | (once & again) | (twice & shifted)
        twice |= again | (once & shifted)
        once |= shifted
    count = sum(sums >> target & 1 for sums in (once, twice, thrice))
    only: list[Invoice] = []
    left = target
    for place in reversed(range(len(units) if count == 1 else 0)):
        if not before[place] >> left & 1:
            only.append(invoices[place])
            left -= units[place]
    return Sets(count, tuple(reversed(only)), expected, or_more=count == _MANY)
