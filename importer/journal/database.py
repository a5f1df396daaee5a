"""The seam to a database: a few statements, and transactions that are durable.

The journal keeps to SQL that SQLite and PostgreSQL both speak, with `?` for a
parameter.  When `transaction` ends without an error, what was written is on
disk and survives a power cut; when it ends with one, nothing was written.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]


class Database(Protocol):
    """One open database; safe to share between threads.

    Every method raises `errors.JournalRefused` when the database fails.  After a
    failed transaction the database refuses everything: what the disk holds is
    then only known after opening it again.
    """

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return its rows."""

    def insert(self, statement: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one insert for all rows; return how many were inserted."""

    def transaction(self) -> AbstractContextManager[None]:
        """Begin as the only writer, and commit at the end, or roll back."""

    def only_sender(self, now: str) -> AbstractContextManager[None]:
        """Hold the right to send and to settle; raises `StoppedEarly` if another has.

        `now` is the time as it is to be shown.  Whoever dies gives it back.
        """

    def close(self) -> None:
        """Give the connection back."""
