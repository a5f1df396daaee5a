"""Live as many simulated lives as are asked for, each from a seed of its own.

    python tests/campaigns/simulation.py --seed 1 --count 1000000 --jobs 2

Posting, settling and the journal are the program's own; time, the ERP, the disk and
death are the simulation's.  Every seed that ever failed is lived again first.  Exit
code 1 and the failing seeds with what is wrong, or 0; one line of figures either
way, and another after every ten thousand lives.
"""

import argparse
import gc
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from simulated_haste import make_haste
from simulated_life import live
from simulated_shelf import REMITTANCES
from simulated_verdict import KINDS

FAILED_ONCE = (263, 3148, 6399, 8038, 10099, 203194, 706842, 20299650)
"""Seeds that ever failed; a new kind of chance in a life makes another life of it."""
CHUNK = 250
LINE_EVERY = 10_000


@dataclass(slots=True)
class Toll:
    """What came of many lives."""

    lives: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def add(self, other: "Toll") -> None:
        """Count another's lives in."""
        self.lives += other.lives
        self.seen.update(other.seen)
        self.failed += other.failed

    def __str__(self) -> str:
        """Write one line of figures."""
        harms = "; ".join(f"{kind} {self.seen[kind]}" for kind in KINDS)
        ways = ("deaths", "clock jumps", "faulty answers", "failed commits")
        rough = ", ".join(f"{self.seen[way]} {way}" for way in ways)
        return (
            f"simulation: {self.lives} lives x {REMITTANCES} remittances "
            f"({self.seen['sent']} requests, {rough}); {harms}; "
            f"decided by people {self.seen['decided']}; "
            f"failed {len(self.failed)}"
        )


def lived(seeds: Sequence[int]) -> Toll:
    """Live the lives of some seeds."""
    make_haste()
    toll = Toll()
    for seed in seeds:
        toll.lives += 1
        try:
            report = live(seed)
        except Exception as error:  # noqa: BLE001 -- the other seeds go on
            toll.failed.append(f"seed {seed}: {type(error).__name__}: {error}")
            continue
        toll.seen.update(report.seen)
        if report.harms:
            toll.failed.append(f"seed {seed}: {report.harms}")
    gc.collect(0)
    return toll


def stay_on_one_core(numbers: "SimpleQueue[int]") -> None:
    """Let a life's workers, of which only one is awake, not wander between cores."""
    number = numbers.get()
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def tolls(first: int, count: int, jobs: int) -> Iterator[Toll]:
    """Live the lives of a range of seeds, in as many processes."""
    chunks = (
        range(start, min(start + CHUNK, first + count))
        for start in range(first, first + count, CHUNK)
    )
    numbers: SimpleQueue[int] = multiprocessing.SimpleQueue()
    for number in range(jobs):
        numbers.put(number)
    with ProcessPoolExecutor(
        jobs, initializer=stay_on_one_core, initargs=(numbers,)
    ) as pool:
        yield from pool.map(lived, (FAILED_ONCE, *chunks))


def main() -> int:
    """Live what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    said = parser.parse_args()
    start, whole = time.monotonic(), Toll()
    for toll in tolls(said.seed, said.count, said.jobs):
        before = whole.lives // LINE_EVERY
        whole.add(toll)
        for wrong in toll.failed:
            print(wrong, flush=True)  # noqa: T201 -- its output
        if whole.lives // LINE_EVERY > before:
            _tell(whole, said.seed, start)
    _tell(whole, said.seed, start)
    return int(bool(whole.failed))


def _tell(whole: Toll, first: int, start: float) -> None:  # seconds
    seconds = time.monotonic() - start
    last = first + whole.lives - len(FAILED_ONCE) - 1
    line = f"{whole}; seeds {first}...{last}; {seconds:.0f} seconds"
    print(line, flush=True)  # noqa: T201 -- its output


if __name__ == "__main__":
    sys.exit(main())
