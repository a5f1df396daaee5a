"""What was done is told, also after a death between the deed and the result."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer import rounds, shipped, workspaces
from importer.cli import session
from importer.rounds.reports import Bench

FOLDER = shipped.folder("samples") / "first_national"
SAMPLE = "FNB_activity_2026-03-13.csv"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    workspaces.make(tmp_path)
    mappings = shipped.folder("mappings")
    shutil.copytree(mappings, tmp_path / "mappings", dirs_exist_ok=True)
    with session.bench(session.workspace(tmp_path)) as one:
        yield one


def fail_to_tell(bench: Bench) -> None:
    """Do a round whose results cannot be written: a file is where their folder is."""
    path = bench.workspace.inbox / SAMPLE
    shutil.copy(FOLDER / SAMPLE, path)
    results = bench.workspace.results
    results.rmdir()
    results.write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="results"):
        rounds.from_inbox(bench, [path], post=True)
    results.unlink()


def test_results_that_were_not_written_are_written_by_the_next_round(
    bench: Bench,
) -> None:
    fail_to_tell(bench)
    done = rounds.work(bench, (), post=True)
    assert [one.record.name for one in done.written] == [SAMPLE]
    assert done.written[0].path.is_file()
    assert bench.workspace.ledger.is_file()


def test_a_ledger_that_cannot_be_written_now_is_written_by_a_later_round(
    bench: Bench,
) -> None:
    """A spreadsheet may hold it open; here a folder is in its place."""
    for source in (SAMPLE, "second.csv"):
        text = (FOLDER / SAMPLE).read_text("utf-8")
        (bench.workspace.inbox / source).write_text(
            text.replace("ROSEWOOD", source[:3]), "utf-8"
        )
    bench.workspace.ledger.mkdir()
    first, second = sorted(bench.workspace.inbox.iterdir())
    (written,) = rounds.from_inbox(bench, [first], post=True).written
    assert written.path.is_file()
    assert "ledger.csv is not brought up to date now: Is a dir" in written.remark
    bench.workspace.ledger.rmdir()
    (written,) = rounds.from_inbox(bench, [second], post=True).written
    assert "ledger" not in written.remark
    entries = list(bench.journal.entries())
    assert len(bench.workspace.ledger.read_text("utf-8").splitlines()) > len(entries)


def test_looking_for_doubts_also_writes_what_was_not_written(bench: Bench) -> None:
    fail_to_tell(bench)
    assert [one.record.name for one in rounds.settle(bench).written] == [SAMPLE]


def test_what_was_told_is_not_told_again(bench: Bench) -> None:
    fail_to_tell(bench)
    rounds.settle(bench)
    assert rounds.settle(bench).written == ()


@pytest.mark.parametrize("mark", ["", "no number", "99999"])
def test_where_nobody_knows_what_was_told_all_is_told(bench: Bench, mark: str) -> None:
    fail_to_tell(bench)
    rounds.settle(bench)
    (bench.workspace.root / ".told").write_text(mark, encoding="utf-8")
    assert [one.record.name for one in rounds.settle(bench).written] == [SAMPLE]
