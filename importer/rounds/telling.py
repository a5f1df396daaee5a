"""Write the results of a round, and of what an earlier one left unwritten.

(1) Where the journal ended when all results were last written is kept in a file;
    whatever changed after that is written by the next round, so that a program
    that dies before it has told what it did tells it when it is started again.
(2) That file is written last: what dies in between is told twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path

from importer import files, ledger, results, spread
from importer.errors import Fault, ImporterError, JournalRefused
from importer.journal import Journal
from importer.journal.entry import FileRecord, Head
from importer.journal.page import Page
from importer.logs.steps import step
from importer.resolve.snapshot import Books
from importer.rounds.reports import Bench, Written

NOTHING = Head(0, "")
PAGES_LEAST = 4
"""How many pages are worth a copy of this process."""
Understood = tuple[Mapping[str, Decimal], list[results.Ranked]]


def tell(bench: Bench, records: Mapping[str, FileRecord]) -> tuple[Written, ...]:
    """Write the result CSVs of these files and of what was not told, and the ledger."""
    journal, mark = bench.journal, bench.workspace.root / ".told"
    told, head = _told(journal, mark), journal.head()
    untold = journal.files_changed_behind(told.position) if told != head else ()
    records = {**records, **{one.sha256: one for one in untold}}
    rows: dict[str, list[str]] = {}
    books = cache(partial(_books, bench))
    written = tuple(_written(bench, one, rows, books) for one in records.values())
    if written and (remark := _ledger(bench, head, rows)):
        said = "; ".join(filter(None, (written[-1].remark, remark)))
        written = (*written[:-1], replace(written[-1], remark=said))
    if told != head:
        files.whole(mark, f"{head.position} {head.hash}\n".encode())
    return written


def _ledger(bench: Bench, head: Head, rows: Mapping[str, list[str]]) -> str:
    """Bring the ledger up to date; returns why it is not.

    What cannot be written now, since a spreadsheet holds it open, the next round does.
    """
    path = bench.workspace.ledger
    try:
        with step("bringing the ledger up to date"):
            ledger.update(bench.journal, path, head, rows)
    except (PermissionError, IsADirectoryError) as error:
        return f"{path.name} is not brought up to date now: {error.strerror}"
    return ""


def _told(journal: Journal, mark: Path) -> Head:
    """Return where this journal ended when all was told, its beginning if unknown."""
    try:
        position, last = mark.read_text(encoding="utf-8").split()
        told = Head(int(position), last)
    except (OSError, ValueError):
        return NOTHING
    return told if journal.has(told) else NOTHING


def _written(
    bench: Bench,
    record: FileRecord,
    made: dict[str, list[str]],
    books: Callable[[], Books],
) -> Written:
    """Write a file's result CSV; raises where it does not hold all that was read.

    The cells of its rows are added to those `made`: the ledger holds the same.
    """
    with step("making", rows_of_the_result=record.records):
        pages = tuple(bench.journal.pages(record.sha256))
        parts = spread.parts(pages, PAGES_LEAST)
        shares = spread.done([partial(_understood, part) for part in parts])
        rows = results.ordered(row for _, ranked in shares for row in ranked)
    read = _added(one for sums, _ in shares for one in sums.items())
    found = bench.journal.sums(file=record.sha256)
    known = _added((currency, amount) for (_, currency), amount in found.items())
    if (len(rows), known) != (record.records, read):
        sentence = (
            f"{record.records} remittances were taken in, and the journal shows "
            f"{len(rows)}, or other amounts"
        )
        hint = "restore the journal from its backup; nothing was written"
        raise JournalRefused(Fault(record.name, sentence, hint=hint))
    folder, head = bench.workspace.results, bench.journal.head()
    at = bench.now()
    made |= rows
    with step("writing", rows_of_the_result=record.records):
        path = results.write(rows, folder, record.name, at, head)
        why = _workbook(bench, pages, path, at, head, books)
    return Written(record, path, why)


def _added(several: Iterable[tuple[str, Decimal]]) -> Mapping[str, Decimal]:
    """Add up amounts by currency."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in several:
        sums[currency] += amount
    return sums


def _understood(pages: Iterable[Page]) -> Understood:
    """Add up what some pages hold, and make their rows."""
    entries = [one for page in pages for one in page.entries()]
    return results.sums_of(entries), results.ranked(entries)


def _workbook(  # noqa: PLR0913, PLR0917 -- what is in it, and where it lies
    bench: Bench,
    pages: tuple[Page, ...],
    beside: Path,
    at: datetime,
    head: Head,
    books: Callable[[], Books],
) -> str:
    """Write the workbook of a result CSV; returns why there is none.

    The CSV is the result: what goes wrong here stops nothing.
    """
    wanted = bench.workspace.settings.results
    if not wanted.workbook:
        return ""
    count = sum(len(page.rows) for page in pages)
    if count > wanted.workbook_rows_most:
        return (
            f"no workbook: {count:,} rows are more than "
            f"[results] workbook_rows_most = {wanted.workbook_rows_most}"
        )
    from importer import workbook  # noqa: PLC0415 -- slow to load

    try:
        entries = [one for page in pages for one in page.entries()]
        workbook.write(entries, beside, books(), at, head)
    except Exception as error:  # noqa: BLE001 -- the CSV lies there already
        return f"no workbook: {type(error).__name__} while it was written"
    return ""


def _books(bench: Bench) -> Books:
    """Return the books that choices are made of; none where they cannot be read."""
    try:
        return bench.rules().books
    except ImporterError:
        return Books((), ())
