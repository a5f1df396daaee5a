"""Have the cells of a workbook loaded by a process of its own, which may die.

A few bytes in a workbook can make the library that reads it take all memory, run
for ever, or end the process it runs in.  So another process reads it
(`workbook_cells`), with bounds on memory and work and nothing in its environment.
What it may answer is bounded, too.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from importer.readers import workbook_cells
from importer.readers.workbook_cells import DESCRIBED, REFUSED, Cells, rows_of
from importer.table import Bounds

_BYTES_A_SECOND = 8 << 20
_MEMORY_OF_TEXT = 4
_HEAD_BYTES = 32
_WORKED_ENOUGH = -getattr(signal, "SIGXCPU", 0)


class Died(Exception):
    """The process ended without cells; says what it said."""


class Reading:
    """A workbook that another process is reading; leaving the block ends it."""

    def __init__(self, path: Path, unpacked: int, bounds: Bounds) -> None:
        """Start the process, with time to work that is fit for so many bytes."""
        program = str(Path(workbook_cells.__file__).resolve())
        self.bounds = bounds
        self.work = 1 + unpacked // _BYTES_A_SECOND
        # Windows starts no process without its root.
        kept = {
            name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ
        }
        given = (self.work, bounds.memory, bounds.cells)
        self.process = subprocess.Popen(  # noqa: S603 our own code, and the file it reads
            [sys.executable, "-I", program, str(path.resolve()), *map(str, given)],
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._late = threading.Event()
        self._timer = threading.Timer(bounds.seconds, self._end_late)
        self._timer.daemon = True
        self._timer.start()

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
        self._timer.cancel()
        self.process.kill()
        if self.process.stdout:
            self.process.stdout.close()
        self.process.wait()

    def cells(self) -> list[Cells]:
        """Wait for the cells of all sheets; raises `Died` when none come."""
        batches = self._batches()
        code = self.process.wait()
        said = batches.pop(DESCRIBED, [b""])[-1]
        if self._late.is_set():
            raise Died(f"it is not read after {self.bounds.seconds} seconds")
        if code == REFUSED:
            raise Died(said.decode())
        if code and code == _WORKED_ENOUGH:
            raise Died(f"it is not read after {self.work} seconds of work")
        if code:
            raise Died("it takes too much memory, or ends whatever reads it")
        return [
            _cells(sheet, batches.get(number, []))
            for number, sheet in enumerate(json.loads(said))
        ]

    def _batches(self) -> dict[int, list[bytes]]:
        """Collect what the process hands out, by the number of the sheet."""
        assert self.process.stdout
        batches: dict[int, list[bytes]] = {}
        left = most = self.bounds.memory // _MEMORY_OF_TEXT
        while (head := self.process.stdout.readline(_HEAD_BYTES)).endswith(b"\n"):
            number, length = map(int, head.split())
            left -= length
            if left < 0:
                raise Died(f"it holds more than {most >> 20} MiB of text")
            batches.setdefault(number, []).append(self.process.stdout.read(length))
        return batches

    def _end_late(self) -> None:
        self._late.set()
        self.process.kill()


def _cells(sheet: dict[str, Any], batches: list[bytes]) -> Cells:
    """Keep the rows as they came, which is smaller, and read them when asked."""

    def rows() -> Iterator[list[str]]:
        for batch in batches:
            yield from rows_of(batch.decode())

    start, end = (
        tuple(sheet[name]) if sheet[name] else None for name in ("start", "end")
    )
    merged = tuple(sheet["merged"])
    return Cells(sheet["name"], sheet["hidden"], start, end, merged, rows)
