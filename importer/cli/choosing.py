"""Ask which ERP, where it is, and where its token is kept; without a person, decide."""

from collections.abc import Mapping

import click

from importer import workspaces
from importer.cli.steps import Guide
from importer.errors import Fault, SettingsRefused

NAMES = {"komet": "Komet Sales", "crmcom": "CRM.COM"}
PLACES = {
    "env": "token_env",
    "file": "token_file",
    "keyring": "token_keyring",
}


def kind(guide: Guide, plays: str | None) -> tuple[str, str]:
    """Return the kind of ERP, and what a rehearsal plays."""
    if not guide.asks:
        return "sandbox", plays or "komet"
    named = plays or guide.one_of("Which ERP are your receivables in?", NAMES, "komet")
    if guide.yes(
        f"Rehearse first, against a stand-in of {NAMES.get(named, named)} on this "
        "machine? Nothing real is touched"
    ):
        return "sandbox", named
    return named, named


def url(guide: Guide, kind_: str) -> str:
    """Return the ERP's address."""
    usual = workspaces.URLS.get(kind_)
    if guide.asks:
        said: str = click.prompt("The address of its API", default=usual)
        return said.strip()
    if usual is None:
        raise SettingsRefused(
            Fault("", f"nothing says where {kind_} is", hint="give --url https://…")
        )
    return usual


def kept(guide: Guide, kind_: str) -> tuple[str, str]:
    """Return where the token is to be kept: the key of `[erp]` and its value."""
    variable = workspaces.TOKENS.get(kind_, "ERP_TOKEN")
    if not guide.asks:
        return "token_env", variable
    place = guide.one_of(
        "Where shall its token be kept?",
        {
            "env": "a variable of the environment, that your service sets",
            "file": "a file that only you can read",
            "keyring": "the system's keyring",
        },
        "file",
    )
    usual = {
        "env": variable,
        "file": "token.txt",
        "keyring": guide.root.absolute().name,
    }
    name: str = click.prompt("Its name", default=usual[place])
    return PLACES[place], name.strip()


def options(guide: Guide, kind_: str, said: Mapping[str, str]) -> dict[str, str]:
    """Return the keys of `[erp.options]`; those that it cannot do without are asked."""
    if not guide.asks:
        return dict(said)
    asked = {
        name: click.prompt(f"[erp.options] {name}", default=usual)
        for name, usual in workspaces.ASKED.get(kind_, {}).items()
        if name not in said
    }
    return {**asked, **said}
