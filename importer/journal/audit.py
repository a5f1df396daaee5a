"""Verify that nobody has touched the journal: the chain, and what is derived from it.

(1) Every event is there, in its order, and hashes to what the next one says; what a
    file said stands in the chain with the first event of each remittance.
(2) The columns beside a remittance, where it stands, and whose each control number
    is, are what file and events say.
(3) What others write meanwhile is no fault, and they wait for its last part alone.

Not seen: events cut off at the end together with all that is derived from them.
Who keeps the `head` of an earlier audit sees that, too.  The counts of calls are no
part of the chain.
"""

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from pydantic_core import from_json, to_json

from importer.errors import Fault
from importer.identity import written
from importer.journal.database import Database, Row
from importer.journal.deeds import decode_file
from importer.journal.tables import chained

PAGE = 500
MOST_FAULTS = 50
_EVENTS = """select prev, position, remittance, seq, at, host, actor, program, kind,
    status, body, hash from event where position > ? order by position limit ?"""
_REMITTANCE = """select r.id, f.sha256, f.body, r.place, r.repeats, r.body, r.account,
    r.booked, r.amount, r.currency, r.readable, r.file
    from remittance r left join file f on f.number = r.file"""
_ONE = f"{_REMITTANCE} where r.id = ?"
_REMITTANCES = f"""{_REMITTANCE} where (r.file, r.place) > (?, ?)
    order by r.file, r.place limit ?"""
_BYTES = frozenset([bytes])
_UNNUMBERED = "select position from event where position < 1"
_EVENTLESS = """select r.id from remittance r
    left join event e on e.remittance = r.id and e.seq = 1 where e.seq is null"""


@dataclass(slots=True)
class Audit:
    """What was verified, and what is wrong.  `head` is the last event's hash."""

    events: int = 0
    head: str = ""
    faults: list[Fault] = field(default_factory=list)

    def add(self, where: str, sentence: str) -> None:
        """Keep a fault; far more than a person reads are not kept."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, sentence))


@dataclass(slots=True)
class _Told:
    """What the events tell of what is derived from them."""

    remittances: "_Remittances"
    gone: set[str]
    standing: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    controls: dict[str, tuple[str, int]] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from what grows to the end, and has no circles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_collector_paused()
def verify(database: Database, heads: Collection[str] = ()) -> Audit:
    """Verify a whole journal; `heads` are earlier ends of it, if some were kept."""
    audit, told = Audit(), _Told(_Remittances(database), set(heads))
    for (position,) in database.execute(_UNNUMBERED):
        audit.add(f"event {position}", "it stands before the first")
    _events(database, audit, told)
    with database.transaction():
        # What was written meanwhile is little; from here on, others wait.
        _events(database, audit, told)
        for (id_,) in database.execute(_EVENTLESS):
            audit.add(id_, "it has no event")
        _files(database, audit)
        _standing(database, audit, told)
        _controls(database, audit, told)
    for head in heads:
        if head in told.gone:
            audit.add("event", f"the event of the earlier head {head[:16]}… is gone")
    return audit


class _Remittances:
    """What files said, found fast in the order in which it was taken in."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = self._read()
        self._next: Row = next(self._rows, ())

    def _read(self) -> Iterator[Row]:
        file, place = 0, -1
        while page := self._database.execute(_REMITTANCES, (file, place, PAGE)):
            yield from page
            file, place = page[-1][-1], page[-1][3]

    def find(self, id_: str) -> Row:
        """Return a remittance's row, empty when there is none."""
        if self._next[:1] != (id_,):
            return next(iter(self._database.execute(_ONE, (id_,))), ())
        found, self._next = self._next, next(self._rows, ())
        return found


