"""Drop overlapping files of nine kinds, drawn by seeds, and look at the ERP's book.

    python tests/campaigns/duplicates.py --seed 1 --count 2500 --jobs 2

Each case draws what happened at a bank for a few days and the files that show it.
They are taken in and posted by the program; people, who know what happened, decide
what is held; then every file is dropped again under another name, and once more on
a journal that knows nothing, at times the last file first.  Exit code 1 and the
cases that failed, or 0; one line of figures for each scenario either way.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from duplicate_case import run
from duplicate_statements import SCENARIOS
from duplicate_verdict import KINDS
from simulated_haste import make_haste

from importer.transcribe import cells, swift

CHUNK = 50
FAILED_ONCE = {"drifting texts": (0, 4, 5, 1319), "all of it at once": (292, 617, 989)}
"""Seeds that ever failed; they are tried again before all others."""


@dataclass(slots=True)
class Toll:
    """What came of many cases of a scenario."""

    scenario: str
    cases: int = 0
    harms: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def add(self, other: "Toll") -> None:
        """Count another's cases in."""
        self.cases += other.cases
        self.harms.update(other.harms)
        self.seen.update(other.seen)
        self.failed += other.failed

    def __str__(self) -> str:
        """Write one line of figures."""
        seen = self.seen
        harms = "; ".join(f"{kind} {self.harms[kind]}" for kind in KINDS)
        return (
            f"duplicates: {self.scenario}: {self.cases} cases of "
            f"{seen['movements']} remittances in {seen['files']} files; {harms}; "
            f"held {seen['held']} of {seen['ambiguous']} ambiguous; "
            f"called duplicate {seen['duplicate']}; failed {len(self.failed)}"
        )


@cache
def _make_haste() -> None:
    make_haste()
    # What is made anew for every file is the same for all.
    vars(cells)["swiftly"] = cache(swift.swiftly)


def tried(scenario: str, seeds: Sequence[int]) -> Toll:
    """Try a scenario by some seeds."""
    _make_haste()
    toll = Toll(scenario)
    shared = Path("/dev/shm")
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        for seed in seeds:
            toll.cases += 1
            try:
                report = run(scenario, seed, Path(folder))
            except Exception as error:  # noqa: BLE001 -- the other seeds go on
                toll.failed.append(f"{scenario} {seed}: {type(error).__name__} {error}")
                continue
            toll.seen.update(report.seen)
            toll.harms.update(one.kind for one in report.harms)
            if report.harms:
                toll.failed.append(f"{scenario} {seed}: {report.harms}")
    return toll


def tolls(first: int, count: int, jobs: int, only: str = "") -> Iterator[Toll]:
    """Try every scenario, or the one asked for, by a range of seeds."""
    chunks = [
        range(start, min(start + CHUNK, first + count))
        for start in range(first, first + count, CHUNK)
    ]
    with ProcessPoolExecutor(jobs) as pool:
        for scenario in SCENARIOS if not only else (only,):
            whole = Toll(scenario)
            parts = (FAILED_ONCE.get(scenario, ()), *chunks)
            for toll in pool.map(tried, [scenario] * len(parts), parts):
                whole.add(toll)
            yield whole


def main() -> int:
    """Try what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2500, help="cases of each kind")
    parser.add_argument("--only", default="", choices=("", *SCENARIOS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    said = parser.parse_args()
    has_failed = False
    start = time.monotonic()
    for toll in tolls(said.seed, said.count, said.jobs, said.only):
        for wrong in toll.failed:
            print(wrong)  # noqa: T201 -- its output
        seconds = time.monotonic() - start
        seeds = f"seeds {said.seed}...{said.seed + said.count - 1}"
        print(f"{toll}; {seeds}; {seconds:.0f} seconds", flush=True)  # noqa: T201
        has_failed = has_failed or bool(toll.failed)
        start = time.monotonic()
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())
