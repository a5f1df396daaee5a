"""Invoice numbers in free text, found and repaired against what is open.

A number counts only if an open invoice has it; a repair (lost or added zeros,
blanks and dots inside, a spreadsheet's `.0`, ranges, suffix lists) only if it
leads to exactly one.  Never: a number out of the middle of a longer one, a date,
an amount, a telephone number, the payer's account, or the reference itself.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from importer.mapping.policy import InvoiceNumbers
from importer.model import Invoice

PREFIX = re.compile(
    r"(?:^|[^A-Za-z])(?:invoices?|invs?|facturas?|factuur|facturen|facture|fatture|fattura|fatura|"
    r"facts?|facs?|fra|nota|notas|rechnung|rechnungen|"
    r"rech|rg|re|nummer|number|nr|nro|no|bill|order|orders|ref|#)[\s.:#\-]*$",
    re.IGNORECASE,
)
HIDDEN = re.compile(
    r"(?<!\d)\d{1,4}[/.\-]\d{1,2}[/.\-]\d{2,4}(?!\d)"
    r"|(?:\+\d{1,3}[\s.\-]?)?(?:\(\d{3}\)\s?|\b\d{3}[.\-])\d{3}[.\-]\d{4}\b"
    r"|[$€£]\s?\d[\d.,]*|\b(?:USD|EUR|GBP)\s?\d[\d.,]*"
    r"|(?<![\d.,])\d{1,3}(?:[.,]\d{3})*[.,]\d{2}(?!\d|[,/]\d)"
    r"|(?<![\d.,])\d+[.,]\d{2}(?!\d|[,/]\d)"
    r"|(?<![\d.,])\d+\s?%",
    re.IGNORECASE,
)
RUN = re.compile(r"\d+")
RANGE = re.compile(
    r"(\d{3,12})\s*(?:-|\u2013|to|thru|through|bis|al|t/m)\s*(\d{3,12})(?!\d)"
)
SUFFIXES = re.compile(r"(\d{4,12})((?:\s*[/,&+]\s*\d{1,4}(?!\d))+)")
SPREAD = re.compile(r"(?<![\d])\d{1,6}(?:[ .\-]\d{1,6}){1,3}(?!\d)")
FLOATING = re.compile(r"(?<!\d)(\d{3,12})\.0(?!\d)|(?<!\d)(\d\.\d{1,9})E\+?(\d{1,2})\b")
BARE_LEAST = 4
RANGE_MOST = 100


@dataclass(frozen=True, slots=True)
class Quoted:
    """An open invoice that a text quotes, and in words where and how."""

    invoice: Invoice
    found: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a text quotes: open invoices, and others that may be invoices.

    `unknown` are numbers that the text calls invoices and that are not open;
    `alike` are bare ones that look like an invoice number and are none that is
    open.  With either nothing may be decided by amount.
    """

    quoted: tuple[Quoted, ...]
    unknown: tuple[str, ...]
    alike: tuple[str, ...] = ()


Find = Callable[[str], Invoice | None]


def find(
    text: str,
    invoice: Find,
    rules: InvoiceNumbers,
    hidden: tuple[str, ...] = (),
    lengths: frozenset[int] = frozenset(),
) -> Numbers:
    """Find the open invoices that a text quotes; `hidden` are texts that are none.

    `lengths` are those that invoice numbers have.
    """
    seen = HIDDEN.sub(lambda one: "~" * len(one[0]), text)
    quoted: dict[str, Quoted] = {}
    unknown: list[str] = []
    alike: list[str] = []
    finders = (_ranges, _suffixes, _floating, _spread) if rules.repair else ()
    for finder in finders:
        for begin, end, several in finder(seen, invoice, rules):
            for one, how in several:
                quoted.setdefault(one.number, Quoted(one, _said(text, begin, end, how)))
            seen = seen[:begin] + "~" * (end - begin) + seen[end:]
    for begin, end, prefixed in _runs(seen, rules):
        number = seen[begin:end]
        own = number not in hidden
        long = bool(rules.digits) or end - begin >= BARE_LEAST
        joined = _is_joined(seen, begin, end)
        bare = own and long and not rules.prefixes and not joined
        found = _one(number, invoice, rules) if prefixed or bare else None
        if found is not None:
            how = "" if found.number == number else f", which is {found.number}"
            said = _said(text, begin, end, how)
            quoted.setdefault(found.number, Quoted(found, said))
        elif prefixed and own and end - begin >= BARE_LEAST:
            unknown.append(number)
        elif own and end - begin in lengths:
            alike.append(number)
    return Numbers(tuple(quoted.values()), tuple(unknown), tuple(alike))


def _runs(text: str, rules: InvoiceNumbers) -> Iterator[tuple[int, int, bool]]:
    """Stream the runs of figures that stand alone, and whether a prefix is before."""
    for run in RUN.finditer(text):
        begin, end = run.span()
        prefixed = _is_prefixed(text, begin, rules)
        if _stands_alone(text, begin, end, prefixed=prefixed):
            yield begin, end, prefixed


