"""Read the tables of an HTML page: what many banks call an Excel file.

Each table is a sheet, named `table 1` and so on; a cell of several columns is
followed by empty ones.  Text in scripts and styles is none.  A page without a table
of data is refused: it is often the bank's log-in page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import encoding, foreign, sheets
from importer.readers.encoding import Text
from importer.readers.sheets import Book
from importer.readers.spreadsheetml import MOST_CELLS, MOST_COLUMNS, as_cells
from importer.readers.workbook_cells import Cells
from importer.readers.workbook_parts import Part
from importer.table import Glance, Layout, Table

FORMAT = "html"
LARGEST = 64 << 20
DEEPEST = 50
_PAGE = re.compile(
    rb"\A\s*(?:<!doctype\s+html|<html|<head|<body|<table|<meta|<style)", re.IGNORECASE
)
_TABLE = re.compile(rb"<table[\s>]", re.IGNORECASE)
_CHARSET = re.compile(rb"charset=[\"']?([\w-]+)", re.IGNORECASE)
_TAG = re.compile(r"(/?)([A-Za-z][\w:]*)([^<>]*)>")
_SPAN = re.compile(r"colspan\s*=\s*[\"']?\s*([0-9]{1,4})", re.IGNORECASE)
_HIDDEN = ("script", "style")
_FEWEST = 2


def claims(head: bytes) -> bool:
    """Say whether a page begins that has a table near its beginning."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return bool(_PAGE.match(plain) and _TABLE.search(plain))


def glance(path: Path) -> Glance:
    """Look at the first rows of every table of data."""
    return sheets.look(path, _book(path, None))


def read(path: Path, layout: Layout) -> Table:
    """Find the table; raises `FileRefused` where the page has none of data."""
    return sheets.table(path, _book(path, layout.encoding), layout)


@dataclass(slots=True)
class _Grid:
    """One table of the page while it is read."""

    rows: list[list[str]] = field(default_factory=list)
    cell: list[str] | None = None
    span: int = 1

    def close_cell(self) -> None:
        """Put the open cell into its row."""
        if self.cell is None:
            return
        if not self.rows:
            self.rows.append([])
        text = " ".join(unescape("".join(self.cell)).split())
        self.rows[-1] += [text, *[""] * (self.span - 1)]
        self.cell = None

    def cells(self, name: str) -> Cells:
        """Set out the rows as the cells of a sheet."""
        numbered = enumerate(self.rows)
        return as_cells(name, {at: dict(enumerate(row)) for at, row in numbered})

    @property
    def is_data(self) -> bool:
        """Return whether it has rows of several cells, as a table of data has."""
        wide = [row for row in self.rows if sum(map(bool, row)) >= _FEWEST]
        return len(wide) >= _FEWEST


def _book(path: Path, stated: str | None) -> Book:
    if path.stat().st_size > LARGEST:
        sentence = f"a page of more than {LARGEST >> 20} MiB is no bank's"
        raise FileRefused(Fault(path.name, sentence))
    with path.open("rb") as file:
        head = file.read(4096)
    declared = _CHARSET.search(head)
    prefer = encoding.known(declared[1].decode()) if declared else None
    text = encoding.find(path, stated, prefer)
    found = {
        f"table {number}": grid
        for number, grid in enumerate(_grids(text), start=1)
        if grid.is_data
    }
    if not found:
        name, hint = foreign.guess(head)
        raise FileRefused(Fault(path.name, f"the file looks like {name}", hint=hint))
    tables = {
        name: sheets.bounded(grid.cells(name), Part()) for name, grid in found.items()
    }
    return Book(FORMAT, tables, (), text.encoding)


def _grids(text: Text) -> list[_Grid]:
    """Read all tables, those inside others, too; one that never ends is cut off."""
    with text.open() as file:
        content = file.read()
    done: list[_Grid] = []
    open_: list[_Grid] = []
    cells = 0
    for slash, name, rest in _tokens(content):
        grid = open_[-1] if open_ else None
        if name == "table" and not slash:
            done.append(_Grid())
            open_.append(done[-1])
            _refuse_more(text, len(open_), DEEPEST, "tables inside one another")
        elif grid is None:
            continue
        elif not name:
            if grid.cell is not None:
                grid.cell.append(rest)
        elif name in ("td", "th", "tr", "table"):
            grid.close_cell()
            cells += 1
            _step(grid, open_, slash, name, rest)
            _refuse_more(text, cells, MOST_CELLS, "cells")
        elif name == "br" and grid.cell is not None:
            grid.cell.append(" ")
    if open_:
        sentence = "the file is cut off: a table is never closed"
        raise FileRefused(Fault(text.path.name, sentence, hint="fetch the file again"))
    return done


def _refuse_more(text: Text, number: int, most: int, what: str) -> None:
    if number > most:
        raise FileRefused(
            Fault(text.path.name, f"the page has more than {most} {what}")
        )


def _step(grid: _Grid, open_: list[_Grid], slash: str, name: str, rest: str) -> None:
    """Open or close a row, a cell or a table."""
    match slash, name:
        case "/", "table":
            open_.pop()
        case "", "tr":
            grid.rows.append([])
        case "", "td" | "th":
            span = _SPAN.search(rest)
            grid.span = min(max(int(span[1]), 1), MOST_COLUMNS) if span else 1
            grid.cell = []


def _tokens(content: str) -> Iterator[tuple[str, str, str]]:
    """Yield tags as (slash, name, the rest) and text as ("", "", text), once over."""
    lowered = content.lower()
    at, end = 0, len(content)
    while at < end:
        mark = content.find("<", at)
        if mark < 0:
            mark = end
        if mark > at:
            yield "", "", content[at:mark]
        found = _TAG.match(content, mark + 1)
        if found is not None:
            name, at = found[2].lower(), found.end()
            if name in _HIDDEN and not found[1]:
                at = _behind(lowered, f"</{name}", at)
            yield found[1], name, found[3]
        elif content.startswith("<!--", mark):
            at = _behind(content, "-->", mark)
        elif content.startswith(("<!", "<?"), mark):
            at = _behind(content, ">", mark)
        else:
            # A bare mark belongs to the text.
            at = mark + 1
            yield "", "", content[mark:at]


def _behind(content: str, end: str, at: int) -> int:
    """Return the place behind what ends a piece, the file's end where nothing does."""
    found = content.find(end, at)
    return found + len(end) if found >= 0 else len(content)
