"""Prove a file's own totals against its rows.

    footer            Total,,1,250.00          = sum of the rows
    declared          Records: 43, a sum       = rows counted and added up
    balances          opening + sum            = closing
    running balance   each row's, forwards or newest first, whichever fits all

Sums are in the bank's own sign.  What the file declares is proven or it
contradicts the rows; a row whose amount cannot be read makes it unprovable.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from importer import money
from importer.errors import Fault
from importer.model import ZERO
from importer.table import Row
from importer.transcribe.amounts import Unclear

MOST_BREAKS = 20
MOST_SAID = 10


class Standing(Enum):
    """How a file's own totals stand to its rows."""

    PROVEN = "proven"
    CONTRADICTED = "contradicted"
    NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Proof:
    """How the file's own totals stand to its rows, and in which words."""

    standing: Standing
    sentence: str


@dataclass(slots=True)
class Tally:
    """Plain sums over the rows of one account and currency, in the bank's own sign.

    `count` is the number of amounts: rows, or groups where all rows of a group
    repeat its amount; where a bank line has several, the number of bank lines.
    `debits` is negative or zero.
    """

    count: int = 0
    sum: Decimal = ZERO
    credits: Decimal = ZERO
    first_date: date | None = None
    last_date: date | None = None

    @property
    def debits(self) -> Decimal:
        """Return the sum of what went out, negative or zero."""
        return self.sum - self.credits

    def add(self, amount: Decimal, day: date | None, count: int = 1) -> None:
        """Add one amount; `day` is None where it is not known."""
        self.count += count
        self.sum += amount
        if amount > 0:
            self.credits += amount
        if day is not None:
            if self.first_date is None or self.last_date is None:
                self.first_date = self.last_date = day
            elif day > self.last_date:
                self.last_date = day
            elif day < self.first_date:
                self.first_date = day


@dataclass(frozen=True, slots=True)
class Declared:
    """A number that the file states about its rows, and on which line.

    `what` is `count`, `sum`, `credits`, `debits`, `opening` or `closing`;
    `account` is empty where it is about all rows.
    """

    what: str
    number: Decimal
    line: int
    account: str = ""


@dataclass(slots=True)
class Running:
    """The running balance of one account, tried in both directions at once.

    Forwards, a balance less all amounts up to its row stays the same; newest
    first, a balance and all amounts above its row do.  Rows without a balance
    may stand between.
    """

    total: Decimal = ZERO
    balances: int = 0
    forwards: Decimal = ZERO
    backwards: Decimal = ZERO
    forward_breaks: list[int] = field(default_factory=list)
    backward_breaks: list[int] = field(default_factory=list)

    def add(self, amount: Decimal, balance: Decimal | None, line: int) -> None:
        """Follow one row; `balance` is None where the row has none."""
        before = self.total
        self.total += amount
        if balance is None:
            return
        forwards, backwards = balance - self.total, balance + before
        if self.balances:
            if forwards != self.forwards:
                self.forward_breaks.append(line)
            if backwards != self.backwards:
                self.backward_breaks.append(line)
        self.forwards, self.backwards = forwards, backwards
        self.balances += 1

    def breaks(self) -> list[int]:
        """Return the rows whose balance does not follow, in the better direction."""
        return min(self.forward_breaks, self.backward_breaks, key=len)


