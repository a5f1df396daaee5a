"""Whether a cell that came back says what it said, whatever a spreadsheet did to it.

A spreadsheet re-types what looks like a number or a date: `1500.00` comes back as
`1.500,00`, `2026-03-16` as `16.3.26` or `16-Mar-26`, `0091` as `91`, a long reference
as `1.23457E+15` or with zeros behind its first 15 digits.  That is no change.  Another
figure is.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from unicodedata import combining, normalize

from importer import money
from importer.dates import MONTHS

DIGITS_KEPT = 15
_SHAPES = ((".", ""), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"))
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A suggestion of a customer alone, 10442:, is an hour to a spreadsheet.
_CUSTOMER_ALONE = re.compile(r"[0-9]+:")
_CLOCK = re.compile(r"(?<=:)00(:00)?( [AP]M)?$")
_SHORTENED = re.compile(r"-?[0-9]([.,][0-9]+)?E\+?[0-9]{1,3}", re.IGNORECASE)
# A text like 3-14, Mar 4, 12:30 pm, 1E5, $5 or 50% is a day, a time, a power, an
# amount or a share to a spreadsheet.
_FIGURES = re.compile(r"(?=\D*\d)[\d\s./:,+%()'$\u20ac\u00a3\u00a5-]*")
_MONTH = re.compile(r"([a-z]+)\.?")
_WORD = re.compile(r"[^\W\d_]+")
_WORDS = frozenset({"e", "am", "pm", *MONTHS})


def is_same(cell: str, was: str, currency: str = "") -> bool:
    """Compare a cell by value with what was written: `$1,500.00` is 1500 of USD."""
    said, wrote = " ".join(cell.split()), " ".join(was.split())
    if said in {wrote, _as_cp1252(wrote)}:
        return True
    if _NUMBER.fullmatch(wrote):
        return (
            Decimal(wrote) in _numbers(said, currency)
            or _is_cut(said, wrote)
            or _is_shortened(said, wrote)
        )
    if _CUSTOMER_ALONE.fullmatch(wrote):
        return _CLOCK.sub("", said) == wrote
    return bool(_ISO_DATE.fullmatch(wrote)) and _is_same_day(said, wrote)


def is_retyped(was: str) -> bool:
    """Say whether a bank's text may come back as anything at all."""
    text = _bare(was.strip())
    if text in {"true", "false"}:
        return True
    is_known = _WORDS.issuperset(_WORD.findall(text))
    return is_known and bool(_FIGURES.fullmatch(_WORD.sub("", text)))


def _bare(text: str) -> str:
    """Write small letters without their accents, as months are known."""
    bare = normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not combining(letter))


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


def _is_cut(cell: str, was: str) -> bool:
    """Say whether a long number lost what is behind the figures that are kept."""
    kept = was[:DIGITS_KEPT].ljust(len(was), "0")
    return len(was) > DIGITS_KEPT and was.isdigit() and cell == kept


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
    day = _MONTH.sub(lambda name: f"{MONTHS.get(name[1], name[0])}", _bare(day))
    if not re.fullmatch(r"[0-9]{1,4}([./ -]+[0-9]{1,4}){2}\.?", day):
        return False
    figures = sorted(map(int, re.findall(r"\d+", day)))
    return figures in (sorted((year, *rest)), sorted((year % 100, *rest)))
