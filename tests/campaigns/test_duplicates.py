"""A slice of the campaign of repetitions, and proof that its judge sees."""

import ast
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from duplicate_statements import SCENARIOS, drawn, shown
from duplicate_verdict import compare
from duplicates import tolls

CASES = 60
AMBIGUOUS = {"disjoint files of one day", "drifting texts", "all of it at once"}


def test_files_that_overlap_double_lose_and_hold_nothing_in_vain() -> None:
    seen = {toll.scenario: toll for toll in tolls(1, CASES, os.cpu_count() or 1)}
    assert seen.keys() == SCENARIOS.keys()
    for toll in seen.values():
        assert toll.failed == []
        assert toll.cases >= CASES
        assert toll.seen["movements"] > CASES * 5
        assert bool(toll.seen["held"]) == (toll.scenario in AMBIGUOUS)
        assert toll.seen["duplicate"] or toll.scenario in AMBIGUOUS


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_shows_the_same_money_in_several_files(scenario: str) -> None:
    files = [one for seed in range(20) for one in drawn(scenario, seed)]
    assert len({one.write() for one in files}) == len(files)
    lines = [line.movement for one in files for line in one.lines]
    assert len(set(lines)) < len(lines) or scenario == "disjoint files of one day"


@pytest.mark.parametrize(
    ("booked", "held", "harm"),
    [
        (2, 0, []),
        (1, 1, []),
        (2, 1, []),
        (3, 0, ["doubled"]),
        (1, 0, ["lost"]),
        (0, 1, ["lost"]),
    ],
)
def test_payments_and_held_lines_are_counted_against_what_happened(
    booked: int, held: int, harm: list[str]
) -> None:
    found = compare({"A": 2}, {"A": booked}, {"A": held})
    assert [one.kind for one in found] == harm


def test_a_payment_that_nobody_made_is_doubled() -> None:
    assert [one.kind for one in compare({}, {"A": 1}, {})] == ["doubled"]


def test_a_line_that_is_ambiguous_is_so_by_what_the_files_show() -> None:
    for seed in range(50):
        first, second = drawn("disjoint files of one day", seed)
        known = {line.movement[1:] for line in first.lines}
        for line in second.lines:
            assert line.is_ambiguous or line.movement[1:] not in known
    assert not any(line.is_ambiguous for line in shown([]))


def test_who_judges_shares_no_code_with_the_program() -> None:
    for name in ("duplicate_verdict.py", "duplicate_statements.py"):
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            names = [one.name for one in getattr(node, "names", [])]
            names.append(str(getattr(node, "module", "")))
            assert not [one for one in names if "importer" in one]
