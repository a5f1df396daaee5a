"""`importer sync`: refresh the books."""

import os
from pathlib import Path

import click

from importer import books, readers
from importer.books import rehearsed
from importer.books.listed import Listed, from_list, is_header
from importer.cli import options, session
from importer.erp import ERPS
from importer.errors import ImporterError
from importer.notices import calm
from importer.notices.teller import telling
from importer.rounds.news import BOOKS, not_synced
from importer.settings import Workspace
from importer.table import Layout

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
        _from_list(here, listed)
        return
    with telling(here, os.environ, session.now) as tell:
        try:
            _from_erp(here, days)
        except ImporterError as error:
            tell([not_synced(error)])
            raise
        tell([calm(BOOKS, "the books are refreshed again")])


def _from_erp(here: Workspace, days: int) -> None:
    """Replace customers and open invoices by what the ERP has."""
    with session.journal(here) as journal, session.connection(here, journal) as erp:
        click.echo(session.sync(here, erp, days))
        section = here.settings.erp
        calls = sum(journal.calls(section.client, session.now().date()).values())
        click.echo(f"calls today: {calls} of {section.daily_calls}")


def _from_list(here: Workspace, listed: Path) -> None:
    """Replace the open invoices by those of an exported list."""
    rows = [row for head in readers.glance(listed).heads for row in head.rows]
    header = next((row.cells for row in rows if is_header(row.cells)), None)
    table = readers.read(listed, Layout(header=header))
    stored = books.load(here.books) if here.books.is_file() else None
    known = stored.customers if stored else ()
    if session.is_rehearsal(here):
        # The samples' company, which the stand-in knows at first, is not this one.
        known = () if stored and stored.source in ERPS else known
        known = rehearsed.numbered(table.file, table.header, table.rows(), known)
    found = from_list(table.file, table.header, table.rows(), known)
    for sentence in found.understood:
        click.echo(sentence)
    books.save(here.books, found.customers, found.invoices, session.now(), listed.name)
    click.echo(
        f"{len(found.invoices)} open invoices of {len(found.customers)} customers"
    )
    if session.is_rehearsal(here):
        _stock(here, found)


def _stock(here: Workspace, found: Listed) -> None:
    """Let the stand-in know the company's customers and open invoices as well."""
    seed = rehearsed.seed(found.customers, found.invoices, session.now().date())
    with session.stand_in(here) as running:
        running.stock(seed)
    said = f"the sandbox knows {len(seed['invoices'])} of these invoices now"
    less = len(found.invoices) - len(seed["invoices"])
    why = "credits, and numbers with letters or alike but for zeros in front"
    rest = f"; {less} it cannot hold: {why}" if less else ""
    click.echo(f"{said}{rest}")
