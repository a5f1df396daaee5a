"""Whether a cell that came back says what it said, whatever a spreadsheet did to it.

A spreadsheet re-types what looks like a number or a date: `1500.00` comes back as
`1.500,00`, `2026-03-16` as `16.3.26`, `0091` as `91`, a long reference as
`1.23457E+15`.  That is no change.  Another figure is.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from importer import money

_SHAPES = ((".", ""), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"))
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORTENED = re.compile(r"-?[0-9]([.,][0-9]+)?E\+?[0-9]{1,3}", re.IGNORECASE)
# A reference like 3-14, 1/2 or 1E5 is a date or a power to a spreadsheet.
_RETYPED = re.compile(r"[\d\s./:,Ee+-]*\d[\d\s./:,Ee+-]*|true|false", re.IGNORECASE)


def is_same(cell: str, was: str, currency: str = "") -> bool:
    """Compare a cell by value with what was written: `$1,500.00` is 1500 of USD."""
    said, wrote = " ".join(cell.split()), " ".join(was.split())
    if said in {wrote, _as_cp1252(wrote)}:
        return True
    if _NUMBER.fullmatch(wrote):
        return Decimal(wrote) in _numbers(said, currency) or _is_shortened(said, wrote)
    return bool(_ISO_DATE.fullmatch(wrote)) and _is_same_day(said, wrote)


def is_retyped(was: str) -> bool:
    """Say whether a bank's text may come back as anything at all."""
    return bool(_RETYPED.fullmatch(was.strip()))


def _as_cp1252(text: str) -> str:
    """Write a text as a spreadsheet does that saves in the letters of cp1252."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _numbers(cell: str, currency: str) -> Iterator[Decimal]:
    marks = money.marks(currency) if currency else ()
    for decimal, thousands in _SHAPES:
        try:
            yield money.read(cell, decimal, thousands, marks)
        except money.NotMoney:
            continue


def _is_shortened(cell: str, was: str) -> bool:
    if not _SHORTENED.fullmatch(cell):
        return False
    text = cell.replace(",", ".").upper()
    places = len(text.partition("E")[0].partition(".")[2])
    try:
        return Decimal(f"{Decimal(was):.{places}E}") == Decimal(text)
    except InvalidOperation:
        return False


def _is_same_day(cell: str, was: str) -> bool:
    """Compare the figures of a date: which of them is the month cannot be seen."""
    year, *rest = (int(part) for part in was.split("-"))
    day = re.sub(r"[ T]00:00(:00)?$", "", cell)
    if not re.fullmatch(r"[0-9]{1,4}([./ -]+[0-9]{1,4}){2}\.?", day):
        return False
    figures = sorted(map(int, re.findall(r"\d+", day)))
    return figures in (sorted((year, *rest)), sorted((year % 100, *rest)))
