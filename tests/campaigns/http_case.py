"""One case of the HTTP campaign: strike, go on until all is settled, and judge."""

import shutil
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from math import inf
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import certificates
import company
from company import Company
from faults import LATE, NO, POSTED, YES, Fault, ListFault

from importer.erp import transport
from importer.identity import markers_in
from importer.journal.entry import Entry
from importer.sandbox import Sandbox, Way
from importer.sandbox.accidents import EARLY
from importer.sandbox.way import Certificates

REMITTANCES = 4
EVERYWHERE = -1
POSITIONS = {"first": 0, "middle": 1, "last": REMITTANCES - 1, "all": EVERYWHERE}
LOOKS = ("first look", "second look")
CLERKS = ("voided", "edited", "reversed")
LATE_SECONDS = 0.05
OVER_MOST_SECONDS = 1
MEMORY = Path("/dev/shm")
BY_A_PERSON = frozenset({"held", "in_doubt"})


@dataclass(frozen=True, slots=True)
class Case:
    """One case: a fault, what became of the request, and where it struck.

    `applies` is what the sandbox is told, or what a clerk does to the payment
    before it is looked for; `moment` is which list a fault of lists strikes.
    """

    fault: Fault | ListFault
    applies: str
    position: str
    workers: int = 1
    invoices: int = 1
    moment: str = ""

    def __str__(self) -> str:
        """Name it as it can be found again."""
        said = (self.fault.row, self.fault.name, self.applies, self.position)
        numbers = f"{self.workers} workers, {self.invoices} invoices"
        return ", ".join(one for one in (*said, self.moment, numbers) if one)


@dataclass(slots=True)
class Report:
    """What came of a case: what was wrong, and how often each thing was seen."""

    case: str
    wrong: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Struck:
    """The markers of the payments that were struck, and of those a clerk changed.

    `perhaps` may have been struck: a mishap that is left meets whatever comes next.
    """

    marks: set[str]
    changed: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)


class Thief:
    """Somebody at another host, who keeps whatever comes."""

    def __init__(self) -> None:
        self.stolen: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.2", 0))
        self.url = f"http://127.0.0.2:{self._listener.getsockname()[1]}/api"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            with closing(sock), suppress(OSError):
                self.stolen.append(b"")
                sock.settimeout(1)
                self.stolen[-1] = sock.recv(1 << 16)
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@cache
def thief() -> Thief:
    """Return this process's thief."""
    return Thief()


@cache
def papers() -> tuple[Certificates, str]:
    """Return this process's certificates, and the authority to be trusted."""
    pairs, authority = certificates.made(_folder())
    return pairs, str(authority)


def _folder() -> Path:
    return Path(mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))


@contextmanager
def none_ahead() -> Iterator[None]:
    """Let nothing connect before it sends: a fault on the way counts connections."""
    untyped: Any = transport
    moment, untyped.MOMENT = untyped.MOMENT, inf
    try:
        yield
    finally:
        untyped.MOMENT = moment


def run(case: Case) -> Report:
    """Run one case from the bank's file to the checker."""
    report = Report(str(case))
    folder = _folder()
    try:
        _within(case, folder, report)
    except Exception as error:  # noqa: BLE001 -- one case must not hide the others
        report.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder)
    return report


def _within(case: Case, folder: Path, report: Report) -> None:
    with ExitStack() as stack:
        tokens = {company.TOKEN: "company"}
        seed, book = company.seed(), folder / "sandbox.db"
        sandbox = stack.enter_context(Sandbox(book, seed, tokens=tokens))
        url, ca_file = sandbox.url, ""
        if isinstance(case.fault, Fault) and case.fault.on_the_way:
            pairs, ca_file = papers() if case.fault.on_the_way == "secure" else ({}, "")
            way = stack.enter_context(Way(url, pairs))
            stack.enter_context(none_ahead())
            # One list comes before the first payment.
            way.expect(case.fault.kind, 1 + POSITIONS[case.position], **case.fault.how)
            url = way.url
        made = Company(
            folder,
            url,
            workers=case.workers,
            timeout=case.fault.timeout,
            ca_file=ca_file,
        )
        here = stack.enter_context(made)
        if isinstance(case.fault, Fault):
            struck = _strike_payments(case, case.fault, sandbox, here)
            _judge_outcomes(case.fault, struck, here, report)
        else:
            struck = _strike_lists(case, case.fault, sandbox, here)
        _judge(case, struck, sandbox, here, report)


