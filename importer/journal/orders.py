"""What is asked of the journal: items to take in, people's decisions, calls.

Values only; `Journal` says what becomes of them.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from importer.journal.deeds import Answer, answered
from importer.journal.entry import Duplicate
from importer.model import Hold, Notice, Outcome, Pay, Posted, Skip


@dataclass(frozen=True, slots=True)
class Item:
    """A remittance to take in: its id, what the file says, and the first decision.

    `repeats` is the remittance that this one may repeat (`repeats.classify`),
    empty when nothing speaks for that.
    """

    id: str
    notice: Notice
    first: Pay | Hold | Skip | Duplicate
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """A person says: it is not in the ERP, or was mended there; send it again."""


@dataclass(frozen=True, slots=True)
class Approve:
    """A person says: send what is ready as it is; `payloads` are its digests."""

    payloads: tuple[str, ...] = ()


Verdict = Pay | Skip | Hold | Posted | Again | Approve


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one remittance, at the version they saw.

    `verdict` is a plan for the whole remittance (parts that are posted must be
    in it unchanged), a skip, a hold with another reason, the control number
    under which the ERP has it, the order to send again, or the approval of what
    is ready.  `sheet` is the digest of the result CSV that says so, `part` the
    payment that a control number is of, where several may be it.
    """

    id: str
    version: int
    verdict: Verdict
    by: str
    note: str = ""
    sheet: str = ""
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a decision cannot be applied; then none of its batch was."""

    id: str
    sentence: str


class Taken(Enum):
    """What became of a file that was to be taken in."""

    IN = "taken in"
    KNOWN = "the same bytes were taken in before"
    OVERTAKEN = "another file came first; look at what is known again"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an ERP method, to be counted for the day.

    With a `ceiling` the call is refused with StoppedEarly once the day's calls
    of this ERP have reached it.
    """

    erp: str
    day: date
    method: str
    ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """What came of a part of a remittance; `claimed` is the version of its claim."""

    id: str
    part: int
    outcome: Outcome
    claimed: int

    @property
    def said(self) -> tuple[str, Answer, int]:
        """Return it as `writing.finished` writes it."""
        return self.id, answered(self.part, self.outcome), self.claimed
