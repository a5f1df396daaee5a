"""How a round ends: post what is ready, settle what is in doubt, write results."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal

from importer import ledger, posting, results, settling
from importer.errors import Fault, ImporterError, JournalRefused
from importer.journal.entry import FileRecord
from importer.posting import Terms
from importer.rounds.reports import (
    Bench,
    Decided,
    FileReport,
    Round,
    TakenIn,
    Unusable,
    Written,
)

OPEN = ("ready", "posting", "in_doubt")


def settle(bench: Bench) -> Round:
    """Look for what is in doubt, and write the results of the files it is in."""
    doubtful = _records(bench, ("in_doubt", "posting"))
    stopped = None
    if doubtful:
        try:
            # What a live process is sending must not be called in doubt.
            with _alone(bench), bench.connect() as erp:
                settling.settle(bench.journal, erp, bench.now)
        except ImporterError as error:
            stopped = error
    return Round((), _write(bench, doubtful), stopped)


def _alone(bench: Bench) -> AbstractContextManager[None]:
    """Hold the lock of all that sends or settles by this journal."""
    return bench.journal.only_sender(bench.now().isoformat(timespec="seconds"))


def finished(bench: Bench, files: tuple[FileReport, ...], *, post: bool) -> Round:
    """Do what follows upon the files: post and settle where wanted, write results."""
    records = _touched(files)
    stopped = None
    if post:
        records |= _records(bench, OPEN)
        stopped = _post_and_settle(bench)
    return Round(files, _write(bench, records), stopped)


def go_on(bench: Bench) -> Round | None:
    """Post and settle what is open; None where there is nothing.

    Results are written of the files in which something has moved.
    """
    before = _standing(bench)
    if not before:
        return None
    stopped = _post_and_settle(bench)
    after = _standing(bench)
    moved = {key: one for key, one in before.items() if after.get(key) != one}
    return Round((), _write(bench, {f.sha256: f for f, _ in moved.values()}), stopped)


def _standing(bench: Bench) -> dict[str, tuple[FileRecord, str]]:
    entries = bench.journal.entries(statuses=OPEN)
    return {one.id: (one.file, one.status) for one in entries}


def _post_and_settle(bench: Bench) -> ImporterError | None:
    """Send what is ready, then look for what is in doubt; return what stopped it."""
    counts = bench.journal.counts()
    if not any(counts[word] for word in OPEN):
        return None
    section = bench.workspace.settings
    terms = Terms(
        workers=section.posting.workers,
        daily_calls=section.erp.daily_calls,
        now=bench.now,
        stop=bench.stop,
    )
    try:
        with (
            _alone(bench),
            bench.connect() as erp,
        ):
            try:
                posting.post(bench.journal, erp, terms)
            finally:
                settling.settle(bench.journal, erp, bench.now)
    except ImporterError as error:
        return error
    return None


def _touched(files: Iterable[FileReport]) -> dict[str, FileRecord]:
    """Return the bank files whose results a round must write anew."""
    records: dict[str, FileRecord] = {}
    for one in files:
        match one:
            case TakenIn(record=record):
                records[record.sha256] = record
            case Decided(records=several):
                records |= {record.sha256: record for record in several}
            case Unusable():
                pass
    return records


def _records(bench: Bench, statuses: tuple[str, ...]) -> dict[str, FileRecord]:
    """Return the files that hold a remittance of one of these statuses."""
    entries = bench.journal.entries(statuses=statuses)
    return {entry.file.sha256: entry.file for entry in entries}


def _write(bench: Bench, records: Mapping[str, FileRecord]) -> tuple[Written, ...]:
    """Write the result CSVs of these files, and the ledger."""
    written = tuple(_write_one(bench, record) for record in records.values())
    if written:
        ledger.update(bench.journal, bench.workspace.ledger)
    return written


def _write_one(bench: Bench, record: FileRecord) -> Written:
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
