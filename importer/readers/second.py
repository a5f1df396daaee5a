"""An independent second reader: another library's count and sum of the same file.

It is asked for its opinion only: what it cannot read it says, and it never
changes what was read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

from importer.table import Table

# What turns the cells of one row into its amount; None for a row without money.
Amount = Callable[[Sequence[str]], Decimal | None]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the second reader found; `why` says so where it could not read."""

    by: str
    records: int | None
    sum: Decimal | None
    why: str = ""


def read(path: Path, table: Table, amount: Amount) -> Opinion:
    """Count and add up a file by another way than the first reader's."""
    readers = {"ofx": _ofx, "delimited": _delimited}
    by, cells = readers.get(table.format, _workbook)(path, table)
    try:
        found = [money for one in cells if (money := amount(one)) is not None]
    except Exception as error:  # noqa: BLE001 -- a foreign library may raise anything
        return Opinion(by, None, None, f"cannot read it ({type(error).__name__})")
    return Opinion(by, len(found), sum(found, Decimal(0)))


def _ofx(path: Path, table: Table) -> tuple[str, Iterator[Sequence[str]]]:
    return "ofxparse", _ofx_rows(path, table)


def _ofx_rows(path: Path, table: Table) -> Iterator[Sequence[str]]:
    import warnings  # noqa: PLC0415 -- only for what this library says on loading

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ofxparse import OfxParser  # noqa: PLC0415 -- heavy, used when asked

        with path.open("rb") as file:
            parsed = OfxParser.parse(file)
    place = table.header.index("TRNAMT")
    day = table.header.index("DTPOSTED")
    for account in parsed.accounts:
        for one in getattr(account.statement, "transactions", ()):
            if hasattr(one, "amount"):
                cells = [""] * len(table.header)
                cells[place] = f"{one.amount:f}"
                cells[day] = f"{one.date:%Y%m%d}"
                yield cells


def _workbook(path: Path, table: Table) -> tuple[str, Iterator[Sequence[str]]]:
    return "openpyxl", _workbook_rows(path, table)


def _workbook_rows(path: Path, table: Table) -> Iterator[Sequence[str]]:
    import defusedxml  # noqa: F401, PLC0415 -- openpyxl is unguarded without it
    from openpyxl import load_workbook  # noqa: PLC0415 -- heavy, used when asked

    book = load_workbook(path, read_only=True, data_only=True)
    sheet = book[table.sheet]
    sheet.reset_dimensions()
    width = len(table.header)
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if line > table.header_line:
            cells = [_text(one) for one in values[:width]]
            yield cells + [""] * (width - len(cells))


def _text(value: object) -> str:
    """Write a cell as the first reader does, found by this one's own means."""
    match value:
        case None:
            return ""
        case datetime():
            midnight = value.time() == time()
            day = value.date().isoformat()
            return day if midnight else value.isoformat(sep=" ", timespec="seconds")
        case _:
            return str(value)


def _delimited(path: Path, table: Table) -> tuple[str, Iterator[Sequence[str]]]:
    return "a splitter of its own", _delimited_rows(path, table)


def _delimited_rows(path: Path, table: Table) -> Iterator[Sequence[str]]:
    """Split by the rules of RFC 4180, one character at a time."""
    text = path.read_bytes().decode(table.encoding).removeprefix("\ufeff")
    width = len(table.header)
    for line, cells in _records(text, table.delimiter):
        if line > table.header_line and any(cells):
            yield [*cells, *[""] * (width - len(cells))]


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    cells, cell, quoted, line, begin = [], "", False, 1, 1
    for place, letter in enumerate(text):
        if letter == "\n":
            line += 1
        if letter == '"':
            quoted = not quoted
            if quoted and place and text[place - 1] == '"':
                cell += '"'
        elif quoted or letter not in (delimiter, "\n", "\r"):
            cell += letter
        elif letter == delimiter:
            cells.append(cell)
            cell = ""
        elif letter == "\n":
            yield begin, [*cells, cell]
            cells, cell, begin = [], "", line
    if cells or cell:
        yield begin, [*cells, cell]
