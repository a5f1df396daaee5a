"""Settle how one OFX file writes its amounts, and write them plainly.

The specification allows a decimal point or a decimal comma and no thousands;
banks write thousands all the same.  `1,650` is a thousand and more in one file
and less than two in another, so the mark is settled once, by the amounts of the
whole file that can be read in one way only.
"""

import re
from dataclasses import dataclass

from importer.money import UNSURE

_PLAIN = re.compile(r"[+-]?[0-9]+\.[0-9]{2}").fullmatch
_SHAPE = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?"
    r"(?P<number>[0-9][0-9.,'\u2019\u00a0\u202f ]*|[.,][0-9]+)"
    r"(?P<end>-)?(?P<close>\))?"
).fullmatch
_GROUPED = re.compile(
    r"[1-9][0-9]{0,2}(?:(?P<mark>[.,' ])[0-9]{3})(?:(?P=mark)[0-9]{3})*"
)
_BLANKS = re.compile("[\u00a0\u202f]")
_UNSURE = 3


@dataclass(slots=True)
class Marks:
    """Gathers by which decimal marks the amounts of a file can only be read."""

    point: bool = False
    comma: bool = False

    def see(self, raw: str) -> None:
        """Take one amount as evidence."""
        if _PLAIN(raw):
            self.point = True
            return
        number = _number(raw)
        mark = _mark(number) if number else None
        self.point = self.point or mark == "."
        self.comma = self.comma or mark == ","

    @property
    def settled(self) -> str:
        """Return the one mark of the whole file, or nothing."""
        if self.point == self.comma:
            return ""
        return "." if self.point else ","


def written(raw: str, settled: str) -> str:
    """Write an amount as `-1234.56`, or give it back where it cannot be sure.

    What is given back reads as no amount: `1.650` gets a question mark after it.
    """
    if _PLAIN(raw):
        return raw.removeprefix("+")
    shape = _SHAPE(raw)
    number = _number(raw)
    if shape is None or number is None:
        return raw
    plain = _plainly(number, _mark(number) or settled)
    if plain is None:
        return f"{raw}{UNSURE}"
    signs = [shape["open"], shape["sign"], shape["end"]]
    negative = any(sign in ("(", "-") for sign in signs)
    return f"-{plain}" if negative else plain


def _number(raw: str) -> str | None:
    """Return the digits and marks of an amount with at most one sign."""
    shape = _SHAPE(raw)
    if shape is None or bool(shape["open"]) != bool(shape["close"]):
        return None
    if sum(bool(shape[name]) for name in ("open", "sign", "end")) > 1:
        return None
    return _BLANKS.sub(" ", shape["number"]).replace("\u2019", "'").strip()


def _mark(number: str) -> str | None:
    """Return the decimal mark of a number that can be read in one way only.

    Nothing for a whole number, and for three digits after a single mark.
    """
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return None
    mark, other = number[last], "," if number[last] == "." else "."
    whole, part = number[:last], number[last + 1 :]
    if not part.isdecimal():
        return None
    if mark in whole:
        return other if _GROUPED.fullmatch(number) else None
    if other in whole or "'" in whole or " " in whole:
        return mark if _GROUPED.fullmatch(whole) else None
    unsure = len(part) == _UNSURE and re.fullmatch("[1-9][0-9]{0,2}", whole)
    return None if unsure else mark


def _plainly(number: str, decimal: str) -> str | None:
    """Write digits and marks with a point and without groups, if that goes."""
    if not decimal and ("." in number or "," in number):
        return None
    whole, mark, part = number.rpartition(decimal) if decimal else ("", "", "")
    if not mark:
        whole = number
    if mark and (mark in whole or not part.isdecimal()):
        return None
    if not (whole == "" or whole.isdecimal() or _GROUPED.fullmatch(whole)):
        return None
    digits = re.sub("[^0-9]", "", whole) or "0"
    return f"{digits}.{part}" if mark else digits
