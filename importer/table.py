"""Every bank file is a table: a header, and rows of text that know their place.

A reader turns bytes into a `Table` and knows a format, never a bank.  What the
cells mean (dates, amounts, signs) is understood later and in one place, by
`transcribe`, from what the mapping says.
"""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from importer.errors import Fault

_LETTERS = "A a-0"
_NO_CHARSETS = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}

CAUTION = "caution"
"""The column in which a reader says why a line is no plain payment, if it is none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its line or sheet row as an editor counts it, and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The first rows of one sheet (or of the whole file), before a header is found."""

    sheet: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """What is known of a file before a mapping claims it.

    `heads` has one entry per sheet, one in all for formats without sheets;
    `accounts` are the account ids that the file states about itself.
    """

    file: str
    format: str
    encoding: str
    delimiter: str
    heads: tuple[Head, ...]
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may take while it is read; more than that is refused.

    `size` and `unpacked` are bytes, of the file and of what a workbook unpacks to;
    `cells` is how far one sheet may reach; `memory` in bytes and `seconds` bound the
    process that reads a workbook.
    """

    size: int = 512 << 20
    unpacked: int = 200 << 20
    cells: int = 8_000_000
    memory: int = 256 << 20
    seconds: int = 60


BOUNDS = Bounds()
"""What no setting says otherwise."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a mapping says about bytes and cells; what it leaves out is found.

    `header` names the cells of the header row, in order, wherever that row
    stands.  `columns` names the columns of a file that has no header row.
    `sheet` is a sheet's name.  `loose` says of a row whose number of cells is not
    the header's, padded to it, that it is a footer, a balance or a remark the
    mapping knows: such a row is delivered; any other of the kind is a fault.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    sheet: str | None = None
    loose: Callable[[tuple[str, ...]], bool] | None = None
    bounds: Bounds = BOUNDS


@dataclass(frozen=True, slots=True)
class Stated:
    """A total that the file declares about its own rows, in the file's own words.

    `what` is one of `count`, `sum`, `opening`, `closing`; `account` tells
    statements of one file apart and is empty where there is only one.
    """

    what: str
    text: str
    line: int
    account: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One bank file, or one sheet of it, as header and rows.

    `rows` may be called again and streams the file each time, so that memory
    does not grow with the file.  Every row has as many cells as the header.
    A fault in the file's structure raises `FileRefused` out of the stream, with
    all faults, at its end at the latest: whoever consumes rows must be ready to
    throw away what came before.  `preamble` are the rows above the header.
    `notes` say in words what was decided about the file, and why.

    Where the format has bank lines of several remittances, `entry` names the column
    that tells bank lines apart.  With `adjacent` the rows that share a group stand
    together.  `checked` is what the reader itself held against the records: a
    sentence for what it proved, a fault for what contradicts them; it and the notes
    are complete when the rows have been read to their end.
    """

    file: str
    format: str
    encoding: str
    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    header_line: int = 0
    sheet: str = ""
    delimiter: str = ""
    preamble: tuple[Row, ...] = ()
    stated: tuple[Stated, ...] = ()
    notes: Sequence[str] = ()
    entry: str = ""
    adjacent: bool = False
    checked: Sequence[str | Fault] = ()


def charset(name: str) -> str | None:
    """Return the codec of letters that a name means; None where it means none.

    Python has codecs of other things: `hex` takes no letters, `idna` no files.
    """
    try:
        _LETTERS.encode(name)
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return None if codec in _NO_CHARSETS else codec


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Name every column once: the second `currency` becomes `currency (2)`.

    An empty cell becomes `column 3`.  Names made so stay when they are made again.
    """
    names: dict[str, None] = {}
    times: dict[str, int] = {}
    for place, cell in enumerate(cells, start=1):
        name = bare = " ".join(cell.split()) or f"column {place}"
        while name in names:
            times[bare] = times.get(bare, 1) + 1
            name = f"{bare} ({times[bare]})"
        names[name] = None
    return tuple(names)


def is_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether a row has just these names, empty cells at its end aside."""
    return column_names(trimmed(cells)) == column_names(trimmed(names))


def trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Drop the empty cells at the end."""
    filled = (end for end, cell in enumerate(cells, start=1) if cell.strip())
    return tuple(cells[: max(filled, default=0)])
