"""Workers that take turns: which of them goes on is drawn, and never left to threads.

One worker does its work at once.  Of several only one is ever awake; at a turn it
may fall asleep and wake another, so that a seed is the same life every time.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Self

from importer import posting
from importer.journal import Journal

Work = Callable[..., None]


class Turns:
    """A pool as posting uses one; the work is done when the pool is left."""

    def __init__(self, table: "Table", workers: int) -> None:
        self._table = table
        self._workers = workers
        self._waiting: deque[tuple[Future[None], Work, tuple[object, ...]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left when it ends without an error: results were asked for."""

    def submit(self, work: Work, *about: object) -> "Result":
        future: Future[None] = Future()
        self._waiting.append((future, work, about))
        return Result(self, future)

    def run(self) -> None:
        """Do all that waits."""
        if self._workers == 1 or len(self._waiting) < 2:
            self.serve()
        else:
            self._table.seat(self.serve, min(self._workers, len(self._waiting)))

    def serve(self) -> None:
        """Take work until none is left."""
        while self._waiting:
            future, work, about = self._waiting.popleft()
            try:
                work(*about)
            except BaseException as error:  # noqa: BLE001 -- a pool keeps every one
                future.set_exception(error)
            else:
                future.set_result(None)


class Result:
    """What comes of one piece of work; the first who asks sets all to work."""

    def __init__(self, pool: Turns, future: "Future[None]") -> None:
        self._pool = pool
        self._future = future

    def result(self) -> None:
        self._pool.run()
        return self._future.result()


class Table:
    """Where workers sit; `turn` lets the dice say who is next.

    A seat is a lock that is free only for the moment in which its worker is woken.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"turns {seed}")
        self._seats: dict[int, Lock] = {}
        self._awake = -1
        self._done = _taken()

    def seat(self, serve: Callable[[], None], count: int) -> None:
        """Let as many workers serve by turns, and come back when all have ended."""
        self._seats = {number: _taken() for number in range(count)}
        threads = [Thread(target=self._sit, args=(n, serve)) for n in range(count)]
        for one in threads:
            one.start()
        self._wake(self._drawn())
        self._done.acquire()
        for one in threads:
            one.join()

    def turn(self) -> None:
        """Go on, or sleep until it is one's turn again."""
        if len(self._seats) < 2:
            return
        mine, drawn = self._awake, self._drawn()
        if drawn == mine:
            return
        seat = self._seats[mine]
        self._wake(drawn)
        seat.acquire()

    def _sit(self, number: int, serve: Callable[[], None]) -> None:
        self._seats[number].acquire()
        serve()
        del self._seats[number]
        if self._seats:
            self._wake(self._drawn())
        else:
            self._done.release()

    def _drawn(self) -> int:
        return self._chance.choice(list(self._seats))

    def _wake(self, number: int) -> None:
        self._awake = number
        self._seats[number].release()


def _taken() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


class TurnLock:
    """A lock at a table: who finds it taken lets others have their turn."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._is_taken = False

    def __enter__(self) -> None:
        self._table.turn()
        while self._is_taken:
            self._table.turn()
        self._is_taken = True

    def __exit__(self, *_: object) -> None:
        self._is_taken = False


def with_turns(journal: Journal, table: Table) -> Journal:
    """Let what several write together be decided by the dice, too."""
    vars(vars(journal)["_together"])["_leader"] = TurnLock(table)
    return journal


@contextmanager
def by_turns(table: Table) -> Iterator[None]:
    """Let posting's workers sit at this table."""
    names = vars(posting)
    before = names["ThreadPoolExecutor"]
    names["ThreadPoolExecutor"] = lambda workers: Turns(table, workers)
    try:
        yield
    finally:
        names["ThreadPoolExecutor"] = before
