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
from importer.mapping.patterns import compiled
from importer.mapping.schema import AmountColumns, DateColumn
from importer.table import Row

MOST_PATTERNS = 8
_LONGEST_PATTERN = 40
_FEWEST_LETTERS = 4
_TOTAL = re.compile(
    r"\b(?:grand )?(?:sub)?total\b|\bsumme\b|\bgesamt|\bsuma\b|合计|总计", re.IGNORECASE
)
_STATED = re.compile(
    r"""(?:(?:opening|closing|beginning|starting|ending|previous|final|initial|new|old)
        \ (?:ledger\ |available\ )?balance | balance\ (?:brought|carried)\ forward
      | balance\ at\ (?:start|end) | turnover | total\ (?:debits|credits)
      | saldo\ (?:inicial|final|anterior|actual|initial) | saldo\ ant\.?
      | anfangssaldo | endsaldo | anfangsbestand | endbestand
      | (?:alter|neuer)\ (?:kontostand|saldo) | (?:ancien|nouveau)\ solde
      | solde\ (?:initial|final|precedent|précédent) | beginsaldo | eindsaldo
      | ingående\ saldo | utgående\ saldo | saldo\ (?:początkowe|końcowe)
      | počáteční\ zůstatek | konečný\ zůstatek | 期初余额 | 期末余额)
    (?:\s+(?:as\ of|at|on|am|al|au|per|per\ den|op|em)\s.*)?""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the rows are: how many hold money, and patterns for those that do not."""

    money: int
    ignore: tuple[str, ...]
    footer: str | None
    said: Said


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Which cells of a row make it one of money."""

    day: int
    form: str
    amounts: tuple[int, ...]
    signed: Callable[[Row], Decimal | None]

    def has_day(self, row: Row) -> bool:
        try:
            dates.read(row.cells[self.day], self.form)
        except dates.NotDate:
            return False
        return True

    def has_amount(self, row: Row) -> bool:
        return self.signed(row) is not None

    def is_money(self, row: Row) -> bool:
        return self.has_day(row) and self.has_amount(row) and not stated(row)

    def is_total(self, row: Row) -> bool:
        return (
            not self.has_day(row)
            and self.has_amount(row)
            and bool(_TOTAL.search(joined(row)))
        )

    def neither(self, width: int) -> str:
        """Write the pattern of a row without amounts whose date is empty or words."""
        last = max(self.day, *self.amounts)
        blank = dict.fromkeys(self.amounts, r"\s*") | {
            self.day: r"(\s*[^|0-9\s][^|]*|\s*)"
        }
        cells = [blank.get(at, r"[^|]*") for at in range(last + 1)]
        return "^" + r"\|".join(cells) + ("$" if last == width - 1 else r"\|")

    def is_remark(self, row: Row) -> bool:
        """Say whether nothing in a row looks like a date or an amount gone wrong."""
        day = row.cells[self.day].strip()
        amounts = "".join(row.cells[at] for at in self.amounts).strip()
        if self.has_day(row) or self.has_amount(row):
            return False
        return not (day[:1].isdigit() and amounts) and not amounts[:1].isdigit()


def stated(row: Row) -> str:
    """Return the words of a cell that states a balance or a turnover, else nothing."""
    cells = (cell.strip() for cell in row.cells)
    return next((cell for cell in cells if cell and _STATED.fullmatch(cell)), "")


def joined(row: Row) -> str:
    """Join the cells of a row as patterns for rows see them."""
    return " | ".join(row.cells)


def sort_rows(
    rows: Callable[[], Iterable[Row]],
    day: DateColumn,
    amount: AmountColumns,
    evidence: Evidence,
) -> Remarks:
    """Count the rows of money and make patterns for those that are none."""
    kinds = _kinds(day, amount, evidence)
    seen = _walk(rows(), kinds)
    said = NOTHING
    wanted = [*seen.remarks]
    if len(wanted) > MOST_PATTERNS:
        wanted = [kinds.neither(len(evidence.columns))]
        said += unsure(
            "ignore: rows without a date and an amount are left out with their text;"
            " if they continue the row above, that text is lost"
        )
    wanted += seen.stated
    kept = _safe([*wanted, *seen.totals], rows(), kinds)
    ignore = tuple(one for one in wanted if one in kept)
    if seen.stated:
        said += because("ignore: rows that state a balance or a turnover are no money")
    footer = next((one for one in seen.totals if one in kept), None)
    if ignore:
        said += because("ignore: these rows have neither a date nor an amount")
    if footer:
        said += because("totals: this row states the total of the rows above")
    if seen.odd:
        said += unsure(
            f"date: {seen.odd} rows have a date or an amount but not both (row"
            f" {seen.odd_line} first); they will be held"
        )
    return Remarks(seen.money, ignore, footer, said)


@dataclass(slots=True)
class _Seen:
    """What the rows were while they went by; patterns keep their order."""

    money: int = 0
    odd: int = 0
    odd_line: int = 0
    stated: dict[str, None] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)
    totals: dict[str, None] = field(default_factory=dict)


def _walk(rows: Iterable[Row], kinds: _Kinds) -> _Seen:
    seen = _Seen()
    for row in rows:
        if not any(cell.strip() for cell in row.cells):
            continue
        if words := stated(row):
            seen.stated[rf"(^|\|)\s*{_like(words)}\s*($|\|)"] = None
        elif kinds.is_money(row):
            seen.money += 1
        elif kinds.is_total(row):
            seen.totals[_pattern(row)] = None
        elif kinds.is_remark(row):
            if len(seen.remarks) <= MOST_PATTERNS:
                seen.remarks[_pattern(row)] = None
        else:
            seen.odd += 1
            seen.odd_line = seen.odd_line or row.line
    return seen


def _pattern(row: Row) -> str:
    """Write a pattern for rows that begin as this one does, whatever its figures."""
    at, text = next(
        (at, one.strip()) for at, one in enumerate(row.cells) if one.strip()
    )
    cut = text.splitlines()[0][:_LONGEST_PATTERN]
    begin = r"^(\s*\|\s*)*" if at else r"^\s*"
    end = r"\s*($|\|)" if len(cut) < _FEWEST_LETTERS else ""
    return begin + _like(cut) + end


def _like(text: str) -> str:
    """Escape a text for a pattern in which figures may change."""
    words = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)
    return re.sub(r"\d+", r"\\d+", words)


def _safe(patterns: list[str], rows: Iterable[Row], kinds: _Kinds) -> set[str]:
    """Return the patterns that match no row of money."""
    finders = {one: compiled(one) for one in patterns}
    if not finders:
        return set()
    for row in rows:
        if kinds.is_money(row):
            text = joined(row)
            for one in [one for one, finder in finders.items() if finder.search(text)]:
                del finders[one]
    return set(finders)


def _kinds(day: DateColumn, amount: AmountColumns, evidence: Evidence) -> _Kinds:
    places = {column.name: column.at for column in evidence.columns}
    names = [amount.column, amount.credit, amount.debit]
    return _Kinds(
        places[day.column],
        day.format,
        tuple(places[name] for name in names if name is not None),
        amount_reader(amount, evidence),
    )
