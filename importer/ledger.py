"""The ledger: every remittance ever taken in, written from the journal.

The ledger is made from the journal, never the other way round.
"""

from datetime import date
from pathlib import Path

from importer.journal import Journal
from importer.journal.entry import Entry
from importer.model import Remittance
from importer.results import OURS, as_text, row_of, whole


def write(
    journal: Journal,
    path: Path,
    *,
    first: date | None = None,
    last: date | None = None,
    file: str = "",
) -> int:
    """Write all remittances, or those of some value dates or one file's name."""
    rows = [
        row_of(entry)
        for entry in journal.entries()
        if _is_wanted(entry, first, last, file)
    ]
    whole(path, as_text(rows, OURS).encode())
    return len(rows)


def _is_wanted(entry: Entry, first: date | None, last: date | None, file: str) -> bool:
    if file and entry.file.name != file:
        return False
    notice = entry.notice
    if not isinstance(notice, Remittance):
        # A row that nobody can read has no date: it is shown rather than lost.
        return True
    day = notice.value_date
    return (first is None or first <= day) and (last is None or day <= last)
