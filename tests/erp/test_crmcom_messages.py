"""Every parameter of payments/pay_invoice, each with its rule."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from importer.erp.crmcom_messages import Envelope, PaymentShort
from importer.erp.crmcom_order import Order

NEW, OLD = (18, 0), (13, 1)
LEAST: dict[str, Any] = {
    "accounts_receivable_identifier": {"number": "ACR77"},
    "type_identifier": {"name": "Invoice Payment"},
    "payment_method_identifier": {"name": "Bank Transfer"},
    "invoice_identifier": {"number": "I00000294"},
}


def order(release: tuple[int, ...] = NEW, /, **changes: Any) -> Order:
    return Order.of({**LEAST, **changes}, release)


def test_the_least_that_may_be_sent() -> None:
    assert order().back_office_code is None


def test_every_parameter_of_the_document_may_be_given() -> None:
    every = order(
        token="T" * 32,
        category_identifier={"name": "Bank"},
        received_on=datetime(2026, 3, 18),  # noqa: DTZ001 -- CRM.COM's have no zone
        received_by_user_identifier={"username": "dana"},
        received_by_business_unit_identifier={"code": "AR"},
        notes="ACH",
        back_office_code="BK1",
        fields_set="number,payment_amount",
        **{f"udf_string_{n}": "x" for n in range(1, 9)},
        **{f"udf_float_{n}": Decimal("1.5") for n in range(1, 5)},
        **{f"udf_date_{n}": date(2026, 3, 18) for n in range(1, 5)},
    )
    assert "T" * 32 not in repr(every)
    assert order(OLD, received_by_unit_identifier={"name": "Admin"})
    assert order(accounts_receivable_identifier=None, wallet_identifier={"number": "W"})


@pytest.mark.parametrize("name", sorted(LEAST))
def test_what_is_mandatory_is_missed(name: str) -> None:
    with pytest.raises(ValidationError):
        order(**{name: None})


def test_receivable_and_wallet_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match="exactly one of accounts_receivable"):
        order(wallet_identifier={"number": "W1"})


ALLOWED = {
    "accounts_receivable_identifier": ("id", "number", "name"),
    "type_identifier": ("id", "name", "alternative_code"),
    "category_identifier": ("id", "name", "code"),
    "payment_method_identifier": ("id", "name", "code"),
    "invoice_identifier": ("id", "number", "reference_number", "back_office_code"),
    "received_by_user_identifier": ("id", "username"),
    "received_by_business_unit_identifier": ("id", "name", "code"),
}


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_an_identifier_has_exactly_one_of_its_fields(name: str) -> None:
    for field in ALLOWED[name]:
        assert order(**{name: {field: "x"}})
    first, second = ALLOWED[name][:2]
    for wrong in ({}, {first: "x", second: "y"}, {"colour": "x"}, {first: " "}):
        with pytest.raises(ValidationError):
            order(**{name: wrong})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("card_identifier", {"last_digits": "4411"}),
        ("accounts_receivable_payment_preference_identifier", {"id": "A"}),
    ],
)
def test_what_would_charge_the_payer_again_is_refused(
    name: str, value: dict[str, str]
) -> None:
    with pytest.raises(ValidationError, match="charge the payer again"):
        order(**{name: value})


@pytest.mark.parametrize(
    ("release", "name", "value"),
    [
        ((13, 1), "wallet_identifier", {"number": "W1"}),
        ((17,), "received_by_business_unit_identifier", {"name": "Admin"}),
        ((18,), "received_by_unit_identifier", {"name": "Admin"}),
        ((9, 0), "back_office_code", "BK1"),
        ((9, 1), "fields_set", "number,payment_amount"),
    ],
)
def test_what_a_release_does_not_have_is_not_sent_to_it(
    release: tuple[int, ...], name: str, value: object
) -> None:
    changes = {name: value}
    if name == "wallet_identifier":
        changes["accounts_receivable_identifier"] = None
    said = rf"{name.removesuffix('_identifier')} is (known from|gone since)"
    with pytest.raises(ValidationError, match=said):
        order(release, **changes)


@pytest.mark.parametrize("fields", ["number", "payment_amount", "number,colour", "a b"])
def test_a_set_of_fields_must_leave_the_proof_in(fields: str) -> None:
    with pytest.raises(ValidationError):
        order(fields_set=fields)


def test_nothing_is_converted_and_nothing_is_extra() -> None:
    for wrong in (
        {"payment_amount": Decimal(5)},
        {"udf_float_1": "1.5"},
        {"udf_string_1": 5},
        {"received_on": "2026-03-18"},
    ):
        with pytest.raises(ValidationError):
            order(**wrong)


@pytest.mark.parametrize(
    ("answer", "number", "amount"),
    [
        (
            {
                "status": {"message": None, "description": None, "code": "OK"},
                "data": {
                    "payment_amount": 120,
                    "issued_on": "2024-07-14T16:49:11",
                    "life_cycle_state": "POSTED",
                    "number": "100",
                    "id": "A" * 32,
                    "reference_number": "115",
                    "posted_on": "2024-07-14T16:49:11",
                },
            },
            "100",
            Decimal(120),
        ),
        (
            {
                "status": {"message": "", "description": "", "code": "OK"},
                "data": {
                    "payment_amount": Decimal("55.10"),
                    "issued_on": "2024-06-09T13:15:44",
                    "number": "367",
                    "id": "B" * 32,
                    "reference_number": "388",
                },
            },
            "367",
            Decimal("55.1"),
        ),
        (
            {
                "data": {
                    "posted_on": "2024-09-15T11:26:28",
                    "number": 3869,
                    "payment_amount": "5",
                    "currency_rate_period": None,
                    "life_cycle_state": "POSTED",
                },
                "status": {"code": "OK", "description": "", "message": "Done."},
            },
            "3869",
            Decimal(5),
        ),
    ],
)
def test_answers_are_read_in_all_the_shapes_that_are_documented(
    answer: dict[str, Any], number: str, amount: Decimal
) -> None:
    envelope = Envelope.model_validate(answer)
    found = PaymentShort.model_validate(envelope.data)
    assert (envelope.status.code, found.number, found.payment_amount) == (
        *("OK", number),
        amount,
    )
