"""The whole job through the inbox: samples in, payments in the sandbox, results out."""

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from importer import locks, rounds, shipped, workspaces
from importer.cli import session
from importer.erp import Request
from importer.journal.orders import Call
from importer.rounds.reports import Bench, TakenIn, Unusable

SAMPLES = shipped.folder("samples")
FNB = SAMPLES / "first_national" / "FNB_activity_2026-03-13.csv"
BROKEN = Path(__file__).parent / "errors" / "files"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    root = tmp_path / "a company"
    workspaces.make(root)
    shutil.copytree(shipped.folder("mappings"), root / "mappings", dirs_exist_ok=True)
    with session.bench(session.workspace(root)) as one:
        yield one


def drop(bench: Bench, path: Path, name: str = "") -> Path:
    target = bench.workspace.inbox / (name or path.name)
    shutil.copy(path, target)
    return target


def test_a_dropped_file_ends_in_archive_results_and_ledger(bench: Bench) -> None:
    path = drop(bench, FNB)
    done = rounds.from_inbox(bench, [path], post=True)
    here = bench.workspace
    assert rounds.exit_code(done, bench.journal) == 1
    assert not path.exists()
    assert [one.name[:-9] for one in here.archive.rglob("*.csv.*")] == [FNB.name]
    assert done.written[0].path.parent == here.results
    assert here.ledger.is_file()
    assert bench.journal.counts()["posted"] == 5
    assert sum(bench.journal.sums().values()) == Decimal("-4650.41")


def test_the_same_bytes_under_another_name_add_nothing(bench: Bench) -> None:
    rounds.from_inbox(bench, [drop(bench, FNB)], post=True)
    before = bench.journal.counts()
    calls = bench.journal.calls("komet", bench.now().date())
    done = rounds.from_inbox(bench, [drop(bench, FNB, "again.csv")], post=True)
    (report,) = done.files
    assert isinstance(report, TakenIn)
    assert not report.anew
    assert bench.journal.counts() == before
    after = bench.journal.calls("komet", bench.now().date())
    assert after["payment.receive"] == calls["payment.receive"]


def test_a_file_that_cannot_be_used_never_blocks_the_next(bench: Bench) -> None:
    paths = [drop(bench, BROKEN / "empty.csv", "0.csv"), drop(bench, FNB)]
    done = rounds.from_inbox(bench, paths, post=False)
    refused, taken = done.files
    assert isinstance(refused, Unusable)
    assert isinstance(taken, TakenIn)
    assert rounds.exit_code(done, bench.journal) == 2
    why = (bench.workspace.refused / "0.csv.why.txt").read_text(encoding="utf-8")
    assert "empty" in why
    assert bench.journal.counts()["ready"] == 5


def test_a_mapping_in_error_leaves_the_inbox_as_it_is(bench: Bench) -> None:
    path = drop(bench, FNB)
    broken = bench.workspace.mappings / "broken.toml"
    broken.write_text("[file]\nname = 1\nnome = 2\n", encoding="utf-8")
    done = rounds.from_inbox(bench, [path], post=True)
    assert done.stopped is not None
    assert path.exists()
    broken.unlink()
    done = rounds.from_inbox(bench, [path], post=True)
    assert done.stopped is None
    assert bench.journal.counts()["posted"] == 5


def test_a_result_that_comes_back_is_applied_and_posted(bench: Bench) -> None:
    done = rounds.from_inbox(bench, [drop(bench, FNB)], post=True)
    result = done.written[0].path
    text = result.read_bytes().decode("utf-8-sig")
    lines = text.split("\r\n")
    held = next(n for n, line in enumerate(lines) if ',held,"short:' in line)
    lines[held] = lines[held].removesuffix(",,,,") + ",post,,,"
    result.write_text("\n".join(lines), encoding="utf-8")
    done = rounds.from_inbox(bench, [drop(bench, result)], post=True)
    assert done.stopped is None
    assert bench.journal.counts()["posted"] == 6


