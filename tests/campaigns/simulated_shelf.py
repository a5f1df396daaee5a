"""Twenty remittances of a life, drawn by chance, and a journal that took them in."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from simulated_journal import Memory
from simulated_verdict import Owed
from simulated_world import DAWN, World

from importer import identity
from importer.journal import Journal
from importer.journal.entry import FileRecord
from importer.journal.orders import Item, Taken
from importer.journal.writing import Author
from importer.model import Application, Evidence, Pay, Payment, Place, Remittance

REMITTANCES = 20
SHELVES = 24
WHY = Evidence("a simulation")
CUSTOMERS = {str(10442 + n): f"Orchard {n} & Sons" for n in range(5)}
FIRST_DAY = date(2026, 3, 14)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Twenty remittances, what is owed by mark, and a journal that took them in."""

    items: tuple[Item, ...]
    owed: dict[str, Owed]
    file: FileRecord
    full: Memory
    empty: Memory


@cache
def shelf(number: int) -> Shelf:
    """Make the twenty remittances with this number, and a journal that has them."""
    chance = random.Random(f"shelf {number}")
    items = tuple(_items(chance))
    payments = [
        one
        for item in items
        if isinstance(item.first, Pay)
        for one in item.first.payments
    ]
    owed = {one.marker: Owed(one.customer, int(one.total * 100)) for one in payments}
    name = f"{number}.csv"
    file = FileRecord(
        name.ljust(64, "0"), name, DAWN, "m", "d" * 64, "A", "proven", len(items)
    )
    world = World(0)
    full, empty = Memory(world), Memory(world)
    assert journal_of(full, world).take_in(file, items) is Taken.IN
    full.is_full = True
    return Shelf(items, owed, file, full, empty)


def _items(chance: random.Random) -> Iterator[Item]:
    """Draw remittances, some with several payments, some equal to one before."""
    apart = chance.choice((1, 1, 3, 40))
    seen: Counter[identity.Key] = Counter()
    row: Remittance | None = None
    for number in range(REMITTANCES):
        if row is None or chance.random() >= 0.1:
            row = _row(number, FIRST_DAY + timedelta(chance.randrange(apart)), chance)
        key = identity.key(row)
        marker = identity.marker(key, seen[key])
        seen[key] += 1
        count = chance.choices((1, 2, 3), (36, 3, 1))[0]
        payments = tuple(_payment(row, marker, part, chance) for part in range(count))
        yield Item(marker, row, Pay(payments, WHY))


def _row(number: int, day: date, chance: random.Random) -> Remittance:
    reference = f"CHK{chance.randrange(20)}" if number % 4 else f"CHK{number}"
    return Remittance(
        place=Place("bank.csv", number + 2),
        account="A",
        currency="USD",
        amount=Decimal(chance.choice(("100.00", "100.00", "250.10", "7.05"))),
        value_date=day,
        booking_date=day,
        remitter="",
        text=reference,
        reference=reference,
        identity=(reference, str(number)),
    )


def _payment(row: Remittance, marker: str, part: int, chance: random.Random) -> Payment:
    customer = chance.choice(list(CUSTOMERS))
    on_account = chance.random() < 0.2
    applied = (Application(str(10200 + chance.randrange(60)), row.amount),)
    return Payment(
        marker=identity.part_marker(marker, part),
        customer=customer,
        customer_name=CUSTOMERS[customer],
        currency="USD",
        value_date=row.value_date,
        kind="",
        reference=row.reference,
        notes="",
        applications=() if on_account else applied,
        unapplied=row.amount if on_account else Decimal("0.00"),
    )


def journal_of(memory: Memory, world: World) -> Journal:
    """Open the program's journal on a database in memory."""
    return Journal(memory, Author("host", "actor", "1", world.now))
