"""How long a journal of a million events takes to be verified.

Each remittance has three: taken in, about to be sent, posted.  They are written in
few transactions and without a sync, since only the reading is measured.
"""

import os
import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from importer import identity
from importer.journal import Journal, databases, writing
from importer.journal.deeds import Claimed, answered
from importer.journal.entry import FileRecord
from importer.journal.orders import Call, Item
from importer.model import (
    Application,
    Evidence,
    Pay,
    Payment,
    Place,
    Posted,
    Remittance,
)

pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
EVENTS = int(os.environ.get("BENCHMARK_EVENTS", "1000000"))
FILE_ROWS = 5_000
AT = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
FIRST_DAY = date(1990, 1, 1)
NO_TOTAL = Decimal("0.00")


def items(file: int) -> list[Item]:
    """Make a file's remittances, each with the one invoice that it pays."""
    made, day = [], FIRST_DAY + timedelta(file)
    for number in range(FILE_ROWS):
        text, amount = f"CHK{number}", Decimal("100.25")
        row = Remittance(
            place=Place("bank.csv", number + 2),
            account="A",
            currency="USD",
            amount=amount,
            value_date=day,
            booking_date=day,
            remitter=f"Orchard {number} & Sons",
            text=f"{text} for invoice {200_000 + number}",
            reference=text,
            identity=(text,),
        )
        marker = identity.marker(identity.key(row), 0)
        payment = Payment(
            marker=marker,
            customer=str(number),
            customer_name=row.remitter,
            currency="USD",
            value_date=day,
            kind="",
            reference=text,
            notes="",
            applications=(Application(str(200_000 + number), amount),),
            unapplied=NO_TOTAL,
        )
        made.append(Item(marker, row, Pay((payment,), Evidence("invoice quoted"))))
    return made


def live(folder: Path) -> Journal:
    """Write a journal in which everything was posted."""
    database = databases.connect("sqlite:///journal.db", folder, forced=False)
    database.execute("pragma synchronous = 0")
    author = writing.Author("host", "actor", "1", lambda: AT)
    journal, number = Journal(database, author), 0
    for file in range(-(-EVENTS // 3 // FILE_ROWS)):
        taken, digest = items(file), f"{file:064}"
        name = f"{file}.csv"
        record = FileRecord(digest, name, AT, "m", digest, "A", "proven", len(taken))
        journal.take_in(record, taken)
        with database.transaction():
            for one in taken:
                number += 1
                intent = Claimed(0, digest, f"CHK {one.id}", '{"body": ""}' * 30)
                call = Call("komet", AT.date(), "payment.receive", None)
                posted = answered(0, Posted(str(number)))
                writing.claimed(database, author, one.id, 1, intent, call)
                writing.finished(database, author, one.id, posted, 2)
    return journal


def test_a_journal_of_a_million_events_is_verified(tmp_path: Path) -> None:
    with live(tmp_path) as journal:
        start = time.perf_counter()
        found = journal.audit()
        seconds = time.perf_counter() - start
    assert found.faults == []
    assert found.events >= EVENTS
    each = seconds / found.events * 1_000_000
    said = f"verified {found.events} events in {seconds:.1f} s ({each:.1f} us each)\n"
    sys.stdout.write(said)
