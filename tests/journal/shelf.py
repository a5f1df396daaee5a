"""What the tests of the journal stand on: invented remittances and payments."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from importer.erp import Request
from importer.identity import Key, marker, part_marker
from importer.journal import Journal
from importer.journal.entry import FileRecord
from importer.journal.orders import Call, Item
from importer.model import (
    Application,
    Evidence,
    Hold,
    Pay,
    Payment,
    Place,
    Reason,
    Remittance,
    Skip,
)

DAY = date(2026, 3, 16)
NOON = datetime(2026, 3, 17, 12, 0, tzinfo=UTC)
WHY = Evidence("a test", ("found in the text",))
HOLD = Hold(Reason.NO_INVOICE, "no invoice is quoted", WHY)
SKIP = Skip("bank charges", WHY)
CALL = Call("komet", DAY, "payment.receive")


class Clock:
    """A clock that goes on by a second whenever somebody looks."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def opened(
    folder: Path, clock: Clock | None = None, url: str = "sqlite:///journal.db"
) -> Journal:
    return Journal.open(url, top=folder, now=clock or Clock(), actor="anna")


def id_of(number: int) -> str:
    return marker(Key("A", DAY, "100", "USD", (f"CHK{number}",)), 0)


def payment(number: int, part: int = 0, amount: str = "100.00") -> Payment:
    return Payment(
        marker=part_marker(id_of(number), part),
        customer=str(10442 + part),
        customer_name="Rosewood Floral",
        currency="USD",
        value_date=DAY,
        kind="check",
        reference=f"CHK{number}",
        notes="",
        applications=(Application(f"{10200 + number}", Decimal(amount)),),
        unapplied=Decimal("0.00"),
    )


def remittance(
    number: int, amount: str = "100.00", currency: str = "USD"
) -> Remittance:
    return Remittance(
        place=Place("bank.csv", number + 2),
        account="A",
        currency=currency,
        amount=Decimal(amount),
        value_date=DAY,
        booking_date=DAY,
        remitter="ROSEWOOD FLORAL",
        text=f"CHK{number}",
        reference=f"CHK{number}",
        identity=(f"CHK{number}",),
    )


def pay(number: int, parts: int = 1) -> Pay:
    return Pay(tuple(payment(number, part) for part in range(parts)), WHY)


def item(number: int, parts: int = 1) -> Item:
    return Item(id_of(number), remittance(number), pay(number, parts))


def file(name: str = "bank.csv", records: int = 1) -> FileRecord:
    return FileRecord(
        name.ljust(64, "0"), name, NOON, "fnb", "d" * 64, "A", "proven", records
    )


def request(one: Payment) -> Request:
    return Request(one, f"{one.reference} {one.marker}", b'{"total":100.00}', "d" * 64)
