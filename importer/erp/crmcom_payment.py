"""The body of payments/pay_invoice: what a payment becomes, or why it cannot.

pay_invoice has no amount and takes one invoice: it pays what is outstanding.  So a
payment is cut into one for each invoice (`parts`), and what is short, over, on no
invoice, less a discount or a credit is for a person, in CRM.COM itself.

Pure: what is outstanding is asked for elsewhere, just before it is sent.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from importer.erp import Request, Unpayable, exact_json
from importer.erp.crmcom_messages import InvoiceShort
from importer.erp.crmcom_options import Options, identified
from importer.erp.crmcom_order import (
    AccountsReceivable,
    BusinessUnit,
    Order,
    PaymentMethod,
    TransactionCategory,
    TransactionType,
    Unit,
    User,
)
from importer.model import ZERO, Payment, Share

DEFAULT_METHOD = "default"
NOTES_MOST = 500
POSTED = "POSTED"

_FILL = re.compile(r"\{(\w+)\}")
_BY_HAND = "enter it in CRM.COM, then write: posted and the number that it has there"
_OPTIONAL: tuple[tuple[str, str, type[Any]], ...] = (
    ("category_identifier", "category", TransactionCategory),
    ("received_by_user_identifier", "received_by_user", User),
    ("received_by_unit_identifier", "received_by_unit", Unit),
    (
        *("received_by_business_unit_identifier", "received_by_business_unit"),
        BusinessUnit,
    ),
)


def parts(
    share: Share, left: Callable[[str], Decimal | None]
) -> tuple[Share, ...] | Unpayable:
    """Cut what a customer pays into one share for each invoice.

    `left` says what is open on an invoice by the books, nothing where they do not
    know it.
    """
    if not share.applications:
        return Unpayable(
            f"{share.unapplied} is on no invoice, and CRM.COM's pay_invoice pays "
            f"invoices only: {_BY_HAND}"
        )
    if share.unapplied:
        return Unpayable(
            f"{share.unapplied} is over, and CRM.COM's pay_invoice takes exactly what "
            f"is outstanding on an invoice: {_BY_HAND}"
        )
    for one in share.applications:
        if one.amount <= ZERO:
            return Unpayable(
                f"{one.amount} on {one.invoice} is a credit, and CRM.COM's pay_invoice "
                f"takes payments only: {_BY_HAND}"
            )
        if one.discount:
            return Unpayable(
                f"{one.invoice} would be paid less {one.discount} of discount, and "
                f"CRM.COM's pay_invoice always pays all that is outstanding: {_BY_HAND}"
            )
        owed = left(one.invoice)
        if owed is not None and one.amount != owed:
            return Unpayable(_other_amount(one.invoice, one.amount, owed))
    return tuple(Share(share.customer, (one,)) for one in share.applications)


def not_one(payment: Payment) -> Unpayable | None:
    """Say why a payment is not one for exactly one invoice."""
    share = Share(payment.customer, payment.applications, payment.unapplied)
    cut = parts(share, lambda _: None)
    if isinstance(cut, Unpayable):
        return cut
    if len(cut) == 1:
        return None
    return Unpayable(
        f"it pays {len(cut)} invoices at once, as another ERP would take it: write "
        "post, and it is cut into as many payments"
    )


def _like(paid: Decimal, amount: Decimal) -> Decimal:
    """Return what CRM.COM says with at least as many decimals as the bank has."""
    return amount + 0 * paid


def _other_amount(invoice: str, paid: Decimal, owed: Decimal) -> str:
    kind = "short" if paid < owed else "over"
    return (
        f"{paid} is paid on {invoice}, of which {_like(paid, owed)} is outstanding "
        f"({kind}), and "
        f"CRM.COM's pay_invoice always pays all that is outstanding: {_BY_HAND}"
    )


def unpayable(payment: Payment, found: InvoiceShort | None) -> Unpayable | None:
    """Say why CRM.COM would not pay this invoice by exactly this amount."""
    (part,) = payment.applications
    if found is None:
        return Unpayable(
            f"CRM.COM has no invoice {part.invoice}: write post and which it is"
        )
    if found.life_cycle_state != POSTED:
        state = found.life_cycle_state or "without a state"
        return Unpayable(f"invoice {part.invoice} is {state} in CRM.COM, not {POSTED}")
    owed, unsettled = found.outstanding_amount, found.unsettled_amount
    if owed != part.amount:
        if owed <= ZERO:
            return Unpayable(
                f"nothing is outstanding on {part.invoice} in CRM.COM any more: "
                "somebody has entered a payment; if it is this one, write: posted and "
                "the number that it has there"
            )
        return Unpayable(_other_amount(part.invoice, part.amount, owed))
    if unsettled is not None and unsettled != owed:
        other = _like(part.amount, unsettled)
        return Unpayable(
            f"on {part.invoice} {part.amount} is outstanding but {other} is "
            f"unsettled, and it is not known which of them pay_invoice pays: {_BY_HAND}"
        )
    rate = found.currency_rate_period
    currency = rate.currency.code if rate and rate.currency else ""
    if currency and payment.currency and currency != payment.currency:
        return Unpayable(
            f"invoice {part.invoice} is in {currency}, the payment in "
            f"{payment.currency}: {_BY_HAND}"
        )
    return None


def prepared(
    payment: Payment,
    methods: Mapping[str, str],
    options: Options,
    invoice: Mapping[str, str],
) -> Request | Unpayable:
    """Build the exact body, checked against every documented rule.

    `methods` maps kinds of payment, in lower case, to CRM.COM's methods; `invoice`
    identifies the invoice that was looked at.
    """
    kind = payment.kind or DEFAULT_METHOD
    method = methods.get(kind.casefold())
    if method is None:
        return Unpayable(
            f'no payment method is set for the kind "{kind}": '
            f"add it to [erp.methods] of importer.toml"
        )
    try:
        order = Order.of(_values(payment, method, options, invoice), options.release)
    except _Unfillable as error:
        return Unpayable(str(error))
    except ValidationError as error:
        return Unpayable(_sentence(error))
    body = exact_json.write(_plain(order))
    return Request(payment, payment.marker, body, sha256(body).hexdigest())


def _values(
    payment: Payment, method: str, options: Options, invoice: Mapping[str, str]
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "accounts_receivable_identifier": identified(
            AccountsReceivable, payment.customer
        ),
        "type_identifier": identified(TransactionType, options.type),
        "payment_method_identifier": identified(PaymentMethod, method),
        "invoice_identifier": dict(invoice),
        "received_on": datetime.combine(payment.value_date, time()),
        "notes": _one_line(f"{payment.reference} {payment.notes}")[:NOTES_MOST],
        "back_office_code": payment.marker,
    }
    for name, key, kind in _OPTIONAL:
        if text := getattr(options, key):
            values[name] = identified(kind, text)
    if options.fields_set:
        values["fields_set"] = options.fields_set
    for name, template in options.user_defined.items():
        if filled := _filled(name, template, payment):
            values[name] = _typed(name, filled)
    return values


FILLS: Mapping[str, Callable[[Payment], str]] = {
    "reference": lambda one: one.reference,
    "notes": lambda one: one.notes,
    "kind": lambda one: one.kind,
    "location": lambda one: one.location,
    "customer_name": lambda one: one.customer_name,
    "currency": lambda one: one.currency,
    "value_date": lambda one: one.value_date.isoformat(),
    "amount": lambda one: str(one.total),
    "marker": lambda one: one.marker,
}
"""What may stand in braces in a field that the installation defined."""


class _Unfillable(ValueError):
    """A field that the installation defined cannot have what it would get."""


def _filled(name: str, template: str, payment: Payment) -> str:
    def fill(found: re.Match[str]) -> str:
        word = FILLS.get(found[1])
        if word is None:
            known = ", ".join(FILLS)
            raise _Unfillable(
                f'[erp.options] {name}: a payment has no "{found[1]}", but {known}'
            )
        return _one_line(word(payment))

    return _FILL.sub(fill, template).strip()


def _typed(name: str, text: str) -> str | Decimal | date:
    try:
        if name.startswith("udf_float"):
            return Decimal(text)
        return date.fromisoformat(text) if name.startswith("udf_date") else text
    except (InvalidOperation, ValueError):
        raise _Unfillable(f'[erp.options] {name} cannot be "{text}"') from None


def _plain(order: Order) -> dict[str, object]:
    """Give the body as JSON has it, without what is not said."""
    said = order.model_dump(exclude_none=True, exclude={"token"})
    return {name: _written(value) for name, value in said.items()}


def _written(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return datetime.combine(value, time()).isoformat(timespec="seconds")
        case _:
            return value


def _one_line(text: str) -> str:
    """Turn control characters and runs of blanks into one blank each."""
    seen = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(seen.encode("utf-8", "replace").decode("utf-8").split())


def _sentence(error: ValidationError) -> str:
    said = []
    for fault in error.errors(include_url=False):
        where = ".".join(map(str, fault["loc"]))
        what = fault["msg"].removeprefix("Value error, ")
        said.append(f"{where} {what}".strip())
    return "; ".join(said)
