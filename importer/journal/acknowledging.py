"""What people have seen of how the ERP differs, so that it is told no more.

It stands in the chain of events: in the life of the remittance that differs, and for
a payment that is nobody's here in that of what was posted last.
"""

from collections.abc import Iterable

from importer.journal import writing
from importer.journal.database import Database
from importer.journal.deeds import Acknowledged, decode
from importer.journal.writing import Author

_LATEST = "select remittance from event where kind = 'posted' order by position desc"


def acknowledge(
    database: Database, author: Author, seen: Iterable[Acknowledged]
) -> None:
    """Append what people have seen; something must have been posted."""
    for one in seen:
        id_ = one.remittance or database.execute(f"{_LATEST} limit 1")[0][0]
        writing.one(database, author, id_, None, one)


def acknowledged(database: Database) -> frozenset[tuple[str, str, str]]:
    """Return kind, remittance and sentence of each difference that was seen."""
    rows = database.execute("select body from event where kind = 'acknowledged'")
    deeds = [decode("acknowledged", body) for (body,) in rows]
    return frozenset(
        (one.difference, one.remittance, one.sentence)
        for one in deeds
        if isinstance(one, Acknowledged)
    )
