"""Approval: nothing leaves that no person has let go, and only exactly that."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from importer import rounds, shipped, workspaces
from importer.cli import session
from importer.journal.entry import Held
from importer.model import Reason
from importer.rounds.reports import Bench, Round
from importer.settings import Workspace

FNB = shipped.folder("samples") / "first_national" / "FNB_activity_2026-03-13.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "company"
    workspaces.make(root)
    shutil.copytree(shipped.folder("mappings"), root / "mappings", dirs_exist_ok=True)
    settings = root / "importer.toml"
    said = settings.read_text("utf-8")
    assert "[posting]\n" in said
    said = said.replace("[posting]\n", '[posting]\napprove = "file"\n')
    settings.write_text(said, "utf-8")
    return root


@pytest.fixture
def bench(root: Path) -> Iterator[Bench]:
    with session.bench(session.workspace(root)) as one:
        yield one


def counts(bench: Bench) -> tuple[int, int]:
    found = bench.journal.counts()
    return found["ready"], found["posted"]


def taken_in(bench: Bench) -> Round:
    done = rounds.work(bench, [FNB], post=True)
    assert counts(bench) == (5, 0)
    return done


def test_nothing_is_sent_before_it_is_approved(bench: Bench) -> None:
    done = taken_in(bench)
    (one,) = done.proposals
    assert len(one.entries) == 5
    assert f"importer post --approve {one.digest[:16]}" in str(one)
    assert rounds.exit_code(done, bench.journal) == 1
    rounds.work(bench, (), post=True)
    assert counts(bench) == (5, 0)


def test_the_digest_sends_exactly_what_waits_and_works_once(bench: Bench) -> None:
    (one,) = taken_in(bench).proposals
    done = rounds.work(bench, (), post=True, digest=one.digest[:16])
    assert (done.stopped, done.proposals) == (None, ())
    assert counts(bench) == (0, 5)
    entry = next(bench.journal.entries(statuses=("posted",)))
    assert entry.decided_by
    again = rounds.work(bench, (), post=True, digest=one.digest)
    assert "nothing waits for approval" in str(again.stopped)
    assert rounds.exit_code(again, bench.journal) == 2


@pytest.mark.parametrize("digest", ["", "0" * 64, "3"])
def test_another_digest_approves_nothing(bench: Bench, digest: str) -> None:
    taken_in(bench)
    rounds.work(bench, (), post=True, digest=digest)
    assert counts(bench) == (5, 0)


def test_a_change_voids_the_digest(bench: Bench) -> None:
    done = taken_in(bench)
    (one,) = done.proposals
    dropped = review(bench, done, "skip", 1, note="is not ours")
    rounds.work(bench, [dropped], post=True)
    assert counts(bench) == (4, 0)
    assert rounds.work(bench, (), post=True, digest=one.digest).stopped
    assert counts(bench) == (4, 0)


def test_a_setting_that_changes_the_request_voids_the_digest(
    bench: Bench, root: Path
) -> None:
    (one,) = taken_in(bench).proposals
    with session.bench(changed(root)) as later:
        assert rounds.work(later, (), post=True, digest=one.digest).stopped
        assert counts(later) == (5, 0)


def test_what_is_not_what_was_approved_is_held(bench: Bench, root: Path) -> None:
    (one,) = taken_in(bench).proposals
    stopped = replace(bench, stop=lambda: True)
    rounds.work(stopped, (), post=True, digest=one.digest)
    assert counts(bench) == (5, 0)
    with session.bench(changed(root)) as later:
        rounds.work(later, (), post=True)
    assert counts(bench) == (0, 0)
    reasons = {
        entry.state.hold.reason
        for entry in bench.journal.entries(statuses=("held",))
        if isinstance(entry.state, Held) and entry.id in one.payloads
    }
    assert reasons == {Reason.NOT_APPROVED}


def test_the_clerk_approves_a_row_in_the_result_csv(bench: Bench) -> None:
    dropped = review(bench, taken_in(bench), "post", 2)
    rounds.work(bench, [dropped], post=True)
    assert counts(bench) == (3, 2)


def changed(root: Path) -> Workspace:
    """Set another payment method, which stands in every request."""
    settings = root / "importer.toml"
    said = settings.read_text("utf-8")
    for kind in ("check   = 12", "ach     = 13", "wire    = 14", "default = 12"):
        assert kind in said
        said = said.replace(kind, f"{kind[:-2]}15")
    settings.write_text(said, "utf-8")
    return session.workspace(root)


def review(
    bench: Bench, done: Round, decision: str, count: int, note: str = ""
) -> Path:
    """Fill a decision into the first rows that are ready; return the saved file."""
    (written,) = done.written
    with written.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in [one for one in rows if one["status"] == "ready"][:count]:
        row |= {"decision": decision, "note": note}
    path = bench.workspace.root / "decided.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
