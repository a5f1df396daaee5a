"""Workbooks: xlsx, xls, xlsb and ods, one sheet as a table.

Cells become exact text: a number without superfluous zeros (`1234.5`, `1234`), a
date as `2024-03-18`, with its time where it has one.  What has no value to be
read (an error, a formula never calculated) becomes a text beginning with `#`, so
that it cannot pass for an empty cell.

(1) A container that would unpack to more than the limits is refused unopened.
(2) Row numbers are those that a spreadsheet shows.
(3) A number that a float cannot hold exactly is told in the notes: its last
    digits were lost when the file was made.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import Fault, FileRefused
from importer.readers import grid
from importer.table import Glance, Head, Layout, Row, Table

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

NAME = "workbook"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRIES_MOST = 2000
BYTES_MOST = 300 << 20
ENTRY_MOST = 200 << 20
ROWS_MOST = 1_048_576
COLUMNS_MOST = 256
HEAD_ROWS = 60
DIGITS_EXACT = 15
FORMULA = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*>\s*<f[^>]*?(?:/>|>[^<]*</f>)'
    rb"\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)


def claims(head: bytes) -> bool:
    """Say whether the beginning of a file is a zip or an OLE container."""
    return head.startswith((ZIP, OLE))


def glance(path: Path) -> Glance:
    """See the first rows of every sheet."""
    book = _opened(path)
    heads = []
    for name in book.sheet_names:
        rows = []
        for row in _rows(book, name, {}):
            rows.append(row)
            if len(rows) == HEAD_ROWS:
                break
        heads.append(Head(name, tuple(rows)))
    return Glance(path.name, NAME, "", "", tuple(heads))


def read(path: Path, layout: Layout) -> Table:
    """Read the sheet that the layout names, or the one that has the header."""
    book = _opened(path)
    never = _never_calculated(path)
    sheet, frame = _sheet(path.name, book, layout, never)
    unknown = never.get(sheet, {})
    notes = [f'sheet "{sheet}", header in row {frame.header_line}']
    rows = list(_rows(book, sheet, unknown))
    if inexact := [row.line for row in rows if any(map(_is_inexact, row.cells))]:
        notes.append(
            f"row {inexact[0]} and {len(inexact) - 1} more hold numbers of more than "
            f"{DIGITS_EXACT} digits, of which a spreadsheet loses the last"
        )

    def body() -> Iterator[Row]:
        below = (row for row in rows if row.line > frame.header_line)
        return grid.body(path.name, _squared(below, frame), frame, layout.loose)

    return Table(
        file=path.name,
        format=NAME,
        encoding="",
        header=frame.header,
        rows=body,
        header_line=frame.header_line,
        sheet=sheet,
        preamble=frame.preamble,
        notes=tuple(notes),
    )


def _squared(rows: Iterator[Row], frame: grid.Frame) -> Iterator[Row]:
    """Give each row the header's width: a sheet has empty cells everywhere."""
    width = len(frame.header)
    for row in rows:
        if any(row.cells[:width]):
            cells = row.cells[:width]
            yield Row(row.line, (*cells, *[""] * (width - len(cells))))


def _opened(path: Path) -> "CalamineWorkbook":
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 -- when used

    _guard(path)
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        sentence = f"cannot be opened as a workbook: {error}"
        hint = "open it in a spreadsheet and save it again, without a password"
        raise FileRefused(Fault(path.name, sentence, hint=hint)) from None


def _guard(path: Path) -> None:
    """Refuse a container by its table of contents, before unpacking any of it."""
    with path.open("rb") as file:
        if not file.read(8).startswith(ZIP):
            return
    try:
        with zipfile.ZipFile(path) as container:
            entries = container.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        sentence = f"is a damaged workbook: {error}"
        raise FileRefused(
            Fault(path.name, sentence, hint="download it again")
        ) from None
    sizes = [entry.file_size for entry in entries]
    if len(sizes) > ENTRIES_MOST or sum(sizes) > BYTES_MOST or max(sizes) > ENTRY_MOST:
        sentence = f"would unpack to {sum(sizes) >> 20} MiB in {len(sizes)} parts"
        raise FileRefused(Fault(path.name, sentence, hint="split the workbook"))
    names = {entry.filename for entry in entries}
    if any(name.endswith("vbaProject.bin") for name in names):
        sentence = "holds macros"
        hint = "save it as .xlsx without macros"
        raise FileRefused(Fault(path.name, sentence, hint=hint))


