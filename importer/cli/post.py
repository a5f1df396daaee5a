"""`importer post`: send what is ready."""

from pathlib import Path

import click

from importer import rounds
from importer.cli import options, session, story


@click.command("post")
@click.option(
    "--approve",
    "digest",
    default="",
    metavar="DIGEST",
    help="Approve a file's plan, and send exactly that ([posting] approve).",
)
@options.quiet
@options.workspace
@options.as_json
def command(root: Path, digest: str, wants_json: bool) -> int:  # noqa: FBT001 -- a flag of click
    """Post what was decided and not sent yet, of all files taken in."""
    here = session.workspace(root)
    with session.bench(here) as bench:
        report = rounds.work(bench, (), post=True, digest=digest)
        return story.told(report, bench, wants_json=wants_json)
