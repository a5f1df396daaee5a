"""A journal's database in memory, which forgets what was not committed.

The statements are the program's own and SQLite runs them; only the disk is left
out.  What a file was taken in with is kept once, and every life begins from there
and leaves nothing behind: a life is one savepoint, a transaction another in it.
Of what a file said SQLite is asked only once: no life takes in a second one.

There is no lock: of several workers only one is ever awake.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

from simulated_world import Crash, World

from importer.errors import Fault, JournalRefused
from importer.journal.database import Row
from importer.journal.tables import GUARDS, TABLES

PRAGMAS = ("foreign_keys = 1", "recursive_triggers = 1", "trusted_schema = 0")
MOVING = re.compile(r"savepoint|\b(event|standing|control|call)\b")


@cache
def is_still(statement: str) -> bool:
    """Say whether a statement is about nothing but what the files said."""
    return MOVING.search(statement) is None


class Memory:
    """One database in memory; `world` says when the process dies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commit_trouble = 0.0
        self.forgets = False
        self.refusals = 0
        self._is_broken = False
        self._said: dict[tuple[object, ...], list[Row]] = {}
        self.is_full = False
        self._connection = sqlite3.connect(
            ":memory:",
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        for pragma in PRAGMAS:
            self._connection.execute(f"pragma {pragma}")
        for statement in (*TABLES, *GUARDS):
            self._connection.execute(statement)

    def begin_a_life(self, world: World, trouble: float, *, forgets: bool) -> None:
        """Keep what is there, so that `forget` comes back to it.

        One that `forgets` loses its last commit when the process dies, as a disk
        does that was not told to write it down: no program is safe on that.
        """
        self.world, self.commit_trouble, self.forgets = world, trouble, forgets
        self.refusals = 0
        self._is_broken = False
        self._connection.execute("savepoint life")
        self._connection.execute("savepoint before")

    def forget(self) -> None:
        """Come back to what was there when the life began."""
        self._connection.execute("rollback to life")
        self._connection.execute("savepoint before")

    def end_the_life(self) -> None:
        """Leave nothing behind."""
        self.forget()
        self._connection.execute("release life")

    def reopen(self) -> None:
        """Open it again after a death or a failed commit."""
        if self.forgets:
            self._connection.execute("rollback to before")
        self._is_broken = False

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        self._usable()
        if not (self.is_full and is_still(statement)):
            return self._connection.execute(statement, parameters).fetchall()
        key = (statement, *parameters)
        if key not in self._said:
            rows = self._connection.execute(statement, parameters).fetchall()
            self._said[key] = rows
        return self._said[key]

    def insert(self, statement: str, rows: Iterable[Sequence[object]]) -> int:
        self._usable()
        return self._connection.executemany(statement, rows).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end unless the process dies first, or just after."""
        self.world.turn()
        self._usable()
        self.world.moment()
        ask = self._connection.execute
        if self.forgets:
            ask("release before")
            ask("savepoint before")
        ask("savepoint deed")
        try:
            yield
            self.world.moment()
            is_kept = self._commits()
        except BaseException as error:
            ask("rollback to deed")
            ask("release deed")
            self._is_broken = self._is_broken or isinstance(error, JournalRefused)
            raise
        ask("release deed")
        if not is_kept:
            # The disk has it, and said that it has not.
            raise self._refused()
        self.world.moment()

    def _commits(self) -> bool:
        """Return whether the commit is said to have come through; it may fail."""
        chance = self.world.chance
        if not self.commit_trouble or chance.random() >= self.commit_trouble:
            return True
        if chance.random() < 0.5:
            raise self._refused()
        return False

    def only_sender(self, now: str) -> AbstractContextManager[None]:
        assert now, "the time is shown to whoever comes too late"
        return nullcontext()

    def close(self) -> None:
        self._is_broken = True

    def _usable(self) -> None:
        if self.world.is_dead:
            raise Crash
        if self._is_broken:
            raise self._refused()

    def _refused(self) -> JournalRefused:
        self._is_broken = True
        self.refusals += 1
        return JournalRefused(Fault("journal", "cannot be written"))
