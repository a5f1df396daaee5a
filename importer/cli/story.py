"""Tell people what a round did: per file what was read, posted, held, and where."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from itertools import islice

import click

from importer import rounds
from importer.cli import options, printable, show, summary
from importer.cli.status import waits
from importer.intake import Known, Plan
from importer.journal import Journal
from importer.journal.entry import Duplicate
from importer.journal.orders import Item
from importer.logs import Log
from importer.model import Hold, Pay, Remittance, Skip
from importer.reconciling import Reconciled
from importer.rounds.news import news
from importer.rounds.reports import (
    Bench,
    Decided,
    FileReport,
    Round,
    TakenIn,
    Unusable,
    Written,
)

HELD_SHOWN = 20
_WHAT_MAY_STAY = (
    "what may stay so: write skip and a note there, and drop the file into the inbox"
)
_log = Log("rounds")


def told(done: Round, bench: Bench, *, wants_json: bool) -> int:
    """Print a round, where that is wanted, and return its exit code."""
    journal = bench.journal
    kind = bench.workspace.settings.erp.client
    calls = sum(journal.calls(kind, bench.now().date()).values())
    code = rounds.exit_code(done, journal)
    bench.tell(news(done, bench))
    files, results = len(done.files), len(done.written)
    _log.info("round ended", files=files, results=results, calls=calls, exit=code)
    if wants_json:
        options.say(_document(done, journal, calls, code))
    if wants_json or options.is_quiet():
        return code
    for one in done.files:
        _tell_report(one)
    for written in done.written:
        _tell_file(written, journal)
    if sentence := _reconciled(done.reconciled):
        click.echo(sentence)
    for other in done.reconciled.differences:
        parts = (f"{other.kind}:", other.remittance, other.sentence)
        said = " ".join(filter(None, parts))
        click.echo(f"importer: {printable(said)}", err=True)
    if done.worklist:
        click.echo(f"differences: {done.worklist}")
        click.echo(_WHAT_MAY_STAY)
    for proposal in done.proposals:
        click.echo(printable(str(proposal)))
    if done.stopped:
        click.echo(f"importer: {printable(str(done.stopped))}", err=True)
    return code


def _reconciled(found: Reconciled) -> str:
    """Say what the ERP's own list was seen to have."""
    parts = (
        f"{found.seen} payments as they were sent" if found.seen else "",
        f"{found.unproven} not visible yet" if found.unproven else "",
        f"{len(found.differences)} otherwise" if found.differences else "",
        f"{found.acknowledged} otherwise and acknowledged"
        if found.acknowledged
        else "",
    )
    said = ", ".join(filter(None, parts))
    return f"read back from the ERP: {said}" if said else ""


def _tell_report(one: FileReport) -> None:
    """Say what became of a file, where its remittances do not tell."""
    match one:
        case Unusable(error=error):
            click.echo(f"importer: {printable(str(error))}", err=True)
        case TakenIn(name=name, anew=False, record=record):
            when = f"{record.taken_at:%Y-%m-%d %H:%M}"
            click.echo(f"{name}: taken in before, as {record.name} on {when}")
        case Decided(name=name, anew=False):
            click.echo(f"{name}: its decisions were applied before")
        case Decided(name=name, decisions=count):
            click.echo(f"{name}: {count} decisions applied")
        case TakenIn():
            pass


def _tell_file(one: Written, journal: Journal) -> None:
    record = one.record
    counts, sums = journal.counts(file=record.sha256), journal.sums(file=record.sha256)
    click.echo()
    for line in summary.lines(one, counts, sums):
        click.echo(printable(line))
    waiting = journal.entries(file=record.sha256, statuses=rounds.NEEDS_A_PERSON)
    for entry in islice(waiting, HELD_SHOWN):
        said = waits(entry)
        click.echo(
            printable(f"  row {said['row']}: {said['status']}, {said['reason']}")
        )
    more = sum(counts[word] for word in rounds.NEEDS_A_PERSON) - HELD_SHOWN
    if more > 0:
        click.echo(f"  and {more} more")


