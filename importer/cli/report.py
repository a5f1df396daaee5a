"""`importer report`: how much goes through by itself, and what waits, on one page."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from importer import files, report
from importer.cli import options, printable, session
from importer.inbox import heartbeat
from importer.report import Scope
from importer.settings import Workspace

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("report")
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page to write (default: report.html in the workspace).",
)
@click.option("--from", "first", type=DAY, help="Files taken in on this day or later.")
@click.option("--until", "last", type=DAY, help="Files taken in on this day or before.")
@options.workspace
@options.as_json
def command(
    root: Path,
    path: Path | None,
    first: datetime | None,
    last: datetime | None,
    wants_json: bool,  # noqa: FBT001 -- a flag of click
) -> None:
    """Write one HTML page of figures; with --json print them instead."""
    if first and last and first > last:
        raise click.UsageError("--from is a later day than --until")
    here = session.workspace(root)
    section = here.settings.erp
    scope = Scope(
        now=session.now(),
        erp=section.client,
        daily_calls=section.daily_calls,
        first=first.date() if first else None,
        last=last.date() if last else None,
        watcher=_watcher(here),
    )
    with session.journal(here) as journal:
        found = report.figures(journal, scope)
    if wants_json:
        options.say(report.document(found))
    if path or not wants_json:
        path = path or here.root / "report.html"
        files.whole(path, report.page(found).encode())
        if not wants_json:
            click.echo(printable(f"{path}: {found.read.rows:,} rows"))


def _watcher(here: Workspace) -> str:
    """Say what the watcher does, without the names of the files it waits for."""
    beat = heartbeat.read(here.heartbeat)
    patience = timedelta(seconds=here.settings.erp.timeout_seconds)
    return beat.sentence(session.now(), patience) if beat else ""
