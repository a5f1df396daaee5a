"""`importer status`: where everything stands, and what waits for a person."""

from pathlib import Path

import click

from importer.cli import options, session, show
from importer.journal import Journal
from importer.journal.entry import Entry
from importer.results import reason_of
from importer.rounds import NEEDS_A_PERSON


@click.command("status")
@options.workspace
@options.as_json
def command(root: Path, wants_json: bool) -> int:  # noqa: FBT001 -- a flag of click
    """Show counts and sums by status, calls left today, and what waits."""
    here = session.workspace(root)
    section = here.settings.erp
    with session.journal(here) as journal:
        calls = sum(journal.calls(section.client, session.now().date()).values())
        left = max(section.daily_calls - calls, 0)
        counts, sums = journal.counts(), journal.sums()
        waiting = [waits(one) for one in journal.entries(statuses=NEEDS_A_PERSON)]
        last = _last(journal)
    if wants_json:
        options.say(
            {
                "counts": dict(counts),
                "sums": show.sums_by_status(sums),
                "waiting": waiting,
                "calls_today": calls,
                "calls_left": left,
                "last_run": last,
            }
        )
        return 0
    if not any(counts.values()):
        click.echo("nothing was taken in yet; next: importer run FILE")
        return 0
    show.table(("status", "number", "money", "meaning"), show.standing(counts, sums))
    for one in waiting:
        click.echo(f"{one['file']}:{one['row']}  {one['status']}  {one['reason']}")
    click.echo(f"calls today: {calls}, left: {left}; last file taken in: {last}")
    return 0


def waits(entry: Entry) -> dict[str, object]:
    """Say which row waits for a person, and why."""
    place = entry.notice.place
    return {
        "remittance": entry.id,
        "file": entry.file.name,
        "row": place.row,
        "status": entry.status,
        "reason": reason_of(entry),
    }


def _last(journal: Journal) -> str | None:
    stamps = [file.taken_at for file in journal.files()]
    return max(stamps).isoformat(timespec="seconds") if stamps else None
