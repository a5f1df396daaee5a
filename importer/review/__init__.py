"""A result CSV that comes back: check all of it, then apply what a person decided.

What stands left of `decision` is ours and must come back unchanged, compared by
value: a spreadsheet may have re-formatted a date or an amount, re-ordered or
hidden columns, changed the delimiter, lost the byte-order mark.  What stands
right of it is the clerk's.

(1) Nothing is applied unless every row is sound; then all of it is, at once, and
    what is remembered with it.  The same bytes once more add nothing.
(2) A row is decided at the version that the clerk saw; if it has changed since,
    it is refused by name.
(3) A payment that may be in the ERP is sent again only on two orders, the second
    one given after the first was answered.
(4) All rows together never put more on an invoice than is open.
(5) A control number that a person has seen is looked up in the ERP before it is
    believed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importer.books.quoted import Ask
from importer.erp import WHOLE, Parts
from importer.errors import Fault, FileRefused
from importer.journal import Journal
from importer.journal.entry import Entry, FileRecord
from importer.journal.orders import Decision
from importer.model import Remittance, Unreadable
from importer.resolve.snapshot import Books
from importer.results import OURS, row_of, without_head
from importer.review.likeness import is_retyped, is_same
from importer.review.memory import Remembered, remembered
from importer.review.payments import UnsoundError
from importer.review.sheet import Said, read, recognise
from importer.review.verdicts import number_of, rest_of, verdict
from importer.review.wanted import wanted
from importer.review.worktop import Find, Sights, Worktop
from importer.systems import person

__all__ = ["Means", "Reviewed", "apply", "plan", "recognise"]

MEND = "nothing of this file is applied: mend the row, then drop the file again"
# What the bank or we have said in words; nothing is decided by these cells.
WORDS = ("reason", "remitter", "reference", "text", "rule", "evidence", "customer_name")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a result CSV asks for, once all of it is sound.

    `anew` is false for one that was applied before.
    """

    decisions: tuple[Decision, ...]
    aliases: tuple[Remembered, ...]
    files: tuple[FileRecord, ...]
    by: str
    anew: bool = True


@dataclass(frozen=True, slots=True)
class Means:
    """What a review needs beyond journal and books, each where there is one.

    `ask` completes the books by what the clerk names, where the ERP lists not all;
    `find` looks for the payments that people say to have seen there; `keep` writes
    down what is to be remembered; `sheet` is the digest of the result CSV.
    """

    ask: Ask | None = None
    find: Find | None = None
    keep: Callable[[Reviewed], None] = lambda _: None
    sheet: str = ""


def apply(
    path: Path,
    journal: Journal,
    books: Books,
    parts: Parts = WHOLE,
    means: Means = Means(),
) -> Reviewed:
    """Check a result CSV whole and apply its decisions in one transaction."""
    rows, by = read(path), person()
    entries = {row["remittance"]: journal.entry(row["remittance"]) for row in rows}
    found = {key: entry for key, entry in entries.items() if entry}
    # They were all applied at once, so that any of them tells.
    first = next((row["remittance"] for row in rows if row["decision"]), "")
    if means.sheet and journal.was_decided_by(means.sheet, first):
        files = {entry.file.sha256: entry.file for entry in found.values()}
        return Reviewed((), (), tuple(files.values()), by, anew=False)
    if means.ask and (quoted := wanted(rows, books)):
        books = means.ask(quoted)
    sights = _sights(rows, found, means.find) if means.find else None
    reviewed = plan(path.name, rows, found, Worktop(books, parts, sights), by)
    decisions = [replace(one, sheet=means.sheet) for one in reviewed.decisions]
    if rejected := journal.decide(decisions, lambda: means.keep(reviewed)):
        lines = {row["remittance"]: row.line for row in rows}
        raise FileRefused(
            *(
                _fault(f"{path.name}:{lines[one.id]}", found[one.id], one.sentence)
                for one in rejected
            )
        )
    return reviewed


def _sights(rows: Sequence[Said], entries: dict[str, Entry], find: Find) -> Sights:
    """Look for the payments that people say to have seen, all at once."""
    said = {row["remittance"]: number for row in rows if (number := number_of(row))}
    known = [entries[key].notice for key in said if key in entries]
    days = [one.value_date for one in known if isinstance(one, Remittance)]
    return find(tuple(said.values()), days) if said else Sights(())


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
            faults += [_fault(where, entry, one) for one in problems]
            continue
        files[entry.file.sha256] = entry.file
        if not row["decision"]:
            faults += [_fault(where, entry, one) for one in _undecided(row)]
            continue
        try:
            decision = verdict(row, entry, worktop, by)
            if alias := remembered(
                row, entry, decision.verdict, worktop.books, aliases
            ):
                aliases.append(alias)
        except UnsoundError as error:
            faults.append(_fault(where, entry, str(error), error.hint))
            continue
        decisions += filter(None, (decision, rest_of(entry, decision)))
    if faults:
        raise FileRefused(*faults)
    return Reviewed(tuple(decisions), tuple(aliases), tuple(files.values()), by)


def _fault(where: str, entry: Entry | None, sentence: str, hint: str = "") -> Fault:
    return Fault(where, sentence, _named(entry), hint or MEND)


def _named(entry: Entry | None) -> str:
    """Say which remittance it is in words that people know it by."""
    match entry.notice if entry else None:
        case Remittance() as one:
            known = (f"{one.amount} {one.currency}", one.remitter, one.reference)
            return ", ".join(filter(None, known))
        case Unreadable(text=text):
            return text
        case None:
            return ""


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
