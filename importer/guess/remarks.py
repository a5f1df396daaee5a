"""Tell rows of money from rows that are none, and recognise the others by pattern.

A row of money has a date and an amount.  A row that has neither is a remark (a
section title, a footer, legal text) and gets a pattern.  A row that has one of
the two is left alone, so that a person sees it, unless its words say that it is
a total or a balance.  No pattern is kept that matches a row of money.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from importer import dates
from importer.guess.evidence import Evidence
from importer.guess.proof import amount_reader
from importer.guess.said import NOTHING, Said, because, unsure
from importer.guess.statements import Kind, speaks_of_total, stated
from importer.mapping.patterns import compiled
from importer.mapping.schema import AmountColumns, DateColumn
from importer.table import Row

MOST_PATTERNS = 8
_LONGEST_PATTERN = 40
_FEWEST_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Remarks:
    """How many rows hold money, and patterns for those that do not."""

    money: int
    ignore: tuple[str, ...]
    footer: str | None
    opening: str | None
    closing: str | None
    said: Said


@dataclass(frozen=True, slots=True)
class Sorting:
    """Which cells of a row make it one of money."""

    day: int
    date: DateColumn
    amounts: tuple[int, ...]
    signed: Callable[[Row], Decimal | None]

    def kind(self, row: Row) -> Kind:
        """Say what a row is, by its cells and, where one is missing, its words."""
        has_day, has_amount = self._has_day(row), self.signed(row) is not None
        if found := stated(row):
            return found[0] if has_amount else Kind.REMARK
        if has_day and has_amount:
            return Kind.MONEY
        if has_amount and not has_day and speaks_of_total(row):
            return Kind.TOTAL
        if has_day or has_amount or self._goes_wrong(row):
            return Kind.ODD
        return Kind.REMARK

    def _has_day(self, row: Row) -> bool:
        text, until = row.cells[self.day], self.date.until
        try:
            dates.read(text.partition(until)[0] if until else text, self.date.format)
        except dates.NotDate:
            return False
        return True

    def _goes_wrong(self, row: Row) -> bool:
        """Say whether a cell looks like a date or an amount that cannot be read."""
        amounts = "".join(row.cells[at] for at in self.amounts).strip()
        if amounts[:1].isdigit():
            return True
        return bool(amounts) and row.cells[self.day].strip()[:1].isdigit()

    def pattern_of_others(self, width: int) -> str:
        """Write the pattern of a row without amounts whose date is empty or words."""
        last = max(self.day, *self.amounts)
        blank = dict.fromkeys(self.amounts, r"\s*")
        blank[self.day] = r"(\s*[^|0-9\s][^|]*|\s*)"
        cells = [blank.get(at, r"[^|]*") for at in range(last + 1)]
        return "^" + r"\|".join(cells) + ("$" if last == width - 1 else r"\|")


@dataclass(slots=True)
class _Seen:
    """What the rows were while they went by; patterns keep their order."""

    money: int = 0
    odd: int = 0
    odd_line: int = 0
    patterns: dict[Kind, dict[str, None]] = field(
        default_factory=lambda: {kind: {} for kind in Kind}
    )


def sort_rows(
    rows: Callable[[], Iterable[Row]],
    day: DateColumn,
    amount: AmountColumns,
    evidence: Evidence,
) -> Remarks:
    """Count the rows of money and make patterns for those that are none."""
    sorting = _sorting(day, amount, evidence)
    seen = _walk(rows(), sorting)
    said = NOTHING
    if len(seen.patterns[Kind.REMARK]) > MOST_PATTERNS:
        others = sorting.pattern_of_others(len(evidence.columns))
        seen.patterns[Kind.REMARK] = {others: None}
        said += unsure(
            "ignore: rows without a date and an amount are left out with their text;"
            " if they continue the row above, that text is lost"
        )
    _drop_unsafe(seen.patterns, rows(), sorting)
    if seen.odd:
        said += unsure(
            f"date: {seen.odd} rows have a date or an amount but not both (row"
            f" {seen.odd_line} first); they will be held"
        )
    if seen.patterns[Kind.REMARK]:
        said += because("ignore: these rows have neither a date nor an amount")
    either = {kind: _either(patterns) for kind, patterns in seen.patterns.items()}
    if any(either[kind] for kind in (Kind.TOTAL, Kind.OPENING, Kind.CLOSING)):
        said += because("totals: these rows state a balance or a total of the others")
    return Remarks(
        seen.money,
        tuple(seen.patterns[Kind.REMARK]),
        either[Kind.TOTAL],
        either[Kind.OPENING],
        either[Kind.CLOSING],
        said,
    )


def _walk(rows: Iterable[Row], sorting: Sorting) -> _Seen:
    seen = _Seen()
    for row in rows:
        if not any(cell.strip() for cell in row.cells):
            continue
        match sorting.kind(row):
            case Kind.MONEY:
                seen.money += 1
            case Kind.ODD:
                seen.odd += 1
                seen.odd_line = seen.odd_line or row.line
            case kind:
                patterns = seen.patterns[kind]
                if len(patterns) <= MOST_PATTERNS:
                    patterns[_pattern(row)] = None
    return seen


def _pattern(row: Row) -> str:
    """Write a pattern for rows that say what this one says, whatever its figures."""
    if found := stated(row):
        return rf"(^|\|)\s*{_like(found[1])}\s*($|\|)"
    cells = [cell.strip() for cell in row.cells]
    at, text = next((at, cell) for at, cell in enumerate(cells) if cell)
    cut = text.splitlines()[0][:_LONGEST_PATTERN]
    begin = r"^(\s*\|\s*)*" if at else r"^\s*"
    end = r"\s*($|\|)" if len(cut) < _FEWEST_LETTERS else ""
    return begin + _like(cut) + end


def _like(text: str) -> str:
    """Escape a text for a pattern in which figures may change."""
    words = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)
    return re.sub(r"\d+", r"\\d+", words)


def _either(patterns: dict[str, None]) -> str | None:
    """Join patterns to one that finds what any of them finds."""
    return "|".join(patterns) or None


def _drop_unsafe(
    patterns: dict[Kind, dict[str, None]], rows: Iterable[Row], sorting: Sorting
) -> None:
    """Drop every pattern that matches a row of money."""
    finders = [
        (kind, one, compiled(one))
        for kind, several in patterns.items()
        for one in several
    ]
    if not finders:
        return
    for row in rows:
        if sorting.kind(row) is Kind.MONEY:
            text = " | ".join(row.cells)
            for kind, one, finder in finders:
                if one in patterns[kind] and finder.search(text):
                    del patterns[kind][one]


def _sorting(day: DateColumn, amount: AmountColumns, evidence: Evidence) -> Sorting:
    places = {column.name: column.at for column in evidence.columns}
    names = [amount.column, amount.credit, amount.debit]
    return Sorting(
        places[day.column],
        day,
        tuple(places[name] for name in names if name is not None),
        amount_reader(amount, evidence),
    )
