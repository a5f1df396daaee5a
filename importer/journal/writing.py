"""How events are appended: numbered, folded, chained, and indexed.

Everything here runs inside a transaction of the caller.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from importer.errors import Fault, JournalRefused, StoppedEarly
from importer.identity import written
from importer.journal.database import Database
from importer.journal.deeds import (
    Answer,
    Answered,
    Approved,
    Claimed,
    Deed,
    Dropped,
    Event,
    Noted,
    Ordered,
    Planned,
    Repeated,
    Stopped,
    encode,
    encode_file,
    encode_notice,
    kind_of,
)
from importer.journal.entry import (
    Duplicate,
    FileRecord,
    State,
    instant,
    plan_of,
    status,
)
from importer.journal.figures import calls, head
from importer.journal.fold import Illegal, fold, moot, step
from importer.journal.orders import Again, Approve, Call, Decision, Item
from importer.journal.reading import events_of
from importer.journal.tables import chained
from importer.model import Hold, InDoubt, Outcome, Pay, Posted, Remittance, Skip

_OWNER = "select remittance, part from control where number = ?"
NEW_FILE = "insert into file (sha256, body) values (?, ?) on conflict do nothing"
NEW_REMITTANCE = """insert into remittance
    (id, file, place, account, booked, amount, currency, readable, repeats, body)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"""
NEW_EVENT = """insert into event
    (position, remittance, seq, at, host, actor, program, kind, status, body,
    prev, hash)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
NEW_STANDING = """insert into standing (remittance, version, status, at)
    values (?, ?, ?, ?) on conflict (remittance) do update set
    version = excluded.version, status = excluded.status, at = excluded.at"""

_NEW_CALL = """insert into call (erp, day, method, calls) values (?, ?, ?, 1)
    on conflict (erp, day, method) do update set calls = call.calls + 1"""
_NEW_CONTROL = "insert into control (number, remittance, part) values (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: the host, the user, the program's version, and the clock."""

    host: str
    actor: str
    program: str
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Step:
    """An event to be appended, and the state after it."""

    id: str
    event: Event
    state: State
    root: tuple[str | int, ...] = ()


def append(database: Database, author: Author, steps: Iterable[Step]) -> None:
    """Append events that were folded already, in one chain."""
    last = head(database)
    position, prev = last.position, last.hash
    events, standings = [], []
    for one in steps:
        position += 1
        at = instant(one.event.at)
        facts = (position, one.id, one.event.seq, at)
        who = (author.host, author.actor, author.program)
        what = (kind_of(one.event.deed), status(one.state), encode(one.event.deed))
        this = chained(prev, *facts, *who, *what, *one.root)
        events.append((*facts, *who, *what, prev, this))
        standings.append((one.id, one.event.seq, status(one.state), at))
        prev = this
    database.insert(NEW_EVENT, events)
    database.insert(NEW_STANDING, standings)


def add(
    database: Database, author: Author, id_: str, events: list[Event], *deeds: Deed
) -> tuple[State, int]:
    """Append deeds to a remittance's life; return its new state and version."""
    state = fold(events)
    last, now = events[-1].seq, author.now()
    steps = []
    for number, deed in enumerate(deeds, start=last + 1):
        event = Event(number, now, deed)
        state = step(state, event)
        steps.append(Step(id_, event, state))
    append(database, author, steps)
    return state, last + len(steps)


def one(
    database: Database, author: Author, id_: str, version: int | None, deed: Deed
) -> int | None:
    """Append one deed at the version that its author saw; None if it is past."""
    events = events_of(database, [id_])[id_]
    if version is not None and (not events or events[-1].seq != version):
        return None
    return add(database, author, id_, events, deed)[1]


def first(item: Item) -> Deed:
    """Return the first deed of a remittance's life."""
    match item.first:
        case Pay() as pay:
            return Planned(pay)
        case Hold() as hold:
            return Stopped(hold)
        case Skip() as skip:
            return Dropped(skip)
        case Duplicate() as duplicate:
            return Repeated(duplicate)


def take_in(
    database: Database, author: Author, file: FileRecord, items: Sequence[Item]
) -> None:
    """Write a file, its remittances, and the first event of each."""
    database.execute(NEW_FILE, (file.sha256, encode_file(file)))
    ((number,),) = database.execute(
        "select number from file where sha256 = ?", (file.sha256,)
    )
    bodies = [encode_notice(item.notice) for item in items]
    rows = [
        _columns(number, place, item, body)
        for place, (item, body) in enumerate(zip(items, bodies, strict=True))
    ]
    if database.insert(NEW_REMITTANCE, rows) != len(rows):
        sentence = f"{file.name} holds a remittance that the journal has already"
        raise JournalRefused(Fault(file.name, sentence, hint="nothing was taken in"))
    steps, about = [], encode_file(file)
    for place, (item, body) in enumerate(zip(items, bodies, strict=True)):
        event = Event(1, file.taken_at, first(item))
        state = step(None, event)
        root = (file.sha256, about, place, item.repeats, body)
        steps.append(Step(item.id, event, state, root))
    append(database, author, steps)


