"""What our own payments say: what they take from the books, and when they were sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from importer.journal import reading
from importer.journal.database import Database
from importer.journal.entry import Done, Part
from importer.model import InDoubt, Posted

OPEN = ("ready", "posting", "in_doubt")


def taken_since(database: Database, at: datetime) -> Mapping[str, Decimal]:
    """Return by invoice what is open here or was posted since, discount included.

    What was posted of a remittance whose rest is refused or held counts as well.
    """
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for found in reading.entries(database, statuses=OPEN):
        _add_up(totals, found.parts)
    for found in reading.posted_since(database, at):
        _add_up(totals, found.parts)
    for found in reading.changed_since(database, at, ("refused", "held")):
        sent = (Posted, InDoubt)
        _add_up(totals, [one for one in found.parts if isinstance(one.outcome, sent)])
    return totals


def _add_up(totals: defaultdict[str, Decimal], parts: Iterable[Part]) -> None:
    for part in parts:
        for application in part.payment.applications:
            totals[application.invoice] += application.amount + application.discount


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
