"""Read workbooks: .xlsx, .xls, .xlsb and .ods, whatever the file is called.

A cell's text is what the sheet holds, exactly:

    1234.5        a number, with as many digits as it has, no `.0`, no exponent
    2024-03-18    a date; `2024-03-18 14:05:00` with a time of day
    TRUE FALSE    as they stand
    #FORMULA =…   a formula that nobody has calculated; `#DIV/0!` and its kin

Promises:
1. Nothing opens the file before it is known to be safe (`workbook_guard`).
2. Rows are numbered as a spreadsheet shows them.
3. A cell without a usable value is never empty: it says what stands there.

A spreadsheet keeps 15 digits.  A fraction is written with these 15, as it is
shown; a whole number with more is noted, since its last digits are lost.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from importer.errors import Fault, FileRefused
from importer.readers import shape, workbook_guard
from importer.readers.workbook_parts import Part
from importer.table import Glance, Head, Layout, Row, Table, is_header

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the file's first bytes are those of a workbook's container."""
    return head.startswith((*_ZIP, _OLE))


def glance(path: Path) -> Glance:
    """Look at the first rows of every sheet that has some."""
    book = _opened(path)
    return Glance(
        file=path.name,
        format=book.kind,
        encoding="",
        delimiter="",
        heads=tuple(
            Head(name, tuple(sheet.first(_HEAD_ROWS)))
            for name, sheet in book.sheets.items()
        ),
    )


