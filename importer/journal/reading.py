"""What the journal answers: entries, what is known, counts and sums.

Reading goes in pages, so that no statement stays open while others write, and
memory stays flat.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

from pydantic import ValidationError

from importer.identity import written
from importer.journal.database import Database, Row
from importer.journal.deeds import Event, decode_file, decode_notice
from importer.journal.entry import Entry, FileRecord, instant
from importer.journal.page import Page, understood, unreadable
from importer.model import Remittance
from importer.repeats import Known, Weight, known

PAGE = 500
SENT = ("posting", "in_doubt", "posted")


def events_of(database: Database, ids: Sequence[str]) -> dict[str, list[Event]]:
    """Return the events of some remittances, each list oldest first."""
    return understood(_lived(database, ids))


def _lived(database: Database, ids: Sequence[str]) -> list[Row]:
    """Return the rows of the events of some remittances."""
    if not ids:
        return []
    return database.execute(
        f"""select remittance, seq, at, kind, body from event
        where remittance in ({_marks(ids)}) order by remittance, seq""",
        ids,
    )


def entries(
    database: Database, *, file: str = "", statuses: Collection[str] = ()
) -> Iterator[Entry]:
    """Stream entries in the order in which they were taken in."""
    if statuses and not file:
        yield from _standing(database, tuple(statuses))
        return
    for page in pages(database, file=file, statuses=statuses):
        yield from page.entries()


def pages(
    database: Database, *, file: str = "", statuses: Collection[str] = ()
) -> Iterator[Page]:
    """Stream what stands of entries in the order taken in, not yet understood."""
    for number, record in _files(database, file):
        last = -1
        while rows := _page(database, number, last, tuple(statuses)):
            last = rows[-1][1]
            yield _read(database, rows, {number: record})


def _standing(database: Database, statuses: tuple[str, ...]) -> Iterator[Entry]:
    """Stream what stands so, without looking at the rest; it may be very much."""
    # A cross join is read in the order written: the few, then where they are.
    rows = database.execute(
        f"""select r.id from standing s cross join remittance r
        where s.status in ({_marks(statuses)}) and r.id = s.remittance
        order by r.file, r.place""",
        statuses,
    )
    for one in those(database, [id_ for (id_,) in rows]):
        if one.status in statuses:
            yield one


def changed_behind(database: Database, position: int) -> list[str]:
    """Return the ids of what has an event behind this position, in the order taken in.

    Behind the beginning is everything, which needs no search.
    """
    where = "where id in (select remittance from event where position > ?)"
    rows = database.execute(
        f"select id from remittance {where if position else ''} order by file, place",
        (position,) if position else (),
    )
    return [id_ for (id_,) in rows]


def files_changed_behind(database: Database, position: int) -> list[FileRecord]:
    """Return the files of what has an event behind this position, as taken in."""
    rows = database.execute(
        """select distinct file from remittance where id in
        (select remittance from event where position > ?) order by file""",
        (position,),
    )
    return [_file(database, number) for (number,) in rows]


def those(database: Database, ids: Sequence[str]) -> Iterator[Entry]:
    """Stream these entries in the order in which they were taken in, page by page."""
    for start in range(0, len(ids), PAGE):
        rows = _named(database, ids[start : start + PAGE])
        files = {number: _file(database, number) for number in {row[2] for row in rows}}
        yield from _read(database, rows, files).entries()


def entry(database: Database, id: str) -> Entry | None:  # noqa: A002 - the column
    """Return one entry."""
    return next(those(database, [id]), None)


def knows(database: Database, number: str, ids: Sequence[str]) -> bool:
    """Return whether a payment of the ERP is one that was sent or found in here.

    What was only taken in under its marker, and is held or a duplicate, does not
    explain it: another journal has sent that.
    """
    rows = database.execute(
        f"""select 1 from control where number = ?
        union all select 1 from standing where remittance in ({_marks(ids)})
        and status in ({_marks(SENT)})""",
        (number, *ids, *SENT),
    )
    return bool(rows)


def posted_since(database: Database, at: datetime) -> Iterator[Entry]:
    """Stream what was posted at `at` or later, the whole of it, as it is known."""
    rows = database.execute(
        """select id from remittance where id in
        (select e.remittance from event e join standing s
        on s.remittance = e.remittance and s.status = 'posted'
        where e.kind = 'posted' and e.at >= ?) order by file, place""",
        (instant(at),),
    )
    yield from those(database, [id_ for (id_,) in rows])


def files(database: Database, sha256: str = "") -> Iterator[FileRecord]:
    """Stream the files in the order in which they were taken in."""
    for _, record in _files(database, sha256):
        yield record


def known_on(
    database: Database, account: str, days: Collection[date]
) -> tuple[Known, ...]:
    """Return what is known of an account's days, in the order taken in."""
    found = []
    ordered = sorted(days)
    for start in range(0, len(ordered), PAGE):
        page = [day.isoformat() for day in ordered[start : start + PAGE]]
        rows = database.execute(
            f"""select r.id, r.body, r.repeats, s.status
            from remittance r join standing s on s.remittance = r.id
            where r.account = ? and r.booked in ({_marks(page)})
            and s.status <> 'duplicate' order by r.file, r.place""",
            (written(account), *page),
        )
        for id_, body, repeats, status in rows:
            notice = decode_notice(body, readable=True)
            assert isinstance(notice, Remittance)
            found.append(known(id_, notice, _weight(repeats, status), repeats))
    return tuple(found)


def _weight(repeats: str, status: str) -> Weight:
    """Return how sure it is that a remittance is one of its own."""
    if not repeats or status not in {"held", "skipped"}:
        return Weight.SURE
    return Weight.UNDECIDED if status == "held" else Weight.REPEAT


def _named(database: Database, ids: Sequence[str]) -> list[Row]:
    """Return these remittances in the order taken in."""
    return database.execute(
        f"""select id, place, file, readable, repeats, body from remittance
        where id in ({_marks(ids)}) order by file, place""",
        ids,
    )


def _page(
    database: Database, number: int, last: int, statuses: tuple[str, ...]
) -> list[Row]:
    """Return the next remittances of a file after a place."""
    where = f"and s.status in ({_marks(statuses)})" if statuses else ""
    return database.execute(
        f"""select r.id, r.place, r.file, r.readable, r.repeats, r.body
        from remittance r join standing s on s.remittance = r.id
        where r.file = ? and r.place > ? {where} order by r.place limit {PAGE}""",
        (number, last, *statuses),
    )


def _read(
    database: Database, rows: Sequence[Row], files: Mapping[int, FileRecord]
) -> Page:
    """Read what happened to some rows of `remittance`."""
    return Page(rows, _lived(database, [row[0] for row in rows]), files)


def _files(database: Database, sha256: str = "") -> list[tuple[int, FileRecord]]:
    where = "where sha256 = ?" if sha256 else ""
    rows = database.execute(
        f"select number, body from file {where} order by number",
        (sha256,) if sha256 else (),
    )
    return [(number, _decoded(number, body)) for number, body in rows]


def _file(database: Database, number: int) -> FileRecord:
    ((body,),) = database.execute("select body from file where number = ?", (number,))
    return _decoded(number, body)


def _decoded(number: int, body: str) -> FileRecord:
    try:
        return decode_file(body)
    except ValidationError as error:
        raise unreadable(f"file {number}", error) from error


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
