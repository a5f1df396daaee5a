"""Find the records of a structured format by one pattern each, and their amounts.

Nothing is checked and nothing around a record is known, which is what makes it
another way than the reader's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

_ENTRY = re.compile(r"<(?:\w+:)?Ntry(?:\s[^>]*)?>(.*?)</(?:\w+:)?Ntry>", re.DOTALL)
_AMOUNT = re.compile(r"<(?:\w+:)?Amt\s[^>]*>\s*([^<]*?)\s*<")
_SIDE = re.compile(r"<(?:\w+:)?CdtDbtInd>\s*(\w+)")
_DETAIL = re.compile(r"(?:^|/[ \t]*)16,([^,/]*),([^,/\r\n]*)", re.MULTILINE)
_PAYMENT = re.compile(r"BPR(.)[^\r\n]")
_DEBIT_FROM, _DEBIT_TO = 400, 699
_RECORD = 94


def camt(text: str) -> Iterator[Decimal]:
    """Yield the first amount of each entry, with the sign of its first indicator."""
    for entry in _ENTRY.finditer(text):
        amount, side = _AMOUNT.search(entry[1]), _SIDE.search(entry[1])
        if amount and side:
            yield Decimal(amount[1]) * (-1 if side[1] == "DBIT" else 1)


def bai2(text: str) -> Iterator[Decimal]:
    """Yield the amount of each 16 record, in units of two decimals."""
    for code, amount in _DETAIL.findall(text):
        if code.isdecimal() and amount.strip().lstrip("+-").isdecimal():
            sign = -1 if _DEBIT_FROM <= int(code) <= _DEBIT_TO else 1
            yield sign * Decimal(amount.strip()) / 100


def nacha(text: str) -> Iterator[Decimal]:
    """Yield the amount of each 6 record; codes that end in 5 to 9 are debits."""
    plain = re.sub("[\r\n]", "", text) if "\n" not in text[: _RECORD + 2] else None
    lines = (
        text.splitlines()
        if plain is None
        else [plain[at : at + _RECORD] for at in range(0, len(plain), _RECORD)]
    )
    is_adv = False
    for line in lines:
        if line.startswith("5"):
            is_adv = line[50:53] == "ADV"
        elif line.startswith("6"):
            code, figures = line[1:3], line[27:39] if is_adv else line[29:39]
            even = int(code[1]) % 2 == 0
            is_debit = even if code[0] == "8" else code[1] in "56789"
            yield Decimal(figures) / (-100 if is_debit else 100)


def qif(text: str) -> Iterator[Decimal]:
    """Yield the first T line of each record."""
    for record in re.split(r"^\^[ \t]*\r?$", text, flags=re.MULTILINE):
        if found := re.search(r"^T(.*)$", record, re.MULTILINE):
            yield Decimal(found[1].strip().replace(",", ""))


def x12(text: str) -> Iterator[Decimal]:
    """Yield the second element of each BPR segment."""
    for found in _PAYMENT.finditer(text):
        elements = text[found.start() : found.start() + 200].split(found[1])
        if re.fullmatch(r"[0-9.]+", elements[2]):
            yield Decimal(elements[2])


BY_FORMAT: Mapping[str, Callable[[str], Iterator[Decimal]]] = {
    "camt": camt,
    "bai2": bai2,
    "nacha": nacha,
    "qif": qif,
    "x12": x12,
}
