"""Killed at any step around claim, request and outcome: never twice, never lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, payments

TOP = Path(__file__).parent.parent.parent
PAYMENTS = 3
# Before and after each claim, which finishes the payment before it, and each send;
# and around what finishes the last.
STEPS = 4 * PAYMENTS + 2


def died(stage: Stage, step: int) -> int:
    script = Path(__file__).parent / "dies.py"
    arguments = [str(stage.folder), stage.url, stage.token, str(step)]
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        check=False,
        timeout=60,
    )
    return done.returncode


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_process_that_dies_pays_nothing_twice_and_loses_nothing(
    tmp_path: Path, step: int
) -> None:
    with Stage(tmp_path) as stage:
        ids = stage.take_in(*payments(range(PAYMENTS)))
        stage.journal.close()
        assert died(stage, step) == 137
        stage.journal = stage.opened()
        stage.post()
        stage.settle()
        booked = stage.booked()
        assert len(booked) == len(set(booked))
        posted = {one.id for one in stage.journal.entries(statuses=("posted",))}
        doubtful = {one.id for one in stage.journal.entries(statuses=("in_doubt",))}
        assert posted == set(booked)
        assert posted | doubtful == set(ids)
        assert len(doubtful) <= 1
        stage.journal.close()


def test_a_run_without_a_death_posts_all(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.take_in(*payments(range(PAYMENTS)))
        stage.journal.close()
        assert died(stage, STEPS + 1) == 0
        stage.journal = stage.opened()
        assert stage.statuses() == ["posted"] * PAYMENTS
        stage.journal.close()
