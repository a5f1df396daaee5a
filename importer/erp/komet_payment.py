"""The body of payment.receive: what a payment becomes, or why it cannot be sent."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import sha256

from pydantic import ValidationError

from importer.erp import Request, Unpayable, exact_json
from importer.erp.komet_messages import (
    BODY_MOST,
    NOTES_MOST,
    REFERENCE_MOST,
    InvoicePaid,
    PaymentReceive,
)
from importer.model import ZERO, Payment, Share

DEFAULT_METHOD = "default"
INVOICES_MOST = 500
"""So many of the longest invoices, with notes and reference, stay below 64 KB."""

_INVOICE = re.compile(r"[1-9][0-9]{0,9}")
_CUSTOMER = re.compile(r"[1-9][0-9]{0,19}")
_WANTED = {
    "customerId": "a whole number of at most 20 digits",
    "locationCode": "at most 20 characters",
    "methodId": "a whole number of at most 20 digits",
    "totalPayment": "more than 0 and less than 100 million, with two decimals",
    "invoiceNumber": "a whole number of at most 10 digits",
    "amount": "more than 0 and less than 100 million, with two decimals",
    "discount": "0 or more and less than 100 million, with two decimals",
}


def prepared(
    payment: Payment, methods: Mapping[str, int], location: str, overhead: int
) -> Request | Unpayable:
    """Build the exact body, checked against every documented rule.

    `methods` maps kinds of payment, in lower case, to Komet's methodId; a kind
    that is not among them is no guess of ours.  `overhead` are the bytes that
    the token adds.
    """
    kind = payment.kind or DEFAULT_METHOD
    method = methods.get(kind.casefold())
    if method is None:
        return Unpayable(
            f'no payment method is set for the kind "{kind}": '
            f"add it to [erp.methods] of importer.toml"
        )
    try:
        message = _message(payment, method, payment.location or location)
    except ValidationError as error:
        return Unpayable(_sentence(error))
    body = exact_json.write(_plain(message))
    if len(body) + overhead > BODY_MOST:
        number = len(payment.applications)
        return Unpayable(
            f"a payment of {number} invoices is longer than the 64 KB of a request"
        )
    digest = sha256(body).hexdigest()
    return Request(payment, message.reference_number, body, digest)


def parts(
    share: Share, left: Callable[[str], Decimal | None]
) -> tuple[Share, ...] | Unpayable:
    """Cut what would be longer than the 64 KB of a request; the rest goes last."""
    del left
    every = share.applications
    if len(every) <= INVOICES_MOST:
        return (share,)
    starts = range(0, len(every), INVOICES_MOST)
    pieces = [every[start : start + INVOICES_MOST] for start in starts]
    rests = [*(ZERO for _ in pieces[1:]), share.unapplied]
    return tuple(
        Share(share.customer, piece, rest)
        for piece, rest in zip(pieces, rests, strict=True)
    )


def _message(payment: Payment, method: int, location: str) -> PaymentReceive:
    return PaymentReceive.model_validate(
        {
            "customerId": _whole(payment.customer, _CUSTOMER),
            "locationCode": location or None,
            "methodId": method,
            "date": payment.value_date,
            "totalPayment": payment.total,
            "referenceNumber": _reference(payment),
            "notes": _one_line(payment.notes)[:NOTES_MOST],
            "invoices": tuple(
                {
                    "invoiceNumber": _whole(part.invoice, _INVOICE),
                    "amount": part.amount,
                    "discount": part.discount,
                }
                for part in payment.applications
            ),
        }
    )


def _reference(payment: Payment) -> str:
    """Join the bank's own reference, cut to fit, and the whole marker."""
    assert 0 < len(payment.marker) <= REFERENCE_MOST, "the marker is always sent whole"
    room = REFERENCE_MOST - len(payment.marker) - 1
    return f"{_one_line(payment.reference)[:room].strip()} {payment.marker}".strip()


def _one_line(text: str) -> str:
    """Turn control characters and runs of blanks into one blank each.

    Half a surrogate pair, which no text of a bank has, becomes a question mark.
    """
    seen = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(seen.encode("utf-8", "replace").decode("utf-8").split())


def _whole(text: str, pattern: re.Pattern[str]) -> int | str:
    """Return the number that a text is; one that would change by it stays a text."""
    return int(text) if pattern.fullmatch(text) else text


def _plain(message: PaymentReceive) -> dict[str, object]:
    """Give the message as JSON has it: two decimals, an ISO date, no empty key."""

    def paid(one: InvoicePaid) -> dict[str, object]:
        return {
            "invoiceNumber": one.invoice_number,
            "amount": round(one.amount, 2),
            "discount": round(one.discount, 2),
        }

    body: dict[str, object] = {"customerId": message.customer_id}
    if message.location_code:
        body["locationCode"] = message.location_code
    return body | {
        "methodId": message.method_id,
        "date": message.date.isoformat(),
        "totalPayment": round(message.total_payment, 2),
        "referenceNumber": message.reference_number,
        "notes": message.notes,
        "invoices": [paid(one) for one in message.invoices],
    }


def _sentence(error: ValidationError) -> str:
    """Say what Komet wants in place of what it would get."""
    said = []
    for fault in error.errors(include_url=False):
        name = str(fault["loc"][-1]) if fault["loc"] else ""
        if name in _WANTED:
            said.append(
                f'Komet wants {_WANTED[name]} as {name}, not "{fault["input"]}"'
            )
        else:
            said.append(f"{name} {fault['msg']}".strip().removeprefix("Value error, "))
    return "; ".join(said)
