"""One Komet company: a call comes in, a document goes out, the book is changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from importer.sandbox import lists
from importer.sandbox.book import Book, now, written
from importer.sandbox.rules import REQUEST_MOST, Switches, parsed, payment
from importer.sandbox.wire import Document, Refusal, Reply, failure

LOGIN = ("sandbox", "sandbox")

_COMPANY = frozenset({"company"})
_VENDOR_TOO = frozenset({"company", "vendor"})
_CUSTOMER_TOO = frozenset({"company", "customer"})

Lister = Callable[[Book, lists.Query, Switches], Document]

# Which tokens may call what; the first two change the book and are below.
GRANTS: Mapping[str, frozenset[str]] = {
    "payment.receive": _COMPANY,
    "payment.mark.sync": _COMPANY,
    "payment.list": _COMPANY,
    "payment.method.list": _COMPANY,
    "customer.list": _VENDOR_TOO,
    "location.list": _COMPANY,
    "invoice.list": _CUSTOMER_TOO,
    "invoice.details.list": _CUSTOMER_TOO,
    "invoice.accounting.details.list": _COMPANY,
}
_LISTS: Mapping[str, Lister] = {
    "payment.list": lists.payments,
    "payment.method.list": lists.methods,
    "customer.list": lists.customers,
    "location.list": lists.locations,
    "invoice.list": lists.invoices(lists.short_invoice, lists.HALF_A_YEAR_DAYS),
    "invoice.details.list": lists.invoices(lists.detailed_invoice, lists.DETAILS_DAYS),
    "invoice.accounting.details.list": lists.invoices(
        lists.accounting_invoice, lists.ACCOUNTING_DAYS
    ),
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is there in full; `request` is its number in the book."""

    method: str
    verb: str
    query: lists.Query
    body: str
    received_at: str
    request: int
    authorization: str = ""


class Company:
    """The book, the tokens and the switches, behind one door."""

    def __init__(
        self, book: Book, tokens: Mapping[str, str], switches: Switches
    ) -> None:
        """Serve a book; `tokens` maps a token to company, customer or vendor."""
        self._book = book
        self._tokens = tokens
        self._switches = switches

    def answer(self, call: Call) -> Reply:
        """Answer one call; what it changes is in the book when this returns."""
        try:
            if self._is_quota_spent():
                return quota_spent(self._switches.quota)
            if call.method not in GRANTS and call.method != "login":
                return Reply(404, failure(f"There is no method {call.method}."))
            if len(call.body.encode()) > REQUEST_MOST:
                return self._refused("The request is larger than 64 KB.")
            if said := self._refused_token(call):
                return Reply(self._switches.token_status, failure(said))
            return Reply(200, self._granted(call))
        except Refusal as refusal:
            return self._refused(str(refusal))

    def lagging(self, seconds: float) -> Self:  # seconds
        """Return the same company, with a payment.list that is so old."""
        switches = replace(self._switches, list_lag=seconds)
        return type(self)(self._book, self._tokens, switches)

    def no(self, said: str) -> Document:
        """Say no in general, as Komet does."""
        return failure(said)

    def apply_due(self) -> None:
        """Apply what was put off and whose time has come; a refusal is nobody's."""
        for late in self._book.take_due("payment.receive"):
            call = Call(
                *("payment.receive", "POST", {}, late["body"], late["received_at"]),
                late["request"],
            )
            try:
                self._receive(call, late["due_at"])
            except Refusal:
                continue

    def _refused(self, said: str) -> Reply:
        return Reply(self._switches.failure_status, failure(said))

    def _granted(self, call: Call) -> Document:
        match call.method:
            case "login":
                return self._log_in(call)
            case "payment.receive":
                return self._receive(call, "")
            case "payment.mark.sync":
                return self._mark_synced(call)
            case method:
                return _LISTS[method](self._book, call.query, self._switches)

    def _is_quota_spent(self) -> bool:
        most = self._switches.daily_calls
        if most is None:
            return False
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return self._book.calls_since(written(midnight)) > most

    def _refused_token(self, call: Call) -> str:
        if call.method == "login":
            return ""
        if call.verb == "POST" and call.body.strip():
            token = parsed(call.body).get("authenticationToken")
        else:
            token = call.query.get("authenticationToken")
        kind = self._tokens.get(str(token))
        granted = self._switches.methods_granted
        if kind is None:
            return "The authentication token is not valid."
        if kind not in GRANTS[call.method] or (granted and call.method not in granted):
            return f"The token is not granted the method {call.method}."
        return ""

    def _log_in(self, call: Call) -> Document:
        if (call.query.get("username"), call.query.get("password")) != LOGIN:
            raise Refusal("The username or the password is wrong.")
        return {"status": "1", "message": "OK", "apiKey": next(iter(self._tokens))}

    def _receive(self, call: Call, at: str) -> Document:
        if call.verb != "POST":
            raise Refusal("payment.receive wants POST.")
        with self._book.transaction():
            new = payment(parsed(call.body), self._book, self._switches)
            moment = at or now()
            control = self._book.apply(new, call.received_at, moment, call.request)
        return {"status": "1", "message": "success", "controlNumber": str(control)}

    def _mark_synced(self, call: Call) -> Document:
        items = parsed(call.body).get("payments") or []
        return {"status": "1", "payments": [self._synced(one) for one in items]}

    def _synced(self, one: Mapping[str, object]) -> Document:
        number = one.get("paymentId")
        rows = self._book.rows("SELECT * FROM payment WHERE id = ?", number)
        said, status = "The payment was successfully synchronized", 1
        if not rows:
            said, status = "The payment doesn't exist", 0
        elif rows[0]["cancelled"]:
            said, status = "The payment was cancelled", 0
        else:
            self._book.change(
                "UPDATE payment SET synced_at = ? WHERE id = ?", now()[:19], number
            )
        return {"message": said, "status": status, "paymentId": number}


def quota_spent(how: str) -> Reply:
    """Say that the calls of the day are spent, in one of the ways it may be said."""
    said = "The daily limit of requests was reached."
    if how == "html":
        return Reply(503, f"<html><body>{said}</body></html>")
    return Reply(int(how), failure(said))
