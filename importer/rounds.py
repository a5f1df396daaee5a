"""One round of work: take files in, post what is ready, settle, write results.

`run`, `post`, `settle`, `watch` and `demo` are rounds over different files.  A
file that cannot be used never stops the others; what stops posting never stops
the results from being written.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from importer import intake, posting, results, review, settling
from importer.erp import Erp
from importer.errors import ImporterError, JournalRefused
from importer.intake import Known, Plan, Rules, Source
from importer.journal import Journal
from importer.journal.entry import Doubt, FileRecord, Posting, Ready
from importer.settings import Workspace

NEEDS_A_PERSON = ("held", "refused", "in_doubt")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a round works with; `rules` are loaded anew for each file."""

    workspace: Workspace
    journal: Journal
    rules: Callable[[], Rules]
    connect: Callable[[], AbstractContextManager[Erp]]
    now: Callable[[], datetime]
    stop: Callable[[], bool]


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
            decided = review.apply(
                source.path, bench.journal, bench.rules().books, bench.workspace
            )
            return Decided(source.name, decided.files, decided.decisions)
        match intake.take_in(source, bench.rules(), bench.journal, bench.now()):
            case Known(file):
                return TakenIn(source.name, file, anew=False)
            case planned:
                return TakenIn(source.name, planned.file, anew=True)
    except JournalRefused:
        raise
    except ImporterError as error:
        return Unusable(source.name, error)


def work(bench: Bench, sources: Iterable[Source], *, post: bool) -> Round:
    """Do a whole round over these files; `post` also sends what waits of others."""
    files = tuple(receive(bench, source) for source in sources)
    stopped = _post_and_settle(bench) if post else None
    return Round(files, _write(bench, _touched(files)), stopped)


def settle(bench: Bench) -> Round:
    """Look for what is in doubt, and write the results of the files it is in."""
    doubtful = _files_of(bench, (Doubt, Posting))
    stopped = None
    if doubtful:
        try:
            with bench.connect() as erp:
                settling.settle(bench.journal, erp, bench.now)
        except ImporterError as error:
            stopped = error
    return Round((), _write(bench, doubtful), stopped)


def _post_and_settle(bench: Bench) -> ImporterError | None:
    """Send what is ready, then look for what is in doubt; return what stopped it."""
    if not _files_of(bench, (Ready, Posting, Doubt)):
        return None
    try:
        with bench.connect() as erp:
            section = bench.workspace.settings
            posting.post(
                bench.journal,
                erp,
                workers=section.posting.workers,
                daily_calls=section.erp.daily_calls,
                now=bench.now,
                stop=bench.stop,
            )
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
