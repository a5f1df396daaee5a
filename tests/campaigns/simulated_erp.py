"""An ERP in virtual time, with a book that knows when each payment really came in.

What is sent may be applied at once, later, or never; the answer may be lost.  A
list shows a payment only after its lag, and at times the list of a while ago.  A
list answers with more than it was asked for, as LIKE does.

One limit: what an ERP refuses and books all the same is seen by every look at it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from simulated_verdict import Booked
from simulated_world import DAY, HOUR, MINUTE, World

from importer.erp import Request, Traits, Unpayable
from importer.errors import Fault, SettingsRefused, StoppedEarly
from importer.journal import Journal
from importer.journal.orders import Call
from importer.lookup import windows
from importer.model import (
    Customer,
    Found,
    InDoubt,
    Invoice,
    NotSent,
    Outcome,
    Payment,
    Posted,
    Refused,
)

KOMETS = Traits("komet", "payment.receive")
ONE_DAY = timedelta(days=1)
LATE = (1.0, 10 * MINUTE, 2 * HOUR, DAY)
LAGS = (0.0, 0.0, 2.0, MINUTE, HOUR)
KINDS = (
    *("refused", "refused but applied", "not sent"),
    *("lost", "applied", "late", "dies"),
)
WEIGHTS = (15, 5, 20, 20, 20, 15, 5)


LISTS = Traits("komet", "payment.receive")
ONCE = Traits("crmcom", "pay_invoice", takes_once=True, lists_all=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A payment in the book: when it came in, and since when a list shows it."""

    came_in: float
    shows: float
    mark: str
    customer: str
    found: Found


@dataclass(slots=True)
class Temper:
    """How an ERP behaves for a while; shares are of one."""

    fault: float = 0.0
    deaf_list: float = 0.0
    stale_list: float = 0.0
    lag: float = 0.0
    drifts: bool = False
    folds: bool = False


