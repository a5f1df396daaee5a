"""Fuzz every reader: `python run.py [SEED] [COUNT] [FORMAT]`.

Each sound file is cut off after each of its bytes, and changed COUNT times (for all
files of a format together).  Every workbook, every file that is cut off in a format
with an end, and one in eight of all others is also understood by a guessed mapping.
A line for each format; a case that failed is kept in a file of its own, and the same
seed makes it again.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Process, SimpleQueue
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mutations
from harness import Failure, glanced, judge, same
from seeds import Seed, seeds

WORKERS = 2
SAME_EVERY = 50
WHOLE_EVERY = 16
MOST_KEPT = 20
Report = tuple[Counter[str], list[str]]
Case = tuple[Seed, bytes, int]
"""What it came from, its bytes, and the fewest lines that may be read of it."""


def cases(every: list[Seed], count: int, seed: int, worker: int) -> Report:
    """Run a worker's share of a format's cases; return what came out, and failures."""
    came: Counter[str] = Counter()
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank.file"
        for number, (one, content, least) in enumerate(_all(every, count, seed)):
            if number % WORKERS != worker:
                continue
            inside = one.format == "workbook"
            try:
                if inside or least or number % WHOLE_EVERY < WORKERS:
                    came[judge(path, content, least=least, inside=inside)] += 1
                else:
                    came[glanced(path, content)] += 1
                if number % SAME_EVERY == worker:
                    same(path, inside=inside)
            except Failure as failure:
                came["failed"] += 1
                failed.append(
                    f"case {number}: {failure} (kept as {_kept(one, number, content)})"
                )
    return came, failed


def _all(every: list[Seed], count: int, seed: int) -> Iterator[Case]:
    for one in every:
        for end in range(len(one.content)):
            whole = end >= len(one.content.rstrip())
            least = one.lines if one.stated or whole else 0
            yield one, mutations.cut(one.content, end), least
    chance = random.Random(seed)
    change = {"workbook": mutations.workbook}
    for _ in range(count):
        one = chance.choice(every)
        yield one, change.get(one.format, mutations.mutated)(one.content, chance), 0


def _kept(one: Seed, number: int, content: bytes) -> Path:
    path = Path(tempfile.gettempdir()) / f"fuzz-{one.format}-{number}"
    path.write_bytes(content)
    return path


def work(
    queue: "SimpleQueue[Report]", every: list[Seed], count: int, seed: int, worker: int
) -> None:
    queue.put(cases(every, count, seed, worker))


def fuzz(form: str, count: int, seed: int) -> Report:
    """Fuzz one format in several processes."""
    every = [one for one in seeds() if one.format == form]
    queue: SimpleQueue[Report] = SimpleQueue()
    workers = [
        Process(target=work, args=(queue, every, count, seed, worker))
        for worker in range(WORKERS)
    ]
    for one in workers:
        one.start()
    came: Counter[str] = Counter()
    failed: list[str] = []
    for _ in workers:
        some, kept = queue.get()
        came += some
        failed += kept
    for one in workers:
        one.join()
    return came, failed


def main(seed: int, count: int, only: str) -> int:
    """Fuzz all formats, or one, and say how it went."""
    failures = 0
    for form in dict.fromkeys(one.format for one in seeds()):
        if only and form != only:
            continue
        started = time.monotonic()
        came, failed = fuzz(form, count, seed)
        failures += len(failed)
        sys.stdout.write(
            f"{form:14} seed {seed}: {came.total():>9,} cases, {came['refused']:,}"
            f" refused, {came['read']:,} read, {came['failed']:,} failed,"
            f" {time.monotonic() - started:.0f} s\n"
        )
        sys.stdout.write("".join(f"  {one}\n" for one in failed[:MOST_KEPT]))
        sys.stdout.flush()
    return int(failures > 0)


if __name__ == "__main__":
    given = [*sys.argv[1:], "", "", ""]
    sys.exit(main(int(given[0] or 1), int(given[1] or 2000), given[2]))
