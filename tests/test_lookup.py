"""What the ERP's lists say about a payment of ours."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from importer.lookup import AROUND, is_like, windows
from importer.model import Application, Found, Payment

PAYMENT = Payment(
    marker="BK",
    customer="10442",
    customer_name="Rosewood Floral",
    currency="USD",
    value_date=date(2026, 3, 16),
    kind="",
    reference="CHK 1",
    notes="",
    applications=(Application("10233", Decimal("80.00")),),
    unapplied=Decimal("20.00"),
)
FOUND = Found(
    control_number="88123",
    date=date(2026, 3, 16),
    customer_name="ROSEWOOD floral",
    reference="",
    notes="",
    total=Decimal("100.00"),
    applied={},
)
days = st.dates(date(2025, 1, 1), date(2027, 1, 1))


@given(st.lists(days, max_size=40))
def test_windows_hold_all_days_and_those_around_and_are_short(some: list[date]) -> None:
    made = list(windows(some))
    assert all((last - first).days < 31 for first, last in made)
    for day in some:
        assert any(
            first <= day - AROUND and day + AROUND <= last for first, last in made
        )
    assert len(made) <= len(set(some))


def test_a_month_of_days_needs_two_windows_and_none_needs_none() -> None:
    month = [date(2026, 3, 1) + timedelta(days=day) for day in range(27)]
    assert len(list(windows(month))) == 1
    assert len(list(windows([*month, date(2026, 3, 28)]))) == 2
    assert list(windows([])) == []


def test_a_name_that_either_side_does_not_know_is_no_difference() -> None:
    assert is_like(FOUND, PAYMENT)
    assert is_like(replace(FOUND, customer_name=""), PAYMENT)
    assert is_like(FOUND, replace(PAYMENT, customer_name=""))
    assert not is_like(replace(FOUND, customer_name="Bloom"), PAYMENT)


def test_a_total_without_what_is_unapplied_needs_the_same_invoices() -> None:
    less = replace(FOUND, total=Decimal("80.00"))
    assert not is_like(less, PAYMENT)
    assert is_like(replace(less, applied={"10233": Decimal("80.00")}), PAYMENT)
    assert not is_like(replace(less, applied={"10234": Decimal("80.00")}), PAYMENT)
    assert not is_like(replace(FOUND, total=Decimal("99.99")), PAYMENT)
