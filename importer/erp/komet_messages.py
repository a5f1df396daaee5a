"""Komet's messages as its documents give them, and as it really writes them.

What is sent is strict: lengths, digits and required fields are those of the
documents.  What is read is loose exactly where Komet is seen to be: a status is
`1` or `"1"`, an id or an amount is a number or a text.  Unknown keys are passed
over.  Where the documents give two lengths the shorter is kept.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from importer.erp import heard
from importer.model import Found

REFERENCE_MOST = 50
NOTES_MOST = 200
BODY_MOST = 64_000
"""64 KB, read as the smaller of its two meanings."""

_PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,10})?")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,20}")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?")


class _Sent(BaseModel):
    """What all requests share: Komet's names, nothing extra, no conversion."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, strict=True
    )


Amount = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=2)]
Discount = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
Id = Annotated[int, Field(gt=0, lt=10**20)]


class InvoicePaid(_Sent):
    """One invoice of a payment: its number (not its id), and what is paid on it."""

    invoice_number: Annotated[int, Field(gt=0, lt=10**10)]
    amount: Amount
    discount: Discount


class PaymentReceive(_Sent):
    """The body of payment.receive, less the token.

    `referenceNumber` may be 100 long in newer documents, but payment.list finds
    and shows 50 of it.  `invoices` is always sent: older documents require it.
    """

    customer_id: Id
    location_code: Annotated[str, StringConstraints(max_length=20)] | None
    method_id: Id
    date: date
    total_payment: Amount
    reference_number: Annotated[str, StringConstraints(max_length=REFERENCE_MOST)]
    notes: Annotated[str, StringConstraints(max_length=NOTES_MOST)]
    invoices: tuple[InvoicePaid, ...]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        numbers = [paid.invoice_number for paid in self.invoices]
        if len(set(numbers)) < len(numbers):
            raise ValueError("an invoice stands twice in one payment")
        if self.total_payment < sum(paid.amount for paid in self.invoices):
            raise ValueError("totalPayment is less than what its invoices get")
        return self


def _flag(value: object) -> object:
    """Read 1, 0 and their texts; `True` is not a status."""
    return {"1": 1, "0": 0}.get(value) if isinstance(value, str) else value


def _yes(value: object) -> object:
    """Read 1, 0, true, false and the texts of the first two."""
    if not isinstance(value, int | str):
        return value
    return {1: True, 0: False, "1": True, "0": False}.get(value)


def _number(value: object) -> object:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value)
    return value


def _amount(value: object) -> object:
    if isinstance(value, str) and _PLAIN_AMOUNT.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


def _day(value: object) -> object:
    if isinstance(value, str) and (found := _DAY.fullmatch(value.strip())):
        return date.fromisoformat(found[1])
    return None if value == "" else value


Flag = Annotated[int, Field(ge=0, le=1), BeforeValidator(_flag)]
Yes = Annotated[bool, BeforeValidator(_yes)]
Number = Annotated[int, Field(ge=0, lt=10**20), BeforeValidator(_number)]
Money = Annotated[Decimal, Field(allow_inf_nan=False), BeforeValidator(_amount)]
Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(heard.text)]


class _Heard(BaseModel):
    """What all answers share: Komet's names, no conversion but those named above."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, strict=True
    )


class Envelope(_Heard):
    """What every answer has: whether it succeeded, and a text."""

    status: Flag
    message: Text = ""


class InvoiceOfPayment(_Heard):
    """What a listed payment put on one invoice.

    `amount` is the invoice's own total.
    """

    number: Number
    amount: Money | None = None
    payment: Money


class ListedPayment(_Heard):
    """A row of payment.list; the customer is a name, never an id."""

    id: Number | None = None
    control_number: Number
    date: Day = None
    customer: Text = ""
    check_reference: Text = ""
    payment_total: Money
    notes: Text = ""
    invoices: list[InvoiceOfPayment] | None = None

    def as_found(self) -> Found:
        """Return what all ERPs tell of a payment."""
        return Found(
            control_number=str(self.control_number),
            date=self.date,
            customer_name=self.customer,
            reference=self.check_reference,
            notes=self.notes,
            total=self.payment_total,
            applied={str(paid.number): paid.payment for paid in self.invoices or ()},
        )


class ListedCustomer(_Heard):
    """A row of customer.list."""

    id: Number
    name: Text
    code: Text = ""
    active: Yes


class ListedLocation(_Heard):
    """A row of location.list."""

    id: Number
    name: Text = ""
    code: Text


class ListedMethod(_Heard):
    """A row of payment.method.list, whose document is not public."""

    id: Number
    name: Text = ""
    active: Yes = True


class ListedInvoice(_Heard):
    """A row of invoice.accounting.details.list.

    The end of its document is not public: what stands after `subtotal` is read
    where it is there.
    """

    number: Number
    ship_date: Day = None
    location_id: Number | None = None
    customer_id: Number
    subtotal: Money | None = None
    additional_charges: Money | None = None
    tax: Money | None = None
    total: Money | None = None
    due_date: Day = None
    customer_po_number: Annotated[
        Text, Field(alias="customerPONumber")  # not what to_camel makes of it
    ] = ""
