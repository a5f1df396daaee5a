"""Keep the sheets of a page or of an XML file while they are read, small and bounded.

A row is kept as one piece of bytes, so that a sheet takes little more memory than
its text; what no bank's file holds (rows, columns, text or sheets without end, two
sheets of one name) is `Unfit`, long before it fills the memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from importer.readers import sheets
from importer.readers.sheets import Book
from importer.readers.workbook_cells import Cells
from importer.readers.workbook_parts import Part
from importer.table import Bounds

MOST_COLUMNS = 16_384
MOST_ROWS = 1 << 20
_MEMORY_OF_TEXT = 4
MOST_SHEETS = 200
LONGEST_TEXT = 1 << 20
ALONE = "open it in a spreadsheet, save the statement alone as .xlsx, and use that"
_ROW_BYTES = 16
_MOST_MERGED = 100_000
# No XML may hold this letter, and in HTML it is a blank like others.
_BETWEEN = "\x1f"


class Unfit(Exception):
    """The file holds what no spreadsheet does; says what."""


@dataclass(slots=True)
class Room:
    """What all sheets of a file may still take."""

    bytes: int
    cells: int
    rows: int = MOST_ROWS

    def take(self, size: int) -> None:
        """Take room for one row; raises `Unfit` where there is none."""
        self.bytes -= size + _ROW_BYTES
        self.rows -= 1
        if self.bytes < 0 or self.rows < 0:
            raise Unfit(f"more than {MOST_ROWS} rows, or too much text")

    @classmethod
    def within(cls, bounds: Bounds) -> "Room":
        """Return the room that the bounds of a file leave: its text is kept whole."""
        return cls(bounds.memory // _MEMORY_OF_TEXT, bounds.cells)


@dataclass(slots=True)
class Grid:
    """One sheet while it is read; rows and columns count from 0, and rows rise."""

    name: str
    room: Room
    rows: list[tuple[int, int, bytes]] = field(default_factory=list)
    left: int = MOST_COLUMNS
    right: int = -1
    merged: list[int] = field(default_factory=list)
    hidden: bool = False
    part_hidden: bool = False

    def keep(self, row: int, cells: dict[int, str]) -> None:
        """Keep the cells of one row, by their columns, if any holds something."""
        filled = [column for column, text in cells.items() if text]
        if not filled:
            return
        first, last = min(filled), max(filled)
        self.left, self.right = min(self.left, first), max(self.right, last)
        if (row + 1) * (self.right - self.left + 1) > self.room.cells:
            raise Unfit(
                f'sheet "{self.name}" reaches to row {row + 1}, column'
                f" {self.right + 1}: more than {self.room.cells:,} cells,"
                " the most by [reading] cells_most"
            )
        texts = [cells.get(column, "") for column in range(first, last + 1)]
        packed = _BETWEEN.join(texts).encode()
        self.room.take(len(packed))
        self.rows.append((row, first, packed))

    def merge(self, row: int) -> None:
        """Keep that a merged range begins in a row."""
        if len(self.merged) < _MOST_MERGED:
            self.merged.append(row)

    def cells(self) -> Cells:
        """Set the rows out as the cells of a sheet."""
        return Cells(
            name=self.name,
            hidden=self.hidden,
            start=(0, self.left) if self.rows else None,
            end=(self.rows[-1][0], self.right) if self.rows else None,
            merged=tuple(self.merged),
            rows=self._lines,
        )

    def _lines(self) -> Iterator[list[str]]:
        line, width = 0, self.right - self.left + 1
        for row, first, packed in self.rows:
            for _ in range(line, row):
                yield []
            texts = [""] * (first - self.left) + packed.decode().split(_BETWEEN)
            yield texts + [""] * (width - len(texts))
            line = row + 1


def book(kind: str, grids: Iterable[Grid], encoding: str) -> Book:
    """Make a book of the sheets that hold anything."""
    found: dict[str, sheets.Sheet] = {}
    hidden = []
    for grid in grids:
        if grid.name in found:
            raise Unfit(f'two sheets have the name "{grid.name}"')
        if grid.hidden:
            hidden.append(grid.name)
        if grid.rows:
            part = Part(hidden=grid.part_hidden)
            found[grid.name] = sheets.bounded(grid.cells(), part)
    return Book(kind, found, tuple(hidden), encoding)
