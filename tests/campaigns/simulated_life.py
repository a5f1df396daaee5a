"""One simulated life of twenty remittances: taken in, posted, settled, decided.

The journal, posting and settling are the program's own.  A life has rough rounds,
in which everything may fail, and then kind ones, in which people do what is asked
of them: at its end each payment is in the ERP's book exactly once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from simulated_erp import LAGS, ONCE, Line, Temper, TimedErp
from simulated_shelf import REMITTANCES, SHELVES, WHY, journal_of, shelf
from simulated_turns import Table, by_turns, with_turns
from simulated_verdict import Harm, Told, judge
from simulated_world import DAY, HOUR, MINUTE, NEVER, Crash, World

from importer.errors import ImporterError
from importer.journal.entry import Entry, Part
from importer.journal.orders import Again, Decision
from importer.model import InDoubt, Pay, Payment, Posted, Refused
from importer.posting import Terms, post
from importer.reconciling import read_back
from importer.settling import settle

KIND_ROUNDS_MOST = 12


@dataclass(slots=True)
class Report:
    """What came of a life."""

    seed: int
    harms: list[Harm] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


def live(seed: int, *, forgets: bool = False) -> Report:
    """Live the life of a seed to its end, and judge it; see `Memory.begin_a_life`."""
    life = _Life(seed)
    memory = life.memory
    memory.begin_a_life(life.world, life.trouble, forgets=forgets)
    try:
        with by_turns(life.table):
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
        self.table = Table(seed)
        self.world.turn = self.table.turn
        self.journal = with_turns(journal_of(self.memory, self.world), self.table)
        self.trouble = chance.choice((0.0, 0.0, 0.0, 0.01))
        self.calls = chance.choice((1000, 1000, 1000, 40))
        lag = chance.choice(LAGS)
        self.temper = Temper(
            lag=lag,
            stale_list=chance.choice((0.0, 0.3)) if lag else 0.0,
            drifts=chance.random() < 0.1,
            folds=chance.random() < 0.1,
        )
        self.erp = TimedErp(self.world, self.journal, self.temper, self.calls)
        if seed % 8 == 2:
            self.erp.traits = ONCE
            self.temper.lag = self.temper.stale_list = 0.0
        self.stop_after = chance.choice((0, 0, 0, 10))
        self.deaths_apart = chance.choice((0, 10, 40, 150))
        self.jumps_apart = chance.choice((0, 0, 20, 100))
        self.faulty = chance.choice((0.02, 0.15, 0.4))
        self.rounds = chance.randrange(1, 7)
        self.workers = 1 if seed % 4 else 3
        self.reads_back = seed % 8 == 1
        self.is_quiet = False
        self.harms: list[Harm] = []
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
            self.harms += self._denied()
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
            self.erp.forget()
        except ImporterError:
            self.seen["stopped"] += 1
            self.memory.reopen()

    def _work(self) -> None:
        """Do what a round of the program does."""
        if self.is_new and not self.journal.files_taken():
            self.journal.take_in(self.shelf.file, self.shelf.items)
        until = self.erp.sent + (self.stop_after or NEVER)
        calls, now = self.erp.daily_calls, self.world.now
        terms = Terms(self.workers, calls, now, lambda: self.erp.sent >= until)
        only_settles = self.world.chance.random() < 0.1 and not self.is_quiet
        with self.journal.only_sender("now"):
            try:
                if not only_settles:
                    post(self.journal, self.erp, terms)
            finally:
                settle(self.journal, self.erp, now)
            if self.reads_back:
                read_back(self.journal, self.erp, now)

    def _denied(self) -> list[Harm]:
        """See what is called refused or waiting before people have put it right."""
        told = _told(self.journal.entries(statuses=("refused", "ready")))
        owed = {mark: self.shelf.owed[mark] for mark in told}
        book = [one for one in self.erp.own_book() if one.mark in told]
        return [one for one in judge(owed, book, told) if one.kind == "denied"]

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
        again = Decision(entry.id, entry.version, self._send_it(entry), "anna")
        if not there:
            return again
        if len(doubts := _doubtful(open_parts, lines)) == 1 and self._is_in(doubts[0]):
            number = doubts[0].found.control_number
            verdict = Posted(number, "seen by anna")
            return Decision(entry.id, entry.version, verdict, "anna")
        # Who orders again what a list shows makes the program look, and not send.
        return again if self.is_quiet else None

    def _send_it(self, entry: Entry) -> Again | Pay:
        """Order it in one of the two ways that there are."""
        if entry.status == "in_doubt" or self.world.chance.random() < 0.5:
            return Again()
        return Pay(tuple(one.payment for one in entry.parts), WHY)

    def _is_in(self, line: Line) -> bool:
        return line.came_in <= self.world.time

    def _any_payment(self) -> Payment:
        first = self.world.chance.choice(self.shelf.items).first
        assert isinstance(first, Pay)
        return first.payments[0]

    def report(self) -> Report:
        """Judge what is in the book and what is told."""
        told = _told(self.journal.entries())
        harms = self.harms + judge(self.shelf.owed, self.erp.own_book(), told)
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


def _told(entries: Iterable[Entry]) -> dict[str, Told]:
    """Return what is said of every payment."""
    return {
        part.payment.marker: Told(one.status, _word(part), _control(part))
        for one in entries
        for part in one.parts
    }


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
