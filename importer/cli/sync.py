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
        found = books.from_list(readers.read(listed))
        for sentence in found.understood:
            click.echo(sentence)
        stored = books.Stored(
            found.customers, found.invoices, session.now(), listed.name
        )
        books.save(here.books, stored)
        count = len(found.customers)
        click.echo(f"{len(found.invoices)} open invoices of {count} customers")
        return
    with session.journal(here) as journal, session.connection(here, journal) as erp:
        click.echo(session.sync(here, erp, days))
        section = here.settings.erp
        calls = sum(journal.calls(section.kind, session.now().date()).values())
        click.echo(f"calls today: {calls} of {section.daily_calls}")
