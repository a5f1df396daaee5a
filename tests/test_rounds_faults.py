"""What goes wrong in a round stays with its file, and nothing is lost unsaid."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from importer import rounds, shipped, workspaces
from importer.cli import session
from importer.errors import JournalRefused, MappingRefused
from importer.inbox import heartbeat
from importer.intake import Rules
from importer.mapping.aliases import COLUMNS, load_aliases, remember
from importer.mapping.schema import Mapping
from importer.model import Alias
from importer.rounds.reports import Bench, TakenIn, Unusable

SAMPLE = "FNB_activity_2026-03-13.csv"
DAY = date(2026, 3, 18)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    workspaces.make(tmp_path)
    mappings = shipped.folder("mappings")
    shutil.copytree(mappings, tmp_path / "mappings", dirs_exist_ok=True)
    with session.bench(session.workspace(tmp_path)) as one:
        yield one
    for number, handler in before.items():
        signal.signal(number, handler)


def drop(bench: Bench, name: str = SAMPLE) -> Path:
    target = bench.workspace.inbox / name
    shutil.copy(shipped.folder("samples") / "first_national" / SAMPLE, target)
    return target


@pytest.mark.parametrize("quiet", ["0", "1"])
def test_a_watch_of_one_time_ends_where_a_mapping_is_in_error(
    bench: Bench, quiet: str
) -> None:
    """With the file left where it is, and a heartbeat."""
    path = drop(bench)
    (bench.workspace.mappings / "broken.toml").write_text("[file", encoding="utf-8")
    root = bench.workspace.root
    done = subprocess.run(
        [sys.executable, "-m", "importer", "watch", "--once", "--workspace", root],
        env={**os.environ, "IMPORTER_INBOX_QUIET_SECONDS": quiet},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("broken.toml") == 1
    assert path.exists()
    beat = heartbeat.read(root / "heartbeat")
    assert beat
    assert list(beat.waiting_for) == [path.name]
    assert path.name in beat.sentence(session.now(), timedelta())


class Broken(Exception):
    """A fault of the program, with what it had in its hands."""


def test_a_fault_of_the_program_over_one_file_stops_no_other(bench: Bench) -> None:
    first, second = drop(bench, "0.csv"), drop(bench)
    calls = iter(range(9))

    class Traps(tuple[Mapping, ...]):
        """Mappings that the program fails over."""

        __slots__ = ()

        def __iter__(self) -> Iterator[Mapping]:
            raise Broken("account 4417123456789113")

    def rules() -> Rules:
        good = bench.rules()
        return replace(good, mappings=Traps()) if next(calls) == 0 else good

    faulty = replace(bench, rules=rules)
    done = rounds.from_inbox(faulty, [first, second], post=False)
    broken, taken = done.files
    assert isinstance(broken, Unusable)
    assert isinstance(taken, TakenIn)
    why = (bench.workspace.refused / "0.csv.why.txt").read_text(encoding="utf-8")
    assert "the program failed over this file: Broken at" in why
    assert "4417" not in why
    assert list(bench.workspace.inbox.iterdir()) == []


def test_a_journal_that_lost_a_row_writes_no_result(bench: Bench) -> None:
    rounds.from_inbox(bench, [drop(bench)], post=False)
    before = sorted(bench.workspace.results.iterdir())
    with sqlite3.connect(bench.workspace.root / "journal.db") as database:
        for trigger in database.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            database.execute(f"drop trigger {trigger[0]}")
        database.execute("pragma foreign_keys = off")
        database.execute("delete from remittance where place = 0")
    with pytest.raises(JournalRefused, match="remittances were taken in, and the"):
        rounds.from_inbox(bench, [drop(bench, "again.csv")], post=False)
    assert sorted(bench.workspace.results.iterdir()) == before


def alias(remitter: str) -> Alias:
    return Alias(remitter, "", "10442", DAY.isoformat(), "mk", "", 0)


def test_a_name_that_a_spreadsheet_would_run_is_remembered_harmless(
    tmp_path: Path,
) -> None:
    path = tmp_path / "customers.csv"
    remember(path, alias("=cmd|' /C calc'!A0"))
    assert "'=cmd" in path.read_text(encoding="utf-8")
    (found,) = load_aliases(path)
    assert found.remitter == "=cmd|' /C calc'!A0"
    remember(path, alias("=cmd|' /C calc'!A0"))
    assert len(load_aliases(path)) == 1


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_an_alias_goes_under_headers_that_are_quoted(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "customers.csv"
    names = [f'"{name}"' for name in reversed(COLUMNS)]
    path.write_text(mark.join(names) + "\r\n", encoding="utf-8-sig")
    remember(path, alias("ACME\nLTD"))
    (found,) = load_aliases(path)
    assert (found.remitter, found.customer, found.since) == (
        "ACME LTD",
        "10442",
        "2026-03-18",
    )


@pytest.mark.parametrize("nobody", ["", " ", "\n"])
def test_nobody_is_never_remembered(tmp_path: Path, nobody: str) -> None:
    path = tmp_path / "customers.csv"
    with pytest.raises(MappingRefused, match="without a name"):
        remember(path, alias(nobody))
    assert not path.exists()