@dataclass(slots=True)
class TimedErp:
    """The client and the ERP in one; `journal` counts its calls."""

    world: World
    journal: Journal
    temper: Temper
    daily_calls: int
    book: list[Line] = field(default_factory=list)
    sent: int = 0
    faults: int = 0
    busy: set[str] = field(default_factory=set)
    traits: Traits = LISTS
    numbers: Iterator[int] = field(default_factory=lambda: count(88000))

    def prepare(self, payment: Payment) -> Request | Unpayable:
        reference = f"{payment.reference} {payment.marker}"
        return Request(payment, reference, b"{}", "d" * 64)

    def send(self, request: Request) -> Outcome:
        world, chance = self.world, self.world.chance
        world.moment()
        self.sent += 1
        self._begins(request.payment.customer)
        world.turn()
        world.time += chance.random()
        kind = ""
        if chance.random() < self.temper.fault:
            self.faults += 1
            (kind,) = chance.choices(KINDS, WEIGHTS)
        outcome = self._answered(kind, request)
        world.turn()
        world.moment()
        self.busy.discard(request.payment.customer)
        return outcome

    def _begins(self, customer: str) -> None:
        """See that no customer has two requests under way."""
        assert customer not in self.busy, f"{customer} has a request under way"
        self.busy.add(customer)

    def forget(self) -> None:
        """Know nothing of requests whose sender has died."""
        self.busy.clear()

    def _answered(self, kind: str, request: Request) -> Outcome:
        chance = self.world.chance
        line = self.will_have(request.payment.marker)
        if self.traits.takes_once and line and line.came_in <= self.world.time:
            return Refused("this code is in use")
        match kind:
            case "":
                return Posted(self._books(request).found.control_number)
            case "refused":
                return Refused("customer is on hold")
            case "refused but applied":
                self._books(request, shows=-DAY)
                return Refused("something went wrong")
            case "not sent":
                return NotSent("no route")
            case "lost":
                self.world.time += MINUTE
            case "applied":
                self._books(request)
                self.world.time += MINUTE
            case "late":
                self._books(request, after=chance.choice(LATE))
                self.world.time += MINUTE
            case _:
                if chance.random() < 0.5:
                    self._books(request)
                self.world.die()
        return InDoubt("no answer within 60 seconds")

    def _books(
        self, request: Request, *, after: float = 0, shows: float | None = None
    ) -> Line:
        payment, chance = request.payment, self.world.chance
        came_in = self.world.time + after
        if shows is None:
            shows = came_in + chance.random() * self.temper.lag
        day = payment.value_date
        if self.temper.drifts:
            day += chance.choice((-ONE_DAY, ONE_DAY))
        reference = request.reference
        found = Found(
            control_number=str(next(self.numbers)),
            date=day,
            customer_name=payment.customer_name,
            reference=reference.lower() if self.temper.folds else reference,
            notes="",
            total=payment.total,
            applied={one.invoice: one.amount for one in payment.applications},
        )
        line = Line(came_in, shows, payment.marker, payment.customer, found)
        self.book.append(line)
        if self.traits.takes_once:
            self._takes_once(line.mark)
        return line

    def _takes_once(self, mark: str) -> None:
        """Refuse what comes in with a mark that came in before."""
        lines = [one for one in self.book if one.mark == mark and one.found.total > 0]
        first = min(lines, key=lambda one: one.came_in)
        late = {id(one) for one in lines if one is not first}
        self.book = [one for one in self.book if id(one) not in late]

    def types_in(self, payment: Payment) -> None:
        """Let a clerk book something that only looks like one of ours."""
        found = Found(
            control_number=str(next(self.numbers)),
            date=payment.value_date,
            customer_name=payment.customer_name,
            reference="by hand",
            notes="",
            total=payment.total,
            applied={},
        )
        now = self.world.time
        self.book.append(Line(now, now, "", payment.customer, found))

    def turns_back(self) -> None:
        """Let the bank turn one of ours back: the same, with less than nothing."""
        ours = [one for one in self.book if one.mark and one.found.total > 0]
        if ours:
            line = self.world.chance.choice(ours)
            number = str(next(self.numbers))
            found = replace(line.found, control_number=number, total=-line.found.total)
            self.book.append(replace(line, found=found))

    def listed(self, days: Iterable[date], markers: Sequence[str]) -> tuple[Found, ...]:
        if not self.traits.lists_all:
            return tuple(
                one
                for one in self._shown()
                if not set(markers).isdisjoint(one.reference.upper().split())
            )
        return tuple(one for some in windows(days) for one in self._dated(*some))

    def numbered(
        self, numbers: Sequence[str], days: Iterable[date]
    ) -> tuple[Found, ...]:
        return tuple(o for o in self.listed(days, ()) if o.control_number in numbers)

    def _dated(self, first: date, last: date) -> tuple[Found, ...]:
        shown = self._shown()
        return tuple(
            one for one in shown if one.date is not None and first <= one.date <= last
        )

    def search(self, reference: str) -> tuple[Found, ...]:
        start = reference[:4].casefold()
        return tuple(
            one for one in self._shown() if one.reference[:4].casefold() == start
        )

    def _shown(self) -> list[Found]:
        world, temper = self.world, self.temper
        today = world.now().date()
        self.journal.count(
            Call(self.traits.kind, today, "payment.list", self.daily_calls)
        )
        world.moment()
        world.time += world.chance.random()
        if world.chance.random() < temper.deaf_list:
            if world.chance.random() < 0.1:
                raise SettingsRefused(Fault("", "the token is refused"))
            raise StoppedEarly(Fault("", "the ERP is away"))
        seen = world.time
        if temper.stale_list and world.chance.random() < temper.stale_list:
            seen -= world.chance.random() * temper.lag
        return [one.found for one in self.book if one.shows <= seen]

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        assert not known
        return iter(())

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        assert not known
        assert first <= last
        del known
        return iter(())

    def quoted(self, number: str, customer: str) -> None:
        assert number
        assert customer

    def check(self) -> Sequence[str]:
        return ()

    def will_have(self, mark: str) -> Line | None:
        """Return the payment with this mark that is in the book, or will be."""
        lines = (one for one in self.book if one.mark == mark)
        return next((one for one in lines if one.found.total > 0), None)

    def own_book(self) -> Iterator[Booked]:
        """Return the book itself, without any list between; typed ones are not ours."""
        for one in self.book:
            if one.mark:
                cents = int(one.found.total * Decimal(100))
                number = one.found.control_number
                yield Booked(one.mark, number, one.customer, cents)
