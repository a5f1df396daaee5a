"""The messages of Komet Sales' API, as its documents say and as they really come.

Types are loose in the answers: `status` and control numbers come as text or as
number, ids likewise.  Requests are strict: lengths and decimals are those of the
documents, and money is written as a plain number with two places.

Source: the pages of payment.receive, payment.list, customer.list, location.list,
payment.method.list and invoice.accounting.details.list.
"""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

CENTS = Decimal("0.01")
AMOUNT_MOST = Decimal("99999999.99")


def _as_text(value: Any) -> Any:
    """Take an id or a control number as text or as whole number, never as float."""
    if isinstance(value, bool) or value is None:
        return value
    return str(value) if isinstance(value, int) else value


Money = Annotated[
    Decimal, Field(ge=0, le=AMOUNT_MOST, decimal_places=2, allow_inf_nan=False)
]
Loose = Annotated[Decimal, Field(allow_inf_nan=False)]
Number = Annotated[str, BeforeValidator(_as_text)]
Told = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class Sent(BaseModel):
    """A request: nothing but what the documents name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Received(BaseModel):
    """An answer: more keys than we know are welcome."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PaidInvoice(Sent):
    """One order that a payment affects; `amount` is what it pays of it."""

    invoiceNumber: Annotated[int, Field(gt=0, lt=10**10)]  # noqa: N815 -- Komet's
    amount: Money
    discount: Money = Decimal(0)


class PaymentReceive(Sent):
    """The body of payment.receive, less the token.

    `totalPayment` is at least the sum of the invoices' amounts; what is above it
    is kept as overpayment.
    """

    customerId: Annotated[int, Field(gt=0, lt=10**20)]  # noqa: N815 -- Komet's
    locationCode: Annotated[str, Field(max_length=20)] | None = None  # noqa: N815
    methodId: Annotated[int, Field(gt=0, lt=10**20)]  # noqa: N815
    date: date
    totalPayment: Money  # noqa: N815
    referenceNumber: Annotated[str, Field(max_length=50)]  # noqa: N815
    notes: Annotated[str, Field(max_length=200)]
    invoices: tuple[PaidInvoice, ...]

    def written(self, token: str | None = None) -> bytes:
        """Write the JSON exactly; the token, where given, comes first."""
        body = self.model_dump(mode="python", exclude_none=True)
        head = {"authenticationToken": token} if token else {}
        return _json({**head, **body}).encode()


def _json(value: Any) -> str:
    """Write JSON with Decimal as a number of two places, which `json` cannot."""
    match value:
        case Decimal():
            return f"{value.quantize(CENTS):f}"
        case date():
            return f'"{value.isoformat()}"'
        case dict():
            pairs = (f"{json.dumps(key)}:{_json(one)}" for key, one in value.items())
            return "{" + ",".join(pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_json, value)) + "]"
        case _:
            return json.dumps(value)


class Envelope(Received):
    """What every answer has: 1 for success, 0 for failure, and a sentence."""

    status: Number
    message: Told = ""

    @property
    def is_success(self) -> bool:
        """Return whether the documented success stands in it."""
        return self.status == "1"

    @property
    def is_failure(self) -> bool:
        """Return whether the documented failure stands in it."""
        return self.status == "0"


class PaymentReceived(Envelope):
    """The answer to payment.receive."""

    controlNumber: Number | None = None  # noqa: N815 -- Komet's


class ListedInvoice(Received):
    """An invoice under a listed payment; `payment` is what it put on it."""

    number: Number
    payment: Loose = Decimal(0)


class ListedPayment(Received):
    """A payment of payment.list; it has the customer's name only.

    `paymentTotal` is documented as applied credits + applied amount.
    """

    controlNumber: Number  # noqa: N815 -- Komet's
    date: date | None = None
    customer: Told = ""
    checkReference: Told = ""  # noqa: N815
    appliedCredits: Loose = Decimal(0)  # noqa: N815
    appliedAmount: Loose = Decimal(0)  # noqa: N815
    paymentTotal: Loose = Decimal(0)  # noqa: N815
    notes: Told = ""
    invoices: tuple[ListedInvoice, ...] = ()


class PaymentList(Envelope):
    """The answer to payment.list; the array is absent when nothing is found."""

    payments: tuple[ListedPayment, ...] | None = None


class ListedCustomer(Received):
    """A customer of customer.list."""

    id: Number
    name: Told = ""
    code: Told = ""
    active: Number = "1"


class CustomerList(Envelope):
    """The answer to customer.list."""

    customers: tuple[ListedCustomer, ...] | None = None


class ListedLocation(Received):
    """A location; payments take its code."""

    id: Number
    name: Told = ""
    code: Told = ""


class LocationList(Envelope):
    """The answer to location.list."""

    locations: tuple[ListedLocation, ...] | None = None


class ListedMethod(Received):
    """A payment method; payments take its id."""

    id: Number
    name: Told = ""


class MethodList(Envelope):
    """The answer to payment.method.list; its page is unknown, the key by analogy."""

    paymentMethods: tuple[ListedMethod, ...] | None = None  # noqa: N815 -- Komet's


class AccountedInvoice(Received):
    """An invoice of invoice.accounting.details.list.

    The documented fields end at `subtotal` where the page could be read; the
    total is taken from `total`, and from subtotal + additionalCharges + tax where
    it is absent.
    """

    number: Number
    customerId: Number  # noqa: N815 -- Komet's
    shipDate: date | None = None  # noqa: N815
    dueDate: date | None = None  # noqa: N815
    subtotal: Loose = Decimal(0)
    additionalCharges: Loose = Decimal(0)  # noqa: N815
    tax: Loose = Decimal(0)
    total: Loose | None = None
    customerPONumber: Told = ""  # noqa: N815
    locationCode: Told = ""  # noqa: N815

    @property
    def amount(self) -> Decimal:
        """Return what the whole invoice comes to."""
        if self.total is not None:
            return self.total
        return self.subtotal + self.additionalCharges + self.tax


class AccountedInvoices(Envelope):
    """The answer to invoice.accounting.details.list."""

    invoices: tuple[AccountedInvoice, ...] | None = None
