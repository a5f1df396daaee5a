"""`importer settle`: find out about what is in doubt."""

from pathlib import Path

import click

from importer import rounds
from importer.cli import options, session, story


@click.command("settle")
@options.workspace
@options.as_json
def command(root: Path, wants_json: bool) -> int:  # noqa: FBT001 -- a flag of click
    """Look for payments in doubt in the ERP's own list; nothing is sent again."""
    here = session.workspace(root)
    with session.bench(here) as bench:
        report = rounds.settle(bench)
        return story.told(report, bench, wants_json=wants_json)
