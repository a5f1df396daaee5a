"""Scan a sheet's own XML for what the values alone do not show.

The scan is by patterns, not by a parser: it must cost little beside the reading,
and it must not miss a cell.  Whatever is marked gets a text that no amount and no
date reads from, such as `#FORMULA =A1+B1`, so that its row waits for a person.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape

Places = Mapping[tuple[int, int], str]
"""Texts by (row, column), both counted from 0."""

_PREFIX = rb"(?:\w+:)?"
_REACH = re.compile(rb' r *= *"(?:(\d+)"|([A-Z]{2,})(\d+)|[A-Z](\d{6,}))')
_CELL_ROW = re.compile(rb' r *= *"[A-Z]+(\d+)')
_NARROW = 80
_ROWS_UNSEEN = 99_999
_LONG = re.compile(rb"<v>-?(?:\d{16,}|\d(?:\.\d+)?[eE]\+(?:1[5-9]|[2-9]\d))")
_UNCALCULATED = re.compile(
    rb"<%(p)sc( [^>]*[^/>])?>\s*<%(p)sf\b(?:[^>]*/>|[^>]*>([^<]*)</%(p)sf>)\s*"
    rb"(<%(p)sv\s*/>|<%(p)sv>\s*</%(p)sv>)?\s*</%(p)sc>" % {b"p": _PREFIX}
)
_ERROR = re.compile(
    rb'<%(p)sc( [^>]*t="e"[^>]*)>\s*(?:<%(p)sf\b(?:[^>]*/>|[^>]*>[^<]*</%(p)sf>))?'
    rb"\s*<%(p)sv>([^<]*)<" % {b"p": _PREFIX}
)
_PLACE = re.compile(rb' r *= *"([A-Z]{1,3})(\d{1,7})"')
_ALIKE = bytes.maketrans(b"'\t\r\n", b'"   ')

_ODS_TABLE = re.compile(rb'<table:table [^>]*table:name="([^"]*)"|<table:table-row\b')
_ODS_ROW = re.compile(
    rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL
)
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_ODS_ROWS = re.compile(rb'table:number-rows-repeated="(\d+)"')
_ODS_COLUMNS = re.compile(rb'table:number-columns-repeated="(\d+)"')
_ODS_FORMULA = re.compile(rb'table:formula="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """What one sheet's XML shows.

    `height` and `width` bound its cells; `marked` are the texts of cells whose
    value is an error or was never calculated; `lost` is whether such a cell does
    not say its place; `long` whether a number has more than 15 digits.
    """

    height: int = 0
    width: int = 0
    marked: Places = field(default_factory=dict)
    lost: bool = False
    hidden: bool = False
    long: bool = False


def xlsx(chunks: Iterable[bytes]) -> Part:
    """Scan one sheet of an .xlsx, in pieces that end where a row ends."""
    height, width = 0, 26
    marked: dict[tuple[int, int], str] = {}
    lost = hidden = long = False
    for piece in _by_rows(chunks):
        text = piece.translate(_ALIKE)
        height, width = _reach(text, height, width)
        hidden = hidden or b'hidden="1"' in text
        long = long or bool(_LONG.search(text))
        if b"<f" in text or b't="e"' in text or text.endswith(b":row>"):
            places, without = _marked(text)
            marked |= places
            lost = lost or without
    return Part(height, width, marked, lost, hidden, long)


def _reach(text: bytes, height: int, width: int) -> tuple[int, int]:
    """Widen the bounds by what a piece holds; a cell may lie about its row.

    Cells of one letter are looked at only from row 100,000 on, which is quick and
    enough for narrow sheets; those of wide ones are looked at one by one.
    """
    found = _REACH.findall(text)
    columns = [_column(name) + 1 for _, name, _, _ in found if name]
    numbers = [
        int(number) for row, _, far, deep in found if (number := row or far or deep)
    ]
    before = height if width <= _NARROW else 0
    width = max([width, *columns])
    if width > _NARROW:
        numbers += map(int, _CELL_ROW.findall(text))
        numbers += [_ROWS_UNSEEN] if before else []
    return max([height, *numbers]), width


def ods(raw: bytes) -> dict[str, Part]:
    """Scan all sheets of an .ods, whose cells say their place by counting."""
    starts = [found for found in _ODS_TABLE.finditer(raw) if found[1] is not None]
    ends = [found.start() for found in starts[1:]] + [len(raw)]
    return {
        unescape(found[1].decode()): _ods_sheet(raw[found.end() : end])
        for found, end in zip(starts, ends, strict=True)
    }


def _ods_sheet(raw: bytes) -> Part:
    height = width = row = 0
    marked: dict[tuple[int, int], str] = {}
    for found in _ODS_ROW.finditer(raw):
        reach, uncalculated = _ods_row(found[2] or b"")
        times = _times(_ODS_ROWS, found[1])
        marked |= {(row, column): text for column, text in uncalculated.items()}
        row += times
        if reach:
            height, width = row, max(width, reach)
    return Part(height, width, marked)


def _ods_row(raw: bytes) -> tuple[int, dict[int, str]]:
    """Return up to which column a row has values, and its uncalculated cells."""
    column = reach = 0
    uncalculated = {}
    for (attributes,) in map(re.Match.groups, _ODS_CELL.finditer(raw)):
        formula = _ODS_FORMULA.search(attributes)
        valued = b"value-type" in attributes
        if formula and not valued:
            uncalculated[column] = _formula(formula[1])
        column += _times(_ODS_COLUMNS, attributes)
        if valued or formula:
            reach = column
    return reach, uncalculated


def _times(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return int(found[1]) if found else 1


def _by_rows(chunks: Iterable[bytes]) -> Iterable[bytes]:
    """Cut pieces anew so that no cell is cut in two."""
    rest = b""
    for chunk in chunks:
        piece = rest + chunk
        end = b"</row>" if b"</row>" in piece else b":row>"
        cut = piece.rfind(end) + len(end) if end in piece else 0
        yield piece[:cut]
        rest = piece[cut:]
    yield rest


def _marked(text: bytes) -> tuple[dict[tuple[int, int], str], bool]:
    """Find errors and uncalculated formulas; say whether one has no place."""
    found = [
        (match[1] or b"", _formula(match[2] or b""))
        for match in _UNCALCULATED.finditer(text)
        if b't="str"' not in (match[1] or b"") or not match[3]
    ]
    found += [(match[1], match[2].decode()) for match in _ERROR.finditer(text)]
    places = [(_PLACE.search(attributes), what) for attributes, what in found]
    marked = {_place(place): what for place, what in places if place}
    return marked, len(marked) < len(places)


def _place(found: re.Match[bytes]) -> tuple[int, int]:
    return int(found[2]) - 1, _column(found[1])


def _column(name: bytes) -> int:
    """Count a column's letters out: A is 0, AA is 26."""
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number - 1


def _formula(raw: bytes) -> str:
    text = unescape(raw.decode("utf-8", "replace"))
    return f"#FORMULA ={text.removeprefix('of:=')}" if text else "#FORMULA"
