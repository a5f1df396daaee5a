"""The steps of a beginning: guess a mapping, check, try dry, post in the sandbox.

Each prints itself as the command that it is, so that a person knows it afterwards.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import click

from importer import guess, inspection, readers
from importer.cli import printable, session, show
from importer.errors import Fault, SettingsRefused
from importer.guess import Guess
from importer.guess.fields import NO_ACCOUNT, NO_CURRENCY
from importer.inspection import Inspection
from importer.mapping.claim import refusal
from importer.mapping.load import load, load_folder
from importer.model import Remittance
from importer.settings import Workspace

CANNOT_BE_USED = 2


@dataclass(frozen=True, slots=True)
class Guide:
    """Who leads through the steps of one workspace, and may ask a person."""

    root: Path
    asks: bool

    def one_of(self, question: str, named: Mapping[str, str], usual: str) -> str:
        """Ask for one of some words, each of which is explained."""
        click.echo(f"\n{question}")
        width = max(map(len, named))
        for word, meaning in named.items():
            click.echo(f"  {word:{width}}  {meaning}")
        choice = click.Choice(list(named))
        return str(click.prompt("", prompt_suffix="> ", default=usual, type=choice))

    def yes(self, question: str) -> bool:
        """Ask for yes or no."""
        return click.confirm(question, default=True)

    def path(self, question: str) -> Path | None:
        """Ask for a file, as people type it, paste it, or drag it there."""
        while self.asks:
            said = click.prompt(question, default="", show_default=False).strip()
            if not said:
                return None
            for one in (
                said,
                said.strip("'\""),
                *shlex.split(said, comments=False)[:1],
            ):
                if (found := Path(one).expanduser()).is_file():
                    return found
            click.echo("there is no such file; drag it here, or type its path")
        return None

    def bank_file(self) -> Path | None:
        """Ask for a first bank file."""
        return self.path("\nA file from your bank, to begin with (Enter: later)")

    def open_invoices(self, here: Workspace) -> Path | None:
        """Ask for the open invoices, where they do not come from the ERP."""
        if not session.is_rehearsal(here) or here.books.is_file():
            return None
        return self.path(
            "An open-invoice list from your ERP, CSV or Excel (Enter: without one "
            "nothing of yours is known, and all is held)"
        )

    def shown(self, rest: str) -> str:
        """Write a command as a person types it."""
        where = (
            "" if self.root == Path() else f" --workspace {shlex.quote(str(self.root))}"
        )
        name, _, more = rest.partition(" ")
        return " ".join(filter(None, (f"importer {name}{where}", more)))

    def next(self, rest: str, why: str = "") -> None:
        """Print the next command."""
        click.echo(f"next: {self.shown(rest)}" + (f", {why}" if why else ""))

    def run(self, name: str, *arguments: str) -> int:
        """Print a command, and do it."""
        rest = " ".join(shlex.quote(one) for one in arguments)
        click.echo(f"\n$ {self.shown(f'{name} {rest}'.strip())}")
        command: click.Command = import_module(f"importer.cli.{name}").command
        given = ["--workspace", str(self.root), *arguments]
        return int(command.main(given, standalone_mode=False) or 0)


def mapping(guide: Guide, file: Path, account: str | None, currency: str | None) -> int:
    """Guess the mapping of a file, and write it; return 1 where it is unsure."""
    here = session.workspace(guide.root)
    bounds = session.bounds(here)
    glance = readers.glance(file, bounds)
    for known in load_folder(here.mappings):
        if not refusal(glance, known.file):
            click.echo(f"{known.path} knows this file already")
            return 0
    guessed, _ = inspection.guess_from(file, glance, bounds)
    target = guide.root / "mappings" / f"{_name(file)}.toml"
    if target.exists():
        raise SettingsRefused(
            Fault(
                str(target),
                "there is a mapping of this name already",
                hint="edit it, or move it away and guess anew",
            )
        )
    answered = _answered(guide, guessed, account, currency)
    target.write_text(guess.write(answered), encoding="utf-8")
    click.echo(f"wrote {target}")
    found = inspection.look(file, (load(target),), bounds)
    _tell(found)
    for one in answered.unsure:
        click.echo(printable(f"  unsure: {one}"))
    if found.refused:
        click.echo(f"importer: {printable(str(found.refused))}", err=True)
    return 1 if answered.unsure or found.refused else 0


def _answered(
    guide: Guide, guessed: Guess, account: str | None, currency: str | None
) -> Guess:
    """Put in what a file does not say and a person knows."""
    read = guessed.mapping.read
    if guide.asks and read.account == NO_ACCOUNT and account is None:
        question = "What do you call the account that it is of? (such as US-CHASE-0417)"
        account = click.prompt(question).strip()
    if guide.asks and read.currency == NO_CURRENCY and currency is None:
        currency = click.prompt("In which currency is it?", default="USD")
    known = {"account": account, "currency": currency and currency.strip().upper()}
    said = {key: value for key, value in known.items() if value}
    unsure = tuple(one for one in guessed.unsure if one.partition(":")[0] not in said)
    new = guessed.mapping.model_copy(update={"read": read.model_copy(update=said)})
    return replace(guessed, mapping=new, unsure=unsure)


def _tell(found: Inspection) -> None:
    """Say what a file was read as, and show its first rows, to be compared."""
    for (_, currency), tally in found.tallies.items():
        click.echo(
            f"read with it: {tally.count} rows, sum {tally.sum} {currency}, "
            f"{tally.first_date} to {tally.last_date}; compare with the bank's own:"
        )
    show.table(
        ("row", "date", "amount", "who"),
        [
            [
                str(one.place.row),
                one.value_date.isoformat(),
                f"{one.amount} {one.currency}",
                printable(one.remitter or one.text)[:40],
            ]
            for one in found.first
            if isinstance(one, Remittance)
        ],
    )


def _name(file: Path) -> str:
    letters = [one if one.isalnum() else "_" for one in file.stem.lower()]
    return "_".join("".join(letters).split("_")).strip("_") or "bank"


def try_out(guide: Guide, file: Path) -> int:
    """Check, try dry and, in a rehearsal, post; then say how it goes on."""
    here = session.workspace(guide.root)
    if guide.run("check") == CANNOT_BE_USED:
        guide.next("check", "after mending what it names")
        return CANNOT_BE_USED
    code = guide.run("run", "--dry-run", str(file))
    if code == CANNOT_BE_USED:
        guide.next("explain FILE", "after mending the mapping")
        return code
    if not session.is_rehearsal(here):
        guide.next(f"run {file}", "which posts for real")
        return code
    if guide.asks and not guide.yes("\nPost it into the sandbox now?"):
        guide.next(f"run {file}")
        return code
    code = guide.run("run", str(file))
    _go_on(guide, here)
    return code


def _go_on(guide: Guide, here: Workspace) -> None:
    """Say what a clerk and an administrator do after the first post."""
    click.echo(
        f"\nThe result CSV lies in {here.results}: open it in a spreadsheet, write post"
        f" or skip\ninto its column decision, save it, and drop it into {here.inbox}"
    )
    guide.next("watch", "takes what is dropped into the inbox")
    guide.next("init --erp KIND", "ends the rehearsal, when you are content")
