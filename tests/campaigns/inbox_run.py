"""Writers of every habit against the watched folder: make campaign-inbox.

    python tests/campaigns/inbox_run.py --seed 1 --count 20000 --jobs 2

Exit code 1 and what was wrong in which timeline, or 0; one line of figures either way.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from inbox_case import WRITERS, Report, run

HARMS = ("half", "wrong amount", "lost", "doubled")


def line(reports: Sequence[Report], seconds: float) -> str:
    """Write the campaign in one line."""
    seen = sum((one.seen for one in reports), Counter[str]())
    waits: dict[bool, list[int]] = {False: [0], True: [0]}
    for one in reports:
        waits[one.on_a_share] += one.waits
    harms = "; ".join(f"{kind} {seen[kind]}" for kind in HARMS)
    return (
        f"inbox: {seen['schedules']} writer schedules in {len(reports)} timelines;"
        f" {harms}; files set aside {seen['refused']} (rows {seen['rows set aside']});"
        f" taken after {median(waits[False]):.0f} s, on a share after"
        f" {median(waits[True]):.0f} s (medians);"
        f" failed {sum(bool(one.wrong) for one in reports)}; {seconds:.0f} seconds"
    )


def main() -> int:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000, help="of writers")
    parser.add_argument("--jobs", type=int, default=2)
    said = parser.parse_args()
    timelines = -(-said.count // WRITERS)
    seeds = [said.seed * 1_000_000 + number for number in range(timelines)]
    start = time.monotonic()
    with ProcessPoolExecutor(said.jobs) as pool:
        reports = []
        for one in pool.map(run, seeds, chunksize=4):
            reports.append(one)
            if len(reports) % 100 == 0:
                so_far = line(reports, time.monotonic() - start)
                print(so_far, file=sys.stderr, flush=True)  # noqa: T201 -- its output
            for wrong in one.wrong:
                print(f"timeline {one.seed}: {wrong}", flush=True)  # noqa: T201 -- its output
    seconds = time.monotonic() - start
    print(f"{line(reports, seconds)}; seed {said.seed}")  # noqa: T201 -- its output
    return int(any(one.wrong for one in reports))


if __name__ == "__main__":
    sys.exit(main())
