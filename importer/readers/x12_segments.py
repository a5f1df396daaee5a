"""Cut X12 into segments and elements, and read an 820's invoices out of them.

    RMR*IV*10233**490.00*500.00*10.00~       number, paid, invoice total, discount
    ADX*-25.00*01*CM*88~                     an adjustment, with its reason

The standard has RMR04 paid and RMR05 the invoice's total; some senders swap the two.
Lines are believed only where they make the payment's amount.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from importer import money

Segment = tuple[str, ...]

LONGEST_SEGMENT = 1 << 14
_ISA = re.compile(r"\s*ISA(?P<element>[^A-Za-z0-9\s])")
_ELEMENTS_OF_ISA = 16
_TERMINATORS = ("~", "\\", "'", "\n")


@dataclass(frozen=True, slots=True)
class Marks:
    """With what a file separates elements and ends segments."""

    element: str
    terminator: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is paid on one invoice, as texts; an adjustment has its reason as number."""

    invoice: str
    paid: str
    discount: str = ""


@dataclass(slots=True)
class Advice:
    """What an 820 says about one payment."""

    lines: list[Line] = field(default_factory=list)
    swapped: list[str] = field(default_factory=list)
    adjustments: list[Line] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    parties: dict[str, str] = field(default_factory=dict)
    reference: str = ""


def marks(text: str) -> Marks | None:
    """Find the marks: ISA states them by its places, anything else by its looks."""
    if found := _ISA.match(text):
        element = found["element"]
        at = found.end() - 1
        for _ in range(_ELEMENTS_OF_ISA - 1):
            at = text.find(element, at + 1)
            if at < 0:
                return None
        # The last element of ISA is one letter; what follows it ends segments.
        end = text[at + 2 : at + 3]
        return Marks(element, end) if end and not end.isalnum() else None
    bare = text.lstrip("\\~' \r\n")
    found = re.match(r"[A-Z][A-Z0-9]{1,2}([*|^])", bare)
    if not found:
        return None
    # A single segment needs no end.
    ends = (one for one in _TERMINATORS if one in bare)
    return Marks(found[1], next(ends, _TERMINATORS[0]))


def segments(text: str, by: Marks) -> list[Segment]:
    """Cut text into segments; line ends between them mean nothing."""
    parts = (part.strip("\r\n\t ") for part in text.split(by.terminator))
    return [tuple(part.split(by.element)) for part in parts if part]


def advice(found: Iterable[Segment]) -> Advice:
    """Gather the lines, adjustments, parties and texts of one payment."""
    said = Advice()
    last = ""
    for segment in found:
        get = partial(element, segment)
        match segment[0]:
            case "RMR":
                last = get(2)
                if get(4):
                    said.lines.append(Line(last, get(4), get(6)))
                    said.swapped.append(get(5))
                elif last:
                    said.texts.append(last)
            case "ADX":
                number = get(4) or last or f"adjustment {get(2)}"
                said.adjustments.append(Line(number, get(1)))
            case "N1":
                said.parties.setdefault(get(1), get(2))
            case "TRN":
                said.reference = said.reference or get(2)
            case "NTE" | "REF":
                said.texts.append(" ".join(filter(None, segment[2:4])))
    return said


def settled(said: Advice, amount: Decimal) -> tuple[list[Line], str]:
    """Return the lines that make the amount; else none of them, and why."""
    if not said.lines and not said.adjustments:
        return [], ""
    paid = total([line.paid for line in said.lines])
    adjusted = total([line.paid for line in said.adjustments])
    if paid is None or adjusted is None:
        return [], "an amount of its invoice lines cannot be read"
    if paid == amount:
        return said.lines, ""
    if said.adjustments and paid + adjusted == amount:
        return [*said.lines, *said.adjustments], ""
    why = f"its invoice lines make {money.write(paid)} of {money.write(amount)}"
    if total(said.swapped) == amount:
        why += ", and would make it if paid and total were swapped"
    return [], why


def total(amounts: Sequence[str]) -> Decimal | None:
    """Add amounts up; None where one of them is none."""
    found = [money.plain(one) for one in amounts]
    known = [one for one in found if one is not None]
    return sum(known, Decimal(0)) if len(known) == len(found) else None


def element(segment: Segment, number: int) -> str:
    """Return an element by its number in the standard, empty where it is not there."""
    return segment[number].strip() if number < len(segment) else ""
