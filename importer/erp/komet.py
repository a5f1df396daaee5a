"""Komet Sales: `payment.receive` to pay, `payment.list` to prove.

What is seen after sending a payment, and what it means (an allow-list; the
default is in doubt):

    no connection was made (address, refused, TLS)              NotSent
    2xx, status 1, a control number                             Posted
    2xx, 400, 401, 403, 404, 405, 411-415, 422 with status 0    Refused
    2xx with status 1 and no control number                     InDoubt
    any of these without the documented envelope                InDoubt
    408, 409, 425, 429, every other 4xx, every 3xx and 5xx      InDoubt
    time-out, reset, cut, too long, not JSON                    InDoubt

Reading calls raise: StoppedEarly when there is no answer that can be believed,
SettingsRefused when the token or the address is refused.  An error is never read
as an empty list: empty is status 1 with an empty or absent array, or the
documented "… not found." message with the array absent.

(1) One request per payment and call of `send`; nothing here sends again.
(2) `totalPayment` is always sent and never less than the invoices' amounts.
(3) The reference ends with the marker and has 50 characters at most, so that
    payment.list (whose filter has 50) can be asked for it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from pydantic import ValidationError

from importer.erp import Meter, Request, Unpayable
from importer.erp.komet_messages import (
    AccountedInvoices,
    CustomerList,
    Envelope,
    ListedPayment,
    LocationList,
    MethodList,
    PaidInvoice,
    PaymentList,
    PaymentReceive,
    PaymentReceived,
)
from importer.erp.transport import Answer, NeverLeft, Secret, Transport, Unknown
from importer.errors import Fault, SettingsRefused, StoppedEarly
from importer.model import (
    Customer,
    Found,
    InDoubt,
    Invoice,
    NotSent,
    Outcome,
    Payment,
    Posted,
    Refused,
)

REFERENCE_MOST = 50
NOTES_MOST = 200
BODY_BYTES_MOST = 64 * 1024
TOKEN_MOST = 50
WINDOW = timedelta(days=30)
REFUSALS = frozenset({400, 401, 403, 404, 405, 411, 412, 413, 414, 415, 422})
OK = range(200, 300)

E = TypeVar("E", bound=Envelope)


class Komet:
    """One Komet Sales company."""

    kind = "komet"

    def __init__(  # noqa: PLR0913 -- the settings of one ERP, all by name
        self,
        *,
        url: str,
        token: Secret,
        methods: Mapping[str, int],
        location: str,
        timeout_seconds: int,
        meter: Meter,
    ) -> None:
        """Set up without a call; raises `SettingsRefused` for an unsafe address."""
        self._transport = Transport(url, timeout_seconds)
        self._token = token
        self._methods = methods
        self._location = location
        self._meter = meter

    def prepare(self, payment: Payment) -> Request | Unpayable:
        """Build the body of payment.receive, checked against its page."""
        method = self._methods.get(payment.kind) or self._methods.get("default")
        if method is None:
            return Unpayable(
                f'no payment method is set for "{payment.kind or "default"}": give it '
                "in [erp.methods] of importer.toml"
            )
        reference = stored_reference(payment.reference, payment.marker)
        try:
            body = PaymentReceive(
                customerId=_whole(payment.customer, "customer id"),
                locationCode=payment.location or self._location or None,
                methodId=method,
                date=payment.value_date,
                totalPayment=payment.total,
                referenceNumber=reference,
                notes=payment.notes[:NOTES_MOST],
                invoices=tuple(
                    PaidInvoice(
                        invoiceNumber=_whole(one.invoice, "invoice number"),
                        amount=one.amount,
                        discount=one.discount,
                    )
                    for one in payment.applications
                ),
            )
        except ValidationError as error:
            return Unpayable(f"Komet Sales cannot take it: {_said(error)}")
        except _NotWholeError as error:
            return Unpayable(f"Komet Sales cannot take it: {error}")
        if payment.unapplied < 0 or payment.total <= 0:
            return Unpayable("Komet Sales takes no payment of nothing or less")
        written = body.written()
        if len(written) + TOKEN_MOST + 32 > BODY_BYTES_MOST:
            count = len(payment.applications)
            return Unpayable(f"{count} invoices do not fit into one request of 64 KB")
        return Request(payment, reference, written, hashlib.sha256(written).hexdigest())

    def send(self, request: Request) -> Outcome:
        """Send the payment once; see the table above."""
        # The token goes in front of the prepared body, which stays as it was proven.
        token = _quoted(self._token.reveal())
        body = b'{"authenticationToken":' + token + b"," + request.body[1:]
        match self._transport.post("payment.receive", body):
            case NeverLeft(why):
                return NotSent(why)
            case Unknown(why):
                return InDoubt(why)
            case answer:
                return outcome(answer)

    def listed(self, first: date, last: date) -> tuple[Found, ...]:
        """List the payments dated in the window; one call per 31 days."""
        found: list[Found] = []
        for begin, end in _windows(first, last):
            asked = {"dateFrom": begin.isoformat(), "dateTo": end.isoformat()}
            found += self._payments(asked)
        return tuple(found)

    def search(self, reference: str) -> tuple[Found, ...]:
        """Ask for a stored reference; the answer may hold others like it."""
        return tuple(self._payments({"checkReference": reference}))

    def customers(self) -> Iterator[Customer]:
        """Read customer.list, inactive ones included; one call."""
        answer = self._asked("customer.list", {"includeInactive": "1"}, CustomerList)
        for one in answer.customers or ():
            yield Customer(one.id, one.code, one.name, active=one.active == "1")

    def open_invoices(self, first: date, last: date) -> Iterator[Invoice]:
        """Derive what is open: Komet has no call for it.

        Invoices shipped in the window (invoice.accounting.details.list) less what
        the payments dated in it put on them (payment.list): two calls per 31 days.
        Credits, discounts and payments dated before the window are in neither
        list, so an invoice may look more open than it is, never less; the exported
        open-invoice list is exact.
        """
        paid: dict[str, Decimal] = {}
        for payment in self.listed(first, last):
            for number, amount in payment.applied.items():
                paid[number] = paid.get(number, Decimal(0)) + amount
        for begin, end in _windows(first, last):
            asked = {
                "orderDateFrom": begin.isoformat(),
                "orderDateTo": end.isoformat(),
                "status": "1",
            }
            method = "invoice.accounting.details.list"
            for one in self._asked(method, asked, AccountedInvoices).invoices or ():
                open_amount = one.amount - paid.get(one.number, Decimal(0))
                if open_amount:
                    yield Invoice(
                        number=one.number,
                        customer=one.customerId,
                        open=open_amount,
                        total=one.amount,
                        issued=one.shipDate,
                        due=one.dueDate,
                        po_number=one.customerPONumber,
                        location=one.locationCode,
                    )

    def check(self) -> Sequence[str]:
        """Ask for methods and locations, and compare them with the settings."""
        answer = self._asked("payment.method.list", {}, MethodList)
        methods = {one.id: one.name for one in answer.paymentMethods or ()}
        said = [f"{self._transport.host} answers; {len(methods)} payment methods"]
        for kind, method in self._methods.items():
            if methods and str(method) not in methods:
                known = ", ".join(" ".join(one) for one in methods.items())
                sentence = f"the ERP has no payment method {method} ([erp.methods] "
                raise _refused(f"{sentence}{kind})", f"its methods are: {known}")
            said.append(f"{kind}: {method} {methods.get(str(method), '')}")
        listed = self._asked("location.list", {}, LocationList)
        locations = {one.code for one in listed.locations or ()}
        if self._location and locations and self._location not in locations:
            sentence = f'the ERP has no location "{self._location}"'
            raise _refused(sentence, f"its locations are: {', '.join(locations)}")
        return said

    def _payments(self, asked: Mapping[str, str]) -> Iterator[Found]:
        answer = self._asked("payment.list", asked, PaymentList)
        return map(_found, answer.payments or ())

    def _asked(self, method: str, asked: Mapping[str, str], kind: type[E]) -> E:
        """Make one reading call, or raise with what stands in the way."""
        self._meter(method)
        parameters = {"authenticationToken": self._token.reveal(), **asked}
        match self._transport.get(method, parameters):
            case NeverLeft(why) | Unknown(why):
                raise _stopped(f"{method}: {why}")
            case Answer(status=401 | 403 as status):
                raise _refused(
                    f"{self._transport.host} refuses the token (HTTP {status})",
                    "check [erp] token_env or token_file, and the token's methods",
                )
            case Answer(status, body, fault):
                pass
        if status not in OK or fault:
            raise _stopped(f"{method}: HTTP {status} {fault}".strip())
        try:
            answer = kind.model_validate(body)
        except ValidationError as error:
            raise _stopped(f"{method}: the answer is not as documented") from error
        message = answer.message.casefold()
        if answer.is_success:
            return answer
        if not answer.is_failure:
            raise _stopped(f'{method}: the answer has the status "{answer.status}"')
        if message.endswith("not found.") and len(body) <= len({"status", "message"}):
            return answer
        if "token" in message or "authenti" in message:
            raise _refused(
                f'{self._transport.host} refuses the token: "{answer.message}"',
                "check [erp] token_env or token_file, and the token's methods",
            )
        raise _stopped(f'{method}: the ERP said "{answer.message}"')


def outcome(answer: Answer) -> Outcome:
    """Say what a whole answer to payment.receive means."""
    status = answer.status
    if status not in OK and status not in REFUSALS:
        return InDoubt(f"the ERP answered HTTP {status}")
    if answer.fault:
        return InDoubt(f"HTTP {status}: {answer.fault}")
    try:
        said = PaymentReceived.model_validate(answer.body)
    except ValidationError:
        return InDoubt(f"HTTP {status}: the answer is not as documented")
    if said.is_failure:
        return Refused(said.message or "(the ERP gave no reason)")
    if status in OK and said.is_success and said.controlNumber:
        return Posted(said.controlNumber)
    return InDoubt(f"HTTP {status}: success is said, but no control number is given")


def stored_reference(reference: str, marker: str) -> str:
    """Put the bank's reference in front of the marker, cut so that all fits."""
    room = REFERENCE_MOST - len(marker) - 1
    return f"{' '.join(reference.split())[:room].strip()} {marker}".strip()


