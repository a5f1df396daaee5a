"""Decide again what was taken in before, by today's mappings, and tell the difference.

    archive/*/FNB_x.csv.1a2b3c4d ─understand─▶ resolve ─▶ compared with the journal

(1) Nothing is recorded, and no ERP is asked.
(2) The invoices that our own payments have settled since are open again, so that a
    decision is not called another one because it was carried out.
(3) What a person has decided counts as decided so: where a rule would now do
    otherwise is what is looked for.
"""

import hashlib
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from importer import intake, notation
from importer.books import Stored
from importer.erp import WHOLE, Parts
from importer.errors import FileRefused
from importer.fitting import fitted
from importer.intake import Source
from importer.journal import Journal
from importer.journal.entry import (
    Duplicate,
    Entry,
    FileRecord,
    Held,
    Part,
    Skipped,
    evidence_of,
)
from importer.logs.steps import step
from importer.mapping.schema import Mapping as Rules
from importer.model import (
    Alias,
    Hold,
    Pay,
    Place,
    Posted,
    Remittance,
    Resolution,
    Skip,
)
from importer.reopening import reopened
from importer.resolve import Limits, resolve
from importer.resolve.snapshot import Books


@dataclass(frozen=True, slots=True)
class Today:
    """By what is decided now; `stored` are the books as they lie in their file."""

    mappings: tuple[Rules, ...]
    aliases: tuple[Alias, ...]
    stored: Stored
    limits: Limits
    parts: Parts = WHOLE


@dataclass(frozen=True, slots=True)
class Change:
    """A remittance that would be decided otherwise now, and by which rule."""

    place: Place
    before: str
    now: str
    rule: str


@dataclass(slots=True)
class Replay:
    """What came of it: how much was decided, and what otherwise than before.

    `fired` counts how often each rule decided, by the place that it names.
    """

    files: int = 0
    decided: int = 0
    changes: list[Change] = field(default_factory=list)
    refused: list[FileRefused] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)


def replay(folder: Path, journal: Journal, today: Today) -> Replay:
    """Decide every file of an archive again, in the order in which it was taken in."""
    done, taken = Replay(), defaultdict[str, Decimal](Decimal)
    settled = _settled(journal, today.stored)
    invoices = tuple(reopened(today.stored.invoices, settled))
    with tempfile.TemporaryDirectory() as room:
        files = tuple(_archived(folder, journal))
        for number, (record, path) in enumerate(files, start=1):
            # A mapping may know a file by the name that the bank gave it.
            named = Path(room) / record.name
            shutil.copyfile(path, named)
            source = Source(named, record.sha256, record.name)
            before = {
                entry.notice.place.row: entry
                for entry in journal.entries(file=record.sha256)
            }
            books = Books(today.stored.customers, invoices, today.aliases, taken)
            done.files += 1
            try:
                with step("deciding again", files=number, of=len(files)):
                    decisions = tuple(_decided(source, before, books, today))
            except FileRefused as error:
                done.refused.append(error)
                continue
            for one, decision in decisions:
                _compare(done, one, before.get(one.place.row), decision)
                _take(taken, decision)
    return done


def _decided(
    source: Source, before: Mapping[int, Entry], books: Books, today: Today
) -> Iterator[tuple[Remittance, Resolution]]:
    """Decide what a file says; what was a duplicate then is none of its own."""
    read = intake.understand(source, today.mappings)
    new = {one.place.row: one for one in read.notices if isinstance(one, Remittance)}
    for row, entry in before.items():
        if isinstance(entry.state, Duplicate):
            new.pop(row, None)
    ids = {row: entry.id for row, entry in before.items()}
    items = [(ids.get(row, source.sha256), one) for row, one in new.items()]
    decisions = resolve(items, read.mapping, books, today.limits)
    for (key, one), decision in zip(items, decisions, strict=True):
        yield one, fitted(key, decision, books, today.parts)


def _compare(
    done: Replay, one: Remittance, before: Entry | None, now: Resolution
) -> None:
    """Count a decision, and keep it where it is another one than before."""
    done.decided += 1
    done.fired[now.evidence.rule] += 1
    said = _said(now)
    known = _known(before) if before else "not there"
    if said != known:
        done.changes.append(Change(one.place, known, said, now.evidence.rule))


def _said(decision: Resolution) -> str:
    """Write a decision as it is compared and shown."""
    match decision:
        case Pay():
            return f"post {notation.write(notation.shares(decision))}"
        case Hold(reason=reason):
            return f"hold ({reason.value})"
        case Skip():
            return "skip"


def _known(entry: Entry) -> str:
    """Write as a decision how a remittance stands."""
    match entry.state:
        case Held(hold):
            return _said(hold)
        case Skipped(skip):
            return _said(skip)
        case _ if entry.parts:
            parts = [part.payment for part in entry.parts]
            pay = Pay(tuple(parts), evidence_of(entry.state))
            return _said(pay)
    return entry.status


def _take(taken: defaultdict[str, Decimal], decision: Resolution) -> None:
    if isinstance(decision, Pay):
        for payment in decision.payments:
            for one in payment.applications:
                taken[one.invoice] += one.amount + one.discount


def _archived(folder: Path, journal: Journal) -> list[tuple[FileRecord, Path]]:
    """Find the files of a folder that the journal knows, by their bytes."""
    known = {record.sha256: record for record in journal.files()}
    found: dict[str, tuple[FileRecord, Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest in known:
                found[digest] = known[digest], path
    return sorted(found.values(), key=lambda one: one[0].taken_at)


def _settled(journal: Journal, stored: Stored) -> Iterator[Part]:
    """Yield what was posted before the books were made, and is off them."""
    for entry in journal.entries():
        for part in entry.parts:
            sent = part.claim.at if part.claim else entry.changed_at
            if isinstance(part.outcome, Posted) and sent < stored.synced_at:
                yield part
