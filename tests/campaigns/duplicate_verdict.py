"""Judge repetitions from outside: what happened at the bank, and what is in the book.

Shares no code with the program.  Movements that are equal in day, payer and amount
are a kind; within a kind nobody could say which is which, so they are counted.

    doubled         more payments of a kind in the book than movements were shown
    lost            fewer payments and held lines together than movements
    held in vain    a held line that anybody could have told from the files
    came again      lines or requests that the same files made once more
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

KINDS = ("doubled", "lost", "held in vain", "came again")


class Harm(NamedTuple):
    """What came to harm, and what is seen."""

    kind: str
    sentence: str


def compare(
    shown: Mapping[Hashable, int],
    booked: Mapping[Hashable, int],
    held: Mapping[Hashable, int],
) -> list[Harm]:
    """Compare the movements shown so far with the book and with what waits."""
    harms = []
    for kind in shown.keys() | booked.keys():
        there, due, waits = booked.get(kind, 0), shown.get(kind, 0), held.get(kind, 0)
        said = f"{kind}: {due} shown, {there} booked, {waits} held"
        if there > due:
            harms.append(Harm("doubled", said))
        if there + waits < due:
            harms.append(Harm("lost", said))
    return harms


def counted(kinds: Iterable[Hashable]) -> Mapping[Hashable, int]:
    """Count by kind."""
    return Counter(kinds)
