"""One round of work: take files in, post what is ready, settle, write results.

`run`, `post`, `settle`, `watch` and `demo` are rounds over different files.  A
file that cannot be used never stops the others; what stops posting never stops
the results from being written.
"""

import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic

from importer import intake, review
from importer.errors import (
    Fault,
    FileRefused,
    ImporterError,
    MappingRefused,
    SettingsRefused,
    StoppedEarly,
)
from importer.inbox import Dropped, shown
from importer.intake import Known, Plan, Rules, Source
from importer.journal import Journal
from importer.logs import Log, trouble
from importer.mapping.aliases import remember
from importer.review import Means, Reviewed, differences
from importer.rounds.finding import numbered
from importer.rounds.finishing import finished, go_on, settle
from importer.rounds.reports import (
    Bench,
    Decided,
    FileReport,
    Round,
    TakenIn,
    Unusable,
)

__all__ = [
    "NEEDS_A_PERSON",
    "exit_code",
    "explain",
    "from_inbox",
    "go_on",
    "preview",
    "settle",
    "work",
]

SHOWN = 12
NEEDS_A_PERSON = ("held", "refused", "in_doubt")

_log = Log("rounds")


def exit_code(done: Round, journal: Journal) -> int:
    """Return 3 for stopped early, 2 for an unusable file, 1 for a person, else 0."""
    codes = [one.error.exit_code for one in done.files if isinstance(one, Unusable)]
    if done.stopped:
        codes.append(done.stopped.exit_code)
    codes.append(int(bool(done.reconciled.differences or done.proposals)))
    for one in done.written:
        counts = journal.counts(file=one.record.sha256)
        codes.append(int(any(counts[word] for word in NEEDS_A_PERSON)))
    return max(codes, default=0)


def preview(bench: Bench, rules: Rules, path: Path) -> Plan | Known | Unusable:
    """Decide a file and record nothing."""
    taken = _named(bench, path)
    if isinstance(taken, Unusable):
        return taken
    try:
        source = Source(taken.path, taken.sha256, taken.name)
        return intake.plan(source, rules, bench.journal, bench.now())
    except FileRefused as error:
        return Unusable(path.name, error)
    finally:
        bench.inbox.forget(taken)


def explain(bench: Bench, path: Path) -> Plan:
    """Decide a file as if it were new, with every rule that was tried."""
    taken = _named(bench, path)
    if isinstance(taken, Unusable):
        raise taken.error
    try:
        source = Source(taken.path, taken.sha256, taken.name)
        plan = intake.plan(
            source,
            bench.explaining(source.sha256),
            bench.journal,
            bench.now(),
            explain=True,
        )
    finally:
        bench.inbox.forget(taken)
    assert isinstance(plan, Plan), "what is explained is never known"
    return plan


def work(bench: Bench, paths: Iterable[Path], *, post: bool, digest: str = "") -> Round:
    """Do a round over files named by a person, which stay where they lie.

    `post` also sends what waits of other files; `digest` approves one.  Raises what
    stands in the way of every file: a setting, a mapping, the journal.
    """
    files: list[FileReport] = []
    for path in paths:
        taken = _named(bench, path)
        if isinstance(taken, Unusable):
            files.append(taken)
            continue
        try:
            report = _receive(bench, bench.rules(), taken)
        except StoppedEarly as error:
            return _stopped(bench, files, taken, error)
        if isinstance(report, Unusable):
            bench.inbox.forget(taken)
        else:
            bench.inbox.accept(taken, bench.now())
        files.append(report)
    return finished(bench, tuple(files), post=post, digest=digest)


def from_inbox(bench: Bench, ready: Iterable[Path], *, post: bool) -> Round:
    """Do a round over files of the inbox; each goes to archive or refused.

    What stands in the way of every file leaves them all in the inbox.
    """
    files: list[FileReport] = []
    for path in ready:
        if bench.stop():
            break
        try:
            rules = bench.rules()
        except ImporterError as error:
            return replace(finished(bench, tuple(files), post=False), stopped=error)
        try:
            dropped = bench.inbox.take(path)
        except FileRefused as error:
            _log.warning("file refused unread", **trouble(error))
            bench.inbox.refuse(path, error)
            files.append(Unusable(shown(path), error))
            continue
        try:
            files += _dropped(bench, rules, dropped) if dropped else ()
        except StoppedEarly as error:
            return _stopped(bench, files, dropped, error)
    return finished(bench, tuple(files), post=post)


def _stopped(
    bench: Bench, files: list[FileReport], taken: Dropped | None, error: StoppedEarly
) -> Round:
    """End a round in which the ERP was to be asked about a file, and could not."""
    if taken is not None:
        bench.inbox.forget(taken)
    return replace(finished(bench, tuple(files), post=False), stopped=error)