def _events(database: Database, audit: Audit, told: _Told) -> None:
    """Hold the events that were not yet seen, each against the one before it."""
    standing = told.standing
    while page := database.execute(_EVENTS, (audit.events, PAGE)):
        for row in page:
            prev, position, id_, seq, at, _, _, _, kind, status, body, this = row
            said = row[:11]
            if seq == 1:
                root = told.remittances.find(id_)
                _columns(audit, id_, root)
                said += root[1:6]
            before = standing[id_][0] if id_ in standing else 0
            if (
                prev != audit.head
                or position != audit.events + 1
                or seq != before + 1
                or not _is_hash(this, said)
            ):
                _broken(audit, row, before, said)
            audit.head, audit.events = this, position
            standing[id_] = seq, status, at
            if kind == "posted":
                _posted(told, id_, body)
            elif kind == "noted":
                told.noted.add(id_)
            if told.gone:
                told.gone.discard(this)


def _is_hash(this: str, said: Row) -> bool:
    """Say whether an event hashes so, in the quick way where that does."""
    if _BYTES.isdisjoint(map(type, said)) and quick(said) == this:
        return True
    return chained(*said) == this


def quick(said: Row) -> str:
    """Return what `chained` does, in half the time, where it is of ASCII alone.

    It takes bytes, which an intruder may have made of a text, for that text.
    """
    return sha256(to_json(said)).hexdigest()


def _broken(audit: Audit, row: Row, before: int, said: Row) -> None:
    """Say what is wrong with an event."""
    prev, position, id_, seq = row[:4]
    wrong = []
    if position != audit.events + 1:
        wrong.append(f"the events before it are gone, from {audit.events + 1} on")
    if prev != audit.head:
        wrong.append("it does not follow from the event before it")
    if seq != before + 1:
        wrong.append(f"it is number {seq} of {id_} and follows number {before}")
    if chained(*said) != row[11]:
        wrong.append(f"it, or what the file said of {id_}, was changed")
    for sentence in wrong:
        audit.add(f"event {position}", sentence)


def _columns(audit: Audit, id_: str, row: Row) -> None:
    """Hold the columns beside a remittance against what the file said."""
    if not row:
        # The hash of its first event says so.
        return
    digest, body, columns = row[1], row[5], row[6:11]
    if digest is None:
        audit.add(id_, "its file is gone")
    try:
        found = _found(body) if columns[-1] else ("", "", "", "", 0)
    except (ValueError, KeyError, TypeError):
        audit.add(id_, "what its file said cannot be read")
        return
    if columns != found:
        audit.add(id_, "a column beside it is not what its file said")


def _found(body: str) -> tuple[object, ...]:
    """Return what stands beside a remittance that could be read."""
    said = from_json(body, cache_strings="keys")
    account = written(said["account"])
    return account, said["booking_date"], said["amount"], said["currency"], 1


def _posted(told: _Told, id_: str, body: str) -> None:
    try:
        said = from_json(body, cache_strings="keys")
        number, part = said["outcome"]["control_number"], said["part"]
    except (ValueError, KeyError, TypeError):
        # The hash has said already that the event was changed.
        return
    told.controls.setdefault(number, (id_, part))


def _files(database: Database, audit: Audit) -> None:
    """Hold each file's record against the digest it is found by."""
    for digest, body in database.execute("select sha256, body from file"):
        try:
            known = decode_file(body).sha256
        except ValueError:
            known = ""
        if known != digest:
            audit.add(f"file {digest[:12]}", "its record is not that of its digest")


def _standing(database: Database, audit: Audit, told: _Told) -> None:
    """Hold where each remittance stands against its last event."""
    wrong = "it does not stand where its events say"
    asked = "select remittance, version, status, at from standing"
    for id_, *stands in database.execute(asked):
        if told.standing.pop(id_, None) != tuple(stands):
            audit.add(id_, wrong)
    for id_ in told.standing:
        audit.add(id_, wrong)


def _controls(database: Database, audit: Audit, told: _Told) -> None:
    """Hold whose each control number is against the events that posted.

    An answer that came too late is a note, and its number is kept all the same.
    """
    wrong = "it is not that of the remittance that was posted under it"
    asked = "select number, remittance, part from control"
    for number, id_, part in database.execute(asked):
        owner = told.controls.pop(number, None)
        late = owner is None and id_ in told.noted
        if owner != (id_, part) and not late:
            audit.add(f"control number {number}", wrong)
    for number in told.controls:
        audit.add(f"control number {number}", wrong)
