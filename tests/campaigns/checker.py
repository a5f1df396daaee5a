"""Judge from outside: the bank's files, the ERP's own book, and the result CSVs.

    python checker.py sandbox.db RESULTS FILE...

Shares no code with the program, and knows nothing of its journal.  A bank file of
a campaign is a CSV that says itself what is right, one row for each invoice:

    Date,Reference,Customer,Payer,Invoice,Paid

Rows with one reference are one remittance; it owes one payment to each of its
customers.  Six kinds of damage are seen, and nothing is taken on trust:

    doubled         more payments in the book than the remittance owes
    lost            in a file and in no result, or dropped and not in the book
    false-posted    called posted, and not in the book under that number
    denied          called refused, skipped or ready, and in the book all the same
    wrong customer  in the book for a customer who did not pay it
    wrong amount    in the book with another sum, or on other invoices
"""

import csv
import re
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

KINDS = (
    *("doubled", "lost", "false-posted", "denied"),
    *("wrong customer", "wrong amount"),
)
DENYING = frozenset({"refused", "ready", "skipped"})
DROPPED = frozenset({"skipped", "duplicate"})
MARK = re.compile(r"\s*\bBK[0-9A-Z]{17}\b\s*$")
STAMP = re.compile(r"\.(\d{8}-\d{6})(?:-(\d+))?\.csv$")