def _strike_payments(
    case: Case, fault: Fault, sandbox: Sandbox, here: Company
) -> Struck:
    """Post with a fault on the way of payments; go on without it."""
    at = POSITIONS[case.position]
    if not fault.on_the_way:
        how = {"applies": case.applies, "late": LATE_SECONDS, **fault.how}
        where = {"times": 99} if at == EVERYWHERE else {"after": at}
        extra = {"to": thief().url} if fault.kind == "redirect" else {}
        sandbox.accident(fault.kind, **how, **where, **extra)
    here.drop(range(REMITTANCES), case.invoices)
    _go_on(case, sandbox, here)
    if fault.on_the_way:
        # What never left has no trace there; it is known by its order.  It is tried
        # again, and meets the next mishap; what may have arrived leaves that to others.
        first, *others = list(here.entries())[at : at + fault.how["times"]]
        return Struck({first}, perhaps=set(others))
    if fault.kind in EARLY:
        # What was cut off says no more whose it was; the others do.
        return Struck(set(here.client.sent) - _met("", sandbox))
    return Struck(_met(fault.kind, sandbox))


def _go_on(case: Case, sandbox: Sandbox, here: Company) -> None:
    """Post and settle without any fault, until an hour has passed."""
    sandbox.clear()
    here.be_patient()
    if case.applies == LATE:
        time.sleep(LATE_SECONDS)
    if isinstance(case.fault, Fault) and case.fault.kind == "gone":
        time.sleep(case.fault.how["seconds"])
    for minutes in (1, 20, 20, 20):
        here.again(minutes)


def _met(kind: str, sandbox: Sandbox) -> set[str]:
    """Return the markers of the payments that met an accident."""
    return {
        mark
        for row in sandbox.book()["requests"]
        if row["accident"] == kind and row["method"] == "payment.receive"
        for mark in markers_in(row["body"])
    }


def _strike_lists(
    case: Case, fault: ListFault, sandbox: Sandbox, here: Company
) -> Struck:
    """Post with a fault in the lists at some moment; go on without it."""
    at, numbers = POSITIONS[case.position], range(REMITTANCES)
    how = {"to": thief().url, **fault.how, "method": "payment.list"}
    changed: set[str] = set()
    match case.moment:
        case "before":
            sandbox.accident(**how)
            here.drop(numbers)
        case "lost journal":
            here.drop(numbers)
            here.lose_the_journal()
            sandbox.accident(**how)
            here.drop(numbers)
        case "refusal":
            sandbox.accident("refuse", after=at, applies=NO)
            sandbox.accident(**how, after=1)
            here.drop(numbers)
        case look:
            lost = case.applies if case.applies in (NO, LATE) else YES
            sandbox.accident("drop", after=at, applies=lost, late=LATE_SECONDS)
            # The list before comes first, and a look follows in the same round.
            sandbox.accident(**how, after=1 + LOOKS.index(look))
            here.drop(numbers)
            changed = _clerk(case.applies, sandbox, here)
    struck = _met("drop", sandbox) | _met("refuse", sandbox)
    _go_on(case, sandbox, here)
    return Struck(struck, changed)


