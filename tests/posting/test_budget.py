"""The calls that a day of payments costs, all looks and reading back included."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scene import Scene
from shelf import item

from importer.errors import StoppedEarly
from importer.reconciling import read_back
from importer.settling import settle

REMITTANCES = 500
CALLS_EACH_MOST = 1.02


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    one = Scene(tmp_path)
    yield one
    one.journal.close()


def test_a_posted_remittance_costs_hardly_more_than_its_own_call(scene: Scene) -> None:
    scene.take_in(*(item(number) for number in range(REMITTANCES)))
    scene.post(workers=4, calls=10 * REMITTANCES)
    settle(scene.journal, scene.erp, scene.clock)
    assert read_back(scene.journal, scene.erp, scene.clock).seen == REMITTANCES
    calls = len(scene.erp.sent) + len(scene.erp.asked)
    assert calls <= CALLS_EACH_MOST * REMITTANCES


def test_the_budget_stops_posting_and_the_next_day_goes_on(scene: Scene) -> None:

    scene.take_in(*(item(number) for number in range(20)))
    with pytest.raises(StoppedEarly, match="run it again tomorrow"):
        scene.post(calls=10)
    assert len(scene.erp.sent) == 9
    scene.clock.at += timedelta(days=1)
    with pytest.raises(StoppedEarly):
        scene.post(calls=10)
    assert len(scene.erp.sent) == 18
    scene.clock.at += timedelta(days=1)
    scene.post(calls=10)
    assert set(scene.words()) == {"posted"}
    assert len(set(scene.erp.sent)) == len(scene.erp.sent) == 20
