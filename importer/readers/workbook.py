"""Read workbooks: .xlsx, .xls, .xlsb and .ods, whatever the file is called.

A cell's text is what the sheet holds, exactly:

    1234.5        a number, with as many digits as it has, no `.0`, no exponent
    2024-03-18    a date; `2024-03-18 14:05:00` with a time of day
    TRUE FALSE    as they stand
    #FORMULA =…   a formula that nobody has calculated; `#DIV/0!` and its kin

Promises:
1. The file is opened in a process that may die (`workbook_apart`), and what its
   parts show is known before any cell counts (`workbook_guard`).
2. Rows are numbered as a spreadsheet shows them.
3. A cell without a usable value is never empty: it says what stands there.

A whole number of more than 15 digits is noted: its last ones are lost.
"""

import re
from mmap import ACCESS_READ, mmap
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import sheets, workbook_guard
from importer.readers.sheets import Book
from importer.readers.workbook_apart import Died, Reading
from importer.readers.workbook_guard import Examined
from importer.readers.workbook_parts import Part
from importer.table import Bounds, Glance, Layout, Table

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def claims(head: bytes) -> bool:
    """Say whether the file's first bytes are those of a workbook's container."""
    return head.startswith((*_ZIP, _OLE))


def glance(path: Path, bounds: Bounds) -> Glance:
    """Look at the first rows of every sheet that has some."""
    return sheets.look(path, _opened(path, bounds))


def read(path: Path, layout: Layout) -> Table:
    """Find the sheet and the table in it; raises `FileRefused` when there is none."""
    return sheets.table(path, _opened(path, layout.bounds), layout)


def _opened(path: Path, bounds: Bounds) -> Book:
    """Examine a workbook here while another process, which may die, reads it."""
    is_zip = _is_zip(path)
    size = workbook_guard.unpacked(path, bounds) if is_zip else path.stat().st_size
    with Reading(path, size, bounds) as reading:
        examined = Examined("xls", {})
        if is_zip:
            examined = workbook_guard.examine(path, bounds)
        try:
            loaded = reading.cells()
        except Died as died:
            raise FileRefused(_broken(path.name, str(died))) from died
    found = {
        cells.name: sheets.bounded(cells, examined.parts.get(cells.name, Part()))
        for cells in loaded
    }
    return Book(
        examined.kind,
        {name: sheet for name, sheet in found.items() if sheet.width},
        tuple(cells.name for cells in loaded if cells.hidden),
    )


def _is_zip(path: Path) -> bool:
    """Tell the two containers apart; refuses one that is locked."""
    with path.open("rb") as file:
        if file.read(len(_OLE)) != _OLE:
            return True
        file.seek(0)
        with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            is_locked = content.find("EncryptedPackage".encode("utf-16-le")) >= 0
    if is_locked:
        raise FileRefused(workbook_guard.locked(path.name))
    return False


def _broken(file: str, why: str) -> Fault:
    """Say that the library found no cells."""
    if why.startswith("PasswordError"):
        return workbook_guard.locked(file)
    sentence = "the workbook cannot be read; it is damaged, or no workbook"
    hint = "open it in a spreadsheet, save it as .xlsx, and use that"
    # The name of the library's error says nothing to a person.
    return Fault(file, sentence, re.sub(r"^\w+Error: ", "", why), hint)
