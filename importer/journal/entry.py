"""The nouns of the journal: a file taken in, a remittance in it, where it stands.

    Ready | Held | Skipped | Duplicate | Posting | Done | Refusal | Doubt

An `Entry` is one remittance as the fold of its events (`journal.fold`).  A
remittance makes one payment or several; each is a `Part`, sent and finished on
its own, and the state is the fold of the parts: in doubt when any is, refused
when any is, done only when all are posted.

All are values.  Instants are aware and in UTC; order is by `version`, never by
the clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from importer.model import (
    Evidence,
    Hold,
    InDoubt,
    Notice,
    Outcome,
    Payment,
    Posted,
    Refused,
    Skip,
)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain of events: how many there are, and the last one's hash."""

    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that was taken in: its bytes' digest, and how it was understood.

    `mapping_digest` is the SHA-256 of the mapping's bytes, `account` our bank
    account as the mapping names it (empty when rows name several), `totals` the
    sentence that says whether the file's own totals were proven, and `records`
    the number of remittances and unreadable rows in it.
    """

    sha256: str
    name: str
    taken_at: datetime
    mapping: str
    mapping_digest: str
    account: str
    totals: str
    records: int


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one request, written before it leaves.

    `attempt` counts from 1, `digest` is the SHA-256 of the exact body less the
    secret, `reference` what the ERP was asked to store.
    """

    attempt: int
    at: datetime
    digest: str
    reference: str


@dataclass(frozen=True, slots=True)
class Look:
    """A look into the ERP's list that did not show the payment.

    `witnessed` says that a payment sent later was visible in the same answer, so
    that the list was not stale.  `sentence` says what was asked and seen.
    """

    at: datetime
    witnessed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Part:
    """One payment of a remittance, and what came of sending it.

    `claim` is set while a request is under way and after it was answered or
    lost; it is empty while the payment waits.  `outcome` is empty while it waits
    or is under way; `looks` are the vain looks since the claim.
    """

    payment: Payment
    attempts: int = 0
    claim: Claim | None = None
    outcome: Outcome | None = None
    looks: tuple[Look, ...] = ()

    @property
    def waits(self) -> bool:
        """Return whether it may be sent: never sent, or provably never left."""
        return self.claim is None and not isinstance(
            self.outcome, Posted | Refused | InDoubt
        )

    @property
    def under_way(self) -> bool:
        """Return whether a request was claimed and nothing is recorded since."""
        return self.claim is not None and self.outcome is None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent for a remittance, and why.

    `released` are the codes of the reasons for holding that a person overruled,
    `payloads` the digests of what a person approved; nothing else may be sent then.
    """

    parts: tuple[Part, ...]
    evidence: Evidence
    released: tuple[str, ...] = ()
    payloads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """Decided: parts that wait may be sent, parts that are posted stay posted."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Held:
    """Waits for a person.  `plan` is the one it had before, if it had one."""

    hold: Hold
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Is not customer money, or a person has dropped it."""

    skip: Skip


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Was taken in before, as the remittance `of`."""

    of: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Posting:
    """A request is under way; if the sender died it is in doubt."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Done:
    """All of it is in the ERP, under these control numbers.

    The plan has no parts when the payment was found there for a remittance that
    had no plan here: the journal was lost, or a person had typed it in.
    """

    plan: Plan
    posted: tuple[Posted, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The ERP has refused a part, and nothing more is sent until a person decides."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Doubt:
    """A part may have arrived and the answer is not known; nothing is sent."""

    plan: Plan


State = Ready | Held | Skipped | Duplicate | Posting | Done | Refusal | Doubt


WORDS: Mapping[type[State], str] = {
    Ready: "ready",
    Held: "held",
    Skipped: "skipped",
    Duplicate: "duplicate",
    Posting: "posting",
    Done: "posted",
    Refusal: "refused",
    Doubt: "in_doubt",
}
STATUSES = tuple(WORDS.values())


def status(state: State) -> str:
    """Return the word for a state that people read in CSVs and on the terminal."""
    return WORDS[type(state)]


def plan_of(state: State) -> Plan | None:
    """Return what was to be sent, nothing for what was never planned."""
    match state:
        case Skipped() | Duplicate():
            return None
        case _:
            return state.plan


def evidence_of(state: State) -> Evidence:
    """Return why it was decided as it is."""
    match state:
        case Held(hold):
            return hold.evidence
        case Skipped(skip):
            return skip.evidence
        case Duplicate(_, sentence):
            return Evidence(rule="taken in before", found=(sentence,))
        case _:
            return state.plan.evidence


@dataclass(frozen=True, slots=True)
class Entry:
    """One remittance of the journal as it stands now.

    `id` is its marker and begins with BK.  `version` is the number of its last
    event: who acts on an older one is refused.  `repeats` is the remittance that
    it may repeat, when that was the reason to hold it at first.  `decided_by` is
    the last person who decided, empty when rules alone did; `alarms` are
    sentences that a person should read although they change nothing.  What is
    `verified` was read back from the ERP's own list.
    """

    id: str
    file: FileRecord
    notice: Notice
    state: State
    version: int
    changed_at: datetime
    repeats: str = ""
    decided_by: str = ""
    note: str = ""
    alarms: tuple[str, ...] = ()
    verified: bool = False

    @property
    def status(self) -> str:
        """Return the word for its state."""
        return status(self.state)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return its payments with what came of them."""
        plan = plan_of(self.state)
        return plan.parts if plan else ()

    @property
    def taking(self) -> Iterator[Part]:
        """Yield the payments that take, or have taken, what is open of invoices.

        Where the rest is refused or held, only what is or may be in the ERP does.
        """
        stopped = isinstance(self.state, Refusal | Held)
        for part in self.parts:
            if not stopped or isinstance(part.outcome, Posted | InDoubt):
                yield part

    @property
    def evidence(self) -> Evidence:
        """Return why it was decided as it is."""
        return evidence_of(self.state)


@lru_cache(maxsize=64)
def instant(at: datetime) -> str:
    """Return an instant as the journal writes it: UTC, and sorted as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
