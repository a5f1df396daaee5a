"""`importer check`: settings, mappings and their tests, aliases; the ERP on demand."""

from pathlib import Path

import click

from importer.cli import options, session
from importer.mapping import load
from importer.mapping.aliases import load_aliases
from importer.resolve import proof


@click.command("check")
@click.option("--online", is_flag=True, help="Also ask the ERP for its set-up.")
@options.workspace
def command(root: Path, online: bool) -> int:  # noqa: FBT001 -- a flag of click
    """Load everything, run the tests of all rules, and say what is wrong."""
    here = session.workspace(root)
    mappings = load.load_folder(here.mappings)
    aliases = load_aliases(here.aliases)
    faults = [fault for mapping in mappings for fault in proof.run_tests(mapping)]
    for fault in faults:
        click.echo(f"importer: {fault}", err=True)
    tests = sum(len(rule.test) for mapping in mappings for rule in mapping.rule)
    rules = sum(len(mapping.rule) for mapping in mappings)
    click.echo(
        f"{len(mappings)} mappings, {rules} rules, {tests} tests "
        f"({len(faults)} failed), {len(aliases)} aliases"
    )
    if online:
        with session.journal(here) as journal, session.connection(here, journal) as erp:
            for sentence in erp.check():
                click.echo(sentence)
    return 2 if faults else 0