def _clerk(deed: str, sandbox: Sandbox, here: Company) -> set[str]:
    """Do what a clerk does to a payment before it was found."""
    doubtful = {mark for mark, one in here.entries().items() if one.status != "posted"}
    changed = _met("drop", sandbox) & doubtful if deed in CLERKS else set()
    for row in sandbox.book()["payments"]:
        if changed.intersection(markers_in(row["reference"])):
            match deed:
                case "voided":
                    sandbox.cancel(row["control"])
                case "edited":
                    sandbox.edit(row["control"], "99.00")
                case _:
                    sandbox.reverse(row["control"])
    return changed


def _judge_outcomes(
    fault: Fault, struck: Struck, here: Company, report: Report
) -> None:
    """Compare what the client said with the table."""
    if not struck.marks:
        report.wrong.append("the fault struck nothing")
    for mark, outcomes in here.client.sent.items():
        first = type(outcomes[0]).__name__
        wanted = fault.outcome if mark in struck.marks else POSTED
        if mark in struck.perhaps:
            wanted = fault.outcome | POSTED
        if first not in wanted:
            names = " or ".join(sorted(wanted))
            report.wrong.append(f"{mark} is {first}, not {names}: {outcomes[0]}")
        report.seen[first] += 1
    over = here.client.longest - fault.timeout
    if over > OVER_MOST_SECONDS:
        report.wrong.append(f"a request took {over:.1f} s more than it may")


def _judge(
    case: Case, struck: Struck, sandbox: Sandbox, here: Company, report: Report
) -> None:
    """Let the checker judge, and ask what only the other side knows."""
    book = sandbox.book()
    asked = Counter(
        mark
        for row in book["requests"]
        if row["method"] == "payment.receive"
        for mark in markers_in(row["body"])
    )
    report.wrong += [f"{n} requests for {mark}" for mark, n in asked.items() if n > 1]
    there = {
        mark
        for row in book["payments"]
        if not row["cancelled"]
        for mark in markers_in(row["reference"])
    }
    for entry in here.entries().values():
        if said := _misplaced(case, entry, struck, there):
            report.wrong.append(f"{entry.id} is {entry.status}, but {said}")
    verdict = here.verdict()
    for one in verdict.damages:
        if one.kind != _sin(case):
            report.wrong.append(f"{one.kind}: {one.reference}: {one.sentence}")
            report.seen[one.kind] += 1
    report.seen.update(verdict.statuses)
    _judge_secrets(here, report)


def _judge_secrets(here: Company, report: Report) -> None:
    if thief().stolen:
        report.wrong.append(f"another host was asked: {thief().stolen}")
    for path in (here.folder / "journal.db", *(here.folder / "results").iterdir()):
        if company.TOKEN.encode() in path.read_bytes():
            report.wrong.append(f"the token stands in {path.name}")


def _sin(case: Case) -> str:
    """Return the damage that the ERP or a clerk does itself."""
    if isinstance(case.fault, Fault):
        return case.fault.sin
    return "wrong amount" if case.applies == "edited" else ""


def _misplaced(case: Case, entry: Entry, struck: Struck, there: set[str]) -> str:
    """Say what is wrong about where a remittance ended, if anything is."""
    word, fault = entry.status, case.fault
    if entry.id in struck.perhaps:
        return "" if word in {"posted", *BY_A_PERSON} else "it may have been struck"
    if entry.id not in struck.marks:
        return "" if word == "posted" else "nothing befell it"
    by_itself = isinstance(fault, Fault) and fault.sin
    if by_itself or (entry.id in struck.changed and case.applies != "reversed"):
        return "" if word in BY_A_PERSON else "the ERP has it otherwise"
    if entry.id in there:
        return "" if word == "posted" else "it is in the book"
    if isinstance(fault, ListFault) and case.moment == "refusal":
        return "" if word in {"refused", *BY_A_PERSON} else "it was refused"
    if isinstance(fault, Fault) and "Refused" in fault.outcome:
        return "" if word == "refused" else "it was refused"
    return "" if word in BY_A_PERSON else "it is not in the book"
