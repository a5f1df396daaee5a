"""A small slice of the fuzzing (`make fuzz`) in every run of the tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import Failure, judge
from run import cases
from seeds import Seed, seeds

COUNT = 150
FORMATS = tuple(dict.fromkeys(one.format for one in seeds()))


@pytest.mark.parametrize("seed", seeds(), ids=lambda one: one.format)
def test_a_seed_is_sound(seed: Seed, tmp_path: Path) -> None:
    """What is changed later is read to its last line before."""
    inside = seed.format == "workbook"
    path = tmp_path / "bank.file"
    assert judge(path, seed.content, least=seed.lines, inside=inside) == "read"
    with pytest.raises(Failure):
        judge(path, seed.content, least=seed.lines + 1, inside=inside)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_but_a_refusal_comes_out(form: str) -> None:
    every = [one for one in seeds() if one.format == form]
    came, failed = cases(every, COUNT, 7, worker=0)
    assert not failed
    assert came["refused"]
    assert came["read"]
