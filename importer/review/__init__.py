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
"""

import getpass
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.journal import Journal
from importer.journal.entry import Entry, FileRecord
from importer.journal.orders import Decision
from importer.mapping.aliases import alike
from importer.model import ZERO, Pay, Remittance
from importer.resolve.snapshot import Books
from importer.results import row_of
from importer.review.sheet import Said, is_same, read, recognise
from importer.review.verdicts import UnsoundError, verdict

__all__ = ["apply", "plan", "recognise"]


@dataclass(frozen=True, slots=True)
class Remembered:
    """An alias that a person wants kept, and the remittance it comes from."""

    remitter: str
    customer: str
    remittance: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a result CSV asks for, once all of it is sound."""

    decisions: tuple[Decision, ...]
    aliases: tuple[Remembered, ...]
    files: tuple[FileRecord, ...]


def apply(path: Path, journal: Journal, books: Books) -> Reviewed:
    """Check a result CSV whole and apply its decisions in one transaction."""
    rows = read(path)
    entries = {row["remittance"]: journal.entry(row["remittance"]) for row in rows}
    found = {key: entry for key, entry in entries.items() if entry}
    reviewed = plan(path.name, rows, found, books, getpass.getuser())
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
    books: Books,
    by: str,
) -> Reviewed:
    """Turn rows into decisions; raises `FileRefused` with every fault of every row."""
    faults: list[Fault] = []
    decisions: list[Decision] = []
    aliases: list[Remembered] = []
    files: dict[str, FileRecord] = {}
    taken: dict[str, Decimal] = {}
    for row in rows:
        entry = entries.get(row["remittance"])
        problems = list(_problems(row, entry))
        if entry is None or problems:
            faults += [Fault(f"{file}:{row.line}", one) for one in problems]
            continue
        files[entry.file.sha256] = entry.file
        if not row["decision"]:
            faults += [
                Fault(
                    f"{file}:{row.line}", f'"{name}" is filled, but decision is empty'
                )
                for name in ("set_customer", "set_invoices")
                if row[name]
            ]
            continue
        try:
            decided = verdict(row, entry, books)
        except UnsoundError as error:
            faults.append(Fault(f"{file}:{row.line}", str(error), hint=error.hint))
            continue
        if too_much := _too_much(decided, taken, books):
            faults.append(Fault(f"{file}:{row.line}", too_much))
            continue
        if row["decision"].casefold() == "remember":
            alias = _remembered(decided, entry)
            known = (
                _known(alias, aliases, books)
                if isinstance(alias, Remembered)
                else alias
            )
            if isinstance(known, str):
                faults.append(Fault(f"{file}:{row.line}", known, hint="post instead"))
                continue
            if known is not None:
                aliases.append(known)
        decisions.append(Decision(entry.id, entry.version, decided, by, row["note"]))
    if faults:
        raise FileRefused(*faults)
    return Reviewed(tuple(decisions), tuple(aliases), tuple(files.values()))


def _too_much(decided: object, taken: dict[str, Decimal], books: Books) -> str:
    """Say that the rows above leave less open on an invoice than this one takes."""
    if not isinstance(decided, Pay):
        return ""
    parts = [part for one in decided.payments for part in one.applications]
    for part in parts:
        invoice = books.invoice(part.invoice)
        assert invoice is not None, "a verdict looks at every invoice"
        before = taken.get(invoice.number, ZERO)
        whole = before + part.amount + part.discount
        if abs(whole) > abs(invoice.open):
            return (
                f"{whole} is more than is open on {invoice.number}, which is "
                f"{invoice.open}: rows above take {before} of it"
            )
        taken[invoice.number] = whole
    return ""


def _remembered(decided: object, entry: Entry) -> Remembered | str:
    """Return the alias that a decision is to leave behind, or why it cannot."""
    if not isinstance(decided, Pay) or not isinstance(entry.notice, Remittance):
        return "only a payment has a remitter to remember"
    if not entry.notice.remitter.strip():
        return "the bank names no remitter that could be remembered"
    customers = {one.customer for one in decided.payments}
    if len(customers) > 1:
        return "a payment of two customers or more is nobody's to remember"
    return Remembered(entry.notice.remitter, customers.pop(), entry.id)


def _known(
    wanted: Remembered, others: Sequence[Remembered], books: Books
) -> Remembered | str | None:
    """Return an alias that is new, None when it is known, or whose it is already."""
    known = books.aliases(wanted.remitter, "")
    for one in known:
        owner = books.customer(one.customer)
        if owner is None or owner.id != wanted.customer:
            return (
                f'"{wanted.remitter}" is customer {one.customer} already by '
                f"customers.csv:{one.line}"
            )
    for other in others:
        if alike(other.remitter) == alike(wanted.remitter):
            if other.customer != wanted.customer:
                return (
                    f'"{wanted.remitter}" is customer {other.customer} already in a '
                    "row above"
                )
            return None
    return None if known else wanted


def _problems(row: Said, entry: Entry | None) -> Iterator[str]:
    """Say what speaks against a row before its decision is looked at."""
    if entry is None:
        yield f'the journal knows no remittance "{row["remittance"]}"'
        return
    if row["version"] != str(entry.version):
        if row["decision"]:
            yield f"{entry.id} has changed since it was written out; take a new result"
        return
    was = row_of(entry)
    for name in ("amount", "currency", "value_date", "file", "row"):
        if name in row.cells and not is_same(row[name], was[name], was["currency"]):
            yield f'"{name}" was "{was[name]}" and came back as "{row[name]}"'
