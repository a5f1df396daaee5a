"""One race: processes on one journal, killed and cut off, until all is settled.

    sqlite      one journal file, several processes        kill -9 of who sends
    postgresql  one database, several workspaces           the same, and the server
                                                           restarted under load

Layouts: every process has a workspace of its own (`own`), a workspace of its own
with the inbox of all (`inbox`), or they share one workspace (`one`).  Files overlap:
all have one of the same bytes, and rows of one file stand in others.
"""

import random
import shutil
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from multiprocessing.context import ForkServerProcess
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))

import company
import psycopg
import races_child
from checker import check
from company import Company, bank_file
from server import Server
from server import started as server_started

from importer import books, rounds
from importer.identity import markers_in
from importer.journal import Journal
from importer.model import Customer, Invoice
from importer.sandbox import Sandbox

REMITTANCES = 40
SECONDS_MOST = 300
SLICE_SECONDS = 0.01
WORKERS_MOST = 4
LATENCIES = (0.0, 0.02, 0.05)
LAYOUTS = ("own", "inbox", "one")
DATABASES = ("sqlite", "postgresql")
SPENT = "calls were made today"
AGAIN = (
    *("worked on already", SPENT, "in a row had no answer", "are in doubt"),
    *("lost its connection", "cannot be used", "cannot be reached", "failed before"),
    *("is not used until", "cannot be written"),
)
"""What a process may end with, to be started again as a service would."""

SETTINGS = """
[erp]
kind = "komet"
url = "{url}"
token_file = "token"
location = "MIA"
daily_calls = {calls}
timeout_seconds = 5
[erp.methods]
default = 12
[journal]
url = "{journal}"
[posting]
workers = {workers}
[inbox]
quiet_seconds = 0
"""


@dataclass(frozen=True, slots=True)
class Race:
    """What races, and what befalls it; `kills` and `restarts` are counts of payments.

    `calls` are the day's calls of the ERP, which all processes share.
    """

    seed: int
    database: str
    layout: str
    processes: int
    workers: int
    latency: float  # seconds
    calls: int
    kills: tuple[int, ...]
    restarts: tuple[int, ...]

    def __str__(self) -> str:
        """Name it as it can be found again."""
        struck = f"killed at {self.kills}, restarted at {self.restarts}"
        what = f"{self.processes} processes, {self.workers} workers, {self.calls} calls"
        return f"race {self.seed}: {self.database}, {self.layout}, {what}, {struck}"


@dataclass(slots=True)
class Report:
    """What was wrong in a race, and what was counted."""

    race: str
    wrong: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


def drawn(seed: int, database: str = "") -> Race:
    """Draw a race by its seed."""
    chance = random.Random(seed)
    kind = database or DATABASES[seed % 2]
    some = range(1, REMITTANCES)
    restarts = chance.sample(some, chance.choice((0, 1, 1, 2)))
    return Race(
        seed=seed,
        database=kind,
        layout=chance.choice(LAYOUTS),
        processes=chance.randint(2, 6),
        workers=chance.choice((1, WORKERS_MOST)),
        latency=chance.choice(LATENCIES),
        calls=chance.choice((1000, 1000, 1000, 25)),
        kills=tuple(sorted(chance.sample(some, chance.choice((0, 1, 1, 2, 3))))),
        restarts=tuple(sorted(restarts)) if kind == "postgresql" else (),
    )


@cache
def server() -> Server:
    """Return this process's PostgreSQL, which ends with it."""
    running = server_started()
    Finalize(None, running.close, exitpriority=10)
    return running


class Slot:
    """A place for one process, started again by a service until its work is done."""

    def __init__(self, number: int, arguments: list[str], folder: Path) -> None:
        self.said = folder / f"said{number}"
        self.said.touch()
        self.is_done = False
        self.starts = 0
        self._arguments = arguments
        self._rest = 0.0
        self._process: ForkServerProcess | None = None

    def start(self) -> None:
        self.starts += 1
        self._process = races_child.started(self._arguments, self.said)

    @property
    def pid(self) -> int:
        return (self._process and self._process.pid) or 0

    def kill(self) -> bool:
        """Kill it where it stands; say whether there was anything to kill."""
        if self._process is None or not self._process.is_alive():
            return False
        self._process.kill()
        return True

    def look(self, report: Report) -> None:
        """See whether it has ended, and start it again where that is due."""
        if self.is_done or time.monotonic() < self._rest:
            return
        if self._process is None:
            self.start()
            return
        if (code := self._process.exitcode) is None:
            return
        self._process.close()
        self._process = None
        said = self.said.read_text(encoding="utf-8", errors="replace")
        last = said.splitlines()[-6:]
        self.is_done = code in {0, 1} or (code == 3 and SPENT in "".join(last))
        if "Traceback" in said or not (code in {0, 1, -9} or _again(last)):
            report.wrong.append(f"a process ended with {code}: {said[-600:]}")
            self.is_done = True
        self._rest = time.monotonic() + 0.05

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None


