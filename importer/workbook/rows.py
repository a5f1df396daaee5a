"""Rows of a sheet as they stand in the file: no object for each of many cells.

A look is made once, by openpyxl, and its number stands in every cell that has it.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

FIRST_DAY = date(1899, 12, 30)
Value = Decimal | date | str


def row(
    number: int,
    cells: Iterable[tuple[int, Value]],
    points: float = 0,  # a ratio of the page, no money
) -> str:
    """Write one row: the look and the value of each cell, and how high it is."""
    height = f' ht="{points}" customHeight="1"' if points else ""
    written = (
        _cell(f"{get_column_letter(place)}{number}", look, value)
        for place, (look, value) in enumerate(cells, 1)
    )
    return f'<row r="{number}"{height}>{"".join(written)}</row>'


def _cell(place: str, look: int, value: Value) -> str:
    match value:
        case "" if not look:
            return ""
        case "":
            return f'<c r="{place}" s="{look}"/>'
        case str():
            kept = "" if value == value.strip() else ' xml:space="preserve"'
            text = f"<is><t{kept}>{escape(value)}</t></is>"
            return f'<c r="{place}" s="{look}" t="inlineStr">{text}</c>'
        case date():
            return _number(place, look, Decimal((value - FIRST_DAY).days))
        case Decimal():
            return _number(place, look, value)


def _number(place: str, look: int, value: Decimal) -> str:
    return f'<c r="{place}" s="{look}"><v>{value:f}</v></c>'
