"""What a round works with, and what it tells about the files it was given."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from importer.approval import Proposal
from importer.erp import Erp
from importer.errors import ImporterError
from importer.inbox import Inbox
from importer.intake import Rules
from importer.journal import Journal
from importer.journal.entry import FileRecord
from importer.notices import News
from importer.reconciling import NOTHING, Reconciled
from importer.settings import Workspace


def nobody(news: Iterable[News]) -> None:
    """Tell nobody."""
    del news


def unattended(journal: Journal) -> AbstractContextManager[None]:
    """Show nobody how far it is."""
    del journal
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Bench:
    """What a round works with; `rules` are loaded anew for each file.

    For `explaining` a file (its sha256) they are loaded as if its payments had taken
    nothing of the invoices; nothing is ever taken in by these.
    `tell` takes news for people who do not look; posting is `attended` by who shows
    how far it is.
    """

    workspace: Workspace
    journal: Journal
    inbox: Inbox
    rules: Callable[[], Rules]
    explaining: Callable[[str], Rules]
    connect: Callable[[], AbstractContextManager[Erp]]
    now: Callable[[], datetime]
    stop: Callable[[], bool]
    wait: Callable[[float], bool]  # seconds
    tell: Callable[[Iterable[News]], None] = nobody
    attended: Callable[[Journal], AbstractContextManager[None]] = unattended


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A bank file that is in the journal, since now (`anew`) or since earlier."""

    name: str
    record: FileRecord
    anew: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A result CSV that came back; `records` are the files it decided about.

    It was applied now (`anew`), or the same bytes were earlier.
    """

    name: str
    records: tuple[FileRecord, ...]
    decisions: int
    anew: bool = True


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that cannot be used, and why; nothing of it was taken in."""

    name: str
    error: ImporterError


FileReport = TakenIn | Decided | Unusable


@dataclass(frozen=True, slots=True)
class Written:
    """A file's result CSV; `remark` says what could not be written beside it."""

    record: FileRecord
    path: Path
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """What became of a round: its files, the result CSVs, and what stopped it.

    `reconciled` is what the ERP's list says of what is posted, `proposals` are what
    waits for approval, `worklist` is where a sweep has written what differs.
    """

    files: tuple[FileReport, ...]
    written: tuple[Written, ...]
    stopped: ImporterError | None = None
    reconciled: Reconciled = NOTHING
    proposals: tuple[Proposal, ...] = ()
    worklist: Path | None = None
