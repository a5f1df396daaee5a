"""One worker of a run of posting: claim, send, finish, payment after payment."""

from time import monotonic
from typing import Protocol

from importer import presence
from importer.erp import Erp, Request, Unpayable
from importer.errors import Fault, ImporterError, StoppedEarly
from importer.journal import Journal
from importer.journal.entry import Entry, plan_of
from importer.journal.orders import Call, Finish
from importer.logs import Log
from importer.lookup import marked
from importer.model import (
    InDoubt,
    NotSent,
    Outcome,
    Posted,
    Reason,
    Refused,
)

TRIES_MOST = 3
_log = Log("posting")
_WORDS = {
    Posted: ("payment posted", _log.info),
    Refused: ("payment refused by the ERP", _log.warning),
    NotSent: ("payment not sent", _log.warning),
    InDoubt: ("payment in doubt", _log.warning),
}
_AFTER_ALARM = "see to it in the ERP before anything more is sent"


class Run(Protocol):
    """What the workers of one run share."""

    @property
    def journal(self) -> Journal:
        """Return where intents and outcomes are written."""

    @property
    def erp(self) -> Erp:
        """Return where payments go."""

    def is_over(self) -> bool:
        """Say whether nothing more may be sent."""

    def call(self) -> Call:
        """Return a call that a payment may make today."""

    def count(self, outcome: Posted | Refused | InDoubt) -> None:
        """Count doubts, and stop the run where they are too many."""


def _log_outcome(
    key: str,
    place: int,
    outcome: Outcome,
    took: float,  # seconds
) -> None:
    """Log how a request was answered; what the ERP said stands in the journal."""
    number = outcome.control_number if isinstance(outcome, Posted) else ""
    word, write = _WORDS[type(outcome)]
    write(word, remittance=key, part=place, control=number, seconds=took)


class Worker:
    """Sends one payment after the other.

    What was posted last is `_unwritten` until the claim of the next writes it, and
    is written before the worker asks for anything, waits, or ends.
    """

    def __init__(self, run: Run) -> None:
        """Work for a run."""
        self._run, self._journal, self._erp = run, run.journal, run.erp
        self._unwritten: Finish | None = None

    def close(self) -> None:
        """Write what is not written yet."""
        if last := self._taken():
            self._journal.finish(last.id, last.part, last.outcome, claimed=last.claimed)

    def send(self, entry: Entry) -> None:
        """Send what waits of a remittance, part after part, while all is well."""
        found = self._looked_up(entry)
        if found is None:
            return
        version: int | None = found.version
        for place, part in enumerate(found.parts):
            if version is None or self._run.is_over():
                return
            if part.waits:
                version = self._sent(found, version, place)

    def _looked_up(self, entry: Entry) -> Entry | None:
        """Look now for what could not be listed before the run."""
        if self._erp.traits.lists_all or self._run.is_over():
            return entry
        self.close()
        there = presence.there(self._journal, self._erp, [entry])
        return presence.unless_there(self._journal, entry, there)

    def _sent(self, entry: Entry, version: int, place: int) -> int | None:
        """Send one payment; return the version at which the next may follow.

        The claim holds at this version alone: at another somebody has decided
        otherwise since the run began.
        """
        why, key = "", entry.id
        for _ in range(TRIES_MOST):
            request = self._request(entry, version, place)
            claimed = request and self._claimed(key, version, place, request)
            if not request or not claimed:
                return None
            _log.info("payment claimed", remittance=key, part=place, version=claimed)
            start = monotonic()
            outcome = self._erp.send(request)
            _log_outcome(key, place, outcome, monotonic() - start)
            if isinstance(outcome, Posted) and self._erp.traits.lists_all:
                self._unwritten = Finish(key, place, outcome, claimed)
                self._run.count(outcome)
                return claimed + 1
            if isinstance(outcome, Refused):
                self._refused(key, place, claimed, request, outcome)
                return None
            version = self._journal.finish(key, place, outcome, claimed=claimed)
            if isinstance(outcome, InDoubt) and outcome.alarm:
                self._journal.note(key, outcome.alarm)
                raise StoppedEarly(Fault("", outcome.alarm, hint=_AFTER_ALARM))
            if not isinstance(outcome, NotSent):
                self._run.count(outcome)
                return version if isinstance(outcome, Posted) else None
            why = outcome.why
        sentence = f"{why}; {TRIES_MOST} tries"
        hint = "nothing was sent; run it again later"
        raise StoppedEarly(Fault("", sentence, hint=hint))

    def _request(self, entry: Entry, version: int, place: int) -> Request | None:
        """Prepare a part, and hold the remittance where that may not be sent."""
        match self._erp.prepare(entry.parts[place].payment):
            case Unpayable(sentence):
                reason = Reason.UNPAYABLE
            case request if _is_approved(entry, request):
                return request
            case _:
                reason = Reason.NOT_APPROVED
                sentence = "what would be sent is not what was approved"
        self.close()
        presence.hold(self._journal, entry, version, reason, sentence)
        return None

    def _claimed(
        self, key: str, version: int, place: int, request: Request
    ) -> int | None:
        """Write the intent, and with it what was posted before it."""
        last, call = self._taken(), self._run.call()
        return self._journal.claim(key, version, place, request, call, last=last)

    def _taken(self) -> Finish | None:
        """Take what is to be written."""
        last, self._unwritten = self._unwritten, None
        return last

    def _refused(
        self, key: str, place: int, claimed: int, request: Request, refused: Refused
    ) -> None:
        """Believe a refusal only if the payment is not there all the same."""
        outcome: Refused | InDoubt = refused
        trouble: ImporterError | None = None
        try:
            outcome = self._unless_listed(request, refused)
        except ImporterError as error:
            outcome, trouble = InDoubt(f"{refused.message}; not looked up"), error
        self._journal.finish(key, place, outcome, claimed=claimed)
        self._run.count(outcome)
        if trouble:
            raise trouble

    def _unless_listed(self, request: Request, refused: Refused) -> Refused | InDoubt:
        listed = self._erp.search(request.reference)
        for one in marked(listed, request.payment.marker):
            why = f'the ERP said "{refused.message}", but lists the payment as '
            return InDoubt(f"{why}{one.control_number}")
        return refused


def _is_approved(entry: Entry, request: Request) -> bool:
    """Say whether these bytes are approved, or nobody has to approve any."""
    plan = plan_of(entry.state)
    return not (plan and plan.payloads) or request.digest in plan.payloads
