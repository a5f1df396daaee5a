"""`importer init`: from nothing to a first post in the sandbox, by questions or flags.

On a terminal it asks; elsewhere the flags say all, and what they leave out has its
default.  Every step prints the command that it is, and at the end the next one.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from importer import tokens, workspaces
from importer.cli import choosing, options, session, steps
from importer.cli.steps import Guide
from importer.erp import ERPS
from importer.errors import Fault, SettingsRefused
from importer.inbox import heartbeat
from importer.settings import Workspace
from importer.workspaces import ErpChoice


@click.command("init")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--erp",
    "kind",
    type=click.Choice(("sandbox", *ERPS)),
    help="Where payments go; in a rehearsal's workspace: begin the real work.",
)
@click.option("--plays", type=click.Choice(list(ERPS)), help="What a rehearsal plays.")
@click.option("--url", help="The ERP's address.")
@click.option("--token-env", help="The variable that will hold the token.")
@click.option("--token-file", help="A file of its owner's alone that holds it.")
@click.option("--token-keyring", help="The entry of the system's keyring.")
@click.option("--location", help="Komet Multi-Location companies: their location.")
@click.option(
    "--option",
    "further",
    multiple=True,
    metavar="KEY=VALUE",
    help="A key of [erp.options].",
)
@click.option("--account", help="What you call the account that FILE is of.")
@click.option("--currency", help="The currency that FILE is in.")
@click.option(
    "--open-invoices",
    "listed",
    type=click.Path(path_type=Path),
    help="An exported open-invoice list, for the books.",
)
@click.option(
    "--through", is_flag=True, help="Also check, try dry and, rehearsing, post."
)
@click.option("--ask/--no-ask", default=None, help="Ask (default: on a terminal).")
@options.workspace
def command(root: Path, **given: Any) -> int:
    """Make a workspace; with FILE also a mapping guessed from it, and try it."""
    flags = Flags(**given)
    guide = Guide(root, asks=flags.asks)
    if not (root / workspaces.SETTINGS).is_file():
        _begin(guide, flags)
    elif flags.kind not in (None, "sandbox"):
        _live(guide, flags)
        return 0
    elif not (flags.file or guide.asks):
        workspaces.make(root)
    file = flags.file or guide.bank_file()
    if file is None:
        guide.next("init FILE", "with a file from your bank")
        return 0
    listed = flags.listed or guide.open_invoices(session.workspace(root))
    if listed:
        guide.run("sync", "--from", str(listed))
    code = steps.mapping(guide, file, flags.account, flags.currency)
    if guide.asks or flags.through:
        return steps.try_out(guide, file)
    guide.next("check")
    guide.next(f"run --dry-run {file}")
    return code


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line says."""

    file: Path | None
    kind: str | None
    plays: str | None
    url: str | None
    token_env: str | None
    token_file: str | None
    token_keyring: str | None
    location: str | None
    further: tuple[str, ...]
    account: str | None
    currency: str | None
    listed: Path | None
    through: bool
    ask: bool | None

    @property
    def asks(self) -> bool:
        """Return whether a person sits there to be asked."""
        if self.ask is not None:
            return self.ask
        return sys.stdin.isatty() and sys.stdout.isatty()

    @property
    def kept(self) -> tuple[str, str]:
        """Return where the token is kept: the key of `[erp]` and its value."""
        places = {
            "token_env": self.token_env,
            "token_file": self.token_file,
            "token_keyring": self.token_keyring,
        }
        said = [(key, value) for key, value in places.items() if value]
        if len(said) > 1:
            raise click.UsageError("the token is kept in one place: give one --token-…")
        return said[0] if said else ("", "")

    @property
    def options(self) -> dict[str, str]:
        """Return the keys of `[erp.options]`."""
        pairs = [one.partition("=") for one in self.further]
        if any(not key or not equals for key, equals, _ in pairs):
            raise click.UsageError("write --option KEY=VALUE")
        return {key: value for key, _, value in pairs}


def _begin(guide: Guide, flags: Flags) -> None:
    """Make a workspace."""
    chosen = _chosen(guide, flags)
    workspaces.make(guide.root, workspaces.text(chosen))
    click.echo(f"made a workspace in {guide.root.absolute()}")
    if chosen.kind == "sandbox":
        click.echo(
            "it is a rehearsal: payments go into the sandbox, a stand-in on this "
            "machine, and nothing real is touched"
        )
        return
    _keep(guide, chosen)


def _live(guide: Guide, flags: Flags) -> None:
    """End the rehearsal of a workspace, and begin the real work in it."""
    here = session.workspace(guide.root)
    _may_go_live(here)
    chosen = _chosen(guide, flags)
    folder = workspaces.go_live(guide.root, chosen, session.now().date())
    click.echo(f"the rehearsal is set aside, whole: {folder}")
    click.echo(f"[erp] in {guide.root / workspaces.SETTINGS} names {chosen.kind} now")
    if waiting := [one for one in here.inbox.iterdir() if one.is_file()]:
        click.echo(f"inbox/ holds {len(waiting)} files: they will be posted for real")
    _keep(guide, chosen)
    guide.next("check --online", "asks the ERP for its set-up, and posts nothing")
    guide.next("sync")


def _may_go_live(here: Workspace) -> None:
    path = str(here.root / workspaces.SETTINGS)
    if here.settings.erp.kind != "sandbox":
        raise SettingsRefused(
            Fault(
                path,
                f"this workspace posts into {here.settings.erp.kind} already",
                hint="one workspace serves one ERP: make another with --workspace",
            )
        )
    if here.journal_url != f"sqlite:///{here.root / 'journal.db'}":
        raise SettingsRefused(
            Fault(
                path,
                "the rehearsal's journal lies outside this workspace",
                hint="name a new database in [journal] url first",
            )
        )
    beat = heartbeat.read(here.heartbeat)
    if beat and beat.is_alive(session.now()):
        raise SettingsRefused(
            Fault(
                str(here.root),
                f"a watcher works here ({beat.process})",
                hint="stop it first, then begin the real work",
            )
        )


def _chosen(guide: Guide, flags: Flags) -> ErpChoice:
    """Return the ERP that flags and answers name."""
    kind, plays = flags.kind, flags.plays
    if kind is None:
        kind, plays = choosing.kind(guide, plays)
    if kind == "sandbox":
        return ErpChoice("sandbox", plays or "komet")
    return ErpChoice(
        kind=kind,
        url=flags.url or choosing.url(guide, kind),
        kept=choosing.kept(guide, kind) if not flags.kept[0] else flags.kept,
        location=flags.location or "",
        options=choosing.options(guide, kind, flags.options),
    )


def _keep(guide: Guide, chosen: ErpChoice) -> None:
    """Have the token put where it is to be kept; it is neither shown nor logged."""
    place, name = chosen.kept
    is_there = place == "token_file" and (guide.root / name).is_file()
    if place == "token_env":
        click.echo(f"next: export {name}=…, with the token, for every start")
    elif is_there:
        click.echo(f"the token is read from {name}")
    elif guide.asks:
        token = click.prompt("Token (it is not shown)", hide_input=True).strip()
        tokens.keep(place, name, token, guide.root)
        click.echo(f"the token is kept: {place} = {name}")
    else:
        click.echo(f"next: {tokens.how(place, name)}")
