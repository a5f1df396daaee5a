"""A CSV of ours that comes back, as rows, whatever a spreadsheet made of it.

Taken as it comes: comma, semicolon or tab; with a byte-order mark, without one,
or with one that was taken for letters; UTF-8, UTF-16 or cp1252; a workbook;
columns in another order or taken out; empty rows added.  Anything else is refused.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importer import readers
from importer.cells import decode_cell
from importer.errors import Fault, FileRefused
from importer.notation import unnamed
from importer.results import COLUMNS
from importer.table import Layout

DELIMITERS = (",", ";", "\t")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# What a spreadsheet makes of the byte-order mark that it took for cp1252.
MISREAD_MARK = "\u00ef\u00bb\u00bf"
# What is typed or pasted as a blank: no-break, narrow, of a figure's width.
_BLANK = re.compile("[\u00a0\u2007\u2009\u202f]")
HEAD = 4096
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of xlsx and ods begin, and those of xls."""

Cells = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What is told by its header: all columns that it has, and those it cannot lose.

    Most of its columns tell it, too, so that one which was taken out is missed by name.
    """

    name: str
    columns: tuple[str, ...]
    needed: frozenset[str]
    hint: str

    def has(self, names: Sequence[str]) -> bool:
        """Say whether these are its columns."""
        own = set(self.columns).intersection(names)
        return self.needed <= own or len(own) > len(self.columns) / 2


RESULT = Shape(
    "result CSV",
    COLUMNS,
    frozenset({"remittance", "version", "decision"}),
    "take a new result and write into its last four columns only",
)


@dataclass(frozen=True, slots=True)
class Said:
    """One row of the CSV: its line, and its cells by column."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        """Return a cell; a column that was taken out is empty, all blanks are alike."""
        return _BLANK.sub(" ", self.cells.get(name, "")).strip()


def recognise(path: Path, shape: Shape = RESULT) -> bool:
    """Say whether a file has this shape, a result CSV's, by its header."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    if head.startswith(WORKBOOKS):
        return _workbook_header(path, shape) is not None
    first = head.decode(_encoding(head), "replace").partition("\n")[0]
    return shape.has(_named(first.rstrip("\r").split(_delimiter(first))))


def read(path: Path, shape: Shape = RESULT) -> tuple[Said, ...]:
    """Read the rows; raises `FileRefused` for what has not this shape any more."""
    if header := _workbook_header(path, shape):
        table = readers.read(path, Layout(header=tuple(header)))
        names, line = _named(table.header), table.header_line
        rows: Iterator[Cells] = ((row.line, row.cells) for row in table.rows())
    else:
        text = _decoded(path)
        rows = iter(_cells(text, path.name))
        line, first = next(rows)
        names = _named(first)
    _refuse_header(names, f"{path.name}:{line}", shape)
    return tuple(_said(names, rows, path.name))


def _said(names: Sequence[str], rows: Iterator[Cells], file: str) -> Iterator[Said]:
    faults = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            sentence = f"has {len(cells)} cells under a header of {len(names)}"
            faults.append(Fault(f"{file}:{line}", sentence))
        known = zip(names, map(decode_cell, cells), strict=False)
        said = {name: cell for name, cell in known if name}
        if chosen := said.get("set_customer"):
            # A workbook offers customers with their names.
            said["set_customer"] = unnamed(chosen)
        yield Said(line, said)
    if faults:
        raise FileRefused(*faults)


def _refuse_header(names: Sequence[str], where: str, shape: Shape) -> None:
    unknown = [name for name in names if name and name not in shape.columns]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    missing = sorted(shape.needed - set(names))
    faults = [
        Fault(where, f"{sentence}: {', '.join(some)}", hint=shape.hint)
        for some, sentence in (
            (unknown, f"has columns that no {shape.name} has"),
            (twice, "has columns twice"),
            (missing, "has lost columns"),
        )
        if some
    ]
    if faults:
        raise FileRefused(*faults)


def _named(cells: Sequence[str]) -> list[str]:
    return [
        cell.removeprefix(MISREAD_MARK)
        .removeprefix("\ufeff")
        .strip()
        .strip('"')
        .lower()
        for cell in cells
    ]


def _workbook_header(path: Path, shape: Shape) -> Sequence[str] | None:
    """Return the header row of what was saved as a workbook."""
    with path.open("rb") as file:
        if not file.read(HEAD).startswith(WORKBOOKS):
            return None
    try:
        heads = readers.glance(path).heads
    except FileRefused:
        return None
    rows = (row.cells for head in heads for row in head.rows[:1])
    return next((cells for cells in rows if shape.has(_named(cells))), None)


def _delimiter(first: str) -> str:
    return max(DELIMITERS, key=first.count)


def _cells(text: str, file: str) -> list[Cells]:
    delimiter = _delimiter(text.partition("\n")[0])
    lines = io.StringIO(text, newline="")
    try:
        return list(enumerate(csv.reader(lines, delimiter=delimiter, strict=True), 1))
    except csv.Error as error:
        raise FileRefused(Fault(file, f"is no sound CSV: {error}")) from None


def _encoding(content: bytes) -> str:
    return "utf-16" if content.startswith(UTF_16_MARKS) else "utf-8-sig"


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    marked = content.startswith(UTF_16_MARKS)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    hint = "save it as CSV UTF-8"
    raise FileRefused(Fault(path.name, "is in an unknown encoding", hint=hint))
