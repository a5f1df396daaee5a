"""Read the tables of an HTML page: what many banks call an Excel file.

Each table is a sheet, named `table 1` and so on; a cell of several columns or rows
is followed by empty ones.  Text in scripts and styles is none.  A page without a
table of data is refused: it is often the bank's log-in page.
"""

import re
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import encoding, foreign, html_tags, markup, sheets
from importer.readers.encoding import Text
from importer.readers.html_tables import Tables
from importer.readers.markup import Unfit
from importer.readers.sheets import Book
from importer.table import Bounds, Glance, Layout, Table, charset

FORMAT = "html"
_PAGE = re.compile(
    rb"\A(?:\s|<!--.{0,4000}?-->|<\?xml[^>]{0,200}>)*"
    rb"(?:<!doctype\s+html|<(?:html|head|body|table|meta|style|div)\b)",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"charset=[\"']?([\w-]+)", re.IGNORECASE)


def claims(head: bytes) -> bool:
    """Say whether a page begins."""
    return bool(_PAGE.match(head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")))


def glance(path: Path, bounds: Bounds) -> Glance:
    """Look at the first rows of every table of data."""
    return sheets.look(path, _book(path, Layout(bounds=bounds)))


def read(path: Path, layout: Layout) -> Table:
    """Find the table; raises `FileRefused` where the page has none of data."""
    return sheets.table(path, _book(path, layout), layout)


def _book(path: Path, layout: Layout) -> Book:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    declared = _CHARSET.search(head)
    prefer = charset(declared[1].decode()) if declared else None
    text = encoding.find(path, layout.encoding, prefer)
    try:
        tables = _tables(text, layout.bounds)
        found = markup.book(FORMAT, tables.of_data, text.encoding)
    except Unfit as unfit:
        raise FileRefused(Fault(path.name, str(unfit), hint=markup.ALONE)) from None
    if tables.open:
        sentence = "the file is cut off: a table is never closed"
        raise FileRefused(Fault(path.name, sentence, hint="fetch the file again"))
    if not found.sheets:
        name, hint = foreign.guess(b"<html" + head)
        raise FileRefused(Fault(path.name, f"the file looks like {name}", hint=hint))
    return found


def _tables(text: Text, bounds: Bounds) -> Tables:
    """Read all tables of a page, those inside others, too."""
    tables = Tables(bounds)
    for before, slash, name, attributes in html_tags.walk(text):
        if before:
            tables.letters(before)
        tables.tag(slash, name, attributes)
    return tables