def _document(
    done: Round, journal: Journal, calls: int, code: int
) -> dict[str, object]:
    files: list[dict[str, object]] = []
    for one in done.files:
        match one:
            case Unusable(name=name, error=error):
                why = [str(fault) for fault in error.faults]
                said = {"file": name, "status": "refused", "results": None}
                files.append({**said, "counts": {}, "sums": {}, "why": why})
            case Decided(name=name):
                said = {"file": name, "status": "decided", "results": None}
                files.append({**said, "counts": {}, "sums": {}})
            case TakenIn():
                pass
    anew = {
        one.record.sha256 for one in done.files if isinstance(one, TakenIn) and one.anew
    }
    total_counts: dict[str, int] = {}
    total_sums: dict[tuple[str, str], Decimal] = {}
    for written in done.written:
        counts = journal.counts(file=written.record.sha256)
        sums = journal.sums(file=written.record.sha256)
        for word, count in counts.items():
            total_counts[word] = total_counts.get(word, 0) + count
        for key, amount in sums.items():
            total_sums[key] = total_sums.get(key, Decimal(0)) + amount
        files.append(
            {
                "file": written.record.name,
                "status": "taken in" if written.record.sha256 in anew else "known",
                "results": str(written.path),
                "counts": dict(counts),
                "sums": show.sums_by_status(sums),
            }
        )
    stopped = [str(fault) for fault in done.stopped.faults] if done.stopped else []
    return {
        "files": files,
        "approve": {one.file.name: one.digest for one in done.proposals},
        "verified": done.reconciled.seen,
        "differences": [asdict(one) for one in done.reconciled.differences],
        "worklist": str(done.worklist) if done.worklist else None,
        "counts": total_counts,
        "sums": show.sums_by_status(total_sums),
        "calls": calls,
        "stopped": stopped,
        "exit": code,
    }


def preview(plans: Sequence[Plan | Known | Unusable], *, wants_json: bool) -> int:
    """Print what would be decided, and return the exit code it would have."""
    code = 0
    files: list[dict[str, object]] = []
    for one in plans:
        match one:
            case Unusable(name=name, error=error):
                code = max(code, error.exit_code)
                click.echo(f"importer: {printable(str(error))}", err=True)
                files.append({"file": name, "status": "refused"})
            case Known(file=record):
                click.echo(f"{record.name}: was taken in before", err=wants_json)
                files.append({"file": record.name, "status": "known"})
            case Plan():
                held = _by_status(one.items).get("held")
                code = max(code, int(bool(held)))
                files.append(_planned(one, quiet=wants_json))
    if wants_json:
        options.say({"files": files, "exit": code})
    return code


def _planned(plan: Plan, *, quiet: bool) -> dict[str, object]:
    by_status = _by_status(plan.items)
    counts = {word: len(items) for word, items in by_status.items()}
    sums: dict[tuple[str, str], Decimal] = {}
    for word, items in by_status.items():
        for item in items:
            if isinstance(item.notice, Remittance):
                key = (word, item.notice.currency)
                sums[key] = sums.get(key, Decimal(0)) + item.notice.amount
    if not quiet:
        click.echo(f"\n{plan.file.name}: {plan.file.records} remittances (dry run)")
        show.table((), show.standing(counts, sums))
        for item in by_status.get("held", ()):
            if isinstance(item.first, Hold):
                click.echo(f"  row {item.notice.place.row}: {item.first.sentence}")
    return {
        "file": plan.file.name,
        "status": "dry run",
        "results": None,
        "counts": counts,
        "sums": show.sums_by_status(sums),
    }


def _by_status(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Group a plan's items by the word that the result CSV would show."""
    found: dict[str, list[Item]] = {}
    for item in items:
        match item.first:
            case Pay():
                word = "ready"
            case Hold():
                word = "held"
            case Skip():
                word = "skipped"
            case Duplicate():
                word = "duplicate"
        found.setdefault(word, []).append(item)
    return found
