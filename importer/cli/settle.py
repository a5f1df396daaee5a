"""`importer settle`: find out about what is in doubt."""

from datetime import timedelta
from pathlib import Path

import click

from importer import rounds
from importer.cli import options, session, story


@click.command("settle")
@click.option(
    "--sweep",
    "days",
    type=click.IntRange(1, 365),
    is_flag=False,
    flag_value=7,
    metavar="[DAYS]",
    help="Also hold what was posted in the last days (7) against the ERP's list.",
)
@options.quiet
@options.workspace
@options.as_json
def command(root: Path, days: int | None, wants_json: bool) -> int:  # noqa: FBT001 -- a flag of click
    """Look for payments in doubt in the ERP's own list; nothing is sent again."""
    here = session.workspace(root)
    with session.bench(here) as bench:
        report = rounds.settle(bench, timedelta(days=days) if days else None)
        return story.told(report, bench, wants_json=wants_json)
