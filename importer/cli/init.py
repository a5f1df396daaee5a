"""`importer init`: a workspace to start with, or a mapping guessed from a file."""

from pathlib import Path

import click

from importer import guess, inspection, readers
from importer.cli import options, session
from importer.errors import Fault, SettingsRefused
from importer.mapping.load import load

SETTINGS = """\
# What this company's importer needs to know.  Any key can also be given in the
# environment: IMPORTER_ERP_KIND=komet and so on.

[erp]
kind = "sandbox"                  # the stand-in; "komet" or "crmcom" posts into that
# url       = "https://api.kometsales.com/api"
# token_env = "KOMET_TOKEN"       # the variable that holds the token, never the token
# location  = "MIA"               # Multi-Location companies only
# currency  = "USD"               # money in any other waits for a person
# daily_calls = 3000              # 1,000 for each paid user

[erp.methods]                     # kind of payment in a file -> the ERP's method
check   = 12
ach     = 13
wire    = 14
card    = 15
default = 12                      # when neither file nor rule says the kind

[posting]
workers = 4
# limit_per_payment = "50000.00"  # what is above waits for a person
# limit_per_file = "500000.00"    # a file that would pay more waits, all of it
# closed_until = 2026-03-31       # nothing is paid into months that are closed
# approve = "file"                # nothing is sent that no person has approved

[inbox]
quiet_seconds = 5                 # a dropped file must have been still for so long
"""
FOLDERS = ("mappings", "inbox", "archive", "refused", "results")


@click.command("init")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@options.workspace
def command(file: Path | None, root: Path) -> int:
    """Make a workspace; with FILE also write a mapping guessed from it."""
    if file is None or not (root / "importer.toml").is_file():
        _made(root)
    if file is None:
        click.echo("next: importer init FILE, with a file from your bank")
        return 0
    return _mapping(file, root)


def workspace(root: Path, text: str = SETTINGS) -> None:
    """Make the folders and the settings of a workspace."""
    settings = root / "importer.toml"
    if settings.exists():
        raise SettingsRefused(
            Fault(
                str(settings),
                "there is a workspace here already",
                hint="name another folder with --workspace, "
                "or a bank file to guess a mapping from: importer init FILE",
            )
        )
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    settings.write_text(text, encoding="utf-8")
    aliases = root / "mappings" / "customers.csv"
    if not aliases.exists():
        aliases.write_text("remitter,account,customer,since,by,note\n", "utf-8")


def _made(root: Path) -> None:
    workspace(root)
    click.echo(f"made a workspace in {root.absolute()}")
    click.echo("it posts into the sandbox until [erp] kind in importer.toml says else")


def _mapping(file: Path, root: Path) -> int:
    bounds = session.bounds(session.workspace(root))
    glance = readers.glance(file, bounds)
    guessed, _ = inspection.guess_from(file, glance, bounds)
    target = root / "mappings" / f"{_name(file)}.toml"
    if target.exists():
        raise SettingsRefused(
            Fault(
                str(target),
                "there is a mapping of this name already",
                hint="edit it, or move it away and guess anew",
            )
        )
    target.write_text(guess.write(guessed), encoding="utf-8")
    click.echo(f"wrote {target}")
    found = inspection.look(file, (load(target),), bounds)
    for (_, currency), tally in found.tallies.items():
        click.echo(
            f"read with it: {tally.count} rows, sum {tally.sum} {currency}, "
            f"{tally.first_date} to {tally.last_date}"
        )
    for one in guessed.unsure:
        click.echo(f"  unsure: {one}")
    if found.refused:
        click.echo(f"importer: {found.refused}", err=True)
    click.echo(f"next: read the mapping, then: importer explain {file}")
    return 1 if guessed.unsure or found.refused else 0


def _name(file: Path) -> str:
    letters = [one if one.isalnum() else "_" for one in file.stem.lower()]
    return "_".join("".join(letters).split("_")).strip("_") or "bank"