def test_a_file_named_on_the_command_line_stays_where_it_lies(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / FNB.name
    shutil.copy(FNB, path)
    rounds.work(bench, [path], post=False)
    assert path.exists()
    assert [one.name[:-9] for one in bench.workspace.archive.rglob("*.csv.*")]
    assert not list((bench.workspace.root / ".spool").iterdir())


def test_a_dry_run_records_nothing(bench: Bench) -> None:
    planned = rounds.preview(bench, bench.rules(), FNB)
    assert not isinstance(planned, Unusable)
    assert bench.journal.files_taken() == 0
    assert not list(bench.workspace.results.iterdir())


def test_a_guessed_mapping_that_waits_for_a_word_records_nothing(bench: Bench) -> None:
    mapping = bench.workspace.mappings / "first_national.toml"
    text = mapping.read_text(encoding="utf-8")
    text = text.replace('"US-FNB-0417"', '"NAME-THIS-ACCOUNT"')
    mapping.write_text(text, encoding="utf-8")
    done = rounds.work(bench, [FNB], post=True)
    (report,) = done.files
    assert isinstance(report, Unusable)
    assert "still to be filled in" in str(report.error)
    assert bench.journal.files_taken() == 0


def test_settling_leaves_alone_what_another_process_is_sending(bench: Bench) -> None:
    rounds.work(bench, [FNB], post=False)
    entry = next(bench.journal.entries(statuses=("ready",)))
    request = Request(entry.parts[0].payment, entry.id, b"{}", "0")
    call = Call("komet", bench.now().date(), "payment.receive")
    assert bench.journal.claim(entry.id, entry.version, 0, request, call)
    with locks.only_one(bench.workspace.root / "journal.db.sending", "now"):
        assert rounds.settle(bench).stopped is not None
        assert bench.journal.counts()["posting"] == 1
    assert rounds.settle(bench).stopped is None
    assert bench.journal.counts()["in_doubt"] == 1


@pytest.mark.parametrize("trusted", [False, True])
def test_the_last_row_of_a_table_without_a_line_end_is_held(
    bench: Bench, tmp_path: Path, *, trusted: bool
) -> None:
    if trusted:
        settings = bench.workspace.root / "importer.toml"
        said = settings.read_text("utf-8")
        said = said.replace("[inbox]\n", "[inbox]\nneeds_line_end = false\n")
        settings.write_text(said, "utf-8")
        bench = replace(bench, workspace=session.workspace(bench.workspace.root))
    path = tmp_path / "FNB.csv"
    path.write_text(
        "Posted,Type,Payer,Details,Amount,Ref\n"
        "03/09/2026,ACH CREDIT,ROSEWOOD FLORAL,INV 10233,500.00,1\n"
        "03/09/2026,ACH CREDIT,ROSEWOOD FLORAL,INV 10240,250.00,2",
        "utf-8",
    )
    rounds.from_inbox(bench, [drop(bench, path)], post=True)
    found = {one.notice.place.row: one.status for one in bench.journal.entries()}
    assert found == {2: "posted", 3: "posted" if trusted else "held"}


def test_a_sweep_writes_a_worklist_of_what_somebody_changed_in_the_erp(
    bench: Bench,
) -> None:
    rounds.work(bench, [FNB], post=True)
    week = timedelta(days=7)
    sound = rounds.settle(bench, week)
    assert (sound.reconciled.seen, sound.worklist) == (5, None)
    assert rounds.exit_code(sound, bench.journal) == 0
    with closing(sqlite3.connect(bench.workspace.root / "sandbox.db")) as raw, raw:
        raw.execute("update payment set customer = 10451 where customer = 10442")
    found = rounds.settle(bench, week)
    assert [one.kind for one in found.reconciled.differences] == ["changed"]
    assert rounds.exit_code(found, bench.journal) == 1
    assert found.worklist
    with found.worklist.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["kind"], len(found.written)) == ("changed", 1)
    with found.written[0].path.open(encoding="utf-8-sig", newline="") as file:
        reasons = {one["remittance"]: one["reason"] for one in csv.DictReader(file)}
    assert reasons[row["remittance"]].startswith("ALARM: changed: sent was ")
