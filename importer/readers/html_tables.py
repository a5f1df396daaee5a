"""Set out the tables of a page from its tags, as a browser would show them."""

import re
from html import unescape

from importer.readers.markup import (
    LONGEST_TEXT,
    MOST_COLUMNS,
    MOST_SHEETS,
    Grid,
    Room,
    Unfit,
)
from importer.table import Bounds

DEEPEST = 64
_PARTING = ("br", "p", "div", "li", "hr")
_FEWEST = 2
_ACROSS = re.compile(r"\bcolspan\s*=\s*[\"']?\s*([0-9]{1,5})", re.IGNORECASE)
_DOWN = re.compile(r"\browspan\s*=\s*[\"']?\s*([0-9]{1,5})", re.IGNORECASE)


class Tables:
    """All tables of a page while it is read, those inside others, too."""

    def __init__(self, bounds: Bounds) -> None:
        """Begin with none."""
        self.open: list[_Table] = []
        self._kept: list[_Table] = []
        self._room = Room.within(bounds)
        self._number = 0

    @property
    def of_data(self) -> list[Grid]:
        """Return those that have rows of several cells, as a table of data has."""
        return [table.grid for table in self._kept]

    def tag(self, slash: str, name: str, attributes: str) -> None:
        """Take a tag, which may open or close a table, a row or a cell."""
        if name == "table" and not slash:
            self._begin()
        elif not self.open:
            return
        elif name in ("td", "th"):
            self.open[-1].close_cell()
            if not slash:
                self.open[-1].begin_cell(attributes)
        elif name == "tr":
            self.open[-1].close_row()
        elif name == "table":
            self._end()
        elif name in _PARTING:
            self.open[-1].letters(" ")

    def letters(self, text: str) -> None:
        """Take text, which counts where it stands in a cell."""
        if self.open:
            self.open[-1].letters(text)

    def _begin(self) -> None:
        if len(self.open) == DEEPEST:
            raise Unfit("tables are nested deeper than in any page")
        self._number += 1
        table = _Table(Grid(f"table {self._number}", self._room))
        self.open.append(table)
        self._kept.append(table)

    def _end(self) -> None:
        table = self.open.pop()
        table.close_row()
        if table.wide < _FEWEST:
            self._kept.remove(table)
        elif len(self._kept) > MOST_SHEETS:
            raise Unfit(f"more than {MOST_SHEETS} tables")


class _Table:
    """One table that is open: its row, its cell, and which places are covered."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.wide = 0
        self._row = 0
        self._began = False
        self._cells: dict[int, str] = {}
        self._column = -1
        self._across = 1
        self._text: list[str] | None = None
        self._length = 0
        self._covered: dict[int, int] = {}
        self._steps = 0

    def letters(self, text: str) -> None:
        """Take text; outside of cells it is none of the table's."""
        if self._text is not None and text:
            self._text.append(text)
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise Unfit("more text in a row than any sheet holds")

    def begin_cell(self, attributes: str) -> None:
        """Open a cell at the next place that none from above covers."""
        self._began = True
        self._column += self._across
        while self._covered.get(self._column, -1) >= self._row:
            self._take(1)
            self._column += 1
        self._across = _span(_ACROSS, attributes)
        down = _span(_DOWN, attributes)
        self._take(self._across)
        if self._column + self._across > MOST_COLUMNS:
            raise Unfit(f"more than {MOST_COLUMNS} columns")
        if down > 1:
            columns = range(self._column, self._column + self._across)
            self._covered |= dict.fromkeys(columns, self._row + down - 1)
        if down > 1 or self._across > 1:
            self.grid.merge(self._row)
        self._text = []

    def close_cell(self) -> None:
        """Put the open cell into its row, if one is open."""
        if self._text is not None:
            text = "".join(self._text)
            self._cells[self._column] = " ".join(unescape(text).split())
            self._text = None

    def close_row(self) -> None:
        """Put the open row into the table; a row without cells is none."""
        self.close_cell()
        if not self._began:
            return
        self.wide += sum(map(bool, self._cells.values())) >= _FEWEST
        self.grid.keep(self._row, self._cells)
        self._cells, self._column, self._across = {}, -1, 1
        self._length, self._began = 0, False
        self._row += 1

    def _take(self, steps: int) -> None:
        self._steps += steps
        if self._steps > self.grid.room.cells:
            most = f"{self.grid.room.cells:,} cells"
            raise Unfit(f"more than {most}, the most by [reading] cells_most")


def _span(pattern: re.Pattern[str], attributes: str) -> int:
    """Read over how many columns or rows a cell reaches."""
    found = pattern.search(attributes) if attributes else None
    return max(int(found[1]), 1) if found else 1
