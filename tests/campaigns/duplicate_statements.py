"""What happened at a bank, and the overlapping files that it writes about it.

Each scenario draws some movements of money and the files in which the bank shows
them, one after the other.  A line of a file knows which movement it shows, and
whether anybody who has the files alone could tell that it is none that was shown
before: only such lines may be held.
"""

import csv
import io
import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

FIRST = date(2026, 3, 2)
PAYERS = tuple(f"ORCHARD {name} INC" for name in ("ALDER", "BIRCH", "CEDAR", "ELM"))
TEXTS = ("WIRE IN", "DEPOSIT", "LOCKBOX DEPOSIT", "ACH CREDIT WEEKLY", "Überweisung")
AMOUNTS = ("100.00", "250.10", "7.05", "1234.50", "99.99")
COLUMNS = ("Id", "Date", "Payer", "Text", "Amount")
OFX = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE"
  OLDFILEUID="NONE" NEWFILEUID="{uid}"?>
<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>
<DTSERVER>20260320180000</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1</TRNUID>
<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>
<STMTRS><CURDEF>USD</CURDEF>
<BANKACCTFROM><BANKID>000000001</BANKID><ACCTID>0417</ACCTID>
<ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>
<BANKTRANLIST><DTSTART>{first:%Y%m%d}</DTSTART><DTEND>{last:%Y%m%d}</DTEND>
{lines}</BANKTRANLIST>
<LEDGERBAL><BALAMT>0.00</BALAMT><DTASOF>{last:%Y%m%d}</DTASOF></LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
OFX_LINE = """<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>{day:%Y%m%d}</DTPOSTED>
<TRNAMT>{amount}</TRNAMT><FITID>{id}</FITID><NAME>{payer}</NAME><MEMO>{text}</MEMO></STMTTRN>
"""


class Movement(NamedTuple):
    """Money that came in; `number` tells it from one that is equal in all else."""

    number: int
    day: date
    payer: str
    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class Line:
    """A movement as a file shows it; `is_ambiguous` when it may be held."""

    movement: Movement
    text: str
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A file: its lines, whether in OFX, how lines are numbered, and line ends."""

    lines: tuple[Line, ...]
    is_ofx: bool = False
    numbered: str = "for good"
    ends: str = "\n"

    def write(self) -> bytes:
        """Return its bytes."""
        return self._ofx() if self.is_ofx else self._csv()

    def _ids(self) -> list[str]:
        if self.numbered == "per file":
            return [str(place) for place in range(1, len(self.lines) + 1)]
        if self.numbered == "not":
            return [""] * len(self.lines)
        return [f"26{line.movement.number:05}" for line in self.lines]

    def _csv(self) -> bytes:
        file = io.StringIO()
        writer = csv.writer(file, lineterminator=self.ends)
        writer.writerow(COLUMNS)
        for id_, line in zip(self._ids(), self.lines, strict=True):
            one = line.movement
            amount = f"{Decimal(one.amount):,}"
            writer.writerow((id_, f"{one.day:%m/%d/%Y}", one.payer, line.text, amount))
        return file.getvalue().encode()

    def _ofx(self) -> bytes:
        days = [line.movement.day for line in self.lines]
        lines = "".join(
            OFX_LINE.format(
                day=line.movement.day,
                amount=Decimal(line.movement.amount).normalize().__format__("f"),
                id=id_ or place,
                payer=line.movement.payer,
                text=line.text,
            )
            for place, (id_, line) in enumerate(
                zip(self._ids(), self.lines, strict=True)
            )
        )
        whole = OFX.format(
            uid=len(self.ends), first=min(days), last=max(days), lines=lines
        )
        return whole.replace("\n", self.ends).encode()


def movements(
    chance: random.Random, days: int, *, each: int = 5, twins: float = 0.15
) -> list[Movement]:
    """Draw what happens on some days, in the bank's order; some are twins."""
    made: list[Movement] = []
    for day in range(days):
        here: list[Movement] = []
        for _ in range(chance.randint(2, 2 * each - 2)):
            one = Movement(
                len(made),
                FIRST + timedelta(day),
                chance.choice(PAYERS),
                f"{chance.choice(TEXTS)} {chance.randrange(30):03}",
                chance.choice(AMOUNTS),
            )
            if here and chance.random() < twins:
                one = chance.choice(here)._replace(number=len(made))
            here.append(one)
            made.append(one)
    return made


def shown(made: Iterable[Movement]) -> tuple[Line, ...]:
    """Show movements in the bank's own words."""
    return tuple(Line(one, one.text) for one in made)


def overlapping(chance: random.Random) -> list[Statement]:
    """Export windows of three days every day."""
    made = movements(chance, 5, each=3)
    windows = [(start, start + 2) for start in range(3)]
    return [
        Statement(shown(one for one in made if first <= (one.day - FIRST).days <= last))
        for first, last in windows
    ]


def twins(chance: random.Random) -> list[Statement]:
    """Show many equal lines, and save the same statement once more."""
    made = movements(chance, 2, twins=0.5)
    numbered = chance.choice(("for good", "not"))
    return [
        Statement(shown(made), numbered=numbered),
        Statement(shown(made), numbered=numbered, ends="\r\n"),
    ]


