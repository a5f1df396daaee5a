"""In which files something has changed in the journal, for whoever tells of it."""

from importer.journal.database import Database
from importer.journal.deeds import decode_file
from importer.journal.entry import FileRecord


def changed_after(
    database: Database, position: int
) -> tuple[int, tuple[FileRecord, ...]]:
    """Return where the events end, and the files of those after a position.

    A position behind the end is that of another journal: all files are returned.
    """
    ((last,),) = database.execute("select coalesce(max(position), 0) from event")
    rows = database.execute(
        """select body from file where number in (
            select r.file from event e join remittance r on r.id = e.remittance
            where e.position > ?
        ) order by number""",
        (position if position <= last else 0,),
    )
    return last, tuple(decode_file(body) for (body,) in rows)
