"""`importer ledger`: write every remittance ever taken in, or what undoes a file."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import click

from importer import erp, ledger, undoing
from importer.cli import options, printable, session, show
from importer.journal.entry import FileRecord
from importer.logs.steps import step
from importer.settings import Workspace
from importer.undoing import Stands, Undo

HEADS = ("row", "control", "amount", "customer", "on invoices", "day", "reference")


@click.command("ledger")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--file", "name", default="", help="Only what came from this file.")
@click.option("--undo", is_flag=True, help="List what undoes that file in the ERP.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write that list as a CSV, too."
)
@options.workspace
@options.as_json
def command(  # noqa: PLR0913, PLR0917 -- each is an option
    root: Path,
    first: datetime | None,
    last: datetime | None,
    name: str,
    undo: bool,  # noqa: FBT001 -- flags of click
    out: Path | None,
    wants_json: bool,  # noqa: FBT001
) -> int:
    """Write ledger.csv from the journal: all remittances, or some days or one file.

    With --undo, write nothing there; list each payment of one file, and what a person
    does in the ERP to take it out.
    """
    here = session.workspace(root)
    if undo:
        if not name or first or last:
            raise click.UsageError("--undo needs --file NAME, and takes no days")
        return _undo(here, name, out, wants_json=wants_json)
    if out or wants_json:
        raise click.UsageError("--out and --json go with --undo")
    with session.journal(here) as journal, step("writing the ledger"):
        rows = ledger.write(
            journal,
            here.ledger,
            first=first.date() if first else None,
            last=last.date() if last else None,
            file=name,
        )
    click.echo(f"{here.ledger}: {rows} remittances")
    return 0


def _undo(here: Workspace, name: str, out: Path | None, *, wants_json: bool) -> int:
    """List what a file has put into the ERP; exit code 1 where a person is needed."""
    how = erp.client(here.settings.erp.client).traits.undo
    with session.journal(here) as journal:
        file = undoing.chosen(journal.files(), name)
        lines = list(undoing.undone(journal.entries(file=file.sha256), how))
    if out:
        undoing.write(out, lines)
    if wants_json:
        options.say(_document(file, lines))
    else:
        _tell(file, lines)
        if out:
            click.echo(f"as a CSV: {out}")
    return int(bool(lines))


def _document(file: FileRecord, lines: Sequence[Undo]) -> dict[str, object]:
    rows = [asdict(one) | {"stands": one.stands.value} for one in lines]
    return {
        "file": file.name,
        "sha256": file.sha256,
        "taken_at": file.taken_at.isoformat(timespec="seconds"),
        "undo": rows,
        "sums": {word.value: _sums(lines, word) for word in Stands},
    }


def _tell(file: FileRecord, lines: Sequence[Undo]) -> None:
    """Print the lines under what is to be done, and what they come to."""
    when = f"{file.taken_at:%Y-%m-%d %H:%M} UTC"
    click.echo(printable(f"{file.name}, taken in {when}, {file.records} remittances"))
    groups: defaultdict[str, list[Undo]] = defaultdict(list)
    for one in lines:
        groups[one.what].append(one)
    for what, some in groups.items():
        click.echo(printable(f"\n{some[0].stands.value}: {what}"))
        show.table(HEADS, [_row(one) for one in some])
        for one in some:
            if one.remark:
                click.echo(printable(f"  row {one.row}: {one.remark}"))
    click.echo("")
    for word in Stands:
        if found := [one for one in lines if one.stands is word]:
            sums = _sums(lines, word).items()
            total = ", ".join(f"{amount:,} {currency}" for currency, amount in sums)
            click.echo(f"{word.value}: {len(found)} payments, {total}")
    if not lines:
        click.echo("nothing of it is in the ERP, and nothing would be sent")


def _row(one: Undo) -> list[str]:
    cells = one.cells()
    money = f"{cells['amount']} {cells['currency']}".strip()
    customer = f"{cells['customer']} {cells['customer_name']}".strip()
    return [
        *(cells["row"], cells["control_number"], money, customer),
        *(cells["invoices"], cells["day"], cells["reference"]),
    ]


def _sums(lines: Sequence[Undo], stands: Stands) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in lines:
        if one.stands is stands and one.amount is not None:
            sums[one.currency] += one.amount
    return dict(sums)
