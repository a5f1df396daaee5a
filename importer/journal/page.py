"""A page of the journal, as it was read, and what it means.

Reading is the database's, understanding is pure: it may be done elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from importer.errors import Fault, JournalRefused
from importer.journal.database import Row
from importer.journal.deeds import (
    Acknowledged,
    Event,
    Noted,
    Verified,
    decode,
    decode_notice,
    person,
)
from importer.journal.entry import Entry, FileRecord
from importer.journal.fold import Illegal, fold


@dataclass(frozen=True, slots=True)
class Page:
    """Some remittances: their rows, those of their events, and the files they are in.

    A row is (id, place, file, readable, repeats, body), one of an event is
    (remittance, seq, at, kind, body).
    """

    rows: Sequence[Row]
    events: Sequence[Row]
    files: Mapping[int, FileRecord]

    def entries(self) -> Iterator[Entry]:
        """Build the entries; raises `JournalRefused` for what cannot be understood."""
        events = understood(self.events)
        for row in self.rows:
            yield _entry(row, self.files[row[2]], events[row[0]])


def understood(rows: Iterable[Row]) -> dict[str, list[Event]]:
    """Return the events of each remittance, in the order of their rows."""
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for remittance, seq, at, kind, body in rows:
        try:
            event = _event(seq, at, kind, body)
        except (KeyError, ValueError) as error:
            raise unreadable(remittance, error) from error
        events[remittance].append(event)
    return events


def _event(seq: int, at: str, kind: str, body: str) -> Event:
    return Event(seq, datetime.fromisoformat(at), decode(kind, body))


def _entry(row: Row, file: FileRecord, lived: Sequence[Event]) -> Entry:
    """Build the entry of a row of `remittance` that has lived through these events."""
    id_, _, _, readable, repeats, body = row
    try:
        state, notice = fold(lived), decode_notice(body, readable=bool(readable))
    except (Illegal, ValidationError) as error:
        raise unreadable(id_, error) from error
    deeds = [event.deed for event in lived]
    people = [deed for deed in deeds if person(deed)]
    seen = {deed.alarm for deed in deeds if isinstance(deed, Acknowledged)}
    noted = [deed.sentence for deed in deeds if isinstance(deed, Noted)]
    return Entry(
        id=id_,
        file=file,
        notice=notice,
        state=state,
        version=lived[-1].seq,
        changed_at=lived[-1].at,
        repeats=repeats,
        decided_by=person(people[-1]) if people else "",
        note=getattr(people[-1], "note", "") if people else "",
        alarms=tuple(one for one in noted if one not in seen),
        verified=any(isinstance(deed, Verified) for deed in deeds),
    )


def unreadable(id_: str, error: Exception) -> JournalRefused:
    """Say what of the journal cannot be understood.

    What pydantic says holds what stands there, over many lines.
    """
    why = "its record is broken" if isinstance(error, ValidationError) else str(error)
    hint = "importer check --journal says whether somebody has touched it"
    sentence = f"the journal cannot be understood here: {why}"
    return JournalRefused(Fault(id_, sentence, hint=hint))
