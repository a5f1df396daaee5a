"""Tell remittances apart, and give each an id that the ERP can be asked for.

A bank file rarely has ids that can be trusted.  A remittance is known by its
account, booking date, amount, currency and identity texts (`Key`), and by its
place among equal ones (the occurrence: two equal payments on one day are two).
From these comes its id, which is also its marker in the ERP.

    Remittance ─key─▶ Key ─number─▶ occurrence ─marker─▶ BK7Q…

The id depends on the remittance alone, never on the attempt, the decision, the
clock or the file's name: a journal that was lost makes the same ids again from
the same files, and finds its own payments in the ERP by them.

Pure: it must never read a clock, a file or the journal.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from importer.model import Remittance

SCHEME = "1"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SUFFIX = "(?:-[1-9][0-9]{0,3}(?![0-9A-Z]))?"
_PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
_PRODUCTS = {
    letter: [((product + value) % 36 or 36) * 2 % 37 for product in range(37)]
    for value, letter in enumerate(ALPHABET)
}
"""What ISO 7064 makes of each letter behind each product so far."""
SHAPE = re.compile(rf"(?=(BK[{CROCKFORD}]{{16}}[0-9A-Z]{_SUFFIX}))")


@dataclass(frozen=True, slots=True)
class Key:
    """What tells a remittance from others, written in one way only.

    `amount` is the exact number without trailing zeros, so that 10.5 and 10.50
    are one; texts are in Unicode NFC with runs of blanks and control characters
    as one blank, and otherwise as the bank wrote them.
    """

    account: str
    booked: date
    amount: str
    currency: str
    texts: tuple[str, ...]


def written(text: str) -> str:
    """Return a text as it is compared: NFC, one blank for blanks and controls."""
    if not text.isprintable() or not text.isascii():
        text = "".join(
            " " if unicodedata.category(letter) == "Cc" else letter
            for letter in unicodedata.normalize("NFC", text)
        )
    return " ".join(text.split())


def plain(amount: Decimal) -> str:
    """Return an amount in the one way that equal amounts share."""
    return format(amount.normalize(), "f") if amount else "0"


def key(remittance: Remittance) -> Key:
    """Return what tells this remittance from others."""
    return Key(
        account=written(remittance.account),
        booked=remittance.booking_date,
        amount=plain(remittance.amount),
        currency=remittance.currency,
        texts=tuple(written(text) for text in remittance.identity),
    )


def wording(remittance: Remittance) -> str:
    """Return all its words, by which a re-described remittance is recognised."""
    return written(f"{remittance.remitter} {remittance.text} {remittance.reference}")


def number(remittances: Iterable[Remittance]) -> list[int]:
    """Return for each remittance how many equal ones stand before it."""
    seen: Counter[Key] = Counter()
    occurrences = []
    for remittance in remittances:
        this = key(remittance)
        occurrences.append(seen[this])
        seen[this] += 1
    return occurrences


def marker(this: Key, occurrence: int) -> str:
    """Return the id of the remittance with this key and occurrence (from 0)."""
    return _made(
        "remittance",
        this.account,
        this.booked.isoformat(),
        this.amount,
        this.currency,
        list(this.texts),
        occurrence,
    )


def part_marker(id: str, part: int) -> str:  # noqa: A002 - the word of the journal
    """Return the marker of a remittance's payment; that of the first is its id."""
    return id if part == 0 else _made("part", id, part)


def suffixed(id: str, part: int) -> str:  # noqa: A002 - the word of the journal
    """Return the marker of a remittance's payment where each invoice is one.

    Who sees `BK…-3` in the ERP finds the others of the same remittance by it.
    """
    return id if part == 0 else f"{id}-{part + 1}"


def row_id(sha256: str, row: int, text: str, occurrence: int = 0) -> str:
    """Return the id of a row that makes no payment: unreadable, or a duplicate."""
    return _made("row", sha256, row, text, occurrence)


_said = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def _made(*parts: object) -> str:
    said = _said([SCHEME, *parts])
    bits = int.from_bytes(hashlib.sha256(said.encode()).digest()[:10])
    body = "".join([_PAIRS[bits >> shift & 1023] for shift in range(70, -1, -10)])
    return f"BK{body}{_check(body)}"


def _check(body: str) -> str:
    """Return the check character of ISO 7064 MOD 37,36."""
    product = 36
    for letter in body:
        product = _PRODUCTS[letter][product]
    return ALPHABET[(37 - product) % 36]


def is_marker(text: str) -> bool:
    """Return whether the text is a marker of ours, its check character included."""
    found = SHAPE.match(text)
    return found is not None and found[1] == text and _check(text[2:18]) == text[18]


def markers_in(reference: str) -> tuple[str, ...]:
    """Return the markers that stand in a reference, in their order.

    A reference in small letters counts as well: an ERP may have folded it.
    """
    finds = (found.group(1) for found in SHAPE.finditer(reference.upper()))
    return tuple(dict.fromkeys(find for find in finds if is_marker(find)))
