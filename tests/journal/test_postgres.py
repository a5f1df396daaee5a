"""PostgreSQL under the journal: durable, append-only, one sender, and no secrets."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from server import Server, started
from shelf import file, id_of, item, opened

from importer.errors import FileRefused, JournalRefused, StoppedEarly
from importer.journal.postgres import Postgres
from importer.journal.tables import APPEND_ONLY


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = started()
    yield running
    running.close()


@pytest.fixture
def url(server: Server) -> str:
    return server.url(f"journal_{uuid4().hex}")


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("deed", ["delete from {}", "truncate {} cascade"])
def test_what_was_written_cannot_be_taken_back(
    url: str, tmp_path: Path, table: str, deed: str
) -> None:
    with opened(tmp_path, url=url) as journal:
        journal.take_in(file(), [item(0)], after=0)
    database = Postgres(url)
    with pytest.raises(JournalRefused, match="append-only"):
        database.execute(deed.format(table))
    database.close()


def test_a_second_connection_may_not_send_while_the_first_does(url: str) -> None:
    one, other = Postgres(url), Postgres(url)
    with one.only_sender("noon"):
        who = f"worked on already, by importer, process {os.getpid()} on "
        with pytest.raises(StoppedEarly, match=who):
            other.only_sender("noon").__enter__()
        # A connection that is lost gives the right back.
        one._connection.close()  # noqa: SLF001 as a host that dies would
        assert _may_send(other)
    other.close()


def _may_send(database: Postgres) -> bool:
    """Try for a while: the server learns of a lost connection when it does."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with suppress(StoppedEarly), database.only_sender("noon"):
            return True
        time.sleep(0.02)
    return False


def test_who_sends_for_another_company_on_the_same_server_is_not_named(
    server: Server, url: str
) -> None:
    one, other = Postgres(url), Postgres(server.url(f"journal_{uuid4().hex}"))
    with one.only_sender("noon"), other.only_sender("noon"):
        pass
    one.close()
    other.close()


def test_what_the_server_is_set_to_otherwise_does_not_matter(url: str) -> None:
    """A snapshot from before the writer's lock would be an old one."""
    database = Postgres(url)
    name = url.partition("///")[2].partition("?")[0]
    database.execute(
        f"alter database {name} set default_transaction_isolation = 'serializable'"
    )
    database.close()
    database = Postgres(url)
    with database.transaction():
        assert database.execute("show transaction_isolation") == [("read committed",)]
    database.close()


def test_a_crash_of_the_server_loses_nothing_that_was_acknowledged(
    server: Server, url: str, tmp_path: Path
) -> None:
    with opened(tmp_path, url=url) as journal:
        journal.take_in(file(), [item(0)], after=0)
        server.stop("immediate")
        with pytest.raises(JournalRefused, match="cannot be"):
            journal.entry(id_of(0))
        server.start()
        with pytest.raises(JournalRefused, match="lost its connection"):
            journal.entry(id_of(0))
    with opened(tmp_path, url=url) as journal:
        assert journal.entry(id_of(0))
        assert journal.audit().faults == []


def test_a_text_that_cannot_be_stored_stops_nothing_else(url: str) -> None:
    database = Postgres(url)
    store = "insert into file (sha256, body) values (?, ?)"
    with pytest.raises(FileRefused, match="cannot store"), database.transaction():
        database.execute(store, ("a", "US\x00417"))
    with pytest.raises(FileRefused, match="cannot store"), database.transaction():
        database.insert(store, [("a", "US\x00417")])
    with database.transaction():
        database.execute(store, ("a", "US0417"))
    assert database.execute("select sha256 from file") == [("a",)]
    database.close()


def test_a_server_that_may_lose_what_it_acknowledged_is_refused(
    server: Server, url: str
) -> None:
    settings = server.data / "postgresql.auto.conf"
    server.stop()
    settings.write_text("fsync = off\n")
    server.start()
    try:
        with pytest.raises(JournalRefused, match='"fsync" at "off"'):
            Postgres(url)
    finally:
        server.stop()
        settings.write_text("")
        server.start()


def test_no_message_holds_the_password() -> None:
    with pytest.raises(JournalRefused) as refused:
        Postgres("postgresql://anna:hunter22@127.0.0.1:1/journal")
    assert "hunter22" not in str(refused.value)
    assert "127.0.0.1: the journal cannot be reached" in str(refused.value)


def test_a_newer_journal_is_refused(url: str) -> None:
    database = Postgres(url)
    database.execute("update version set number = 99")
    database.close()
    with pytest.raises(JournalRefused, match="newer program"):
        Postgres(url)
