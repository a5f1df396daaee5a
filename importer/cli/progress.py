"""How far posting is, for who waits for it: a bar on a terminal, else a line at times.

It looks into the journal from a thread of its own: nothing that is sent waits for it,
and what goes wrong here stops nothing.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from importer.cli import options
from importer.journal import Journal

LOOK_SECONDS = 1.0
LINE_SECONDS = 10.0
WAITS = ("ready", "posting")


def wanted() -> bool:
    """Say whether somebody is to be told: not a program, and no service."""
    context = click.get_current_context(silent=True)
    wants_json = bool(context and context.params.get("wants_json"))
    return not (wants_json or options.is_quiet())


@contextmanager
def posting(journal: Journal) -> Iterator[None]:
    """Tell how far it is while the block posts what is ready."""
    whole, ended = _waiting(journal), threading.Event()
    given = (journal, ended, whole, time.monotonic())
    teller = threading.Thread(target=_tell, args=given, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join(LOOK_SECONDS)


def _tell(
    journal: Journal,
    ended: threading.Event,
    whole: int,
    began: float,  # seconds
) -> None:
    # What is done within a second needs no telling.
    if ended.wait(LOOK_SECONDS) or not whole:
        return
    with suppress(Exception):
        (_bar if sys.stderr.isatty() else _lines)(journal, ended, whole, began)


def _waiting(journal: Journal) -> int:
    counts = journal.counts()
    return sum(counts[word] for word in WAITS)


def _lines(
    journal: Journal,
    ended: threading.Event,
    whole: int,
    began: float,  # seconds
) -> None:
    while not ended.wait(LINE_SECONDS):
        done = whole - _waiting(journal)
        click.echo(line(done, whole, time.monotonic() - began), err=True)


def line(
    done: int,
    whole: int,
    took: float,  # seconds
) -> str:
    """Say how much is done, how fast it goes, and how long the rest will take."""
    said = f"posting {done:,} of {whole:,}"
    if done <= 0:
        return said
    left = round((whole - done) * took / done)
    rest = f"{left} seconds" if left < 90 else f"{round(left / 60)} minutes"  # noqa: PLR2004 -- read more easily
    return f"{said}, {done / took:.3g} a second, about {rest} left"


def _bar(
    journal: Journal,
    ended: threading.Event,
    whole: int,
    began: float,  # seconds
) -> None:
    from rich.console import Console  # noqa: PLC0415 -- only on a terminal
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    columns: tuple[Any, ...] = (BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(line(0, whole, 0), total=whole)
        while not ended.wait(LOOK_SECONDS):
            done = whole - _waiting(journal)
            said = line(done, whole, time.monotonic() - began)
            bar.update(task, completed=done, description=said)