@dataclass(frozen=True, slots=True)
class Damage:
    """One remittance that came to harm: how, which, and what is seen."""

    kind: str
    reference: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, how it stands, and what came to harm."""

    remittances: int
    statuses: Mapping[str, int]
    damages: tuple[Damage, ...]

    def count(self, kind: str) -> int:
        """Return how many came to this kind of harm."""
        assert kind in KINDS, f"there is no harm called {kind}"
        return sum(one.kind == kind for one in self.damages)

    def __str__(self) -> str:
        """Write one line of figures."""
        said = [f"{self.remittances} remittances"]
        said += [f"{kind} {self.count(kind)}" for kind in KINDS]
        said += [f"{word} {count}" for word, count in sorted(self.statuses.items())]
        return "; ".join(said)


@dataclass(slots=True)
class _Owed:
    """A remittance as the bank's files have it: cents by customer and invoice."""

    files: set[str] = field(default_factory=set)
    due: dict[int, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Booked:
    """A payment as the ERP's book has it."""

    control: str
    reference: str
    customer: int
    cents: int
    applied: Mapping[str, int]
    times: str
    is_void: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """What the newest result CSV says of a remittance of one file."""

    file: str
    reference: str
    status: str
    controls: tuple[str, ...]


def check(files: Iterable[Path], book: Path, results: Path) -> Verdict:
    """Compare what the bank says with what the ERP has and what was told."""
    owed = _owed(files)
    booked = _booked(book)
    told = _told(results)
    damages = [
        damage
        for reference, one in owed.items()
        for damage in (
            *_unsaid(reference, one, told[reference]),
            *_misbooked(reference, one, booked[reference], told[reference]),
        )
    ]
    damages += _untrue(owed, booked, told)
    statuses = Counter(one.status for rows in told.values() for one in rows)
    return Verdict(len(owed), statuses, tuple(damages))


def _owed(files: Iterable[Path]) -> dict[str, _Owed]:
    owed: defaultdict[str, _Owed] = defaultdict(_Owed)
    for path in files:
        here: defaultdict[str, dict[int, dict[str, int]]]
        here = defaultdict(lambda: defaultdict(dict))
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                due = here[row["Reference"]][int(row["Customer"])]
                due[row["Invoice"]] = due.get(row["Invoice"], 0) + _cents(row["Paid"])
        for reference, found in here.items():
            owed[reference].files.add(path.name)
            owed[reference].due = {key: dict(due) for key, due in found.items()}
    return dict(owed)


def _booked(book: Path) -> defaultdict[str, list[_Booked]]:
    """Read every payment with a reference out of the ERP's file, by reference."""
    found: defaultdict[str, list[_Booked]] = defaultdict(list)
    with closing(sqlite3.connect(f"file:{book}?mode=ro", uri=True)) as database:
        applied: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for payment, invoice, cents in database.execute(
            "SELECT payment, invoice, cents FROM applied"
        ):
            applied[payment][str(invoice)] = cents
        for row in database.execute(
            "SELECT id, control, reference, customer, cents, received_at, applied_at,"
            " cancelled FROM payment WHERE reference <> '' ORDER BY id"
        ):
            number, control, said, customer, cents, received, at, is_void = row
            reference = MARK.sub("", said)
            found[reference].append(
                _Booked(
                    control=str(control),
                    reference=reference,
                    customer=customer,
                    cents=cents,
                    applied=applied[number],
                    times=f"{control} asked {received}, booked {at}",
                    is_void=bool(is_void),
                )
            )
    return found


def _told(results: Path) -> defaultdict[str, list[_Told]]:
    """Read what was told last of each remittance, by reference."""
    newest: dict[str, _Told] = {}
    for path in sorted(results.glob("*.csv"), key=_when):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                newest[row["remittance"]] = _Told(
                    file=_cell(row["file"]),
                    reference=_cell(row["reference"]),
                    status=row["status"],
                    controls=tuple(
                        one for one in row["control_number"].split(" / ") if one
                    ),
                )
    told: defaultdict[str, list[_Told]] = defaultdict(list)
    for one in newest.values():
        told[one.reference].append(one)
    return told


def _when(path: Path) -> tuple[str, int]:
    found = STAMP.search(path.name)
    return (found[1], int(found[2] or 1)) if found else ("", 0)


def _unsaid(reference: str, owed: _Owed, told: Sequence[_Told]) -> Iterator[Damage]:
    """See what is in a file and in no result of it."""
    for name in sorted(owed.files - {one.file for one in told}):
        yield Damage("lost", reference, f"it is in {name} and in no result of it")


def _misbooked(
    reference: str, owed: _Owed, booked: Sequence[_Booked], told: Sequence[_Told]
) -> Iterator[Damage]:
    """See what is in the book otherwise than it is owed, or told otherwise."""
    came_in = [one for one in booked if one.cents > 0]
    times = "; ".join(one.times for one in came_in)
    if len(came_in) > len(owed.due):
        count = f"{len(came_in)} payments for {len(owed.due)}: {times}"
        yield Damage("doubled", reference, count)
    for one in came_in:
        due = owed.due.get(one.customer)
        if due is None:
            yield Damage("wrong customer", reference, f"{one.customer} has {one.times}")
        elif one.cents != sum(due.values()) or one.applied != _on_invoices(due):
            sentence = f"{one.cents} on {dict(one.applied)}, owed {due}: {one.times}"
            yield Damage("wrong amount", reference, sentence)
    if told and not came_in and all(one.status in DROPPED for one in told):
        yield Damage("lost", reference, "it was dropped, and is not in the book")
    if any(not one.is_void for one in came_in):
        for row in told:
            if row.status in DENYING and not row.controls:
                yield Damage("denied", reference, f"{row.status}, but {times}")


def _untrue(
    owed: Mapping[str, _Owed],
    booked: Mapping[str, Sequence[_Booked]],
    told: Mapping[str, Sequence[_Told]],
) -> Iterator[Damage]:
    """See what is called posted and is not there, or is another's."""
    there = {one.control: one for rows in booked.values() for one in rows}
    claimed = Counter(
        number
        for rows in told.values()
        for one in rows
        if one.status == "posted"
        for number in one.controls
    )
    for reference, rows in told.items():
        for row in rows:
            if row.status != "posted":
                continue
            wanted = len(owed[reference].due) if reference in owed else 1
            if len(set(row.controls)) < wanted:
                sentence = f"{row.controls} for {wanted} payments"
                yield Damage("false-posted", reference, sentence)
            for number in row.controls:
                if why := _why_not(reference, there.get(number), owed):
                    yield Damage("false-posted", reference, f"{number} {why}")
                elif claimed[number] > 1:
                    yield Damage("false-posted", reference, f"{number} is told twice")


def _why_not(reference: str, booked: _Booked | None, owed: Mapping[str, _Owed]) -> str:
    """Say why a payment of the book is not that of this remittance."""
    if booked is None:
        return "is not in the book"
    if booked.cents <= 0:
        return "is a reversal"
    if booked.reference != reference and booked.reference in owed:
        return f"is that of {booked.reference}"
    return ""


def _on_invoices(due: Mapping[str, int]) -> dict[str, int]:
    """Leave out what is on no invoice."""
    return {invoice: cents for invoice, cents in due.items() if invoice}


def _cell(text: str) -> str:
    """Read a cell of a result: one apostrophe in front is not of the text."""
    return text.removeprefix("'")


def _cents(text: str) -> int:
    exact = Decimal(text) * 100
    assert exact == int(exact), f"{text} has parts of a cent"
    return int(exact)


if __name__ == "__main__":
    found = check(map(Path, sys.argv[3:]), Path(sys.argv[1]), Path(sys.argv[2]))
    for harm in found.damages:
        print(f"{harm.kind}: {harm.reference}: {harm.sentence}")  # noqa: T201 -- its output
    print(found)  # noqa: T201 -- its output
    sys.exit(bool(found.damages))
