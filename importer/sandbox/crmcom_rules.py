"""The rules of payments/pay_invoice: documented ones always, others by a switch."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from importer.sandbox.book import Book, NewPayment, Part, Row

_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "accounts_receivable_identifier": ("id", "number", "name"),
    "wallet_identifier": ("id", "number"),
    "type_identifier": ("id", "name", "alternative_code"),
    "category_identifier": ("id", "name", "code"),
    "payment_method_identifier": ("id", "name", "code"),
    "invoice_identifier": ("id", "number", "reference_number", "back_office_code"),
    "payment_identifier": ("id", "number", "reference_number", "back_office_code"),
    "received_by_user_identifier": ("id", "username"),
    "received_by_unit_identifier": ("id", "name", "alternative_code"),
    "received_by_business_unit_identifier": ("id", "name", "code"),
    "card_identifier": ("id", "payment_gateway_reference_number", "last_digits"),
}
_MANDATORY = ("type_identifier", "payment_method_identifier", "invoice_identifier")
_TEXTS = ("notes", "back_office_code", "fields_set")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
STATES: Mapping[int, str] = {0: "DRAFT", 1: "POSTED", 2: "DRAFT", 4: "CANCELLED"}


class Denial(Exception):
    """CRM.COM says no, by a code and a text that are ours."""

    def __init__(self, code: str, said: str) -> None:
        """Keep both."""
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Switches:
    """What CRM.COM's documents leave open; each default is the more dangerous one.

    `pays_nothing` makes a payment of 0 where nothing is outstanding, `pays_unposted`
    pays drafts and what is cancelled, `pays_of_others` an invoice of another accounts
    receivable.  `unique_codes` false takes a back_office_code twice, against the
    document.  `token_kind` is jwt, or old for those before R12; `token_seconds` is
    how long one lives, or is idle.  `page_most` caps number_of_results, `page` is
    the default.  `said` is the message that comes with OK.  `gateway_methods` are
    the methods that charge a card.  `show_lag` is how long a payment is not shown.
    """

    release: int = 18
    types: tuple[str, ...] = ("Invoice Payment",)
    gateway_methods: tuple[str, ...] = ()
    unique_codes: bool = True
    pays_nothing: bool = True
    pays_unposted: bool = True
    pays_of_others: bool = True
    wallets: bool = False
    closed_months: tuple[str, ...] = ()
    failure_status: int = 200
    token_status: int = 200
    token_kind: str = "jwt"  # noqa: S105 -- a kind, not a token
    token_seconds: int = 7200
    said: str = ""
    not_found: str = "The requested entity was not found."
    unsettled_cents: int = 0
    page: int = 20
    page_most: int = 50
    invoice_prefix: str = ""
    show_lag: float = 0  # seconds


def parsed(body: str) -> dict[str, Any]:
    """Read the JSON of a request, with exact numbers; raises `Denial`."""
    try:
        found = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as error:
        raise Denial("INVALID_REQUEST", f"This is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Denial("INVALID_REQUEST", "This is not a JSON object.")
    return found


def queried(query: Mapping[str, str], name: str) -> tuple[str, str]:
    """Read `name=field=value` of an address; raises `Denial`."""
    field, _, value = query.get(name, "").partition("=")
    if field not in _ALLOWED[name] or not value:
        raise Denial("INVALID_PARAMETER", f"{name} is not given as it must be.")
    return field, value


def ordered(body: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Read an identifier of a body: exactly one of its fields; raises `Denial`."""
    found = body.get(name)
    if not isinstance(found, dict) or len(found) != 1:
        raise Denial("INVALID_PARAMETER", f"{name} needs exactly one field.")
    ((field, value),) = found.items()
    if field not in _ALLOWED[name] or not isinstance(value, str) or not value:
        raise Denial("INVALID_PARAMETER", f"{name} may not be given by {field}.")
    return field, value


def payment(body: Mapping[str, Any], book: Book, switches: Switches) -> NewPayment:
    """Check an order against every rule, and return what it pays."""
    for name in _MANDATORY:
        if body.get(name) is None:
            raise Denial("MISSING_PARAMETER", f"{name} is mandatory.")
    for name in _ALLOWED:
        if body.get(name) is not None:
            ordered(body, name)
    _check_scalars(body)
    receivable = _receivable(body, book, switches)
    method = _method(body, book, switches)
    if ordered(body, "type_identifier")[1] not in switches.types:
        raise Denial("NOT_FOUND", "The financial transaction type does not exist.")
    when = _received_on(body, switches)
    invoice = invoice_of(book, ordered(body, "invoice_identifier"), switches)
    if invoice is None:
        raise Denial("NOT_FOUND", switches.not_found)
    _check_invoice(invoice, receivable, switches)
    left = book.open_cents(invoice["number"])
    if left <= 0 and not switches.pays_nothing:
        raise Denial("INVALID_STATE", "The invoice has no outstanding amount.")
    code = body.get("back_office_code") or ""
    if code and switches.unique_codes and _is_taken(code, book):
        raise Denial("DUPLICATE", "The back office code is already used.")
    return NewPayment(
        customer=receivable,
        method=method,
        location="",
        date=when,
        cents=max(left, 0),
        reference=code,
        notes=body.get("notes") or "",
        parts=(Part(invoice["number"], max(left, 0), 0),),
    )


