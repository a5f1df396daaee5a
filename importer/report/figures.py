"""What the report says, as values: counted once, row by row, from the journal.

A remittance goes *straight through* when it is posted and no person has decided
about it or approved it.  It is held against

    remittances   all but duplicates and what rules alone have skipped
    invoices      those that their plans or suggestions name; one where none is named
    money         what came in of them, for each currency
    lines         all rows read; those count that were posted, skipped or known as
                  duplicates without any person
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from heapq import nsmallest

from importer.journal import Journal
from importer.journal.entry import STATUSES, FileRecord, Head
from importer.journal.overview import WAITING, Standing
from importer.results import masked

PAYERS_MOST = 10
AGES = (1, 3, 7, 14, 30)
UNREAD = ""
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){4,}(?=[ .-]?\d{4}(?!\d))")


@dataclass(slots=True)
class Tally:
    """Rows, and their money by currency; rows that nobody can read have none."""

    rows: int = 0
    money: defaultdict[str, Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )

    def add(self, currency: str, amount: Decimal, rows: int = 1) -> None:
        """Count rows."""
        self.rows += rows
        if currency != UNREAD:
            self.money[currency] += amount


@dataclass(slots=True)
class Rate:
    """A part of a whole."""

    part: Decimal | int = 0
    whole: Decimal | int = 0

    def add(self, amount: Decimal | int, *, counts: bool) -> None:
        """Add to the whole, and to the part where it counts."""
        self.whole += amount
        self.part += amount if counts else 0

    def take(self, other: "Rate") -> None:
        """Add another's part and whole."""
        self.part += other.part
        self.whole += other.whole

    @property
    def share(self) -> Decimal | None:
        """Return the part as a share of one, nothing where there is no whole."""
        return Decimal(self.part) / self.whole if self.whole else None


@dataclass(slots=True)
class Through:
    """How much goes straight through, in four denominators."""

    remittances: Rate = field(default_factory=Rate)
    invoices: Rate = field(default_factory=Rate)
    lines: Rate = field(default_factory=Rate)
    money: defaultdict[str, Rate] = field(
        default_factory=lambda: defaultdict(lambda: Rate(Decimal(0), Decimal(0)))
    )

    def add(self, row: Standing) -> None:
        """Count a row."""
        alone = not row.by_person
        settled = row.status in {"posted", "skipped", "duplicate"}
        self.lines.add(1, counts=settled and alone)
        if row.status == "duplicate" or (row.status == "skipped" and alone):
            return
        straight = row.status == "posted" and alone
        self.remittances.add(1, counts=straight)
        self.invoices.add(max(row.invoices, 1), counts=straight)
        if row.amount > 0:
            self.money[row.currency].add(row.amount, counts=straight)

    def take(self, other: "Through") -> None:
        """Count what another has counted."""
        self.remittances.take(other.remittances)
        self.invoices.take(other.invoices)
        self.lines.take(other.lines)
        for currency, rate in other.money.items():
            self.money[currency].take(rate)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the report is about: the days on which files were taken in, and the ERP."""

    now: datetime
    erp: str
    daily_calls: int
    first: date | None = None
    last: date | None = None
    watcher: str = ""

    def has(self, day: date) -> bool:
        """Say whether a day is one of its days."""
        return (self.first is None or self.first <= day) and (
            self.last is None or day <= self.last
        )


@dataclass(slots=True)
class Figures:
    """All that the report says; see the top of this module for `through`.

    `read` is what was taken in, counted apart from where it stands; `ages` maps the
    least number of days that something waits; `waiting_elsewhere` counts what waits
    of files that were taken in on other days.
    """

    scope: Scope
    head: Head
    files: int = 0
    read: Tally = field(default_factory=Tally)
    statuses: dict[str, Tally] = field(
        default_factory=lambda: {word: Tally() for word in STATUSES}
    )
    through: Through = field(default_factory=Through)
    days: defaultdict[date, Through] = field(
        default_factory=lambda: defaultdict(Through)
    )
    mappings: defaultdict[str, Through] = field(
        default_factory=lambda: defaultdict(Through)
    )
    reasons: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    ages: dict[int, Tally] = field(
        default_factory=lambda: {least: Tally() for least in (0, *AGES)}
    )
    payers: defaultdict[tuple[str, str], Tally] = field(
        default_factory=lambda: defaultdict(Tally)
    )
    calls: Mapping[date, int] = field(default_factory=dict)
    waiting_elsewhere: int = 0

    @property
    def waiting(self) -> Tally:
        """Return what waits for a person."""
        return together(self.statuses[word] for word in WAITING)

    @property
    def is_conserved(self) -> bool:
        """Say whether rows and cents read are the sums over all statuses."""
        return self.read == together(self.statuses.values())

    def add(self, file: FileRecord, row: Standing) -> None:
        """Count a row of a file."""
        self.statuses[row.status].add(row.currency, row.amount)
        for through in (
            self.through,
            self.days[file.taken_at.date()],
            self.mappings[file.mapping],
        ):
            through.add(row)
        if row.status not in WAITING:
            return
        self.reasons[row.reason or row.status].add(row.currency, row.amount)
        age = (self.scope.now - file.taken_at) // timedelta(days=1)
        least = max((one for one in AGES if one <= age), default=0)
        self.ages[least].add(row.currency, row.amount)
        if row.currency != UNREAD:
            payer = row.currency, shown(row.payer, row.payer_account)
            self.payers[payer].add(row.currency, row.amount)


def figures(journal: Journal, scope: Scope) -> Figures:
    """Count everything in a journal that is of these days."""
    found = Figures(scope, journal.head())
    for file in filter(lambda one: scope.has(one.taken_at.date()), journal.files()):
        found.files += 1
        for currency, (rows, amount) in journal.overview.taken_in(file.sha256).items():
            found.read.add(currency, amount, rows)
        for row in journal.overview.standings(file.sha256):
            found.add(file, row)
    every = sum(journal.counts()[word] for word in WAITING)
    found.waiting_elsewhere = max(every - found.waiting.rows, 0)
    calls = journal.overview.calls_by_day(scope.erp)
    found.calls = {day: number for day, number in calls.items() if scope.has(day)}
    return found


def payers_most(found: Figures) -> dict[str, list[tuple[str, Tally]]]:
    """Return by currency the payers of whom most money waits, the most first."""
    named: dict[str, list[tuple[str, Tally]]] = {}
    for (currency, payer), tally in found.payers.items():
        named.setdefault(currency, []).append((payer, tally))
    return {
        currency: nsmallest(
            PAYERS_MOST, several, key=lambda one: (-one[1].money[currency], one[0])
        )
        for currency, several in sorted(named.items())
    }


def together(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up, each currency by itself."""
    total = Tally()
    for one in tallies:
        total.rows += one.rows
        for currency, amount in one.money.items():
            total.money[currency] += amount
    return total


def shown(payer: str, account: str) -> str:
    """Name a payer without a whole account number, wherever the bank wrote it."""
    text = _LONG_NUMBER.sub("\u2026", masked(payer, account))
    return " ".join(text.split())
