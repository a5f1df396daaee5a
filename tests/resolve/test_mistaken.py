"""What reads like something else: a rule, a postal code, a number mistyped."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from importer.mapping.schema import Mapping
from importer.model import (
    Alias,
    Customer,
    Hold,
    Invoice,
    Pay,
    Place,
    Reason,
    Remittance,
    Resolution,
    Skip,
)
from importer.resolve import Limits, resolve
from importer.resolve.snapshot import Books

DAY = date(2026, 3, 16)
READ = {
    "account": "A",
    "currency": "USD",
    "date": {"column": "D", "format": "%Y"},
    "amount": {"column": "X"},
}
FEES = {"name": "fees", "when": {"text": "wire fee"}, "skip": True}
BOOKS = Books(
    (Customer("7", "IRIS", "Iris Gardens Center"),),
    (
        Invoice("27650", "7", Decimal("2434.00")),
        Invoice("27263", "7", Decimal("3844.81")),
        Invoice("27317", "7", Decimal("4510.00")),
    ),
    (Alias("IRIS GARDENS CENTER MI", "", "7", "", "", "", 2),),
)


def decide(
    amount: str,
    text: str,
    remitter: str = "IRIS GARDENS CENTER",
    rules: tuple[dict[str, Any], ...] = (),
) -> Resolution:
    said = {"name": "m", "path": "m.toml", "file": {"name": "*"}, "read": READ}
    mapping = Mapping.model_validate({**said, "rule": list(rules)})
    one = Remittance(
        place=Place("f.csv", 2),
        account="A",
        currency="USD",
        amount=Decimal(amount),
        value_date=DAY,
        booking_date=DAY,
        remitter=remitter,
        reference="R1",
        text=text,
        identity=(),
    )
    (found,) = resolve([("BK0", one)], mapping, BOOKS, Limits())
    return found


@pytest.mark.parametrize(
    ("text", "remitter", "because"),
    [
        ("INV 27650 LESS WIRE FEE 15.00", "SOMEBODY", "it quotes open 27650"),
        ("WIRE FEE INCLUDED", "IRIS GARDENS CENTER", '"IRIS GARDENS CENTER" is the'),
    ],
)
def test_money_of_a_customer_is_not_skipped_by_a_rule(
    text: str, remitter: str, because: str
) -> None:
    found = decide("2419.00", text, remitter, (FEES,))
    assert isinstance(found, Hold)
    assert found.reason is Reason.RULE
    assert f'rule "fees" would skip it, but {because}' in found.sentence


@pytest.mark.parametrize(
    ("amount", "rule"),
    [("12.00", FEES), ("-15.00", FEES), ("15.00", {**FEES, "money": "in"})],
)
def test_what_a_rule_is_meant_for_is_skipped(amount: str, rule: dict[str, Any]) -> None:
    remitter = "THE BANK" if amount == "12.00" else "IRIS GARDENS CENTER"
    assert isinstance(decide(amount, "WIRE FEE REBATE", remitter, (rule,)), Skip)


def test_a_number_behind_what_may_be_a_state_lets_nothing_else_be_paid_over() -> None:
    found = decide("4000.00", "MI 27650 27263")
    assert isinstance(found, Hold)
    assert "27650" in found.sentence


def test_a_name_cut_off_like_a_state_hides_no_number_of_the_text() -> None:
    found = decide("6278.81", "27650 27263", "IRIS GARDENS CENTER MI")
    assert isinstance(found, Pay)
    assert [one.invoice for one in found.payments[0].applications] == ["27650", "27263"]


def test_one_of_several_numbers_that_another_would_make_exact_may_be_mistyped() -> None:
    # Quoted are 27650 and 27263; with 27317 in the place of one it would be exact.
    found = decide("6944.00", "INV 27650 27263")
    assert isinstance(found, Hold)
    assert "27317" in found.sentence
