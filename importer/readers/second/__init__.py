"""Count and add up a file a second time, by somebody else's code or another way.

    OFX           ofxparse                              `libraries`
    MT940         mt-940
    .xlsx         openpyxl, with defusedxml             `tables`
    delimited     a splitter of its own, which shares nothing with the first
    CAMT, BAI2,   one pattern for a record, which knows nothing of what
    NACHA, QIF,   stands around it                      `patterns`
    X12

For `importer inspect`: two readers that agree have hardly made the same mistake.
Nothing here decides anything, and nothing is raised out of it: a second reader
that fails says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from importer.readers.second import libraries, patterns, tables
from importer.readers.second.tables import Amount
from importer.table import Table

__all__ = ["Amount", "Second", "read"]

MOST_BYTES = 64 << 20
_OFX_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Second:
    """What the second reader found; without figures, `why` says why not."""

    by: str
    records: int | None = None
    total: Decimal | None = None
    why: str = ""

    def agrees(self, records: int, total: Decimal) -> bool | None:
        """Say whether it found the same; None where it found nothing to compare."""
        if self.records is None:
            return None
        return (self.records, self.total) == (records, total)


@dataclass(frozen=True, slots=True)
class _Reader:
    """A second reader: its name, what it takes at most, and what it finds."""

    by: str
    amounts: Callable[[], Iterator[Decimal]]
    most_bytes: int = MOST_BYTES


def read(path: Path, table: Table, amount: Amount) -> Second:
    """Read the file again; `amount` is what the mapping makes of a row's cells.

    It serves the formats whose columns a mapping explains; where the format says
    what an amount is, the second reader knows it by itself.
    """
    reader = _reader(path, table, amount)
    if reader is None:
        return Second("", why=f"there is no second reader for {table.format}")
    size = path.stat().st_size
    if size > reader.most_bytes:
        return Second(reader.by, why=f"it takes too long for {size >> 20} MiB")
    try:
        amounts = list(reader.amounts())
    except tables.Declined as declined:
        return Second(reader.by, why=str(declined))
    except Exception as error:  # noqa: BLE001 whatever ails the second, the first stands
        said = " ".join(str(error).split())
        why = f"it failed: {type(error).__name__}: {said}"[:200]
        return Second(reader.by, why=why)
    return Second(reader.by, len(amounts), sum(amounts, Decimal(0)))


def _reader(path: Path, table: Table, amount: Amount) -> _Reader | None:
    """Choose who reads a format a second time."""
    match table.format:
        case "ofx":
            by = f"ofxparse {version('ofxparse')}"
            return _Reader(by, lambda: libraries.ofx(path), _OFX_MOST_BYTES)
        case "mt940":
            by = f"mt-940 {version('mt-940')}"
            return _Reader(by, lambda: libraries.mt940(path, table.encoding))
        case "xlsx":
            by = f"openpyxl {version('openpyxl')}"
            return _Reader(by, lambda: tables.of_openpyxl(path, table, amount))
        case "delimited":
            by = "a second splitter"
            return _Reader(by, lambda: tables.split(path, table, amount))
    if (found := patterns.BY_FORMAT.get(table.format)) is None:
        return None
    text = path.read_bytes().decode(table.encoding)
    return _Reader("a pattern for its records", lambda: found(text))