def _sheet(
    file: str,
    book: "CalamineWorkbook",
    layout: Layout,
    never: dict[str, dict[tuple[int, int], str]],
) -> tuple[str, grid.Frame]:
    """Choose the sheet, and find the header in it."""
    names = book.sheet_names
    if layout.sheet and layout.sheet not in names:
        known = ", ".join(f'"{name}"' for name in names)
        sentence = f'has no sheet "{layout.sheet}"; there are {known}'
        raise FileRefused(Fault(file, sentence, hint="mend [file] sheet"))
    found = []
    for name in [layout.sheet] if layout.sheet else names:
        rows = _rows(book, name, never.get(name, {}))
        first = next(rows, None)
        if first is None:
            continue
        again = _rows(book, name, never.get(name, {}))
        if frame := grid.find(file, again, layout):
            found.append((name, frame))
    if len(found) == 1:
        return found[0]
    if not found:
        sentence = (
            "no sheet has the header of the mapping" if layout.header else "is empty"
        )
        raise FileRefused(Fault(file, sentence, hint="download it again"))
    known = ", ".join(f'"{name}"' for name, _ in found)
    sentence = f"{len(found)} sheets could hold the rows: {known}"
    raise FileRefused(Fault(file, sentence, hint="name one in [file] sheet"))


def _rows(
    book: "CalamineWorkbook", name: str, unknown: dict[tuple[int, int], str]
) -> Iterator[Row]:
    """Stream the rows that are not empty, each with its number in the sheet."""
    sheet = book.get_sheet_by_name(name)
    if sheet.height > ROWS_MOST or sheet.width > COLUMNS_MOST:
        sentence = f'sheet "{name}" has {sheet.height} rows and {sheet.width} columns'
        raise FileRefused(Fault(name, sentence, hint="delete the empty ones"))
    first_row = sheet.start[0] if sheet.start else 0
    first_column = sheet.start[1] if sheet.start else 0
    left = [""] * first_column
    for line, values in enumerate(sheet.iter_rows(), start=first_row + 1):
        cells = [*left, *[cell_text(value) for value in values]]
        if unknown:
            for (row, column), formula in unknown.items():
                if row == line and column < len(cells) and not cells[column]:
                    cells[column] = formula
        if any(cells):
            yield Row(line, tuple(cells))


def cell_text(value: Any) -> str:
    """Write a cell as exact text; a date is `2024-03-18`, a time `14:05:00`."""
    if type(value) is str:
        return value
    if type(value) is float:  # a cell
        return _number(value)
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            midnight = value.time() == time()
            day = value.date().isoformat()
            return day if midnight else value.isoformat(sep=" ", timespec="seconds")
        case _:
            return str(value)


def _number(value: float) -> str:  # a cell
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    if "e" in text:
        return f"{Decimal(text):f}"
    # 0.1 + 0.2 is stored as 0.30000000000000004: fifteen digits are what was meant.
    return f"{Decimal(f'{value:.15g}'):f}"


def _is_inexact(cell: str) -> bool:
    return len(cell) > DIGITS_EXACT and cell.isdigit()


def _never_calculated(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Find formulas that were saved without a value, by sheet, row and column."""
    if not zipfile.is_zipfile(path):
        return {}
    found: dict[str, dict[tuple[int, int], str]] = {}
    with zipfile.ZipFile(path) as container:
        names = container.namelist()
        if "xl/workbook.xml" not in names:
            return {}
        titles = _titles(container)
        for part, title in titles.items():
            if part not in names:
                continue
            content = container.read(part)
            if b"<f" not in content:
                continue
            for cell in FORMULA.finditer(content):
                where = (int(cell[2]), _column(cell[1].decode()))
                name = f"#FORMULA in {cell[1].decode()}{int(cell[2])} has no value"
                found.setdefault(title, {})[where] = name
    return found


def _titles(container: zipfile.ZipFile) -> dict[str, str]:
    """Map the parts of an xlsx to the titles of their sheets."""
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415 -- when used

    space = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    targets = {
        one.get("Id"): one.get("Target", "")
        for one in fromstring(container.read("xl/_rels/workbook.xml.rels"))
    }
    found = {}
    for one in fromstring(container.read("xl/workbook.xml")).iter():
        if one.tag.endswith("}sheet"):
            target = targets.get(one.get(space), "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            found[part] = one.get("name", "")
    return found


def _column(letters: str) -> int:
    """Count a column from 0 by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
