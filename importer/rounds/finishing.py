"""How a round ends: post what is ready, settle what is in doubt, tell the results."""

from collections.abc import Iterable
from datetime import timedelta

from importer import reconciling, settling
from importer.errors import ImporterError
from importer.journal.entry import FileRecord
from importer.logs import Log, trouble
from importer.logs.steps import step
from importer.reconciling import NOTHING
from importer.rounds.reports import (
    Bench,
    Decided,
    FileReport,
    Round,
    TakenIn,
    Unusable,
)
from importer.rounds.sending import OPEN, Sent, alone, send
from importer.rounds.telling import tell

_log = Log("rounds")


def settle(bench: Bench, back: timedelta | None = None) -> Round:
    """Look for what is in doubt, and write the results of the files it is in.

    With `back` all that was posted lately is held against the ERP's list as well.
    """
    records = _records(bench, ("in_doubt", "posting"))
    found, stopped = NOTHING, None
    if records or back:
        try:
            # What a live process is sending must not be called in doubt.
            with alone(bench), bench.connect() as erp:
                with step("looking for what is in doubt"):
                    settling.settle(bench.journal, erp, bench.now)
                if back:
                    with step("comparing with the ERP's list", days=back.days):
                        found = reconciling.sweep(bench.journal, erp, bench.now, back)
        except ImporterError as error:
            _log.warning("settling stopped early", **trouble(error))
            stopped = error
    for one in found.differences:
        if entry := bench.journal.entry(one.remittance):
            records[entry.file.sha256] = entry.file
    written, worklist = tell(bench, records), None
    if found.differences:
        folder = bench.workspace.results
        worklist = reconciling.worklist(found, folder, bench.now())
    return Round((), written, stopped, found, worklist=worklist)


def finished(
    bench: Bench, files: tuple[FileReport, ...], *, post: bool, digest: str = ""
) -> Round:
    """Do what follows upon the files: post and settle where wanted, write results.

    `digest` approves what waits under it.
    """
    records, sent = _touched(files), Sent()
    if post:
        records |= _records(bench, OPEN)
        sent = send(bench, digest)
    return _told(bench, files, records, sent)


def go_on(bench: Bench) -> Round | None:
    """Post and settle what is open; None where there is nothing.

    Results are written of the files in which something has moved.
    """
    before = _standing(bench)
    if not before:
        return None
    sent = send(bench)
    after = _standing(bench)
    moved = (file for key, (file, at) in before.items() if after.get(key) != (file, at))
    return _told(bench, (), {one.sha256: one for one in moved}, sent)


def _told(
    bench: Bench,
    files: tuple[FileReport, ...],
    records: dict[str, FileRecord],
    sent: Sent,
) -> Round:
    written = tell(bench, records)
    return Round(files, written, sent.stopped, sent.reconciled, sent.proposals)


def _standing(bench: Bench) -> dict[str, tuple[FileRecord, str]]:
    entries = bench.journal.entries(statuses=OPEN)
    return {one.id: (one.file, one.status) for one in entries}


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
