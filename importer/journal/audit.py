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

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain

from pydantic_core import from_json, to_json

from importer.errors import Fault
from importer.identity import written
from importer.journal.database import Database, Row
from importer.journal.deeds import decode_file
from importer.journal.tables import chained

PAGE = 500
MOST_FAULTS = 50
_EVENTS = """select e.prev, e.position, e.remittance, e.seq, e.at, e.host, e.actor,
    e.program, e.kind, e.status, e.body,
    f.sha256, f.body, r.place, r.repeats, r.body,
    e.hash, r.account, r.booked, r.amount, r.currency, r.readable
    from event e
    left join remittance r on r.id = case e.seq when 1 then e.remittance end
    left join file f on f.number = r.file
    where e.position > ? order by e.position limit ?"""
_EVENT, _ROOT = slice(11), slice(16)
"""What of a row is chained: without, and with, what the file said."""
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

    gone: set[str]
    standing: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    controls: dict[str, tuple[str, int]] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)


def verify(database: Database, heads: Collection[str] = ()) -> Audit:
    """Verify a whole journal; `heads` are earlier ends of it, if some were kept."""
    audit, told = Audit(), _Told(set(heads))
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


def _events(database: Database, audit: Audit, told: _Told) -> None:
    """Hold the events that were not yet seen, each against the one before it."""
    standing, noted, gone = told.standing, told.noted, told.gone
    while page := database.execute(_EVENTS, (audit.events, PAGE)):
        hashed = _slow if bytes in {*map(type, chain.from_iterable(page))} else quick
        for row in page:
            prev, position, id_, seq, at = row[:5]
            kind, status, this = row[8], row[9], row[16]
            said = row[_ROOT if seq == 1 else _EVENT]
            before = standing[id_][0] if id_ in standing else 0
            if (
                prev != audit.head
                or position != audit.events + 1
                or seq != before + 1
                or (hashed(said) != this and _slow(said) != this)
            ):
                _broken(audit, row, before)
            audit.head, audit.events = this, position
            standing[id_] = seq, status, at
            if seq == 1:
                _columns(audit, row)
            if kind == "posted":
                _posted(told, id_, row[10])
            elif kind == "noted":
                noted.add(id_)
            if gone:
                gone.discard(this)


def quick(said: Row) -> str:
    """Return what `chained` does, in half the time, where it is of ASCII alone.

    It takes bytes, which an intruder may have made of a text, for that text.
    """
    return sha256(to_json(said)).hexdigest()


def _slow(said: Row) -> str:
    return chained(*said)


def _broken(audit: Audit, row: Row, before: int) -> None:
    """Say what is wrong with an event."""
    prev, position, id_, seq = row[:4]
    said = row[_ROOT if seq == 1 else _EVENT]
    wrong = []
    if position != audit.events + 1:
        wrong.append(f"the events before it are gone, from {audit.events + 1} on")
    if prev != audit.head:
        wrong.append("it does not follow from the event before it")
    if seq != before + 1:
        wrong.append(f"it is number {seq} of {id_} and follows number {before}")
    if _slow(said) != row[16]:
        wrong.append(f"it, or what the file said of {id_}, was changed")
    for sentence in wrong:
        audit.add(f"event {position}", sentence)


def _columns(audit: Audit, row: Row) -> None:
    """Hold the columns beside a remittance against what the file said."""
    id_, digest, body, columns = row[2], row[11], row[15], row[17:]
    if digest is None:
        audit.add(id_, "its file is gone")
    try:
        found = _found(from_json(body)) if columns[-1] else ("", "", "", "", 0)
    except (ValueError, KeyError, TypeError):
        audit.add(id_, "what its file said cannot be read")
        return
    if columns != found:
        audit.add(id_, "a column beside it is not what its file said")


def _found(said: dict[str, str]) -> tuple[object, ...]:
    """Return what stands beside a remittance that could be read."""
    account = written(said["account"])
    return account, said["booking_date"], said["amount"], said["currency"], 1


def _posted(told: _Told, id_: str, body: str) -> None:
    try:
        said = from_json(body)
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
