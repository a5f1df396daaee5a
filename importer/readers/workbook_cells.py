"""Load the cells of a workbook as exact text, with python-calamine.

A spreadsheet keeps 15 digits: a fraction is written with these, as it is shown.

Nothing here is safe by itself: `workbook_apart` runs this file as a program, which
may fail, and which begins fast because it imports nothing else of the importer.
"""

import gc
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

REFUSED = 3
DESCRIBED = -1
_CELL, _ROW = "\x1f", "\x1e"
_ROWS_AT_ONCE = 1000
_HALF_A_SECOND = timedelta(microseconds=500_000)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one sheet, as text.

    `start` and `end` are the first and the last cell with a value, as (row,
    column) counted from 0; None in an empty sheet.  `rows` begin with the sheet's
    first row and `start`'s column.  `merged` are the rows where merged ranges
    begin.
    """

    name: str
    hidden: bool
    start: tuple[int, int] | None
    end: tuple[int, int] | None
    merged: tuple[int, ...]
    rows: Callable[[], Iterator[list[str]]]

    @property
    def width(self) -> int:
        """Return how many cells every row has."""
        return self.end[1] - self.start[1] + 1 if self.start and self.end else 0


def load(path: Path) -> list[Cells]:
    """Load all sheets; raises whatever the library does for a broken file."""
    from python_calamine import (  # noqa: PLC0415 loaded for workbooks alone
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    with CalamineWorkbook.from_path(path) as book:
        return [
            _cells(
                book.get_sheet_by_name(one.name),
                hidden=one.visible != SheetVisibleEnum.Visible,
            )
            for one in book.sheets_metadata
            if one.typ == SheetTypeEnum.WorkSheet
        ]


def main(path: str, seconds: str, memory: str, cells: str) -> int:
    """Write the cells of all sheets to standard output; returns the exit code.

    In parts, each behind its sheet's number and its length: `DESCRIBED`, which are
    the sheets as JSON (or what went wrong), then the rows by the thousand.
    """
    _limit(int(seconds), int(memory))
    # Nothing here goes in circles, and the process ends soon.
    gc.disable()
    try:
        sheets = load(Path(path))
        for sheet in sheets:
            _check(sheet, int(cells))
        _tell(DESCRIBED, json.dumps([_described(sheet) for sheet in sheets]))
        for number, sheet in enumerate(sheets):
            rows = sheet.rows()
            while some := list(islice(rows, _ROWS_AT_ONCE)):
                _tell(number, _batch(some))
    except BaseException as error:  # noqa: BLE001 a panic of the library is no Exception
        _tell(DESCRIBED, f"{type(error).__name__}: {error}"[:300])
        return REFUSED
    return 0


def _cells(sheet: Any, *, hidden: bool) -> Cells:
    return Cells(
        name=sheet.name,
        hidden=hidden,
        start=sheet.start,
        end=sheet.end,
        merged=tuple(start[0] for start, _ in sheet.merged_cell_ranges or ()),
        rows=lambda: map(_texts, sheet.iter_rows()),
    )


def _texts(cells: list[Any]) -> list[str]:
    return [c if c.__class__ is str else _WRITERS[c.__class__](c) for c in cells]


def _number(value: float) -> str:  # a cell as the library gives it
    """Write a number with the digits it has, at most the 15 that a sheet keeps."""
    text = "%.15g" % value  # noqa: UP031 half the time of a format specification
    if "e" not in text:
        return text
    return f"{Decimal(repr(value)):f}"


def _moment(value: datetime) -> str:
    """Write a date with its time of day, and without where that is midnight."""
    whole = (value + _HALF_A_SECOND).replace(microsecond=0)
    return str(whole).removesuffix(" 00:00:00")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number,  # a cell as the library gives it
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: str,
}


def _check(sheet: Cells, most: int) -> None:
    height = sheet.end[0] + 1 if sheet.end else 0
    if height * sheet.width > most:
        raise ValueError(f"{sheet.name} has more than {most:,} cells")


def _described(sheet: Cells) -> dict[str, Any]:
    names = ("name", "hidden", "start", "end", "merged")
    return {name: getattr(sheet, name) for name in names}


def _tell(number: int, text: str) -> None:
    part = text.encode()
    sys.stdout.buffer.write(b"%d %d\n" % (number, len(part)) + part)


def _batch(rows: list[list[str]]) -> str:
    """Write rows with marks between them, or as JSON where a cell has such a mark."""
    text = _ROW.join(map(_CELL.join, rows))
    cells = sum(map(len, rows))
    if text.count(_CELL) + text.count(_ROW) == cells - 1 and not text.startswith("["):
        return text
    return json.dumps(rows)


def rows_of(text: str) -> Iterator[list[str]]:
    """Read a batch of rows as the process has written it."""
    if text.startswith("["):
        yield from json.loads(text)
        return
    for row in text.split(_ROW):
        yield row.split(_CELL)


def _limit(seconds: int, memory: int) -> None:
    """Bound the memory and the work of this process, where the system knows how."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 no module of Windows

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
