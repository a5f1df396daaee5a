"""One simulated life of twenty remittances: taken in, posted, settled, decided.

The journal, posting and settling are the program's own.  A life has rough rounds,
in which everything may fail, and then kind ones, in which people do what is asked
of them: at its end each payment is in the ERP's book exactly once.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from simulated_erp import LAGS, Line, Temper, TimedErp
from simulated_journal import Memory
from simulated_verdict import Harm, Owed, Told, judge
from simulated_world import DAWN, DAY, HOUR, MINUTE, NEVER, Crash, World

from importer import identity
from importer.errors import ImporterError
from importer.journal import Journal
from importer.journal.entry import Entry, FileRecord, Part
from importer.journal.orders import Again, Decision, Item, Taken
from importer.journal.writing import Author
from importer.model import (
    Application,
    Evidence,
    InDoubt,
    Pay,
    Payment,
    Place,
    Posted,
    Refused,
    Remittance,
)
from importer.posting import Terms, post
from importer.settling import settle

REMITTANCES = 20
SHELVES = 24
KIND_ROUNDS_MOST = 12
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


@dataclass(slots=True)
class Report:
    """What came of a life."""

    seed: int
    harms: list[Harm] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


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
    assert _journal(full, world).take_in(file, items) is Taken.IN
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


def _journal(memory: Memory, world: World) -> Journal:
    return Journal(memory, Author("host", "actor", "1", world.now))


def live(seed: int) -> Report:
    """Live the life of a seed to its end, and judge it."""
    life = _Life(seed)
    memory = life.memory
    memory.begin_a_life(life.world, life.trouble)
    try:
        life.live()
        return life.report()
    finally:
        memory.end_the_life()


class _Life:
    """A life under way: how rough it is was drawn at its beginning."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        chance = self.world.chance
        self.shelf = shelf(chance.randrange(SHELVES))
        self.is_new = chance.random() < 0.03
        self.memory = self.shelf.empty if self.is_new else self.shelf.full
        self.trouble = chance.choice((0.0, 0.0, 0.0, 0.01))
        self.journal = _journal(self.memory, self.world)
        self.calls = chance.choice((1000, 1000, 1000, 40))
        lag = chance.choice(LAGS)
        self.temper = Temper(
            lag=lag,
            stale_list=chance.choice((0.0, 0.3)) if lag else 0.0,
            drifts=chance.random() < 0.1,
            folds=chance.random() < 0.1,
        )
        self.erp = TimedErp(self.world, self.journal, self.temper, self.calls)
        self.stop_after = chance.choice((0, 0, 0, 10))
        self.deaths_apart = chance.choice((0, 10, 40, 150))
        self.jumps_apart = chance.choice((0, 0, 20, 100))
        self.faulty = chance.choice((0.02, 0.15, 0.4))
        self.rounds = chance.randrange(1, 7)
        self.is_quiet = False
        self.seen: Counter[str] = Counter()

    def live(self) -> None:
        """Pass the rough rounds and then the kind ones."""
        chance = self.world.chance
        if chance.random() < 0.05:
            self.erp.types_in(self._any_payment())
        self.world.be_rough(self.deaths_apart, self.jumps_apart)
        for _ in range(self.rounds):
            self.temper.fault = 1.0 if chance.random() < 0.05 else self.faulty
            self.temper.deaf_list = chance.choice((0.0, 0.0, 0.05, 0.5))
            self._round()
            if chance.random() < 0.2:
                self._quietly(self._people_decide)
            if chance.random() < 0.02:
                self.erp.turns_back()
            self.world.time += chance.choice((1.0, MINUTE, 31 * MINUTE, 3 * HOUR))
        self._kindly()

    def _kindly(self) -> None:
        """Wait until all is to be seen; then let the program and people finish."""
        self.world.be_kind()
        self.memory.commit_trouble = 0.0
        self.temper.fault = self.temper.deaf_list = self.temper.stale_list = 0.0
        self.stop_after, self.erp.daily_calls = 0, 10_000
        self.temper.lag = 0.0
        self.is_quiet = True
        self.world.time += 2 * DAY
        if self.world.chance.random() < 0.05:
            self._lose_the_journal()
        for _ in range(KIND_ROUNDS_MOST):
            self._round()
            counts = self.journal.counts()
            if counts["posted"] == REMITTANCES:
                break
            self._people_decide()
            self.world.time += 2 * HOUR
            self.seen["kind rounds"] += 1

    def _lose_the_journal(self) -> None:
        """Take the same file in again by a journal that knows nothing."""
        self.seen["journals lost"] += 1
        before = self.erp.sent, {one.mark for one in self.erp.book}
        self.memory.forget()
        self._round()
        assert self.erp.sent - before[0] <= len(self.shelf.owed.keys() - before[1]), (
            "something was sent that the ERP has"
        )

    def _round(self) -> None:
        self._quietly(self._work)

    def _quietly(self, deed: Callable[[], None]) -> None:
        """Do it until it ends, is stopped, or the process dies; then start anew."""
        try:
            deed()
        except Crash:
            self.world.revive()
            self.memory.reopen()
        except ImporterError:
            self.seen["stopped"] += 1
            self.memory.reopen()

    def _work(self) -> None:
        """Do what a round of the program does."""
        if self.is_new and not self.journal.files_taken():
            self.journal.take_in(self.shelf.file, self.shelf.items)
        until = self.erp.sent + (self.stop_after or NEVER)
        calls, now = self.erp.daily_calls, self.world.now
        terms = Terms(1, calls, now, lambda: self.erp.sent >= until)
        with self.journal.only_sender("now"):
            try:
                post(self.journal, self.erp, terms)
            finally:
                settle(self.journal, self.erp, now)

    def _people_decide(self) -> None:
        """Let people look into the ERP itself, and say what they saw."""
        waiting = ("held", "refused", "in_doubt")
        for entry in list(self.journal.entries(statuses=waiting)):
            decision = self._decision(entry)
            if decision is None:
                continue
            rejected = self.journal.decide([decision])
            self.seen["rejected" if rejected else "decided"] += 1

    def _decision(self, entry: Entry) -> Decision | None:
        """Say posted where the book has it, again where it never will be there."""
        open_parts = [one for one in entry.parts if not isinstance(one.outcome, Posted)]
        lines = [self.erp.will_have(one.payment.marker) for one in open_parts]
        there = [one for one in lines if one]
        again = Decision(entry.id, entry.version, Again(), "anna")
        if not there:
            return again
        if len(doubts := _doubtful(open_parts, lines)) == 1 and self._is_in(doubts[0]):
            number = doubts[0].found.control_number
            verdict = Posted(number, "seen by anna")
            return Decision(entry.id, entry.version, verdict, "anna")
        # Who orders again what a list shows makes the program look, and not send.
        return again if self.is_quiet else None

    def _is_in(self, line: Line) -> bool:
        return line.came_in <= self.world.time

    def _any_payment(self) -> Payment:
        first = self.world.chance.choice(self.shelf.items).first
        assert isinstance(first, Pay)
        return first.payments[0]

    def report(self) -> Report:
        """Judge what is in the book and what is told."""
        entries = list(self.journal.entries())
        told = {
            part.payment.marker: Told(one.status, _word(part), _control(part))
            for one in entries
            for part in one.parts
        }
        harms = judge(self.shelf.owed, self.erp.own_book(), told)
        self.seen.update(one.kind for one in harms)
        self.seen.update(
            {
                "deaths": self.world.deaths,
                "clock jumps": self.world.jumps,
                "sent": self.erp.sent,
                "faulty answers": self.erp.faults,
                "failed commits": self.memory.refusals,
            }
        )
        return Report(self.world.seed, harms, self.seen)


def _doubtful(parts: Sequence[Part], lines: Sequence[Line | None]) -> list[Line]:
    """Return where the book has what a person would say is posted."""
    return [
        line
        for part, line in zip(parts, lines, strict=True)
        if line and (isinstance(part.outcome, InDoubt) or len(parts) == 1)
    ]


def _word(part: Part) -> str:
    match part.outcome:
        case Posted():
            return "posted"
        case Refused():
            return "refused"
        case InDoubt():
            return "in doubt"
        case _:
            return "under way" if part.under_way else "waits"


def _control(part: Part) -> str:
    return part.outcome.control_number if isinstance(part.outcome, Posted) else ""
