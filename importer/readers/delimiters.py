"""Find the delimiter of a text file, and split its first lines by it."""

import csv
import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from importer.readers import shape
from importer.table import Layout, Row, is_header

DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def find(lines: Sequence[str], layout: Layout) -> str:
    """Return the delimiter the layout states, else the likeliest; empty for none.

    A delimiter is the likelier the more rows it cuts into the same number of
    cells, and the more cells these are.  One that brings out the header which
    the layout names is the right one.
    """
    if layout.delimiter:
        return layout.delimiter
    tables = {one: split(lines, one) for one in DELIMITERS}
    ranked = sorted(DELIMITERS, key=lambda one: -_score(tables[one]))
    for one in ranked:
        rows = tables[one][: shape.HEADER_WITHIN]
        if layout.header and any(is_header(row.cells, layout.header) for row in rows):
            return one
    best = ranked[0]
    return best if _score(tables[best]) else ""


def split(lines: Sequence[str], delimiter: str) -> list[Row]:
    """Split lines into rows as they stand, blank ones left out.

    It ends before a cell without end; whoever streams the rows tells that fault.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[Row] = []
    last = 0
    with suppress(csv.Error):
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(last + 1, tuple(map(shape.unwrapped, cells))))
            last = reader.line_num
    return rows


def _score(rows: Sequence[Row]) -> float:  # a cell count's root, no money
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    # Of widths that are equally frequent the wider is the table's.
    width, count = max(widths.items(), key=lambda one: one[::-1], default=(1, 0))
    return count / max(len(rows), 1) * math.sqrt(width)
