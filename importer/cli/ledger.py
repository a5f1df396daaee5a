"""`importer ledger`: write every remittance ever taken in."""

from datetime import datetime
from pathlib import Path

import click

from importer import ledger
from importer.cli import options, session


@click.command("ledger")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--file", "name", default="", help="Only what came from this file.")
@options.workspace
def command(
    root: Path, first: datetime | None, last: datetime | None, name: str
) -> None:
    """Write ledger.csv from the journal: all remittances, or some days or one file."""
    here = session.workspace(root)
    with session.journal(here) as journal:
        rows = ledger.write(
            journal,
            here.ledger,
            first=first.date() if first else None,
            last=last.date() if last else None,
            file=name,
        )
    click.echo(f"{here.ledger}: {rows} remittances")
