"""Komet Sales: payment.receive to post, its lists to prove and to fill the books.

Promises:
1. A payment travels once, in the exact bytes that `prepare` returned, with only
   the token added.  What an answer means is the table of `komet_answers`.
2. What the documents do not allow is not sent: it is `Unpayable`.  Our marker is
   always whole; the bank's own reference is cut so that it fits.
3. A list is read whole or not at all, in windows of at most 31 days, and every
   call but `send` is counted before it leaves.

Komet has no field for the currency: payments must be in the company's own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

from pydantic import BaseModel

from importer.erp import (
    Meter,
    Parts,
    Request,
    Traits,
    Unpayable,
    exact_json,
    komet_answers,
    komet_open,
    komet_payment,
)
from importer.erp.komet_messages import (
    ListedCustomer,
    ListedInvoice,
    ListedLocation,
    ListedMethod,
    ListedPayment,
)
from importer.erp.secret import Secret
from importer.erp.transport import LIST_MOST, Transport
from importer.errors import Fault, SettingsRefused, StoppedEarly
from importer.lookup import windows
from importer.model import Customer, Found, Invoice, Outcome, Payment

WINDOW_DAYS = 31
DATED_MOST = 16 << 20
"""What is read at once of a list of days: some 30,000 payments, in 150 MiB."""

_ROWS = {
    "payment.list": "payments",
    "customer.list": "customers",
    "location.list": "locations",
    "payment.method.list": "paymentMethods",
    "invoice.accounting.details.list": "invoices",
}

Row = TypeVar("Row", bound=BaseModel)


class Komet:
    """One Komet company."""

    traits = Traits(
        "komet",
        "payment.receive",
        parts=Parts(komet_payment.parts),
        undo="cancel it in Komet Sales, in the payment history, by its control number",
    )

    def __init__(  # noqa: PLR0913 -- each is one key of [erp]
        self,
        *,
        url: str,
        token: Secret,
        methods: Mapping[str, int | str],
        location: str,
        timeout: float,  # seconds
        meter: Meter,
        options: Mapping[str, object] | None = None,
        ca_file: str = "",
    ) -> None:
        """Check the address and ask nothing yet; raises `errors.SettingsRefused`.

        `methods` maps kinds of payment to Komet's methodId; `default` is for a
        payment whose kind nobody said.  `location` is the code of the location
        where a payment names none, empty for companies with one location.
        """
        self._transport = Transport(url, timeout, ca_file)
        self._token = token
        self._methods = {kind.casefold(): _id(key) for kind, key in methods.items()}
        _refuse_options(options)
        self._location = location
        self._meter = meter

    def prepare(self, payment: Payment) -> Request | Unpayable:
        """Build the exact body of payment.receive, or say what cannot be sent."""
        overhead = len(self._with_token(b""))
        return komet_payment.prepared(payment, self._methods, self._location, overhead)

    def send(self, request: Request) -> Outcome:
        """Send a payment at most once and say what is known afterwards."""
        body = self._with_token(request.body)
        exchange = self._transport.post("payment.receive", body)
        return komet_answers.outcome(exchange, self._token.hide)

    def listed(
        self, days: Iterable[date], markers: Sequence[str] = ()
    ) -> tuple[Found, ...]:
        """List all payments of these days and those around, one call for 31 days.

        What Komet returns beyond the days asked for is returned, too: its days
        may be another zone's.  Reversals (NSF, refunds) have negative totals.  By
        its document a total leaves out what was overpaid, so that it may be less
        than the payment, down to nothing for one without invoices.
        """
        del markers
        return tuple(row.as_found() for row in self._payments(windows(days)))

    def search(self, reference: str) -> tuple[Found, ...]:
        """List the payments whose stored reference is this, or like it."""
        rows = self._ask("payment.list", {"checkReference": reference}, ListedPayment)
        return tuple(row.as_found() for row in rows)

    def numbered(
        self, numbers: Sequence[str], days: Iterable[date]
    ) -> tuple[Found, ...]:
        """List the payments of these days that have one of these control numbers."""
        return tuple(one for one in self.listed(days) if one.control_number in numbers)

    def customers(self, known: Sequence[str] = ()) -> Iterator[Customer]:
        """Read all customers in one call, inactive ones included."""
        del known
        for row in self._ask("customer.list", {"includeInactive": "1"}, ListedCustomer):
            yield Customer(str(row.id), row.code, row.name, row.active)

    def open_invoices(
        self, first: date, last: date, known: Sequence[str] = ()
    ) -> Iterator[Invoice]:
        """Read the confirmed invoices shipped in the window that are still open.

        Komet has no call for what is open; `komet_open` says how it is reckoned
        and what that leaves out.  Two calls for each 31 days, and one for the
        locations.  `last` should not lie before the last payment.
        """
        del known
        invoices = [
            row
            for start, end in _windows(first, last)
            for row in self._ask(
                "invoice.accounting.details.list",
                {
                    "orderDateFrom": start.isoformat(),
                    "orderDateTo": end.isoformat(),
                    "status": "1",
                },
                ListedInvoice,
            )
        ]
        if any(row.location_id for row in invoices):
            codes = {row.id: row.code for row in self._locations()}
        else:
            codes = {}
        yield from komet_open.reckoned(
            invoices, self._payments(_windows(first, last)), codes
        )

    def quoted(self, number: str, customer: str) -> Invoice | None:
        """Know of no invoice that was not listed."""
        del number, customer
        return None

    def check(self) -> Sequence[str]:
        """Ask each list once, and compare what is set with what Komet has.

        Three calls.  Raises `errors.SettingsRefused` with all that is wrong.
        """
        locations = self._locations()
        faults = list(self._location_faults(locations))
        seen = [f"location.list answered: {len(locations)} locations"]
        try:
            methods = self._ask("payment.method.list", {}, ListedMethod)
        except StoppedEarly as error:
            # Its document is not public: not to be understood is no fault of ours.
            seen.append(
                f"the payment methods could not be checked: {error.faults[0].sentence}"
            )
        else:
            faults += self._method_faults(methods)
            names = ", ".join(f"{row.id} {row.name}".strip() for row in methods)
            seen.append(f"payment.method.list answered: {names}")
        if faults:
            raise SettingsRefused(*faults)
        today = date.today()  # noqa: DTZ011 -- a civil date, as payments have
        found = self._payments([(today, today)])
        seen.append(f"payment.list answered: {len(list(found))} today")
        return seen

    def _location_faults(self, locations: Sequence[ListedLocation]) -> Iterator[Fault]:
        codes = [row.code for row in locations]
        if self._location and self._location not in codes:
            yield Fault(
                "importer.toml",
                f'Komet has no location "{self._location}"',
                hint=f"set [erp] location to one of {', '.join(codes) or 'none'}",
            )

    def _method_faults(self, methods: Sequence[ListedMethod]) -> Iterator[Fault]:
        active = {row.id: row.active for row in methods}
        names = ", ".join(f"{row.id} ({row.name})" for row in methods if row.active)
        for kind, number in self._methods.items():
            if not active.get(number):
                what = "is inactive in Komet" if number in active else "is not Komet's"
                yield Fault(
                    "importer.toml",
                    f'the payment method "{number}" {what}',
                    hint=f"set [erp.methods] {kind} to one of {names}",
                )

    def _locations(self) -> tuple[ListedLocation, ...]:
        return self._ask("location.list", {}, ListedLocation)

    def _payments(self, days: Iterable[tuple[date, date]]) -> Iterator[ListedPayment]:
        """Stream the payments of all windows, each once."""
        seen: set[int] = set()
        for start, end in days:
            for row in self._payments_of(start, end):
                if row.id is None or row.id not in seen:
                    yield row
                if row.id is not None:
                    seen.add(row.id)

    def _payments_of(self, first: date, last: date) -> Iterator[ListedPayment]:
        """Ask for fewer days where a list is too long; it is never taken cut off."""
        query = {"dateFrom": first.isoformat(), "dateTo": last.isoformat()}
        try:
            rows = self._ask("payment.list", query, ListedPayment, DATED_MOST)
        except komet_answers.TooLong:
            if first == last:
                raise
        else:
            yield from rows
            return
        middle = first + (last - first) // 2
        yield from self._payments_of(first, middle)
        yield from self._payments_of(middle + timedelta(days=1), last)

    def _ask(
        self,
        method: str,
        query: Mapping[str, str],
        row: type[Row],
        most: int = LIST_MOST,
    ) -> tuple[Row, ...]:
        self._meter(method)
        exchange = self._transport.get(
            method, {"authenticationToken": self._token.reveal(), **query}, most
        )
        return komet_answers.rows(
            exchange, method, _ROWS[method], row, self._token.hide
        )

    def _with_token(self, body: bytes) -> bytes:
        token = exact_json.write(self._token.reveal())
        return b'{"authenticationToken":' + token + b"," + body.removeprefix(b"{")


def _id(key: int | str) -> int:
    """Return Komet's methodId; raises `errors.SettingsRefused` for what is none."""
    if isinstance(key, int) or key.isdecimal():
        return int(key)
    sentence = f'"{key}" is no payment method of Komet: they are numbers'
    raise SettingsRefused(
        Fault(
            "importer.toml",
            sentence,
            hint="write its number into [erp.methods]: default = 12",
        )
    )


def _refuse_options(options: Mapping[str, object] | None) -> None:
    if options:
        sentence = f"Komet has no [erp.options]: {', '.join(options)}"
        raise SettingsRefused(Fault("importer.toml", sentence, hint="take them out"))


def _windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Cut a window into pieces of at most 31 days, both ends counted."""
    while first <= last:
        end = min(first + timedelta(days=WINDOW_DAYS - 1), last)
        yield first, end
        first = end + timedelta(days=1)
