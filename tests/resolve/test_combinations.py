"""The only set that adds up: counted against trying them all, and never picked."""

from decimal import Decimal
from itertools import combinations as every_set

from hypothesis import given
from hypothesis import strategies as some

from importer.model import Invoice
from importer.resolve.combinations import CHANCE_MOST, HALVED_MOST, combinations

UNITS = some.lists(some.integers(1, 400), min_size=1, max_size=10)


def invoices(units: list[int]) -> list[Invoice]:
    return [
        Invoice(str(10000 + place), "C", Decimal(one) / 100)
        for place, one in enumerate(units)
    ]


def fitting(units: list[int], target: int) -> list[tuple[int, ...]]:
    return [
        places
        for size in range(1, len(units) + 1)
        for places in every_set(range(len(units)), size)
        if sum(units[place] for place in places) == target
    ]


@given(UNITS, some.integers(1, 1500))
def test_sets_are_counted_as_by_trying_them_all(units: list[int], target: int) -> None:
    found = combinations(Decimal(target) / 100, invoices(units))
    sets = fitting(units, target)
    assert found.count == len(sets)
    only = [str(10000 + place) for place in sets[0]] if len(sets) == 1 else []
    assert [one.number for one in found.only] == only


@given(UNITS, some.integers(1, 1500), some.integers(0, 3))
def test_many_invoices_are_counted_the_same_way(
    units: list[int], target: int, again: int
) -> None:
    """Invoices too large to fit change nothing; small ones of their own sum do."""
    large = [100_000 + place for place in range(HALVED_MOST)]
    alone = combinations(Decimal(target) / 100, invoices(units))
    beside = combinations(Decimal(target) / 100, invoices([*units, *large]))
    assert (beside.count, beside.only) == (alone.count, alone.only)
    far = [1_000_000 + 7 * place for place in range(HALVED_MOST + again)]
    both = combinations(Decimal(target + 1_000_000) / 100, invoices([*units, *far]))
    if both.count is not None:
        sets = fitting(units, target)
        with_far = sum(
            len(fitting(units, target - 7 * place)) + (target == 7 * place)
            for place in range(HALVED_MOST + again)
            if target >= 7 * place
        )
        assert both.count == min(with_far, 3) or (
            not both.or_more and both.count == with_far
        )
        assert len(sets) <= with_far


def test_what_chance_would_find_is_no_evidence() -> None:
    few = invoices([50031, 24507, 91713])
    found = combinations(Decimal("745.38"), few)
    assert [one.number for one in found.only] == ["10000", "10001"]
    assert found.is_evidence
    many = invoices([50031 + 317 * place for place in range(20)])
    amount = many[3].open + many[11].open + many[17].open
    assert combinations(amount, many).expected > CHANCE_MOST


def test_round_amounts_fit_by_chance_where_odd_ones_do_not() -> None:
    odd = invoices([50031, 24507, 91713, 33339, 71127])
    round_ones = invoices([50000, 24500, 91500, 33500, 71000])
    assert combinations(odd[0].open + odd[1].open, odd).is_evidence
    found = combinations(round_ones[0].open + round_ones[1].open, round_ones)
    assert found.only
    assert not found.is_evidence


def test_equal_amounts_are_counted_and_none_is_picked() -> None:
    found = combinations(Decimal("120.00"), invoices([1000] * 24))
    assert found.count == 2_704_156
    assert found.only == ()


def test_too_many_to_count_is_said() -> None:
    found = combinations(
        Decimal("99999.99"), invoices([10_007 * n for n in range(1, 201)])
    )
    assert found.count is None
    assert found.only == ()
    assert found.expected > 1
