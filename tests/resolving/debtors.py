"""An invented company: its customers, what they owe, and whom accounting remembers.

Shares no code with what it is for.  Names come in families that look alike: shops of
one chain in several towns, the same name with another legal form, and payers that the
ERP knows under another name.  A fifth of the customers owe many invoices, half owe few.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

TODAY = date(2026, 6, 15)
_FIRST = [
    "Rosewood",
    "Petal",
    "Harbor",
    "Cactus",
    "Willow",
    "Magnolia",
    "Juniper",
    "Marigold",
    "Cedar",
    "Orchid",
    "Lotus",
    "Fern",
    "Ivy",
    "Maple",
    "Primrose",
    "Heather",
    "Sage",
    "Thistle",
    "Clover",
    "Bramble",
    "Lavender",
    "Tulip",
    "Aster",
    "Poppy",
    "Dahlia",
    "Laurel",
    "Hawthorn",
    "Hazel",
    "Birch",
    "Sorrel",
    "Verbena",
    "Yarrow",
    "Zinnia",
    "Camellia",
    "Azalea",
    "Begonia",
    "Peony",
    "Iris",
    "Jasmine",
    "Sequoia",
]
_SECOND = [
    "Floral",
    "Garden",
    "Blossom",
    "Meadow",
    "Greens",
    "Bouquet",
    "Nursery",
    "Bloom",
    "Flower",
    "Stem",
    "Leaf",
    "Valley",
    "Ridge",
    "Creek",
    "Hill",
    "Lake",
    "Field",
    "Grove",
    "Springs",
    "Acres",
    "Market",
    "Studio",
    "Design",
    "House",
    "Barn",
    "Works",
    "Trading",
    "Import",
    "Export",
    "Supply",
    "Events",
    "Gifts",
    "Decor",
    "Botanics",
    "Gardens",
    "Growers",
]
_THIRD = [
    "Wholesale",
    "Retail",
    "Partners",
    "Brothers",
    "Sisters",
    "Group",
    "Collective",
    "Depot",
    "Outlet",
    "Center",
    "Direct",
    "Select",
    "Express",
    "Premium",
    "Classic",
    "Atlantic",
    "Pacific",
    "Central",
]
_TOWNS = [
    "Tampa",
    "Orlando",
    "Ocala",
    "Miami",
    "Naples",
    "Austin",
    "Dallas",
    "Houston",
    "Denver",
    "Boise",
]
_LEGAL = ("LLC", "Inc.", "Corp.", "Ltd", "Co.", "GmbH", "B.V.", "S.A.", "S.L.", "")
_IN_PARTS = 0.1
_HOLDERS = [
    "Delta",
    "Summit",
    "Crest",
    "Anchor",
    "Beacon",
    "Vertex",
    "Orion",
    "Nimbus",
    "Argent",
    "Cobalt",
]


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice that is open (or, below zero, a credit memo)."""

    number: str
    customer: str
    amount: Decimal
    issued: date
    order: str


@dataclass(slots=True)
class Debtor:
    """A customer, how it is written, and what it owes.

    `family` are the customers whose names begin alike; `holder` is another name under
    which accounting remembers it, `account` the end of its bank account where that is
    remembered.
    """

    id: str
    name: str
    base: str
    legal: str
    holder: str = ""
    account: str = ""
    owed: list[Owed] = field(default_factory=list)
    credit: Owed | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """All customers, by id, and every invoice's owner."""

    debtors: dict[str, Debtor]
    owners: dict[str, str]
    times: dict[Decimal, int]


def company(chance: random.Random, customers: int) -> Company:
    """Invent a company with so many customers."""
    debtors = _debtors(chance, customers)
    number = 210_000
    owners: dict[str, str] = {}
    times: dict[Decimal, int] = {}
    # One in ten orders is billed in three parts, with numbers that follow each other.
    orders = [one for one in debtors.values() for _ in range(_count(chance))]
    chance.shuffle(orders)
    slots = [
        one
        for order in orders
        for one in [order] * (3 if chance.random() < _IN_PARTS else 1)
    ]
    for place, one in enumerate(slots):
        number += chance.choice((1, 1, 1, 2, 3))
        written = f"WEB-2026-{number:06}" if place % 25 == 0 else str(number)
        issued = TODAY - timedelta(days=90 - 80 * place // len(slots))
        order = (
            f"{chance.choice(('PO-', 'PO', ''))}{chance.randint(700_0000, 799_9999)}"
        )
        found = Owed(
            written, one.id, _price(chance), issued, order if place % 4 == 0 else ""
        )
        one.owed.append(found)
        owners[written] = one.id
        times[found.amount] = times.get(found.amount, 0) + 1
    for one in debtors.values():
        if chance.random() < 0.08:
            number += 1
            one.credit = Owed(str(number), one.id, -_price(chance) / 4, TODAY, "")
            owners[str(number)] = one.id
    return Company(debtors, owners, times)


def _debtors(chance: random.Random, customers: int) -> dict[str, Debtor]:
    found: dict[str, Debtor] = {}
    bases: set[str] = set()
    while len(found) < customers:
        base = f"{chance.choice(_FIRST)} {chance.choice(_SECOND)}"
        if chance.random() < 0.7:
            base += f" {chance.choice(_THIRD)}"
        base += f" {chance.choice('ABCDEFGHJKLMNPRSTUVW')}{chance.choice('aeiou')}nn"
        if base in bases:
            continue
        bases.add(base)
        towns = chance.sample(_TOWNS, 3) if chance.random() < 0.05 else [""]
        for town in towns:
            legal = chance.choice(_LEGAL)
            whole = f"{base} of {town}" if town else base
            _add(found, whole, legal, chance)
            if not town and legal and chance.random() < 0.02:
                _add(found, whole, "Inc." if legal != "Inc." else "LLC", chance)
    return found


def _add(
    found: dict[str, Debtor], base: str, legal: str, chance: random.Random
) -> None:
    number = str(40_001 + len(found) * 3)
    one = Debtor(number, f"{base} {legal}".strip(), base, legal)
    if chance.random() < 0.25:
        one.holder = (
            f"{chance.choice(_HOLDERS)} {base.split(maxsplit=1)[0]} Holdings {number}"
        )
    if chance.random() < 0.3:
        one.account = f"{chance.randint(10**9, 10**10 - 1)}"
    found[number] = one


def _count(chance: random.Random) -> int:
    roll = chance.random()
    if roll < 0.5:
        return chance.randint(2, 6)
    return chance.randint(7, 20) if roll < 0.8 else chance.randint(21, 80)


def _price(chance: random.Random) -> Decimal:
    """Most have odd cents, some are round, a few are the same for everybody."""
    roll = chance.random()
    if roll < 0.75:
        return Decimal(chance.randint(4_000, 900_000)) / 100
    if roll < 0.93:
        return Decimal(chance.randint(4, 900) * 5).quantize(Decimal("0.01"))
    return Decimal(chance.choice(("49.00", "99.00", "249.00", "499.00", "999.00")))
