"""`importer watch`: take in whatever is dropped into the inbox, until stopped.

The folder is looked at each second, more rarely where that takes long: a look is a
tenth of the time at most.  What earlier rounds left open is gone on with
at the start, and then more and more rarely until something comes in again.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from importer import locks, rounds
from importer.cli import options, printable, session, story
from importer.errors import JournalRefused
from importer.inbox import Still, shown
from importer.inbox.heartbeat import Heart
from importer.logs import Log
from importer.notices import calm
from importer.rounds.news import WATCHER, watcher
from importer.rounds.reports import Bench, Round

POLL_SECONDS = 1
LOOKS_SHARE = 10
# What stops every file, such as a setting in error, is not told each second.
STOPPED_SECONDS = 60
UNUSABLE = 2
AGAIN_SECONDS = 60
AGAIN_SECONDS_MOST = 3600
_log = Log("watch")


@click.command("watch")
@click.option("--once", is_flag=True, help="Empty the inbox and end.")
@options.quiet
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
        bench.inbox.sweep(bench.now())
        heart = Heart(here.heartbeat, bench.now)
        with _told(bench, heart, once=once):
            code = Watch(bench, heart).until_stopped(once=once)
    click.echo("stopped")
    return code


@contextmanager
def _told(bench: Bench, heart: Heart, *, once: bool) -> Iterator[None]:
    """Tell who does not look that the watcher ends, or ended the last time."""
    if heart.found_dead:
        _log.error("the last watcher ended without a word", beat=heart.found_dead)
        last = f"{datetime.fromisoformat(heart.found_dead):%Y-%m-%d %H:%M %Z}"
        bench.tell([watcher(f"ended without a word, last heard {last}")])
    else:
        bench.tell([calm(WATCHER, "the watcher is at work again")])
    why = "ended by an error"
    try:
        yield
        why = "ended after one look" if once else "was stopped"
    finally:
        heart.end(why)
        _log.info("watcher ended", why=why)
        if not (once and why.endswith("look")):
            # Where the journal has failed, what it said first is what counts.
            with suppress(JournalRefused):
                bench.tell([watcher(why)])


class Watch:
    """One watcher: what it has seen, and when it goes on with what is open."""

    def __init__(self, bench: Bench, heart: Heart) -> None:
        """Watch with this bench; it beats between two payments, too."""
        self._heart = heart
        self._bench = replace(bench, stop=self._stop)
        self._told = bench.stop
        self._seen: dict[Path, Still] = {}
        self._is_empty = False
        self._closed = ""
        self._looked = 0.0  # seconds
        self._pause = AGAIN_SECONDS
        self._again = time.monotonic()

    def _stop(self) -> bool:
        self._heart.beat(force=False)
        return self._told()

    def until_stopped(self, *, once: bool) -> int:
        """Watch until told to stop, or `once` until nothing is left to be done.

        Who is told to stop has done what it should, whatever waits for a person.
        """
        code, bench = 0, self._bench
        while not bench.stop():
            done = self._look()
            if done:
                code = max(code, story.told(done, bench, wants_json=False))
            stopped = done is not None and done.stopped is not None
            if once and (stopped or self._is_empty):
                return UNUSABLE if self._closed else code
            pause = max(POLL_SECONDS, LOOKS_SHARE * self._looked)
            if bench.wait(STOPPED_SECONDS if stopped else pause):
                break
        return code if once else 0

    def _look(self) -> Round | None:
        """Look once at the folder; do what there is to do."""
        moment = time.monotonic()
        self._bench.inbox.look_after(self._bench.now())
        self._seen, ready = self._bench.inbox.scan(self._seen, moment)
        self._is_empty = all(one.tries for one in self._seen.values())
        self._tell()
        self._looked = time.monotonic() - moment
        done: Round | None
        if ready:
            self._heart.turn(f"at work on {_listed(ready)}")
            done = rounds.from_inbox(self._bench, ready, post=True)
            if done.stopped is None:
                self._seen = self._bench.inbox.tried(self._seen, ready, moment)
            self._pause = AGAIN_SECONDS
        elif moment >= self._again:
            self._heart.turn("going on with what is open")
            done = rounds.go_on(self._bench)
            self._pause = min(self._pause * 2, AGAIN_SECONDS_MOST)
        else:
            return None
        self._tell()
        self._heart.rest(worked=done is not None)
        self._again = time.monotonic() + self._pause
        return done

    def _tell(self) -> None:
        waiting = {
            shown(path): one.why or "it is taken now"
            for path, one in sorted(self._seen.items())
            if path.exists()
        }
        folder, closed = self._bench.inbox.folder, self._bench.inbox.closed()
        if closed:
            waiting = {f"{folder.name}/": closed}
        if closed != self._closed:
            said = closed or "it can be looked into again"
            click.echo(printable(f"importer: {folder}: {said}"), err=True)
            self._closed = closed
        self._heart.look(waiting, self._bench.inbox.left_alone())


def _listed(ready: list[Path]) -> str:
    first = shown(ready[0])
    return first if len(ready) == 1 else f"{first} and {len(ready) - 1} more"
