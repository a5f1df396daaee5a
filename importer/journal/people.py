"""Who decides here, and what people have decided in the journal."""

import getpass
import os
from collections.abc import Iterator
from datetime import datetime

from importer.journal import reading
from importer.journal.database import Database
from importer.journal.entry import Entry, instant


def at_the_keyboard() -> str:
    """Return the name of whoever runs the program; in a container there may be none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}" if os.name == "posix" else "unknown"


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
