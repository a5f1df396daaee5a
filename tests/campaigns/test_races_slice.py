"""A slice of the races, and what only a process that comes in between shows."""

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import company
from races_case import DATABASES, Race, Scene, drawn, run

from importer import rounds
from importer.cli import session
from importer.intake import Rules
from importer.rounds.reports import Bench
from importer.sandbox import Sandbox

ALONE = Race(0, "sqlite", "own", 1, 1, 0, 1000, (), ())
STRUCK = {
    "sqlite": Race(1, "sqlite", "own", 3, 2, 0.05, 1000, (8,), ()),
    "postgresql": Race(2, "postgresql", "inbox", 3, 2, 0.05, 1000, (8,), (16,)),
}


@pytest.mark.parametrize("database", DATABASES)
def test_processes_that_are_killed_post_each_remittance_once(database: str) -> None:
    report = run(STRUCK[database])
    assert report.wrong == []
    assert report.seen["killed"] == 1
    assert report.seen["restarted"] == (database == "postgresql")
    assert report.seen["posted"] > 30


def test_all_that_share_a_journal_share_the_calls_of_the_day() -> None:
    report = run(replace(STRUCK["sqlite"], processes=2, calls=12, kills=()))
    assert report.wrong == []


def test_the_same_seed_is_the_same_race() -> None:
    assert drawn(7) == drawn(7) != drawn(9)
    assert {drawn(seed).database for seed in range(4)} == set(DATABASES)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    tokens = {company.TOKEN: "company"}
    with Sandbox(tmp_path / "sandbox.db", company.seed(), tokens=tokens) as sandbox:
        scene = Scene(ALONE, tmp_path, sandbox)
        with session.bench(session.workspace(scene.spaces[0])) as one:
            yield one
    for number, handler in before.items():
        signal.signal(number, handler)


def test_an_invoice_that_another_process_pays_meanwhile_is_not_paid_again(
    bench: Bench, tmp_path: Path
) -> None:
    """Two remittances quote one invoice; both processes saw it open."""
    first = company.bank_file(tmp_path / "first.csv", [1])
    second = company.bank_file(tmp_path / "second.csv", [1])
    second.write_text(second.read_text().replace(company.DAY, "2026-03-12"))
    others = iter([first])

    def rules() -> Rules:
        found = bench.rules()
        for other in others:
            rounds.work(bench, [other], post=False)
        return found

    rounds.work(replace(bench, rules=rules), [second], post=False)
    statuses = {one.file.name: one.status for one in bench.journal.entries()}
    assert statuses == {"first.csv": "ready", "second.csv": "held"}
