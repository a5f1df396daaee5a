"""How long reading MT940 takes, beside mt-940, in one run."""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mt940
import pytest

from importer import readers

pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
STATEMENTS = 200
ENTRIES = 100
TIMES = 3


def written(path: Path) -> Path:
    """Write statements of as many entries, each with structured details."""
    with path.open("w", encoding="ascii") as file:
        for number in range(STATEMENTS):
            file.write(
                f":20:ST{number}\n:25:TEST/1\n:28C:{number}\n:60F:C260317EUR0,\n"
            )
            for entry in range(ENTRIES):
                file.write(
                    f":61:2603180318C{entry + 1},50NTRFNONREF//B{number}-{entry}\n"
                    f":86:166?00GUTSCHRIFT?109310?20SVWZ+Rechnung {10000 + entry}"
                    f"?30TESTDEFF?31DE00TEST{entry}?32CUSTOMER {entry}\n"
                )
            total = ENTRIES * (ENTRIES + 1) // 2 + ENTRIES // 2
            file.write(f":62F:C260318EUR{total},00\n-\n")
    return path


def seconds(run: Callable[[], int]) -> float:
    start = time.perf_counter()
    assert run() == STATEMENTS * ENTRIES
    return time.perf_counter() - start


@pytest.mark.filterwarnings("ignore")
def test_mt940_beside_mt_940(tmp_path: Path) -> None:
    path = written(tmp_path / "bank.sta")
    options = mt940.Options.all()
    runs: dict[str, Callable[[], int]] = {
        "ours": lambda: sum(1 for _ in readers.read(path).rows()),
        "mt-940": lambda: len(mt940.parse(str(path), options=options)),
    }
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(TIMES):
        for name, run in runs.items():
            taken[name].append(seconds(run))
    ours, theirs = (statistics.median(taken[name]) for name in runs)
    sys.stdout.write(
        f"\nMT940, {STATEMENTS * ENTRIES:,} entries: ours {ours:.3f} s,"
        f" mt-940 {theirs:.3f} s, {theirs / ours:.1f} of ours\n"
    )
