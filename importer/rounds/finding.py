"""Look in the ERP for the payments that people say to have seen there."""

from collections.abc import Sequence
from datetime import date, timedelta

from importer.review.sights import owners
from importer.review.worktop import Sights
from importer.rounds.reports import Bench

AROUND = timedelta(days=31)
OPEN = ("posted", "refused", "held", "in_doubt", "posting", "ready")


def numbered(bench: Bench, numbers: Sequence[str], days: Sequence[date]) -> Sights:
    """Return what the ERP shows under these numbers.

    Where it lists by days: a month around the days of the remittances, and the last
    month, in which people may have entered them.
    """
    today = bench.now().date()
    every = {day for one in (*days, today) for day in _around(one)}
    with bench.connect() as erp:
        found = erp.numbered(numbers, sorted(every))
        lists_all = erp.traits.lists_all
    where = " within a month of its day, or of today" if lists_all else ""
    entries = bench.journal.entries(statuses=OPEN) if found else ()
    return Sights(found, where, owners(found, entries))


def _around(day: date) -> list[date]:
    return [day + timedelta(days=off) for off in range(-AROUND.days, AROUND.days + 1)]
