"""SQLite as the journal's database, with settings that lose nothing.

(1) A commit that returned survives a power cut: TRUNCATE with EXTRA.  Python's
    default loses the last commit in a third of simulated power cuts, and WAL has
    a known bug with two connections before SQLite 3.51.3.
(2) The settings are read back, and anything else is refused.
(3) The file is checked when it is opened, is readable by its owner alone, and
    does not lie on a network file system, where locks and syncs are not reliable.
(4) After a failed commit nothing more is read or written: the page cache may
    hold what the disk does not.
"""

import errno
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import RLock

from importer import locks, systems
from importer.errors import Fault, JournalRefused
from importer.journal.database import Row
from importer.journal.tables import GUARDS, TABLES, VERSION

SETTINGS = {
    "journal_mode": "truncate",
    "synchronous": 3,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "fullfsync": 1,
}
PATIENCE_SECONDS = 30.0
_RESTORE = "restore it from a backup; payments are found again by their marker"
_ELSEWHERE = "set [journal] url in importer.toml to another file"
_RIGHTS = "give the program the right to write it and its folder"
_OF_THE_SYSTEM = {
    errno.EISDIR: _ELSEWHERE,
    errno.ENOENT: f"make its folder, or {_ELSEWHERE}",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
}
_ONE_USER = "run the program as one user always, or give the file to this one"
_PRIMARY = 0xFF
_OF_SQLITE = {
    sqlite3.SQLITE_NOTADB: (
        "is another file: it is no database",
        f"{_ELSEWHERE}, or move this one away; if it was the journal, {_RESTORE}",
    ),
    sqlite3.SQLITE_CORRUPT: ("is damaged", _RESTORE),
    sqlite3.SQLITE_BUSY: (
        "is held by another program",
        "close what has it open, such as a viewer of databases; then run it again",
    ),
    sqlite3.SQLITE_FULL: (
        "cannot be written: the disk is full",
        "make room, then run it again; nothing more is sent",
    ),
    sqlite3.SQLITE_READONLY: ("cannot be written: it is read-only", _RIGHTS),
}


class Sqlite:
    """One connection behind one lock."""

    def __init__(self, path: Path, *, forced: bool = False) -> None:
        """Open the file, made when absent; `forced` allows a network file system."""
        self._path = path
        self._lock = RLock()
        self._broken = ""
        if not forced:
            _refuse_network(path)
        try:
            systems.make_private(path)
        except OSError as error:
            raise self._failed("cannot be opened", error) from error
        try:
            self._connection = sqlite3.connect(
                path,
                timeout=PATIENCE_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise self._failed("cannot be opened", error) from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self.close()
            raise self._failed("cannot be used", error) from error
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """Set and read back the settings, check the file, and make the tables."""
        ask = self._connection.execute
        for name, value in SETTINGS.items():
            ask(f"pragma {name} = {value}")
            (found,) = ask(f"pragma {name}").fetchone()
            if found != value:
                raise self._refused(f'has "{name}" at "{found}", not at "{value}"')
        (version,) = ask("pragma user_version").fetchone()
        if version > VERSION:
            raise self._refused(
                f'was written by a newer program (journal version "{version}")',
                "install that version of the program, or a newer one",
            )
        (verdict,) = ask("pragma quick_check(1)").fetchone()
        if verdict != "ok":
            raise self._refused(f"is damaged: {verdict}", _RESTORE)
        if version < VERSION:
            with self.transaction():
                for statement in (*TABLES, *GUARDS):
                    ask(statement)
                ask(f"pragma user_version = {VERSION}")

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        with self._lock:
            self._usable()
            try:
                return self._connection.execute(statement, parameters).fetchall()
            except sqlite3.Error as error:
                raise self._failed("cannot be used", error) from error

    def insert(self, statement: str, rows: Iterable[Sequence[object]]) -> int:
        """Run one insert for all rows; return how many were inserted."""
        with self._lock:
            self._usable()
            try:
                return self._connection.executemany(statement, rows).rowcount
            except sqlite3.Error as error:
                raise self._failed("cannot be written", error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin as the only writer, and commit at the end, or roll back."""
        with self._lock:
            self._usable()
            try:
                self._connection.execute("begin immediate")
            except sqlite3.Error as error:
                raise self._failed("cannot be written", error) from error
            try:
                yield
            except JournalRefused:
                self._break()
                raise
            except BaseException:
                self._roll_back()
                raise
            try:
                self._connection.execute("commit")
            except sqlite3.Error as error:
                self._break()
                raise self._failed("cannot be written", error) from error

    def only_sender(self, now: str) -> AbstractContextManager[None]:
        """Hold the right to send and to settle, by a file beside the journal's."""
        beside = self._path.with_name(f"{self._path.name}.sending")
        return locks.only_one(beside, now)

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._broken = self._broken or "is closed"
            try:
                self._connection.close()
            except sqlite3.Error as error:
                raise self._refused(f"cannot be closed: {error}") from error

    def _usable(self) -> None:
        if self._broken:
            raise self._refused(self._broken)

    def _break(self) -> None:
        self._broken = "failed before, and is not used until it is opened again"
        with suppress(sqlite3.Error):
            self._connection.execute("rollback")

    def _roll_back(self) -> None:
        try:
            self._connection.execute("rollback")
        except sqlite3.Error:
            self._break()

    def _failed(self, what: str, error: OSError | sqlite3.Error) -> JournalRefused:
        """Say why the journal cannot be used, and what a person does about that."""
        if isinstance(error, OSError) and error.errno == errno.EPERM:
            return self._refused("belongs to another user", _ONE_USER)
        if isinstance(error, OSError):
            hint = _OF_THE_SYSTEM.get(error.errno or 0, "")
            return self._refused(f"{what}: {error.strerror}", hint)
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        sentence, hint = _OF_SQLITE.get(code, ("", ""))
        return self._refused(sentence or f"{what}: {error}", hint)

    def _refused(self, sentence: str, hint: str = "") -> JournalRefused:
        hint = hint or "nothing more is sent; see to the disk, then run it again"
        return JournalRefused(
            Fault(str(self._path), f"the journal {sentence}", "", hint)
        )


def _refuse_network(path: Path) -> None:
    if kind := systems.network_type(path):
        raise JournalRefused(
            Fault(
                str(path),
                f'the journal lies on a network file system ("{kind}")',
                "",
                "keep it on a local disk: set [journal] url in importer.toml",
            )
        )
