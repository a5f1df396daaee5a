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
from dataclasses import dataclass
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import (
    bai2,
    camt,
    delimited,
    foreign,
    lockbox,
    mt940,
    nacha,
    ofx,
    qif,
    workbook,
    x12,
)
from importer.table import Glance, Layout, Table

_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: how its files begin, how to look at one, how to read it."""

    name: str
    claims: Callable[[bytes], bool]
    glance: Callable[[Path], Glance]
    read: Callable[[Path, Layout], Table]


READERS = (
    Reader("workbook", workbook.claims, workbook.glance, workbook.read),
    Reader("ofx", ofx.claims, ofx.glance, ofx.read),
    Reader("camt", camt.claims, camt.glance, camt.read),
    Reader("mt940", mt940.claims, mt940.glance, mt940.read),
    Reader("x12", x12.claims, x12.glance, x12.read),
    Reader("lockbox", lockbox.claims, lockbox.glance, lockbox.read),
    Reader("nacha", nacha.claims, nacha.glance, nacha.read),
    Reader("bai2", bai2.claims, bai2.glance, bai2.read),
    Reader("qif", qif.claims, qif.glance, qif.read),
    Reader("delimited", delimited.claims, delimited.glance, delimited.read),
)
"""Tried in order; the first that claims the file's head reads it."""


def glance(path: Path) -> Glance:
    """Look at a file's first rows, before any mapping claims it.

    Raises `FileRefused` for a missing or empty file and for one of no known format.
    """
    return _reader(path).glance(path)


def read(path: Path, layout: Layout | None = None) -> Table:
    """Read a file as its layout says; what the layout leaves out is found.

    Raises `FileRefused`, now or out of `Table.rows`, for a broken structure.
    """
    return _reader(path).read(path, layout or Layout())


def _reader(path: Path) -> Reader:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        sentence = f"the file cannot be opened: {error.strerror}"
        hint = "check the path, then try again"
        raise FileRefused(Fault(str(path), sentence, hint=hint)) from None
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
        sentence = "the file is empty" if not head else "the file holds only blanks"
        raise FileRefused(Fault(path.name, sentence, hint="fetch it again"))
    for reader in READERS:
        if reader.claims(head):
            return reader
    name, hint = foreign.guess(head)
    raise FileRefused(Fault(path.name, f"the file looks like {name}", hint=hint))
