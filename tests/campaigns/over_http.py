"""Every fault of the matrix, at every position, through the real client over HTTP.

    python tests/campaigns/over_http.py --seed 1 --count 500 --jobs 2

A case is a fault, what became of the request, where it struck, and how many
workers and invoices there were.  Without --count all cases run; with it, so many
of them, drawn by the seed.  Each case ends with the checker, and with what nobody
but the sandbox and a thief at another host can know.  Exit code 1 and the names of
the cases that failed, or 0; one line of figures either way.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from checker import KINDS
from faults import LATE, NO, YES, of_lists, of_payments
from http_case import CLERKS, LOOKS, POSITIONS, REMITTANCES, Case, Report, run

WORKERS_AND_INVOICES = ((1, 1), (1, 2), (4, 1))
OUTCOMES = ("Posted", "Refused", "NotSent", "InDoubt")


def cases() -> list[Case]:
    """Return all cases, in an order that does not change."""
    return [*_of_payments(), *_of_lists()]


def _of_payments() -> Iterator[Case]:
    for fault in of_payments():
        for applies, position, (workers, invoices) in product(
            fault.applies, POSITIONS, WORKERS_AND_INVOICES
        ):
            # Connections are counted, and those of several workers are anybody's.
            if fault.on_the_way and (position == "all" or workers > 1):
                continue
            yield Case(fault, applies, position, workers, invoices)


def _of_lists() -> Iterator[Case]:
    for fault, position in product(of_lists(), ("first", "last")):
        for moment, applies in product(LOOKS, (YES, NO, LATE, *CLERKS)):
            yield Case(fault, applies, position, moment=moment)
        for moment in ("before", "lost journal", "refusal"):
            # A list that hides what is there, when nothing else is left to know it
            # by, is more than any client can see through.
            if not (fault.hides and moment == "lost journal"):
                yield Case(fault, NO, position, moment=moment)


def drawn(seed: int, count: int, only: str = "") -> list[Case]:
    """Return so many of the cases, drawn by the seed; all where count is 0."""
    every = [one for one in cases() if only in str(one)]
    if not count:
        return every
    return random.Random(seed).sample(every, min(count, len(every)))


def line(chosen: Sequence[Case], reports: Sequence[Report], seconds: float) -> str:
    """Write the campaign in one line."""
    seen = sum((one.seen for one in reports), Counter[str]())
    faults = len({one.fault.name for one in chosen})
    positions = len({one.position for one in chosen})
    outcomes = ", ".join(f"{name} {seen[name]}" for name in OUTCOMES)
    harms = "; ".join(f"{kind} {seen[kind]}" for kind in KINDS)
    return (
        f"HTTP: faults {faults} x positions {positions} x remittances {REMITTANCES} = "
        f"{len(chosen)} cases (sent: {outcomes}); {harms}; held {seen['held']}; "
        f"in doubt {seen['in_doubt']}; refused {seen['refused']}; "
        f"failed {sum(bool(one.wrong) for one in reports)}; {seconds:.0f} seconds"
    )


def main() -> int:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=0, help="0 for all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="cases whose name has this")
    said = parser.parse_args()
    chosen = drawn(said.seed, said.count, said.only)
    start = time.monotonic()
    with ProcessPoolExecutor(said.jobs) as pool:
        reports = list(pool.map(run, chosen, chunksize=8))
    for one in reports:
        for wrong in one.wrong:
            print(f"{one.case}: {wrong}")  # noqa: T201 -- its output
    seconds = time.monotonic() - start
    print(f"{line(chosen, reports, seconds)}; seed {said.seed}")  # noqa: T201 -- its output
    return int(any(one.wrong for one in reports))


if __name__ == "__main__":
    sys.exit(main())
