"""A sweep's worklist that comes back: what a person has seen there and lets be.

(1) Nothing is applied unless every row with a decision is sound; then all of it is,
    at once.  The same rows once more add nothing.
(2) Only what a sweep or a round has told can be acknowledged, by a person and with a
    reason; it is told no more, and nothing is sent or undone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.identity import markers_in
from importer.journal import Journal
from importer.journal.deeds import Acknowledged, alarm
from importer.journal.entry import FileRecord
from importer.results import SWEPT
from importer.review import MEND
from importer.review.sheet import Said, Shape, read
from importer.review.sheet import recognise as has_shape
from importer.systems import person

WORKLIST = Shape(
    "sweep's worklist",
    SWEPT,
    frozenset({"kind", "remittance", "what", "decision", "note"}),
    "take a new worklist and write into its last two columns only",
)
STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Seen:
    """How many differences a worklist acknowledges, and how many it had before."""

    new: int
    known: int
    files: tuple[FileRecord, ...]


def recognise(path: Path) -> bool:
    """Say whether a file is a sweep's worklist, by its header."""
    return has_shape(path, WORKLIST)


def acknowledge(path: Path, journal: Journal) -> Seen:
    """Check a worklist whole and write what a person has seen."""
    rows = [row for row in read(path, WORKLIST) if row["decision"]]
    faults = [
        Fault(f"{path.name}:{row.line}", sentence, hint=MEND)
        for row in rows
        for sentence in _faults(row, journal)
    ]
    if faults:
        raise FileRefused(*faults)
    known = journal.acknowledged()
    # A row may stand there twice.
    new = {_key(row): row for row in rows if _key(row) not in known}
    by = person()
    journal.acknowledge([Acknowledged(*key, by, new[key]["note"]) for key in new])
    return Seen(len(new), len(rows) - len(new), _files(new, journal))


def _key(row: Said) -> tuple[str, str, str]:
    return row["kind"], row["remittance"], row["what"]


def _faults(row: Said, journal: Journal) -> Iterator[str]:
    if row["decision"].casefold() != "skip":
        yield f'"{row["decision"]}" is no decision here: write skip, or nothing'
    elif not row["note"]:
        yield "skip needs a note that says why it may stay so"
    if not _was_told(row, journal):
        yield (
            "the journal has told of no such difference; the last two columns alone "
            "are yours"
        )


def _was_told(row: Said, journal: Journal) -> bool:
    """Say whether this very difference was told, or is acknowledged already."""
    kind, remittance, what = _key(row)
    if _key(row) in journal.acknowledged():
        return True
    if not remittance:
        # It is noted nowhere: there is no remittance that it could be noted on.
        marks = markers_in(what)
        return kind == STRANGER and bool(marks) and not _any_known(marks, journal)
    entry = journal.entry(remittance)
    return entry is not None and alarm(kind, what) in entry.alarms


def _any_known(marks: Sequence[str], journal: Journal) -> bool:
    return any(journal.entry(mark) for mark in marks)


def _files(
    keys: Collection[tuple[str, str, str]], journal: Journal
) -> tuple[FileRecord, ...]:
    """Return the files whose rows have an alarm less."""
    entries = [journal.entry(remittance) for _, remittance, _ in keys if remittance]
    files = {one.file.sha256: one.file for one in entries if one}
    return tuple(files.values())
