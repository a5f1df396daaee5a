"""When CRM.COM would not pay an invoice by exactly what came in: plain values."""

import base64
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.erp.crmcom_answers import (
    TokenDeadError,
    data,
    is_about_token,
    outcome,
)
from importer.erp.crmcom_messages import InvoiceShort
from importer.erp.crmcom_payment import unpayable
from importer.erp.crmcom_session import lifetime
from importer.erp.transport import Answer, NeverLeft, Unknown
from importer.errors import ImporterError, StoppedEarly
from importer.model import (
    ZERO,
    Application,
    InDoubt,
    NotSent,
    Payment,
    Posted,
    Refused,
)

PAID = Payment(
    marker="BK",
    customer="1",
    customer_name="",
    currency="EUR",
    value_date=date(2026, 3, 18),
    kind="",
    reference="",
    notes="",
    applications=(Application("7", Decimal("10.00")),),
    unapplied=ZERO,
)


def shown(**changes: Any) -> InvoiceShort:
    values = {"number": "7", "life_cycle_state": "POSTED", "outstanding_amount": 10}
    return InvoiceShort.model_validate({**values, **changes})


def test_an_invoice_that_fits_is_paid() -> None:
    for same in ({}, {"outstanding_amount": "10.00"}, {"unsettled_amount": 10}):
        assert unpayable(PAID, shown(**same)) is None


@pytest.mark.parametrize("state", ["DRAFT", "REJECTED", "CANCELLED", "posted", ""])
def test_only_what_is_posted_is_paid(state: str) -> None:
    found = unpayable(PAID, shown(life_cycle_state=state))
    assert found is not None
    assert "not POSTED" in found.sentence


def test_another_currency_is_not_paid_and_an_unsaid_one_is() -> None:
    for code, fits in (("EUR", True), ("USD", False), ("", True)):
        rate = {"rate": 1, "currency": {"code": code}}
        found = unpayable(PAID, shown(currency_rate_period=rate))
        assert (found is None) == fits
    assert unpayable(PAID, shown(currency_rate_period={})) is None


@given(st.decimals("-99.99", "99.99", places=2))
def test_any_other_amount_is_not_paid(owed: Decimal) -> None:
    found = unpayable(PAID, shown(outstanding_amount=owed))
    assert (found is None) == (owed == 10)


def answered(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())


OK = {"code": "OK"}
RIGHT = {"status": OK, "data": {"number": "5", "payment_amount": 10}}
NO = {"status": {"code": "E1", "message": "No."}}


@pytest.mark.parametrize(
    ("exchange", "wanted"),
    [
        (NeverLeft("refused"), NotSent),
        (Unknown("reset"), InDoubt),
        (answered(RIGHT), Posted),
        (answered(RIGHT, 201), Posted),
        (answered(RIGHT, 400), InDoubt),
        (answered(RIGHT, 500), InDoubt),
        (answered(RIGHT, 302), InDoubt),
        (answered(NO), Refused),
        (answered(NO, 401), Refused),
        (answered(NO, 422), Refused),
        (answered(NO, 409), InDoubt),
        (answered(NO, 429), InDoubt),
        (answered(NO, 500), InDoubt),
        (answered({**NO, "data": {"number": "5"}}), InDoubt),
        (answered({"status": {"code": ""}}), InDoubt),
        (answered({"status": "OK", "data": RIGHT["data"]}), InDoubt),
        (answered([RIGHT]), InDoubt),
        (answered({**RIGHT, "status": {"code": "ok"}}), InDoubt),
        (Answer(200, b""), InDoubt),
        (Answer(200, b'{"status":{"code":"OK"},"status":{"code":"E"}}'), InDoubt),
        (Answer(401, b"<html>"), InDoubt),
    ],
)
def test_what_an_answer_means_is_a_list_and_all_else_is_doubt(
    exchange: Any, wanted: type
) -> None:
    assert isinstance(outcome(exchange, Decimal("10.00"), str), wanted)


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_answer_at_all_is_taken_for_a_payment(body: bytes, status: int) -> None:
    found = outcome(Answer(status, body), Decimal(10), str)
    assert isinstance(found, InDoubt)
    assert not is_about_token(Answer(status, body))


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_answer_at_all_is_taken_for_nothing_there(body: bytes, status: int) -> None:
    """An error is never read as an absence, and so as leave to send again."""
    with pytest.raises((ImporterError, TokenDeadError)):
        data(Answer(status, body), "payments/show", (), str)


@pytest.mark.parametrize(
    ("code", "message", "wanted"),
    [
        ("NOT_FOUND", "", None),
        ("E1", "The payment does not exist", None),
        ("E1", "Payment not found", None),
        ("E77", "Tipota", None),
        ("E1", "Something else", StoppedEarly),
        ("OK", "not found", StoppedEarly),
        ("INVALID_TOKEN", "not found", TokenDeadError),
        ("E1", "Please log in", TokenDeadError),
    ],
)
def test_only_what_is_known_to_say_so_means_that_nothing_is_there(
    code: str, message: str, wanted: type[Exception] | None
) -> None:
    exchange = answered({"status": {"code": code, "message": message}})
    if wanted is None:
        assert data(exchange, "payments/show", ("E77",), str) is None
    else:
        with pytest.raises(wanted):
            data(exchange, "payments/show", ("E77",), str)


@given(st.decimals("0.01", "999.99", places=2))
def test_an_amount_that_is_not_ours_is_always_an_alarm(amount: Decimal) -> None:
    data = {"number": "5", "payment_amount": str(amount)}
    found = outcome(answered({"status": OK, "data": data}), Decimal(10), str)
    if amount == 10:
        assert found == Posted("5")
    else:
        assert isinstance(found, InDoubt)
        assert found.alarm


def token(**claims: object) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (token(iat=1000, exp=8200), 7200),
        (token(iat=1000, exp=1060), 60),
        (token(iat=1000, exp=99000), 7200),
        (token(iat=1000, exp=900), None),
        (token(exp=8200), None),
        (token(iat="1000", exp="8200"), None),
        ("B8" * 16, None),
        ("a.b.c", None),
        ("..", None),
    ],
)
def test_a_token_says_itself_how_long_it_lives(text: str, seconds: int | None) -> None:
    assert lifetime(text) == seconds


@given(st.text(max_size=80))
def test_any_text_at_all_may_be_a_token(text: str) -> None:
    assert lifetime(text) is None or "." in text
