"""`importer sync`: refresh the books."""

from pathlib import Path

import click

from importer import books, readers
from importer.cli import options, session

DAYS_BACK = 365


@click.command("sync")
@click.option(
    "--from",
    "listed",
    type=click.Path(path_type=Path),
    help="An exported open-invoice list (CSV or Excel) instead of the ERP.",
)
@click.option(
    "--days",
    default=DAYS_BACK,
    show_default=True,
    help="How far back to look for open invoices in the ERP.",
)
@options.workspace
def command(root: Path, listed: Path | None, days: int) -> None:
    """Fetch customers and open invoices into books.db."""
    here = session.workspace(root)
    if listed:
        table = readers.read(listed)
        found = books.from_list(table)
        for sentence in found.understood:
            click.echo(sentence)
        books.save(
            here.books, found.customers, found.invoices, session.now(), listed.name
        )
        click.echo(
            f"{len(found.invoices)} open invoices of {len(found.customers)} customers"
        )
        return
    with session.journal(here) as journal, session.connection(here, journal) as erp:
        session.sync(here, erp, days)
