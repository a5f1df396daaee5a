"""A slice of the benchmark of decisions: nothing wrong, and most of it decided."""

import random
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import truth
from debtors import company
from notices import MIX, notices

COUNT = 2500


@pytest.mark.parametrize(
    ("policy", "least", "seed"),
    [(truth.CAREFUL, 0.85, 1), (truth.BY_AMOUNT, 0.97, 2), (truth.BY_AMOUNT, 0.97, 3)],
)
def test_nothing_is_posted_wrong_and_most_is_posted(
    policy: dict[str, object], least: float, seed: int
) -> None:
    chance = random.Random(seed)
    world = company(chance, 300)
    found = truth.run(world, notices(world, chance, COUNT), policy)
    assert truth.wrong(found) == []
    total = sum((one.lines for one in found.values()), Counter[str]())
    assert total.total() == COUNT
    assert total["right"] >= least * (total["right"] + total["missed"])
    assert set(found) == set(MIX), "every kind is there"
