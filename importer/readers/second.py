"""Count and add up a file a second time, by somebody else's code or another way.

    OFX           ofxparse
    .xlsx         openpyxl, with defusedxml
    delimited     a splitter of its own, which shares nothing with the first

For `importer inspect`: two readers that agree have hardly made the same mistake.
Nothing here decides anything, and nothing is raised out of it: a second reader
that fails says so.  It takes the place of the table from the first reader, and
finds the cells by itself.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from importer.table import Table

Amount = Callable[[tuple[str, ...]], Decimal | None]
"""Reads the amount out of a row's cells; None, or `ValueError`, where it has none."""

_OFX_MOST_BYTES = 1 << 20
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Second:
    """What the second reader found; without figures, `why` says why not."""

    by: str
    records: int | None = None
    total: Decimal | None = None
    why: str = ""

    def agrees(self, records: int, total: Decimal) -> bool | None:
        """Say whether it found the same; None where it found nothing to compare."""
        if self.records is None:
            return None
        return (self.records, self.total) == (records, total)


def read(path: Path, table: Table, amount: Amount) -> Second:
    """Read the file again; `amount` is what the mapping makes of a row's cells.

    For OFX the amounts are the second reader's own.
    """
    by = _name(table.format)
    if not by:
        return Second("", why=f"there is no second reader for {table.format}")
    try:
        amounts = list(_amounts(path, table, amount))
    except _Declined as declined:
        return Second(by, why=str(declined))
    except Exception as error:  # noqa: BLE001 whatever ails the second, the first stands
        return Second(by, why=f"it failed: {type(error).__name__}: {error}"[:200])
    return Second(by, len(amounts), sum(amounts, Decimal(0)))


class _Declined(Exception):
    """The second reader would not do; says why."""


def _name(form: str) -> str:
    match form:
        case "ofx":
            return f"ofxparse {version('ofxparse')}"
        case "xlsx":
            return f"openpyxl {version('openpyxl')}"
        case "delimited":
            return "a second splitter"
        case _:
            return ""


def _amounts(path: Path, table: Table, amount: Amount) -> Iterator[Decimal]:
    if table.format == "ofx":
        yield from _of_ofxparse(path)
        return
    rows = _of_openpyxl(path, table) if table.format == "xlsx" else _split(path, table)
    width = len(table.header)
    for cells in rows:
        row = tuple(islice([*cells, *[""] * width], width))
        if not any(row):
            continue
        try:
            found = amount(row)
        except ValueError:
            continue
        if found is not None:
            yield found


def _of_ofxparse(path: Path) -> Iterator[Decimal]:
    """Yield the amounts that ofxparse finds; it is quadratic, so small files only."""
    size = path.stat().st_size
    if size > _OFX_MOST_BYTES:
        raise _Declined(f"ofxparse takes too long for {size >> 20} MiB")
    import ofxparse  # noqa: PLC0415 loaded where a person asks for it

    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        found = ofxparse.OfxParser.parse(file)
    for account in found.accounts:
        for one in getattr(account.statement, "transactions", ()):
            if isinstance(one, ofxparse.Transaction):
                yield Decimal(one.amount)


def _of_openpyxl(path: Path, table: Table) -> Iterable[Sequence[str]]:
    """Return the rows below the header as openpyxl reads them."""
    import defusedxml  # noqa: F401, PLC0415 openpyxl is safe only where it is there
    import openpyxl  # noqa: PLC0415 loaded where a person asks for it

    if not openpyxl.DEFUSEDXML:
        raise _Declined("openpyxl does not use defusedxml")
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        sheet = book[table.sheet]
        sheet.reset_dimensions()
        rows = [tuple(map(_text, row)) for row in sheet.iter_rows(values_only=True)]
        book.close()
    filled = [column for row in rows for column, cell in enumerate(row) if cell]
    left = min(filled, default=0)
    return [row[left:] for row in rows[_above(table) :]]


def _text(value: Any) -> str:
    """Write one value of openpyxl's."""
    if isinstance(value, datetime):
        value = value.replace(microsecond=0)
        return str(value).removesuffix(" 00:00:00")
    if isinstance(value, float):  # a cell as the library gives it
        return f"{Decimal(f'{value:.15g}'):f}"
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None else str(value)


def _split(path: Path, table: Table) -> Iterator[list[str]]:
    """Split delimited text by one pattern for a cell and what ends it."""
    text = path.read_bytes().decode(table.encoding)
    mark = re.escape(table.delimiter)
    cell = re.compile(
        rf'(?:"([^"]*(?:""[^"]*)*)"[ \t]*(?={mark}|[\r\n]|\Z)|([^{mark}\r\n]*))'
        rf"({mark}|\r\n|\n|\r|\Z)"
    )
    start = 0
    for end in islice(_LINE_END.finditer(text), _above(table)):
        start = end.end()
    row: list[str] = []
    for found in cell.finditer(text, start):
        quoted, plain, after = found.groups()
        row.append(_unwrapped(plain if quoted is None else quoted.replace('""', '"')))
        if after != table.delimiter:
            yield row
            row = []


def _unwrapped(cell: str) -> str:
    found = re.fullmatch(r'="(.*)"', cell, re.DOTALL)
    return found[1].replace('""', '"') if found else cell


def _above(table: Table) -> int:
    """Return how many lines or sheet rows stand above the table's first row."""
    above = [row.line for row in table.preamble]
    return max([table.header_line, *above], default=0)
