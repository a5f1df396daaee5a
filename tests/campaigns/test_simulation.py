"""A slice of the simulation, and proof that it sees what it is there for."""

import ast
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import simulated_erp
from simulated_life import live
from simulated_verdict import Booked, Owed, Told, judge
from simulation import FAILED_ONCE, Toll, tolls

from importer import posting, settling
from importer.journal import Journal
from importer.journal.entry import Entry
from importer.model import NotSent, Refused
from importer.posting.worker import Worker

JOBS = os.cpu_count() or 1
LIVES = min(20_000, 4000 * JOBS)
DUE = {"M1": Owed("10442", 10000)}
PAID = Booked("M1", "88001", "10442", 10000)
POSTED = {"M1": Told("posted", "posted", "88001")}


def test_no_life_doubles_loses_or_moves_a_payment() -> None:
    whole = Toll()
    for toll in tolls(1, LIVES, JOBS):
        whole.add(toll)
    assert whole.failed == []
    assert whole.lives == LIVES + len(FAILED_ONCE)
    for way in ("deaths", "clock jumps", "faulty answers", "failed commits"):
        assert whole.seen[way] > LIVES / 20, f"{way} were rare"
    assert whole.seen["decided"] > LIVES / 10
    assert whole.seen["journals lost"] > LIVES / 100


def test_haste_changes_nothing_but_the_time_that_it_takes() -> None:
    """Here nothing is remembered; in the other process everything is."""
    seeds = range(900_000, 900_040)
    slowly = sum((live(seed).seen for seed in (*FAILED_ONCE, *seeds)), Counter[str]())
    hastily = sum((toll.seen for toll in tolls(seeds.start, len(seeds), 1)), Counter())
    assert +hastily == +slowly


def test_a_life_is_the_same_whenever_it_is_lived() -> None:
    assert live(7) == live(7)


def test_what_is_paid_once_and_told_so_is_no_harm() -> None:
    assert judge(DUE, [PAID], POSTED) == []


@pytest.mark.parametrize(
    ("kind", "book", "told"),
    [
        ("doubled", [PAID, PAID._replace(control="88002")], POSTED),
        ("doubled", [PAID, PAID._replace(mark="M9")], POSTED),
        ("lost", [PAID], {}),
        ("lost", [], {"M1": Told("skipped", "waits", "")}),
        ("false-posted", [], POSTED),
        ("false-posted", [PAID], {"M1": Told("posted", "posted", "88009")}),
        ("false-posted", [PAID._replace(cents=-10000)], POSTED),
        ("denied", [PAID], {"M1": Told("refused", "refused", "")}),
        ("denied", [PAID], {"M1": Told("ready", "waits", "")}),
        ("wrong customer", [PAID._replace(customer="10443")], POSTED),
        ("wrong amount", [PAID._replace(cents=9999)], POSTED),
        ("unfinished", [], {"M1": Told("in_doubt", "in doubt", "")}),
        ("unfinished", [PAID], {"M1": Told("held", "in doubt", "")}),
    ],
)
def test_every_harm_is_seen(
    kind: str, book: list[Booked], told: dict[str, Told]
) -> None:
    assert [one.kind for one in judge(DUE, book, told)] == [kind]


def test_who_judges_shares_no_code_with_the_program() -> None:
    script = Path(__file__).parent / "simulated_verdict.py"
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        names = [one.name for one in getattr(node, "names", [])]
        names.append(str(getattr(node, "module", "")))
        assert not [name for name in names if "importer" in name]


def call_not_sent(journal: Journal, entry: Entry, place: int, *_: object) -> None:
    """Take it for granted that what is not seen was not sent."""
    journal.finish(entry.id, place, NotSent("it is not to be seen"))


def call_all_not_sent(journal: Journal, entry: Entry) -> None:
    """Take it for granted that who died while sending had not sent yet."""
    for place, part in enumerate(entry.parts):
        if part.under_way:
            call_not_sent(journal, entry, place)


BROKEN: dict[str, tuple[object, str, object]] = {
    "no answer is called not sent": (simulated_erp, "InDoubt", NotSent),
    "no answer is called refused": (simulated_erp, "InDoubt", Refused),
    "a refusal is believed without a look": (
        *(Worker, "_unless_listed"),
        lambda _, __, refused: refused,
    ),
    "whatever is listed is ours": (settling, "marked", lambda found, _: list(found)),
    "what is absent was not sent": (settling, "_not_found", call_not_sent),
    "who died had not sent": (posting, "_take_up", call_all_not_sent),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_program_that_is_broken_is_caught(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each within 250 lives, most within ten."""
    monkeypatch.setattr(*BROKEN[what])
    assert any(live(seed).harms for seed in range(1, 250))


def test_a_journal_that_loses_its_last_commit_is_caught() -> None:
    """No program is safe on such a disk: what was claimed is sent again."""
    harms = [harm for seed in range(150) for harm in live(seed, forgets=True).harms]
    assert {"doubled"} <= {one.kind for one in harms}
