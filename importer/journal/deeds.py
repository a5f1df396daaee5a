"""What happens to a remittance: the events of the journal, and what people order.

One class per kind of event.  What a person decided says who, with which note, and
by which result CSV (`sheet`, the SHA-256 of its bytes).  The word for the kind
stands in the journal beside the body, which is JSON: money as text with its
decimals, instants in UTC.  What is read back is rebuilt through the same types, so
that it holds after reading what it held before writing.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from importer.journal.entry import Duplicate, FileRecord, Look
from importer.model import (
    Hold,
    InDoubt,
    Notice,
    NotSent,
    Outcome,
    Pay,
    Posted,
    Refused,
    Remittance,
    Skip,
    Unreadable,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Result = TypeVar("Result", Posted, Refused, NotSent, InDoubt)


@dataclass(frozen=True, slots=True)
class Planned:
    """These payments are to be sent; `by` is empty when rules decided."""

    pay: Pay
    by: str = ""
    note: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A person has to look."""

    hold: Hold
    by: str = ""
    note: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing is to be sent."""

    skip: Skip
    by: str = ""
    note: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """It was taken in before."""

    duplicate: Duplicate


@dataclass(frozen=True, slots=True)
class Claimed:
    """The request of a part is about to leave; `body` is what, less the token."""

    part: int
    digest: str
    reference: str
    body: str


@dataclass(frozen=True, slots=True)
class Answered(Generic[Result]):
    """What came of a part; `proof` says how it is known when the ERP did not answer."""

    part: int
    outcome: Result
    proof: str = ""
    by: str = ""
    note: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A vain look for a part in doubt."""

    part: int
    look: Look


@dataclass(frozen=True, slots=True)
class Ordered:
    """A person orders what was refused or not found to be sent again."""

    by: str
    note: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """A person lets go what is ready: these payloads, or any where none is named."""

    by: str
    note: str = ""
    payloads: tuple[str, ...] = ()
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """The ERP's own list shows it as it was sent; the sentence says where."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a person should know that changes nothing: an alarm."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A person has seen how the ERP differs, and says why it may stay so.

    That decides nothing about a remittance.  `remittance` is empty where the payment
    is nobody's here: then it stands in the life of another, as all must in one.
    """

    difference: str
    remittance: str
    sentence: str
    seen_by: str
    note: str

    @property
    def alarm(self) -> str:
        """Return the alarm that it answers."""
        return alarm(self.difference, self.sentence)


def alarm(difference: str, sentence: str) -> str:
    """Return the sentence by which a kind of difference is noted."""
    return f"ALARM: {difference}: {sentence}"


Answer = Answered[Posted] | Answered[Refused] | Answered[NotSent] | Answered[InDoubt]
Deed = (
    Planned
    | Stopped
    | Dropped
    | Repeated
    | Claimed
    | Answer
    | Looked
    | Ordered
    | Approved
    | Verified
    | Noted
    | Acknowledged
)


@dataclass(frozen=True, slots=True)
class Event:
    """One deed with its number in the remittance's life, and who did it when."""

    seq: int
    at: datetime
    deed: Deed


def answered(
    part: int, outcome: Outcome, proof: str = "", by: str = "", note: str = ""
) -> Answer:
    """Return the deed of an outcome."""
    match outcome:
        case Posted():
            return Answered(part, outcome, proof, by, note)
        case Refused():
            return Answered(part, outcome, proof, by, note)
        case NotSent():
            return Answered(part, outcome, proof, by, note)
        case InDoubt():
            return Answered(part, outcome, proof, by, note)


KINDS: dict[str, Any] = {
    "ready": Planned,
    "held": Stopped,
    "skipped": Dropped,
    "duplicate": Repeated,
    "posting": Claimed,
    "posted": Answered[Posted],
    "refused": Answered[Refused],
    "not_sent": Answered[NotSent],
    "in_doubt": Answered[InDoubt],
    "looked": Looked,
    "again": Ordered,
    "approved": Approved,
    "verified": Verified,
    "noted": Noted,
    "acknowledged": Acknowledged,
}
PLAIN = {shape: kind for kind, shape in KINDS.items()}
OUTCOMES = {
    Posted: "posted",
    Refused: "refused",
    NotSent: "not_sent",
    InDoubt: "in_doubt",
}


def kind_of(deed: Deed) -> str:
    """Return the word for the kind of a deed."""
    if isinstance(deed, Answered):
        return OUTCOMES[type(deed.outcome)]
    return PLAIN[type(deed)]


def sheet(deed: Deed) -> str:
    """Return the digest of the result CSV that ordered a deed, empty for others."""
    return getattr(deed, "sheet", "")


def person(deed: Deed) -> str:
    """Return who decided, empty when no person did."""
    return getattr(deed, "by", "")


@cache
def _adapter(shape: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - heavy, and not for --help

    return TypeAdapter(shape)


def encode(deed: Deed) -> str:
    """Return the body of a deed as JSON."""
    return _adapter(KINDS[kind_of(deed)]).dump_json(deed).decode()


def decode(kind: str, body: str) -> Deed:
    """Return the deed of a kind; ValueError when the body is not one."""
    deed: Deed = _adapter(KINDS[kind]).validate_json(body)
    return deed


def _shape(notice: Notice) -> Any:
    return type(notice)


def encode_notice(notice: Notice) -> str:
    """Return what a file says as JSON."""
    return _adapter(_shape(notice)).dump_json(notice).decode()


def decode_notice(body: str, *, readable: bool) -> Notice:
    """Return what a file said."""
    shape: Any = Remittance if readable else Unreadable
    notice: Notice = _adapter(shape).validate_json(body)
    return notice


def encode_file(file: FileRecord) -> str:
    """Return a file record as JSON."""
    return _adapter(FileRecord).dump_json(file).decode()


def decode_file(body: str) -> FileRecord:
    """Return a file record."""
    file: FileRecord = _adapter(FileRecord).validate_json(body)
    return file
