"""Kill the program, or fail it, at every system call; start it again; judge.

    python tests/campaigns/kill_anywhere.py --seed 1 --count 500 --jobs 2

A case is a kind of system call, which of them, and what befalls it: the process is
killed before it is made, or it fails, or it fails from there on.  One start of the
program without a fault says how many there are.  Then the program is started again
until nothing moves any more, and the checker judges by the bank's files, the ERP's
book and the results.  Without --count all cases run; with it, so many of them, drawn
by the seed.  Where strace is absent or may trace nobody, or with --hook, the faults
come at the calls that leave Python.  Exit code 1 and the names of the cases that
failed, or 0; one line of figures either way.
"""

import argparse
import random
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import kill_scene
from checker import KINDS
from kill_child import FAULT_OF_OURS, Order
from kill_hook import KILL
from kill_scene import Found
from kill_strace import (
    CHANGING,
    KILLED,
    Starter,
    counted,
    counting,
    is_permitted,
    striking,
)

ERRORS = ("EIO", "ENOSPC", "ECONNRESET", "EPIPE")
LASTING = ("EIO+", "ENOSPC+")
HOOKED = "call"
REMITTANCES = 6


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what befalls which call of which kind, and how many workers post.

    No worker means that all is done in one thread; strace counts for each thread,
    so that with workers the n-th call is that of whichever thread comes first.
    `again` is the call at which the program is killed when it is started again.
    """

    call: str
    what: str
    at: int
    workers: int = 0
    again: tuple[str, int] | None = None

    def __str__(self) -> str:
        """Name it as it can be found again."""
        again = " and {} {}".format(*self.again) if self.again else ""
        return f"{self.what} at {self.call} {self.at}{again}, {self.workers} workers"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a case, and with which exit code the struck program ended."""

    case: Case
    code: int
    found: Found


class Campaign:
    """One scene that every case begins with, and what starts the program there."""

    def __init__(self, *, hook: bool, remittances: int = REMITTANCES) -> None:
        self.hook = hook
        self._room = kill_scene.room()
        self.remittances = kill_scene.YESTERDAY + remittances
        self._scene = kill_scene.prepare(self._room / "first", remittances)
        self._starter = Starter()

    def close(self) -> None:
        """Take everything away."""
        self._starter.__exit__(None, None, None)
        shutil.rmtree(self._room)

    def positions(self) -> Counter[str]:
        """Start the program without a fault; return how often it makes each call."""
        scene = self._scene.copied(self._room / "counted")
        said = scene.folder / "said"
        with scene.sandbox() as sandbox:
            hook = (KILL, 0) if self.hook else None
            order = Order(str(scene.folder), sandbox.url, 0, str(said), hook)
            code = self._starter.start(order, [] if self.hook else counting(said))
        assert code == 0, code
        if self.hook:
            return Counter({HOOKED: int(said.read_text("utf-8"))})
        return counted(said)

    def run(self, case: Case) -> Report:
        """Run one case from the fault to the checker."""
        found = Found()
        scene = self._scene.copied(self._room / "case")
        try:
            with scene.sandbox() as sandbox:
                code = self._struck(case, scene, sandbox.url)
                if case.again:
                    call, at = case.again
                    self._struck(Case(call, KILL, at), scene, sandbox.url)
                if code == FAULT_OF_OURS:
                    said = (scene.folder / "said").read_text("utf-8")
                    found.wrong.append(f"it fails: {said}")
                kill_scene.go_on(scene, sandbox.url, found)
                kill_scene.judge(scene, sandbox.url, found)
        except Exception as error:  # noqa: BLE001 -- one case must not hide the others
            found.wrong.append(f"{type(error).__name__}: {error}")
            code = 0
        finally:
            shutil.rmtree(scene.folder)
        return Report(case, code, found)

    def _struck(self, case: Case, scene: kill_scene.Scene, url: str) -> int:
        """Start the program and let the fault befall it; return its exit code."""
        hook = (case.what, case.at) if self.hook else None
        said = str(scene.folder / "said")
        order = Order(str(scene.folder), url, case.workers, said, hook)
        traced = [] if self.hook else striking(case.call, case.what, case.at)
        return self._starter.start(order, traced)


