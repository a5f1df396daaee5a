"""Group commit: fewer transactions than works, and each work on its own."""

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from importer.errors import Fault, JournalRefused
from importer.journal.sqlite import Sqlite
from importer.journal.together import Together

THREADS, EACH = 8, 20
INSERT = "insert into call values ('komet', '2026-03-16', ?, 1)"


class Counted(Sqlite):
    """A real database that counts its transactions, or fails to commit one."""

    transactions = 0
    fails = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            self.transactions += 1
            if self.fails:
                raise JournalRefused(Fault("", "the disk is full"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Counted]:
    one = Counted(tmp_path / "journal.db")
    yield one
    one.close()


def methods(database: Counted) -> set[str]:
    return {method for (method,) in database.execute("select method from call")}


def test_works_of_several_threads_share_transactions_and_all_are_there(
    database: Counted,
) -> None:
    together, start = Together(database), threading.Barrier(THREADS)
    returned: list[str] = []

    def work(thread: int) -> None:
        start.wait()
        for number in range(EACH):
            name = f"{thread}-{number}"
            together.run(lambda name=name: database.execute(INSERT, (name,)))  # type: ignore[misc] # bound now
            returned.append(name)

    threads = [threading.Thread(target=work, args=(one,)) for one in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert methods(database) == set(returned)
    assert len(returned) == THREADS * EACH
    assert database.transactions < THREADS * EACH


def test_what_one_work_raises_undoes_that_one_alone(database: Counted) -> None:
    together, before = Together(database), database.transactions
    held, bad = threading.Event(), threading.Event()
    errors: list[str] = []

    def fails() -> None:
        database.execute(INSERT, ("bad",))
        raise ValueError("bad")

    def hold() -> None:
        held.set()
        bad.wait(10)

    def run(do: object) -> None:
        try:
            together.run(do)  # type: ignore[arg-type] # called without arguments
        except ValueError as error:
            errors.append(str(error))

    works = (hold, fails, lambda: database.execute(INSERT, ("good",)))
    threads = [threading.Thread(target=run, args=(one,)) for one in works]
    threads[0].start()
    held.wait(10)
    for one in threads[1:]:
        one.start()
    while len(together._waiting) < 2:  # noqa: SLF001 -- both wait for the first
        threads[0].join(0.001)
    bad.set()
    for one in threads:
        one.join()
    assert (methods(database), errors) == ({"good"}, ["bad"])
    assert database.transactions == before + 2


def test_nobody_is_told_that_it_is_there_when_a_shared_commit_fails(
    database: Counted,
) -> None:
    """Who waits for another's commit has its work done, and not on disk."""
    together, held, go_on = Together(database), threading.Event(), threading.Event()
    returned: list[str] = []
    refused: list[str] = []

    def hold() -> None:
        held.set()
        go_on.wait(10)

    def fails() -> None:
        database.fails = True

    def run(name: str, do: Callable[[], object]) -> None:
        try:
            together.run(do)
            returned.append(name)
        except JournalRefused:
            refused.append(name)

    works = {
        "alone": hold,
        "first": fails,
        "second": lambda: database.execute(INSERT, ("second",)),
    }
    threads = [threading.Thread(target=run, args=one) for one in works.items()]
    threads[0].start()
    held.wait(10)
    for one in threads[1:]:
        one.start()
    while len(together._waiting) < 2:  # noqa: SLF001 -- both wait for the first
        threads[0].join(0.001)
    go_on.set()
    for one in threads:
        one.join()
    assert (returned, sorted(refused)) == (["alone"], ["first", "second"])


def test_what_was_done_alone_stays_where_a_later_commit_fails(
    database: Counted,
) -> None:
    """Works are done again one by one where one of them raises; the disk fills."""
    together = Together(database)
    asked: list[str] = []

    def first() -> None:
        database.execute(INSERT, ("first",))
        asked.append("first")

    def fails_then_fills_the_disk() -> None:
        database.fails = len(asked) > 1
        if not database.fails:
            raise ValueError("bad")

    with pytest.raises(JournalRefused, match="the disk is full"):
        together.run(fails_then_fills_the_disk, first)
    assert asked == ["first", "first"]
    database.close()
    with sqlite3.connect(database.path) as again:
        assert again.execute("select method from call").fetchall() == [("first",)]


def test_nothing_is_there_when_the_commit_fails(database: Counted) -> None:
    database.fails = True
    with suppress(JournalRefused):
        Together(database).run(lambda: database.execute(INSERT, ("one",)))
        pytest.fail("it says that it is on disk")
    with pytest.raises(JournalRefused, match="failed before"):
        database.execute("select 1")


def test_what_goes_before_stands_without_the_work_and_in_one_transaction(
    database: Counted,
) -> None:
    together, before = Together(database), database.transactions

    def fails() -> None:
        database.execute(INSERT, ("bad",))
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        together.run(fails, lambda: database.execute(INSERT, ("first",)))
    assert methods(database) == {"first"}
    assert database.transactions == before + 1


def test_a_work_is_not_done_without_what_goes_before_it(database: Counted) -> None:
    def fails() -> None:
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        Together(database).run(lambda: database.execute(INSERT, ("then",)), fails)
    assert methods(database) == set()
