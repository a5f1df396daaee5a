"""PostgreSQL as the journal's database, for several hosts that share the work.

(1) A commit that returned survives a power cut: `fsync` and `full_page_writes` must
    be on at the server, and the session asks for `synchronous_commit`.
(2) One transaction writes at a time, under an advisory lock that the server gives
    back when its holder dies.
(3) After a failed commit, or a lost connection, nothing more is read or written:
    what the server holds is then only known after connecting again.

The address may hold a password; it stands in no message.
"""

import os
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from importer.errors import (
    Fault,
    FileRefused,
    ImporterError,
    JournalRefused,
    StoppedEarly,
)
from importer.journal.database import Row
from importer.journal.tables import APPEND_ONLY, TABLES, VERSION

if TYPE_CHECKING:
    from psycopg import Connection

WRITER, SENDER, MAKER = 7_204_101, 7_204_102, 7_204_103
"""The numbers of the advisory locks: who writes, who sends, who makes the tables."""

_SURE = ("fsync", "full_page_writes")
_SETTINGS = (
    "set synchronous_commit = on",
    # A snapshot is to be taken after the writer's lock was given, not before.
    "set default_transaction_isolation = 'read committed'",
    "set standard_conforming_strings = on",
    "set lock_timeout = '30s'",
    "set client_min_messages = warning",
    # A host that loses its power says nothing: its locks go back after a minute.
    "set tcp_keepalives_idle = 30",
    "set tcp_keepalives_interval = 10",
    "set tcp_keepalives_count = 3",
)
_HOLDER = """select a.application_name, l.pid = pg_backend_pid()
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objid = ?
    and l.database = (select oid from pg_database where datname = current_database())"""
_NAME_MOST = 63
_OWN_NUMBER = "number   integer primary key"
_GUARD = """create or replace function append_only() returns trigger
    language plpgsql as $$ begin
    raise exception '% is append-only', tg_table_name; end $$"""
_GUARDS = tuple(
    f"""create or replace trigger {table}_append_only
    before update or delete or truncate on {table}
    for each statement execute function append_only()"""
    for table in APPEND_ONLY
)


_WHY = (
    ("password|authentication|no pg_hba", "it does not take this user or password"),
    ('role ".*" does not exist', "it does not take this user or password"),
    ('database ".*" does not exist', "it has no database of this name"),
    ("resolve|translate host|Name or service", "its host cannot be found"),
    ("timeout|timed out", "no answer came in time"),
    ("refused|No such file", "nothing listens there"),
    ("too many", "it takes no more connections"),
    ("starting up|shutting down", "it is starting or stopping"),
    ("SSL|certificate", "the secure connection failed"),
)


