"""A third ERP, as small as one can be: all that docs/adding-an-erp.md asks for."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from importer.erp import Meter, Request, Traits, exact_json
from importer.erp.secret import Secret
from importer.erp.transport import Answer, Exchange, NeverLeft, Transport
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


class Toy:
    """Posts to /pay, and reads three lists whole."""

    traits = Traits("toy", "pay")

    def __init__(
        self, *, url: str, token: Secret, timeout: float, meter: Meter, **_: object
    ) -> None:
        self._way, self._token, self._meter = Transport(url, timeout), token, meter

    def prepare(self, payment: Payment) -> Request:
        parts = {p.invoice: [p.amount, p.discount] for p in payment.applications}
        day = payment.value_date.isoformat()
        paid = [payment.marker, payment.customer, day, payment.total, parts]
        body = exact_json.write({"paid": paid})
        return Request(payment, payment.marker, body, sha256(body).hexdigest())

    def send(self, request: Request) -> Outcome:
        token = exact_json.write({"token": self._token.reveal()})
        way = self._way.post("pay", token[:-1] + b"," + request.body[1:])
        match way, _read(way):
            case NeverLeft(why), _:
                return NotSent(why)
            case _, {"paid": int(number)}:
                return Posted(str(number))
            case _, {"no": str(why)}:
                return Refused(self._token.hide(why))
        return InDoubt("no answer that proves anything")

    def listed(self, days: Iterable[date], markers: Sequence[str]) -> tuple[Found, ...]:
        wanted, _ = set(days), markers
        return tuple(one for one in self._paid() if one.date in wanted)

    def search(self, reference: str) -> tuple[Found, ...]:
        return tuple(one for one in self._paid() if one.reference == reference)

    def numbered(self, numbers: Sequence[str], *_: object) -> tuple[Found, ...]:
        return tuple(one for one in self._paid() if one.control_number in numbers)

    def customers(self, *_: object, **__: object) -> Iterator[Customer]:
        return (Customer(*one) for one in self._rows("customers"))

    def open_invoices(self, *_: object, **__: object) -> Iterator[Invoice]:
        for number, customer, owed in self._rows("owed"):
            yield Invoice(number, customer, Decimal(owed))

    def quoted(self, number: str, customer: str) -> None: ...

    def check(self) -> Sequence[str]:
        return [f"{len(self._rows('customers'))} customers"]

    def _paid(self) -> Iterator[Found]:
        for number, day, name, marker, total, parts in self._rows("paid"):
            applied = {key: Decimal(paid) for key, paid in parts.items()}
            when, money = date.fromisoformat(day), Decimal(total)
            yield Found(number, when, name, marker, "", money, applied)

    def _rows(self, method: str) -> list[list[Any]]:
        self._meter(method)
        way = self._way.get(method, {"token": self._token.reveal()})
        match way, _read(way):
            case _, list(rows):
                return rows
            case _, {"no": "token"}:
                raise SettingsRefused(Fault("", "the token is wrong"))
            case Answer(status), _ if 300 <= status < 500:
                raise SettingsRefused(Fault("", "the address is wrong"))
        raise StoppedEarly(Fault("", f"the ERP cannot be reached for {method}"))


def _read(way: Exchange) -> object:
    with suppress(exact_json.NotJson, AttributeError):
        return exact_json.read(way.body) if way.status == 200 else None  # type: ignore[union-attr] # what has no body is nothing
    return None
