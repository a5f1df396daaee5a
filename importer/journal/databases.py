"""The databases on which a journal may stand, by their addresses."""

from pathlib import Path

from importer.errors import Fault, JournalRefused
from importer.journal.database import Database
from importer.journal.postgres import Postgres
from importer.journal.sqlite import Sqlite


def connect(url: str, top: Path, *, forced: bool) -> Database:
    """Open what an address names; a file's path is relative to `top`."""
    scheme, _, path = url.partition(":///")
    if scheme == "sqlite" and path:
        return Sqlite(top / path, forced=forced)
    if url.startswith(("postgresql://", "postgres://")):
        return Postgres(url)
    sentence = f'the journal cannot be at "{url.partition(":")[0]}:"'
    hint = "write [journal] url as sqlite:///journal.db or postgresql://host/name"
    raise JournalRefused(Fault("importer.toml", sentence, hint=hint))
