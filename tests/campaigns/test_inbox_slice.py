"""A slice of the campaign of writers, and the same eyes shown what they must see."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import inbox_case
from inbox_case import Timeline, run
from inbox_writers import KINDS, Written, drawn

from importer import intake
from importer.inbox import wholeness


def test_no_half_file_is_taken_and_no_row_is_lost_doubled_or_changed() -> None:
    reports = [run(seed) for seed in range(8)]
    assert [one.wrong for one in reports if one.wrong] == []
    assert sum(one.seen["schedules"] for one in reports) == 8 * inbox_case.WRITERS
    assert all(one.waits for one in reports)


def test_half_files_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If every end were good enough, halves would be taken."""
    monkeypatch.setattr(wholeness, "has_an_end", lambda _: True)
    timeline = Timeline(1000001, tmp_path)
    with timeline.company:
        assert timeline.run().seen["half"]


def test_a_row_cut_within_its_amount_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last line of a table were believed without its end."""
    assert not run(1000010).wrong
    monkeypatch.setattr(intake, "unsure_of_the_last", lambda notices: notices)
    timeline = Timeline(1000010, tmp_path)
    with timeline.company:
        assert timeline.run().seen["wrong amount"]


def test_writers_have_every_habit(tmp_path: Path) -> None:
    chance = random.Random(1)
    made: list[Written] = [
        drawn(chance, tmp_path, str(number), 0) for number in range(200)
    ]
    assert {one.kind for one in made} == set(KINDS)
    assert {one.path.suffix for one in made} == {".csv", ".ofx", ".xlsx", ".xml"}
