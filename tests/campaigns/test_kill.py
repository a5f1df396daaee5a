"""A slice of the kill campaign: system calls of every kind, drawn by chance."""

import random
import sys
from collections import defaultdict
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import kill_scene
from kill_anywhere import Campaign, Case, Report, cases
from kill_scene import Found
from kill_strace import KILLED, counted, is_permitted

OF_ALL = 12


def some(campaign: Campaign, seed: int) -> list[Report]:
    """Run a case of every kind of call, and as many of all, drawn by the seed."""
    every = list(cases(campaign.positions(), seed))
    chance = random.Random(seed)
    rows: defaultdict[str, list[Case]] = defaultdict(list)
    for one in every:
        rows[one.call].append(one)
    chosen = [chance.choice(row) for row in rows.values()]
    return [campaign.run(one) for one in (*chosen, *chance.sample(every, OF_ALL))]


@pytest.mark.parametrize("hook", [False, True], ids=["strace", "hook"])
def test_no_death_and_no_failing_call_doubles_loses_or_moves_a_payment(
    *, hook: bool
) -> None:
    # Where nobody may be traced, both begin at the calls that leave Python.
    campaign = Campaign(hook=hook or not is_permitted())
    try:
        reports = some(campaign, 7)
    finally:
        campaign.close()
    assert [one for one in reports if one.found.wrong] == []
    assert any(one.code == KILLED for one in reports)
    assert any(one.code > 0 for one in reports)
    assert all(one.found.statuses["posted"] for one in reports)


def test_what_was_taken_out_of_the_results_is_seen(tmp_path: Path) -> None:
    scene, found = kill_scene.prepare(tmp_path, 3), Found()
    with scene.sandbox() as sandbox:
        kill_scene.program(scene, sandbox.url, 1)
        for path in (scene.top / "results").glob("bank1*"):
            path.unlink()
        kill_scene.judge(scene, sandbox.url, found)
    assert found.damages["lost"] == 3


def test_what_the_erp_has_twice_is_seen(tmp_path: Path) -> None:
    scene, found = kill_scene.prepare(tmp_path, 3), Found()
    with scene.sandbox() as sandbox:
        sandbox.accident("double", times=1)
        kill_scene.program(scene, sandbox.url, 1)
        kill_scene.judge(scene, sandbox.url, found)
    assert found.damages["doubled"] == 1


def test_calls_are_counted_in_what_strace_writes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        '7 read(0, "go\\n", 65536) = 3\n'
        "7 pwrite64(5, "
        '"x", 1, 0 <unfinished ...>\n'
        "8 <... pwrite64 resumed>) = 1\n"
        "7 fsync(5) = 0\n"
        "7 +++ exited with 0 +++\n",
        encoding="utf-8",
    )
    assert counted(log) == {"read": 1, "pwrite64": 1, "fsync": 1}
