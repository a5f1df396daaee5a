"""Scan the records of an .xlsb, the workbook that is binary inside its zip."""

from collections.abc import Iterator

from importer.readers.workbook_parts import Part

_ROW = 0
_CELLS = range(1, 12)
_ERRORS = (3, 11)
_SHEET = 156


def scan(raw: bytes) -> Part:
    """Bound the cells of one sheet, and find those that hold an error."""
    height = width = row = 0
    marked = {}
    for kind, record in _records(raw):
        if kind == _ROW:
            row = _integer(record, 0)
        elif kind in _CELLS:
            column = _integer(record, 0)
            height, width = max(height, row + 1), max(width, column + 1)
            if kind in _ERRORS:
                marked[row, column] = "#ERROR"
    return Part(height, width, marked)


def sheets(raw: bytes) -> dict[str, str]:
    """Map the ids by which the workbook refers to its sheets to their names."""
    found = {}
    for kind, record in _records(raw):
        if kind == _SHEET:
            relation, after = _text(record, 8)
            found[relation] = _text(record, after)[0]
    return found


def _records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(raw):
        kind, at = _number(raw, at, 2)
        size, at = _number(raw, at, 4)
        yield kind, raw[at : at + size]
        at += size


def _number(raw: bytes, at: int, most: int) -> tuple[int, int]:
    """Read a number of seven bits a byte; returns it and what comes after."""
    number = 0
    for place, byte in enumerate(raw[at : at + most]):
        number |= (byte & 0x7F) << (7 * place)
        at += 1
        if byte < 0x80:  # noqa: PLR2004 the bit that says that more bytes follow
            break
    return number, at


def _integer(record: bytes, at: int) -> int:
    return int.from_bytes(record[at : at + 4], "little")


def _text(record: bytes, at: int) -> tuple[str, int]:
    """Read a text with its length before it; returns it and what comes after."""
    end = at + 4 + 2 * _integer(record, at)
    return record[at + 4 : end].decode("utf-16-le", "replace"), end
