"""The scene of the kill campaigns: a workspace in the middle of its work.

    yesterday   bank0: two posted, two held, two in doubt, of which the ERP has one; a
                person has decided all four by now (`kill_decisions`), and the result
                CSV is in the inbox again
    today       bank1 is in the inbox, and nobody has looked yet

`program` is what one start of the program does with it: decide, take in, post,
settle, write.  `go_on` starts it again until nothing moves any more, and a person
drops again what was refused; `judge` says what came to harm.
"""

import csv
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).parent))

import company
import kill_decisions
from checker import STAMP, check
from company import Company

from importer import rounds
from importer.errors import ImporterError
from importer.identity import markers_in
from importer.intake import Rules
from importer.resolve import Limits
from importer.rounds.reports import Round
from importer.sandbox import Sandbox

MEMORY = Path("/dev/shm")
YESTERDAY = 6
HELD = 2
TODAY = "2026-03-17"
WAITING_MOST = 4  # one by the fault, and three where decisions are refused
LIMIT = Decimal("150.00")
DAY_PASSED = timedelta(days=1)
SECTOR, ROW = 512, 60  # bytes
MOMENTS = (0, 1, 21, 41, 61)  # minutes of the day after


@dataclass(slots=True)
class Found:
    """What came of one case."""

    wrong: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    damages: Counter[str] = field(default_factory=Counter)
    put_back: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """One workspace, and the book of the ERP beside it."""

    folder: Path

    @property
    def top(self) -> Path:
        return self.folder / "workspace"

    @property
    def book(self) -> Path:
        return self.folder / "sandbox.db"

    @property
    def bank(self) -> tuple[Path, ...]:
        """Return the bank's own copies of its files."""
        return tuple(sorted((self.folder / "bank").iterdir()))

    def sandbox(self) -> Sandbox:
        return Sandbox(self.book, company.seed(), tokens={company.TOKEN: "company"})

    def copied(self, to: Path) -> "Scene":
        shutil.copytree(self.folder, to)
        return Scene(to)


def room() -> Path:
    """Make a folder for a campaign, in memory where there is some."""
    return Path(mkdtemp(prefix="kill-", dir=MEMORY if MEMORY.is_dir() else None))


def rules() -> Rules:
    """Hold what pays more than one invoice: a person decides it."""
    return replace(company.rules(), limits=Limits(location="MIA", per_payment=LIMIT))


def opened(scene: Scene, url: str, days: int, workers: int = 1) -> Company:
    """Start the program in the workspace, some days after the first."""
    here = Company(scene.top, url, workers=workers)
    here.clock += DAY_PASSED * days
    here.bench = replace(here.bench, rules=rules)
    return here


def program(scene: Scene, url: str, days: int, workers: int = 1) -> Round:
    """Do what one start of the program does with all that lies in the inbox."""
    with opened(scene, url, days, workers) as here:
        _, ready = here.bench.inbox.scan({}, 0)
        if ready:
            return rounds.from_inbox(here.bench, ready, post=True)
        return here.again()


def begin(folder: Path, remittances: int) -> Scene:
    """Put today's file into the inbox of a workspace in which nothing has happened."""
    scene = Scene(folder)
    for path in (scene.top / "inbox", folder / "bank"):
        path.mkdir(parents=True)
    today = folder / "bank" / "bank1.csv"
    company.bank_file(today, range(YESTERDAY, YESTERDAY + remittances))
    today.write_text(today.read_text("utf-8").replace(company.DAY, TODAY), "utf-8")
    _dropped(today, scene)
    with scene.sandbox():
        return scene


def prepare(folder: Path, remittances: int) -> Scene:
    """Let yesterday happen, and put today's files into the inbox."""
    scene = begin(folder, remittances)
    (today,) = (scene.top / "inbox").iterdir()
    today.unlink()
    with scene.sandbox() as sandbox, opened(scene, sandbox.url, 0) as here:
        # The first and the fourth have no answer, and nothing is listed afterwards.
        sandbox.accident("drop", applies="yes")
        sandbox.accident("drop", applies="no", after=2)
        sandbox.accident("status", status=500, method="payment.list", after=1, times=99)
        path = folder / "bank" / "bank0.csv"
        company.bank_file(path, range(YESTERDAY - HELD))
        with path.open("a", encoding="utf-8") as file:
            for number in range(YESTERDAY - HELD, YESTERDAY):
                file.write(_row_held(number))
        _dropped(path, scene)
        _, ready = here.bench.inbox.scan({}, 0)
        done = rounds.from_inbox(here.bench, ready, post=True)
        words = Counter(one.status for one in here.journal.entries())
        assert words == {"posted": 2, "in_doubt": 2, "held": HELD}, words
        # What the ERP does not have is ordered to be sent again: asked once by now.
        kill_decisions.order(done.written[0].path, scene.top / "inbox")
        _, ready = here.bench.inbox.scan({}, 0)
        done = rounds.from_inbox(here.bench, ready, post=False)
        booked = {
            one["reference"]: one["control"] for one in sandbox.book()["payments"]
        }
        kill_decisions.decide(done.written[0].path, scene.top / "inbox", booked)
    _dropped(folder / "bank" / today.name, scene)
    _know_many(scene.top / "mappings" / "customers.csv")
    return scene


