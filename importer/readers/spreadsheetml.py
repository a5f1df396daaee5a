"""Read SpreadsheetML 2003: an Excel workbook as one XML file, often named .xls.

Numbers stand as they are written, but for a fraction of more digits than the 15
that a sheet keeps; dates as `2024-03-18`, with a time of day where there is one.
Cells and rows may name their own place (ss:Index); a comment is no cell's text.

A document type, tags nested or stretched beyond any spreadsheet's use, and places
that no sheet has are refused; memory is bounded (`markup`).
"""

import re
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from xml.parsers import expat

from importer.errors import Fault, FileRefused
from importer.readers import encoding, markup, sheets
from importer.readers.encoding import Text
from importer.readers.markup import (
    LONGEST_TEXT,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_SHEETS,
    Grid,
    Room,
    Unfit,
)
from importer.readers.sheets import Book
from importer.table import Bounds, Glance, Layout, Table, charset

FORMAT = "spreadsheetml"
DEEPEST = 64
_CHUNK = 1 << 16
_CLAIM = re.compile(
    rb"\A\s*<.{0,4000}urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL
)
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]+)["']""")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8})(?:\.[0-9]*)?").fullmatch
_SHEET_DIGITS = 15
_SHEET_NUMBERS = Context(prec=_SHEET_DIGITS)
_LARGEST_EXPONENT = 308


def claims(head: bytes) -> bool:
    """Say whether the first bytes name the schema of such workbooks."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return bool(_CLAIM.match(plain))


def glance(path: Path, bounds: Bounds) -> Glance:
    """Look at the first rows of every sheet that has some."""
    return sheets.look(path, _book(path, Layout(bounds=bounds)))


def read(path: Path, layout: Layout) -> Table:
    """Find the sheet and the table in it; raises `FileRefused` when there is none."""
    return sheets.table(path, _book(path, layout), layout)


def _book(path: Path, layout: Layout) -> Book:
    with path.open("rb") as file:
        declared = _DECLARED.search(file.read(512))
    prefer = charset(declared[1].decode()) if declared else None
    text = encoding.find(path, layout.encoding, prefer)
    try:
        return markup.book(FORMAT, _grids(text, layout.bounds), text.encoding)
    except Unfit as unfit:
        raise FileRefused(Fault(path.name, str(unfit), hint=markup.ALONE)) from None


def _grids(text: Text, bounds: Bounds) -> list[Grid]:
    """Walk through the file; refuses it where it breaks off."""
    found = _Found(bounds)
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
    except Unfit as unfit:
        sentence = str(unfit)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        sentence = f"the XML is broken or cut off: {why}"
    else:
        return found.grids
    where = f"{text.path.name}:{parser.CurrentLineNumber}"
    hint = f"fetch the file again; else {markup.ALONE}"
    raise FileRefused(Fault(where, sentence, hint=hint))


class _Found:
    """What the parser calls, and the sheets found so far."""

    def __init__(self, bounds: Bounds) -> None:
        self.grids: list[Grid] = []
        self._room = Room.within(bounds)
        self._cells: dict[int, str] = {}
        self._row = self._column = -1
        self._across = 0
        self._type = self._formula = ""
        self._text: list[str] | None = None
        self._length = self._open = self._comments = 0
        self._starts = {
            "Worksheet": self._worksheet,
            "Column": self._hiding,
            "Row": self._row_begins,
            "Cell": self._cell,
            "Data": self._data,
            "Visible": self._visible,
            "Comment": self._comment,
        }

    def doctype(self, *_: object) -> None:
        raise Unfit("the file declares a document type or entities")

    def waits(self, number: int) -> None:
        """Refuse a tag that does not end."""
        if number > LONGEST_TEXT:
            raise Unfit("a tag that does not end")

    def letters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise Unfit("more text in a row than any sheet holds")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._open += 1
        if self._open > DEEPEST:
            raise Unfit("tags are nested deeper than in any spreadsheet")
        begins = self._starts.get(_local(name))
        if begins:
            begins({_local(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self._open -= 1
        match _local(name):
            case "Comment":
                self._comments -= 1
            case "Data" if self._text is not None and not self._comments:
                self._cells[self._column] = _value(self._type, "".join(self._text))
                self._text = None
            case "Visible" if self._text is not None:
                self.grids[-1].hidden = "".join(self._text).strip() != "SheetVisible"
                self._text = None
            case "Cell":
                if self._formula and not self._type:
                    self._cells[self._column] = f"#FORMULA {self._formula}"
                self._column += self._across
            case "Row" if self.grids:
                self.grids[-1].keep(self._row, self._cells)
                self._cells = {}

    def _worksheet(self, given: dict[str, str]) -> None:
        if len(self.grids) == MOST_SHEETS:
            raise Unfit(f"more than {MOST_SHEETS} sheets")
        name = given.get("Name", f"sheet {len(self.grids) + 1}")
        self.grids.append(Grid(name, self._room))
        self._row = -1

    def _hiding(self, given: dict[str, str]) -> None:
        if self.grids and given.get("Hidden") == "1":
            self.grids[-1].part_hidden = True

    def _row_begins(self, given: dict[str, str]) -> None:
        self._hiding(given)
        self._row = _place(given, self._row, MOST_ROWS)
        self._column, self._length = -1, 0

    def _cell(self, given: dict[str, str]) -> None:
        self._column = _place(given, self._column, MOST_COLUMNS)
        self._formula, self._type = given.get("Formula", ""), ""
        self._across = _count(given.get("MergeAcross", ""))
        if self.grids and (self._across or given.get("MergeDown")):
            self.grids[-1].merge(self._row)

    def _data(self, given: dict[str, str]) -> None:
        if not self._comments:
            self._type, self._text = given.get("Type", "String"), []

    def _visible(self, _: dict[str, str]) -> None:
        if self.grids:
            self._text, self._length = [], 0

    def _comment(self, _: dict[str, str]) -> None:
        self._comments += 1


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _place(given: dict[str, str], before: int, most: int) -> int:
    """Return the place of a row or cell, counted from 0: the next, or the one named."""
    index = given.get("Index", "")
    at = _count(index) - 1 if index else before + 1
    if not before < at < most:
        said = index[:40] or at + 1
        raise Unfit(
            f'a row or cell is given the place "{said}", taken or beyond a sheet'
        )
    return at


def _count(text: str) -> int:
    """Read a place or a span; what is none, or beyond any sheet, is refused."""
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_ROWS))):
        raise Unfit(f'"{text[:40]}" is given as a place or span, and is none')
    return int(text)


def _value(kind: str, text: str) -> str:
    """Write a value as other workbooks' are written."""
    match kind:
        case "Number":
            return _number(text.strip())
        case "DateTime":
            found = _MOMENT(text.strip())
            return f"{found[1]} {found[2]}".removesuffix(" 00:00:00") if found else text
        case "Boolean":
            return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
    return text.strip()


def _number(text: str) -> str:
    """Write a number without an exponent, a fraction with the digits a sheet keeps."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or abs(number.adjusted()) > _LARGEST_EXPONENT:
        return text
    if len(digits) > _SHEET_DIGITS and exponent < 0:
        return f"{_SHEET_NUMBERS.plus(number).normalize():f}"
    return f"{number:f}"