@dataclass(slots=True)
class Sums:
    """What adds up while a file is read, to be held against what it declares.

    `unknown` counts the rows whose amount cannot be read.  `entry` is the column
    that tells bank lines apart where one has several amounts.
    """

    file: str
    balance_of: Callable[[tuple[str, ...]], Decimal | None] | None = None
    entry: int | None = None
    latest: str = ""
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    running: dict[tuple[str, str], Running] = field(default_factory=dict)
    declared: list[Declared] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unknown: int = 0

    def add(
        self, of: tuple[str, str], amount: Decimal, day: date | None, row: Row
    ) -> None:
        """Count one row of an account and currency; `day` is None if not known."""
        tally = self.tallies.get(of)
        if tally is None:
            tally = self.tallies[of] = Tally()
        if self.entry is None:
            tally.add(amount, day)
        else:
            entry = row.cells[self.entry]
            tally.add(amount, day, int(entry != self.latest))
            self.latest = entry
        if self.balance_of is None:
            return
        running = self.running.setdefault(of, Running())
        try:
            running.add(amount, self.balance_of(row.cells), row.line)
        except Unclear as error:
            where = f"{self.file}:{row.line}"
            self.faults.append(Fault(where, error.sentence, hint=error.hint))

    def proof(self, checked: Sequence[str | Fault]) -> tuple[Proof, list[Fault]]:
        """Hold everything declared against the rows, and say what came of it.

        `checked` is what the reader has held against the records already.
        """
        balances = sum(one.balances for one in self.running.values())
        # A balance at one end alone was never to be proven.
        what = {one.what for one in self.declared}
        provable = what - {"opening", "closing"} or {"opening", "closing"} <= what
        stated = bool(provable or self.faults) or balances > len(self.running)
        if stated and self.unknown:
            sentence = (
                "what the file declares cannot be proven without the amounts of"
                f" {self.unknown} of its rows"
            )
            return Proof(Standing.CONTRADICTED, sentence), [Fault(self.file, sentence)]
        proven: list[str] = []
        faults = [*self.faults]
        own = (*self._declared(), *self._balances(), *self._running())
        for found in (*checked, *own):
            match found:
                case str():
                    proven.append(found)
                case Fault():
                    faults.append(found)
        if faults:
            return Proof(Standing.CONTRADICTED, faults[0].sentence), faults
        if proven:
            said = proven[:MOST_SAID]
            if len(proven) > MOST_SAID:
                said.append(f"and {len(proven) - MOST_SAID} more")
            return Proof(Standing.PROVEN, "; ".join(said)), []
        sentence = "the file states no totals that its rows could be held against"
        return Proof(Standing.NOT_STATED, sentence), []

    def _of(self, account: str) -> list[Tally]:
        return [tally for key, tally in self.tallies.items() if account in ("", key[0])]

    def _declared(self) -> Iterator[str | Fault]:
        """Hold counts and sums against the rows."""
        for one in self.declared:
            tallies = self._of(one.account)
            match one.what:
                case "count":
                    found = Decimal(sum(tally.count for tally in tallies))
                case "sum":
                    found = sum((tally.sum for tally in tallies), ZERO)
                case "credits":
                    found = sum((tally.credits for tally in tallies), ZERO)
                case "debits":
                    found = -sum((tally.debits for tally in tallies), ZERO)
                case _:
                    continue
            write = str if one.what == "count" else money.write
            if found == one.number:
                yield f"{_WORDS[one.what]} {write(found)} as declared"
            else:
                yield Fault(
                    f"{self.file}:{one.line}",
                    f"the file declares the {_WORDS[one.what]} {write(one.number)},"
                    f" and its rows make {write(found)}",
                )

    def _balances(self) -> Iterator[str | Fault]:
        """Hold opening balances and rows against closing balances, by account."""
        for account in sorted({one.account for one in self.declared}):
            here = [one for one in self.declared if one.account == account]
            opening = [one for one in here if one.what == "opening"]
            closing = [one for one in here if one.what == "closing"]
            if not opening or len(opening) != len(closing):
                continue
            first = sum((one.number for one in opening), ZERO)
            last = sum((one.number for one in closing), ZERO)
            moved = sum((tally.sum for tally in self._of(account)), ZERO)
            words = f"opening {money.write(first)} and rows {money.write(moved)}"
            if first + moved == last:
                yield f"{words} make the closing {money.write(last)}"
            else:
                yield Fault(
                    f"{self.file}:{closing[-1].line}",
                    f"{words} make {money.write(first + moved)}, and the file closes"
                    f" with {money.write(last)}",
                )

    def _running(self) -> Iterator[str | Fault]:
        """Hold each running balance against the one before it."""
        for running in self.running.values():
            breaks = running.breaks()
            for line in breaks[:MOST_BREAKS]:
                sentence = "this balance does not follow from the one before it"
                yield Fault(f"{self.file}:{line}", sentence)
            if len(breaks) > MOST_BREAKS:
                more = len(breaks) - MOST_BREAKS
                yield Fault(self.file, f"{more} more balances do not follow")
            if not breaks and running.balances > 1:
                yield f"{running.balances} balances follow from one another"


_WORDS = {
    "count": "number of rows",
    "sum": "sum",
    "credits": "sum of credits",
    "debits": "sum of debits",
}
