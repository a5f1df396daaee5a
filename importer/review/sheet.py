"""A result CSV as rows, whatever dialect a spreadsheet saved it in."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from importer import money
from importer.errors import Fault, FileRefused
from importer.results import COLUMNS, decode_cell

NEEDED = ("remittance", "version", "decision")
DELIMITERS = (",", ";", "\t")
ENCODINGS = ("utf-8-sig", "cp1252")
# What a spreadsheet makes of the byte-order mark that it took for cp1252.
MISREAD_MARK = "\u00ef\u00bb\u00bf"
DATE_PARTS = 3


@dataclass(frozen=True, slots=True)
class Said:
    """One row of the CSV: its line, and its cells by column."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        """Return a cell; a column that was taken out is empty."""
        return self.cells.get(name, "").strip()


def recognise(path: Path) -> bool:
    """Say whether a file is a result CSV, by its header."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    first = head.decode("utf-8-sig", "replace").partition("\n")[0]
    return all(name in first for name in NEEDED)


def read(path: Path) -> tuple[Said, ...]:
    """Read the rows, whatever dialect a spreadsheet saved them in."""
    text = _decoded(path)
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        )
    except csv.Error as error:
        raise FileRefused(Fault(path.name, f"is no sound CSV: {error}")) from None
    header = [cell.strip().lower().removeprefix(MISREAD_MARK) for cell in rows[0]]
    if unknown := [name for name in header if name and name not in COLUMNS]:
        named = ", ".join(unknown)
        sentence = f"has columns that no result CSV has: {named}"
        raise FileRefused(Fault(f"{path.name}:1", sentence, hint="take them out"))
    return tuple(
        Said(
            line,
            {name: decode_cell(cell) for name, cell in zip(header, row, strict=False)},
        )
        for line, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    )


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused(
        Fault(path.name, "is neither UTF-8 nor cp1252", hint="save it as CSV UTF-8")
    )


def is_same(cell: str, was: str) -> bool:
    """Compare a cell by value: `1,500.00`, `1500` and `1500,00` are one amount."""
    if cell == was:
        return True
    for decimal, thousands in ((".", ","), (",", "."), (".", ""), (",", " ")):
        try:
            return money.read(cell, decimal, thousands) == Decimal(was)
        except (ValueError, ArithmeticError):
            continue
    figures = sorted(part for part in _parts(cell))
    return len(figures) == 3 and figures == sorted(_parts(was))  # noqa: PLR2004 -- a date


def _parts(text: str) -> Iterable[str]:
    for mark in "./ ":
        text = text.replace(mark, "-")
    return [part.lstrip("0") for part in text.split("-") if part]
