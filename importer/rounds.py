"""One round of work: take files in, post what is ready, settle, write results.

`run`, `post`, `settle`, `watch` and `demo` are rounds over different files.  A
file that cannot be used never stops the others; what stops posting never stops
the results from being written.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from importer import intake, ledger, locks, posting, results, review, settling
from importer.erp import Erp
from importer.errors import Fault, FileRefused, ImporterError, JournalRefused
from importer.inbox import Dropped, Inbox
from importer.intake import Known, Plan, Rules, Source
from importer.journal import Journal
from importer.journal.entry import FileRecord
from importer.mapping.aliases import remember
from importer.posting import Terms
from importer.settings import Workspace

NEEDS_A_PERSON = ("held", "refused", "in_doubt")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a round works with; `rules` are loaded anew for each file."""

    workspace: Workspace
    journal: Journal
    inbox: Inbox
    rules: Callable[[], Rules]
    connect: Callable[[], AbstractContextManager[Erp]]
    now: Callable[[], datetime]
    stop: Callable[[], bool]
    wait: Callable[[float], bool]  # seconds


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A bank file that is in the journal, now (`anew`) or since an earlier round."""

    name: str
    record: FileRecord
    anew: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A result CSV that came back; `records` are the files it decided about."""

    name: str
    records: tuple[FileRecord, ...]
    decisions: int


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that cannot be used, and why; nothing of it was taken in."""

    name: str
    error: ImporterError


FileReport = TakenIn | Decided | Unusable


@dataclass(frozen=True, slots=True)
class Written:
    """A file's result CSV, and how its remittances stand."""

    record: FileRecord
    path: Path


@dataclass(frozen=True, slots=True)
class Round:
    """What became of a round: its files, the result CSVs, and what stopped it."""

    files: tuple[FileReport, ...]
    written: tuple[Written, ...]
    stopped: ImporterError | None = None


def exit_code(done: Round, journal: Journal) -> int:
    """Return 3 for stopped early, 2 for an unusable file, 1 for a person, else 0."""
    codes = [one.error.exit_code for one in done.files if isinstance(one, Unusable)]
    if done.stopped:
        codes.append(done.stopped.exit_code)
    for one in done.written:
        counts = journal.counts(file=one.record.sha256)
        codes.append(int(any(counts[word] for word in NEEDS_A_PERSON)))
    return max(codes, default=0)


def preview(bench: Bench, source: Source) -> Plan | Known | Unusable:
    """Decide a file and record nothing."""
    try:
        return intake.plan(source, bench.rules(), bench.journal, bench.now())
    except ImporterError as error:
        return Unusable(source.name, error)


def receive(bench: Bench, source: Source) -> FileReport:
    """Take in a bank file, or apply the decisions of a result CSV that came back."""
    try:
        if review.recognise(source.path):
            decided = review.apply(source.path, bench.journal, bench.rules().books)
            today = bench.now().date()
            for one in decided.aliases:
                remember(bench.workspace.aliases, one.remitter, one.customer, today)
            return Decided(source.name, decided.files, len(decided.decisions))
        match intake.take_in(source, bench.rules(), bench.journal, bench.now()):
            case Known(file):
                return TakenIn(source.name, file, anew=False)
            case planned:
                return TakenIn(source.name, planned.file, anew=True)
    except JournalRefused:
        raise
    except ImporterError as error:
        return Unusable(source.name, error)


def work(bench: Bench, sources: Iterable[Source | Unusable], *, post: bool) -> Round:
    """Do a whole round over these files; `post` also sends what waits of others."""
    files = tuple(
        one if isinstance(one, Unusable) else receive(bench, one) for one in sources
    )
    return _finished(bench, files, post=post)


def settle(bench: Bench) -> Round:
    """Look for what is in doubt, and write the results of the files it is in."""
    doubtful = _records(bench, ("in_doubt", "posting"))
    stopped = None
    if doubtful:
        try:
            with bench.connect() as erp:
                settling.settle(bench.journal, erp, bench.now)
        except ImporterError as error:
            stopped = error
    return Round((), _write(bench, doubtful), stopped)


def from_inbox(bench: Bench, ready: Iterable[Path], *, post: bool) -> Round:
    """Do a round over files of the inbox; each goes to archive or refused."""
    files: list[FileReport] = []
    for path in ready:
        if bench.stop():
            break
        try:
            dropped = bench.inbox.take(path)
        except FileRefused as error:
            bench.inbox.refuse(path, error)
            files.append(Unusable(path.name, error))
            continue
        if dropped is not None:
            files.append(_dropped(bench, dropped))
    return _finished(bench, tuple(files), post=post)


def _dropped(bench: Bench, dropped: Dropped) -> FileReport:
    report = receive(bench, Source(dropped.path, dropped.sha256, dropped.name))
    if isinstance(report, Unusable):
        bench.inbox.refuse(dropped.original, report.error)
        bench.inbox.forget(dropped)
    else:
        bench.inbox.accept(dropped, bench.now())
    return report


def named(bench: Bench, path: Path) -> Source | Unusable:
    """Take a file named on the command line as it is; it stays where it lies."""
    try:
        content = path.read_bytes()
    except OSError as error:
        sentence = f"cannot be read: {error.strerror}"
        fault = Fault(str(path), sentence, hint="check the path and its rights")
        return Unusable(path.name, FileRefused(fault))
    if len(content) > bench.inbox.bytes_most:
        sentence = f"has {len(content) >> 20} MiB"
        hint = "split it, or raise [inbox] megabytes_most in importer.toml"
        return Unusable(path.name, FileRefused(Fault(str(path), sentence, hint=hint)))
    return Source(path, hashlib.sha256(content).hexdigest(), path.name)


def _finished(bench: Bench, files: tuple[FileReport, ...], *, post: bool) -> Round:
    records = _touched(files)
    stopped = None
    if post:
        records |= _records(bench, ("ready", "posting", "in_doubt"))
        stopped = _post_and_settle(bench)
    return Round(files, _write(bench, records), stopped)


def _post_and_settle(bench: Bench) -> ImporterError | None:
    """Send what is ready, then look for what is in doubt; return what stopped it."""
    counts = bench.journal.counts()
    if not any(counts[word] for word in ("ready", "posting", "in_doubt")):
        return None
    section = bench.workspace.settings
    terms = Terms(
        workers=section.posting.workers,
        daily_calls=section.erp.daily_calls,
        now=bench.now,
        stop=bench.stop,
    )
    lock = bench.workspace.root / ".posting.lock"
    try:
        with (
            locks.only_one(lock, bench.now().isoformat(timespec="seconds")),
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
    written = tuple(
        Written(
            record,
            results.write(
                bench.journal.entries(file=record.sha256),
                bench.workspace.results,
                record.name,
                bench.now(),
            ),
        )
        for record in records.values()
    )
    if written:
        ledger.write(bench.journal, bench.workspace.ledger)
    return written
