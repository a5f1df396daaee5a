"""Find header and rows in a grid of cells: what delimited files and sheets share.

The header is the row that the mapping names, or none where the mapping names
the columns.  Every row below has the header's width, empty cells beyond it
aside; a row of another width is a fault of the file unless the mapping knows it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from importer.errors import Fault, FileRefused
from importer.table import Layout, Row, column_names, is_header, trimmed

HEADER_WITHIN = 300
FAULTS_MOST = 50


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a grid's table begins: its header, and the rows above it."""

    header: tuple[str, ...]
    header_line: int
    preamble: tuple[Row, ...]


def find(file: str, rows: Iterable[Row], layout: Layout) -> Frame | None:
    """Find the header among the first rows; None when the mapping's is not there."""
    if layout.columns:
        return Frame(column_names(layout.columns), 0, ())
    above: list[Row] = []
    for row in rows:
        if len(above) == HEADER_WITHIN:
            break
        above.append(row)
        if layout.header and is_header(row.cells, layout.header):
            return Frame(column_names(trimmed(row.cells)), row.line, tuple(above[:-1]))
    if layout.header:
        return None
    return _likely(file, above)


def _likely(file: str, above: list[Row]) -> Frame:
    """Take the first row of the usual width in which no cell holds a figure."""
    if not above:
        raise FileRefused(Fault(file, "has no rows", hint="download it again"))
    widths = Counter(len(trimmed(row.cells)) for row in above)
    usual = max(widths, key=lambda width: (width > 1, widths[width], width))
    for place, row in enumerate(above):
        names = trimmed(row.cells)
        if len(names) >= usual and not any(_has_figure(name) for name in names):
            return Frame(column_names(names), row.line, tuple(above[:place]))
    return Frame(column_names([""] * usual), 0, ())


def _has_figure(cell: str) -> bool:
    return any(letter.isdigit() for letter in cell)


def body(
    file: str,
    rows: Iterator[Row],
    frame: Frame,
    loose: Callable[[tuple[str, ...]], bool] | None,
) -> Iterator[Row]:
    """Stream the rows below the header; raise with all that are of another width."""
    width = len(frame.header)
    faults: list[Fault] = []
    wrong = 0
    for row in rows:
        cells = row.cells
        if len(cells) == width:
            yield row
            continue
        if row.line <= frame.header_line or not any(map(str.strip, cells)):
            continue
        if len(cells) > width and not any(map(str.strip, cells[width:])):
            yield Row(row.line, cells[:width])
        elif loose is not None and loose(cells):
            yield Row(row.line, (*cells, *[""] * (width - len(cells))))
        else:
            wrong += 1
            if len(faults) < FAULTS_MOST:
                faults.append(_width(file, row, width))
    if wrong > len(faults):
        faults.append(Fault(file, f"{wrong - len(faults)} more rows like these"))
    if faults:
        raise FileRefused(*faults)


def _width(file: str, row: Row, width: int) -> Fault:
    return Fault(
        f"{file}:{row.line}",
        f"has {len(row.cells)} cells where the header has {width}",
        " | ".join(row.cells),
        "mend the row in the file, or tell the mapping what it is: "
        "[read] ignore or totals",
    )
