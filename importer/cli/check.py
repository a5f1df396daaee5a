"""`importer check`: settings, mappings with their tests, aliases; archive and ERP."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from importer import books, intake, replay, results
from importer.cli import options, printable, session
from importer.errors import Fault, FileRefused, MappingRefused, SettingsRefused, hinted
from importer.intake import Source
from importer.logs.steps import step
from importer.mapping import load, shadows
from importer.mapping.aliases import load_aliases
from importer.mapping.schema import Mapping
from importer.model import Alias
from importer.notices import teller
from importer.replay import Replay, Today
from importer.resolve import proof
from importer.resolve.rules import RuleBook
from importer.settings import Workspace

RESTORE = "restore the journal from its backup, and see who wrote to it"


@click.command("check")
@click.option(
    "--journal",
    "wants_audit",
    is_flag=True,
    help="Verify that nobody has touched the journal.",
)
@click.option("--head", default="", help="The head of an earlier audit, to be found.")
@click.option("--online", is_flag=True, help="Also ask the ERP for its set-up.")
@click.option(
    "--notify", "wants_test", is_flag=True, help="Also send a message to [notify]."
)
@click.option(
    "--replay",
    "archive",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Decide the files of this folder again, and show what would be otherwise.",
)
@options.workspace
def command(  # noqa: PLR0913, PLR0917 -- one for each option
    root: Path,
    archive: Path | None,
    wants_audit: bool,  # noqa: FBT001 -- a flag of click
    head: str,
    online: bool,  # noqa: FBT001 -- as above
    wants_test: bool,  # noqa: FBT001 -- as above
) -> int:
    """Load everything, run the tests of all rules, and say what is wrong."""
    here = session.workspace(root)
    if wants_audit or head:
        return _audited(here, head)
    mappings, aliases = _loaded(here)
    faults = [fault for mapping in mappings for fault in proof.run_tests(mapping)]
    for fault in faults:
        click.echo(f"importer: {fault}", err=True)
    for sentence in _remarks(mappings, aliases, here):
        click.echo(sentence)
    read, refused = _samples(here, mappings)
    for error in refused:
        click.echo(f"importer: {printable(str(error))}", err=True)
    tests = sum(len(rule.test) for mapping in mappings for rule in mapping.rule)
    rules = sum(len(mapping.rule) for mapping in mappings)
    click.echo(
        f"{len(mappings)} mappings, {rules} rules, {tests} tests "
        f"({len(faults)} failed), {len(aliases)} aliases"
        + (f", {read} samples read, {len(refused)} refused" if read or refused else "")
    )
    changed = archive is not None and _replayed(here, archive, mappings, aliases)
    if online:
        with session.journal(here) as journal, session.connection(here, journal) as erp:
            for sentence in erp.check():
                click.echo(sentence)
    vain = wants_test and not _arrived(here)
    return 2 if faults or refused or vain else int(changed)


def _arrived(here: Workspace) -> bool:
    """Send a test message, and tell who took it."""
    sent = teller.send_a_test(here, os.environ)
    for fault in sent.faults:
        click.echo(f"importer: message: {printable(fault)}", err=True)
    click.echo(f"test message: {sent.taken} addresses took it")
    return sent.taken > 0 and not sent.faults


def _loaded(here: Workspace) -> tuple[tuple[Mapping, ...], tuple[Alias, ...]]:
    """Load mappings and aliases; raises what is wrong with both."""
    faults: list[Fault] = []
    mappings: tuple[Mapping, ...] = ()
    aliases: tuple[Alias, ...] = ()
    try:
        mappings = load.load_folder(here.mappings)
    except MappingRefused as error:
        faults += error.faults
    try:
        aliases = load_aliases(here.aliases)
    except MappingRefused as error:
        faults += error.faults
    if faults:
        raise MappingRefused(*faults)
    return mappings, aliases


def _samples(
    here: Workspace, mappings: tuple[Mapping, ...]
) -> tuple[int, list[FileRefused]]:
    """Read the files in the workspace's folder `samples`, whole, by their mappings."""
    read, refused = 0, []
    found = sorted((here.root / "samples").glob("*/*"))
    paths = [
        one for one in found if one.is_file() and not one.name.endswith(".expected.csv")
    ]
    for number, path in enumerate(paths, start=1):
        try:
            source = Source(path, "", path.name)
            with step("reading", samples=number, of=len(paths)):
                intake.understand(source, mappings, session.bounds(here))
            read += 1
        except FileRefused as error:
            refused.append(error)
    return read, refused


def _audited(here: Workspace, head: str) -> int:
    """Tell whether the journal is as it was written, and as result CSVs have it."""
    pinned = list(results.heads(here.results))
    if head and not re.fullmatch(r"[0-9a-f]{64}", head):
        hint = "it has 64 letters and figures; importer check --journal shows it"
        raise SettingsRefused(Fault("", f'"{head}" is no head', hint=hint))
    with (
        session.journal(here) as journal,
        step("verifying", events=journal.head().position),
    ):
        found = journal.audit(*filter(None, dict.fromkeys((head, *pinned))))
    for fault in hinted(found.faults, RESTORE):
        click.echo(f"importer: {printable(str(fault))}", err=True)
    verdict = "SOMEBODY HAS TOUCHED IT" if found.faults else "nobody has touched it"
    click.echo(
        f"{found.events} events, {verdict}; {len(pinned)} result CSVs say where it "
        f"ended; head {found.head or 'none'}"
    )
    return 2 if found.faults else 0


def _remarks(
    mappings: Sequence[Mapping], aliases: Sequence[Alias], here: Workspace
) -> Iterator[str]:
    """Say what does no harm and is better mended."""
    for mapping in mappings:
        for rule, earlier in shadows.shadowed(mapping):
            yield (
                f'{mapping.path}:{rule.line}: rule "{rule.name}" can never decide: all'
                f' that fits it fits "{earlier.name}" (line {earlier.line}) before it'
            )
    for alias, first in shadows.doubled(aliases):
        yield f"{here.aliases}:{alias.line}: says the same as line {first.line}"


def _replayed(
    here: Workspace,
    archive: Path,
    mappings: tuple[Mapping, ...],
    aliases: tuple[Alias, ...],
) -> bool:
    """Tell what today's mappings would decide otherwise; return whether they do."""
    with session.journal(here) as journal:
        stored, parts = books.load(here.books), session.parts(here)
        today = Today(mappings, aliases, stored, session.limits(here), parts)
        found = replay.replay(archive, journal, today)
    for change in found.changes:
        click.echo(
            printable(f"{change.place}: {change.before} -> {change.now} {change.rule}")
        )
    for error in found.refused:
        click.echo(f"importer: {printable(str(error))}", err=True)
    for sentence in _idle(mappings, found):
        click.echo(sentence)
    click.echo(
        f"replayed {found.files} files: {found.decided} remittances decided,"
        f" {len(found.changes)} otherwise than before,"
        f" {len(found.refused)} files refused"
    )
    return bool(found.changes or found.refused)


def _idle(mappings: Sequence[Mapping], found: Replay) -> Iterator[str]:
    """Name the rules that decided nothing in the whole archive."""
    for mapping in mappings:
        rules = RuleBook(mapping)
        for rule in mapping.rule:
            if not found.fired[rules.where(rule)]:
                yield (
                    f'{mapping.path}:{rule.line}: rule "{rule.name}" decided nothing in'
                    " the archive"
                )
