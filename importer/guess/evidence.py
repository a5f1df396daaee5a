"""Gather what every column of a table holds, over all of its rows.

One pass, and memory that does not grow with the file: counts, a few distinct
values, and hashes up to a limit.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from importer.guess.cells import MARKS_OF_AMOUNTS, Marks, look
from importer.table import Row

MOST_VALUES = 24
MOST_HASHES = 20_000
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Column:
    """What the filled cells of one column are.

    `forms` counts the cells that each date format reads, `readings` those that
    each pair of marks reads.  `until` stands before a second date.  `values` are
    the distinct cells, None when there are many.  `unlike` says that no two filled
    cells are alike.
    """

    at: int
    name: str
    filled: int
    forms: Counter[str]
    dated: int
    until: str | None
    yearless: int
    amounts: int
    ids: int
    negative: int
    positive: int
    marked: int
    readings: Counter[Marks]
    currency_marks: Counter[str]
    values: Counter[str] | None
    unlike: bool
    example: str
    day_example: str
    separated: str

    @property
    def days(self) -> int:
        """Return how many cells the best date format reads."""
        return max(self.forms.values(), default=0)

    @property
    def is_day(self) -> bool:
        """Say whether the column holds dates, by its cells alone."""
        return self.days > _HALF * self.filled

    @property
    def is_money(self) -> bool:
        """Say whether the column can hold amounts, by its cells alone."""
        return self.amounts - self.ids > _HALF * self.filled and not self.is_day

    @property
    def is_empty(self) -> bool:
        """Say whether no row has anything here."""
        return self.filled == 0


@dataclass(slots=True)
class _Tally:
    """One column while its rows go by."""

    filled: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    dated: int = 0
    until: str | None = None
    yearless: int = 0
    amounts: int = 0
    ids: int = 0
    negative: int = 0
    positive: int = 0
    marked: int = 0
    readings: Counter[Marks] = field(default_factory=Counter)
    currency_marks: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    hashes: set[int] = field(default_factory=set)
    alike: bool = False
    example: str = ""
    day_example: str = ""
    separated: str = ""

    def add(self, cell: str) -> None:
        self.filled += 1
        self.example = self.example or cell
        if len(self.values) <= MOST_VALUES:
            self.values[cell] += 1
        if len(self.hashes) < MOST_HASHES:
            self.alike |= hash(cell) in self.hashes
            self.hashes.add(hash(cell))
        seen = look(cell)
        self.yearless += seen.yearless
        self.until = self.until or seen.until
        self.dated += bool(seen.forms)
        if len(seen.forms) > len(look(self.day_example).forms):
            self.day_example = cell
        self.forms.update(seen.forms)
        if (amount := seen.amount) is not None:
            self.amounts += 1
            self.ids += amount.looks_like_id
            self.negative += amount.sign < 0
            self.positive += amount.sign > 0
            self.marked += not amount.plain
            self.readings.update(amount.readings)
            if not self.separated and len(amount.readings) < len(MARKS_OF_AMOUNTS):
                self.separated = cell
            if amount.currency_mark:
                self.currency_marks[amount.currency_mark] += 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a whole table holds: its columns and the number of its rows."""

    columns: tuple[Column, ...]
    rows: int


def gather(header: tuple[str, ...], rows: Iterable[Row]) -> Evidence:
    """Look at every cell once and count what it can be."""
    tallies = [_Tally() for _ in header]
    number = 0
    for row in rows:
        number += 1
        for tally, cell in zip(tallies, row.cells, strict=False):
            if cell := cell.strip():
                tally.add(cell)
    columns = (
        _column(at, name, tally)
        for at, (name, tally) in enumerate(zip(header, tallies, strict=True))
    )
    return Evidence(tuple(columns), number)


def _column(at: int, name: str, tally: _Tally) -> Column:
    return Column(
        at,
        name,
        tally.filled,
        tally.forms,
        tally.dated,
        tally.until,
        tally.yearless,
        tally.amounts,
        tally.ids,
        tally.negative,
        tally.positive,
        tally.marked,
        tally.readings,
        tally.currency_marks,
        tally.values if len(tally.values) <= MOST_VALUES else None,
        tally.filled > 0 and not tally.alike,
        tally.example,
        tally.day_example,
        tally.separated,
    )
