"""Find the table in the first rows of a file: the header, its names, the width.

Above the header stand titles and account numbers, below it rows of the header's
width.  Rows are looked at as they stand; what they mean is not known here.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from importer.errors import Fault, FileRefused, hinted
from importer.table import Layout, Row, column_names, is_header

HEADER_WITHIN = 200
_VALUE = re.compile(r"[-+(]?\s*[$€£¥]?\s*\d[\d.,:'/ -]*\)?\s*|\d[\d.,:/T+Z -]*\s*")
_AGAIN = "fetch the file again; if it says the same, ask the bank"
_FAULTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Found:
    """Where the table begins: how many of the rows stand before it, and its names.

    `header` is the header row, None in a file without one; `body` are those of
    the first rows that come after it.
    """

    preamble: tuple[Row, ...]
    header: Row | None
    names: tuple[str, ...]
    body: tuple[Row, ...]

    @property
    def line(self) -> int:
        """Return the header's line, 0 where there is none."""
        return self.header.line if self.header else 0


class Faults:
    """Collects what is wrong in a file's structure, to say all of it at once."""

    def __init__(self, file: str) -> None:
        """Begin with none."""
        self.file = file
        self._shown: list[Fault] = []
        self._number = 0
        self.latest = 0

    def add(self, line: int, sentence: str, excerpt: str = "", hint: str = "") -> None:
        """Add one fault; beyond the first fifty they are only counted."""
        self._number += 1
        self.latest = line
        if len(self._shown) < _FAULTS_SHOWN:
            where = f"{self.file}:{line}" if line else self.file
            self._shown.append(Fault(where, sentence, excerpt[:200], hint))

    @property
    def is_full(self) -> bool:
        """Return whether further faults are only counted."""
        return self._number >= _FAULTS_SHOWN

    def refuse(self) -> None:
        """Raise `FileRefused` with the faults, if there are any."""
        if not self._number:
            return
        more = self._number - len(self._shown)
        rest = (Fault(self.file, f"{more} further faults"),) if more else ()
        raise FileRefused(*hinted([*self._shown, *rest], _AGAIN))


def find(file: str, rows: Sequence[Row], layout: Layout) -> Found:
    """Find the table as the layout says it, or by its looks.

    Raises `FileRefused` when the header that the layout names is not there.
    """
    if layout.columns is not None:
        return Found((), None, column_names(layout.columns), tuple(rows))
    at = _stated(rows, layout.header) if layout.header else _likely(rows)
    if at is None and layout.header:
        raise FileRefused(_no_header(file, rows, layout.header))
    if at is None:
        width = modal_width(rows)
        start = next((n for n, row in enumerate(rows) if len(row.cells) == width), 0)
        names = column_names(("",) * width)
        return Found(tuple(rows[:start]), None, names, tuple(rows[start:]))
    return Found(
        tuple(rows[:at]), rows[at], column_names(rows[at].cells), tuple(rows[at + 1 :])
    )


def widened(names: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Give every column a name, as far as the sheet reaches."""
    return column_names((*names, *[""] * (width - len(names))))[:width]


def modal_width(rows: Sequence[Row]) -> int:
    """Return how many cells most of the rows have that have more than one."""
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    return widths.most_common(1)[0][0] if widths else 1


def unwrapped(cell: str) -> str:
    """Return the text of a cell that is written as a formula (`="0123"`)."""
    if cell.startswith('="') and cell.endswith('"') and len(cell) > len('="'):
        return cell[2:-1].replace('""', '"')
    return cell


def _stated(rows: Sequence[Row], names: Sequence[str]) -> int | None:
    near = rows[:HEADER_WITHIN]
    return next((n for n, row in enumerate(near) if is_header(row.cells, names)), None)


def _likely(rows: Sequence[Row]) -> int | None:
    """Find the first row that is as wide as most and reads as names, not values."""
    width = modal_width(rows)
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        filled = [cell for cell in row.cells if cell.strip()]
        near = len(row.cells) in (width, width - 1, width + 1)
        texts = not any(_VALUE.fullmatch(cell.strip()[:40]) for cell in filled)
        if near and texts and len(filled) > max(1, width // 2):
            return number
    return None


def _no_header(file: str, rows: Sequence[Row], header: Sequence[str]) -> Fault:
    likely = _likely(rows)
    seen = " | ".join(rows[likely].cells) if likely is not None else ""
    return Fault(
        file,
        "the header that the mapping names is not in the file's first"
        f" {HEADER_WITHIN} rows: " + " | ".join(header),
        excerpt=seen,
        hint="mend header in [file] of the mapping"
        + (", or is this row the header?" if seen else ""),
    )
