"""Settle how one QIF file writes its dates: by all of them, once.

12/19'18   month first: no month is the 19th      2018-12-19
31/12/24   day first                              2024-12-31
03/04/24   both go, unless another date settles it
"""

import re
from dataclasses import dataclass
from datetime import date

_PARTS = re.compile(
    r"\s*([0-9]{1,2}|[0-9]{4})\s*[-/.]\s*([0-9]{1,2})"
    r"\s*([-/.'])\s*'?([0-9]{1,2}|[0-9]{4})\s*"
)
_MONTHS = 12
_YEAR_DIGITS = 4
_CENTURY_FROM = 70


@dataclass(slots=True)
class Days:
    """What the dates of a file allow."""

    day_first: bool = False
    month_first: bool = False
    example: str = ""

    def see(self, text: str) -> None:
        """Take one date as evidence."""
        found = _PARTS.fullmatch(text)
        if not found or len(found[1]) == _YEAR_DIGITS:
            return
        first, second = int(found[1]), int(found[2])
        if first > _MONTHS >= second:
            self.day_first = True
        elif second > _MONTHS >= first:
            self.month_first = True
        elif first != second and not self.example:
            self.example = text

    @property
    def settled(self) -> str:
        """Return `day`, `month`, or nothing where the file does not settle it."""
        if self.day_first == self.month_first:
            return ""
        return "day" if self.day_first else "month"

    @property
    def notes(self) -> list[str]:
        """Say how the order was settled, or with both readings that it is not."""
        if self.settled:
            return [f"dates have the {self.settled} first, as the whole file shows"]
        if not self.example:
            return []
        hint = 'state it: date = { column = "date as written", format = "%d/%m/%Y" }'
        why = "contradict each other" if self.day_first else "do not settle it"
        return [f"the order of day and month: the dates {why}; {hint}"]

    def iso(self, text: str) -> str:
        """Write a date as ISO; what is none, or could be two, as no date."""
        found = _PARTS.fullmatch(text)
        if not found:
            return text
        orders = (self.settled,) if self.settled else ("day", "month")
        readings = sorted({_read(found, order) for order in orders} - {""})
        if len(readings) == 1:
            return readings[0]
        if not readings:
            return text
        return f"{text} is {' or '.join(readings)}"


def _read(found: re.Match[str], order: str) -> str:
    """Read the parts of a date in an order; empty where there is no such day."""
    first, second, last = (int(found[place]) for place in (1, 2, 4))
    if len(found[1]) == _YEAR_DIGITS:
        year, month, day = first, second, last
    else:
        year = _year(found[4], found[3])
        day, month = (first, second) if order == "day" else (second, first)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _year(written: str, mark: str) -> int:
    """Complete a year of two figures: after an apostrophe it is of this century."""
    year = int(written)
    if len(written) == _YEAR_DIGITS:
        return year
    return year + (1900 if mark != "'" and year >= _CENTURY_FROM else 2000)
