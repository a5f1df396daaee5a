"""Whose payments a journal keeps: one journal, one ERP.

What was played in the sandbox, or posted into another company's ERP, says nothing
about this one: a file that is known there would never be paid here.
"""

from importer.errors import Fault, JournalRefused
from importer.journal.database import Database


def bind(database: Database, erp: str) -> None:
    """Keep which ERP all payments are in; until a file is taken in it may change.

    Raises `JournalRefused` where the journal's payments are in another one.
    """
    if database.execute("select name from erp") == [(erp,)]:
        return
    with database.transaction():
        kept = [name for (name,) in database.execute("select name from erp")]
        if kept not in ([], [erp]) and database.execute("select 1 from file limit 1"):
            raise _of_another(kept[0], erp)
        database.execute("delete from erp")
        database.execute("insert into erp values (?)", (erp,))


def _of_another(kept: str, erp: str) -> JournalRefused:
    return JournalRefused(
        Fault(
            "importer.toml",
            f'the journal\'s payments are in "{kept}", and [erp] names "{erp}"',
            hint="a journal serves one ERP: after a rehearsal in the sandbox begin the "
            "real work with importer init --erp KIND; has only the ERP's address "
            f'changed, write [journal] erp = "{kept}"',
        )
    )
