"""`importer demo`: a workspace, the sandbox and the samples, in one command."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from importer import rounds, shipped, workspaces
from importer.cli import printable, session, show
from importer.cli.choosing import NAMES
from importer.cli.status import waits
from importer.journal import Journal
from importer.rounds.reports import Bench, Round
from importer.workspaces import ErpChoice

COLUMNS = ("posted", "held", "skipped", "duplicate", "in_doubt")


@click.command("demo")
@click.option(
    "--erp",
    "kind",
    type=click.Choice(list(NAMES)),
    default="komet",
    show_default=True,
    help="The ERP that the sandbox plays.",
)
def command(kind: str) -> int:
    """Tell the whole story on invented samples; no real ERP is touched."""
    root = Path(tempfile.mkdtemp(prefix="importer-demo-"))
    workspaces.make(root, workspaces.text(ErpChoice("sandbox", kind)))
    shutil.copytree(shipped.folder("mappings"), root / "mappings", dirs_exist_ok=True)
    here = session.workspace(root)
    click.echo("A flower wholesaler's customers have paid through several banks.")
    click.echo(f"workspace: {root}")
    click.echo(
        f"ERP: the sandbox plays {NAMES[kind]}, a local stand-in; "
        "no real ERP is touched\n"
    )
    with session.bench(here) as bench:
        _story(bench)
    return 0


def _story(bench: Bench) -> None:
    here, journal = bench.workspace, bench.journal
    with bench.connect() as erp:
        click.echo(session.sync(here, erp))
    dropped = sorted(_samples())
    for path in dropped:
        shutil.copy(path, here.inbox / path.name)
    click.echo(f"dropped into {here.inbox.name}/: {len(dropped)} files\n")
    done = rounds.from_inbox(bench, sorted(here.inbox.iterdir()), post=True)
    _tell(done, journal)
    click.echo(
        "\nWhat a clerk does next: open a result CSV in a spreadsheet, write post"
    )
    click.echo("or skip into its column decision, save it, and drop it into the inbox:")
    click.echo(f"  {here.inbox}")
    click.echo(f"To go on by hand: importer status --workspace {here.root}")


def _samples() -> Iterator[Path]:
    """Find the sample bank files: one folder per mapping, results beside them."""
    for path in shipped.folder("samples").glob("*/*"):
        if path.is_file() and ".expected." not in path.name:
            yield path


def _tell(done: Round, journal: Journal) -> None:
    rows = []
    for one in done.written:
        counts = journal.counts(file=one.record.sha256)
        rows.append(
            [one.record.name, str(one.record.records)]
            + [str(counts[word]) for word in COLUMNS]
        )
    heads = ("file", "read", *COLUMNS)
    show.table(heads, rows)
    click.echo("\nposted, with the ERP's control numbers:")
    show.table(
        ("control", "amount", "customer", "on invoices"),
        [session.posted_row(entry) for entry in journal.entries(statuses=["posted"])],
    )
    click.echo("\nheld for a person, and why:")
    for entry in journal.entries(statuses=rounds.NEEDS_A_PERSON):
        said = waits(entry)
        click.echo(printable(f"  {said['file']}:{said['row']}  {said['reason']}"))
    click.echo("\nresult CSVs:")
    for one in done.written:
        click.echo(f"  {one.path}")
