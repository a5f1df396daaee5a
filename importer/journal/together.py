"""Group commit: what several threads write at the same time is one transaction.

(1) `run` returns when the transaction that holds its work has been committed, never
    before: an intent is on disk before its request leaves.
(2) Each work stands or falls alone: where one of them raises, the transaction is
    undone, and each of them is done again in one of its own.
(3) What goes `before` a work is done before it, as a rule in the same transaction,
    and stands without it; the work is not done without what goes before.
(4) Where the commit fails, all that it was for fail.

Whoever comes first commits for those who come while the one before is committing.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from importer.errors import JournalRefused
from importer.journal.database import Database

Result = TypeVar("Result")


class _Work(Generic[Result]):
    """One piece of work, and what came of it."""

    def __init__(
        self, do: Callable[[], Result], before: "_Work[object] | None" = None
    ) -> None:
        self._do, self._before = do, before
        self._result: list[Result] = []
        self.error: BaseException | None = None
        self.is_done = False

    def run(self) -> None:
        """Do it with others, in their transaction; raises what it raises."""
        self._result = [self._do()]

    def run_alone(self, database: Database) -> None:
        """Do it in a transaction of its own; what it raises is kept."""
        self.error = self._before.error if self._before else None
        if self.error is None:
            try:
                with database.transaction():
                    self.run()
            except JournalRefused:
                raise
            except Exception as error:  # noqa: BLE001 -- raised again where it belongs
                self.error = error
        self.is_done = True

    def result(self) -> Result:
        """Return what came of it, or raise what it raised."""
        if self.error is not None:
            raise self.error
        (one,) = self._result
        return one


class Together:
    """The one queue to a database's transactions."""

    def __init__(self, database: Database) -> None:
        """Write to this database."""
        self._database = database
        self._waiting: list[_Work[object]] = []
        self._gate, self._leader = Lock(), Lock()

    def run(
        self, do: Callable[[], Result], before: Callable[[], object] | None = None
    ) -> Result:
        """Do it in a transaction, perhaps with others, and return when it is durable.

        Raises what the work raised, or `JournalRefused` where the commit fails.
        """
        first = _Work(before) if before else None
        work = _Work(do, first)
        with self._gate:
            self._waiting += [one for one in (first, work) if one]  # type: ignore[misc] # results are its own
        with self._leader:
            if not work.is_done:
                self._commit()
        return work.result()

    def _commit(self) -> None:
        with self._gate:
            batch, self._waiting = self._waiting, []
        try:
            self._do(batch)
        except BaseException as error:
            for one in batch:
                if not one.is_done:
                    one.error = error
            raise
        finally:
            for one in batch:
                one.is_done = True

    def _do(self, batch: Sequence[_Work[object]]) -> None:
        """Do all in one transaction, or each in one of its own."""
        try:
            with self._database.transaction():
                for one in batch:
                    one.run()
        except JournalRefused:
            raise
        except Exception:  # noqa: BLE001 -- whose it is, and of whom not, shows below
            for one in batch:
                one.run_alone(self._database)
