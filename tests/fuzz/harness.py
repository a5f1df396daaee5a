"""Read one changed file in the way the program does, and judge what comes out.

(1) Nothing but `FileRefused` is raised.
(2) A file that is only cut off holds no fewer lines than the truth, if it states
    its totals or has an end mark: it is refused.
(3) The same bytes give the same figures.
(4) No case takes longer than `SECONDS`.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import FrameType

from importer import readers
from importer.errors import Fault, FileRefused
from importer.guess import find_header, guess
from importer.readers import sheets, workbook, workbook_cells, workbook_guard
from importer.readers.sheets import Book
from importer.readers.workbook_parts import Part
from importer.table import Layout, Table
from importer.transcribe import transcribe

SECONDS = 5
Figures = tuple[int, Decimal, int]


class Failure(AssertionError):
    """A case that came out as none may; says how."""


class Slow(Exception):
    """A case took too long."""


def glanced(path: Path, content: bytes) -> str:
    """Read the rows of a file, without what they mean; say what came out."""
    path.write_bytes(content)
    try:
        with _bounded():
            readers.glance(path)
            for _ in readers.read(path).rows():
                pass
    except FileRefused:
        return "refused"
    except Slow:
        raise Failure(f"took longer than {SECONDS} seconds") from None
    except Exception as error:
        raise Failure(f"{type(error).__name__}: {error}") from error
    return "read"


def judge(path: Path, content: bytes, *, least: int, inside: bool) -> str:
    """Read a file by a guessed mapping, and say `read` or `refused`.

    `least` is the fewest lines that may be read of it, 0 for any number.  With
    `inside` a workbook's cells are loaded in this process.  Raises `Failure`.
    """
    path.write_bytes(content)
    first = _figures(path, inside=inside)
    if first is None:
        return "refused"
    lines = first[0] + first[2]
    if lines < least:
        raise Failure(f"read {lines} lines of {least} without a word")
    return "read"


def same(path: Path, *, inside: bool) -> None:
    """Read the same file twice; raises `Failure` where the figures differ."""
    if _figures(path, inside=inside) != _figures(path, inside=inside):
        raise Failure("the same bytes gave other figures")


def _figures(path: Path, *, inside: bool) -> Figures | None:
    """Return count, sum and held rows; None where the file is refused."""
    try:
        with _bounded():
            table = _table(path, inside=inside)
            transcript = transcribe(table, guess(table).mapping)
            for _ in transcript:
                pass
    except FileRefused:
        return None
    except Slow:
        raise Failure(f"took longer than {SECONDS} seconds") from None
    except Exception as error:
        raise Failure(f"{type(error).__name__}: {error}") from error
    tallies = transcript.tallies.values()
    return (
        sum(tally.count for tally in tallies),
        sum((tally.sum for tally in tallies), Decimal(0)),
        transcript.unreadable,
    )


def _table(path: Path, *, inside: bool) -> Table:
    if inside:
        return _inside(path)
    layout, _ = find_header(readers.glance(path))
    return readers.read(path, layout)


def _inside(path: Path) -> Table:
    """Read a workbook without the process of its own, which takes too long here."""
    head = path.read_bytes()[:64]
    if not workbook.claims(head):
        layout, _ = find_header(readers.glance(path))
        return readers.read(path, layout)
    examined = workbook_guard.examine(path)
    try:
        loaded = workbook_cells.load(path)
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, Slow)):
            raise
        raise FileRefused(Fault(path.name, "it cannot be read")) from None
    found = {
        cells.name: sheets.bounded(cells, examined.parts.get(cells.name, Part()))
        for cells in loaded
    }
    book = Book(examined.kind, {n: one for n, one in found.items() if one.width})
    layout, _ = find_header(sheets.look(path, book))
    return sheets.table(path, book, layout or Layout())


@contextmanager
def _bounded() -> Iterator[None]:
    """Interrupt what computes too long; a busy machine is no fault of ours."""

    def late(_: int, __: FrameType | None) -> None:
        raise Slow

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
