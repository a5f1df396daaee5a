"""Open what a command needs: workspace, mappings, books, journal and ERP.

Wiring only.  Where no ERP is configured the embedded sandbox is started for the
time of the command, and said loudly.
"""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from importer import books, erp, settings, shipped
from importer.erp import Erp
from importer.erp.transport import Secret
from importer.intake import Rules
from importer.journal import Journal
from importer.journal.entry import Call
from importer.mapping import load
from importer.resolve import Limits
from importer.resolve.snapshot import Books
from importer.settings import Workspace


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def workspace(root: Path) -> Workspace:
    """Read the settings, and say so where everything runs against the sandbox."""
    found = settings.load(root, os.environ)
    if not found.configured:
        click.echo(
            "no importer.toml here: everything runs against the embedded SANDBOX, "
            "no real ERP is touched",
            err=True,
        )
    return found


@contextmanager
def journal(here: Workspace) -> Iterator[Journal]:
    """Open the journal under the name of the person at the keyboard."""
    with Journal.open(
        here.journal_url, top=here.root, now=now, actor=getpass.getuser()
    ) as opened:
        yield opened


def rules(here: Workspace, opened: Journal) -> Rules:
    """Load mappings, aliases and books, and what our own payments took since."""
    mappings = load.load_folder(here.mappings)
    aliases = load.load_aliases(here.aliases)
    stored = books.load(here.books)
    taken = opened.taken_since(stored.synced_at)
    limits = Limits(
        per_payment=here.settings.posting.limit_per_payment,
        location=here.settings.erp.location,
    )
    return Rules(
        mappings, Books(stored.customers, stored.invoices, aliases, taken), limits
    )


@contextmanager
def connection(here: Workspace, opened: Journal) -> Iterator[Erp]:
    """Connect to the ERP of the settings; calls are counted in the journal."""
    section = here.settings.erp
    with _address(here) as url:

        def meter(method: str) -> None:
            today = now().date()
            opened.count(Call(section.kind, today, method, section.daily_calls))

        yield erp.connect(
            section.kind,
            url=url,
            token=Secret(settings.token(here, os.environ)),
            methods=section.methods,
            location=section.location,
            timeout=section.timeout_seconds,
            meter=meter,
        )


@contextmanager
def _address(here: Workspace) -> Iterator[str]:
    section = here.settings.erp
    if section.url or section.kind != "sandbox":
        yield section.url
        return
    from importer.sandbox import Sandbox  # noqa: PLC0415 -- only without an ERP

    seed = shipped.folder("samples") / "books.json"
    with Sandbox(here.root / "sandbox.db", seed) as running:
        yield running.url
