"""`importer run`: take files in, post what is ready, and write results."""

from pathlib import Path

import click

from importer import rounds
from importer.cli import options, session, story


@click.command("run")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…"
)
@click.option("--dry-run", is_flag=True, help="Decide and print; record nothing.")
@click.option("--no-post", is_flag=True, help="Stop at ready; send nothing.")
@options.quiet
@options.workspace
@options.as_json
def command(
    files: tuple[Path, ...],
    root: Path,
    dry_run: bool,  # noqa: FBT001 -- flags of click
    no_post: bool,  # noqa: FBT001
    wants_json: bool,  # noqa: FBT001
) -> int:
    """Take in bank files (or result CSVs that came back), post, write results."""
    here = session.workspace(root)
    with session.bench(here) as bench:
        if dry_run:
            rules = bench.rules()
            plans = [rounds.preview(bench, rules, path) for path in files]
            return story.preview(plans, wants_json=wants_json)
        report = rounds.work(bench, files, post=not no_post)
        return story.told(report, bench, wants_json=wants_json)
