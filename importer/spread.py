"""Do pure work on several cores at once: in copies of this process.

(1) What is done must be pure.  A copy has all that this process has, opens nothing
    of it, and only what it returns comes back.
(2) A copy that fails, or is killed, loses nothing: its share is done again here, so
    that an error is raised where it would have been raised.
(3) Where no copy can be made safely (no `fork`, other threads, one core), or too
    little is to be done, all of it is done here.
"""

import gc
import os
import pickle
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import IO, Generic, NoReturn, TypeVar

from importer.systems import can_copy_itself

Item = TypeVar("Item")
Result = TypeVar("Result")

COPIES_MOST = 4
"""Each copy takes memory for what it touches."""


def cores() -> int:
    """Return how many shares can be done at once."""
    if not can_copy_itself() or threading.active_count() > 1:
        return 1
    return min(len(os.sched_getaffinity(0)), COPIES_MOST)


def parts(items: Sequence[Item], least: int) -> list[Sequence[Item]]:
    """Cut what is to be done into parts for each core, none smaller than `least`."""
    count = max(min(cores(), len(items) // least), 1)
    ends = [len(items) * place // count for place in range(count + 1)]
    return [items[begin:end] for begin, end in pairwise(ends)]


def done(shares: Sequence[Callable[[], Result]]) -> list[Result]:
    """Do the first share here and the others in copies; return all in their order."""
    first, *others = shares
    copies = [_Copy(one) for one in others]
    try:
        return [first(), *(one.result() for one in copies)]
    finally:
        for one in copies:
            one.close()


class _Copy(Generic[Result]):
    """A copy of this process at work on one share."""

    def __init__(self, share: Callable[[], Result]) -> None:
        self._share = share
        reading, writing = os.pipe()
        self._pipe: IO[bytes] = os.fdopen(reading, "rb")
        try:
            self._process = os.fork()
        except OSError:
            # There is no room for a copy, and so nothing to be read from one.
            self._process = -1
        if self._process == 0:
            _work(share, writing)
        os.close(writing)

    def result(self) -> Result:
        """Return what the copy has found, or find it here."""
        with suppress(EOFError, pickle.UnpicklingError):
            found: Result = pickle.load(self._pipe)  # noqa: S301 -- our own copy's
            return found
        return self._share()

    def close(self) -> None:
        """Give the pipe back, upon which a copy that still writes ends."""
        self._pipe.close()
        if self._process > 0:
            with suppress(ChildProcessError):
                os.waitpid(self._process, 0)


def _work(share: Callable[[], object], pipe: int) -> NoReturn:
    """Do a share as a copy, and end without touching anything of the other process.

    What that has open is closed here, so that its locks are gone when it dies.
    """
    try:
        for one in list(Path("/proc/self/fd").iterdir()):
            if int(one.name) not in {0, 1, 2, pipe}:
                with suppress(OSError):
                    os.close(int(one.name))
        gc.disable()
        with os.fdopen(pipe, "wb") as out:
            pickle.dump(share(), out, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)