def _again(last: list[str]) -> bool:
    return any(sentence in line for line in last for sentence in AGAIN)


class Scene:
    """The folders, the ERP, the journal and the processes of one race."""

    def __init__(self, race: Race, folder: Path, sandbox: Sandbox) -> None:
        self.race = race
        self.folder = folder
        self.sandbox = sandbox
        self.url = f"sqlite:///{folder / 'journal.db'}"
        if race.database == "postgresql":
            self.url = server().url(f"race_{race.seed}_{time.monotonic_ns()}")
        self.files: list[Path] = []
        count = 1 if race.layout == "one" else race.processes
        self.spaces = [self._workspace(number) for number in range(count)]
        self.slots = [
            Slot(number, self._arguments(number), folder)
            for number in range(race.processes)
        ]

    def _workspace(self, number: int) -> Path:
        """Make a workspace as a person would, with the inbox of all where it is so."""
        root = self.folder / f"space{number}"
        (root / "mappings").mkdir(parents=True)
        (root / "mappings" / "campaign.toml").write_text(company.MAPPING)
        token = root / "token"
        token.write_text(company.TOKEN)
        token.chmod(0o600)
        (root / "importer.toml").write_text(
            SETTINGS.format(
                url=self.sandbox.url,
                calls=self.race.calls,
                journal=self.url,
                workers=self.race.workers,
            )
        )
        _books(root / "books.db")
        if self.race.layout == "inbox":
            (self.folder / "inbox").mkdir(exist_ok=True)
            (root / "inbox").symlink_to(self.folder / "inbox")
        return root

    def _arguments(self, number: int) -> list[str]:
        """Write the files of one process; return its command."""
        root = self.spaces[number % len(self.spaces)]
        chance = random.Random(f"{self.race.seed} {number}")
        shared, longer = REMITTANCES // 4, 3 * REMITTANCES // 8
        # A file of the same bytes for all, one of rows that nobody else has, and a
        # longer export of what all have, which may come first or last.
        files = [
            self._file("all.csv", range(shared)),
            self._file(
                f"own{number}.csv",
                range(longer + number, REMITTANCES, self.race.processes),
                f"2026-03-{1 + number:02}",
            ),
        ]
        if number == 0:
            files.append(self._file("more.csv", range(longer)))
        place = ["--workspace", str(root)]
        if self.race.layout != "inbox":
            return ["run", *place, *map(str, chance.sample(files, len(files)))]
        for path in files:
            shutil.copy(path, self.folder / "inbox" / path.name)
        return ["watch", "--once", *place]

    def _file(self, name: str, numbers: range, day: str = company.DAY) -> Path:
        path = bank_file(self.folder / name, numbers)
        # Equal amounts of one day are held as what may be one payment.
        path.write_text(path.read_text().replace(company.DAY, day))
        if path not in self.files:
            self.files.append(path)
        return path

    def holder(self) -> int:
        """Return the process that has the right to send, 0 for none."""
        if self.race.database == "sqlite":
            with suppress(OSError, IndexError, ValueError):
                text = (self.folder / "journal.db.sending").read_text()
                return int(text.split()[1])
            return 0
        with (
            suppress(psycopg.Error, IndexError, ValueError, TypeError),
            closing(psycopg.connect(self.url)) as one,
        ):
            row = one.execute(
                "select application_name from pg_stat_activity a join pg_locks l"
                " on l.pid = a.pid where l.locktype = 'advisory' and l.granted"
                " and l.objid = 7204102 and a.datname = current_database()"
            ).fetchone()
            return int(row[0].split()[2]) if row else 0
        return 0

    def asked(self) -> int:
        """Return how many payments were asked for."""
        requests = self.sandbox.book()["requests"]
        return sum(one["method"] == "payment.receive" for one in requests)

    def race_on(self, report: Report) -> None:
        """Let them race, and strike when it is time."""
        kills, restarts = list(self.race.kills), list(self.race.restarts)
        until = time.monotonic() + SECONDS_MOST
        while not all(one.is_done for one in self.slots):
            if time.monotonic() > until:
                report.wrong.append(f"it did not end: {self._told()}")
                break
            for one in self.slots:
                one.look(report)
            asked = self.asked()
            if kills and asked >= kills[0] and self._kill():
                kills.pop(0)
                report.seen["killed"] += 1
            if restarts and asked >= restarts[0]:
                server().stop(("immediate", "fast")[restarts.pop(0) % 2])
                server().start()
                report.seen["restarted"] += 1
            time.sleep(SLICE_SECONDS)
        for one in self.slots:
            one.end()
        report.seen["starts"] += sum(one.starts for one in self.slots)

    def _told(self) -> list[str]:
        """Return what those said last that are not done."""
        return [one.said.read_text()[-400:] for one in self.slots if not one.is_done]

    def _kill(self) -> bool:
        holder = self.holder()
        return any(one.pid == holder and one.kill() for one in self.slots)


