"""One organisation of CRM.COM, over the same book as Komet's company.

A customer is an accounts receivable whose number is the customer's id, an invoice
keeps its number, and its reference number is its id.  Who logs in is the user
`sandbox` of the organisation `DEMO`, with any of the sandbox's tokens as password,
or that token as web API key.

All its codes and texts but `OK` are invented: no document has a list of them.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from importer.sandbox.book import Book, Row, now, written
from importer.sandbox.crmcom_rules import (
    STATES,
    Denial,
    Switches,
    hexed,
    invoice_of,
    parsed,
    payment,
    queried,
    receivable_of,
)
from importer.sandbox.crmcom_tokens import LOG_IN, Tokens
from importer.sandbox.komet import Call
from importer.sandbox.wire import Document, Reply, amount

PAY = "payments/pay_invoice"
METHODS = (
    *(PAY, "payments/show", "invoices/show", "invoices/list"),
    "accounts_receivable/show",
)
_TABLE = "CREATE TABLE IF NOT EXISTS crmcom (payment INTEGER, body TEXT)"


class Organisation:
    """The book, the tokens and the switches, behind CRM.COM's door."""

    def __init__(
        self,
        book: Book,
        passwords: Mapping[str, str],
        switches: Switches,
        tokens: Tokens,
    ) -> None:
        """Serve a book; the keys of `passwords` let the user in."""
        self._book = book
        self._passwords = passwords
        self._switches = switches
        self._tokens = tokens
        with book.transaction():
            book.change(_TABLE)

    def answer(self, call: Call) -> Reply:
        """Answer one call; what it changes is in the book when this returns."""
        try:
            if call.method.startswith("authentication/"):
                data: object = self._authenticated(call)
            elif call.method not in METHODS:
                return Reply(404, denial("NOT_FOUND", f"There is no {call.method}."))
            else:
                given = (
                    parsed(call.body).get("token")
                    if call.verb == "POST"
                    else call.query.get("token")
                )
                if not self._tokens.is_alive(given, self._switches):
                    said = denial("INVALID_TOKEN", "The token is not valid.")
                    return Reply(self._switches.token_status, said)
                data = self._granted(call)
        except Denial as error:
            said = denial(error.code, str(error))
            return Reply(self._switches.failure_status, said)
        said = {"code": "OK", "description": "", "message": self._switches.said}
        return Reply(200, {"data": data, "status": said})

    def lagging(self, seconds: float) -> Self:  # seconds
        """Return the same organisation, which shows payments that are so old."""
        switches = replace(self._switches, show_lag=seconds)
        return type(self)(self._book, self._passwords, switches, self._tokens)

    def no(self, said: str) -> Document:
        """Say no in general, as CRM.COM does."""
        return denial("ERROR", said)

    def apply_due(self) -> None:
        """Apply what was put off and whose time has come; a refusal is nobody's."""
        for late in self._book.take_due(PAY):
            call = Call(
                *(PAY, "POST", {}, late["body"], late["received_at"]), late["request"]
            )
            try:
                self._pay(call, late["due_at"])
            except Denial:
                continue

    def _authenticated(self, call: Call) -> Document:
        if call.verb != "POST":
            raise Denial("INVALID_REQUEST", "This wants POST.")
        said = parsed(call.body or "{}")
        match call.method:
            case "authentication/token":
                named = (said.get("username"), said.get("organisation"))
                is_known = named == LOG_IN and said.get("password") in self._passwords
            case "authentication/web_api_key/token":
                is_known = _api_key(call.authorization) in self._passwords
            case _:
                raise Denial("NOT_FOUND", f"There is no {call.method}.")
        if not is_known:
            raise Denial("INVALID_CREDENTIALS", "The credentials are not valid.")
        return {"token": self._tokens.give(self._switches)}

    def _granted(self, call: Call) -> object:
        if call.method == PAY:
            if call.verb != "POST":
                raise Denial("INVALID_REQUEST", "This wants POST.")
            return self._pay(call, "")
        return _trimmed(self._asked(call), call.query.get("fields_set"))

    def _asked(self, call: Call) -> object:
        match call.method:
            case "payments/show":
                return self._show_payment(call.query)
            case "invoices/show":
                return self._show_invoice(call.query)
            case "invoices/list":
                return self._list_invoices(call.query)
            case _:
                return self._show_receivable(call.query)

    def _pay(self, call: Call, at: str) -> Document:
        body = parsed(call.body)
        with self._book.transaction():
            new = payment(body, self._book, self._switches)
            moment = at or now()
            control = self._book.apply(new, call.received_at, moment, call.request)
            row = self._book.rows("SELECT * FROM payment WHERE control = ?", control)[0]
            kept = json.dumps(
                {key: value for key, value in body.items() if key != "token"},
                default=str,
            )
            self._book.change("INSERT INTO crmcom VALUES (?, ?)", row["id"], kept)
        short = _trimmed(_short(row), body.get("fields_set"))
        assert isinstance(short, dict), "it is one payment"
        return short

    def _show_payment(self, query: Mapping[str, str]) -> Document:
        field, value = queried(query, "payment_identifier")
        column = {"back_office_code": "reference", "number": "control"}.get(field, "id")
        if field == "id":
            value = str(int(value, 16)) if value.isalnum() else ""
        visible = written(
            datetime.now(UTC) - timedelta(seconds=self._switches.show_lag)
        )
        rows = self._book.rows(
            f"SELECT * FROM payment WHERE {column} = ? AND applied_at <= ?"  # noqa: S608 -- our own names
            " ORDER BY id",
            *(value, visible),
        )
        if not rows:
            raise Denial("NOT_FOUND", self._switches.not_found)
        return self._full(rows[0])

    def _full(self, row: Row) -> Document:
        applied = self._book.rows(
            "SELECT i.* FROM applied a JOIN invoice i ON i.number = a.invoice"
            " WHERE a.payment = ?",
            row["id"],
        )
        kept = self._book.rows("SELECT body FROM crmcom WHERE payment = ?", row["id"])
        body: dict[str, Any] = json.loads(kept[0]["body"]) if kept else {}
        udf = {key: value for key, value in body.items() if key.startswith("udf_")}
        return _short(row) | {
            "received_on": f"{row['date']}T00:00:00",
            "notes": row["notes"],
            "back_office_code": row["reference"],
            "invoices_to_pay_set": [self._invoice(one) for one in applied],
            **udf,
        }

    def _show_invoice(self, query: Mapping[str, str]) -> Document:
        named = queried(query, "invoice_identifier")
        found = invoice_of(self._book, named, self._switches)
        if found is None:
            raise Denial("NOT_FOUND", self._switches.not_found)
        return self._invoice(found)

    def _list_invoices(self, query: Mapping[str, str]) -> list[Document]:
        named = queried(query, "accounts_receivable_identifier")
        found = receivable_of(self._book, named)
        if found is None:
            raise Denial("NOT_FOUND", self._switches.not_found)
        rows = self._book.rows(
            "SELECT * FROM invoice WHERE customer = ? ORDER BY number", found["id"]
        )
        start = int(query.get("offset") or 0)
        wanted = int(query.get("number_of_results") or self._switches.page)
        most = min(wanted, self._switches.page_most)
        return [self._invoice(one) for one in rows[start : start + most]]

    def _show_receivable(self, query: Mapping[str, str]) -> Document:
        named = queried(query, "accounts_receivable_identifier")
        found = receivable_of(self._book, named)
        if found is None:
            raise Denial("NOT_FOUND", self._switches.not_found)
        return {
            "id": hexed(found["id"]),
            "type": "CUSTOMER",
            "number": str(found["id"]),
            "name": found["name"],
        }

    def _invoice(self, row: Row) -> Document:
        left = self._book.open_cents(row["number"])
        return {
            "id": hexed(row["id"]),
            "number": f"{self._switches.invoice_prefix}{row['number']}",
            "reference_number": str(row["id"]),
            "life_cycle_state": STATES.get(row["status"], "REJECTED"),
            "total_amount": _number(row["cents"]),
            "outstanding_amount": _number(left),
            "unsettled_amount": _number(left + self._switches.unsettled_cents),
            "issued_on": f"{row['date']}T00:00:00",
            "due_on": f"{row['due']}T00:00:00" if row["due"] else None,
        }


def denial(code: str, said: str) -> Document:
    """Say no by the documented envelope."""
    return {"status": {"code": code, "message": said, "description": None}}


def _short(row: Row) -> Document:
    moment = row["applied_at"][:19]
    return {
        "payment_amount": _number(row["cents"]),
        "issued_on": moment,
        "life_cycle_state": "CANCELLED" if row["cancelled"] else "POSTED",
        "number": str(row["control"]),
        "id": hexed(row["id"]),
        "reference_number": str(row["id"]),
        "posted_on": moment,
        "currency_rate_period": None,
    }


def _trimmed(data: object, fields: object) -> object:
    """Leave of one thing what `fields_set` names."""
    if not isinstance(data, dict) or not isinstance(fields, str) or not fields:
        return data
    names = fields.split(",")
    return {key: value for key, value in data.items() if key in names}


def _number(cents: int) -> object:
    """Write an amount as the samples do: without decimals where there are none."""
    return cents // 100 if cents % 100 == 0 else amount(cents)


def _api_key(authorization: str) -> str:
    kind, _, pair = authorization.partition(" ")
    try:
        said = base64.b64decode(pair).decode() if kind == "Basic" else ""
    except ValueError:
        said = ""
    return said.partition(":")[0]
