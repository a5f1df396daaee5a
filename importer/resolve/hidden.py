"""What stands in a text and is no invoice number, whatever its figures are.

Dates, amounts, telephone numbers, addresses, and what is called an account, a check
or a trace.  It is covered with `~`, letter by letter, so that positions stay.
"""

import re
from functools import lru_cache

_STATES = (
    "AK|AZ|CA|CT|FL|GA|IL|IA|KS|KY|MD|MA|MI|MN|MO|MT|NV|NH|NJ|NM|NY|NC|ND|OH|RI|SC|TN|"
    "TX|UT|VT|WA|WV|WI|WY|DC"
)
_STREETS = (
    "ST|STREET|AVE|AVENUE|RD|ROAD|BLVD|BOULEVARD|LN|LANE|DR|DRIVE|HWY|HIGHWAY|WAY|CT|"
    "COURT|PL|PLACE|PKWY|SUITE|STE|STRASSE|STRAAT|CALLE|RUE"
)
_AMOUNT = r"(?:\d{1,3}(?:[.,']\d{3})+|\d+)[.,]\d{2}(?!\d|[,/]\d)"
_HIDDEN = re.compile(
    # Nothing that follows begins otherwise; most letters are done with by that.
    r"(?=[\d+($€£UEGCM])(?:"
    # Dates, with four figures of the year last or first.
    r"(?<!\d)\d{1,4}[/.\-]\d{1,2}[/.\-]\d{2,4}(?!\d)"
    # Telephone numbers.
    r"|(?:\+\d{1,3}[\s.\-]?)?(?:\(\d{3}\)\s?|\b\d{3}[.\-])\d{3}[.\-]\d{4}\b"
    r"|(?<!\w)\+\d{1,3}(?:[\s.\-]?\d{2,4}){2,5}(?!\d)"
    # Amounts.
    r"|[$€£]\s?\d[\d.,]*|\b(?:USD|EUR|GBP|CAD|MXN)\s?\d[\d.,]*"
    rf"|(?<![\d.,]){_AMOUNT}"
    r"|(?<![\d.,])\d+\s?%"
    # House numbers.
    rf"|(?<![\w/-])\d{{1,6}}\s(?:[NSEW]{{1,2}}\.?\s)?[A-Za-z]+\s(?:{_STREETS})\b)",
    re.IGNORECASE,
)
_STATE_BEFORE = re.compile(rf"\b(?:{_STATES})\s$")
_POSTAL_FIGURES = 5
_CALLED_OTHERWISE = re.compile(
    r"(?:^|[^A-Za-z])(?:checks?|chk|ck|cheques?|trace|trn|conf(?:irmation)?|auth|"
    r"accounts?|acct|a/c|acc|cuenta|cta|compte|conto|konto|kto|rekening|rek|iban|blz|"
    r"aba|routing|rtn|phone|tel|fax|mobile|cell|zip|plz|transaction|txn|batch|seq|"
    r"card|ending in|terminal|store|unit|apt|p\.?o\.? ?box)"
    r"(?:[\s.:#\-]|no\b|nr\b|number\b)*$",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"\d+")
_LOOK_BACK = 24
_REMEMBERED = 4096


def covered(text: str) -> str:
    """Return a text in which what is no number of ours is covered."""
    return _HIDDEN.sub(lambda one: "~" * len(one[0]), text)


def is_called_otherwise(text: str, begin: int) -> bool:
    """Say whether the words before a number call it an account, a check and so on."""
    return _calls_otherwise(text[max(begin - _LOOK_BACK, 0) : begin])


@lru_cache(maxsize=_REMEMBERED)
def _calls_otherwise(before: str) -> bool:
    # A bank writes the same words before a number in row after row.
    return _CALLED_OTHERWISE.search(before) is not None


def is_postal(text: str, begin: int, end: int) -> bool:
    """Say whether a number may be the postal code behind a state, as in `FL 33101`."""
    before = text[max(begin - 4, 0) : begin]
    return end - begin == _POSTAL_FIGURES and _STATE_BEFORE.search(before) is not None


def figures_of(others: tuple[str, ...]) -> frozenset[str]:
    """Return the groups of figures in numbers that are no invoices."""
    return frozenset(figures for one in others for figures in _FIGURES.findall(one))