def _dropped(bench: Bench, rules: Rules, dropped: Dropped) -> Iterator[FileReport]:
    """Take a file of the inbox in, and out of there; what stays there is told."""
    report = _receive(bench, rules, dropped)
    yield report
    try:
        if isinstance(report, Unusable):
            bench.inbox.refuse(dropped, report.error)
        else:
            bench.inbox.accept(dropped, bench.now())
    except SettingsRefused as error:
        yield Unusable(dropped.name, error)


def _named(bench: Bench, path: Path) -> Dropped | Unusable:
    """Take a copy of a file that a person named; links are followed to its bytes."""
    try:
        taken = bench.inbox.take(path.resolve())
    except FileRefused as error:
        _log.warning("file refused unread", **trouble(error))
        return Unusable(path.name, error)
    if taken is None:
        return Unusable(path.name, FileRefused(_unread(path)))
    return taken


def _unread(path: Path) -> Fault:
    """Say why no copy of a named file could be made."""
    where = str(path)
    if path.is_dir():
        return Fault(where, "is a folder", hint=f"name the files in it: {path}/*")
    if not path.exists():
        return Fault(where, "there is no such file", hint="check the path")
    if not path.is_file():
        return Fault(where, "is no regular file", hint="name a file of the bank")
    sentence = "cannot be read to its end, or changes while it is read"
    return Fault(where, sentence, hint="wait until it is whole, then run it again")


def _receive(bench: Bench, rules: Rules, dropped: Dropped) -> FileReport:
    """Receive a file, and log what became of it."""
    start, sha = monotonic(), dropped.sha256[:SHOWN]
    report = _received(bench, rules, dropped)
    took = monotonic() - start
    match report:
        case TakenIn(record=record, anew=True):
            counts = bench.journal.counts(file=record.sha256)
            said = {word: count for word, count in counts.items() if count}
            _log.info("file taken in", file=sha, records=record.records, **said)
        case TakenIn():
            _log.info("file known", file=sha)
        case Decided(decisions=count):
            _log.info("decisions applied", file=sha, decisions=count)
        case Unusable(error=error):
            faults = len(error.faults)
            _log.warning("file refused", file=sha, faults=faults, **trouble(error))
    _log.debug("file received", file=sha, seconds=took)
    return report


def _received(bench: Bench, rules: Rules, dropped: Dropped) -> FileReport:
    """Take in a bank file, or apply the decisions of a result CSV that came back."""
    ended = dropped.ended or not bench.workspace.settings.inbox.needs_line_end
    source = Source(dropped.path, dropped.sha256, dropped.name, ended=ended)
    try:
        if review.recognise(source.path):
            return _decided(bench, rules, source)
        if differences.recognise(source.path):
            return _acknowledged(bench, source)
        at, anew = bench.now(), bench.rules
        match intake.take_in(source, rules, bench.journal, at, anew=anew):
            case Known(file):
                return TakenIn(source.name, file, anew=False)
            case planned:
                return TakenIn(source.name, planned.file, anew=True)
    except FileRefused as error:
        return Unusable(source.name, error)
    except ImporterError:
        raise
    except Exception as error:  # noqa: BLE001 -- our fault over one file stops no other
        _log.error("fault of the program", file=source.sha256[:SHOWN], **trouble(error))
        return Unusable(source.name, FileRefused(_own_fault(source.name, error)))


def _own_fault(name: str, error: Exception) -> Fault:
    """Say where the program failed, and nothing of what it had in its hands."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return Fault(
        name,
        f"the program failed over this file: {type(error).__name__} at {place}",
        hint="report it, with the file if you may; the other files go on",
    )


def _decided(bench: Bench, rules: Rules, source: Source) -> Decided:
    """Apply a result CSV that came back; what it asks to remember is kept with it."""
    means = Means(
        rules.ask, partial(numbered, bench), partial(_keep, bench), source.sha256
    )
    done = review.apply(source.path, bench.journal, rules.books, rules.parts, means)
    count = len({one.id for one in done.decisions})
    return Decided(source.name, done.files, count, anew=done.anew)


def _acknowledged(bench: Bench, source: Source) -> Decided:
    """Apply a sweep's worklist that came back."""
    seen = differences.acknowledge(source.path, bench.journal)
    anew = bool(seen.new or not seen.known)
    return Decided(source.name, seen.files, seen.new, anew=anew)


def _keep(bench: Bench, reviewed: Reviewed) -> None:
    """Write down what is to be remembered; raises `FileRefused` where it cannot be."""
    table, today = bench.workspace.aliases, bench.now().date().isoformat()
    try:
        for one in reviewed.aliases:
            remember(table, one.alias(today, reviewed.by))
    except MappingRefused as error:
        raise FileRefused(*error.faults) from None
    except OSError as error:
        sentence = f"what is remembered cannot be written: {error.strerror}"
        hint = "see to the disk or the rights, then drop the file again"
        raise FileRefused(Fault(str(table), sentence, hint=hint)) from None
