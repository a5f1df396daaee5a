"""Read SpreadsheetML 2003: an Excel workbook as one XML file, often named .xls.

Numbers stand as they are written, dates as `2024-03-18`, with a time of day where
there is one; cells and rows may name their own place (ss:Index).  What is nested or
stretched beyond any spreadsheet's use, and any document type, is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from xml.parsers import expat

from importer.errors import Fault, FileRefused
from importer.readers import encoding, sheets
from importer.readers.encoding import Text
from importer.readers.sheets import Book
from importer.readers.workbook_cells import Cells
from importer.readers.workbook_parts import Part
from importer.table import Glance, Layout, Table

FORMAT = "spreadsheetml"
MOST_CELLS = 3_000_000
MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576
LONGEST_TEXT = 1 << 20
DEEPEST = 64
_CHUNK = 1 << 16
_CLAIM = re.compile(
    rb"\A\s*<.{0,4000}urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL
)
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]+)["']""")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8})(?:\.[0-9]*)?").fullmatch


def claims(head: bytes) -> bool:
    """Say whether the first bytes name the schema of such workbooks."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return bool(_CLAIM.match(plain))


def glance(path: Path) -> Glance:
    """Look at the first rows of every sheet that has some."""
    return sheets.look(path, _book(path, None))


def read(path: Path, layout: Layout) -> Table:
    """Find the sheet and the table in it; raises `FileRefused` when there is none."""
    return sheets.table(path, _book(path, layout.encoding), layout)


@dataclass(slots=True)
class _Grid:
    """One sheet while it is read: rows by their number, each cell by its column."""

    name: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)


def _book(path: Path, stated: str | None) -> Book:
    with path.open("rb") as file:
        declared = _DECLARED.search(file.read(512))
    prefer = encoding.known(declared[1].decode()) if declared else None
    text = encoding.find(path, stated, prefer)
    found = (
        sheets.bounded(as_cells(grid.name, grid.rows), Part())
        for grid in _grids(text)
        if grid.rows
    )
    return Book(FORMAT, {one.cells.name: one for one in found}, (), text.encoding)


def as_cells(name: str, rows: dict[int, dict[int, str]]) -> Cells:
    """Set out rows and columns, counted from 0, as the cells of a sheet."""
    columns = [column for cells in rows.values() for column in cells]
    left, right = min(columns, default=0), max(columns, default=0)
    bottom = max(rows, default=0)

    def lines() -> Iterator[list[str]]:
        for number in range(bottom + 1):
            cells = rows.get(number)
            yield [cells.get(at, "") for at in range(left, right + 1)] if cells else []

    return Cells(
        name=name,
        hidden=False,
        start=(0, left) if columns else None,
        end=(bottom, right) if columns else None,
        merged=(),
        rows=lines,
    )


def _grids(text: Text) -> list[_Grid]:
    """Walk through the file; refuses it where it breaks off."""
    found = _Found()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.letters
    parser.StartDoctypeDeclHandler = found.doctype
    fed = 0
    try:
        with text.open() as file:
            while chunk := file.read(_CHUNK):
                content = chunk.encode()
                fed += len(content)
                parser.Parse(content, False)  # noqa: FBT003 more is to come
                found.waits(fed - parser.CurrentByteIndex)
            parser.Parse(b"", True)  # noqa: FBT003 that was all
    except _Unfit as unfit:
        sentence = str(unfit)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        sentence = f"the XML is broken or cut off: {why}"
    else:
        return found.grids
    where = f"{text.path.name}:{parser.CurrentLineNumber}"
    raise FileRefused(Fault(where, sentence, hint="fetch the file again"))


class _Unfit(Exception):
    """The file holds what no spreadsheet does; says what."""


class _Found:
    """What the parser calls, and the sheets found so far."""

    def __init__(self) -> None:
        self.grids: list[_Grid] = []
        self._cells = self._merged = 0
        self._row = self._column = -1
        self._type = self._formula = ""
        self._text: list[str] | None = None
        self._length = 0
        self._open = 0

    def doctype(self, *_: object) -> None:
        raise _Unfit("the file declares a document type or entities")

    def waits(self, number: int) -> None:
        """Refuse a tag that does not end."""
        if number > LONGEST_TEXT:
            raise _Unfit("a tag that does not end")

    def letters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise _Unfit("more text in a cell than any sheet holds")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._open += 1
        if self._open > DEEPEST:
            raise _Unfit("tags are nested deeper than in any spreadsheet")
        given = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        match name.rpartition(":")[2]:
            case "Worksheet":
                self.grids.append(_Grid(given.get("Name", f"sheet {len(self.grids)}")))
                self._row = -1
            case "Row":
                self._row = _place(given, self._row, MOST_ROWS)
                self._column = -1
            case "Cell":
                self._column = _place(given, self._column, MOST_COLUMNS)
                self._formula, self._type = given.get("Formula", ""), ""
                self._merged = int(given.get("MergeAcross", "0") or 0)
            case "Data":
                self._type = given.get("Type", "String")
                self._text, self._length = [], 0

    def end(self, name: str) -> None:
        self._open -= 1
        match name.rpartition(":")[2]:
            case "Data" if self._text is not None:
                self._keep(_value(self._type, "".join(self._text)))
                self._text = None
            case "Cell":
                if self._formula and not self._type:
                    self._keep(f"#FORMULA {self._formula}")
                self._column += self._merged

    def _keep(self, text: str) -> None:
        if not self.grids or not text:
            return
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise _Unfit(f"more than {MOST_CELLS} cells")
        self.grids[-1].rows.setdefault(self._row, {})[self._column] = text


def _place(given: dict[str, Any], before: int, most: int) -> int:
    """Return the place of a row or cell, counted from 0: the next, or the one named."""
    index = given.get("Index", "")
    at = int(index) - 1 if index.isdecimal() else before + 1
    if not before < at < most:
        raise _Unfit(f'a row or cell that says it is number "{index or at + 1}"')
    return at


def _value(kind: str, text: str) -> str:
    """Write a value as other workbooks' are written."""
    match kind:
        case "Number":
            try:
                number = Decimal(text.strip())
            except InvalidOperation:
                return text
            return f"{number:f}" if number.is_finite() else text
        case "DateTime":
            found = _MOMENT(text.strip())
            return f"{found[1]} {found[2]}".removesuffix(" 00:00:00") if found else text
        case "Boolean":
            return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
    return text.strip()
