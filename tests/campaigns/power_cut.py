"""Cut the power after every write, lose what was not synced, and look what is left.

    python tests/campaigns/power_cut.py --seed 1 --count 10000 --jobs 2

One start of the program is recorded: all it writes, syncs, names and sends.  After
each of these deeds the power is cut some times, with another part of what was not
synced lost each time.  What is left must be a journal that opens and is whole, with
the intent of every payment that was asked for; the bank's file, in the inbox or in
the archive; and no half of a result.  From some of the states, drawn by the seed,
the program is started again with the book as it was then, and the checker judges.

The same is done with other settings of SQLite, which must be seen to lose intents:
Python's own, and those that many recommend.  Exit code 1 and what came to harm, or
0; one line of figures for each recording either way.
"""

import argparse
import hashlib
import random
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import kill_scene
from checker import KINDS
from kill_child import Order
from kill_scene import Found, Scene
from kill_strace import KILLED, Starter, striking
from power_disk import Fate, all_left, none_left, put
from power_record import Recording, Replay, record

from importer.errors import ImporterError
from importer.identity import markers_in
from importer.journal import Journal

OURS: Mapping[str, str | int] = {}
SETTINGS: Mapping[str, Mapping[str, str | int]] = {
    "ours": OURS,
    "Python's default": {"journal_mode": "delete", "synchronous": 2},
    "WAL and NORMAL": {"journal_mode": "wal", "synchronous": 1},
}
SCENES = ("in the middle", "new", "after a death", "three workers")
DEATH = ("pwrite64", "KILL", 400)  # while the payments are sent
REMITTANCES = 6
COUNT = 10000
FATES_LEAST = 4
STARTED_AGAIN = 20  # one in so many states
OURS_ALONE = frozenset({"ledger.csv", ".told", "mappings/customers.csv"})
SHOWN_MOST = 20
Files = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left after a cut, and what had left the machine before it.

    `sent` is how many requests the ERP has; `acknowledged` are the markers of those
    that ask for a payment.
    """

    position: int
    fate: str
    left: Files
    sent: int
    acknowledged: frozenset[str]

    def __str__(self) -> str:
        """Name it as it can be found again."""
        return f"after deed {self.position}, {self.fate} left"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a journal holds after a cut: how each remittance stands, or its trouble."""

    statuses: Mapping[str, str]
    files: frozenset[str]
    trouble: str = ""


@dataclass(slots=True)
class Outcome:
    """What came of all the cuts of one recording."""

    recording: str
    positions: set[int] = field(default_factory=set)
    states: int = 0
    distinct: set[str] = field(default_factory=set)
    harms: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    started: int = 0
    found: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, cut: Cut, harm: str, sentence: str) -> None:
        self.harms[harm] += 1
        self.wrong.append(f"{self.recording}, {cut}: {harm}: {sentence}")


def fates(chance: random.Random, count: int, done: int) -> Iterator[tuple[str, Fate]]:
    """Yield so many ways in which what is not synced may be lost."""
    yield "nothing unsynced", none_left
    yield "everything", all_left
    for number in range(count - 2):
        if number % 4 == 3:
            first = chance.randrange(max(done - 40, 0), done + 1)
            yield f"what came before {first}", _until(first)
        else:
            seed = chance.getrandbits(32)
            yield f"by chance {seed}", _by_chance(seed)


def _until(first: int) -> Fate:
    return lambda number, pieces: [number < first] * pieces


def _by_chance(seed: int) -> Fate:
    """Leave some deeds, lose some, and tear some; always the same of one deed."""

    def fate(number: int, pieces: int) -> list[bool]:
        chance = random.Random(seed * 100_003 + number)
        match chance.randrange(3):
            case 0:
                return [True] * pieces
            case 1:
                return [False] * pieces
            case _:
                return chance.choices((True, False), k=pieces)

    return fate


