"""A result CSV as rows, whatever dialect a spreadsheet saved it in."""

import csv
import io
from collections.abc import Iterable, Iterator
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
YEAR = 4
AMOUNTS = ((".", ","), (",", "."), (".", ""), (",", " "))


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
    if faults := list(_misplaced(path.name, header, rows)):
        raise FileRefused(*faults)
    return tuple(
        Said(
            line,
            {name: decode_cell(cell) for name, cell in zip(header, row, strict=False)},
        )
        for line, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    )


def _misplaced(file: str, header: list[str], rows: list[list[str]]) -> Iterator[Fault]:
    """Find what stands under no column of ours, or under a column that is there twice.

    A cell too many is a text with a comma in it that nobody quoted: what stands
    behind it would be read under the wrong column.
    """
    if unknown := [name for name in header if name and name not in COLUMNS]:
        sentence = f"has columns that no result CSV has: {', '.join(unknown)}"
        yield Fault(f"{file}:1", sentence, hint="take them out")
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        sentence = f"has columns twice: {', '.join(twice)}"
        yield Fault(f"{file}:1", sentence, hint="take one of each out")
    for line, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row[len(header) :]):
            sentence = f"has {len(row)} cells under {len(header)} columns"
            yield Fault(
                f"{file}:{line}", sentence, hint="put texts with commas in quotes"
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


def is_same(cell: str, was: str, currency: str = "") -> bool:
    """Compare by value: `1,500.00`, `1500` and `$1.500,00` are one amount."""
    return (
        cell == was
        or _is_same_amount(cell, was, money.marks(currency) if currency else ())
        or _is_same_date(cell, was)
    )


def _is_same_amount(cell: str, was: str, marks: tuple[str, ...]) -> bool:
    """Try every shape: `1.500` is an amount in two of them, and one may be ours."""
    for decimal, thousands in AMOUNTS:
        try:
            if money.read(cell, decimal, thousands, marks) == Decimal(was):
                return True
        except (ValueError, ArithmeticError):
            continue
    return False


def _is_same_date(cell: str, was: str) -> bool:
    """Compare the figures of a date in any order, the year whole or its last two."""
    figures, ours = sorted(_parts(cell)), list(_parts(was))
    short = [part[-2:].lstrip("0") if len(part) == YEAR else part for part in ours]
    return len(figures) == DATE_PARTS and figures in (sorted(ours), sorted(short))


def _parts(text: str) -> Iterable[str]:
    for mark in "./ ":
        text = text.replace(mark, "-")
    return [part.lstrip("0") for part in text.split("-") if part]
