"""CRM.COM's answers as its documents give them, and as its samples drift.

The order of keys differs, a message is nothing, empty or said all the same, an
amount has decimals or none, and fields are left out where `fields_set` says so.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from importer.erp import heard

_PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?")


def _amount(value: object) -> object:
    if isinstance(value, str) and _PLAIN_AMOUNT.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


def _day(value: object) -> object:
    if isinstance(value, str) and (found := _MOMENT.fullmatch(value.strip())):
        return date.fromisoformat(found[1])
    return None if value == "" else value


Money = Annotated[Decimal, Field(allow_inf_nan=False), BeforeValidator(_amount)]
Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(heard.text)]
Name = Annotated[str, Field(min_length=1), BeforeValidator(heard.text)]


class _Heard(BaseModel):
    """What all answers share: unknown keys are passed over, nothing is converted."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Status(_Heard):
    """Whether it succeeded; with OK the texts may be nothing, empty or anything."""

    code: Name
    message: Text = ""
    description: Text = ""


class Envelope(_Heard):
    """What every answer has; the two keys stand in either order."""

    status: Status
    data: object = None


class PaymentShort(_Heard):
    """What pay_invoice answers: neither the invoice nor our code is in it."""

    number: Name
    payment_amount: Money
    id: Text = ""
    reference_number: Text = ""
    life_cycle_state: Text = ""
    issued_on: Day = None
    posted_on: Day = None


class InvoiceOfPayment(_Heard):
    """An invoice that a payment pays."""

    number: Text = ""


class Payment(PaymentShort):
    """What payments/show answers."""

    received_on: Day = None
    notes: Text = ""
    back_office_code: Text = ""
    invoices_to_pay_set: list[InvoiceOfPayment] | None = None


class Currency(_Heard):
    """A currency by its code."""

    code: Text = ""


class Rate(_Heard):
    """The rate by which amounts were reckoned, and their currency (R10)."""

    currency: Currency | None = None


class InvoiceShort(_Heard):
    """An invoice of invoices/show and invoices/list; neither names its debtor."""

    id: Text = ""
    number: Text = ""
    reference_number: Text = ""
    life_cycle_state: Text
    outstanding_amount: Money
    unsettled_amount: Money | None = None
    total_amount: Money | None = None
    issued_on: Day = None
    due_on: Day = None
    currency_rate_period: Rate | None = None


class Receivable(_Heard):
    """An accounts receivable as accounts_receivable/show answers."""

    id: Text = ""
    number: Name
    name: Text = ""


class Token(_Heard):
    """What authentication/token answers."""

    token: Name