class Postgres:
    """One connection behind one lock."""

    def __init__(self, url: str) -> None:
        """Connect, prove the settings, and make the tables when they are absent."""
        self._url = url
        self._shown = urlsplit(url).hostname or "the local server"
        self._lock = RLock()
        self._broken = ""
        self._connection = self._connect()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> "Connection[Row]":
        try:
            import psycopg  # noqa: PLC0415 -- an extra, loaded only where it is named
        except ImportError:
            raise self._refused(
                "needs the package psycopg", "install remittance-importer[postgres]"
            ) from None
        try:
            return psycopg.connect(
                self._url,
                autocommit=True,
                client_encoding="utf8",
                application_name=_own_name(),
                connect_timeout=20,
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
            )
        except psycopg.Error as error:
            # The library's words may hold the whole address, and in it the password.
            said = str(error)
            why = next((why for word, why in _WHY if re.search(word, said)), "")
            raise self._refused(
                f"cannot be reached: {why}" if why else "cannot be reached",
                "check [journal] url, and that the server runs",
            ) from None

    def _prepare(self) -> None:
        for setting in _SURE:
            ((found,),) = self.execute(f"show {setting}")
            if found != "on":
                raise self._refused(
                    f'has "{setting}" at "{found}": it may lose what it acknowledged',
                    f"set {setting} = on at the server",
                )
        for setting in _SETTINGS:
            self._run(setting)
        with self._advisory(MAKER):
            self._run("create table if not exists version (number integer not null)")
            rows = self.execute("select number from version")
            version = rows[0][0] if rows else 0
            if version > VERSION:
                raise self._refused(
                    f'was written by a newer program (journal version "{version}")',
                    "install that version of the program, or a newer one",
                )
            if version < VERSION:
                self._make()

    def _make(self) -> None:
        with self.transaction():
            for table in TABLES:
                self._run(
                    table.replace(
                        _OWN_NUMBER,
                        "number bigint generated by default as identity primary key",
                    )
                )
            for statement in (_GUARD, *_GUARDS):
                self._run(statement)
            self._run("delete from version")
            self.execute("insert into version values (?)", (VERSION,))

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        with self._lock:
            cursor = self._run(_marked(statement), parameters)
            return cursor.fetchall() if cursor.description else []

    def insert(self, statement: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one insert for all rows; return how many were inserted."""
        import psycopg  # noqa: PLC0415 -- there is a connection, so it is there

        several = list(rows)
        with self._lock:
            self._usable()
            try:
                with self._connection.cursor() as cursor:
                    # For one row alone the library's way for many takes three times.
                    if len(several) == 1:
                        cursor.execute(_marked(statement), several[0])
                    else:
                        cursor.executemany(_marked(statement), several)
                    return max(cursor.rowcount, 0)
            except psycopg.Error as error:
                raise self._failed("cannot be written", error) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin as the only writer, and commit at the end, or roll back."""
        with self._lock:
            try:
                self._run(f"begin; select pg_advisory_xact_lock({WRITER})")
                yield
            except JournalRefused:
                self._break()
                raise
            except BaseException:
                self._roll_back()
                raise
            try:
                self._run("commit")
            except JournalRefused:
                self._break()
                raise

    def only_sender(self, now: str) -> AbstractContextManager[None]:
        """Hold the right to send and to settle, on whatever host.

        `now` is known to the server, which keeps the time of all hosts itself.
        """
        del now
        return self._sender()

    @contextmanager
    def _sender(self) -> Iterator[None]:
        ((mine,),) = self.execute(f"select pg_try_advisory_lock({SENDER})")
        if not mine:
            sentence = f"this journal is worked on already, by {self._holder()}"
            hint = "wait until it has ended"
            raise StoppedEarly(Fault(self._shown, sentence, hint=hint))
        with self._given_back(SENDER):
            yield

    def _holder(self) -> str:
        """Name who sends: a program's name, its process and its host."""
        names = [name for name, mine in self.execute(_HOLDER, (SENDER,)) if not mine]
        return next(filter(None, names), "another host or process")

    @contextmanager
    def _advisory(self, number: int) -> Iterator[None]:
        """Wait for a lock of the session, and hold it."""
        self._run(f"select pg_advisory_lock({number})")
        with self._given_back(number):
            yield

    @contextmanager
    def _given_back(self, number: int) -> Iterator[None]:
        try:
            yield
        finally:
            # The server gives it back by itself when the connection is lost.
            with suppress(JournalRefused):
                self._run(f"select pg_advisory_unlock({number})")

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._broken = self._broken or "is closed"
            self._connection.close()

    def _run(self, statement: str, parameters: Sequence[object] = ()) -> Any:
        import psycopg  # noqa: PLC0415 -- there is a connection, so it is there

        with self._lock:
            self._usable()
            try:
                return self._connection.execute(statement, parameters or None)
            except psycopg.Error as error:
                raise self._failed("cannot be used", error) from None

    def _failed(self, sentence: str, error: Exception) -> ImporterError:
        """Say what failed; a lost connection is the end of it.

        A text that cannot be stored is the fault of its file, and stops no other.
        """
        import psycopg  # noqa: PLC0415 -- there is a connection, so it is there

        if isinstance(error, psycopg.DataError):
            said = "holds a text that the journal cannot store"
            return FileRefused(Fault("", said, hint="fetch the file again"))
        if self._connection.closed:
            self._broken = "has lost its connection, and is not used until it is back"
        first = str(error).partition("\n")[0]
        return self._refused(f"{sentence}: {type(error).__name__}: {first}")

    def _usable(self) -> None:
        if self._broken:
            raise self._refused(self._broken)

    def _break(self) -> None:
        self._broken = "failed before, and is not used until it is opened again"
        with suppress(Exception):
            self._connection.rollback()

    def _roll_back(self) -> None:
        try:
            self._run("rollback")
        except JournalRefused:
            self._break()

    def _refused(self, sentence: str, hint: str = "") -> JournalRefused:
        hint = hint or "nothing more is sent; see to the server, then run it again"
        return JournalRefused(Fault(self._shown, f"the journal {sentence}", hint=hint))


def _own_name() -> str:
    """Name this process, so that another can say whom it waits for."""
    return f"importer, process {os.getpid()} on {socket.gethostname()}"[:_NAME_MOST]


def _marked(statement: str) -> str:
    """Write a statement's marks as this database wants them."""
    return statement.replace("%", "%%").replace("?", "%s")