def _know_many(aliases: Path) -> None:
    """Fill the table of names so that the next row goes over the end of a sector."""
    aliases.parent.mkdir()
    text = "remitter,account,customer,since,by,note\n"
    while len(text) < SECTOR - ROW:
        text += f"Somebody {len(text)},,10442,{company.DAY},mk,\n"
    aliases.write_text(text, encoding="utf-8")


def _dropped(path: Path, scene: Scene) -> None:
    shutil.copyfile(path, scene.top / "inbox" / path.name)


def _row_held(number: int) -> str:
    """Return the two rows of a remittance above the limit."""
    key = company.customer_of(number)
    apart = 4 * len(company.CUSTOMERS)
    return "".join(
        f"{company.DAY},{company.reference(number)},{key},{company.CUSTOMERS[key]},"
        f"{company.FIRST_INVOICE + number + more},100.00\n"
        for more in (0, apart)
    )


def go_on(scene: Scene, url: str, found: Found) -> None:
    """Start the program again without any fault until an hour has passed."""
    for start, minutes in enumerate(MOMENTS):
        with opened(scene, url, 2) as here:
            here.clock += timedelta(minutes=minutes)
            _, ready = here.bench.inbox.scan({}, 0)
            try:
                done = rounds.from_inbox(here.bench, ready, post=True)
            except ImporterError as error:
                found.wrong.append(f"started again, it fails: {error}")
                return
            if done.stopped:
                found.wrong.append(f"started again, it stops: {done.stopped}")
        if start == 0:
            found.put_back += _put_back(scene)


def _put_back(scene: Scene) -> int:
    """Drop the bank's files again that were refused with a reason."""
    count = 0
    for path in scene.bank:
        refused = scene.top / "refused" / path.name
        if refused.is_file() and refused.with_name(f"{path.name}.why.txt").is_file():
            refused.replace(scene.top / "inbox" / path.name)
            count += 1
    return count


def judge(scene: Scene, url: str, found: Found) -> None:
    """Let the checker judge; then ask what only the workspace and the book know."""
    verdict = check(scene.bank, scene.book, scene.top / "results")
    found.statuses.update(verdict.statuses)
    for one in verdict.damages:
        found.wrong.append(f"{one.kind}: {one.reference}: {one.sentence}")
        found.damages[one.kind] += 1
    asked = _asked(scene)
    orders = kill_decisions.orders(scene.top)
    with opened(scene, url, 3) as here:
        found.wrong += kill_decisions.wrong(scene.top, here.journal)
    found.wrong += [
        f"{n} requests for {mark}" for mark, n in asked.items() if n > 1 + orders[mark]
    ]
    found.wrong += _wrong_in_journal(scene, url, asked)
    found.wrong += _wrong_in_folders(scene)


def _asked(scene: Scene) -> Counter[str]:
    """Return how often the ERP was asked for each payment."""
    with scene.sandbox() as sandbox:
        return Counter(
            mark
            for row in sandbox.book()["requests"]
            if row["method"] == "payment.receive"
            for mark in markers_in(row["body"])
        )


def _wrong_in_journal(scene: Scene, url: str, asked: Iterable[str]) -> Iterator[str]:
    """See whether the journal is whole, has every intent, and is what results say."""
    with opened(scene, url, 3) as here:
        for fault in here.journal.audit().faults:
            yield f"the audit says: {fault}"
        entries = here.entries()
    parts = [part for one in entries.values() for part in one.parts]
    meant = {part.payment.marker for part in parts if part.claim}
    if without := set(asked) - meant:
        yield f"there was no intent for {without}"
    statuses = {key: one.status for key, one in entries.items()}
    for where, told in (
        ("results", newest(scene.top / "results")),
        ("ledger", _said_in(scene.top / "ledger.csv")),
    ):
        if told != statuses:
            yield f"the {where} say {told}, the journal otherwise"
    words = Counter(one.status for one in entries.values())
    # What was sent last, and is in doubt, has no later payment for a witness.
    waiting = words["held"] + words["in_doubt"]
    if words["posted"] + waiting != words.total() or waiting > WAITING_MOST:
        yield f"not all are posted: {dict(words)}"


def newest(results: Path) -> dict[str, str]:
    """Return what the newest results say of each remittance."""
    told: dict[str, str] = {}
    for path in sorted(results.glob("*.csv"), key=_when):
        told |= _said_in(path)
    return told


def _said_in(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["remittance"]: row["status"] for row in csv.DictReader(file)}


def _when(path: Path) -> tuple[str, int]:
    found = STAMP.search(path.name)
    assert found, f"{path.name} says no time"
    return found[1], int(found[2] or 1)


def _wrong_in_folders(scene: Scene) -> Iterator[str]:
    """See whether each of the bank's files is kept, and no secret with them."""
    kept = {path.read_bytes() for path in (scene.top / "archive").glob("*/*")}
    for path in scene.bank:
        if path.read_bytes() not in kept:
            yield f"{path.name} is not in the archive"
    if left := [path.name for path in (scene.top / "inbox").glob("[!.]*")]:
        yield f"the inbox still has {left}"
    for path in scene.top.rglob("*"):
        if path.is_file() and company.TOKEN.encode() in path.read_bytes():
            yield f"the token stands in {path.name}"
