"""What people decide: written all or none of it, and read by who learns from it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from importer.journal import reading, writing
from importer.journal.database import Database
from importer.journal.deeds import Answered, sheet
from importer.journal.entry import Entry, instant
from importer.journal.fold import Illegal
from importer.journal.orders import Decision, Rejection
from importer.journal.writing import Author
from importer.model import Posted


def decide(
    database: Database,
    author: Author,
    decisions: Sequence[Decision],
    also: Callable[[], None],
) -> tuple[Rejection, ...]:
    """Apply decisions, and do `also`: all of it (nothing is returned) or nothing."""
    rejections: list[Rejection] = []
    with suppress(_NoneOfItError), database.transaction():
        for one in decisions:
            rejections += _decided(database, author, one)
        if rejections:
            raise _NoneOfItError
        also()
    return tuple(rejections)


class _NoneOfItError(Exception):
    """One decision cannot be applied, so none is."""


def _decided(database: Database, author: Author, one: Decision) -> list[Rejection]:
    entry = reading.entry(database, one.id)
    if entry is None or entry.version != one.version:
        return [Rejection(one.id, "has changed since it was written out")]
    if isinstance(one.verdict, Posted) and (
        owner := writing.owner(database, one.verdict.control_number)
    ):
        sentence = f'control number "{one.verdict.control_number}" is that of '
        return [Rejection(one.id, sentence + owner[0])]
    try:
        deed = writing.decided(one, entry.state)
        writing.one(database, author, one.id, one.version, deed)
    except Illegal as error:
        return [Rejection(one.id, str(error))]
    if isinstance(deed, Answered) and isinstance(deed.outcome, Posted):
        writing.control(database, author, one.id, deed.part, deed.outcome)
    return []


def is_decided_by(database: Database, digest: str, id_: str) -> bool:
    """Say whether the result CSV of this digest has decided about a remittance."""
    events = reading.events_of(database, [id_])[id_]
    return any(sheet(one.deed) == digest for one in events)


def decided_since(database: Database, at: datetime) -> Iterator[Entry]:
    """Stream the entries that people decided on at `at` or later, the oldest first."""
    rows = database.execute(
        """select remittance, max(position) from event
        where seq > 1 and kind in ('ready', 'skipped') and at >= ?
        group by remittance order by 2""",
        (instant(at),),
    )
    for id_, _ in rows:
        if (found := reading.entry(database, id_)) and found.decided_by:
            yield found
