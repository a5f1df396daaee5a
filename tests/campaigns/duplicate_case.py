"""One case of repetitions: files taken in, posted, decided, dropped again, forgotten.

The way from the bytes to the ERP is the program's own: mapping, reading,
transcribing, telling repeats, resolving, the journal, posting.
"""

import hashlib
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "posting"))

from duplicate_statements import COLUMNS, PAYERS, Movement, Statement, drawn
from duplicate_verdict import Harm, compare, counted
from fake import BookErp
from simulated_journal import Memory
from simulated_turns import Table, by_turns
from simulated_world import World

from importer import intake
from importer.intake import Known, Rules, Source
from importer.journal import Journal
from importer.journal.entry import Entry, Held
from importer.journal.orders import Decision, Verdict
from importer.journal.writing import Author
from importer.mapping.load import load
from importer.model import Customer, Evidence, Pay, Payment, Remittance, Skip
from importer.posting import Terms, post
from importer.resolve import Limits
from importer.resolve.snapshot import Books

NOON = datetime(2026, 3, 17, 12, 0, tzinfo=UTC)
WHY = Evidence("anna")
READ = """
account = "US-0417"
currency = "USD"
identity = ["remitter", "text"]
"""
CSV_MAPPING = f"""
[file]
header = {list(COLUMNS)}
[read]{READ}
date = {{ column = "Date", format = "%m/%d/%Y" }}
amount = {{ column = "Amount", thousands = "," }}
remitter = "Payer"
text = "Text"
bank_id = "Id"
[policy]
on_account = "post"
"""
OFX_MAPPING = f"""
[file]
format = "ofx"
account = "0417"
[read]{READ}
date = {{ column = "DTPOSTED", format = "%Y%m%d" }}
amount = {{ column = "TRNAMT" }}
remitter = "NAME"
text = "MEMO"
bank_id = "FITID"
[policy]
on_account = "post"
"""


@dataclass(slots=True)
class Report:
    """What came of a case."""

    scenario: str
    seed: int
    harms: list[Harm] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


@cache
def rules() -> Rules:
    """Return how the files are read; every payer is a customer, nothing is open."""
    made = []
    with TemporaryDirectory() as folder:
        for name, text in (("table", CSV_MAPPING), ("ofx", OFX_MAPPING)):
            path = Path(folder) / f"{name}.toml"
            path.write_text(text, encoding="utf-8")
            made.append(load(path))
    customers = [Customer(str(at), f"C{at}", name) for at, name in enumerate(PAYERS)]
    return Rules(tuple(made), Books(customers, ()), Limits(location="MIA"))


@cache
def memory() -> Memory:
    """Return this process's journal; every case leaves it empty."""
    return Memory(World(0))


def run(scenario: str, seed: int, folder: Path) -> Report:
    """Run a case of a scenario, and judge it."""
    case = _Case(drawn(scenario, seed), random.Random(f"people {seed}"), folder)
    memory().begin_a_life(World(0), 0.0, forgets=False)
    try:
        with by_turns(Table(seed)):
            case.pass_by()
    finally:
        memory().end_the_life()
    return Report(scenario, seed, case.harms, case.seen)


