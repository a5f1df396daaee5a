"""A company for campaigns: bank files that say what is right, and a whole workspace.

Everything is the program's own: mapping, intake, journal, posting, settling,
results.  The clock alone is moved by hand, and what the client is asked and says
is kept beside it.
"""

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, cast

sys.path.insert(0, str(Path(__file__).parent))

from checker import Verdict, check

from importer import rounds
from importer.erp import Erp, Request
from importer.erp.komet import Komet
from importer.erp.secret import Secret
from importer.inbox import Inbox
from importer.intake import Rules
from importer.journal import Journal
from importer.journal.entry import Entry
from importer.journal.orders import Call
from importer.mapping.load import load
from importer.model import Customer, Invoice, Outcome
from importer.resolve import Limits
from importer.resolve.snapshot import Books
from importer.rounds.reports import Bench, Round
from importer.settings import Workspace
from importer.settings.sections import ErpSection, PostingSection, Settings

TOKEN = "CANARY-5e1c90d7-token"
DAY = "2026-03-16"
CUSTOMERS = {10442 + number: f"Orchard {number} & Sons" for number in range(8)}
FIRST_INVOICE = 10200
INVOICES = 80
COLUMNS = ("Date", "Reference", "Customer", "Payer", "Invoice", "Paid")
MAPPING = f"""
[file]
header = {list(COLUMNS)}
[read]
account = "US-0417"
currency = "USD"
date = {{ column = "Date", format = "%Y-%m-%d" }}
remitter = "Payer"
reference = "Reference"
customer = "Customer"
group = "Reference"
invoice = {{ number = "Invoice", paid = "Paid" }}
"""


def seed() -> dict[str, Any]:
    """Return what the ERP has before anything is paid."""
    return {
        "customers": [
            {"id": key, "code": f"C{key}", "name": name}
            for key, name in CUSTOMERS.items()
        ],
        "locations": [{"id": 201, "code": "MIA", "name": "Miami"}],
        "methods": [{"id": 12, "name": "Check"}],
        "invoices": [
            {
                "number": FIRST_INVOICE + number,
                "customerId": customer_of(number),
                "date": "2026-02-10",
                "total": "100.00",
                "location": "MIA",
            }
            for number in range(INVOICES)
        ],
    }


def customer_of(number: int) -> int:
    """Return whose the invoice with this number from 0 is."""
    return list(CUSTOMERS)[number % len(CUSTOMERS)]


@cache
def rules() -> Rules:
    """Return how the files are read, and the books of the first day."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "campaign.toml"
        path.write_text(MAPPING, encoding="utf-8")
        mapping = load(path)
    customers = [Customer(str(key), f"C{key}", name) for key, name in CUSTOMERS.items()]
    invoices = [
        Invoice(str(FIRST_INVOICE + n), str(customer_of(n)), Decimal("100.00"))
        for n in range(INVOICES)
    ]
    return Rules((mapping,), Books(customers, invoices), Limits(location="MIA"))


def reference(number: int) -> str:
    """Return the bank's own reference of a remittance."""
    return f"CHK <{number}> & co"


def bank_file(path: Path, numbers: Iterable[int], invoices: int = 1) -> Path:
    """Write a bank's file; remittance n pays invoices of one customer in full."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in numbers:
            key = customer_of(number)
            for more in range(invoices):
                # Invoices of one customer stand a whole round of customers apart.
                invoice = FIRST_INVOICE + number + 4 * len(CUSTOMERS) * more
                row = (DAY, reference(number), key, CUSTOMERS[key], invoice, "100.00")
                writer.writerow(row)
    return path


@dataclass(slots=True)
class Watched:
    """The ERP's client, and what it was asked and said."""

    inner: Komet
    sent: defaultdict[str, list[Outcome]] = field(
        default_factory=lambda: defaultdict(list)
    )
    longest: float = 0

    def send(self, request: Request) -> Outcome:
        start = time.monotonic()
        outcome = self.inner.send(request)
        self.longest = max(self.longest, time.monotonic() - start)
        self.sent[request.payment.marker].append(outcome)
        return outcome

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Company:
    """One workspace with its journal, against an ERP at an address."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        workers: int = 1,
        timeout: float = 5,
        ca_file: str = "",
    ) -> None:
        self.folder = folder
        self.clock = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
        self.files: list[Path] = []
        self.timeout = timeout
        self._url = url
        self._ca_file = ca_file
        self._workers = workers
        self.journal = self.opened()
        self.client = Watched(self.komet())
        self.bench = self._bench()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    def opened(self) -> Journal:
        return Journal.open("sqlite:///journal.db", top=self.folder, now=self.now)

    def now(self) -> datetime:
        self.clock += timedelta(milliseconds=1)
        return self.clock

    def komet(self) -> Komet:
        def meter(method: str) -> None:
            self.journal.count(Call("komet", self.clock.date(), method, 1000))

        return Komet(
            url=self._url,
            token=Secret(TOKEN),
            methods={"default": 12},
            location="MIA",
            timeout=self.timeout,
            meter=meter,
            ca_file=self._ca_file,
        )

    def _bench(self) -> Bench:
        top = self.folder
        settings = Settings(
            erp=ErpSection(kind="komet", daily_calls=1000),
            posting=PostingSection(workers=self._workers),
        )
        return Bench(
            workspace=Workspace(top, settings, configured=True),
            journal=self.journal,
            inbox=Inbox(
                folder=top / "inbox",
                archive=top / "archive",
                refused=top / "refused",
                spool=top / ".spool",
                quiet_seconds=0,
                bytes_most=1 << 20,
            ),
            rules=rules,
            explaining=lambda _: rules(),
            connect=self._connected,
            now=self.now,
            stop=lambda: False,
            wait=lambda _: False,
        )

    @contextmanager
    def _connected(self) -> Iterator[Erp]:
        yield cast("Erp", self.client)

    def be_patient(self) -> None:
        """Wait as long as is usual from now on."""
        self.timeout = 5
        self.client.inner = self.komet()

    def drop(self, numbers: Sequence[int], invoices: int = 1) -> Round:
        """Write a bank's file, take it in, post and settle."""
        path = self.folder / f"bank{len(self.files)}.csv"
        self.files.append(bank_file(path, numbers, invoices))
        return rounds.work(self.bench, [path], post=True)

    def again(self, minutes: float = 0) -> Round:
        """Post and settle what is open, some minutes later."""
        self.clock += timedelta(minutes=minutes)
        return rounds.work(self.bench, (), post=True)

    def settle(self, minutes: float = 0) -> Round:
        """Look for doubts, some minutes later."""
        self.clock += timedelta(minutes=minutes)
        return rounds.settle(self.bench)

    def lose_the_journal(self) -> None:
        """Begin anew, as after a disk was lost."""
        self.journal.close()
        (self.folder / "journal.db").unlink()
        self.journal = self.opened()
        self.bench = self._bench()

    def entries(self) -> dict[str, Entry]:
        """Return all remittances by their marker."""
        return {one.id: one for one in self.journal.entries()}

    def verdict(self) -> Verdict:
        """Let the checker judge."""
        book = self.folder / "sandbox.db"
        return check(self.files, book, self.folder / "results")
