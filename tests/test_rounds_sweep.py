"""What a sweep tells, a clerk may acknowledge; another difference is told again."""

import csv
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from importer import rounds, shipped, workspaces
from importer.cli import session
from importer.identity import Key, marker
from importer.rounds.reports import Bench, Decided, Round, Unusable

FNB = shipped.folder("samples") / "first_national" / "FNB_activity_2026-03-13.csv"
WEEK = timedelta(days=7)
SEEN = {"decision": "skip", "note": "moved by accounting, as agreed"}
STRANGER = marker(Key("elsewhere", date(2026, 3, 9), "1", "USD", ("X",)), 0)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    root = tmp_path / "a company"
    workspaces.make(root)
    shutil.copytree(shipped.folder("mappings"), root / "mappings", dirs_exist_ok=True)
    with session.bench(session.workspace(root)) as one:
        rounds.work(one, [FNB], post=True)
        yield one


def changed_in_the_erp(bench: Bench, statement: str) -> None:
    with closing(sqlite3.connect(bench.workspace.root / "sandbox.db")) as raw, raw:
        assert raw.execute(statement).rowcount > 0


def move_a_payment(bench: Bench) -> None:
    changed_in_the_erp(
        bench, "update payment set customer = 10451 where customer = 10442"
    )


def add_a_stranger(bench: Bench) -> None:
    same = "customer, method, location, date, cents, notes, received_at, applied_at"
    changed_in_the_erp(
        bench,
        f"insert into payment (control, reference, {same}, updated_at, synced_at) "
        f"select 99001, 'X {STRANGER}', {same}, updated_at, synced_at from payment "
        "order by id desc limit 1",
    )


def swept(bench: Bench) -> tuple[list[str], int]:
    """Sweep; return the kinds of differences that are told, and the exit code."""
    done = rounds.settle(bench, WEEK)
    kinds = [one.kind for one in done.reconciled.differences]
    assert bool(kinds) == bool(done.worklist)
    return kinds, rounds.exit_code(done, bench.journal)


def returned(bench: Bench, cells: Mapping[str, str], name: str = "seen.csv") -> Round:
    """Fill every row of the newest worklist like this, and drop it."""
    newest = max(bench.workspace.results.glob("sweep.*.csv"))
    with newest.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    target = bench.workspace.inbox / name
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **cells} for row in rows)
    return rounds.from_inbox(bench, [target], post=True)


def alarms(bench: Bench) -> list[str]:
    return [alarm for one in bench.journal.entries() for alarm in one.alarms]


def test_what_a_clerk_has_acknowledged_is_told_no_more(bench: Bench) -> None:
    move_a_payment(bench)
    assert swept(bench) == (["changed"], 1)
    (report,) = returned(bench, SEEN).files
    assert isinstance(report, Decided)
    assert (report.decisions, report.anew) == (1, True)
    assert swept(bench) == ([], 0)
    assert rounds.settle(bench, WEEK).reconciled.acknowledged == 1
    assert alarms(bench) == []
    assert bench.journal.audit().faults == []


def test_the_result_csv_shows_the_alarm_no_more(bench: Bench) -> None:
    move_a_payment(bench)
    swept(bench)
    (written,) = returned(bench, SEEN).written
    assert "ALARM" not in written.path.read_text(encoding="utf-8-sig")


def test_another_difference_of_the_same_payment_is_told(bench: Bench) -> None:
    move_a_payment(bench)
    swept(bench)
    returned(bench, SEEN)
    changed_in_the_erp(
        bench, "update payment set customer = 10460 where customer = 10451"
    )
    kinds, code = swept(bench)
    assert (set(kinds), code) == ({"changed"}, 1)


def test_who_has_seen_it_and_why_stands_in_the_journal(bench: Bench) -> None:
    move_a_payment(bench)
    swept(bench)
    returned(bench, SEEN)
    path = bench.workspace.root / "journal.db"
    with closing(sqlite3.connect(path)) as raw:
        asked = "select body from event where kind = 'acknowledged'"
        ((body,),) = raw.execute(asked)
    assert SEEN["note"] in body
    assert '"seen_by":""' not in body


def test_the_same_worklist_again_adds_nothing(bench: Bench) -> None:
    move_a_payment(bench)
    swept(bench)
    returned(bench, SEEN)
    before = bench.journal.head()
    (report,) = returned(bench, SEEN, "again.csv").files
    assert isinstance(report, Decided)
    assert not report.anew
    assert bench.journal.head() == before


def test_a_payment_that_is_nobody_s_here_is_acknowledged_too(bench: Bench) -> None:
    add_a_stranger(bench)
    kinds, code = swept(bench)
    assert "stranger" in kinds
    returned(bench, SEEN)
    assert swept(bench) == ([], 0)
    assert code == 1


def test_rows_without_a_decision_are_left_as_they_are(bench: Bench) -> None:
    move_a_payment(bench)
    swept(bench)
    (report,) = returned(bench, {}).files
    assert isinstance(report, Decided)
    assert report.decisions == 0
    assert swept(bench) == (["changed"], 1)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"decision": "skip"}, "needs a note"),
        ({"decision": "post", "note": "x"}, "is no decision here"),
        ({**SEEN, "what": "all is well"}, "has told of no such difference"),
        ({**SEEN, "kind": "doubled"}, "has told of no such difference"),
        ({**SEEN, "remittance": ""}, "has told of no such difference"),
        (
            {**SEEN, "remittance": "", "kind": "stranger", "what": "no marker"},
            "has told of no such difference",
        ),
    ],
)
def test_what_is_not_sound_acknowledges_nothing(
    bench: Bench, cells: Mapping[str, str], why: str
) -> None:
    move_a_payment(bench)
    swept(bench)
    before = bench.journal.head()
    (report,) = returned(bench, cells).files
    assert isinstance(report, Unusable)
    assert why in str(report.error)
    assert bench.journal.head() == before
    assert swept(bench) == (["changed"], 1)


def test_an_acknowledgement_is_no_decision_about_the_remittance(bench: Bench) -> None:
    """What waits for approval would be let go by one."""
    move_a_payment(bench)
    swept(bench)
    returned(bench, SEEN)
    assert not any(one.decided_by for one in bench.journal.entries())
    assert list(bench.journal.decided_by_people(datetime(2020, 1, 1, tzinfo=UTC))) == []
