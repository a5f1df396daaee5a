"""What payers, banks and spreadsheets make of invoice numbers, and back again.

Each repair yields where it stands and which open invoices it leads to.  One that is
not `sure` could be read otherwise too: it counts only for a customer who is known
without it, and only where the amount is exactly that of all that is quoted.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from importer.model import Invoice

Find = Callable[[str], Invoice | None]
Several = tuple[tuple[Invoice, str], ...]

RUN = re.compile(r"\d+")
_TO = r"\s*(?:-|\u2013|\.{2,3}|to|thru|through|until|bis|al|hasta|tot|t/m|au|a)\s*"
_RANGE = re.compile(rf"(\d{{3,12}}){_TO}(\d{{3,12}})(?!\d)", re.IGNORECASE)
_SHORT_RANGE = re.compile(rf"(\d{{4,12}}){_TO}(\d{{1,3}})(?!\d)", re.IGNORECASE)
_SUFFIXES = re.compile(
    r"(\d{4,12})((?:\s*(?:[/,;&+]|and|y|und|en|et)\s*\d{1,4}(?!\d))+)", re.IGNORECASE
)
_SPREAD = re.compile(r"(?<!\d)\d{1,6}(?:[ .\-]\d{1,6}){1,3}(?!\d)")
_FLOATING = re.compile(
    r"(?<!\d)(\d{3,12})\.0(?!\d)|(?<!\d)(\d\.\d{1,9})E\+?(\d{1,2})\b", re.IGNORECASE
)
_CONFUSED = re.compile(r"(?<![A-Za-z\d])(?=[OoIl]*\d)[\dOoIl]{4,12}(?![A-Za-z\d])")
_AS_FIGURES = str.maketrans("OoIl", "0011")
_LEAST = 4
_RANGE_MOST = 100
_FEWEST_FIGURES = 3


@dataclass(frozen=True, slots=True)
class Repair:
    """Where a text was repaired, and which open invoices that leads to."""

    begin: int
    end: int
    several: Several
    sure: bool = True


def ranges(text: str, invoice: Find) -> Iterator[Repair]:
    """Find `1001-1005`: both ends open, of one customer, and all between that are."""
    for span in _RANGE.finditer(text):
        if several := _between(span[1], span[2], invoice):
            yield Repair(*span.span(), several)
    for span in _SHORT_RANGE.finditer(text):
        low, short = span[1], span[2]
        high = low[: -len(short)] + short
        if len(short) < len(low) and (several := _between(low, high, invoice)):
            yield Repair(*span.span(), several, sure=False)


def _between(low: str, high: str, invoice: Find) -> Several:
    first, last = invoice(low), invoice(high)
    if first is None or last is None or first.customer != last.customer:
        return ()
    if not 0 < int(high) - int(low) < _RANGE_MOST:
        return ()
    between = (
        invoice(str(number).zfill(len(low)))
        for number in range(int(low), int(high) + 1)
    )
    return tuple(
        (one, f", of which {one.number} is open")
        for one in between
        if one is not None and one.customer == first.customer
    )


def suffixes(text: str, invoice: Find) -> Iterator[Repair]:
    """Find `1001/2/3`: each suffix replaces the last figures.

    All of them are open, and of one customer.
    """
    for span in _SUFFIXES.finditer(text):
        head, tails = span[1], RUN.findall(span[2])
        if any(len(tail) >= len(head) for tail in tails):
            continue
        numbers = [head, *[head[: -len(tail)] + tail for tail in tails]]
        found = [one for one in map(invoice, numbers) if one]
        owners = {one.customer for one in found}
        if len(owners) == 1 and len({one.number for one in found}) == len(numbers):
            several = tuple((one, f", of which {one.number} is one") for one in found)
            yield Repair(*span.span(), several)


def floating(text: str, invoice: Find) -> Iterator[Repair]:
    """Find what a spreadsheet made of a number: `10233.0`, `1.0233E+04`."""
    for span in _FLOATING.finditer(text):
        number = span[1] or _written_out(span[2], int(span[3]))
        yield from _one(span.span(), invoice(number) if number else None)


def _written_out(mantissa: str, exponent: int) -> str:
    whole, _, places = mantissa.partition(".")
    if len(places) > exponent:
        return ""
    return whole + places.ljust(exponent, "0")


def spread(text: str, invoice: Find) -> Iterator[Repair]:
    """Find `540 6423` and `6.032946`: blanks, dots or hyphens inside a number."""
    for span in _SPREAD.finditer(text):
        parts = RUN.findall(span[0])
        if any(invoice(part) for part in parts):
            continue
        found = invoice("".join(parts))
        if found is not None and len(found.number) > _LEAST:
            yield from _one(span.span(), found)


def confused(text: str, invoice: Find) -> Iterator[Repair]:
    """Find `1O233`: letters that look like figures."""
    for span in _CONFUSED.finditer(text):
        figures = sum(map(str.isdigit, span[0]))
        if not span[0].isdigit() and figures >= _FEWEST_FIGURES:
            number = span[0].translate(_AS_FIGURES)
            yield from _one(span.span(), invoice(number), sure=False)


def checked(number: str, invoice: Find) -> Invoice | None:
    """Find the invoice of a number to which a check digit was appended."""
    if len(number) <= _LEAST or (found := invoice(number[:-1])) is None:
        return None
    return found if _is_luhn(number) or _is_731(number) else None


def _is_luhn(number: str) -> bool:
    doubled = (int(one) * 2 for one in number[-2::-2])
    total = sum(map(int, number[-1::-2])) + sum(n // 10 + n % 10 for n in doubled)
    return total % 10 == 0


def _is_731(number: str) -> bool:
    weights = (7, 3, 1)
    body = reversed(number[:-1])
    total = sum(int(one) * weights[at % 3] for at, one in enumerate(body))
    return (total + int(number[-1])) % 10 == 0


def _one(
    span: tuple[int, int], found: Invoice | None, *, sure: bool = True
) -> Iterator[Repair]:
    if found is not None:
        yield Repair(*span, ((found, f", which is {found.number}"),), sure)


REPAIRS = (ranges, suffixes, floating, spread, confused)
"""In this order; what one has taken, the next does not see."""
