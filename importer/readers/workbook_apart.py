"""Load the cells of a workbook in a process of its own, which may die.

A few bytes in a workbook can make the library that reads it take all memory, run
for ever, or end the process it runs in.  So another process reads it, with bounds
on memory and time and nothing secret in its environment, and hands the cells back
as text: the sheets, then their rows by the thousand.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from importer.readers import workbook_cells
from importer.readers.workbook_cells import Cells
from importer.readers.workbook_guard import MOST_CELLS

MEMORY_BYTES = 2 << 30
SECONDS = 60
_ROWS_AT_ONCE = 1000
_REFUSED = 3
_CELL, _ROW = "\x1f", "\x1e"
_CODE = f"import sys; from {__name__} import main; sys.exit(main(sys.argv[1]))"


class Died(Exception):
    """The process ended without cells; says what it said."""


class Reading:
    """A workbook that another process is reading; leaving the block ends it."""

    def __init__(self, path: Path) -> None:
        """Start the process."""
        here = {"PYTHONPATH": str(Path(__file__).parents[2])}
        # Windows starts no process without its root.
        kept = {
            name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ
        }
        self.process = subprocess.Popen(  # noqa: S603 our own code, and the file it reads
            [sys.executable, "-c", _CODE, str(path.resolve())],
            env=here | kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        """Return the reading itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process, whether it is done or not."""
        self.process.kill()
        self.process.communicate()

    def cells(self) -> list[Cells]:
        """Wait for the cells of all sheets; raises `Died` when none come."""
        try:
            answer, _ = self.process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise Died(f"it is not read after {SECONDS} seconds") from None
        if self.process.returncode == _REFUSED:
            raise Died(json.loads(answer.splitlines()[-1]))
        if self.process.returncode:
            raise Died("it takes too much memory, or ends whatever reads it")
        first, _, rest = answer.partition(b"\n")
        batches: dict[int, list[bytes]] = {}
        for number, batch in _batches(rest):
            batches.setdefault(number, []).append(batch)
        return [
            _cells(sheet, batches.get(number, []))
            for number, sheet in enumerate(json.loads(first))
        ]


def _batches(answer: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut the answer into batches, each behind its sheet's number and its length."""
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        number, length = map(int, answer[at:end].split())
        at = end + 1 + length
        yield number, answer[end + 1 : at]


def _cells(sheet: dict[str, Any], batches: list[bytes]) -> Cells:
    """Keep the rows as they came, which is smaller, and read them when asked."""

    def rows() -> Iterator[list[str]]:
        for batch in batches:
            yield from _rows(batch.decode())

    start, end = (
        tuple(sheet[name]) if sheet[name] else None for name in ("start", "end")
    )
    merged = tuple(sheet["merged"])
    return Cells(sheet["name"], sheet["hidden"], start, end, merged, rows)


def main(path: str) -> int:
    """Write the cells of all sheets to standard output; returns the exit code."""
    _limit()
    try:
        sheets = workbook_cells.load(Path(path))
        for sheet in sheets:
            _check(sheet)
        _tell([_described(sheet) for sheet in sheets])
        for number, sheet in enumerate(sheets):
            rows = sheet.rows()
            while some := list(islice(rows, _ROWS_AT_ONCE)):
                batch = _batch(some).encode()
                sys.stdout.flush()
                sys.stdout.buffer.write(b"%d %d\n" % (number, len(batch)) + batch)
    except BaseException as error:  # noqa: BLE001 a panic of the library is no Exception
        _tell(f"{type(error).__name__}: {error}"[:300])
        return _REFUSED
    return 0


def _batch(rows: list[list[str]]) -> str:
    """Write rows with marks between them, or as JSON where a cell has such a mark."""
    text = _ROW.join(map(_CELL.join, rows))
    cells = sum(map(len, rows))
    if text.count(_CELL) + text.count(_ROW) == cells - 1 and not text.startswith("["):
        return text
    return json.dumps(rows)


def _rows(text: str) -> Iterator[list[str]]:
    """Read what `_batch` has written."""
    if text.startswith("["):
        yield from json.loads(text)
        return
    for row in text.split(_ROW):
        yield row.split(_CELL)


def _tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")


def _described(sheet: Cells) -> dict[str, Any]:
    names = ("name", "hidden", "start", "end", "merged")
    return {name: getattr(sheet, name) for name in names}


def _check(sheet: Cells) -> None:
    height = sheet.end[0] + 1 if sheet.end else 0
    if height * sheet.width > MOST_CELLS:
        raise ValueError(f"{sheet.name} has more than {MOST_CELLS:,} cells")


def _limit() -> None:
    """Bound this process, where the system knows how to."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 no module of Windows

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
