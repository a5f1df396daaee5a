"""Turn the bytes of a bank file into a table, whatever the file is called.

A reader knows a format, never a bank.  Which one reads a file is decided by the
file's first bytes.  Promises:
1. A file of no known format is refused, saying what it looks like.
2. No reader raises anything but `FileRefused` for what stands in a file.
3. The same bytes give the same table, on every machine and in every time zone.

Adding a format is a module with `claims`, `glance` and `read`, and its line in
`READERS`.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from importer.errors import Fault, FileRefused
from importer.readers import (
    bai2,
    camt,
    delimited,
    foreign,
    html,
    lockbox,
    mt940,
    nacha,
    ofx,
    qif,
    spreadsheetml,
    workbook,
    x12,
)
from importer.table import BOUNDS, Bounds, Glance, Layout, Table

_HEAD_BYTES = 1 << 16


class Reader(Protocol):
    """One format: how its files begin, how to look at one, how to read it."""

    @property
    def claims(self) -> Callable[[bytes], bool]:
        """Say whether a file's first bytes are those of this format."""

    @property
    def glance(self) -> Callable[[Path, Bounds], Glance]:
        """Look at a file's first rows."""

    @property
    def read(self) -> Callable[[Path, Layout], Table]:
        """Read a file as its layout says."""


READERS: tuple[Reader, ...] = (
    workbook,
    ofx,
    spreadsheetml,
    html,
    camt,
    mt940,
    lockbox,
    nacha,
    x12,
    bai2,
    qif,
    delimited,
)
"""Tried in order; the first that claims the file's head reads it."""


def glance(path: Path, bounds: Bounds = BOUNDS) -> Glance:
    """Look at a file's first rows, before any mapping claims it.

    Raises `FileRefused` for a missing or empty file and for one of no known format.
    """
    return _reader(path, bounds).glance(path, bounds)


def read(
    path: Path, layout: Layout | None = None, bounds: Bounds | None = None
) -> Table:
    """Read a file as its layout says; what the layout leaves out is found.

    Raises `FileRefused`, now or out of `Table.rows`, for a broken structure.
    """
    layout = layout or Layout()
    layout = replace(layout, bounds=bounds or layout.bounds)
    return _reader(path, layout.bounds).read(path, layout)


def _reader(path: Path, bounds: Bounds) -> Reader:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise FileRefused(_unopened(path, error)) from None
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
        sentence = "the file is empty" if not head else "the file holds only blanks"
        raise FileRefused(Fault(path.name, sentence, hint="fetch it again"))
    if size > bounds.size:
        mebibytes = -(-size * 10 >> 20) / 10
        sentence = f"the file has {mebibytes:g} MiB; the most is {bounds.size >> 20}"
        hint = "ask the bank for days of it, or raise [reading] megabytes_most"
        raise FileRefused(Fault(path.name, sentence, hint=hint))
    for reader in READERS:
        if reader.claims(head):
            return reader
    name, hint = foreign.guess(head)
    raise FileRefused(Fault(path.name, f"the file looks like {name}", hint=hint))


def _unopened(path: Path, error: OSError) -> Fault:
    """Say why a file cannot be opened."""
    match error:
        case FileNotFoundError():
            return Fault(str(path), "there is no such file", hint="check the path")
        case IsADirectoryError():
            return Fault(str(path), "is a folder", hint=f"name a file in it: {path}/…")
        case _:
            sentence = f"the file cannot be opened: {error.strerror}"
            hint = "give the program the right to read it"
            return Fault(str(path), sentence, hint=hint)
