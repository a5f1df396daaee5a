"""Verify that nobody has touched the journal: the chain, and what is derived from it.

(1) Every event is there, in its order, and hashes to what the next one says; what a
    file said stands in the chain with the first event of each remittance.
(2) The columns beside a remittance, where it stands, and whose each control number
    is, are what file and events say.

Not seen: events cut off at the end together with all that is derived from them.
Who keeps the `head` of an earlier audit sees that, too.  The counts of calls are no
part of the chain.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from pydantic_core import from_json

from importer.errors import Fault
from importer.identity import written
from importer.journal.database import Database, Row
from importer.journal.deeds import decode_file
from importer.journal.tables import chained

PAGE = 500
MOST_FAULTS = 50
_EVENTS = """select e.position, e.remittance, e.seq, e.at, e.host, e.actor, e.program,
    e.kind, e.status, e.body, e.prev, e.hash, f.sha256, f.body, r.place, r.repeats,
    r.body
    from event e
    left join remittance r on r.id = case e.seq when 1 then e.remittance end
    left join file f on f.number = r.file
    where e.position > ? order by e.position limit ?"""


Standing = dict[str, tuple[int, str, str]]
Controls = dict[str, tuple[str, int]]


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


def verify(database: Database, heads: Collection[str] = ()) -> Audit:
    """Verify a whole journal; `heads` are earlier ends of it, if some were kept."""
    audit = Audit()
    standing: Standing = {}
    controls: Controls = {}
    noted: set[str] = set()
    gone = set(heads)
    for row in _events(database):
        id_, seq, at, kind, status = row[1], row[2], row[3], row[7], row[8]
        _link(audit, row, standing.get(id_, (0, "", ""))[0])
        standing[id_] = seq, status, at
        if kind == "posted":
            _posted(controls, id_, row[9])
        elif kind == "noted":
            noted.add(id_)
        if gone:
            gone.discard(audit.head)
    for head in heads:
        if head in gone:
            audit.add("event", f"the event of the earlier head {head[:16]}… is gone")
    _remittances(database, audit, standing)
    _files(database, audit)
    _standing(database, audit, standing)
    _controls(database, audit, controls, noted)
    return audit


def _posted(controls: Controls, id_: str, body: str) -> None:
    try:
        said = from_json(body)
        number, part = said["outcome"]["control_number"], said["part"]
    except (ValueError, KeyError, TypeError):
        # The hash has said already that the event was changed.
        return
    controls.setdefault(number, (id_, part))


def _events(database: Database) -> Iterator[Row]:
    last = -1
    while page := database.execute(_EVENTS, (last, PAGE)):
        yield from page
        last = page[-1][0]


def _link(audit: Audit, row: Row, before: int) -> None:
    """Hold one event against the one before it, and against its own hash."""
    position, id_, seq, prev, this = row[0], row[1], row[2], row[10], row[11]
    wrong = []
    if position != audit.events + 1:
        wrong.append(f"the events before it are gone, from {audit.events + 1} on")
    if prev != audit.head:
        wrong.append("it does not follow from the event before it")
    if seq != before + 1:
        wrong.append(f"it is number {seq} of {id_} and follows number {before}")
    root = row[12:] if seq == 1 else ()
    if chained(prev, *row[:10], *root) != this:
        wrong.append(f"it, or what the file said of {id_}, was changed")
    for sentence in wrong:
        audit.add(f"event {position}", sentence)
    audit.events, audit.head = position, this


def _remittances(database: Database, audit: Audit, standing: Standing) -> None:
    """Hold the columns beside each remittance against what the file said."""
    rows = database.execute(
        """select r.id, r.account, r.booked, r.amount, r.currency, r.readable, r.body,
        f.number from remittance r left join file f on f.number = r.file"""
    )
    for id_, *columns, body, file in rows:
        if id_ not in standing:
            audit.add(id_, "it has no event")
        if file is None:
            audit.add(id_, "its file is gone")
        try:
            said = from_json(body)
            found = _columns(said) if columns[-1] else ["", "", "", "", 0]
        except (ValueError, KeyError, TypeError):
            audit.add(id_, "what its file said cannot be read")
            continue
        if columns != found:
            audit.add(id_, "a column beside it is not what its file said")


def _columns(said: dict[str, str]) -> list[object]:
    """Return what stands beside a remittance that could be read."""
    account = written(said["account"])
    return [account, said["booking_date"], said["amount"], said["currency"], 1]


def _files(database: Database, audit: Audit) -> None:
    """Hold each file's record against the digest it is found by."""
    for sha256, body in database.execute("select sha256, body from file"):
        try:
            known = decode_file(body).sha256
        except ValueError:
            known = ""
        if known != sha256:
            audit.add(f"file {sha256[:12]}", "its record is not that of its digest")


def _standing(database: Database, audit: Audit, standing: Standing) -> None:
    """Hold where each remittance stands against its last event."""
    asked = "select remittance, version, status, at from standing"
    rows = database.execute(asked)
    found = {id_: (version, status, at) for id_, version, status, at in rows}
    if found == standing:
        return
    for id_ in sorted(found.keys() | standing.keys()):
        if found.get(id_) != standing.get(id_):
            audit.add(id_, "it does not stand where its events say")


def _controls(
    database: Database, audit: Audit, controls: Controls, noted: set[str]
) -> None:
    """Hold whose each control number is against the events that posted.

    An answer that came too late is a note, and its number is kept all the same.
    """
    asked = "select number, remittance, part from control"
    found = {number: (id_, part) for number, id_, part in database.execute(asked)}
    if found == controls:
        return
    for number in sorted(found.keys() | controls.keys()):
        owner = found.get(number)
        late = owner is not None and number not in controls and owner[0] in noted
        if owner != controls.get(number) and not late:
            sentence = "it is not that of the remittance that was posted under it"
            audit.add(f"control number {number}", sentence)