class _Case:
    """A case under way."""

    def __init__(
        self, files: Sequence[Statement], chance: random.Random, folder: Path
    ) -> None:
        self.files = files
        self.chance = chance
        self.folder = folder
        self.clock = NOON
        self.erp = BookErp()
        self.journal = Journal(memory(), Author("host", "anna", "1", self.now))
        self.harms: list[Harm] = []
        self.seen: Counter[str] = Counter()
        self.names = 0

    def now(self) -> datetime:
        self.clock += timedelta(milliseconds=1)
        return self.clock

    def pass_by(self) -> None:
        """Drop the files, drop them again, and once more where nothing is known."""
        self.drop_all()
        self.drop_again()
        self.lose_the_journal()

    def drop_all(self) -> None:
        """Drop the files in their order; people decide after each, or at the end."""
        at_once = self.chance.random() < 0.5
        shown: set[Movement] = set()
        for one in self.files:
            self._drop(one)
            shown |= {line.movement for line in one.lines}
            self._see_what_was_held(one)
            self._judge(shown)
            if at_once:
                self._people_decide(shown)
        self._people_decide(shown)
        self._judge(shown)
        self.seen["movements"] += len(shown)
        if any(self._kinds(("held", "ready"))):
            self.harms.append(Harm("lost", "it waits when all was decided"))

    def drop_again(self) -> None:
        """Drop every file again, under another name: it adds nothing."""
        before = self.journal.counts(), len(self.erp.sent)
        for one in self.files:
            if not self._drop(one):
                self.harms.append(Harm("came again", "known bytes were taken in"))
        if (self.journal.counts(), len(self.erp.sent)) != before:
            self.harms.append(Harm("came again", "known bytes added something"))

    def lose_the_journal(self) -> None:
        """Drop the files once more on a journal that knows nothing: nothing is sent.

        Their order may be another one.  In the same order nothing waits for people
        but what is ambiguous.
        """
        sent = len(self.erp.sent)
        memory().forget()
        files = list(self.files)
        if self.chance.random() < 0.5:
            self.chance.shuffle(files)
        for one in files:
            self._drop(replace(one, ends=self.chance.choice(("\n", "\r\n"))))
        if again := len(self.erp.sent) - sent:
            self.harms.append(Harm("came again", f"{again} sent by a new journal"))
        waits = self.journal.counts()["held"]
        if files == list(self.files) and waits > self.seen["ambiguous"]:
            said = f"{waits} held by a new journal"
            self.harms.append(Harm("held in vain", said))

    def _drop(self, one: Statement) -> bool:
        """Take a file in and post; return whether its bytes were known."""
        self.names += 1
        self.seen["files"] += 1
        name = f"{self.names}.{'ofx' if one.is_ofx else 'csv'}"
        path = self.folder / name
        content = one.write()
        path.write_bytes(content)
        source = Source(path, hashlib.sha256(content).hexdigest(), name)
        taken = intake.take_in(source, rules(), self.journal, self.now(), anew=rules)
        path.unlink()
        self._post()
        return isinstance(taken, Known)

    def _post(self) -> None:
        post(self.journal, self.erp, Terms(1, 100_000, self.now, lambda: False))

    def _see_what_was_held(self, one: Statement) -> None:
        sha256 = hashlib.sha256(one.write()).hexdigest()
        entries = list(self.journal.entries(file=sha256))
        if len(entries) != len(one.lines):
            self.harms.append(Harm("lost", f"{len(entries)} of {len(one.lines)} lines"))
        for entry, line in zip(entries, one.lines, strict=False):
            self.seen[entry.status] += 1
            self.seen["ambiguous"] += line.is_ambiguous
            if entry.status == "held" and not line.is_ambiguous:
                said = f"{line.movement} {line.text}: {entry.state}"
                self.harms.append(Harm("held in vain", said))

    def _judge(self, shown: Iterable[Movement]) -> None:
        booked = counted(
            (one.date, one.customer_name, one.total) for one in self.erp.book
        )
        happened = counted(map(_kind, shown))
        self.harms += compare(happened, booked, counted(self._kinds(("held",))))

    def _kinds(self, statuses: tuple[str, ...]) -> list[tuple[object, ...]]:
        entries = list(self.journal.entries(statuses=statuses))
        return [
            (one.notice.booking_date, one.notice.remitter, one.notice.amount)
            for one in entries
            if isinstance(one.notice, Remittance)
        ]

    def _people_decide(self, shown: Iterable[Movement]) -> None:
        """Let people, who know what happened, pay what is missing and skip the rest."""
        missing = Counter(map(_kind, shown))
        missing.subtract(
            (one.date, one.customer_name, one.total) for one in self.erp.book
        )
        for entry in list(self.journal.entries(statuses=("held",))):
            notice = entry.notice
            assert isinstance(notice, Remittance), "every line can be read"
            kind = (notice.booking_date, notice.remitter, notice.amount)
            verdict: Verdict = Skip("it was taken in before", WHY)
            if missing[kind] > 0:
                missing[kind] -= 1
                verdict = Pay((_payment(entry, notice),), WHY)
            decision = Decision(entry.id, entry.version, verdict, "anna")
            assert self.journal.decide([decision]) == (), "people may decide it"
            self.seen["decided"] += 1
        self._post()


def _kind(one: Movement) -> tuple[object, ...]:
    return one.day, one.payer, Decimal(one.amount)


def _payment(entry: Entry, notice: Remittance) -> Payment:
    """Return what the program suggests to pay."""
    assert isinstance(entry.state, Held), "only what is held is decided"
    (share,) = entry.state.hold.suggestion
    return Payment(
        marker=entry.id,
        customer=share.customer,
        customer_name=notice.remitter,
        currency=notice.currency,
        value_date=notice.value_date,
        kind=notice.kind,
        reference=notice.reference,
        notes="",
        applications=share.applications,
        unapplied=share.unapplied,
    )
