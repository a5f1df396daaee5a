"""Cut a BAI2 file into its records, continuations (88) joined, and a 16 into fields.

A `/` ends a record only at its end: it may stand in a text.  Several records may
stand on one line, and lines may be filled up with blanks.  Between a record and its
continuation a line break is kept: before the text it ends a field, in it a piece.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from importer.readers.encoding import Text
from importer.readers.shape import Faults

LONGEST_LINE = 1 << 16
MOST_CONTINUATIONS = 2000
_CODES = ("01", "02", "03", "16", "49", "88", "98", "99")
# Records that follow on the same line; in a text `12/16, 2 boxes` is none.
_NEXT = re.compile(
    r"/[ \t]*(?=(?:88,|02,[^,]*,[^,]*,[0-9]?,|03,[^,/]+,(?:[A-Z]{3})?,|16,[0-9]{3},"
    r"|(?:49|98|99),[+-]?[0-9]+,[0-9]+))"
)
_SEVERAL = re.compile(
    r"/[ \t]*(?:02,[^,]*,[^,]*,[0-9]?,|03,[^,/]+,(?:[A-Z]{3})?,|16,[0-9]{3},[+-]?[0-9]"
    r"|(?:49|98|99),[+-]?[0-9]+,[0-9]+)"
).search
_STATED = 3
_EXTRA = {"S": 3, "V": 2}
_FUNDS = ("", "0", "1", "2", "D", "S", "V", "Z")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it begins in, its code, and its text behind the code."""

    line: int
    code: str
    text: str

    @property
    def written(self) -> str:
        """Return it as the file writes it, with the codes of its lines."""
        return f"{self.code},{self.text}".replace("\n,", "\n88,")

    @property
    def fields(self) -> list[str]:
        """Return its fields, for the records that have no text."""
        return [one.strip() for one in self.text.replace("\n", "").split(",")]


@dataclass(frozen=True, slots=True)
class Detail:
    """The fields of a 16 record."""

    type_code: str
    amount: str
    funds_type: str
    value_date: str
    bank_reference: str
    reference: str
    text: str


def records(text: Text, faults: Faults) -> Iterator[Record]:
    """Yield the records of a file in order, each with its continuations."""
    line, code, pieces = 0, "", list[str]()
    for number, physical in _lines(text, faults):
        found = physical[:2]
        if found not in _CODES or physical[2:3] != ",":
            faults.add(number, "this line begins no record", physical)
            continue
        if found == "88":
            pieces.append(_bare(physical[3:]))
            if len(pieces) > MOST_CONTINUATIONS:
                sentence = f"a record of more than {MOST_CONTINUATIONS} continuations"
                faults.add(number, sentence)
                return
            continue
        if code:
            yield Record(line, code, "\n,".join(pieces))
        line, code, pieces = number, found, [_bare(physical[3:])]
    if code:
        yield Record(line, code, "\n,".join(pieces))


def detail(record: Record) -> Detail | None:
    """Read a 16 record; None where its fields are not those of one."""
    taken = _Taken(record.text)
    type_code, amount = taken.next(), taken.next()
    funds = taken.next()
    if not re.fullmatch("[0-9]{3}", type_code) or funds not in _FUNDS:
        return None
    value_date = ""
    match funds:
        case "V":
            value_date, _ = taken.next(), taken.next()
        case "S":
            for _ in range(_EXTRA["S"]):
                taken.next()
        case "D":
            number = taken.next()
            if not number.isdecimal() or int(number) > MOST_CONTINUATIONS:
                return None
            for _ in range(2 * int(number)):
                taken.next()
    bank_reference, reference = taken.next(), taken.next()
    text = taken.rest.replace("\n,", "\n").strip().removeprefix(",")
    return Detail(type_code, amount, funds, value_date, bank_reference, reference, text)


def summaries(record: Record) -> list[tuple[str, str]]:
    """Return type and amount of each summary of a 03 record."""
    fields = record.fields[2:]
    found, at = [], 0
    while at < len(fields):
        type_code, amount = fields[at], _at(fields, at + 1)
        funds = _at(fields, at + _STATED)
        at += 4
        if funds == "D":
            number = _at(fields, at)
            at += 1 + 2 * (int(number) if number.isdecimal() else 0)
        else:
            at += _EXTRA.get(funds, 0)
        if type_code or amount:
            found.append((type_code, amount))
    return found


def _at(fields: list[str], place: int) -> str:
    return fields[place] if place < len(fields) else ""


@dataclass(slots=True)
class _Taken:
    """Takes fields off the front of a record; what is left may be text."""

    rest: str

    def next(self) -> str:
        field, _, self.rest = self.rest.partition(",")
        return field.strip()


def _bare(content: str) -> str:
    """Take the mark off that ends a record."""
    return content.rstrip().removesuffix("/")


def _lines(text: Text, faults: Faults) -> Iterator[tuple[int, str]]:
    """Yield what stands for one record or continuation, with its line."""
    with text.path.open(encoding=text.encoding, newline=None) as file:
        lines = iter(partial(file.readline, LONGEST_LINE), "")
        for number, line in enumerate(lines, start=1):
            if len(line) == LONGEST_LINE:
                faults.add(number, f"this line has {LONGEST_LINE} letters and more")
                return
            content = line.strip("\n\r\x1a\0 ")
            if not content:
                continue
            start = 0
            for found in _NEXT.finditer(content) if _SEVERAL(content) else ():
                yield number, content[start : found.start() + 1]
                start = found.end()
            yield number, content[start:]
