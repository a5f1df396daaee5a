"""Find the header row of an unknown file: its sheet, its row, or that it has none.

A header is a row of names in which a day and money are named, by the table in
`words`, above a row that holds a day and an amount.  Where the words are not
known, a row of names right above the first such row is taken.  Rows above
(titles, account details, a summary block with a header of its own) are passed
over; a first row that is money already is never taken for a header.
"""

from collections import Counter
from dataclasses import dataclass

from importer.guess import words
from importer.guess.cells import look
from importer.guess.words import Meaning
from importer.table import Glance, Head, Layout, Row

_DAYS = {Meaning.BOOKED, Meaning.DAY, Meaning.VALUE}
_MONEY = {
    Meaning.AMOUNT,
    Meaning.NET,
    Meaning.DEBIT,
    Meaning.CREDIT,
    Meaning.PAID,
}
_FEWEST_NAMES = 3
_SHARE_OF_NAMES = 0.6
_ROWS_UNDER_A_HEADER = 8


@dataclass(frozen=True, slots=True)
class _Found:
    """A header of one sheet; `row` is None where the sheet has only data."""

    head: Head
    row: Row | None
    width: int
    why: str
    rank: int


def find_header(glance: Glance) -> tuple[Layout, tuple[str, ...]]:
    """Say which row of which sheet names the columns, and in words why.

    A file without a header row gets its columns named by position.  Where no
    row holds a day and an amount, the layout says nothing and the notes say so.
    """
    found = [one for head in glance.heads if (one := _of_head(head))]
    if not found:
        return Layout(), ("no row was found that holds a date and an amount",)
    best = min(found, key=lambda one: one.rank)
    sheet = best.head.sheet or None
    notes = [best.why]
    if len(found) > 1:
        others = ", ".join(f'"{one.head.sheet}"' for one in found if one is not best)
        notes.append(f'sheet "{sheet}" is taken; {others} could be meant as well')
    if best.row is not None:
        header = _trimmed(best.row.cells)
        return Layout(header=header, sheet=sheet, loose=is_no_money), tuple(notes)
    columns = tuple(f"column {number}" for number in range(1, best.width + 1))
    return Layout(columns=columns, sheet=sheet, loose=is_no_money), tuple(notes)


def is_no_money(cells: tuple[str, ...]) -> bool:
    """Say whether cells lack a day or an amount, so that their number is no fault."""
    return not _is_money(Row(0, cells))


def _of_head(head: Head) -> _Found | None:
    rows = [row for row in head.rows if any(cell.strip() for cell in row.cells)]
    first = next((at for at, row in enumerate(rows) if _is_money(row)), None)
    for at, row in enumerate(rows):
        below = rows[at + 1 : at + 1 + _ROWS_UNDER_A_HEADER]
        if _names_money(row) and _leads_to_money(below):
            why = f"row {row.line} is the header: it names a date and an amount"
            return _Found(head, row, len(row.cells), why, 0)
    if first is None:
        return _without_rows(head, rows)
    if first and _is_names(rows[first - 1], rows[first]):
        row = rows[first - 1]
        why = f"row {row.line} is taken for the header: names right above the data"
        return _Found(head, row, len(row.cells), why, 1)
    widths = Counter(len(row.cells) for row in rows if _is_money(row))
    why = f"row {rows[first].line} is data already: the file has no header row"
    return _Found(head, None, widths.most_common(1)[0][0], why, 2)


def _leads_to_money(below: list[Row]) -> bool:
    """Say whether a row of money comes before another row of names."""
    decisive = (row for row in below if _is_money(row) or _names_money(row))
    found = next(decisive, None)
    return found is not None and _is_money(found)


def _without_rows(head: Head, rows: list[Row]) -> _Found | None:
    """Take a row of known names although nothing below it reads as money."""
    for row in rows:
        if _names_money(row):
            why = f"row {row.line} is the header: it names a date and an amount"
            return _Found(head, row, len(row.cells), why, 3)
    return None


def _names_money(row: Row) -> bool:
    """Say whether one cell names a day and another one money."""
    filled = [cell for cell in row.cells if cell.strip()]
    if len(filled) < 2 or any(_is_value(cell) for cell in filled):  # noqa: PLR2004 two
        return False
    named = [set(words.meanings(cell)) for cell in filled]
    days = {at for at, meanings in enumerate(named) if meanings & _DAYS}
    money = {at for at, meanings in enumerate(named) if meanings & _MONEY}
    return bool(days and money) and len(days | money) > 1


def _is_value(cell: str) -> bool:
    seen = look(cell.strip())
    return bool(seen.forms) or seen.amount is not None


def _is_money(row: Row) -> bool:
    """Say whether one cell reads as a day and another one as an amount."""
    seen = [look(cell.strip()) for cell in row.cells]
    days = {at for at, one in enumerate(seen) if one.forms or one.yearless}
    amounts = {
        at
        for at, one in enumerate(seen)
        if one.amount is not None and not one.amount.looks_like_id
    }
    return bool(days) and bool(amounts - days or len(amounts) > 1)


def _is_names(row: Row, below: Row) -> bool:
    """Say whether a row holds names only, and for most of the columns below it."""
    filled = [cell for cell in row.cells if cell.strip()]
    wanted = sum(bool(cell.strip()) for cell in below.cells) * _SHARE_OF_NAMES
    return (
        len(filled) >= max(_FEWEST_NAMES, wanted)
        and not any(_is_value(cell) for cell in filled)
        and all(len(cell) <= words.LONGEST_NAME for cell in filled)
    )


def _trimmed(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Drop empty cells at the end, which come and go with the exporter."""
    last = max(at for at, cell in enumerate(cells) if cell.strip())
    return tuple(cell.strip() for cell in cells[: last + 1])
