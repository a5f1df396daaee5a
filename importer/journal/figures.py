"""The journal in figures: counts, sums, calls, and how long the chain is."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from importer.journal.database import Database
from importer.journal.entry import STATUSES, Head, instant


def counts(database: Database, file: str = "") -> Mapping[str, int]:
    """Return the number of entries by status."""
    found = dict.fromkeys(STATUSES, 0)
    where = "where f.sha256 = ?" if file else ""
    rows = database.execute(
        f"""select s.status, count(*) from standing s
        join remittance r on r.id = s.remittance join file f on f.number = r.file
        {where} group by s.status""",
        (file,) if file else (),
    )
    return found | dict(rows)


def sums(database: Database, file: str = "") -> Mapping[tuple[str, str], Decimal]:
    """Return the amounts of readable entries by status and currency, exact."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    where = "and f.sha256 = ?" if file else ""
    rows = database.execute(
        f"""select s.status, r.currency, r.amount, count(*) from standing s
        join remittance r on r.id = s.remittance join file f on f.number = r.file
        where r.readable = 1 {where} group by s.status, r.currency, r.amount""",
        (file,) if file else (),
    )
    for status, currency, amount, count in rows:
        found[status, currency] += Decimal(amount) * count
    return found


def calls(database: Database, erp: str, day: date) -> Mapping[str, int]:
    """Return the calls of a day by method."""
    asked = "select method, calls from call where erp = ? and day = ?"
    return dict(database.execute(asked, (erp, day.isoformat())))


def head(database: Database) -> Head:
    """Return the last event's position and hash; zero and empty before the first."""
    asked = "select position, hash from event order by position desc limit 1"
    rows = database.execute(asked)
    return Head(*rows[0]) if rows else Head(0, "")


def doubts_since(database: Database, at: datetime) -> int:
    """Return how many remittances came into doubt since, and are in doubt still."""
    ((count,),) = database.execute(
        "select count(*) from standing where status = 'in_doubt' and at >= ?",
        (instant(at),),
    )
    return int(count)


def has(database: Database, head: Head) -> bool:
    """Say whether the chain of events ended so once."""
    asked = "select 1 from event where position = ? and hash = ?"
    return bool(database.execute(asked, (head.position, head.hash)))