def invoice_of(book: Book, named: tuple[str, str], switches: Switches) -> Row | None:
    """Find an invoice by one of its fields."""
    field, value = named
    match field:
        case "number":
            value = value.removeprefix(switches.invoice_prefix)
            column = "number"
        case "id":
            value, column = _from_hex(value), "id"
        case "reference_number":
            column = "id"
        case _:
            return None
    if not value.isdecimal():
        return None
    rows = book.rows(f"SELECT * FROM invoice WHERE {column} = ?", int(value))  # noqa: S608 -- our own names
    return rows[0] if rows else None


def receivable_of(book: Book, named: tuple[str, str]) -> Row | None:
    """Find an accounts receivable: its number is the id of a customer."""
    field, value = named
    if field == "name":
        rows = book.rows("SELECT * FROM customer WHERE name = ?", value)
        return rows[0] if rows else None
    number = value if field == "number" else _from_hex(value)
    if not number.isdecimal():
        return None
    rows = book.rows("SELECT * FROM customer WHERE id = ?", int(number))
    return rows[0] if rows else None


def hexed(number: int) -> str:
    """Write an id as CRM.COM does."""
    return f"{number:032X}"


def _from_hex(text: str) -> str:
    return str(int(text, 16)) if re.fullmatch(r"[0-9A-F]{32}", text) else ""


def _check_scalars(body: Mapping[str, Any]) -> None:
    for name, value in body.items():
        texts = name in _TEXTS or name.startswith("udf_string")
        if texts and value is not None and not isinstance(value, str):
            raise Denial("INVALID_PARAMETER", f"{name} is not a String.")
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if name.startswith("udf_float") and value is not None and not is_number:
            raise Denial("INVALID_PARAMETER", f"{name} is not a Float.")
        if name.startswith("udf_date") and value is not None:
            _moment(name, value)


def _receivable(body: Mapping[str, Any], book: Book, switches: Switches) -> int:
    given = [
        name
        for name in ("accounts_receivable_identifier", "wallet_identifier")
        if body.get(name) is not None
    ]
    if len(given) != 1:
        raise Denial(
            "INVALID_PARAMETER", "Only one of the semi-optional parameters is allowed."
        )
    if given == ["wallet_identifier"] and not switches.wallets:
        raise Denial("INVALID_PARAMETER", "The wallet_identifier is not applicable.")
    found = receivable_of(book, ordered(body, given[0]))
    if found is None:
        raise Denial("NOT_FOUND", "The accounts receivable does not exist.")
    return int(found["id"])


def _method(body: Mapping[str, Any], book: Book, switches: Switches) -> int:
    field, value = ordered(body, "payment_method_identifier")
    column = "id" if field == "id" else "name"
    rows = book.rows(f"SELECT * FROM method WHERE {column} = ? AND active", value)  # noqa: S608 -- our own names
    if not rows:
        raise Denial("NOT_FOUND", "The payment method does not exist.")
    if rows[0]["name"] in switches.gateway_methods and not body.get("card_identifier"):
        raise Denial("MISSING_PARAMETER", "card_identifier is mandatory.")
    return int(rows[0]["id"])


def _check_invoice(invoice: Row, receivable: int, switches: Switches) -> None:
    if STATES.get(invoice["status"]) != "POSTED" and not switches.pays_unposted:
        raise Denial("INVALID_STATE", "The invoice is not posted.")
    if invoice["customer"] != receivable and not switches.pays_of_others:
        raise Denial("INVALID_STATE", "The invoice is of another account.")


def _received_on(body: Mapping[str, Any], switches: Switches) -> str:
    given = body.get("received_on")
    if given is None:
        return datetime.now().date().isoformat()  # noqa: DTZ005 -- a civil date
    _moment("received_on", given)
    if given[:7] in switches.closed_months:
        raise Denial("INVALID_STATE", "The accounting period is closed.")
    return str(given[:10])


def _moment(name: str, value: object) -> None:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise Denial("INVALID_PARAMETER", f"{name} is not a Date.")


def _is_taken(code: str, book: Book) -> bool:
    return bool(book.rows("SELECT 1 FROM payment WHERE reference = ?", code))


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
