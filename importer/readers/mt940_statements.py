"""Follow the statements of a SWIFT file: whose they are, and whether they add up.

    :60F: + every :61: = :62F:       in each statement
    :62M: = the next :60M:           from page to page
    :90C:, :90D:                     number and sum, as far as entries are listed

The sums of an interim report (MT942) may hold entries below its floor limit that
it does not list: they prove the entries where they tie, and refuse nothing.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from importer import money
from importer.errors import Fault
from importer.readers.mt940_fields import Field
from importer.readers.shape import Faults

_AMOUNT = "([0-9]{1,15}(?:,[0-9]{0,6})?|,[0-9]{1,6})"
_BALANCE = re.compile(rf"([CD])([0-9]{{6}})([A-Z]{{3}})?\s*{_AMOUNT}")
_SUM = re.compile(rf"([0-9]{{1,5}})([A-Z]{{3}})\s*{_AMOUNT}")
_FLOOR = re.compile(r"([A-Z]{3})[CD]?[0-9]")
_PLACES = 2
NO_BEGIN = ("940", "942", "NS")
"""What stands before the first field of a statement, or anywhere."""


@dataclass(slots=True)
class Statements:
    """The statement that is being read, and what was found about those before."""

    file: str
    account: str = ""
    currency: str = ""
    number: str = ""
    checked: list[str | Fault] = field(default_factory=list)
    _line: int = 0
    _begun: bool = False
    _interim: bool = False
    _opening: Decimal | None = None
    _closed: bool = False
    _page: tuple[str, Decimal] | None = None
    _moved: Decimal = Decimal(0)
    _credits: list[Decimal] = field(default_factory=lambda: [Decimal(0)] * 2)
    _debits: list[Decimal] = field(default_factory=lambda: [Decimal(0)] * 2)

    def take(self, one: Field, faults: Faults) -> None:
        """Take a field that is no entry."""
        if one.tag == "20":
            self._finish(faults)
        if one.tag == "20" or not (self._begun or one.tag in NO_BEGIN):
            self._begin(one.line)
        match one.tag:
            case "25" | "25P":
                self.account = one.first.strip()
            case "28" | "28C":
                self.number = one.first.strip()
            case "34F":
                self._interim = True
                if found := _FLOOR.match(one.first):
                    self.currency = found[1]
            case "60F" | "60M":
                self._open(one, faults)
            case "62F" | "62M":
                self._close(one, faults)
            case "90C" | "90D":
                self._interim = True
                self._sum(one)

    def add(self, amount: str, *, expected: bool) -> None:
        """Add up one entry, as it is written in its row."""
        if not self._begun:
            self._begin(0)
        if expected:
            return
        moved = Decimal(amount)
        self._moved += moved
        side = self._credits if moved > 0 else self._debits
        side[0] += 1
        side[1] += abs(moved)

    def end(self, faults: Faults) -> None:
        """End the file, and with it the last statement."""
        if not self._begun:
            faults.add(1, "no statement begins in the file")
        self._finish(faults)

    def _finish(self, faults: Faults) -> None:
        """End a statement; one without its closing balance is cut off."""
        if self._begun and not (self._closed or self._interim):
            faults.add(
                self._line,
                "the file is cut off: this statement has no closing balance (:62F:)",
                hint="fetch the file again",
            )

    def _begin(self, line: int) -> None:
        self._line, self._begun = line, True
        self._opening, self._moved = None, Decimal(0)
        self._closed = self._interim = False
        self._credits, self._debits = [Decimal(0)] * 2, [Decimal(0)] * 2
        self.account = self.currency = self.number = ""

    def _open(self, one: Field, faults: Faults) -> None:
        if self._opening is not None:
            faults.add(one.line, "a second opening balance stands in this statement")
        found = _BALANCE.match(one.first)
        if found is None:
            faults.add(one.line, "this balance cannot be read", one.first)
            return
        self.currency = found[3] or self.currency
        self._opening = _signed(found)
        if one.tag == "60M" and self._page and self._page[0] == self.account:
            self._follows(one, self._page[1])

    def _close(self, one: Field, faults: Faults) -> None:
        found = _BALANCE.match(one.first)
        self._closed = True
        if found is None:
            faults.add(one.line, "this balance cannot be read", one.first)
            return
        closing = _signed(found)
        self._page = (self.account, closing) if one.tag == "62M" else None
        if self._opening is None:
            return
        words = f"opening {_shown(self._opening)} and entries {_shown(self._moved)}"
        if self._opening + self._moved == closing:
            self.checked.append(f"{words} make the closing {_shown(closing)}")
        else:
            made = _shown(self._opening + self._moved)
            self._contradict(
                one, f"{words} make {made}, and it closes with {_shown(closing)}"
            )
        # Whatever entries follow belong to no balance.
        self._opening = None

    def _follows(self, one: Field, before: Decimal) -> None:
        if self._opening is not None and self._opening != before:
            self._contradict(
                one,
                f"the page before closes with {_shown(before)}, this one opens with"
                f" {_shown(self._opening)}: is a page missing?",
            )

    def _sum(self, one: Field) -> None:
        found = _SUM.match(one.first)
        if found is None:
            return
        number, total = Decimal(found[1]), _number(found[3])
        side = self._credits if one.tag == "90C" else self._debits
        what = "credits" if one.tag == "90C" else "debits"
        if [number, total] == side:
            self.checked.append(f"{number} {what} of {_shown(total)} as declared")

    def _contradict(self, one: Field, sentence: str) -> None:
        statement = f"statement {self.number}: " if self.number else ""
        self.checked.append(Fault(f"{self.file}:{one.line}", statement + sentence))


def _signed(found: re.Match[str]) -> Decimal:
    amount = _number(found[4])
    return -amount if found[1] == "D" else amount


def _number(written: str) -> Decimal:
    return Decimal(written.replace(",", ".") + ("0" if written.endswith(",") else ""))


def _shown(amount: Decimal) -> str:
    return money.write(amount, _PLACES)
