"""Work that is spread over copies of the process comes back as if it were done here."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from importer import spread

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="copies are made on Linux alone"
)
HERE = os.getpid()


def squares(numbers: range) -> list[int]:
    return [one * one for one in numbers]


def test_what_is_spread_comes_back_in_its_order() -> None:
    shares = [partial(squares, range(at, at + 3)) for at in range(0, 12, 3)]
    assert spread.done(shares) == [squares(range(at, at + 3)) for at in (0, 3, 6, 9)]


def test_all_but_the_first_share_is_done_in_copies() -> None:
    first, *others = spread.done([os.getpid] * 3)
    assert first == os.getpid()
    assert len({first, *others}) == 3


def test_more_comes_back_than_a_pipe_holds() -> None:
    long = partial("x".__mul__, 3_000_000)
    assert spread.done([long, long]) == [long(), long()]


def only_here(end: str) -> str:
    if os.getpid() == HERE:
        return "done here"
    if end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if end == "cannot be sent":
        return lambda: end  # type: ignore[return-value] # on purpose
    raise ValueError(end)


@pytest.mark.parametrize("end", ["killed", "cannot be sent", "fails"])
def test_the_share_of_a_copy_that_fails_is_done_here(end: str) -> None:
    assert spread.done([partial(only_here, end)] * 2) == ["done here"] * 2


def children() -> set[str]:
    """Return the processes that were started here and are not ended."""
    tasks = Path("/proc/self/task").iterdir()
    return {one for task in tasks for one in (task / "children").read_text().split()}


def failing() -> int:
    raise ValueError("no number")


@pytest.mark.parametrize("shares", [[failing, int], [int, failing]])
def test_what_fails_everywhere_fails_as_it_would_here(shares: list[type[int]]) -> None:
    before = children()
    with pytest.raises(ValueError, match="no number"):
        spread.done(shares)
    assert children() == before, "no copy is left behind"


def test_a_copy_keeps_no_file_of_ours_open() -> None:
    reading, writing = os.pipe()

    def opened() -> bool:
        try:
            os.fstat(writing)
        except OSError:
            return False
        return True

    assert spread.done([opened, opened]) == [True, False]
    os.close(reading)
    os.close(writing)


@pytest.fixture
def another_thread() -> Iterator[None]:
    told = threading.Event()
    thread = threading.Thread(target=told.wait)
    thread.start()
    yield
    told.set()
    thread.join()


@pytest.mark.usefixtures("another_thread")
def test_no_copy_is_made_beside_another_thread() -> None:
    assert spread.cores() == 1
    assert spread.parts(range(100), 1) == [range(100)]


@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, 1000])
def test_parts_are_all_of_it_and_none_is_too_small(count: int) -> None:
    parts = spread.parts(range(count), 3)
    assert [one for part in parts for one in part] == list(range(count))
    assert len(parts) == 1 or min(map(len, parts)) >= 3
    assert len(parts) <= spread.COPIES_MOST