def _is_joined(text: str, begin: int, end: int) -> bool:
    """Say that a hyphen joins the number to other figures, as in an account."""
    before, after = text[max(begin - 2, 0) : begin], text[end : end + 2]
    return (before[-1:] == "-" and before[:1].isdigit()) or (
        after[:1] == "-" and after[1:].isdigit()
    )


def _said(text: str, begin: int, end: int, how: str) -> str:
    return f'"{text[begin:end]}" in the text at {begin + 1}-{end}{how}'


def _one(number: str, invoice: Find, rules: InvoiceNumbers) -> Invoice | None:
    found = invoice(number)
    if found is None:
        return None
    if rules.digits and len(found.number) not in rules.digits:
        return None
    return found if rules.repair or found.number == number else None


def _is_prefixed(text: str, begin: int, rules: InvoiceNumbers) -> bool:
    before = text[max(begin - 16, 0) : begin]
    if not rules.prefixes:
        return PREFIX.search(before) is not None
    bare = before.rstrip(" .:#-~").casefold()
    return any(bare.endswith(one.casefold()) for one in rules.prefixes)


def _stands_alone(text: str, begin: int, end: int, *, prefixed: bool) -> bool:
    """Say that no letter or figure touches the number, but a known prefix."""
    before, after = text[begin - 1 : begin], text[end : end + 1]
    if after.isalnum() or (after in {".", ","} and text[end + 1 : end + 2].isdigit()):
        return False
    if before.isalpha():
        return prefixed
    return before not in {".", ","} or not text[begin - 2 : begin - 1].isdigit()


Several = list[tuple[Invoice, str]]


def _ranges(
    text: str, invoice: Find, rules: InvoiceNumbers
) -> Iterator[tuple[int, int, Several]]:
    """Find `1001-1005`: both ends open, of one customer, all between that are open."""
    for span in RANGE.finditer(text):
        low, high = span[1], span[2]
        prefixed = _is_prefixed(text, span.start(), rules)
        if not _stands_alone(text, *span.span(), prefixed=prefixed):
            continue
        first, last = _one(low, invoice, rules), _one(high, invoice, rules)
        if first is None or last is None or first.customer != last.customer:
            continue
        if not 0 < int(high) - int(low) < RANGE_MOST:
            continue
        between = (
            invoice(str(number).zfill(len(low)))
            for number in range(int(low), int(high) + 1)
        )
        several = [
            (one, f", of which {one.number} is open")
            for one in between
            if one is not None and one.customer == first.customer
        ]
        yield *span.span(), several


def _suffixes(
    text: str, invoice: Find, rules: InvoiceNumbers
) -> Iterator[tuple[int, int, Several]]:
    """Find `1001/2/3`: each suffix replaces the last figures; all of them open."""
    for span in SUFFIXES.finditer(text):
        prefixed = _is_prefixed(text, span.start(), rules)
        if not _stands_alone(text, span.start(), span.end(), prefixed=prefixed):
            continue
        head = span[1]
        tails = RUN.findall(span[2])
        if any(len(tail) >= len(head) for tail in tails):
            continue
        numbers = [head, *[head[: -len(tail)] + tail for tail in tails]]
        found = [_one(number, invoice, rules) for number in numbers]
        several = [(one, f", of which {one.number} is one") for one in found if one]
        if len(several) == len(numbers) == len({one.number for one, _ in several}):
            yield *span.span(), several


def _floating(
    text: str, invoice: Find, rules: InvoiceNumbers
) -> Iterator[tuple[int, int, Several]]:
    """Find what a spreadsheet made of a number: `10233.0`, `1.0233E+04`."""
    for span in FLOATING.finditer(text):
        number = span[1] or _written_out(span[2], int(span[3]))
        if found := _one(number, invoice, rules):
            yield *span.span(), [(found, f", which is {found.number}")]


def _written_out(mantissa: str, exponent: int) -> str:
    whole, _, places = mantissa.partition(".")
    if len(places) > exponent:
        return ""
    return whole + places.ljust(exponent, "0")


def _spread(
    text: str, invoice: Find, rules: InvoiceNumbers
) -> Iterator[tuple[int, int, Several]]:
    """Find `540 6423` and `6.032946`: blanks, dots or hyphens inside a number."""
    for span in SPREAD.finditer(text):
        parts = RUN.findall(span[0])
        prefixed = _is_prefixed(text, span.start(), rules)
        if any(invoice(part) for part in parts):
            continue
        if not _stands_alone(text, *span.span(), prefixed=prefixed):
            continue
        found = _one("".join(parts), invoice, rules)
        if found is not None and len(found.number) > BARE_LEAST:
            yield *span.span(), [(found, f", which is {found.number}")]
