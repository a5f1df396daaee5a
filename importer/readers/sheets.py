"""Sheets of any format: choose the one that holds the table, and set it out.

Workbooks, SpreadsheetML and HTML tables give their cells; here they become a table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import shape
from importer.readers.workbook_cells import Cells
from importer.readers.workbook_parts import Part
from importer.table import Glance, Head, Layout, Row, Table, is_header

MOST_COLUMNS = 16_384
_HEAD_ROWS = 60
_NAMES_SHOWN = 20


def look(path: Path, book: "Book") -> Glance:
    """Look at the first rows of every sheet that has some."""
    _refuse_width(path, book)
    return Glance(
        file=path.name,
        format=book.kind,
        encoding=book.encoding,
        delimiter="",
        heads=tuple(
            Head(name, tuple(sheet.first(_HEAD_ROWS)))
            for name, sheet in book.sheets.items()
        ),
    )


def table(path: Path, book: "Book", layout: Layout) -> Table:
    """Find the sheet and the table in it; raises `FileRefused` when there is none."""
    _refuse_width(path, book)
    sheet = _chosen(path.name, book, layout)
    rows = sheet.first(shape.HEADER_WITHIN)
    found = shape.find(path.name, rows, layout)
    names = shape.widened(found.names, sheet.width)
    start = found.line or (found.body[0].line - 1 if found.body else 0)
    return Table(
        file=path.name,
        format=book.kind,
        encoding=book.encoding,
        header=names,
        rows=lambda: sheet.rows(start),
        header_line=found.line,
        sheet=sheet.cells.name,
        preamble=found.preamble,
        notes=tuple(_notes(book, sheet, found)),
    )


def _refuse_width(path: Path, book: "Book") -> None:
    """Refuse columns that no spreadsheet has; a wrong cell name makes such."""
    for name, sheet in book.sheets.items():
        if sheet.width > MOST_COLUMNS:
            sentence = f'sheet "{name}" has {sheet.width} columns'
            hint = f"a spreadsheet has {MOST_COLUMNS} at most; check its origin"
            raise FileRefused(Fault(path.name, sentence, hint=hint))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet's cells, and what its own part shows beside the values.

    `left` is the number of its first column, counted from 0.
    """

    cells: Cells
    part: Part
    left: int
    width: int

    def rows(self, after: int = 0) -> Iterator[Row]:
        """Yield the rows below this one that hold anything, all of one width."""
        marked = _by_row(self.part, self.left)
        usual = self.width == self.cells.width
        line = 0
        for line, texts in enumerate(self.cells.rows(), start=1):
            if line <= after:
                continue
            if usual and line not in marked:
                if any(texts):
                    yield Row(line, tuple(texts))
                continue
            wide = self._marked(texts, marked.get(line, {}))
            if any(wide):
                yield Row(line, wide)
        for below in sorted(one for one in marked if one > max(line, after)):
            yield Row(below, self._marked([], marked[below]))

    def first(self, number: int) -> list[Row]:
        """Return the first rows that hold anything."""
        return list(islice(self.rows(), number))

    def _marked(self, texts: list[str], marks: Mapping[int, str]) -> tuple[str, ...]:
        """Give a row its full width and the texts of cells without a value."""
        before = self.cells.start[1] - self.left if self.cells.start else 0
        wide = [""] * before + texts
        wide += [""] * (self.width - len(wide))
        for column, text in marks.items():
            wide[column] = text
        return tuple(wide)


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: its kind, the sheets that hold anything, those not shown."""

    kind: str
    sheets: Mapping[str, Sheet]
    hidden: tuple[str, ...] = ()
    encoding: str = ""


def bounded(cells: Cells, part: Part) -> Sheet:
    """Bound a sheet by its values and by the cells that are only marked."""
    columns = [column for _, column in part.marked]
    columns += [corner[1] for corner in (cells.start, cells.end) if corner]
    left = min(columns, default=0)
    width = max(columns) - left + 1 if columns else 0
    return Sheet(cells, part, left, width)


def _by_row(part: Part, left: int) -> dict[int, dict[int, str]]:
    """Sort marked cells by the row's number as shown, and by place in the row."""
    marked: dict[int, dict[int, str]] = {}
    for (row, column), text in part.marked.items():
        marked.setdefault(row + 1, {})[column - left] = text
    return marked


def _chosen(file: str, book: Book, layout: Layout) -> Sheet:
    """Choose the sheet: the one named, the only one, the one with the header."""
    shown = [f'"{name[:40]}"' for name in islice(book.sheets, _NAMES_SHOWN)]
    more = ["…"] if len(book.sheets) > len(shown) else []
    names = ", ".join(shown + more)
    if not book.sheets:
        hint = "open it and look: was the statement saved? Else fetch the file again"
        raise FileRefused(Fault(file, "no sheet of it holds anything", hint=hint))
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


def _has_header(sheet: Sheet, layout: Layout) -> bool:
    names = layout.header
    rows = sheet.first(shape.HEADER_WITHIN) if names else []
    return any(is_header(row.cells, names or ()) for row in rows)


def _notes(book: Book, sheet: Sheet, found: shape.Found) -> Iterator[str]:
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
    if merged := sum(row >= found.line for row in sheet.cells.merged):
        yield f"{merged} merged ranges below the header: the value is in the first cell"