@cache
def _stored() -> Path:
    path = Path(mkdtemp()) / "books.db"
    Finalize(None, shutil.rmtree, args=(path.parent,), exitpriority=10)
    customers = [
        Customer(str(key), f"C{key}", name) for key, name in company.CUSTOMERS.items()
    ]
    invoices = [
        Invoice(
            str(company.FIRST_INVOICE + number),
            str(company.customer_of(number)),
            Decimal("100.00"),
        )
        for number in range(company.INVOICES)
    ]
    before = datetime.now(UTC) - timedelta(days=1)
    books.save(path, customers, invoices, before, "komet")
    return path


def _books(path: Path) -> None:
    shutil.copy(_stored(), path)


class Judge(Company):
    """A company that comes after the race, an hour later, on the same journal."""

    def __init__(self, scene: Scene) -> None:
        self._journal_url = scene.url
        super().__init__(scene.folder, scene.sandbox.url)
        self.clock = datetime.now(UTC) + timedelta(minutes=1)
        self.files = scene.files

    def opened(self) -> Journal:
        return Journal.open(self._journal_url, top=self.folder, now=self.now)


def run(race: Race) -> Report:
    """Run one race from its files to the checker."""
    report = Report(str(race))
    memory = Path("/dev/shm")
    folder = Path(mkdtemp(prefix="race-", dir=memory if memory.is_dir() else None))
    tokens = {company.TOKEN: "company"}
    try:
        book = folder / "sandbox.db"
        seed, latency = company.seed(), race.latency
        with Sandbox(book, seed, tokens=tokens, latency=latency) as sandbox:
            scene = Scene(race, folder, sandbox)
            scene.race_on(report)
            _judge(scene, report)
    except Exception as error:  # noqa: BLE001 -- one race must not hide the others
        report.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder)
    return report


def _judge(scene: Scene, report: Report) -> None:
    """Settle what is open, then ask the checker and who else can know."""
    _judge_calls(scene, report)
    with Judge(scene) as judge:
        for minutes in (1, 20, 20, 20):
            judge.again(minutes)
        rounds.work(judge.bench, scene.files, post=True)
        if faults := judge.journal.audit().faults:
            report.wrong.append(f"the journal: {faults}")
        if missing := _never_taken(scene, judge.journal):
            report.wrong.append(f"never taken in: {missing}")
        verdict = judge.verdict()
    report.seen.update(verdict.statuses)
    for one in verdict.damages:
        report.wrong.append(f"{one.kind}: {one.reference}: {one.sentence}")
        report.seen[one.kind] += 1
    for space in scene.spaces:
        # What a process told while it raced may be old, and never untrue.
        found = check(scene.files, scene.folder / "sandbox.db", space / "results")
        for one in found.damages:
            if one.kind == "false-posted":
                report.wrong.append(f"{space.name}: {one.reference}: {one.sentence}")
                report.seen[one.kind] += 1
    asked = Counter(
        mark
        for row in scene.sandbox.book()["requests"]
        if row["method"] == "payment.receive"
        for mark in markers_in(row["body"])
    )
    report.wrong += [f"{n} requests for {mark}" for mark, n in asked.items() if n > 1]


def _judge_calls(scene: Scene, report: Report) -> None:
    """See that every call was counted before it was made, and none too many."""
    made = len(scene.sandbox.book()["requests"])
    with Journal.open(scene.url, top=scene.folder) as journal:
        days = (datetime.now(UTC).date(), datetime.now(UTC).date() - timedelta(days=1))
        counted = sum(sum(journal.calls("komet", day).values()) for day in days)
    if not made <= counted <= scene.race.calls:
        most = scene.race.calls
        report.wrong.append(f"{made} calls, {counted} counted, {most} allowed")


def _never_taken(scene: Scene, journal: Journal) -> list[str]:
    known = {one.name for one in journal.files()}
    return sorted({one.name for one in scene.files} - known)
