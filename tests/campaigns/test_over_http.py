"""A slice of the campaign over HTTP: every kind of fault, wherever chance puts it."""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from http_case import run
from over_http import cases, drawn

COUNT = 120
LEAST_CASES = 4000


def test_no_fault_on_the_way_doubles_loses_or_moves_a_payment() -> None:
    chosen = drawn(7, COUNT)
    reports = [run(one) for one in chosen]
    assert [one.wrong for one in reports if one.wrong] == []
    seen = sum((one.seen for one in reports), Counter[str]())
    assert seen["InDoubt"], "some answers were lost"
    assert seen["Posted"], "and some were not"


def test_the_whole_campaign_is_as_large_as_it_says() -> None:
    every = cases()
    assert len({str(one) for one in every}) == len(every) >= LEAST_CASES
