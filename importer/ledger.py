"""The ledger: every remittance ever taken in, written from the journal.

(1) The ledger is made from the journal, never the other way round.
(2) A round brings it up to date: what changed since is written anew, the rest is
    copied.  `.ledger.csv.upto` says up to which event, and the digest of what was
    written; where the file is not that any more, it is made anew from the journal.
(3) It is there whole or not at all, and memory holds no more than what changed and
    the ids of it.
(4) What a round has made already, for the result CSVs, is not made again.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from importer import files
from importer.journal import Journal
from importer.journal.entry import Entry, Head
from importer.model import Remittance
from importer.results import OURS, encoded, row_of

Cells = list[str]
_PAGE = 500


def write(
    journal: Journal,
    path: Path,
    *,
    first: date | None = None,
    last: date | None = None,
    file: str = "",
) -> int:
    """Write all remittances, or those of some value dates or one file's name."""
    rows = (
        _cells(entry)
        for entry in journal.entries()
        if _is_wanted(entry, first, last, file)
    )
    return files.write_table(path, OURS, rows)


def update(journal: Journal, path: Path, head: Head, made: Mapping[str, Cells]) -> int:
    """Bring the ledger of all remittances up to date; return how many rows it has.

    `made` are rows of result CSVs by id, as they stood at `head` or later.
    """
    upto = path.with_name(f".{path.name}.upto")
    known = _known(journal, path, upto)
    rows = None if known is None else _brought_on(journal, path, known, made)
    if rows is None:
        anew = (row for _, row in _rows(journal, 0, made))
        rows = files.write_table(path, OURS, anew)
    files.whole(upto, f"{head.position} {head.hash} {_digest(path)}\n".encode())
    return rows


def _brought_on(
    journal: Journal, path: Path, known: int, made: Mapping[str, Cells]
) -> int | None:
    """Write what changed into a copy; nothing where a cell is too long to be read."""
    changed = dict(_rows(journal, known, made))
    try:
        return files.write_table(path, OURS, _merged(path, changed))
    except csv.Error:
        return None


def _rows(
    journal: Journal, position: int, made: Mapping[str, Cells]
) -> Iterator[tuple[str, Cells]]:
    """Stream by id the rows of what has an event behind a position."""
    ids = journal.changed_behind(position)
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        left = journal.those([one for one in page if one not in made])
        found = {one.id: _cells(one) for one in left}
        for one in page:
            yield one, found.get(one) or made[one][: len(OURS)]


def _known(journal: Journal, path: Path, upto: Path) -> int | None:
    """Return the event up to which an untouched ledger of this journal is written."""
    try:
        position, last, digest = upto.read_text("utf-8").split()
        head = Head(int(position), last)
        is_ours = digest == _digest(path) and journal.has(head)
    except (OSError, ValueError):
        return None
    return head.position if is_ours else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _merged(path: Path, changed: dict[str, Cells]) -> Iterator[Cells]:
    """Copy the rows of a ledger, with those that changed; what is new comes last."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield changed.pop(row[0], row)
    yield from changed.values()


def _cells(entry: Entry) -> Cells:
    return encoded(row_of(entry), OURS)


def _is_wanted(entry: Entry, first: date | None, last: date | None, file: str) -> bool:
    if file and entry.file.name != file:
        return False
    notice = entry.notice
    if not isinstance(notice, Remittance):
        # A row that nobody can read has no date: it is shown rather than lost.
        return True
    day = notice.value_date
    return (first is None or first <= day) and (last is None or day <= last)
