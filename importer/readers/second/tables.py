"""Read the cells of a table a second time: a workbook by openpyxl, text by a pattern.

It takes the place of the table from the first reader, and finds the cells by itself.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from importer.table import Table

Amount = Callable[[tuple[str, ...]], Decimal | None]
"""Reads the amount out of a row's cells; None, or `ValueError`, where it has none."""

_LINE_END = re.compile(r"\r\n|\n|\r")


class Declined(Exception):
    """The second reader would not do; says why."""


def of_openpyxl(path: Path, table: Table, amount: Amount) -> Iterator[Decimal]:
    """Yield the amounts of a sheet's rows as openpyxl reads them."""
    return _amounts(_of_openpyxl(path, table), table, amount)


def split(path: Path, table: Table, amount: Amount) -> Iterator[Decimal]:
    """Yield the amounts of delimited text's rows as one pattern finds them."""
    return _amounts(_split(path, table), table, amount)


def _amounts(
    rows: Iterable[Sequence[str]], table: Table, amount: Amount
) -> Iterator[Decimal]:
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


def _of_openpyxl(path: Path, table: Table) -> Iterable[Sequence[str]]:
    """Return the rows below the header as openpyxl reads them."""
    import defusedxml  # noqa: F401, PLC0415 openpyxl is safe only where it is there
    import openpyxl  # noqa: PLC0415 loaded where a person asks for it

    if not openpyxl.DEFUSEDXML:
        raise Declined("openpyxl does not use defusedxml")
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
