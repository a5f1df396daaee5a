"""Write the results of a round, and of what an earlier one left unwritten.

(1) Where the journal's events ended when all results were last written is kept in
    a file; whatever changed after that is written by the next round, so that a
    program that dies before it has told what it did tells it when it is started
    again.
(2) That file is written last: what dies in between is told twice.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from importer import ledger, results
from importer.errors import Fault, JournalRefused
from importer.journal.entry import FileRecord
from importer.rounds.reports import Bench, Written


def tell(bench: Bench, records: Mapping[str, FileRecord]) -> tuple[Written, ...]:
    """Write the result CSVs of these files and of what was not told, and the ledger."""
    mark = bench.workspace.root / ".told"
    told = _position(mark)
    last, untold = bench.journal.changed_after(told)
    records = {**records, **{record.sha256: record for record in untold}}
    written = tuple(_written(bench, record) for record in records.values())
    if written:
        ledger.write(bench.journal, bench.workspace.ledger)
    if last != told:
        results.whole(mark, f"{last}\n".encode())
    return written


def _position(mark: Path) -> int:
    """Return where the events ended when all was told; 0 where nobody knows."""
    try:
        return int(mark.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _written(bench: Bench, record: FileRecord) -> Written:
    """Write a file's result CSV; raises where it does not hold all that was read."""
    entries = tuple(bench.journal.entries(file=record.sha256))
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (_, currency), amount in bench.journal.sums(file=record.sha256).items():
        sums[currency] += amount
    if (len(entries), sums) != (record.records, results.sums_of(entries)):
        sentence = (
            f"{record.records} remittances were taken in, and the journal shows "
            f"{len(entries)}, or other amounts"
        )
        hint = "restore the journal from its backup; nothing was written"
        raise JournalRefused(Fault(record.name, sentence, hint=hint))
    folder, at = bench.workspace.results, bench.now()
    return Written(record, results.write(entries, folder, record.name, at))