def _columns(number: int, place: int, item: Item, body: str) -> tuple[object, ...]:
    """Return the row of a remittance; what cannot be read has neither day nor money."""
    notice = item.notice
    if not isinstance(notice, Remittance):
        return (item.id, number, place, "", "", "", "", 0, item.repeats, body)
    return (
        item.id,
        number,
        place,
        written(notice.account),
        notice.booking_date.isoformat(),
        str(notice.amount),
        notice.currency,
        1,
        item.repeats,
        body,
    )


def claimed(  # noqa: PLR0913, PLR0917 -- where, whose, and what is sent
    database: Database,
    author: Author,
    id_: str,
    version: int,
    deed: Claimed,
    call: Call,
) -> int | None:
    """Append an intent and count its call; None when somebody else acted."""
    new = one(database, author, id_, version, deed)
    if new is not None:
        count(database, call)
    return new


def finished(
    database: Database, author: Author, id_: str, deed: Answer, claimed: int | None
) -> int:
    """Append what came of a part, unless it is moot; return the version then.

    `claimed` is the version that the claim made, for who answers one.
    """
    events = events_of(database, [id_])[id_]
    attempt = None
    if claimed is not None:
        claims = [one.deed for one in events[:claimed] if isinstance(one.deed, Claimed)]
        attempt = sum(one.part == deed.part for one in claims)
    alarm = moot(fold(events), deed.part, deed.outcome, attempt)
    new = events[-1].seq
    if alarm is None:
        _, new = add(database, author, id_, events, deed)
    elif alarm:
        _, new = add(database, author, id_, events, Noted(alarm))
    control(database, author, id_, deed.part, deed.outcome)
    return new


def control(
    database: Database, author: Author, id_: str, part: int, outcome: Outcome
) -> None:
    """Keep whose a control number is; a second owner is an alarm, not a loss."""
    if not isinstance(outcome, Posted):
        return
    number = outcome.control_number
    known = owner(database, number)
    if known is None:
        database.execute(_NEW_CONTROL, (number, id_, part))
    elif known != (id_, part):
        sentence = f"ALARM: control number {number} is already that of {known[0]}"
        one(database, author, id_, None, Noted(sentence))


def owner(database: Database, number: str) -> tuple[str, int] | None:
    """Return the remittance and the part that a control number is of."""
    return next(iter(database.execute(_OWNER, (number,))), None)


def count(database: Database, call: Call) -> None:
    """Count one call; `StoppedEarly` when its ceiling is reached."""
    made, most = sum(calls(database, call.erp, call.day).values()), call.ceiling
    if most is not None and made >= most:
        sentence = (
            f"{made} calls were made today, of the {most} that [erp] daily_calls allows"
        )
        hint = "run it again tomorrow, or raise [erp] daily_calls if more are paid"
        raise StoppedEarly(Fault("", sentence, hint=hint))
    database.execute(_NEW_CALL, (call.erp, call.day.isoformat(), call.method))


def decided(decision: Decision, state: State) -> Deed:
    """Return the deed of a person's decision about what stands so."""
    by, note, sheet = decision.by, decision.note, decision.sheet
    match decision.verdict:
        case Pay() as pay:
            return Planned(pay, by, note, sheet)
        case Skip() as skip:
            return Dropped(skip, by, note, sheet)
        case Hold() as hold:
            return Stopped(hold, by, note, sheet)
        case Again():
            return Ordered(by, note, sheet)
        case Approve(payloads):
            return Approved(by, note, payloads, sheet)
        case Posted() as posted:
            part = _open_part(state) if decision.part is None else decision.part
            return Answered(part, posted, posted.how, by, note, sheet)


def _open_part(state: State) -> int:
    """Return the one part that a control number can be meant for."""
    plan = plan_of(state)
    parts = plan.parts if plan else ()
    doubtful = [at for at, one in enumerate(parts) if isinstance(one.outcome, InDoubt)]
    unposted = [
        at for at, one in enumerate(parts) if not isinstance(one.outcome, Posted)
    ]
    places = doubtful if len(doubtful) == 1 else unposted
    if len(places) > 1:
        raise Illegal(
            f"it makes {len(places)} payments that are not posted; one control number "
            "cannot be that of all"
        )
    return places[0] if places else 0
