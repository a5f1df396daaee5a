"""Readers: bytes become a `Table`; a reader knows a format, never a bank.

    glance(path)          what is seen before a mapping claims the file
    read(path, layout)    the table, strictly; `FileRefused` with all faults

The first of `READERS` that claims the beginning of a file reads it: content
decides, never the extension.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import delimited, ofx, workbook
from importer.table import Glance, Layout, Table

HEAD = 1 << 14


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: whether it claims a file's beginning, and how it is read."""

    name: str
    claims: Callable[[bytes], bool]
    glance: Callable[[Path], Glance]
    read: Callable[[Path, Layout], Table]


READERS = tuple(
    Reader(one.NAME, one.claims, one.glance, one.read)
    for one in (workbook, ofx, delimited)
)
# What is none of ours, and how it shows itself.
STRANGERS = (
    (b"%PDF", "a PDF", "ask the bank for CSV, Excel or OFX"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"{", "JSON", "ask the bank for CSV, Excel or OFX"),
    (b"<!doctype html", "a web page", "the download needs a log-in; do it again"),
    (b"<html", "a web page", "the download needs a log-in; do it again"),
    (b"<?xml", "XML of a kind that is not read", "ask the bank for CSV or OFX"),
)


def glance(path: Path) -> Glance:
    """See the first rows of a file, its format and its accounts."""
    return _reader(path).glance(path)


def read(path: Path, layout: Layout | None = None) -> Table:
    """Read a file as its mapping's layout says."""
    return _reader(path).read(path, layout or Layout())


def _reader(path: Path) -> Reader:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        sentence = f"cannot be read: {error.strerror}"
        raise FileRefused(Fault(str(path), sentence, hint="check the path")) from None
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise FileRefused(Fault(path.name, "is empty", hint="download it again"))
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for reader in READERS[:-1]:
        if reader.claims(head):
            return reader
    for beginning, what, hint in STRANGERS:
        if bare.startswith(beginning):
            raise FileRefused(Fault(path.name, f"is {what}", hint=hint))
    return READERS[-1]
