"""Every ERP in its part of the sandbox, with a client and payments that it takes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import toy_door

from importer import erp as erps
from importer import identity
from importer.erp import Erp, Request
from importer.erp.secret import Secret
from importer.errors import Fault, StoppedEarly
from importer.model import Application, Found, Outcome, Payment
from importer.sandbox import Sandbox
from importer.sandbox.server import FURTHER

CANARY = "CANARY-7f3a91c2-token"
DAY = date(2026, 3, 18)
TIMEOUT = 2
CUSTOMERS = ("4107", "4108")

SEED: dict[str, Any] = {
    "customers": [
        {"id": "4107", "code": "ORCH", "name": "Orchid House LLC"},
        {"id": "4108", "code": "IRIS", "name": "Iris & Co"},
        {"id": "4109", "code": "OLD", "name": "Old Town Petals", "active": False},
    ],
    "locations": [{"id": 201, "code": "MIA", "name": "Miami"}],
    "methods": [{"id": 12, "name": "Check"}, {"id": 14, "name": "Wire"}],
    "invoices": [
        {
            "number": 50200 + n,
            "customerId": "4107" if n < 50 else "4108",
            "date": (date(2026, 1, 5) + timedelta(days=n)).isoformat(),
            "due": "2026-04-30",
            "total": "100.10",
            "open": "40.05" if n == 7 else "100.10",
            "po": f"PO-{n}",
            "location": "MIA",
        }
        for n in range(60)
    ],
}


@dataclass
class Calls:
    """A meter that remembers, and says stop after `most` calls."""

    most: int = 1000
    made: list[str] = field(default_factory=list)

    def __call__(self, method: str, /) -> None:
        """Remember one call, or raise when none is left."""
        if len(self.made) >= self.most:
            raise StoppedEarly(Fault("", "the calls of today are spent"))
        self.made.append(method)


@dataclass(frozen=True)
class Stage:
    """One ERP in the sandbox, a client for it, and the calls that it counted.

    `look` is the method by which it is asked what is there, `refuse` makes it
    refuse payments of March 2026, `payment` gives one that it takes.
    """

    sandbox: Sandbox
    erp: Erp
    calls: Calls
    connect: Callable[..., Erp]
    payment: Callable[..., Payment]
    look: str
    refuse: Callable[[], None]

    @property
    def url(self) -> str:
        """Return the address of this ERP."""
        return self.sandbox.url_of(self.erp.traits.kind)

    def accident(self, kind: str, **how: Any) -> None:
        """Order an accident of payments, or of `method`."""
        self.sandbox.accident(kind, **{"method": self.erp.traits.method, **how})

    def post(self, number: int = 1, **changes: Any) -> Outcome:
        """Prepare and send a payment."""
        return self.erp.send(self.request(number, **changes))

    def request(self, number: int = 1, **changes: Any) -> Request:
        """Prepare a payment; the same number is the same payment."""
        found = self.erp.prepare(self.payment(number, **changes))
        assert isinstance(found, Request), found
        return found

    def listed(self, *numbers: int) -> tuple[str, ...]:
        """Ask what is there around these payments; return it by control number."""
        wanted = [self.payment(number) for number in numbers or (1,)]
        return tuple(one.control_number for one in self.listed_payments(wanted))

    def listed_payments(self, wanted: list[Payment]) -> tuple[Found, ...]:
        """Ask what is there around these payments."""
        days = [one.value_date for one in wanted]
        return self.erp.listed(days, [one.marker for one in wanted])

    def payments(self) -> list[dict[str, Any]]:
        """Return what the ERP really has of ours."""
        rows: list[dict[str, Any]] = self.sandbox.book()["payments"]
        return [row for row in rows if row["reference"]]


def payment(number: int = 1, **changes: Any) -> Payment:
    """Return a payment of two invoices, with a discount and a rest."""
    values: dict[str, Any] = {
        "marker": marker(number),
        "customer": "4107",
        "customer_name": "Orchid House LLC",
        "currency": "USD",
        "value_date": DAY,
        "kind": "wire",
        "reference": f"REF {number}",
        "notes": "ACH ORCHID HOUSE",
        "applications": (
            Application("50201", Decimal("60.10"), Decimal("2.05")),
            Application("50202", Decimal("100.10")),
        ),
        "unapplied": Decimal("9.95"),
        **changes,
    }
    return Payment(**values)


def exact(number: int = 1, **changes: Any) -> Payment:
    """Return a payment that settles one invoice to the cent."""
    owed = Decimal("40.05" if number == 7 else "100.10")
    values: dict[str, Any] = {
        "customer": "4107" if number < 50 else "4108",
        "applications": (Application(str(50200 + number), owed),),
        "unapplied": Decimal("0.00"),
        **changes,
    }
    return payment(number, **values)


def marker(number: int) -> str:
    """Return the marker of a remittance."""
    key = identity.Key("A", DAY, "170.15", "USD", (f"REF {number}",))
    return identity.marker(key, 0)


def _stage(
    sandbox: Sandbox,
    kind: str,
    payments: Callable[..., Payment],
    look: str,
    refuse: Callable[[], None],
    **settings: Any,
) -> Stage:
    calls = Calls()

    def client(**changes: Any) -> Erp:
        given: dict[str, Any] = {
            "url": sandbox.url_of(kind),
            "token": Secret(CANARY),
            "methods": {"default": "12", "wire": 14},
            "location": "",
            "timeout": TIMEOUT,
            "meter": calls,
            **settings,
            **changes,
        }
        return erps.connect(kind, **given)

    return Stage(sandbox, client(), calls, client, payments, look, refuse)


def _sandbox(folder: Path) -> Sandbox:
    return Sandbox(folder / "sandbox.db", SEED, tokens={CANARY: "company"})


@contextmanager
def komet(folder: Path) -> Iterator[Stage]:
    """Set up Komet."""
    with _sandbox(folder) as sandbox:

        def refuse() -> None:
            sandbox.switch(closed_months=("2026-03",))

        location = {"location": "MIA"}
        yield _stage(sandbox, "komet", payment, "payment.list", refuse, **location)


OPTIONS = {"user": "sandbox", "organisation": "DEMO", "type": "Invoice Payment"}


@contextmanager
def crmcom(folder: Path) -> Iterator[Stage]:
    """Set up CRM.COM."""
    with _sandbox(folder) as sandbox:

        def refuse() -> None:
            sandbox.switch_crmcom(closed_months=("2026-03",))

        settings = {"options": OPTIONS, "methods": {"default": "Check", "wire": "Wire"}}
        yield _stage(sandbox, "crmcom", exact, "payments/show", refuse, **settings)


@contextmanager
def toy(folder: Path) -> Iterator[Stage]:
    """Set up the ERP that is added in one module, one door and one line."""
    erps.ERPS["toy"] = ("toy_erp", "Toy")
    FURTHER["toy"] = toy_door.ToyDoor
    try:
        with _sandbox(folder) as sandbox:

            def refuse() -> None:
                toy_door.ToyDoor.closed = "2026-03"

            yield _stage(sandbox, "toy", payment, "paid", refuse)
    finally:
        toy_door.ToyDoor.closed = ""
        del erps.ERPS["toy"], FURTHER["toy"]


STAGES: Mapping[str, Callable[[Path], AbstractContextManager[Stage]]] = {
    "komet": komet,
    "crmcom": crmcom,
    "toy": toy,
}