def disjoint(chance: random.Random) -> list[Statement]:
    """Show each day in two halves: what is equal in both may be the same, or not.

    More of the first half is missing in the second than is equal in both: else the
    second would look like a file that has grown, and nobody could tell.
    """
    made = movements(chance, 2, twins=0.3)
    morning = [one for one in made if chance.random() < 0.5]
    evening = [one for one in made if one not in morning] or made[:1]
    is_alike = chance.random() < 0.2
    for place, one in enumerate(evening):
        amount = chance.choice(AMOUNTS) if is_alike else f"{3000 + place}.00"
        alone = Movement(len(made) + place, one.day, one.payer, f"CASH {place}", amount)
        morning.append(alone)
    return [Statement(shown(morning)), Statement(_doubtful(evening, morning))]


def drifting(chance: random.Random) -> list[Statement]:
    """Describe lines otherwise in a later export: what has changed may be held."""
    made = movements(chance, 2)
    cut = chance.randint(len(made) // 2, len(made))
    texts = Counter((one.day, one.text) for one in made)
    alone = [one for one in made[:cut] if texts[one.day, one.text] == 1] or made[:1]
    changing = chance.sample(alone, max(1, len(alone) // 5))
    lines = [
        Line(one, _reworded(one.text, chance) if one in changing else one.text)
        for one in made
    ]
    vanished = {(one.day, one.amount) for one in changing}
    lines = [
        replace(
            line, is_ambiguous=(line.movement.day, line.movement.amount) in vanished
        )
        if line.movement in changing or line.movement.number >= cut
        else line
        for line in lines
    ]
    return [Statement(shown(made[:cut])), Statement(tuple(lines))]


def _doubtful(later: Sequence[Movement], known: Sequence[Movement]) -> tuple[Line, ...]:
    """Show what is new, and call doubtful what may be one of those not shown again.

    It is equal to one of them, or has the day and the amount of one.
    """
    equal = {one[1:] for one in known}
    vanished = {(one.day, one.amount) for one in known}
    return tuple(
        Line(one, one.text, one[1:] in equal or (one.day, one.amount) in vanished)
        for one in later
    )


def _reworded(text: str, chance: random.Random) -> str:
    words = text.split()
    return chance.choice(
        (
            f"{text} REF {chance.randrange(1000)}",
            f"INCOMING {text}",
            text.lower(),
            text[:-1],
            " ".join([*words[1:], words[0]]),
        )
    )


def numbered_per_file(chance: random.Random) -> list[Statement]:
    """Give lines the number of their place in the file: one number, many lines."""
    return [replace(one, numbered="per file") for one in overlapping(chance)]


def two_formats(chance: random.Random) -> list[Statement]:
    """Show the same days as CSV and as OFX, with ids and blanks of their own."""
    lines = shown(movements(chance, 2))
    ways = chance.sample(("for good", "per file"), 2)
    wide = tuple(replace(line, text=_spaced(line.text)) for line in lines)
    files = [
        Statement(lines, numbered=ways[0]),
        Statement(wide, is_ofx=True, numbered=ways[1]),
    ]
    return files[:: chance.choice((1, -1))]


def _spaced(text: str) -> str:
    """Write the same text with more blanks, and with letters and marks apart."""
    return unicodedata.normalize("NFD", text).replace(" ", "   ")


def grown(chance: random.Random) -> list[Statement]:
    """Export a day at noon, in the afternoon, and in the evening."""
    made = movements(chance, 2, each=6)
    cuts = sorted(chance.sample(range(1, len(made)), 2))
    return [Statement(shown(made[:cut])) for cut in (*cuts, len(made))]


def turned(chance: random.Random) -> list[Statement]:
    """Export the oldest line first, and then the newest, or in no order."""
    made = movements(chance, 3, each=4)
    other = made[::-1] if chance.random() < 0.5 else chance.sample(made, len(made))
    cut = chance.randint(1, len(made))
    return [Statement(shown(made[:cut])), Statement(shown(other))]


def at_once(chance: random.Random) -> list[Statement]:
    """Let files grow, overlap, drift and change their order, format and numbers.

    Whether a line may be held is not said: only that none is lost or doubled.
    """
    made = [
        one._replace(amount=chance.choice(AMOUNTS[:2]))
        for one in movements(chance, 3, each=4)
    ]
    texts = Counter((one.day, one.text) for one in made)
    said = {one.number: one.text for one in made}
    files: list[Statement] = []
    cut = 1
    for _ in range(chance.randint(3, 5)):
        cut = chance.randint(cut, len(made))
        first = FIRST + timedelta(chance.choice((0, 0, 1)))
        seen = [one for one in made[:cut] if one.day >= first] or made[:cut]
        for one in seen if chance.random() < 0.5 else ():
            if chance.random() < 0.25 and texts[one.day, one.text] == 1:
                said[one.number] = _reworded(one.text, chance)
        lines = [Line(one, said[one.number], is_ambiguous=True) for one in seen]
        files.append(
            Statement(
                tuple(chance.sample(lines, len(lines))),
                is_ofx=chance.random() < 0.3,
                numbered=chance.choice(("for good", "per file", "not")),
                ends=chance.choice(("\n", "\r\n")),
            )
        )
    return files


SCENARIOS: Mapping[str, Callable[[random.Random], list[Statement]]] = {
    "overlapping statements": overlapping,
    "twins in one file": twins,
    "disjoint files of one day": disjoint,
    "drifting texts": drifting,
    "bank numbering per file": numbered_per_file,
    "two formats": two_formats,
    "grown file": grown,
    "reversed order": turned,
    "all of it at once": at_once,
}


def drawn(scenario: str, seed: int) -> Sequence[Statement]:
    """Return the files of a scenario, drawn by the seed."""
    return SCENARIOS[scenario](random.Random(f"{scenario} {seed}"))