def read(path: Path, layout: Layout) -> Table:
    """Find the sheet and the table in it; raises `FileRefused` when there is none."""
    book = _opened(path)
    sheet = _chosen(path.name, book, layout)
    rows = sheet.first(shape.HEADER_WITHIN)
    found = shape.find(path.name, rows, layout)
    names = shape.widened(found.names, sheet.width)
    start = found.line or (found.body[0].line - 1 if found.body else 0)
    return Table(
        file=path.name,
        format=book.kind,
        encoding="",
        header=names,
        rows=lambda: sheet.rows(start),
        header_line=found.line,
        sheet=sheet.name,
        preamble=found.preamble,
        notes=tuple(_notes(book, sheet, found)),
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet that calamine has read, and what its XML shows beside the values.

    `left` is the number of its first column, counted from 0.
    """

    name: str
    cells: Any
    part: Part
    left: int
    width: int

    def rows(self, after: int = 0) -> Iterator[Row]:
        """Yield the rows below this one that hold anything, all of one width."""
        marked = _by_row(self.part, self.left)
        write, usual = _WRITERS, self.width == self.cells.width
        line = 0
        for line, cells in enumerate(self.cells.iter_rows(), start=1):
            if line <= after:
                continue
            texts = [c if c.__class__ is str else write[c.__class__](c) for c in cells]
            if not usual or line in marked:
                texts = self._marked(texts, marked.get(line, {}))
            if any(texts):
                yield Row(line, tuple(texts))
        for below in sorted(one for one in marked if one > max(line, after)):
            yield Row(below, tuple(self._marked([], marked[below])))

    def first(self, number: int) -> list[Row]:
        """Return the first rows that hold anything."""
        return [row for row, _ in zip(self.rows(), range(number), strict=False)]

    def _marked(self, texts: list[str], marks: Mapping[int, str]) -> list[str]:
        """Give a row its full width and the texts of cells without a value."""
        start = self.cells.start[1] - self.left if self.cells.start else 0
        wide = [""] * start + texts
        wide += [""] * (self.width - len(wide))
        for column, text in marks.items():
            wide[column] = text
        return wide


@dataclass(frozen=True, slots=True)
class _Book:
    """A workbook: its kind, the sheets that hold anything, those not shown."""

    kind: str
    sheets: Mapping[str, _Sheet]
    hidden: tuple[str, ...]


def _opened(path: Path) -> _Book:
    """Open a workbook that has been found safe."""
    from python_calamine import (  # noqa: PLC0415 loaded for workbooks alone
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    examined = _examined(path)

    def load() -> _Book:
        with CalamineWorkbook.from_path(path) as book:
            shown = [
                one
                for one in book.sheets_metadata
                if one.typ == SheetTypeEnum.WorkSheet
            ]
            hidden = tuple(
                one.name for one in shown if one.visible != SheetVisibleEnum.Visible
            )
            sheets = {
                one.name: _sheet(
                    book.get_sheet_by_name(one.name),
                    examined.parts.get(one.name, Part()),
                )
                for one in shown
            }
            return _Book(
                examined.kind,
                {name: sheet for name, sheet in sheets.items() if sheet.width},
                hidden,
            )

    return _guarded(path, load)


def _examined(path: Path) -> workbook_guard.Examined:
    with path.open("rb") as file:
        if file.read(len(_OLE)) != _OLE:
            return workbook_guard.examine(path)
        locked = "EncryptedPackage".encode("utf-16-le") in file.read()
    if locked:
        raise FileRefused(_locked(path.name))
    return workbook_guard.Examined("xls", {})


def _locked(file: str) -> Fault:
    hint = "open it with its password and save it without one"
    return Fault(file, "the workbook is locked with a password", hint=hint)


def _guarded(path: Path, load: Callable[[], _Book]) -> _Book:
    """Turn whatever the library raises for a broken file into `FileRefused`.

    Its panics are no `Exception`; all else that is none goes through.
    """
    try:
        return load()
    except BaseException as error:
        kind = type(error).__name__
        if kind == "PasswordError":
            raise FileRefused(_locked(path.name)) from error
        if not isinstance(error, Exception) and kind != "PanicException":
            raise
        raise FileRefused(
            Fault(
                path.name,
                "the workbook cannot be read; it is damaged, or no workbook",
                excerpt=str(error)[:200],
                hint="open it in a spreadsheet, save it as .xlsx, and use that",
            )
        ) from error


def _sheet(cells: Any, part: Part) -> _Sheet:
    """Bound a sheet by its values and by the cells that are only marked."""
    columns = [column for _, column in part.marked]
    if cells.start:
        columns += [cells.start[1], cells.end[1]]
    left = min(columns, default=0)
    width = max(columns) - left + 1 if columns else 0
    return _Sheet(cells.name, cells, part, left, width)


def _by_row(part: Part, left: int) -> dict[int, dict[int, str]]:
    """Sort marked cells by the row's number as shown, and by place in the row."""
    marked: dict[int, dict[int, str]] = {}
    for (row, column), text in part.marked.items():
        marked.setdefault(row + 1, {})[column - left] = text
    return marked


def _chosen(file: str, book: _Book, layout: Layout) -> _Sheet:
    """Choose the sheet: the one named, the only one, the one with the header."""
    names = ", ".join(f'"{name}"' for name in book.sheets) or "none"
    if layout.sheet is not None:
        if layout.sheet in book.sheets:
            return book.sheets[layout.sheet]
        sentence = f'no sheet "{layout.sheet}" with cells; there are {names}'
    elif len(book.sheets) == 1:
        return next(iter(book.sheets.values()))
    else:
        sheets = [one for one in book.sheets.values() if _has_header(one, layout)]
        if len(sheets) == 1:
            return sheets[0]
        sentence = f"which sheet holds the table is not clear; there are {names}"
    hint = "state sheet in [file] of the mapping"
    raise FileRefused(Fault(file, sentence, hint=hint))


def _has_header(sheet: _Sheet, layout: Layout) -> bool:
    names = layout.header
    rows = sheet.first(shape.HEADER_WITHIN) if names else []
    return any(is_header(row.cells, names or ()) for row in rows)


def _notes(book: _Book, sheet: _Sheet, found: shape.Found) -> Iterator[str]:
    if found.header is None:
        yield "no header row: columns are named as the mapping says, or by place"
    if book.hidden:
        yield "hidden sheets: " + ", ".join(book.hidden)
    if sheet.part.hidden:
        yield "some rows or columns are hidden; they are read like the others"
    if sheet.part.marked:
        yield f"{len(sheet.part.marked)} cells hold an error or an uncalculated formula"
    if sheet.part.long:
        yield "whole numbers of more than 15 digits have lost their last ones"
    if merged := _merged(sheet.cells, found.line):
        yield f"{merged} merged ranges below the header: the value is in the first cell"


def _merged(cells: Any, line: int) -> int:
    ranges: Sequence[Any] = cells.merged_cell_ranges or ()
    return sum(start[0] >= line for start, _ in ranges)


def _number(value: float) -> str:  # a cell as the library gives it
    """Write a number with the digits it has, at most the 15 that a sheet keeps."""
    text = "%.15g" % value  # noqa: UP031 half the time of a format specification
    if "e" not in text:
        return text
    return f"{Decimal(repr(value)):f}"


def _moment(value: datetime) -> str:
    """Write a date with its time of day, and without where that is midnight."""
    whole = value + timedelta(microseconds=500_000)
    whole = whole.replace(microsecond=0)
    if whole.time() == time():
        return f"{whole:%Y-%m-%d}"
    return f"{whole:%Y-%m-%d %H:%M:%S}"


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
