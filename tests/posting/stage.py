"""What the tests of posting stand on: a real journal, Komet's client, the sandbox."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from importer import erp, identity
from importer.erp import Erp
from importer.erp.secret import Secret
from importer.journal import Journal
from importer.journal.entry import FileRecord
from importer.journal.orders import Call, Item, Taken
from importer.model import (
    Application,
    Evidence,
    Pay,
    Payment,
    Place,
    Remittance,
)
from importer.posting import Terms, post
from importer.sandbox import Sandbox
from importer.settling import Settled, settle

DAY = date(2026, 3, 16)
CUSTOMERS = {10442: "Rosewood Floral", 10451: "Bloom & Stem", 10460: "Petal Pushers"}
SEED: dict[str, Any] = {
    "customers": [
        {"id": str(key), "code": f"C{key}", "name": name}
        for key, name in CUSTOMERS.items()
    ],
    "locations": [{"id": 1, "code": "MIA", "name": "Miami"}],
    "methods": [{"id": 12, "name": "Check"}],
    "invoices": [
        {
            "number": 10200 + number,
            "customerId": str(list(CUSTOMERS)[number % 3]),
            "date": "2026-02-10",
            "total": "100.00",
            "open": "100.00",
            "location": "MIA",
        }
        for number in range(60)
    ],
}


class Stage:
    """One workspace's journal against one sandbox, with a clock to be moved."""

    def __init__(self, folder: Path, **switches: Any) -> None:
        self.folder = folder
        self.clock = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
        self.daily_calls = 1000
        self.workers = 1
        self.token = ""
        self._switches = switches
        self._open = ExitStack()

    def __enter__(self) -> Self:
        book = self.folder / "sandbox.db"
        self.sandbox = self._open.enter_context(Sandbox(book, SEED, **self._switches))
        self.token = self.sandbox.token
        self.url = self.sandbox.url
        self.journal = self._open.enter_context(self.opened())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def opened(self) -> Journal:
        return Journal.open("sqlite:///journal.db", top=self.folder, now=self.now)

    def now(self) -> datetime:
        self.clock += timedelta(milliseconds=10)
        return self.clock

    def erp(self, timeout: int = 5) -> Erp:
        def meter(method: str) -> None:
            call = Call("komet", self.clock.date(), method, self.daily_calls)
            self.journal.count(call)

        return erp.connect(
            "komet",
            url=self.url,
            token=Secret(self.token),
            methods={"default": 12},
            location="MIA",
            timeout=timeout,
            meter=meter,
        )

    def take_in(self, *payments: Payment, name: str = "bank.csv") -> tuple[str, ...]:
        items = [
            Item(one.marker, remittance_of(one, row), Pay((one,), Evidence("a test")))
            for row, one in enumerate(payments, start=2)
        ]
        record = FileRecord(
            name.ljust(64, "0"), name, self.now(), "m", "d", "A", "", len(items)
        )
        assert self.journal.take_in(record, items) is Taken.IN
        return tuple(one.id for one in items)

    def post(self, client: Erp | None = None) -> None:
        terms = Terms(self.workers, self.daily_calls, self.now, lambda: False)
        post(self.journal, client or self.erp(), terms)

    def settle(self) -> Settled:
        return settle(self.journal, self.erp(), self.now)

    def statuses(self) -> list[str]:
        return [one.status for one in self.journal.entries()]

    def booked(self) -> list[str]:
        """Return the marker of every payment in the ERP's own book."""
        return [
            mark
            for one in self.sandbox.book()["payments"]
            for mark in identity.markers_in(str(one))[:1]
        ]


def payment(
    number: int,
    *,
    customer: int = 0,
    amount: str = "100.00",
    unapplied: str = "0.00",
    on_account: bool = False,
) -> Payment:
    key = customer or list(CUSTOMERS)[number % 3]
    reference = f"CHK{number}"
    return Payment(
        marker=identity.marker(_key(number), 0),
        customer=str(key),
        customer_name=CUSTOMERS[key],
        currency="USD",
        value_date=DAY,
        kind="",
        reference=reference,
        notes="a test",
        applications=()
        if on_account
        else (Application(str(10200 + number), Decimal(amount)),),
        unapplied=Decimal(amount) if on_account else Decimal(unapplied),
        location="",
    )


def payments(numbers: Iterable[int]) -> tuple[Payment, ...]:
    return tuple(payment(number) for number in numbers)


def remittance_of(one: Payment, row: int) -> Remittance:
    return Remittance(
        place=Place("bank.csv", row),
        account="A",
        currency=one.currency,
        amount=one.total,
        value_date=one.value_date,
        booking_date=one.value_date,
        remitter=one.customer_name,
        text=one.reference,
        reference=one.reference,
        identity=(one.reference,),
    )


def _key(number: int) -> identity.Key:
    return identity.Key("A", DAY, "100", "USD", (f"CHK{number}",))
