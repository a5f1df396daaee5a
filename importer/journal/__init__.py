"""The journal: the append-only truth about every remittance ever taken in.

(1) Events are only ever appended; a state is the fold of its events (`fold`).
(2) (remittance, seq) is unique and has no gaps: who appends at `version` + 1
    knows that nobody else has acted.
(3) A payment is sent only by whoever appended its `posting` event, and only after
    the commit has returned: the intent is on disk before the request leaves.
(4) After `posting` comes exactly one of posted, refused, not_sent, in_doubt; or
    nothing, if the sender died, and then it is in doubt.
(5) `posted` is final.
(6) A file is taken in whole, or not at all; the same bytes only once.
(7) A call of the ERP is counted in the same commit as the intent; what came of the
    request before may be in it, too.
(8) After a failed commit the journal refuses everything until opened again.

    taken in: ready | held | skipped | duplicate                 take_in
    ready     ─▶ posting                                         claim
    posting   ─▶ posted | refused | not_sent (ready) | in_doubt  finish
    ready     ─▶ posted            the ERP has it already        finish
    ready, in_doubt, refused ─▶ held                             hold
    in_doubt  ─▶ posted            the ERP shows our marker      finish
    in_doubt  ─▶ in_doubt          a vain look                   looked
    posted    ─▶ posted            read back as it was sent      verify
    held, refused, in_doubt ─▶ ready | skipped | posted | held   decide (a person)
"""

import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Self

from importer import __version__
from importer.erp import Request
from importer.journal import (
    acknowledging,
    audit,
    databases,
    deeds,
    figures,
    payments,
    people,
    reading,
    writing,
)
from importer.journal.belonging import bind
from importer.journal.database import Database
from importer.journal.entry import Entry, FileRecord, Head, Look, Part
from importer.journal.orders import Call, Decision, Finish, Item, Rejection, Taken
from importer.journal.overview import Overview
from importer.journal.page import Page
from importer.journal.together import Together
from importer.model import Hold, Outcome
from importer.repeats import Known


