"""A slice of the campaign over HTTP: every row of the fault matrix, drawn by chance."""

import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from http_case import Case, run
from over_http import cases

EACH = 10
LEAST_CASES = 4000


def drawn(seed: int) -> list[Case]:
    """Draw as many cases of every row."""
    rows: defaultdict[str, list[Case]] = defaultdict(list)
    for one in cases():
        rows[one.fault.row].append(one)
    chance = random.Random(seed)
    return [
        one
        for every in rows.values()
        for one in chance.sample(every, min(EACH, len(every)))
    ]


def test_no_fault_on_the_way_doubles_loses_or_moves_a_payment() -> None:
    chosen = drawn(7)
    reports = [run(one) for one in chosen]
    assert [one.wrong for one in reports if one.wrong] == []
    seen = sum((one.seen for one in reports), Counter[str]())
    assert all(seen[word] for word in ("Posted", "Refused", "NotSent", "InDoubt"))


def test_the_whole_campaign_is_as_large_as_it_says() -> None:
    every = cases()
    assert len({str(one) for one in every}) == len(every) >= LEAST_CASES
