"""Look at one cell by itself: which dates and which amounts it can be.

Nothing is decided here.  A cell such as `03/04/2026` has two readings and
`1,650` has two as well; both are returned, and all cells of a column decide.
Whatever is returned is a reading that `dates` and `money` accept.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from importer import dates, money

_CODES = """
    USD EUR GBP JPY CNY CAD AUD NZD CHF SEK NOK DKK ISK PLN CZK HUF RON BGN TRY UAH RUB
    ILS AED SAR KWD JOD EGP ZAR NGN KES INR PKR LKR SGD MYR THB IDR PHP VND KRW HKD TWD
    MXN COP CLP PEN ARS BRL UYU BOB PYG CRC GTQ DOP JMD TTD BBD LTL LVL EEK XOF XAF"""
CURRENCIES = tuple(_CODES.split())
_MARKS = {mark for currency in CURRENCIES for mark in money.marks(currency)}
OTHER_NAMES = {"人民币": "CNY", "RMB": "CNY", "元": "CNY", "CNH": "CNY"}
DecimalMark = Literal[".", ","]
ThousandsMark = Literal["", ".", ",", " ", "'"]
Marks = tuple[DecimalMark, ThousandsMark]
MARKS_OF_AMOUNTS: tuple[Marks, ...] = (
    (".", ","),
    (",", "."),
    (".", ""),
    (",", ""),
    (",", " "),
    (".", "'"),
    (".", " "),
    (",", "'"),
)
LONGEST = 48
_ID_DIGITS = 9

_DAY = re.compile(
    r"""\s*(?:
        (?P<a>\d{1,4})(?P<mark>[-/. ])(?P<b>\d{1,4})(?P=mark)(?P<c>\d{1,4})(?P<end>\.?)
      | (?P<solid>\d{8})
      | (?P<first>\d{1,2})(?P<gap>[-/. ]?\s?)(?P<month>[^\W\d_]{3,10}\.?)
        (?P<gap2>[-/., ]*)(?P<year>\d{4}|\d{2})
      | (?P<month3>[^\W\d_]{3,10}\.?)(?P<gap3>[-/. ]+)(?P<day3>\d{1,2})
        (?P<gap4>[-/., ]+)(?P<year3>\d{4})
    )
    (?P<time>(?P<sep>[ \u00a0T]+)\d{1,2}:\d\d(?P<seconds>:\d\d)?(?P<part>\.\d+)?
        (?P<half>\s?[AaPp]\.?[Mm]\.?)?(?P<zone>\s?(?:Z|[-+]\d\d:?\d\d))?)?\s*""",
    re.VERBOSE,
)
_AMOUNT = re.compile(
    r"""\s*(?P<before>[-+\u2212])?\s*(?P<mark>[^\d\s.,()+'\u2212\u2019-]{1,3})?\s*
        (?P<open>\()?\s*(?P<mark2>[^\d\s.,()+'\u2212\u2019-]{1,3})?\s*
        (?P<inner>[-+\u2212])?\s*
        (?P<core>\d[\d.,'\u2019 \u00a0\u2009\u202f]*|[.,]\d+)
        \s*(?P<mark3>[^\d\s.,()+'\u2212\u2019-]{1,3}\.?)?\s*
        (?P<after>[-+\u2212])?\s*(?P<close>\))?\s*""",
    re.VERBOSE,
)
_TWO_DAYS = re.compile(r"(?P<day>[\d./-]+)(?P<until> as of )[\d./-]+", re.IGNORECASE)
_YEARLESS = re.compile(r"\s*(?:\d{1,2}[/.-]\d{1,2}\.?)\s*")


@dataclass(frozen=True, slots=True)
class Amount:
    """One cell as an amount: its sign as written, and the marks that could read it.

    `sign` is -1 or 1, and 0 for nothing but zeros.  `plain` says that it has
    neither mark nor sign, so that it could as well be an id.
    """

    sign: int
    readings: frozenset[Marks]
    currency_mark: str
    plain: bool
    looks_like_id: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that one cell can be; `until` stands between two dates in it."""

    forms: tuple[str, ...]
    amount: Amount | None
    yearless: bool = False
    until: str | None = None


NOTHING = Look((), None)


@lru_cache(maxsize=8192)
def look(cell: str) -> Look:
    """Say which date formats and which marks of an amount read this cell."""
    if not 0 < len(cell) <= LONGEST or not any(letter.isdecimal() for letter in cell):
        return NOTHING
    if found := _TWO_DAYS.fullmatch(cell):
        return Look(_forms(found["day"]), None, until=found["until"])
    amount = _amount(cell)
    return Look(_forms(cell), amount, not amount and bool(_YEARLESS.fullmatch(cell)))


def _forms(cell: str) -> tuple[str, ...]:
    found = _DAY.fullmatch(cell)
    if found is None:
        return ()
    time = _time(found)
    forms = (form + time for form in _days(found))
    return tuple(form for form in forms if _reads_date(cell, form))


def _days(found: re.Match[str]) -> Iterator[str]:
    """Yield the orders of day, month and year that the digits leave open."""
    mark, end = found["mark"], found["end"]
    if found["solid"]:
        yield from ("%Y%m%d", "%d%m%Y", "%m%d%Y")
    elif found["month"]:
        year = "%Y" if len(found["year"]) > 2 else "%y"  # noqa: PLR2004 two digits
        yield f"%d{found['gap']}%b{found['gap2']}{year}"
    elif found["month3"]:
        yield f"%b{found['gap3']}%d{found['gap4']}%Y"
    else:
        match tuple(len(found[name]) for name in ("a", "b", "c")):
            case (4, _, _):
                orders = ["Ymd", "Ydm"]
            case (1 | 2, 4, 1 | 2):
                orders = ["dYm", "mYd"]
            case (1 | 2, 1 | 2, 4):
                orders = ["dmY", "mdY"]
            case (2, 2, 2) | (1 | 2, 1 | 2, 2):
                orders = ["dmy", "mdy", "ymd"]
            case _:
                orders = []
        for order in orders:
            yield mark.join(f"%{letter}" for letter in order) + end


def _time(found: re.Match[str]) -> str:
    if not found["time"]:
        return ""
    half = found["half"] or ""
    blank = " " if half[:1].isspace() else ""
    return (
        ("T" if "T" in found["sep"] else " ")
        + ("%I:%M" if half else "%H:%M")
        + (":%S" if found["seconds"] else "")
        + (".%f" if found["part"] else "")
        + (f"{blank}%p" if half else "")
        + (f"{' ' if found['zone'][0].isspace() else ''}%z" if found["zone"] else "")
    )


def _reads_date(cell: str, form: str) -> bool:
    try:
        dates.read(cell, form)
    except (dates.NotDate, dates.NotFormat):
        return False
    return True


def _amount(cell: str) -> Amount | None:
    found = _AMOUNT.fullmatch(cell)
    if found is None:
        return None
    marks = [found[name] for name in ("mark", "mark2", "mark3") if found[name]]
    signs = [found[name] for name in ("before", "inner", "after") if found[name]]
    if len(marks) > 1 or len(signs) > 1 or not {*marks} <= _MARKS:
        return None
    core = found["core"].strip()
    readings = _readings(re.sub("[1-9]", "1", core))
    if not readings:
        return None
    negative = bool(found["open"]) or (bool(signs) and signs[0] != "+")
    zero = not re.search("[1-9]", core)
    digits = core.isdecimal()
    return Amount(
        0 if zero else -1 if negative else 1,
        readings,
        marks[0] if marks else "",
        digits and not marks and not signs,
        digits and (len(core) >= _ID_DIGITS or (len(core) > 1 and core[0] == "0")),
    )


@lru_cache(maxsize=512)
def _readings(core: str) -> frozenset[Marks]:
    """Return the pairs of decimal and thousands marks that read these digits."""
    found = set[Marks]()
    for decimal, thousands in MARKS_OF_AMOUNTS:
        with suppress(money.NotMoney):
            money.read(core, decimal, thousands)
            found.add((decimal, thousands))
    return frozenset(found)


def currencies(mark: str) -> tuple[str, ...]:
    """Return what currencies a code, a sign or a name can mean, usual ones first."""
    mark = mark.strip()
    if mark in OTHER_NAMES:
        return (OTHER_NAMES[mark],)
    return tuple(code for code in CURRENCIES if mark in money.marks(code))
