"""`importer watch` as a process: it lives, says so, and ends as it is told to."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "campaigns"))

import company
from races_case import Race, Scene

from importer.inbox import heartbeat
from importer.journal import Journal
from importer.sandbox import Sandbox

TOP = Path(__file__).parent.parent
PATIENCE_SECONDS = 120
MANY = 60

Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    tokens = {company.TOKEN: "company"}
    with Sandbox(tmp_path / "sandbox.db", company.seed(), tokens=tokens) as running:
        yield running


@pytest.fixture
def root(tmp_path: Path, sandbox: Sandbox) -> Path:
    """Return a workspace that posts into the sandbox by one worker."""
    race = Race(0, "sqlite", "own", 1, 1, 0, 1000, (), ())
    made = Scene(race, tmp_path, sandbox).spaces[0]
    (made / "inbox").mkdir()
    return made


@pytest.fixture
def watch(root: Path) -> Iterator[Started]:
    """Start the program on that workspace; whatever still runs is ended."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, quiet: int = 0) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "importer", *arguments, "--workspace"]
        process = subprocess.Popen(
            [*command, str(root)],
            env={
                **os.environ,
                "PYTHONPATH": str(TOP),
                "IMPORTER_INBOX_QUIET_SECONDS": str(quiet),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def wait(until: Callable[[], object]) -> None:
    """Wait for what must come to pass soon."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def asked(sandbox: Sandbox) -> int:
    rows = sandbox.book()["requests"]
    return sum(row["method"] == "payment.receive" for row in rows)


def entries(root: Path) -> list[str]:
    with Journal.open(f"sqlite:///{root.parent / 'journal.db'}") as journal:
        return [one.status for one in journal.entries()]


def test_told_to_stop_it_ends_the_request_under_way_and_begins_no_other(
    root: Path, sandbox: Sandbox, watch: Started
) -> None:
    sandbox.accident("slow", seconds=2, times=9)
    company.bank_file(root / "inbox" / "a.csv", range(3))
    process = watch("watch")
    wait(lambda: asked(sandbox) == 1)
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert "stopped" in told
    assert entries(root) == ["posted", "ready", "ready"]
    assert asked(sandbox) == 1
    # What was left is gone on with, though nothing is dropped any more.
    sandbox.clear()
    assert watch("watch", "--once").wait(PATIENCE_SECONDS) == 0
    assert entries(root) == ["posted"] * 3
    assert asked(sandbox) == 3


def test_status_says_that_it_lives_what_it_waits_for_and_when_it_worked(
    root: Path, watch: Started
) -> None:
    (root / "inbox" / "b.csv.part").write_text("half of it")
    company.bank_file(root / "inbox" / "a.csv", range(2))
    process = watch("watch", quiet=1)
    wait(lambda: (beat := heartbeat.read(root / "heartbeat")) and beat.worked)
    (root / "inbox" / "c.xlsx").write_bytes(b"PK\x03\x04 and no end of it yet")
    wait(lambda: "its end is missing" in (root / "heartbeat").read_text())
    told, _ = watch("status").communicate(timeout=PATIENCE_SECONDS)
    assert f"waiting for c.xlsx (its end is missing) (process {process.pid}" in told
    assert "last worked 20" in told
    assert "left alone in inbox/: b.csv.part (by its name it is not finished)" in told
    assert process.poll() is None


def test_what_waits_at_the_start_is_taken_and_no_poison_holds_it_up(
    root: Path, watch: Started
) -> None:
    for number in range(MANY):
        path = root / "inbox" / f"{number:04}.csv"
        if number % 10 == 0:
            path.write_text(f"nothing;that\n{number},a bank\n")
            continue
        company.bank_file(path, [number % company.INVOICES])
        path.write_text(path.read_text().replace("CHK", f"CHK{number} "))
    shutil.copy(root / "inbox" / "0001.csv", root / "inbox" / "the same again.csv")
    process = watch("watch", "--once")
    told, _ = process.communicate(timeout=PATIENCE_SECONDS * 3)
    assert process.returncode == 2, told
    assert list((root / "inbox").iterdir()) == []
    assert len(list((root / "refused").glob("*.why.txt"))) == MANY // 10
    assert len(list((root / "archive").glob("*/*"))) == MANY - MANY // 10 + 1
    assert len(entries(root)) == MANY - MANY // 10


def test_a_second_watcher_of_one_workspace_is_told_who_watches(
    root: Path, watch: Started
) -> None:
    first = watch("watch")
    wait((root / "heartbeat").exists)
    second = watch("watch")
    told, _ = second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode == 3
    assert f"worked on already, by process {first.pid}" in told