def cases(positions: Counter[str], seed: int) -> Iterator[Case]:
    """Yield every fault at every call.

    The program is killed also while several workers post, and once more somewhere
    when it is started again.  What changes the disk also fails from there on.
    """
    chance = random.Random(seed)
    everywhere = [(call, at) for call, count in positions.items() for at in _to(count)]
    for call, count in sorted(positions.items()):
        lasting = LASTING if call in (*CHANGING, HOOKED) else ()
        for at, what in product(_to(count), (KILL, *ERRORS, *lasting)):
            yield Case(call, what, at)
            if what == KILL:
                yield Case(call, what, at, workers=3)
                yield Case(call, what, at, again=chance.choice(everywhere))


def _to(count: int) -> range:
    return range(1, count + 1)


def drawn(every: Sequence[Case], seed: int, count: int) -> list[Case]:
    """Draw so many of the cases, or take them all."""
    if not count or count >= len(every):
        return list(every)
    return random.Random(seed).sample(every, count)


def some(chosen: Sequence[Case], hook: bool, remittances: int) -> list[Report]:  # noqa: FBT001 -- mapped over processes
    """Run some cases in this process."""
    campaign = Campaign(hook=hook, remittances=remittances)
    try:
        return [campaign.run(one) for one in chosen]
    finally:
        campaign.close()


def line(
    reports: Sequence[Report], positions: int, remittances: int, seconds: float
) -> str:
    """Return what the campaign comes to, in one line."""
    faults = {one.case.what for one in reports}
    damages = sum((one.found.damages for one in reports), Counter[str]())
    held = [one.found.statuses["held"] for one in reports]
    harms = "; ".join(f"{kind} {damages[kind]}" for kind in KINDS)
    return (
        f"kill: faults {len(faults)} x positions {positions} x remittances "
        f"{remittances} = {len(reports)} cases; {harms}; "
        f"held {sum(held)} (most in one case {max(held, default=0)}); "
        f"killed {sum(one.code == KILLED for one in reports)}; "
        f"files put back {sum(one.found.put_back for one in reports)}; "
        f"failed {sum(bool(one.found.wrong) for one in reports)}; {seconds:.0f} seconds"
    )


def main() -> int:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=0, help="0 for all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--remittances", type=int, default=REMITTANCES)
    parser.add_argument("--only", default="", help="cases so named, a pattern")
    parser.add_argument("--hook", action="store_true", help="without strace")
    said = parser.parse_args()
    wanted = re.compile(said.only)
    hook = said.hook or not is_permitted()
    campaign = Campaign(hook=hook, remittances=said.remittances)
    positions = campaign.positions()
    campaign.close()
    every = [one for one in cases(positions, said.seed) if wanted.search(str(one))]
    chosen = drawn(every, said.seed, said.count)
    start = time.monotonic()
    shares = [chosen[number :: said.jobs * 8] for number in range(said.jobs * 8)]
    with ProcessPoolExecutor(said.jobs) as pool:
        done = pool.map(
            some,
            shares,
            [hook] * len(shares),
            [said.remittances] * len(shares),
        )
        reports = [one for some_of_them in done for one in some_of_them]
    for one in reports:
        for wrong in one.found.wrong:
            print(f"{one.case}: {wrong}")  # noqa: T201 -- its output
    seconds = time.monotonic() - start
    figures = line(reports, positions.total(), campaign.remittances, seconds)
    print(f"{figures}; seed {said.seed}")  # noqa: T201 -- its output
    return int(any(one.found.wrong for one in reports))


if __name__ == "__main__":
    sys.exit(main())
