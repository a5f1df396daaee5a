"""`importer watch`: take in whatever is dropped into the inbox, until stopped."""

import time
from collections.abc import Iterable
from pathlib import Path

import click

from importer import files, locks, rounds
from importer.cli import options, session, story
from importer.inbox import Still, shown

POLL_SECONDS = 1
# What stops every file, such as a setting in error, is not told each second.
STOPPED_SECONDS = 60
BEAT_SECONDS = 10


@click.command("watch")
@click.option("--once", is_flag=True, help="Empty the inbox and end.")
@options.workspace
def command(root: Path, once: bool) -> int:  # noqa: FBT001 -- a flag of click
    """Take in, post and write results for each file that is dropped and whole."""
    here = session.workspace(root)
    lock = here.root / ".inbox.lock"
    with (
        session.bench(here) as bench,
        locks.only_one(lock, bench.now().isoformat(timespec="seconds")),
    ):
        click.echo(f"watching {here.inbox}; stop with Ctrl-C")
        seen: dict[Path, Still] = {}
        code, beat = 0, time.monotonic()
        bench.inbox.sweep(bench.now())
        _beat(here.root / "heartbeat", bench.now().isoformat(), seen)
        while not bench.stop():
            pause, stopped = POLL_SECONDS, False
            moment = time.monotonic()
            seen, ready = bench.inbox.scan(seen, moment)
            if ready:
                done = rounds.from_inbox(bench, ready, post=True)
                code = max(code, story.told(done, bench, wants_json=False))
                stopped = done.stopped is not None
                pause = STOPPED_SECONDS if stopped else POLL_SECONDS
            if ready or moment - beat >= BEAT_SECONDS:
                beat = moment
                _beat(here.root / "heartbeat", bench.now().isoformat(), seen)
            if (once and (stopped or not seen)) or bench.wait(pause):
                break
            if not once:
                code = 0
    click.echo("stopped")
    return code


def _beat(path: Path, at: str, seen: Iterable[Path]) -> None:
    """Show that the watcher lives, and what it waits for."""
    names = ", ".join(sorted(map(shown, seen))) or "nothing"
    files.whole(path, f"{at}\nwaiting for: {names}\n".encode())
