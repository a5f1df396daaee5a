"""What Komet alone does, on the stage that all ERPs share."""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stages import DAY, Stage, komet

from importer.errors import SettingsRefused
from importer.model import Application, Posted, Refused


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with komet(tmp_path) as made:
        yield made


def test_customers_that_are_unknown_or_not_the_payers_are_refused(stage: Stage) -> None:
    assert isinstance(stage.post(2, customer="4999"), Refused)
    other = {"customer": "4108", "value_date": date(2026, 4, 1)}
    assert isinstance(stage.post(3, **other), Refused)
    assert stage.payments() == []


def test_a_payment_is_booked_at_its_location(stage: Stage) -> None:
    stage.post()
    assert [row["location"] for row in stage.payments()] == ["MIA"]


def test_a_method_that_is_no_number_and_an_option_are_settings_to_mend(
    stage: Stage,
) -> None:
    with pytest.raises(SettingsRefused, match="they are numbers"):
        stage.connect(methods={"default": "Check"})
    with pytest.raises(SettingsRefused, match=r"no .erp.options."):
        stage.connect(options={"type": "x"})


def test_a_window_is_read_in_pieces_that_the_erp_allows_each_counted(
    stage: Stage,
) -> None:
    days = [DAY + timedelta(days=30 * n) for n in range(5)]
    for number, day in enumerate(days):
        assert isinstance(stage.post(number, value_date=day), Posted)
    found = stage.erp.listed(days, ())
    assert [one.date for one in found] == days
    assert stage.calls.made == ["payment.list"] * 5


def test_a_payment_made_twice_by_a_middle_box_is_listed_twice(stage: Stage) -> None:
    stage.accident("double")
    assert isinstance(stage.post(), Posted)
    assert len(stage.erp.search(stage.request().reference)) == 2


def test_a_reversal_is_listed_as_negative_and_a_void_not_at_all(stage: Stage) -> None:
    outcome = stage.post()
    assert isinstance(outcome, Posted)
    stage.sandbox.reverse(outcome.control_number)
    both = stage.erp.search(stage.request().reference)
    assert sorted(one.total.is_signed() for one in both) == [False, True]
    stage.sandbox.cancel(outcome.control_number)
    (left,) = stage.erp.search(stage.request().reference)
    assert left.total < 0


def test_check_names_all_settings_that_the_erp_does_not_know(stage: Stage) -> None:
    assert stage.erp.check()
    erp = stage.connect(location="LAX", methods={"default": 12, "wire": 99, "ach": 98})
    with pytest.raises(SettingsRefused) as caught:
        erp.check()
    assert [fault.sentence for fault in caught.value.faults] == [
        'Komet has no location "LAX"',
        'the payment method "99" is not Komet\'s',
        'the payment method "98" is not Komet\'s',
    ]


def test_all_customers_are_read_inactive_ones_included(stage: Stage) -> None:
    found = {one.id: one for one in stage.erp.customers(())}
    assert found.keys() == {"4107", "4108", "4109"}
    assert not found["4109"].active
    assert found["4107"].code == "ORCH"


def test_open_invoices_are_exact_for_what_was_paid_here(stage: Stage) -> None:
    stage.post(applications=(Application("50202", Decimal("100.10")),))
    stage.post(2, applications=(Application("50203", Decimal("0.01")),))
    first, last = date(2026, 1, 1), date(2026, 4, 1)
    found = {one.number: one for one in stage.erp.open_invoices(first, last, ())}
    assert "50202" not in found
    assert len(found) == 59
    assert found["50203"].open == Decimal("100.09")
    assert found["50207"].open == Decimal("40.05")
    assert found["50207"].po_number == "PO-7"
    assert found["50207"].location == "MIA"
    assert found["50250"].customer == "4108"
