"""The rules of payment.receive: documented ones always, others by a switch."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from importer.sandbox.book import Book, NewPayment, Part, cents
from importer.sandbox.wire import Refusal

_DECIMAL_MOST = Decimal("99999999.99")
REQUEST_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Switches:
    """What Komet's documents leave open; each default is the more dangerous one.

    `failure_status` is the HTTP status of a refusal, `token_status` that of a bad
    token.  `quota` is how a spent quota shows: 429, 403, 200 (with the envelope)
    or html.  `total_with_unapplied` says whether paymentTotal of payment.list has
    the overpaid part, too (the formula of the document leaves it out).
    `lists_unapplied` false hides payments without invoices from payment.list;
    here the default is the harmless one, because no client could cope otherwise.
    `reference_shown` cuts checkReference in lists.  `latency` and `list_lag` are
    seconds: before each answer, and before payment.list shows a payment.
    """

    strict_invoices_required: bool = False
    multi_location: bool = False
    overpaid_invoice: bool = True
    same_reference: bool = True
    date_before_invoice: bool = True
    closed_months: tuple[str, ...] = ()
    daily_calls: int | None = None
    failure_status: int = 200
    token_status: int = 200
    quota: str = "429"
    total_with_unapplied: bool = False
    lists_unapplied: bool = True
    reference_shown: int = 50
    empty_status: int = 0
    list_lag: float = 0  # seconds
    latency: float = 0  # seconds
    methods_granted: tuple[str, ...] = ()


def parsed(body: str) -> dict[str, Any]:
    """Read the JSON of a request, with exact numbers; raises `Refusal`."""
    try:
        found = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as error:
        raise Refusal(f"The request is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refusal("The request is not a JSON object.")
    return found


def payment(body: Mapping[str, Any], book: Book, switches: Switches) -> NewPayment:
    """Check a payment against every rule; raises `Refusal` with the first broken."""
    customer = _customer(body, book)
    when = _day(body)
    if when[:7] in switches.closed_months:
        raise Refusal("The accounting period of the payment date is closed.")
    parts = _parts(body, switches)
    paid = sum(part.cents for part in parts)
    total = paid if body.get("totalPayment") is None else _money(body, "totalPayment")
    if total < paid:
        raise Refusal("totalPayment must be at least the total of the invoices.")
    if total <= 0:
        raise Refusal("The payment has no amount.")
    found = NewPayment(
        customer=customer,
        method=_method(body, book),
        location=_location(body, book, switches),
        date=when,
        cents=total,
        reference=_text(body, "referenceNumber", 100),
        notes=_text(body, "notes", 200),
        parts=parts,
    )
    for part in parts:
        _check_invoice(part, found, book, switches)
    _check_reference(found, book, switches)
    return found


def _customer(body: Mapping[str, Any], book: Book) -> int:
    number = _whole(body, "customerId", 20)
    rows = book.rows("SELECT active FROM customer WHERE id = ?", number)
    if not rows:
        raise Refusal("The customer does not exist.")
    if not rows[0]["active"]:
        raise Refusal("The customer is not active.")
    return number


def _method(body: Mapping[str, Any], book: Book) -> int:
    number = _whole(body, "methodId", 20)
    rows = book.rows("SELECT active FROM method WHERE id = ?", number)
    if not rows or not rows[0]["active"]:
        raise Refusal("The payment method does not exist.")
    return number


def _location(body: Mapping[str, Any], book: Book, switches: Switches) -> str:
    code = _text(body, "locationCode", 20)
    if not code and switches.multi_location:
        raise Refusal("locationCode is required.")
    if code and not book.rows("SELECT 1 FROM location WHERE code = ?", code):
        raise Refusal("The location does not exist.")
    return code


def _parts(body: Mapping[str, Any], switches: Switches) -> tuple[Part, ...]:
    found = body.get("invoices")
    if found is None and not switches.strict_invoices_required:
        return ()
    if not isinstance(found, list) or (not found and switches.strict_invoices_required):
        raise Refusal("invoices is required.")
    parts = []
    for one in found:
        if not isinstance(one, dict):
            raise Refusal("invoices has something that is no invoice.")
        amount = _money(one, "amount")
        discount = 0 if one.get("discount") is None else _money(one, "discount")
        if amount <= 0 or discount < 0:
            raise Refusal("The amount of an invoice must be more than 0.")
        parts.append(Part(_whole(one, "invoiceNumber", 10), amount, discount))
    numbers = [part.invoice for part in parts]
    if len(set(numbers)) < len(numbers):
        raise Refusal("An invoice stands twice.")
    return tuple(parts)


def _check_invoice(part: Part, new: NewPayment, book: Book, switches: Switches) -> None:
    rows = book.rows("SELECT * FROM invoice WHERE number = ?", part.invoice)
    if not rows or rows[0]["status"] not in (0, 1):
        raise Refusal(f"Invoice {part.invoice} does not exist.")
    invoice = rows[0]
    if invoice["customer"] != new.customer:
        raise Refusal(f"Invoice {part.invoice} is of another customer.")
    if not switches.date_before_invoice and new.date < invoice["date"]:
        raise Refusal(f"Invoice {part.invoice} is later than the payment.")
    left = book.open_cents(part.invoice)
    if not switches.overpaid_invoice and part.cents + part.discount > left:
        raise Refusal(f"The amount is more than what is open on {part.invoice}.")


def _check_reference(new: NewPayment, book: Book, switches: Switches) -> None:
    if switches.same_reference or not new.reference:
        return
    if book.rows("SELECT 1 FROM payment WHERE reference = ?", new.reference):
        raise Refusal("The reference number exists already.")


def _whole(body: Mapping[str, Any], key: str, digits: int) -> int:
    found = body.get(key)
    if found is None or found == "":
        raise Refusal(f"{key} is required.")
    if isinstance(found, bool) or not isinstance(found, int | str):
        raise Refusal(f"{key} is not an integer.")
    if not re.fullmatch(rf"[0-9]{{1,{digits}}}", str(found)):
        raise Refusal(f"{key} is not an integer:{digits}.")
    return int(found)


def _money(body: Mapping[str, Any], key: str) -> int:
    found = body.get(key)
    if isinstance(found, bool) or not isinstance(found, int | str | Decimal):
        raise Refusal(f"{key} is required and is a decimal:10,2.")
    try:
        amount = Decimal(found)
        if not amount.is_finite() or abs(amount) > _DECIMAL_MOST:
            raise Refusal(f"{key} is not a decimal:10,2.")
        return cents(amount)
    except (InvalidOperation, ValueError):
        raise Refusal(f"{key} is not a decimal:10,2.") from None


def _text(body: Mapping[str, Any], key: str, longest: int) -> str:
    found = body.get(key)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > longest:
        raise Refusal(f"{key} is not a string:{longest}.")
    return found


def _day(body: Mapping[str, Any]) -> str:
    found = body.get("date")
    if not isinstance(found, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", found):
        raise Refusal("date is required, as YYYY-MM-DD.")
    try:
        return date.fromisoformat(found).isoformat()
    except ValueError:
        raise Refusal("date does not exist.") from None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
