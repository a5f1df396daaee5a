"""Judge a simulated life from outside: what is owed, the ERP's book, what was told.

Shares no code with the program.  A payment is known by the mark in its reference,
which is only compared as a text.

    doubled         more than one payment in the book with one mark
    lost            told of nowhere, or dropped and not in the book
    false-posted    called posted, and not in the book under that number
    denied          called refused or waiting, and in the book all the same
    wrong customer  in the book for a customer who did not pay it
    wrong amount    in the book with another sum
    unfinished      not in the book although everybody has done what they could
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

KINDS = (
    *("doubled", "lost", "false-posted", "denied"),
    *("wrong customer", "wrong amount", "unfinished"),
)
DENYING = frozenset({"refused", "waits"})
DROPPED = frozenset({"skipped", "duplicate"})


class Owed(NamedTuple):
    """A payment that the bank's file says is due: to whom, and how much in cents."""

    customer: str
    cents: int


class Booked(NamedTuple):
    """A payment as the ERP's own book has it."""

    mark: str
    control: str
    customer: str
    cents: int


class Told(NamedTuple):
    """What is said of a payment: its remittance's status, its own, and its number."""

    status: str
    word: str
    control: str


class Harm(NamedTuple):
    """A payment that came to harm: how, which, and what is seen."""

    kind: str
    mark: str
    sentence: str


def judge(
    owed: Mapping[str, Owed], book: Iterable[Booked], told: Mapping[str, Told]
) -> list[Harm]:
    """Return every harm; `owed` and `told` are by mark."""
    booked: defaultdict[str, list[Booked]] = defaultdict(list)
    for one in book:
        if one.cents > 0:
            booked[one.mark].append(one)
    harms = [
        harm
        for mark, due in owed.items()
        for harm in _of(mark, due, booked.get(mark, ()), told.get(mark))
    ]
    strangers = booked.keys() - owed.keys()
    return harms + [Harm("doubled", one, "owed by nobody") for one in strangers]


def _of(
    mark: str, due: Owed, booked: Sequence[Booked], told: Told | None
) -> Iterator[Harm]:
    numbers = [one.control for one in booked]
    if len(booked) > 1:
        yield Harm("doubled", mark, f"booked as {numbers}")
    for one in booked:
        if one.customer != due.customer:
            yield Harm("wrong customer", mark, f"{one.customer}, not {due.customer}")
        if one.cents != due.cents:
            yield Harm("wrong amount", mark, f"{one.cents}, not {due.cents}")
    if told is None:
        yield Harm("lost", mark, "nothing is told of it")
    elif told.word == "posted" and told.control not in numbers:
        yield Harm("false-posted", mark, f"{told.control} is none of {numbers}")
    elif not booked:
        kind = "lost" if told.status in DROPPED else "unfinished"
        yield Harm(kind, mark, f"it is {told.status}, and not in the book")
    elif told.word in DENYING and told.status != "held":
        yield Harm("denied", mark, f"{told.word}, but booked as {numbers}")
    elif told.word != "posted":
        yield Harm("unfinished", mark, f"{told.status}, and booked as {numbers}")
