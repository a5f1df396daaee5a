"""Open what a command needs: workspace, mappings, books, journal and ERP.

Wiring only.  Where no ERP is configured the embedded sandbox is started for the
time of the command, and said loudly.
"""

import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer import __version__, books, erp, settings, shipped, systems, tokens
from importer.books.quoted import Quote, asked, named
from importer.cli import options, progress
from importer.erp import Erp, Parts
from importer.erp.secret import Secret
from importer.inbox import Inbox
from importer.intake import Rules
from importer.journal import Journal
from importer.journal.entry import Entry, Part
from importer.journal.orders import Call
from importer.logs import Log, keeping
from importer.logs.keeping import Keeping
from importer.mapping import load
from importer.mapping.aliases import load_aliases
from importer.notices.teller import telling
from importer.reopening import reopened
from importer.resolve import Limits
from importer.resolve.snapshot import Books
from importer.rounds.reports import Bench, unattended
from importer.settings import Workspace
from importer.table import Bounds

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

SANDBOX_METHODS = {"default": 12}
STEPS = "importer.steps"
# Other commands only look, a monitor's each minute: that they did is no news.
WORK = frozenset({"run", "post", "watch", "settle", "sync"})
_log = Log("cli")


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def workspace(root: Path) -> Workspace:
    """Read the settings, and say so where everything runs against the sandbox."""
    found = settings.load(root, os.environ)
    if not found.configured:
        is_there = (found.root / settings.FILE).exists()
        click.echo(
            f"{'importer.toml says nothing' if is_there else 'no importer.toml here'}: "
            "everything runs against the embedded SANDBOX, no real ERP is touched",
            err=True,
        )
    _start_log(found)
    _tell_steps()
    return found


def _tell_steps() -> None:
    """Tell a person of long steps from now on, until the command that began ends."""
    context = click.get_current_context(silent=True)
    if context and progress.wanted() and not context.meta.get(STEPS):
        context.meta[STEPS] = True
        context.call_on_close(lambda: context.meta.pop(STEPS))
        context.with_resource(progress.steps())


def _start_log(here: Workspace) -> None:
    """Log to the file of the settings, or to standard error where that is wanted.

    A person at a terminal is told everything anyway; a service is not.
    """
    section, context = here.settings.log, click.get_current_context(silent=True)
    said = context.meta if context else {}
    name = context.command.name if context else ""
    usual = section.level if name in WORK else "warning"
    level = said.get(options.LOG_LEVEL) or usual
    file = here.root / section.file if section.file else None
    is_wanted = said.get(options.LOG_LEVEL) or options.is_quiet()
    if not (file or is_wanted or keeping.is_journald(os.environ)):
        return
    wanted = Keeping(level, section.format, file, section.megabytes, section.keep)
    keeping.start(wanted, os.environ)
    _log.info("started", command=name, version=__version__, process=os.getpid())


def inbox(here: Workspace) -> Inbox:
    """Return the workspace's inbox."""
    section = here.settings.inbox
    return Inbox(
        folder=here.inbox,
        archive=here.archive,
        refused=here.refused,
        spool=here.root / ".spool",
        quiet_seconds=section.quiet_seconds,
        bytes_most=section.megabytes_most << 20,
        on_a_share=bool(systems.network_type(here.inbox)),
    )


@contextmanager
def journal(here: Workspace) -> Iterator[Journal]:
    """Open the journal under the name of the person at the keyboard."""
    with Journal.open(
        here.journal_url, top=here.root, now=now, actor=systems.person()
    ) as opened:
        yield opened


@contextmanager
def bench(here: Workspace) -> Iterator[Bench]:
    """Open all that a round works with; SIGTERM and Ctrl-C stop it between payments."""
    told = threading.Event()
    for number in systems.stop_signals():
        signal.signal(number, lambda *_: told.set())
    with telling(here, os.environ, now) as tell, journal(here) as opened:
        opened.bind(here.settings.journal.erp or here.settings.erp.name)
        yield Bench(
            workspace=here,
            journal=opened,
            inbox=inbox(here),
            rules=partial(rules, here, opened),
            explaining=partial(explaining, here, opened),
            connect=partial(connection, here, opened),
            now=now,
            stop=told.is_set,
            wait=told.wait,
            tell=tell,
            attended=progress.posting if progress.wanted() else unattended,
        )


def rules(here: Workspace, opened: Journal) -> Rules:
    """Load mappings, aliases and books, and what our own payments took since."""
    return _rules(here, opened, ())


def explaining(here: Workspace, opened: Journal, sha256: str) -> Rules:
    """Load them with all open again that the payments of one file took."""
    entries = opened.entries(file=sha256)
    return _rules(here, opened, (part for one in entries for part in one.taking))


