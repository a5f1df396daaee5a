"""What our own payments say: what they take from the books, and when they were sent."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from threading import Lock

from importer.journal import reading
from importer.journal.database import Database
from importer.journal.entry import Done, Entry, Part, instant
from importer.model import Posted

_CONCERNED = """select remittance, version from standing
    where status in ('ready', 'posting', 'in_doubt')
    or status in ('refused', 'held') and at >= ?
    or status = 'posted' and remittance in
    (select remittance from event where kind = 'posted' and at >= ?)"""

Takes = tuple[tuple[str, Decimal], ...]


class Taken:
    """What our payments take from the books; safe to share between threads.

    What a remittance takes changes with its version alone: it is read once for each,
    so that a thousand files cost a thousand times one, not all of them together.
    """

    def __init__(self, database: Database) -> None:
        """Know nothing yet."""
        self._database = database
        self._known: dict[str, tuple[int, Takes]] = {}
        self._lock = Lock()

    def since(self, at: datetime) -> Mapping[str, Decimal]:
        """Return by invoice what is open here or was posted since, discount included.

        What was posted of a remittance whose rest is refused or held counts as well.
        """
        moment = instant(at)
        with self._lock:
            rows = self._database.execute(_CONCERNED, (moment, moment))
            versions: dict[str, int] = dict(rows)
            known = {key: self._known[key] for key in versions if key in self._known}
            unread = [key for key in versions if key not in known]
            unread += [key for key, (at_, _) in known.items() if at_ != versions[key]]
            for found in reading.those(self._database, unread):
                known[found.id] = (found.version, tuple(_takes(found)))
            self._known = known
        totals: defaultdict[str, Decimal] = defaultdict(Decimal)
        for _, takes in known.values():
            for invoice, amount in takes:
                totals[invoice] += amount
        return totals


def _takes(entry: Entry) -> Iterator[tuple[str, Decimal]]:
    for part in entry.taking:
        for one in part.payment.applications:
            yield one.invoice, one.amount + one.discount


def posted_after(database: Database, at: datetime) -> Iterator[Part]:
    """Stream the payments that were sent after an instant and are posted."""
    for found in reading.posted_since(database, at):
        if isinstance(found.state, Done):
            for part in found.parts:
                if (
                    part.claim
                    and part.claim.at > at
                    and isinstance(part.outcome, Posted)
                ):
                    yield part
