"""`importer status`: where everything stands, and what waits for a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from textwrap import indent

import click

from importer import books
from importer.cli import options, printable, session, show
from importer.inbox import heartbeat
from importer.inbox.heartbeat import Beat
from importer.journal import Journal
from importer.journal.entry import Entry, Held
from importer.mapping.aliases import load_aliases, text_of
from importer.notices import teller
from importer.proposals import Proposal, proposals
from importer.report.terms import REASONS
from importer.resolve.snapshot import Books
from importer.results import reason_of
from importer.rounds import NEEDS_A_PERSON
from importer.settings import Workspace

PROPOSED_DAYS = 180
NEWEST = 20
"""How many waiting rows are told one by one."""


@click.command("status")
@click.option(
    "--alive",
    "wants_beat",
    is_flag=True,
    help="Only say whether the watcher lives; exit code 1 if it does not.",
)
@options.workspace
@options.as_json
def command(
    root: Path,
    wants_json: bool,  # noqa: FBT001 -- flags of click
    wants_beat: bool,  # noqa: FBT001
) -> int:
    """Show counts and sums by status, calls left today, and what waits."""
    here = session.workspace(root)
    if wants_beat:
        return _is_silent(here)
    section = here.settings.erp
    with session.journal(here) as journal:
        calls = sum(journal.calls(section.client, session.now().date()).values())
        left = max(section.daily_calls - calls, 0)
        counts, sums = journal.counts(), journal.sums()
        waiting = [waits(one) for one in journal.entries(statuses=NEEDS_A_PERSON)]
        last = _last(journal)
        proposed = _proposed(here, journal)
    beat = heartbeat.read(here.heartbeat)
    if wants_json:
        options.say(
            {
                "counts": dict(counts),
                "sums": show.sums_by_status(sums),
                "waiting": waiting,
                "calls_today": calls,
                "calls_left": left,
                "last_run": last,
                "watcher": asdict(beat) if beat else None,
            }
        )
        return 0
    _tell_watcher(here, beat)
    if trouble := teller.trouble_of(here):
        click.echo(printable(trouble))
    if not any(counts.values()):
        click.echo("nothing was taken in yet; next: importer run FILE")
        return 0
    show.table(("status", "number", "money", "meaning"), show.standing(counts, sums))
    _tell_waiting(waiting)
    for proposal in proposed:
        click.echo(f"{proposal.sentence}; to have it so from now on, put into")
        click.echo(f"  {proposal.file}:")
        click.echo(indent(proposal.line, "    "))
    click.echo(f"calls today: {calls}, left: {left}; last file taken in: {last}")
    return 0


def _is_silent(here: Workspace) -> int:
    """Say whether the watcher lives, for a monitor or a scheduler."""
    beat = heartbeat.read(here.heartbeat)
    if beat is None:
        click.echo("watcher: none has worked here; start one: importer watch")
        return 1
    _tell_watcher(here, replace(beat, left_alone={}))
    return int(not beat.is_alive(session.now(), _patience(here)))


def _patience(here: Workspace) -> timedelta:
    """Return how long a request under way may last without a beat."""
    return timedelta(seconds=here.settings.erp.timeout_seconds)


def _tell_watcher(here: Workspace, beat: Beat | None) -> None:
    """Say whether the watcher lives, what it waits for, and what it leaves alone."""
    if beat is None:
        return
    click.echo(printable(beat.sentence(session.now(), _patience(here))))
    for name, why in beat.left_alone.items():
        click.echo(printable(f"left alone in inbox/: {name} ({why})"))


def _tell_waiting(waiting: Sequence[Mapping[str, object]]) -> None:
    """Say what waits: row by row, or where it is much by reason and the newest."""
    newest = waiting[-NEWEST:]
    if len(waiting) > NEWEST:
        codes = Counter(str(one["code"]) for one in waiting)
        counted = [
            (code, f"{count:,}", REASONS.get(code, ""))
            for code, count in sorted(codes.items(), key=lambda one: (-one[1], one[0]))
        ]
        show.table(("waits for", "rows", "meaning"), counted)
        more = f"{len(waiting):,} rows wait; the newest {NEWEST} of them"
        click.echo(f"{more} (all: importer status --json, or the CSVs in results/):")
    for one in newest:
        said = f"{one['file']}:{one['row']}  {one['status']}  {one['reason']}"
        click.echo(printable(said))


def waits(entry: Entry) -> dict[str, object]:
    """Say which row waits for a person, and why."""
    place, code = entry.notice.place, entry.status
    if isinstance(entry.state, Held):
        code = entry.state.hold.reason.value
    return {
        "remittance": entry.id,
        "file": entry.file.name,
        "row": place.row,
        "status": entry.status,
        "code": code,
        "reason": reason_of(entry),
    }


def _proposed(here: Workspace, journal: Journal) -> tuple[Proposal, ...]:
    """Propose what people decided the same way during the last half year."""
    stored = books.load(here.books) if here.books.is_file() else None
    known = Books(stored.customers if stored else (), (), load_aliases(here.aliases))
    since = session.now() - timedelta(days=PROPOSED_DAYS)
    header = text_of(here.aliases).partition("\n")[0]
    return proposals(journal.decided_by_people(since), known, header)


def _last(journal: Journal) -> str | None:
    stamps = [file.taken_at for file in journal.files()]
    return max(stamps).isoformat(timespec="seconds") if stamps else None