def cuts(recording: Recording, seed: int, count: int) -> Iterator[Cut]:
    """Yield at least so many states: of each deed as many, or of some deeds a few."""
    chance = random.Random(seed)
    trial = Replay(recording)
    positions = sum(trial.do(call) for call in recording.calls)
    each = max(FATES_LEAST, -(-count // positions))
    chosen: Sequence[int] = range(1, positions + 1)
    if count < positions * each:
        chosen = chance.sample(chosen, -(-count // each))
    wanted = frozenset(chosen)
    replay, done, sent = Replay(recording), 0, 0
    for call in recording.calls:
        if not replay.do(call):
            continue
        done += 1
        before, (sent, acknowledged) = sent, _sent(replay.sent)
        if done not in wanted:
            continue
        for name, fate in fates(chance, each, replay.disk.count):
            left = replay.disk.after_a_cut(fate)
            # What has just left may not have come there any more.
            there = chance.choice((before, sent))
            yield Cut(done, name, left, there, acknowledged)


def _sent(pieces: Sequence[bytes]) -> tuple[int, frozenset[str]]:
    """Return how many requests are complete, and for which payments they ask."""
    heads = sum(one.startswith(b"GET /api/") for one in pieces)
    bodies = [one for one in pieces if one.startswith(b"{")]
    texts = (one.decode("utf-8", "replace") for one in bodies)
    marks = {mark for text in texts for mark in markers_in(text)}
    return heads + len(bodies), frozenset(marks)


class Cutter:
    """Looks at what the cuts of one recording have left."""

    def __init__(self, recording: Recording, name: str, seed: int) -> None:
        self.outcome = Outcome(name)
        self._recording = recording
        self._chance = random.Random(seed)
        self._room = kill_scene.room()
        self._seen: dict[str, Looked] = {}
        replay = Replay(recording)
        for call in recording.calls:
            replay.do(call)
        self._last = replay.disk.after_a_cut(all_left)
        self._sent, _ = _sent(replay.sent)
        self._requests = _requests(recording.scene)

    def close(self) -> None:
        """Take everything away."""
        shutil.rmtree(self._room)

    def look(self, cut: Cut) -> None:
        """See what is lost in one state."""
        outcome = self.outcome
        outcome.states += 1
        outcome.positions.add(cut.position)
        journal = {
            name: content
            for name, content in cut.left.items()
            if name.startswith("journal.db") and content is not None
        }
        key = _digest(journal)
        if key not in self._seen:
            self._seen[key] = self._opened(journal)
        looked = self._seen[key]
        outcome.distinct.add(_digest(cut.left))
        if looked.trouble:
            outcome.add(cut, "corrupt", looked.trouble)
            return
        for mark in sorted(cut.acknowledged):
            if looked.statuses.get(mark, "ready") == "ready":
                outcome.add(cut, "intent lost", mark)
        self._look_at_files(cut, looked)

    def _look_at_files(self, cut: Cut, looked: Looked) -> None:
        """See whether the bank's files are there, and no half of what we write."""
        kept = set(cut.left.values())
        for path in self._recording.scene.bank:
            if path.read_bytes() not in kept:
                self.outcome.add(cut, "file lost", path.name)
            waits = cut.left.get(f"inbox/{path.name}")
            if waits is None and path.name not in looked.files:
                self.outcome.add(cut, "not taken in", path.name)
        for name, content in cut.left.items():
            is_ours = name.startswith("results/") or name in OURS_ALONE
            if not is_ours or content is None or Path(name).name.endswith(".tmp"):
                continue
            if content not in (self._recording.before.get(name), self._last.get(name)):
                self.outcome.add(cut, "half written", name)

    def _opened(self, journal: Files) -> Looked:
        folder = self._room / "journal"
        folder.mkdir()
        put(journal, folder)
        try:
            with Journal.open("sqlite:///journal.db", top=folder) as opened:
                if faults := opened.audit().faults:
                    return Looked({}, frozenset(), f"the audit says {faults[0]}")
                entries = list(opened.entries())
                records = {one.name: one.records for one in opened.files()}
        except ImporterError as error:
            return Looked({}, frozenset(), str(error))
        finally:
            shutil.rmtree(folder)
        counts = Counter(one.file.name for one in entries)
        trouble = "" if counts == records else f"{counts} of {records}"
        statuses = {one.id: one.status for one in entries}
        return Looked(statuses, frozenset(records), trouble)

    def start_again(self, cut: Cut) -> None:
        """Start the program on what is left, and let the checker judge."""
        found = Found()
        folder = self._room / "scene"
        scene = self._rebuilt(cut, folder)
        try:
            with scene.sandbox() as sandbox:
                kill_scene.go_on(scene, sandbox.url, found)
                kill_scene.judge(scene, sandbox.url, found)
        except Exception as error:  # noqa: BLE001 -- one state must not hide the others
            found.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder)
        self.outcome.started += 1
        self.outcome.found.update(found.damages)
        self.outcome.statuses.update(found.statuses)
        for one in found.wrong:
            self.outcome.add(cut, "started again", one)

    def _rebuilt(self, cut: Cut, folder: Path) -> Scene:
        """Return the scene as it was then: its disk, and the book of the ERP."""
        scene = Scene(folder)
        was = self._recording.scene
        shutil.copytree(was.folder / "bank", folder / "bank")
        scene.top.mkdir()
        put(cut.left, scene.top)
        shutil.copyfile(was.book, scene.book)
        first = self._requests - self._sent
        with closing(sqlite3.connect(scene.book)) as book, book:
            book.execute("delete from payment where request > ?", (first + cut.sent,))
            book.execute(
                "delete from applied where payment not in (select id from payment)"
            )
            book.execute("delete from request where id > ?", (first + cut.sent,))
        return scene

    def is_drawn(self) -> bool:
        """Say whether the program is started again from the next state."""
        return self._chance.randrange(STARTED_AGAIN) == 0


def _requests(scene: Scene) -> int:
    with closing(sqlite3.connect(scene.book)) as book:
        (count,) = book.execute("select max(id) from request").fetchone()
    return int(count)


def _digest(files: Files) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name} {-1 if content is None else len(content)}\n".encode())
        digest.update(content or b"")
    return digest.hexdigest()


def run(scene_name: str, settings: str, seed: int, count: int) -> Outcome:
    """Record one start, and cut the power so many times."""
    room = kill_scene.room()
    try:
        scene = _made(scene_name, room / "recorded")
        workers = 3 if scene_name == "three workers" else 0
        recording = record(scene, SETTINGS[settings], workers)
        cutter = Cutter(recording, f"{scene_name}, {settings}", seed)
        try:
            for cut in cuts(recording, seed, count):
                cutter.look(cut)
                if settings == "ours" and cutter.is_drawn():
                    cutter.start_again(cut)
        finally:
            cutter.close()
    finally:
        shutil.rmtree(room)
    return cutter.outcome


def _made(name: str, folder: Path) -> Scene:
    """Make the scene in which the program is to be recorded."""
    if name == "new":
        return kill_scene.begin(folder, REMITTANCES)
    scene = kill_scene.prepare(folder, REMITTANCES)
    if name == "after a death":
        with Starter() as starter, scene.sandbox() as sandbox:
            order = Order(str(folder), sandbox.url, 0, str(folder / "said"))
            code = starter.start(order, striking(*DEATH))
        assert code == KILLED, f"it ended with {code}"
    return scene


def line(outcome: Outcome, seconds: float) -> str:
    """Return what the cuts of one recording come to, in one line."""
    harms = ("intent lost", "corrupt", "file lost", "not taken in", "half written")
    said = "; ".join(f"{one} {outcome.harms[one]}" for one in harms)
    judged = "; ".join(f"{kind} {outcome.found[kind]}" for kind in KINDS)
    again = (
        f"; started again {outcome.started}: {judged}; "
        f"held {outcome.statuses['held']}; failed {outcome.harms['started again']}"
    )
    return (
        f"power ({outcome.recording}): positions {len(outcome.positions)}, "
        f"{outcome.states} states ({len(outcome.distinct)} different); {said}"
        f"{again if outcome.started else ''}; {seconds:.0f} seconds"
    )


def main() -> int:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=COUNT, help="states at least")
    parser.add_argument("--jobs", type=int, default=2)
    said = parser.parse_args()
    jobs = [
        (scene, settings, said.count if settings == "ours" else said.count // 5)
        for settings in SETTINGS
        for scene in SCENES
    ]
    is_bad, start = False, time.monotonic()
    with ProcessPoolExecutor(said.jobs) as pool:
        running = [
            (settings, pool.submit(run, scene, settings, said.seed, count))
            for scene, settings, count in jobs
        ]
        for settings, future in running:
            outcome = future.result()
            lost = outcome.harms["intent lost"]
            is_bad |= bool(outcome.wrong) if settings == "ours" else not lost
            if settings == "ours":
                for wrong in outcome.wrong[:SHOWN_MOST]:
                    print(wrong)  # noqa: T201 -- its output
            seconds = time.monotonic() - start
            print(f"{line(outcome, seconds)}; seed {said.seed}")  # noqa: T201 -- its output
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main())
