"""One timeline of a watched folder: many writers, one or two watchers, no real time.

Files are real, and so are the watchers' scan, copy, reading and journal; a second is
one step of a loop.  The watchers die and start again, poison lies between the good
files, and half of the timelines play on a share, where nobody tells of writers.
"""

import os
import random
import shutil
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).parent))

from company import Company
from inbox_writers import DEAD, QUIET, Written, drawn

from importer import rounds
from importer.inbox import Inbox, Still
from importer.inbox.originals import is_ours
from importer.inbox.wholeness import LONGER
from importer.journal.entry import Entry, Held
from importer.model import Reason, Remittance
from importer.rounds.reports import Bench

WRITERS = 20
BEGIN_WITHIN = 60
MEMORY = Path("/dev/shm")


@dataclass(slots=True)
class Report:
    """What was wrong in a timeline, what was counted, and how long files waited."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    on_a_share: bool = False
    waits: list[int] = field(default_factory=list)


class Watcher:
    """One watcher, with a spool of its own and a phase of its own."""

    def __init__(self, bench: Bench, number: int) -> None:
        folder = bench.inbox.spool.with_name(f".spool{number}")
        self.bench = replace(bench, inbox=replace(bench.inbox, spool=folder))
        self.seen: dict[Path, Still] = {}

    def look(self, moment: float) -> list[Path]:
        """Look once, as `importer watch` does; return what was taken up."""
        self.bench.inbox.look_after(self.bench.now())
        self.seen, ready = self.bench.inbox.scan(self.seen, moment)
        if ready:
            rounds.from_inbox(self.bench, ready, post=False)
            self.seen = self.bench.inbox.tried(self.seen, ready, moment)
        return ready

    def die(self, bench: Bench) -> None:
        """Forget everything, and start again."""
        self.seen = {}
        self.bench.inbox.sweep(bench.now())


class Timeline:
    """A folder, its writers, and its watchers."""

    def __init__(self, seed: int, folder: Path, writers: int = WRITERS) -> None:
        self.report = Report(seed)
        self.chance = random.Random(seed)
        self.company = Company(folder, "http://127.0.0.1:9/api")
        inbox = Inbox(
            *(folder / "inbox", folder / "archive", folder / "refused"),
            folder / ".spool",
            quiet_seconds=QUIET,
            bytes_most=1 << 20,
            on_a_share=self.chance.random() < 0.5,
        )
        self.report.on_a_share = inbox.on_a_share
        inbox.folder.mkdir()
        self.bench = replace(self.company.bench, inbox=inbox)
        self.watchers = [
            Watcher(self.bench, number) for number in range(self.chance.choice((1, 2)))
        ]
        begin = self.chance.randint
        self.writers = [
            drawn(self.chance, inbox.folder, f"{n:02}", begin(0, BEGIN_WITHIN))
            for n in range(writers)
        ]
        self._poison(inbox.folder)

    def _poison(self, folder: Path) -> None:
        """Put in what must hold up nobody."""
        (folder / "00 no bank.csv").write_bytes(b"nothing;of\nthis,is\ta bank's\n")
        (folder / "00 bytes.xlsx").write_bytes(self.chance.randbytes(300))
        (folder / "00 link.csv").symlink_to(folder.parent / "nowhere.csv")
        (folder / "00 left.csv.part").write_bytes(b"half of a f")
        os.mkfifo(folder / "00 pipe.csv")

    def run(self) -> Report:
        """Let the time pass until all is written and nothing waits."""
        end = max(one.closed for one in self.writers) + 3 * QUIET * LONGER + DEAD
        fraction = self.chance.random()
        for second in range(end):
            for one in self.writers:
                one.act(second)
            for watcher in self.watchers:
                if self.chance.random() < 0.005:
                    watcher.die(self.bench)
                for path in watcher.look(second + fraction):
                    self._waited(path, second)
        self._judge()
        return self.report

    def _waited(self, path: Path, second: int) -> None:
        for one in self.writers:
            if one.path == path and second >= one.closed and not path.exists():
                self.report.waits.append(second - one.closed)

    def _judge(self) -> None:
        report, inbox = self.report, self.bench.inbox
        kept = _texts(inbox.archive)
        refused = _texts(inbox.refused)
        left = {
            path.name: path.read_bytes()
            for path in inbox.folder.iterdir()
            if path.is_file() and not path.is_symlink() and not is_ours(path.name)
        }
        report.wrong += [
            f"{name} lies there still" for name in left if ".part" not in name
        ]
        taken = [*kept, *refused]
        for one in self.writers:
            report.seen["schedules"] += 1
            if not one.is_table:
                self._judge_marked(one, taken)
        self._judge_tables(b"\n".join(refused))
        for path in inbox.refused.glob("*"):
            report.seen["refused"] += not path.name.endswith(".why.txt")

    def _judge_marked(self, one: Written, taken: list[bytes]) -> None:
        """See that of a format with an end no half was ever taken."""
        if one.content not in taken:
            self.report.wrong.append(f"{one.path.name} ({one.kind}) was never taken")
            self.report.seen["lost"] += 1
        for text in taken:
            # The line end after the mark says nothing more.
            half = text.strip() not in {one.content.strip(), one.before.strip()}
            if half and _is_part(text, one):
                said = f"{one.path.name} ({one.kind}): {len(text)} bytes were taken"
                self.report.wrong.append(said)
                self.report.seen["half"] += 1

    def _judge_tables(self, refused: bytes) -> None:
        """See that each row is in the journal once, with its amount.

        What a file says in a last line that was cut off waits for a person, and the
        row comes once more.
        """
        found: Counter[tuple[str, Decimal]] = Counter()
        amounts: defaultdict[str, set[Decimal]] = defaultdict(set)
        for entry in self.company.journal.entries():
            if not isinstance(entry.notice, Remittance):
                assert entry.status == "held", "what cannot be read waits for a person"
                self.report.seen["rows cut off"] += 1
                continue
            key, said = entry.notice.reference, entry.notice.amount
            found[key, said] += entry.status != "duplicate"
            if not _is_cut_off(entry):
                amounts[key].add(said)
        for one in self.writers:
            for key, amount in one.rows.items():
                what = f"{key} of {one.path.name} ({one.kind})"
                if wrong := amounts[key] - {Decimal(amount)}:
                    self.report.wrong.append(f"{what} has {wrong}, not {amount}")
                    self.report.seen["wrong amount"] += 1
                times = found[key, Decimal(amount)]
                if times > 1:
                    self._judge_doubled(key, Decimal(amount), what)
                if not times:
                    if key.encode() in refused:
                        self.report.seen["rows set aside"] += 1
                        continue
                    self.report.wrong.append(f"{what} is nowhere")
                    self.report.seen["lost"] += 1

    def _judge_doubled(self, key: str, amount: Decimal, what: str) -> None:
        """Say that it is there twice, where nothing holds the second."""
        statuses = [
            entry.status
            for entry in self.company.journal.entries()
            if isinstance(entry.notice, Remittance)
            and (entry.notice.reference, entry.notice.amount) == (key, amount)
        ]
        if statuses.count("held") < len(statuses) - statuses.count("duplicate") - 1:
            self.report.wrong.append(f"{what} is there twice: {statuses}")
            self.report.seen["doubled"] += 1


def _is_cut_off(entry: Entry) -> bool:
    """Say whether it is held because its line has no end."""
    state = entry.state
    return isinstance(state, Held) and state.hold.reason is Reason.CAUTION


def _texts(folder: Path) -> list[bytes]:
    return [
        path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".why.txt")
    ]


def _is_part(text: bytes, one: Written) -> bool:
    """Say whether these bytes are a beginning of what was to be written."""
    return bool(text) and (one.content.startswith(text) or one.before.startswith(text))


def run(seed: int, writers: int = WRITERS) -> Report:
    """Run one timeline from its first writer to the judgement."""
    folder = Path(mkdtemp(prefix="inbox-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        timeline = Timeline(seed, folder, writers)
        with timeline.company:
            return timeline.run()
    except Exception as error:  # noqa: BLE001 -- one timeline must not hide the others
        return Report(seed, [f"{type(error).__name__}: {error}"])
    finally:
        shutil.rmtree(folder)
