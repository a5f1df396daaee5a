"""How far the work is, for who waits for it: on a terminal at once, else at times.

(1) What goes wrong here stops nothing, and nothing that is sent waits for it.
(2) Posting is looked at in the journal from a thread of its own; of all other long
    steps is heard when they begin and end, and a timer tells of them: with a second
    thread the work could not be spread over the cores.
(3) What takes a second and less is not told.
"""

import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import click

from importer.cli import options
from importer.journal import Journal
from importer.logs import Fact
from importer.logs.steps import heard
from importer.systems import each

LOOK_SECONDS = 1.0
LINE_SECONDS = 10.0
WAITS = ("ready", "posting")
BAR = 20


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


@contextmanager
def steps() -> Iterator[None]:
    """Tell which long step the block is at, and since when."""
    shown = _Steps(on_terminal=sys.stderr.isatty())
    with heard(shown.hear), each(shown.pause, shown.tell):
        yield


class _Steps:
    """The steps that have begun, the innermost last; what is told is that one."""

    def __init__(self, *, on_terminal: bool) -> None:
        self._on_terminal = on_terminal
        self.pause = LOOK_SECONDS if on_terminal else LINE_SECONDS
        self._under_way: list[tuple[str, Mapping[str, Fact]]] = []
        self._last, self._since = "", 0.0
        self._drawn = 0

    def hear(self, name: str | None, facts: Mapping[str, Fact]) -> None:
        """Remember a step that begins; of a row of the same the first counts."""
        if name is None:
            self._under_way.pop()
            self._clear()
            return
        if name != self._last:
            self._last, self._since = name, time.monotonic()
        self._under_way.append((name, facts))

    def tell(self) -> None:
        """Tell how long it is at it, if it is at one."""
        took = time.monotonic() - self._since
        if not self._under_way or took < LOOK_SECONDS:
            return
        with suppress(Exception):
            said = f"{sentence(*self._under_way[-1])}, {_lasting(took)}"
            if self._on_terminal:
                self._draw(said)
            else:
                click.echo(said, err=True)

    def _draw(self, said: str) -> None:
        said = said[: shutil.get_terminal_size().columns - 1]
        click.echo(f"\r{said:<{self._drawn}}", err=True, nl=False)
        self._drawn = len(said)

    def _clear(self) -> None:
        if self._drawn:
            with suppress(Exception):
                self._draw("")
                click.echo("\r", err=True, nl=False)
        self._drawn = 0


def sentence(name: str, facts: Mapping[str, Fact]) -> str:
    """Say what a step is about; with `of`, how many of them it is at, as a bar, too."""
    counts = {unit.replace("_", " "): value for unit, value in facts.items()}
    whole = counts.pop("of", None)
    if not whole:
        said = (f"{count:,} {unit}" for unit, count in counts.items())
        return " ".join([name, *said])
    ((unit, done),) = counts.items()
    full = BAR * int(done or 0) // int(whole)
    return f"[{'#' * full:<{BAR}}] {name} {done:,} of {whole:,} {unit}"


def _lasting(
    took: float,  # seconds
) -> str:
    if took < 90:  # noqa: PLR2004 -- read more easily
        return f"{took:.0f} second{'s' * (round(took) != 1)}"
    return f"{took / 60:.1f} minutes"
