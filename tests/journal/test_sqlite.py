"""SQLite under the journal: durable settings, append-only, and stop when it fails."""

import hashlib
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shelf import CALL, HOLD, file, id_of, item, opened, payment, request

from importer import systems
from importer.errors import JournalRefused
from importer.journal import Journal
from importer.journal import sqlite as sqlite_module
from importer.journal.sqlite import SETTINGS, Sqlite
from importer.journal.tables import VERSION, chained
from importer.model import Posted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """Look at the file as an outsider with SQLite alone."""
    with opened(path.parent) as journal:
        journal.take_in(file(), [item(0), item(1)])
        version = journal.claim(id_of(0), 1, 0, request(payment(0)), CALL)
        journal.finish(id_of(0), 0, Posted("1"), claimed=version)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma recursive_triggers = on")
    yield connection
    connection.close()


def test_the_settings_are_the_durable_ones(path: Path) -> None:
    database = Sqlite(path)
    for name, value in SETTINGS.items():
        assert database.execute(f"pragma {name}") == [(value,)]
    assert SETTINGS["journal_mode"] == "truncate"
    assert SETTINGS["synchronous"] == 3
    database.close()


def test_the_file_can_be_read_by_its_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        Sqlite(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_journal_that_others_could_read_is_closed_to_them(path: Path) -> None:
    Sqlite(path).close()
    path.chmod(0o644)
    Sqlite(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("table", ["file", "remittance", "event"])
@pytest.mark.parametrize(
    "statement",
    [
        "update {} set body = 'x'",
        "delete from {}",
        "insert or replace into {0} select * from {0} limit 1",
    ],
)
def test_nothing_that_was_written_can_be_changed(
    raw: sqlite3.Connection, table: str, statement: str
) -> None:
    before = raw.execute(f"select * from {table}").fetchall()
    with pytest.raises(sqlite3.Error, match="append-only"):
        raw.execute(statement.format(table))
    assert raw.execute(f"select * from {table}").fetchall() == before


def test_events_are_chained_from_the_first_to_the_last(
    raw: sqlite3.Connection,
) -> None:
    """Recomputed here from what stands in the file, by the rule of the tables."""
    rows = raw.execute(
        """select e.position, e.remittance, e.seq, e.at, e.host, e.actor, e.program,
        e.kind, e.status, e.body, e.prev, e.hash, f.sha256, f.body, r.place,
        r.repeats, r.body from event e
        join remittance r on r.id = e.remittance join file f on f.number = r.file
        order by e.position"""
    ).fetchall()
    prev = ""
    for number, row in enumerate(rows, start=1):
        facts, (before, made), root = row[:10], row[10:12], row[12:]
        root = root if row[2] == 1 else ()
        assert (facts[0], before) == (number, prev)
        assert made == chained(prev, *facts, *root)
        prev = made
    assert len(rows) == 4
    assert len(prev) == len(hashlib.sha256().hexdigest())


def test_where_each_remittance_stands_is_what_its_last_event_says(
    raw: sqlite3.Connection,
) -> None:
    standing = raw.execute(
        "select remittance, version, status, at from standing order by remittance"
    )
    last = raw.execute(
        """select remittance, seq, status, at from event e where seq =
        (select max(seq) from event where remittance = e.remittance)
        order by remittance"""
    )
    assert standing.fetchall() == last.fetchall()


def test_an_event_that_is_missing_or_strange_is_not_read_past(
    raw: sqlite3.Connection, path: Path
) -> None:
    raw.execute("drop trigger event_no_update")
    raw.execute("update event set body = '{}' where kind = 'posting'")
    with opened(path.parent) as journal:
        with pytest.raises(JournalRefused, match="cannot be understood"):
            journal.entry(id_of(0))
        assert journal.entry(id_of(1))


def test_a_newer_journal_is_refused(raw: sqlite3.Connection, path: Path) -> None:
    raw.execute(f"pragma user_version = {VERSION + 1}")
    with pytest.raises(JournalRefused, match="newer program"):
        Sqlite(path)


def test_an_older_journal_is_brought_up_to_date(
    raw: sqlite3.Connection, path: Path
) -> None:
    """The first version had no index over the kinds of events."""
    raw.execute("drop index event_kind")
    raw.execute("pragma user_version = 1")
    raw.commit()
    with opened(path.parent) as journal:
        assert journal.audit().faults == []
        assert [one.id for one in journal.entries()] == [id_of(0), id_of(1)]
    assert raw.execute("pragma user_version").fetchone() == (VERSION,)
    indexes = raw.execute("select name from sqlite_master where type = 'index'")
    assert ("event_kind",) in indexes.fetchall()


def test_a_damaged_journal_is_refused(raw: sqlite3.Connection, path: Path) -> None:
    raw.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(JournalRefused):
        Sqlite(path)


def test_a_file_that_is_no_journal_is_refused(path: Path) -> None:
    path.write_bytes(b"Posted,Description,Amount\n" * 100)
    with pytest.raises(JournalRefused, match="no database"):
        Sqlite(path)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalRefused, match="cannot be opened"):
        Sqlite(tmp_path / "nowhere" / "journal.db")


@pytest.mark.parametrize("url", ["journal.db", "mysql:///x", "sqlite:///", ""])
def test_an_address_of_another_kind_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(JournalRefused, match="cannot be at"):
        Journal.open(url, top=tmp_path)


def test_a_full_disk_stops_the_journal_for_good(path: Path) -> None:
    """The disk is full for one commit; afterwards nothing is trusted or sent."""
    with opened(path.parent) as journal:
        journal.take_in(file(), [item(0), item(1)])
        size = path.stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            many = [item(number) for number in range(2, 400)]
            with pytest.raises(JournalRefused):
                journal.take_in(file("large.csv"), many)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        with pytest.raises(JournalRefused, match="failed before"):
            journal.claim(id_of(0), 1, 0, request(payment(0)), CALL)
        with pytest.raises(JournalRefused, match="failed before"):
            journal.entry(id_of(0))
    with opened(path.parent) as again:
        assert again.counts()["ready"] == 2
        assert again.file_known(file("large.csv").sha256) is None
        assert again.calls(CALL.erp, CALL.day) == {}


def test_a_journal_that_another_holds_too_long_is_told(
    path: Path, raw: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "PATIENCE_SECONDS", 0.05)
    with opened(path.parent) as journal:
        raw.execute("begin immediate")
        with pytest.raises(JournalRefused, match="held by another"):
            journal.hold(id_of(1), 1, HOLD)
        raw.execute("rollback")
        assert journal.hold(id_of(1), 1, HOLD) == 2


def test_a_closed_journal_says_so(path: Path) -> None:
    journal = opened(path.parent)
    journal.close()
    with pytest.raises(JournalRefused, match="is closed"):
        journal.counts()


def test_a_file_killed_in_the_middle_of_taking_in_leaves_nothing(path: Path) -> None:
    """The process dies in the transaction, when all rows are written."""
    script = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from shelf import file, item, opened
def items():
    for number in range(300):
        yield item(number)
journal = opened(Path(sys.argv[2]))
with journal._database.transaction():
    from importer.journal import writing
    writing.take_in(journal._database, journal._author, file(), tuple(items()))
    os._exit(137)
"""
    top = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent), str(path.parent)],
        env={**os.environ, "PYTHONPATH": str(top)},
        check=False,
        timeout=60,
    )
    assert done.returncode == 137
    with opened(path.parent) as journal:
        assert journal.file_known(file().sha256) is None
        assert sum(journal.counts().values()) == 0
        assert not list(journal.files())


def test_a_journal_on_a_network_file_system_is_refused_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("30 22 0:30 / / rw shared:2 - nfs4 server:/x rw\n")
    monkeypatch.setattr(systems, "MOUNTS", mounts)
    with pytest.raises(JournalRefused, match='network file system \\("nfs4"\\)'):
        Sqlite(tmp_path / "journal.db")
    assert not (tmp_path / "journal.db").exists()
    Sqlite(tmp_path / "journal.db", forced=True).close()
