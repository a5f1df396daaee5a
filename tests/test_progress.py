"""Who waits is told how far posting is, and nothing waits for who tells."""

import sys
import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from importer.cli import progress
from importer.logs import keeping
from importer.logs.steps import step


def at_work(
    least: float,  # seconds
) -> None:
    """Work in this thread for so long, which a sleep would not be."""
    end = time.monotonic() + least
    while time.monotonic() < end:
        sum(range(1000))


class Shelf:
    """A journal of which only the counts are asked."""

    def __init__(self, *ready: int) -> None:
        self.ready = list(ready)
        self.asked = threading.Event()

    def counts(self) -> Mapping[str, int]:
        self.asked.set()
        waits = self.ready.pop(0) if len(self.ready) > 1 else self.ready[0]
        return {"ready": waits, "posting": 0}


class Broken(Shelf):
    """One whose disk is gone when it is asked again."""

    def counts(self) -> Mapping[str, int]:
        if self.asked.is_set():
            raise OSError("the disk is gone")
        return super().counts()


@contextmanager
def quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.01)
    yield


@pytest.mark.parametrize(
    ("done", "whole", "took", "said"),
    [
        (0, 10_000, 5.0, "posting 0 of 10,000"),
        (40, 100, 1.5, "posting 40 of 100, 26.7 a second, about 2 seconds left"),
        (320, 9000, 8.0, "posting 320 of 9,000, 40 a second, about 4 minutes left"),
        (90, 100, 9.0, "posting 90 of 100, 10 a second, about 1 seconds left"),
        (1, 3, 40.0, "posting 1 of 3, 0.025 a second, about 80 seconds left"),
    ],
)  # fmt: skip
def test_a_line_says_how_much_how_fast_and_how_long(
    done: int, whole: int, took: float, said: str
) -> None:
    assert progress.line(done, whole, took) == said


def test_where_nobody_looks_a_line_comes_at_times(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with quick(monkeypatch), progress.posting(Shelf(100, 60, 20)):  # type: ignore[arg-type] # counts alone are asked
        time.sleep(0.5)
    told = capsys.readouterr()
    assert "posting 40 of 100, " in told.err
    assert "posting 80 of 100, " in told.err
    assert told.out == ""


@pytest.mark.parametrize("shelf", [Broken(5), Shelf(0)])
def test_what_goes_wrong_here_and_what_is_nothing_is_not_told(
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with quick(monkeypatch), progress.posting(shelf):  # type: ignore[arg-type] # as above
        assert shelf.asked.wait(10)
        time.sleep(0.1)
    assert capsys.readouterr().err == ""


def test_what_is_posted_within_a_second_is_not_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress.posting(Shelf(5, 0)):  # type: ignore[arg-type] # as above
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("asking for the customers", {}, "asking for the customers"),
        ("deciding", {"remittances": 60_000}, "deciding 60,000 remittances"),
        ("making", {"rows_of_the_result": 9}, "making 9 rows of the result"),
        (
            "deciding again",
            {"files": 3, "of": 12},
            "[#####               ] deciding again 3 of 12 files",
        ),
    ],
)  # fmt: skip
def test_a_step_is_said_with_what_it_is_about(
    name: str, facts: dict[str, int], said: str
) -> None:
    assert progress.sentence(name, facts) == said


def test_a_step_is_told_while_it_lasts_and_no_thread_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = threading.active_count()
    with quick(monkeypatch), progress.steps():
        with step("reading", kilobytes=1200):
            with step("verifying", events=7):
                at_work(0.2)
            assert threading.active_count() == before
        at_work(0.1)
    told = capsys.readouterr()
    assert set(told.err.splitlines()) == {"verifying 7 events, 0 seconds"}
    assert told.out == ""


def test_on_a_terminal_the_line_is_taken_away_when_the_step_has_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with quick(monkeypatch), progress.steps(), step("reading", samples=1, of=2):
        at_work(0.2)
    line = "[##########          ] reading 1 of 2 samples, 0 seconds"
    told = capsys.readouterr().err
    assert told.startswith(f"\r{line}\r{line}")
    assert told.endswith(f"\r{' ' * len(line)}\r")


def test_what_goes_wrong_in_telling_does_not_stop_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with quick(monkeypatch), progress.steps():
        monkeypatch.setattr(progress, "sentence", None)
        with step("reading"):
            at_work(0.1)


def test_steps_are_in_no_log_but_one_for_all_that_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in ("info", "debug"):
        file = tmp_path / level
        keeping.start(keeping.Keeping(level=level, file=file), {})
        with quick(monkeypatch), progress.steps(), step("deciding", remittances=5):
            pass
        keeping.end()
    assert (tmp_path / "info").read_text() == ""
    begins, ended = (tmp_path / "debug").read_text().splitlines()
    assert begins.endswith("debug steps: step begins step=deciding remittances=5")
    assert " steps: step ended step=deciding seconds=" in ended
