"""A slice of the simulation, and proof that it sees what it is there for."""

import ast
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from simulated_life import live
from simulated_verdict import Booked, Owed, Told, judge
from simulation import FAILED_ONCE, Toll, lived, tolls

LIVES = 5000
DUE = {"M1": Owed("10442", 10000)}
PAID = Booked("M1", "88001", "10442", 10000)
POSTED = {"M1": Told("posted", "posted", "88001")}


def test_no_life_doubles_loses_or_moves_a_payment() -> None:
    whole = Toll()
    for toll in tolls(1, LIVES, os.cpu_count() or 1):
        whole.add(toll)
    assert whole.failed == []
    assert whole.lives == LIVES + len(FAILED_ONCE)
    for way in ("deaths", "clock jumps", "faulty answers", "failed commits"):
        assert whole.seen[way] > LIVES / 20, f"{way} were rare"
    assert whole.seen["decided"] > LIVES / 10
    assert whole.seen["journals lost"] > LIVES / 100


def test_haste_changes_nothing_but_the_time_that_it_takes() -> None:
    """In this process nothing is remembered, in the other one everything is."""
    seeds = range(900_000, 900_060)
    slowly = [live(seed) for seed in seeds]
    with_haste = Toll()
    for toll in tolls(seeds.start, len(seeds), 1):
        with_haste.add(toll)
    again = lived_apart(FAILED_ONCE)
    for one in slowly:
        again.update(one.seen)
    assert with_haste.seen == again


def lived_apart(seeds: tuple[int, ...]) -> "Toll.seen":
    return sum((live(seed).seen for seed in seeds), Toll().seen)
