"""The review workbook: a result CSV as a clerk likes it, beside the CSV.

    results/bank.csv.20260316-090000.xlsx    Review | Summary | Choices (hidden)

What is said is what the CSV says, cell by cell; dropped into the inbox it is taken
as the CSV is.

(1) Amounts are numbers and days are days, exactly; ids, numbers of payments and
    references are text, so that no spreadsheet re-types them.
(2) No cell is a formula, and every text is as harmless as in the CSV: it stays so
    whatever the workbook is saved as.
(3) What a row offers for choice is looked up by the row's own remittance, so that
    sorting never brings one row's choices to another.
(4) It is there whole or not at all, and the same results make the same bytes.
"""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from importer import files, results
from importer.journal.entry import Entry, Head
from importer.resolve.snapshot import Books
from importer.workbook import choices, pages, summary
from importer.workbook.steady import save

__all__ = ["write"]


def write(
    entries: Iterable[Entry], beside: Path, books: Books, at: datetime, head: Head
) -> Path:
    """Write the workbook of a result CSV beside it, and return where it lies."""
    ordered = sorted(entries, key=results.rank)
    rows = [results.row_of(one) for one in ordered]
    for row in rows[:1]:
        row["evidence"] = results.with_head(row["evidence"], head)
    path = beside.with_suffix(".xlsx")
    book = pages.book(at.astimezone(UTC))
    offered = [choices.of(one, books) for one in ordered]
    below = {pages.REVIEW: pages.review(book, rows, offered)}
    summary.add(book, ordered, beside.name, at)
    below[pages.CHOICES] = pages.offer(book, offered)
    content = io.BytesIO()
    save(book, content, below)
    files.whole(path, content.getvalue())
    return path
