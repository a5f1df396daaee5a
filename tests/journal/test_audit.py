"""Whoever touches the journal behind the program's back is seen."""

import gc
import os
import random
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import lists, text

sys.path.insert(0, str(Path(__file__).parent))

from shelf import (
    CALL,
    HOLD,
    SKIP,
    file,
    id_of,
    item,
    opened,
    pay,
    payment,
    remittance,
    request,
)

from importer.errors import Fault, JournalRefused
from importer.journal import Journal, audit
from importer.journal.database import Row
from importer.journal.orders import Decision, Item
from importer.journal.sqlite import Sqlite
from importer.journal.tables import chained
from importer.model import InDoubt, Outcome, Posted, Refused

CASES = int(os.environ.get("TAMPERINGS", "400"))
CHAINED = ("file", "remittance", "event", "standing", "control")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Open a journal in which all kinds of things have happened."""
    held = [
        Item(id_of(6), remittance(6), SKIP),
        Item(id_of(7), remittance(7), HOLD),
    ]
    outcomes: list[Outcome] = [Posted("88001"), Refused("no"), InDoubt("lost")]
    with opened(tmp_path) as one:
        one.take_in(file("a", 6), [item(n) for n in range(6)], after=0)
        one.take_in(file("b", 2), held, after=1)
        for number, outcome in enumerate([*outcomes, Posted("88004")]):
            claimed = one.claim(id_of(number), 1, 0, request(payment(number)), CALL)
            one.finish(id_of(number), 0, outcome, claimed=claimed)
        one.note(id_of(5), "a person should look")
        one.decide([Decision(id_of(7), 1, pay(7), "anna")])
        yield one


def faults(folder: Path, head: str = "") -> list[Fault]:
    with opened(folder) as one:
        return one.audit(*filter(None, [head])).faults


def test_a_journal_that_nobody_touched_is_sound(journal: Journal) -> None:
    found = journal.audit()
    assert (found.events, found.faults) == (18, [])
    assert journal.audit(found.head).faults == []


@given(texts=lists(text(), max_size=12))
def test_what_is_hashed_in_the_quick_way_is_hashed_the_same(texts: list[str]) -> None:
    said: tuple[str | int, ...] = ("", 1, *texts, -7)
    plain = "".join(texts).isascii() and "\x7f" not in "".join(texts)
    assert (audit.quick(said) == chained(*said)) == plain


@pytest.mark.parametrize("letters", ["Grünwald \x7f", "\U0001f33b", '"\\\b\n\x1f'])
def test_text_in_all_letters_is_sound(journal: Journal, letters: str) -> None:
    journal.note(id_of(5), letters)
    assert journal.audit().faults == []


def test_garbage_is_collected_as_before_once_it_was_verified(
    tmp_path: Path,
) -> None:
    class Watched(Sqlite):
        def execute(
            self, statement: str, parameters: Sequence[object] = ()
        ) -> list[Row]:
            collected.add(gc.isenabled())
            return super().execute(statement, parameters)

    collected: set[bool] = set()
    one = Watched(tmp_path / "journal.db")
    audit.verify(one)
    assert gc.isenabled()
    one.close()
    with pytest.raises(JournalRefused):
        audit.verify(one)
    assert gc.isenabled()
    assert collected == {False}


def test_an_earlier_head_shows_that_the_end_was_cut_off(
    journal: Journal, tmp_path: Path
) -> None:
    head = journal.audit().head
    journal.close()
    with loose(tmp_path) as raw:
        raw.execute("delete from event where position = 18")
        raw.execute(
            """update standing set version = 1, status = e.status, at = e.at
            from event e where e.remittance = standing.remittance and e.seq = 1
            and standing.remittance = ?""",
            [id_of(7)],
        )
    assert faults(tmp_path) == []
    (one,) = faults(tmp_path, head)
    assert "is gone" in one.sentence


class Busy(Sqlite):
    """A journal in which others do something once, when it was asked for something."""

    def __init__(self, path: Path, asked: str, others: Callable[[], object]) -> None:
        super().__init__(path)
        self.asked, self.others = asked, others

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        found = super().execute(statement, parameters)
        if self.asked in statement and (not found or parameters == ()):
            self.asked = "nothing more"
            self.others()
        return found


def test_what_is_written_while_it_is_verified_is_no_fault(
    journal: Journal, tmp_path: Path
) -> None:
    def others() -> None:
        claimed = journal.claim(id_of(5), 2, 0, request(payment(5)), CALL)
        journal.finish(id_of(5), 0, Posted("88005"), claimed=claimed)
        journal.take_in(file("c"), [item(8)], after=2)

    busy = Busy(tmp_path / "journal.db", "order by position", others)
    found = audit.verify(busy)
    busy.close()
    assert (found.events, found.faults) == (21, [])


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("asked", ["e.seq is null", "from standing"])
def test_nobody_writes_while_what_is_derived_is_verified(
    tmp_path: Path, asked: str
) -> None:
    refused = []

    def others() -> None:
        with closing(sqlite3.connect(tmp_path / "journal.db", timeout=0)) as raw:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                raw.execute("begin immediate")
            refused.append(asked)

    busy = Busy(tmp_path / "journal.db", asked, others)
    assert audit.verify(busy).faults == []
    busy.close()
    assert refused == [asked]


class loose:  # noqa: N801 used as a function
    """A connection that the guards do not hold back, as an intruder would have."""

    def __init__(self, folder: Path) -> None:
        self.raw = sqlite3.connect(folder / "journal.db")

    def __enter__(self) -> sqlite3.Connection:
        for (name,) in self.raw.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            self.raw.execute(f"drop trigger {name}")
        return self.raw

    def __exit__(self, *_: object) -> None:
        self.raw.commit()
        self.raw.close()


@pytest.mark.parametrize("position", [0, -1, -(2**63)])
def test_an_event_before_the_first_is_seen(
    journal: Journal, tmp_path: Path, position: int
) -> None:
    journal.close()
    with loose(tmp_path) as raw:
        raw.execute(
            """insert into event select ?, remittance, 9, at, host, actor, program,
            kind, status, body, prev, hash from event where position = 18""",
            [position],
        )
    assert any(one.where == f"event {position}" for one in faults(tmp_path))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("event", one) for one in ("at", "host", "actor", "program", "body")),
        *(("remittance", one) for one in ("account", "repeats", "body")),
        ("file", "body"),
    ],
)
def test_bytes_in_the_place_of_a_text_are_seen(
    journal: Journal, tmp_path: Path, table: str, column: str
) -> None:
    journal.close()
    with loose(tmp_path) as raw:
        raw.execute(f"update {table} set {column} = cast({column} as blob)")
        (kind,) = raw.execute(f"select typeof({column}) from {table}").fetchone()
    assert kind == "blob"
    assert faults(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("update remittance set place = 77777 where place = 3 and file = 1", "changed"),
        ("update remittance set place = -1 where place = 3 and file = 1", "changed"),
        ("update remittance set file = 0 where place = 3 and file = 1", "file is gone"),
        ("delete from remittance where place = 3 and file = 1", "changed"),
    ],
)
def test_a_remittance_out_of_its_order_is_the_only_one_that_is_told(
    tmp_path: Path, change: str, words: str
) -> None:
    """There are several pages of them, and some come last to the database."""
    with opened(tmp_path) as one:
        one.take_in(file("a", 700), [item(n) for n in range(700)], after=0)
        one.take_in(file("b", 400), [item(n) for n in range(1100, 700, -1)], after=1)
        assert (one.audit().events, one.audit().faults) == (1100, [])
    with loose(tmp_path) as raw:
        raw.execute(change)
    found = faults(tmp_path)
    assert {one.where for one in found} <= {"event 4", id_of(3)}
    assert any(words in one.sentence for one in found)


def tampered(raw: sqlite3.Connection, chance: random.Random) -> str:
    """Change, delete or double something at random; return what, or nothing."""
    table = chance.choice(CHAINED)
    rows = raw.execute(f"select rowid, * from {table}").fetchall()
    names = [one[1] for one in raw.execute(f"pragma table_info({table})")]
    rowid, *values = chance.choice(rows)
    deed = chance.choice(["change", "change", "change", "delete", "swap"])
    if deed == "delete":
        raw.execute(f"delete from {table} where rowid = ?", [rowid])
        return f"{table} {rowid} deleted"
    at = chance.randrange(len(names))
    other = chance.choice(rows)[1 + at]
    new = other if deed == "swap" else changed(values[at], chance)
    if new == values[at]:
        return ""
    raw.execute(f"update {table} set {names[at]} = ? where rowid = ?", [new, rowid])
    return f"{table} {rowid} {names[at]}: {values[at]!r} -> {new!r}"


def changed(value: object, chance: random.Random) -> object:
    if isinstance(value, int):
        return value + chance.choice([-1, 1, 7])
    text = str(value)
    if not text:
        return "x"
    at = chance.randrange(len(text))
    return text[:at] + chance.choice("0123456789ab") + text[at + 1 :]


def test_random_tampering_is_seen(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    whole = (tmp_path / "journal.db").read_bytes()
    chance, missed, done = random.Random(20261121), [], 0
    while done < CASES:
        (tmp_path / "journal.db").write_bytes(whole)
        with loose(tmp_path) as raw:
            try:
                what = tampered(raw, chance)
            except sqlite3.IntegrityError:
                # The database itself would not take it.
                continue
        if not what:
            continue
        done += 1
        if not faults(tmp_path):
            missed.append(what)
    assert not missed
