"""Who waits is told how far posting is, and nothing waits for who tells."""

import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from importer.cli import progress


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
