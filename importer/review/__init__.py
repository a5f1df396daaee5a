"""A result CSV that comes back: check all of it, then apply what a person decided.

What stands left of `decision` is ours and must come back unchanged, compared by
value: a spreadsheet may have re-formatted a date or an amount, re-ordered or
hidden columns, changed the delimiter, lost the byte-order mark.  What stands
right of it is the clerk's.

(1) Nothing is applied unless every row is sound; then all of it is, at once.
(2) A row is decided at the version that the clerk saw; if it has changed since,
    it is refused by name.
(3) A payment that may be in the ERP is sent again only on two orders, the second
    one given after the first was answered.
(4) All rows together never put more on an invoice than is open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.books.quoted import Ask
from importer.erp import WHOLE, Parts
from importer.errors import Fault, FileRefused
from importer.journal import Journal, people
from importer.journal.entry import Entry, FileRecord
from importer.journal.orders import Decision
from importer.resolve.snapshot import Books
from importer.results import OURS, row_of, without_head
from importer.review.likeness import is_retyped, is_same
from importer.review.memory import Remembered, remembered
from importer.review.payments import UnsoundError
from importer.review.sheet import Said, read, recognise
from importer.review.verdicts import verdict
from importer.review.wanted import wanted
from importer.review.worktop import Worktop

__all__ = ["apply", "plan", "recognise"]

# What the bank or we have said in words; nothing is decided by these cells.
WORDS = ("reason", "remitter", "reference", "text", "rule", "evidence")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a result CSV asks for, once all of it is sound."""

    decisions: tuple[Decision, ...]
    aliases: tuple[Remembered, ...]
    files: tuple[FileRecord, ...]
    by: str


def apply(
    path: Path,
    journal: Journal,
    books: Books,
    parts: Parts = WHOLE,
    ask: Ask | None = None,
) -> Reviewed:
    """Check a result CSV whole and apply its decisions in one transaction.

    `ask` completes the books by what the clerk names, where the ERP lists not all.
    """
    rows = read(path)
    if ask and (quoted := wanted(rows, books)):
        books = ask(quoted)
    entries = {row["remittance"]: journal.entry(row["remittance"]) for row in rows}
    found = {key: entry for key, entry in entries.items() if entry}
    reviewed = plan(
        path.name, rows, found, Worktop(books, parts), people.at_the_keyboard()
    )
    lines = {row["remittance"]: row.line for row in rows}
    if rejected := journal.decide(reviewed.decisions):
        raise FileRefused(
            *(Fault(f"{path.name}:{lines[one.id]}", one.sentence) for one in rejected)
        )
    return reviewed


def plan(
    file: str,
    rows: Sequence[Said],
    entries: dict[str, Entry],
    worktop: Worktop,
    by: str,
) -> Reviewed:
    """Turn rows into decisions; raises `FileRefused` with every fault of every row."""
    faults: list[Fault] = []
    decisions: list[Decision] = []
    aliases: list[Remembered] = []
    files: dict[str, FileRecord] = {}
    seen: dict[str, int] = {}
    for row in rows:
        where = f"{file}:{row.line}"
        entry = entries.get(row["remittance"])
        problems = [*_twice(row, seen), *_problems(row, entry)]
        if entry is None or problems:
            faults += [Fault(where, one) for one in problems]
            continue
        files[entry.file.sha256] = entry.file
        if not row["decision"]:
            faults += [Fault(where, one) for one in _undecided(row)]
            continue
        try:
            decision = verdict(row, entry, worktop, by)
            if alias := remembered(
                row, entry, decision.verdict, worktop.books, aliases
            ):
                aliases.append(alias)
        except UnsoundError as error:
            faults.append(Fault(where, str(error), hint=error.hint))
            continue
        decisions.append(decision)
    if faults:
        raise FileRefused(*faults)
    return Reviewed(tuple(decisions), tuple(aliases), tuple(files.values()), by)


def _twice(row: Said, seen: dict[str, int]) -> Iterator[str]:
    """Say where a remittance stood before in the same file."""
    first = seen.setdefault(row["remittance"], row.line)
    if first != row.line:
        yield f"{row['remittance']} stands in line {first} already"


def _problems(row: Said, entry: Entry | None) -> Iterator[str]:
    """Say what speaks against a row before its decision is looked at."""
    if entry is None:
        yield f'the journal knows no remittance "{row["remittance"]}"'
        return
    if row["version"] != str(entry.version):
        if any(row[name] for name in ("decision", "set_customer", "set_invoices")):
            yield f"{entry.id} has changed since it was written out; take a new result"
        return
    was = row_of(entry)
    for name in OURS:
        said = without_head(row[name]) if name == "evidence" else row[name]
        if name not in row.cells or is_same(said, was[name], was["currency"]):
            continue
        if name in WORDS and is_retyped(was[name]):
            continue
        yield f'"{name}" was "{was[name]}" and came back as "{row[name]}"'


def _undecided(row: Said) -> Iterator[str]:
    for name in ("set_customer", "set_invoices"):
        if row[name]:
            yield f'"{name}" is filled, but decision is empty'