def _found(one: ListedPayment) -> Found:
    applied: dict[str, Decimal] = {}
    for invoice in one.invoices:
        applied[invoice.number] = applied.get(invoice.number, Decimal(0)) + (
            invoice.payment
        )
    return Found(
        control_number=one.controlNumber,
        date=one.date,
        customer_name=one.customer,
        reference=one.checkReference,
        notes=one.notes,
        total=one.paymentTotal,
        applied=applied,
    )


def _windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Cut a range into windows of at most 31 days, both ends included."""
    while first <= last:
        end = min(first + WINDOW, last)
        yield first, end
        first = end + timedelta(days=1)


class _NotWholeError(ValueError):
    """An id is no whole number."""


def _whole(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _NotWholeError(f'the {what} "{text}" is not a whole number')
    return int(text)


def _quoted(text: str) -> bytes:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode()


def _said(error: ValidationError) -> str:
    parts = (
        f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}"
        for one in error.errors(include_url=False, include_input=False)
    )
    return "; ".join(parts)


def _stopped(sentence: str) -> StoppedEarly:
    return StoppedEarly(Fault("", sentence, hint="run it again later"))


def _refused(sentence: str, hint: str) -> SettingsRefused:
    return SettingsRefused(Fault("importer.toml", sentence, hint=hint))
