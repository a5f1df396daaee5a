"""Read and write amounts of money, exactly.

    1,234.56   -45.00   45.00-   (45.00)   - $220.00   1 234,50 €   '1'234.50'

Promises:
1. Only ASCII digits in the one shape that the caller names are read; everything
   else is refused: no NaN, no exponent, no underscore, no full-width digit, no
   second sign, no group that is not of three, no currency that was not named.
2. Nothing is rounded, in either direction.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

MOST_DIGITS = 15
MOST_DECIMALS = 10
UNSURE = " ?"
"""Stands behind an amount that its file leaves open, so that it reads as none."""

_CURRENCIES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {
    code: number for number, codes in _CURRENCIES.items() for code in codes.split()
}
_SIGNS = {
    "$": "USD AUD CAD NZD HKD SGD MXN COP CLP ARS BBD BSD BZD FJD JMD TTD XCD",
    "€": "EUR",
    "£": "GBP EGP FKP GIP LBP SHP",
    "¥": "JPY CNY",
    "₹": "INR",
    "₩": "KRW",
    "₪": "ILS",
    "₺": "TRY",
    "₴": "UAH",
    "₽": "RUB",
    "₱": "PHP",
    "₫": "VND",
    "฿": "THB",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "kr": "DKK ISK NOK SEK",
    "kr.": "DKK",
    "R": "ZAR",
    "R$": "BRL",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "MX$": "MXN",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "RMB": "CNY",
    "Fr.": "CHF",
}
# A no-break blank is what spreadsheets and French banks write between groups.
_BLANKS = " \t\u00a0\u2007\u2009\u202f"
_MINUS = "\u2212"
_NEGATIVE = f"-{_MINUS}("
_ALIKE = {" ": " \u00a0\u2009\u202f", "'": "'\u2019"}


_PLAIN = re.compile(
    rf"[-+]?(?:[0-9]{{1,{MOST_DIGITS}}}(?:\.[0-9]{{0,{MOST_DECIMALS}}})?"
    rf"|\.[0-9]{{1,{MOST_DECIMALS}}})"
).fullmatch


class NotMoney(ValueError):
    """A text is not an amount in the shape that was named; says which text."""


@lru_cache(maxsize=256)
def reader(
    decimal: str = ".",
    thousands: str = "",
    marks: tuple[str, ...] = (),
    places: int | None = None,
) -> Callable[[str], Decimal]:
    """Make a function that reads amounts of one shape, for many rows.

    `marks` are the currency signs and codes that may stand at either end.  With
    `places`, more decimals than these are refused unless they are zeros, and
    every amount comes back with exactly these.
    """
    decimals = f"{{{places}}}" if places else f"{{1,{MOST_DECIMALS}}}"
    part = "" if places == 0 else rf"{re.escape(decimal)}[0-9]{decimals}"
    usual = re.compile(f"[-+]?{_whole(thousands)}{part}").fullmatch
    strange = _grammar(decimal, thousands, marks)
    plain = _plainly(decimal, thousands)

    def read_usual(text: str) -> Decimal:
        return plain(text) if usual(text) else read_strange(text)

    def read_strange(text: str) -> Decimal:
        found = strange(text)
        if found is None:
            raise NotMoney(_why(text))
        head, number, tail = found.groups()
        signs = [letter for letter in head + tail if letter in _NEGATIVE + "+"]
        if len(signs) > 1 or ("(" in head) != (")" in tail):
            raise NotMoney(_why(text))
        amount = plain(number)
        if signs and signs[0] in _NEGATIVE:
            amount = -amount
        return amount if places is None else _exactly(amount, places, text)

    return read_usual


def read(
    text: str, decimal: str = ".", thousands: str = "", marks: tuple[str, ...] = ()
) -> Decimal:
    """Read one amount; a minus on either side or brackets make it negative.

    Raises `NotMoney` for anything that is not an amount in exactly this shape.
    """
    return reader(decimal, thousands, marks)(text)


def plain(text: str) -> Decimal | None:
    """Read `-1234.56` as a program writes it; None for anything else."""
    return Decimal(text) if _PLAIN(text) else None


def write(amount: Decimal, places: int = 2) -> str:
    """Write an amount with a point and at least `places` decimals, never rounded."""
    if amount == 0:
        amount = abs(amount)
    if fits_places(amount, places):
        return f"{amount:.{places}f}"
    return f"{amount.normalize():f}"


def places(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217): JPY 0, USD 2, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def fits(amount: Decimal, currency: str) -> bool:
    """Say whether an amount has no more decimals than its currency."""
    return fits_places(amount, places(currency))


def fits_places(amount: Decimal, places: int) -> bool:
    """Say whether an amount is whole in units of the last of `places` decimals."""
    return amount == round(amount, places)


def marks(currency: str) -> tuple[str, ...]:
    """Return the code and the signs that an amount of this currency may carry."""
    signs = (sign for sign, codes in _SIGNS.items() if currency in codes.split())
    return (currency, *signs)


def _whole(thousands: str) -> str:
    """Write the pattern of digits before the decimal mark.

    A group may not begin with 0: `0,125` is 0.125 with the wrong decimal mark.
    """
    digits = f"[0-9]{{1,{MOST_DIGITS}}}"
    if not thousands:
        return digits
    mark = f"[{re.escape(_ALIKE.get(thousands, thousands))}]"
    groups = MOST_DIGITS // 3 - 1
    return f"(?:{digits}|[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}}){{1,{groups}}})"


def _grammar(
    decimal: str, thousands: str, marks: tuple[str, ...]
) -> Callable[[str], re.Match[str] | None]:
    """Compile the whole grammar, in the parts head, number and tail."""
    blank = f"[{_BLANKS}]*"
    sign = f"[-+{_MINUS}]?"
    longest_first = sorted(marks, key=len, reverse=True)
    mark = f"(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})"
    signed = f"{sign}{blank}{mark}?{blank}{sign}"
    part = rf"{re.escape(decimal)}[0-9]{{1,{MOST_DECIMALS}}}"
    return re.compile(
        rf"{blank}({signed}|\({blank}{mark}?|{mark}{blank}\(){blank}"
        rf"({_whole(thousands)}(?:{part})?|{part})"
        rf"{blank}({signed}|{mark}{blank}\)|\){blank}{mark}?){blank}"
    ).fullmatch


def _plainly(decimal: str, thousands: str) -> Callable[[str], Decimal]:
    """Make the function that turns digits and marks of one shape into a number."""
    if decimal == "." and not thousands:
        return Decimal
    groups = _ALIKE.get(thousands, thousands)
    if decimal == "." and len(groups) == 1:
        return lambda text: Decimal(text.replace(groups, ""))
    table = dict.fromkeys(map(ord, groups)) | {ord(decimal): "."}
    return lambda text: Decimal(text.translate(table))


def of_cents(cents: int) -> str:
    """Write hundredths, of which banks' fixed records count none below zero."""
    return f"{cents // 100}.{cents % 100:02}"


def _exactly(amount: Decimal, places: int, text: str) -> Decimal:
    if not fits_places(amount, places):
        raise NotMoney(f'amount "{text}" has more than {places} decimals')
    return round(amount, places)


def _why(text: str) -> str:
    if not text.strip():
        return "the amount is empty"
    written = text.removesuffix(UNSURE)
    unsure = "; the file does not settle what it is" if written != text else ""
    return f'cannot read amount "{written}"{unsure}'
