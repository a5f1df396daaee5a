"""Races of processes on one journal, on both databases: make campaign-races.

    python tests/campaigns/races_run.py --seed 1 --count 200 --jobs 2

Exit code 1 and the names of the races that failed, or 0; one line of figures either
way.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from checker import KINDS
from races_case import Race, Report, drawn, run


def line(chosen: Sequence[Race], reports: Sequence[Report], seconds: float) -> str:
    """Write the campaign in one line."""
    seen = sum((one.seen for one in reports), Counter[str]())
    kinds = Counter(one.database for one in chosen)
    on = ", ".join(f"{count} on {kind}" for kind, count in sorted(kinds.items()))
    harms = "; ".join(f"{kind} {seen[kind]}" for kind in KINDS)
    return (
        f"races: {len(chosen)} ({on}); {sum(one.processes for one in chosen)} processes"
        f" started {seen['starts']} times, killed {seen['killed']}, databases"
        f" restarted {seen['restarted']}; posted {seen['posted']}; {harms};"
        f" held {seen['held']}; in doubt {seen['in_doubt']};"
        f" failed {sum(bool(one.wrong) for one in reports)}; {seconds:.0f} seconds"
    )


def main() -> int:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--on", default="", help="sqlite or postgresql alone")
    said = parser.parse_args()
    first = said.seed * 100_000
    chosen = [drawn(first + number, said.on) for number in range(said.count)]
    start = time.monotonic()
    with ProcessPoolExecutor(said.jobs) as pool:
        reports = []
        for one in pool.map(run, chosen):
            reports.append(one)
            for wrong in one.wrong:
                print(f"{one.race}: {wrong}", flush=True)  # noqa: T201 -- its output
    seconds = time.monotonic() - start
    print(f"{line(chosen, reports, seconds)}; seed {said.seed}")  # noqa: T201 -- its output
    return int(any(one.wrong for one in reports))


if __name__ == "__main__":
    sys.exit(main())