def _rules(here: Workspace, opened: Journal, but: Iterable[Part]) -> Rules:
    mappings = load.load_folder(here.mappings)
    aliases = load_aliases(here.aliases)
    if here.settings.erp.kind == "sandbox" and not here.books.is_file():
        with connection(here, opened) as client:
            sync(here, client)
    stored = books.load(here.books)
    # Counted first: a file that comes in now is one that overtakes.
    after = opened.files_taken()
    taken = opened.taken_since(stored.synced_at)
    invoices = reopened(stored.invoices, but)
    known = Books(stored.customers, invoices, aliases, taken)
    traits = erp.client(here.settings.erp.client).traits
    return Rules(
        mappings,
        known,
        limits(here),
        bounds(here),
        after,
        traits.parts,
        None if traits.lists_all else partial(_asked, here, opened),
    )


def _asked(
    here: Workspace,
    opened: Journal,
    wanted: tuple[Quote, ...],
) -> Books:
    """Ask the ERP for what is quoted, and keep what was found in the books."""
    stored = books.load(here.books)
    with connection(here, opened) as client:
        found = asked(stored, wanted, client, now().date())
    books.save(
        here.books, found.customers, found.invoices, found.synced_at, found.source
    )
    taken = opened.taken_since(found.synced_at)
    aliases = load_aliases(here.aliases)
    return Books(found.customers, found.invoices, aliases, taken)


def parts(here: Workspace) -> Parts:
    """Return how the ERP of the settings cuts what is paid."""
    return erp.client(here.settings.erp.client).traits.parts


def bounds(here: Workspace) -> Bounds:
    """Return what the settings allow one file to take while it is read."""
    section = here.settings.reading
    return Bounds(
        size=section.megabytes_most << 20,
        unpacked=section.unpacked_megabytes_most << 20,
        cells=section.cells_most,
        memory=section.memory_megabytes_most << 20,
        seconds=section.seconds_most,
    )


def limits(here: Workspace) -> Limits:
    """Return what the settings allow without a person."""
    return Limits(
        per_payment=here.settings.posting.limit_per_payment,
        per_file=here.settings.posting.limit_per_file,
        closed_until=here.settings.posting.closed_until,
        location=here.settings.erp.location,
        currency=here.settings.erp.currency,
    )


def sync(here: Workspace, client: Erp, days_back: int = 365) -> str:
    """Refresh the books from the ERP and say what was found."""
    at = now()
    known = named(load.load_folder(here.mappings), load_aliases(here.aliases))
    customers, invoices = books.from_erp(client, at.date(), days_back, known)
    books.save(here.books, customers, invoices, at, client.traits.kind)
    _log.info("books refreshed", customers=len(customers), invoices=len(invoices))
    found = (
        f"{len(invoices)} open invoices of {len(customers)} customers "
        f"from {here.settings.erp.kind}\n"
    )
    if not client.traits.lists_all:
        return (
            f"{found}it has no list of all: these are the customers that rules "
            f"and {here.aliases.name} name; invoices that a file quotes are asked for"
        )
    return found + (
        "open amounts are invoices less payments: credits and discounts are not seen, "
        "an exported open-invoice list is exact (importer sync --from FILE)"
    )


@contextmanager
def connection(here: Workspace, opened: Journal) -> Iterator[Erp]:
    """Connect to the ERP of the settings; calls are counted in the journal."""
    section = here.settings.erp
    with _address(here) as url:

        def meter(method: str) -> None:
            call = Call(section.client, now().date(), method, section.daily_calls)
            opened.count(call)

        yield erp.connect(
            section.client,
            url=url,
            token=Secret(tokens.fetch(here, os.environ)),
            methods=section.methods or SANDBOX_METHODS,
            location=section.location,
            timeout=section.timeout_seconds,
            meter=meter,
            options=section.options,
        )


@contextmanager
def _address(here: Workspace) -> Iterator[str]:
    section = here.settings.erp
    if is_rehearsal(here):
        with stand_in(here) as running:
            yield running.url_of(section.plays)
        return
    yield section.url


def is_rehearsal(here: Workspace) -> bool:
    """Return whether the ERP is the embedded sandbox."""
    return here.settings.erp.kind == "sandbox" and not here.settings.erp.url


def stand_in(here: Workspace) -> "Sandbox":
    """Return the workspace's own sandbox; a new one knows the samples' company."""
    from importer.sandbox import Sandbox  # noqa: PLC0415 -- only without an ERP

    return Sandbox(here.root / "sandbox.db", shipped.folder("samples") / "books.json")


def posted_row(entry: Entry) -> list[str]:
    """Return a posted remittance as a line of a table."""
    from importer.results import row_of  # noqa: PLC0415 -- only for tables

    row = row_of(entry)
    money = f"{row['amount']} {row['currency']}"
    return [row["control_number"], money, row["customer_name"], row["invoices"]]
