"""`importer watch` as a process: it lives, says so, and ends as it is told to."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "campaigns"))
sys.path.insert(0, str(Path(__file__).parent / "notices"))

import company
from hook import Hook, serving
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


@pytest.fixture
def hook(root: Path) -> Iterator[Hook]:
    """Return a hook that the watcher of the workspace tells."""
    with serving() as one:
        path = root / "urls-and-tokens"
        path.write_text(one.address)
        path.chmod(0o600)
        with (root / "importer.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'[notify]\nurls_file = "{path.name}"\n')
        yield one


def test_a_file_that_is_done_is_told_and_so_is_that_the_watcher_was_stopped(
    root: Path, watch: Started, hook: Hook
) -> None:
    company.bank_file(root / "inbox" / "acme 1234567890123.csv", range(3))
    process = watch("watch", "--quiet")
    wait(lambda: hook.told)
    assert "- acme …0123.csv: 3 posted 300.00 USD\n" in hook.text
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert "Stopped:\n- the watcher was stopped\n" in hook.told[1]["message"]
    alive = watch("status", "--alive")
    said, _ = alive.communicate(timeout=PATIENCE_SECONDS)
    assert alive.returncode == 1
    assert "watcher: was stopped at 20" in said


def test_a_watcher_that_was_killed_is_told_by_the_next_one(
    root: Path, watch: Started, hook: Hook
) -> None:
    for _ in range(3):
        process = watch("watch", "--quiet")
        wait((root / "heartbeat").exists)
        wait(partial(beats, root, process.pid))
        alive = watch("status", "--alive")
        alive.communicate(timeout=PATIENCE_SECONDS)
        assert alive.returncode == 0
        process.kill()
        process.wait()
    (root / "heartbeat").write_text(
        said_by_heart(root).replace('"at": "20', '"at": "19'), encoding="utf-8"
    )
    alive = watch("status", "--alive")
    said, _ = alive.communicate(timeout=PATIENCE_SECONDS)
    assert alive.returncode == 1
    assert "no sign of process" in said
    process = watch("watch", "--quiet")
    wait(lambda: hook.told)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    # Who is killed between a message and its record has it told once more.
    assert 1 <= hook.text.count("the watcher ended without a word, last heard 20") <= 3


def test_an_error_that_ends_the_watcher_is_told(
    root: Path, watch: Started, hook: Hook
) -> None:
    (root / "results").write_text("in the way of their folder")
    company.bank_file(root / "inbox" / "a.csv", range(1))
    process = watch("watch", "--quiet")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2, said
    assert "the watcher ended by an error" in hook.text


def test_a_hook_that_never_ends_holds_up_no_payment(
    root: Path, sandbox: Sandbox, watch: Started, hook: Hook
) -> None:
    hook.habit = "drips"
    company.bank_file(root / "inbox" / "a.csv", range(1))
    process = watch("watch", "--quiet")
    wait(lambda: hook.asked)
    path = company.bank_file(root / "b.csv", range(1, 4))
    text = path.read_text().replace(company.DAY, "2026-03-17")
    (root / "inbox" / "b.csv").write_text(text)
    start = time.monotonic()
    wait(lambda: asked(sandbox) == 4)
    assert time.monotonic() - start < 12
    assert not hook.told
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


def beats(root: Path, number: int) -> bool:
    return f"process {number} " in said_by_heart(root)


def said_by_heart(root: Path) -> str:
    try:
        return (root / "heartbeat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def test_a_folder_that_is_gone_is_told_and_watched_again_when_it_is_back(
    root: Path, watch: Started
) -> None:
    process = watch("watch", "--once")
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    (root / "inbox").rmdir()
    process = watch("watch", "--once")
    told, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert "inbox: it cannot be looked into: No such file or directory" in told
    process = watch("watch")
    alive = f"process {process.pid} "
    wait(lambda: alive in (text := (root / "heartbeat").read_text()) and "into" in text)
    (root / "inbox").mkdir()
    company.bank_file(root / "inbox" / "a.csv", range(1))
    wait(lambda: entries(root) == ["posted"])
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert "it can be looked into again" in told