class Journal:
    """One open journal; safe to share between threads."""

    def __init__(self, database: Database, author: writing.Author) -> None:
        """Use an open database; `Journal.open` is the way in."""
        self._database, self._author = database, author
        self._together, self.overview = Together(database), Overview(database)
        self._taken = payments.Taken(database)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        top: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        actor: str = "",
        forced: bool = False,
    ) -> Self:
        """Open or make `sqlite:///journal.db` (relative to `top`), `postgresql://…`."""
        author = writing.Author(socket.gethostname(), actor, __version__, now)
        return cls(databases.connect(url, top or Path(), forced=forced), author)

    def bind(self, erp: str) -> None:
        """Keep which ERP the payments are in; see `belonging.bind`."""
        bind(self._database, erp)

    def only_sender(self, now: str) -> AbstractContextManager[None]:
        """Hold the right to send and to settle; `StoppedEarly` if another has it."""
        return self._database.only_sender(now)

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the open journal."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def file_known(self, sha256: str) -> FileRecord | None:
        """Return the file of these bytes, if it was taken in before."""
        return next(reading.files(self._database, sha256), None)

    def files_taken(self) -> int:
        """Return how many files were taken in; see `take_in`."""
        return int(self._database.execute("select count(*) from file")[0][0])

    def known_on(self, account: str, days: Collection[date]) -> tuple[Known, ...]:
        """Return what is known of an account's days, for `repeats.classify`."""
        return reading.known_on(self._database, account, days)

    def take_in(
        self, file: FileRecord, items: Iterable[Item], *, after: int | None = None
    ) -> Taken:
        """Take in a file, all or nothing; OVERTAKEN unless `after` files are there."""
        with self._database.transaction():
            if self.file_known(file.sha256):
                return Taken.KNOWN
            if after is not None and self.files_taken() != after:
                return Taken.OVERTAKEN
            writing.take_in(self._database, self._author, file, tuple(items))
        return Taken.IN

    def entry(self, id: str) -> Entry | None:  # noqa: A002 - the column's name
        """Return one remittance as it stands."""
        return reading.entry(self._database, id)

    def knows(self, control_number: str, markers: Sequence[str]) -> bool:
        """Return whether a payment of the ERP is one that was sent or found in here."""
        return reading.knows(self._database, control_number, markers)

    def entries(
        self, *, file: str = "", statuses: Collection[str] = ()
    ) -> Iterator[Entry]:
        """Stream remittances in the order taken in, of a file's sha256 or all."""
        return reading.entries(self._database, file=file, statuses=statuses)

    def pages(self, file: str) -> Iterator[Page]:
        """Stream what stands of a file's remittances, for elsewhere to understand."""
        return reading.pages(self._database, file=file)

    def those(self, ids: Sequence[str]) -> Iterator[Entry]:
        """Stream these remittances, in the order taken in."""
        return reading.those(self._database, ids)

    def changed_behind(self, position: int) -> Sequence[str]:
        """Return, as taken in, the ids of what has an event behind a position."""
        return reading.changed_behind(self._database, position)

    def files_changed_behind(self, position: int) -> Sequence[FileRecord]:
        """Return the files that hold what has an event behind a position."""
        return reading.files_changed_behind(self._database, position)

    def decided_by_people(self, at: datetime) -> Iterator[Entry]:
        """Stream what people decided on at `at` or later, the oldest first."""
        return people.decided_since(self._database, at)

    def files(self) -> Iterator[FileRecord]:
        """Stream the files in the order taken in."""
        return reading.files(self._database)

    def counts(self, *, file: str = "") -> Mapping[str, int]:
        """Return the number of remittances by status; all statuses are keys."""
        return figures.counts(self._database, file)

    def sums(self, *, file: str = "") -> Mapping[tuple[str, str], Decimal]:
        """Return the bank's amounts added up by (status, currency)."""
        return figures.sums(self._database, file)

    def taken_since(self, at: datetime) -> Mapping[str, Decimal]:
        """Return by invoice what our payments take that books of `at` lack."""
        return self._taken.since(at)

    def posted_after(self, at: datetime) -> Iterator[Part]:
        """Stream payments sent after an instant that are posted: witnesses."""
        return payments.posted_after(self._database, at)

    def posted_since(self, at: datetime) -> Iterator[Entry]:
        """Stream what was posted at `at` or later, in the order taken in."""
        return reading.posted_since(self._database, at)

    def doubts_since(self, at: datetime) -> int:
        """Return how many remittances came into doubt since, and still are."""
        return figures.doubts_since(self._database, at)

    def claim(  # noqa: PLR0913 -- where, whose, what is sent, and what came before
        self,
        id: str,  # noqa: A002 - the column's name
        version: int,
        part: int,
        request: Request,
        call: Call,
        *,
        last: Finish | None = None,
    ) -> int | None:
        """Write the intent and count the call; None when somebody else acted.

        `last` is finished before it, in the same commit, whatever comes of the claim.
        """
        body = request.body.decode()
        deed = deeds.Claimed(part, request.digest, request.reference, body)
        database, author = self._database, self._author
        return self._together.run(
            lambda: writing.claimed(database, author, id, version, deed, call),
            partial(writing.finished, database, author, *last.said) if last else None,
        )

    def finish(
        self,
        id: str,  # noqa: A002 - the column's name
        part: int,
        outcome: Outcome,
        proof: str = "",
        *,
        claimed: int | None = None,
    ) -> int:
        """Write what came of a part; return the new version.

        Who sent it gives the version of the claim as `claimed`.  What somebody
        else has found out meanwhile stands; a contradiction is noted as an alarm.
        """
        deed = deeds.answered(part, outcome, proof)
        return self._together.run(
            partial(writing.finished, self._database, self._author, id, deed, claimed)
        )

    def looked(self, id: str, part: int, look: Look) -> None:  # noqa: A002
        """Write a vain look for a part in doubt."""
        self._alone(id, None, deeds.Looked(part, look))

    def hold(self, id: str, version: int, hold: Hold) -> int | None:  # noqa: A002
        """Hold what was ready or in doubt; None when somebody else acted."""
        return self._alone(id, version, deeds.Stopped(hold))

    def verify(self, seen: Mapping[str, str]) -> None:
        """Write that the ERP's list shows these as they were sent, and where."""
        with self._database.transaction():
            for one, sentence in seen.items():
                deed = deeds.Verified(sentence)
                writing.one(self._database, self._author, one, None, deed)

    def note(self, id: str, sentence: str) -> int:  # noqa: A002 - the column's name
        """Write an alarm that changes nothing; return the new version."""
        new = self._alone(id, None, deeds.Noted(sentence))
        assert new is not None, "without a version nobody can have been faster"
        return new

    def acknowledge(self, seen: Iterable[deeds.Acknowledged]) -> None:
        """Write what people have seen of how the ERP differs, all at once."""
        with self._database.transaction():
            acknowledging.acknowledge(self._database, self._author, seen)

    def acknowledged(self) -> Collection[tuple[str, str, str]]:
        """Return kind, remittance and sentence of each difference that was seen."""
        return acknowledging.acknowledged(self._database)

    def decide(
        self, decisions: Sequence[Decision], also: Callable[[], None] = lambda: None
    ) -> tuple[Rejection, ...]:
        """Apply people's decisions, all (nothing is returned) or none of them.

        `also` is done once all of them can be, and before they are: where it fails,
        none is.
        """
        return people.decide(self._database, self._author, decisions, also)

    def was_decided_by(self, sheet: str, id: str) -> bool:  # noqa: A002 - the column's
        """Say whether a result CSV of this digest has decided about a remittance."""
        return people.is_decided_by(self._database, sheet, id)

    def count(self, call: Call) -> None:
        """Count one call durably; StoppedEarly when its ceiling is reached."""
        with self._database.transaction():
            writing.count(self._database, call)

    def calls(self, erp: str, day: date) -> Mapping[str, int]:
        """Return the calls of a day by method."""
        return figures.calls(self._database, erp, day)

    def head(self) -> Head:
        """Return where the chain of events ends."""
        return figures.head(self._database)

    def has(self, head: Head) -> bool:
        """Say whether the chain ended so once, now or earlier."""
        return figures.has(self._database, head)

    def audit(self, *heads: str) -> audit.Audit:
        """Verify the chain of events and what is derived from it; write nothing."""
        return audit.verify(self._database, heads)

    def _alone(self, id_: str, version: int | None, deed: deeds.Deed) -> int | None:
        with self._database.transaction():
            return writing.one(self._database, self._author, id_, version, deed)
