"""Post what is ready: at most one request for each payment, then proof.

    look ─▶ for each customer in turn: prepare ─▶ claim ─▶ send ─▶ finish

(1) The ERP is asked for the payments of the days concerned before the first
    request: it proves address and token, finds what is there already, and what a
    person may have typed in.
(2) A request leaves only after its claim is on disk, and only by who made it.
(3) What may have arrived is never sent again here.
(4) Two doubts in a row stop the run, and so do five of the last hour that are not
    settled: an outage leaves few of them, however often the run is tried.
(5) Payments of one customer go in order; workers serve different customers.
(6) What a person approved is sent in exactly those bytes, or held.
(7) Calls for payments stop at nine tenths of the day's budget: the rest is kept
    for finding out about doubts.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from importer import presence
from importer.erp import Erp, Request, Unpayable
from importer.errors import Fault, ImporterError, StoppedEarly
from importer.journal import Journal
from importer.journal.entry import Entry, Posting, Ready, plan_of
from importer.journal.orders import Call
from importer.lanes import lanes
from importer.logs import Log
from importer.lookup import marked
from importer.model import (
    InDoubt,
    NotSent,
    Outcome,
    Payment,
    Posted,
    Reason,
    Refused,
)

DOUBTS_IN_A_ROW_MOST = 2
DOUBTS_IN_AN_HOUR_MOST = 5
HOUR = timedelta(hours=1)
TRIES_MOST = 3
SHARE_FOR_PAYMENTS = (9, 10)
_log = Log("posting")
_WORDS = {
    Posted: ("payment posted", _log.info),
    Refused: ("payment refused by the ERP", _log.warning),
    NotSent: ("payment not sent", _log.warning),
    InDoubt: ("payment in doubt", _log.warning),
}
_AFTER_ALARM = "see to it in the ERP before anything more is sent"


@dataclass(frozen=True, slots=True)
class Terms:
    """How to post: workers at once, the day's calls, the clock, and the stop sign.

    With `wants_approval` only what a person has decided on or approved is sent.
    """

    workers: int
    daily_calls: int
    now: Callable[[], datetime]
    stop: Callable[[], bool]
    wants_approval: bool = False


def post(journal: Journal, erp: Erp, terms: Terms) -> None:
    """Send what is ready; raises `StoppedEarly` when it cannot go on to the end."""
    for entry in journal.entries(statuses=("posting",)):
        _take_up(journal, entry)
    ready = [
        one
        for one in journal.entries(statuses=("ready",))
        if one.decided_by or not terms.wants_approval
    ]
    if not ready:
        return
    run = _Run(journal, erp, terms)
    run.raise_if_many_doubts()
    if erp.traits.lists_all:
        there = presence.there(journal, erp, ready)
        checked = (presence.unless_there(journal, one, there) for one in ready)
        ready = [one for one in checked if one]
    with ThreadPoolExecutor(terms.workers) as pool:
        for done in [pool.submit(run.lane, lane) for lane in lanes(ready)]:
            done.result()
    run.raise_if_stopped()


def _take_up(journal: Journal, entry: Entry) -> None:
    """Call in doubt what was being sent when the program died."""
    assert isinstance(entry.state, Posting), "only these are asked for"
    for place, part in enumerate(entry.parts):
        if part.under_way:
            why = InDoubt("the program stopped while it was being sent")
            journal.finish(entry.id, place, why)


class _Run:
    """One run of posting: what its workers share is the stop sign and the doubts."""

    def __init__(self, journal: Journal, erp: Erp, terms: Terms) -> None:
        self._journal = journal
        self._erp = erp
        self._terms = terms
        self._lock = Lock()
        self._doubts = 0
        self._stopped: ImporterError | None = None

    def raise_if_stopped(self) -> None:
        """Raise what stopped the run."""
        if self._stopped:
            raise self._stopped

    def raise_if_many_doubts(self) -> None:
        """Raise when the last hour has left too much in doubt to go on."""
        if error := self._many_doubts():
            raise error

    def lane(self, entries: Sequence[Entry]) -> None:
        """Send a lane in order, until something stops the run."""
        try:
            for entry in entries:
                found = self._looked_up(entry)
                for place, part in enumerate(found.parts if found else ()):
                    if self._is_over():
                        return
                    if part.waits and not self._sent(entry.id, place, part.payment):
                        break
        except ImporterError as error:
            self._stop(error)
        except BaseException:
            # A fault of ours: the others finish what is under way, and no more.
            self._stop(StoppedEarly(Fault("", "the program has a fault")))
            raise

    def _looked_up(self, entry: Entry) -> Entry | None:
        """Look now for what could not be listed before the run."""
        if self._erp.traits.lists_all or self._is_over():
            return entry
        there = presence.there(self._journal, self._erp, [entry])
        return presence.unless_there(self._journal, entry, there)

    def _is_over(self) -> bool:
        return self._stopped is not None or self._terms.stop()

    def _sent(self, key: str, place: int, payment: Payment) -> bool:
        """Send one payment; return whether the next of the remittance may follow."""
        why = ""
        for _ in range(TRIES_MOST):
            request = self._erp.prepare(payment)
            current = self._journal.entry(key)
            if current is None or not _is_as_planned(current, place, payment):
                # Somebody has decided otherwise since the run began.
                return False
            if isinstance(request, Unpayable):
                presence.hold(
                    self._journal, current, Reason.UNPAYABLE, request.sentence
                )
                return False
            if not _is_approved(current, request):
                sentence = "what would be sent is not what was approved"
                presence.hold(self._journal, current, Reason.NOT_APPROVED, sentence)
                return False
            claimed = self._journal.claim(
                key, current.version, place, request, self._call()
            )
            if claimed is None:
                return False
            _log.debug("payment claimed", remittance=key, part=place, version=claimed)
            start = monotonic()
            outcome = self._erp.send(request)
            _log_outcome(key, place, outcome, monotonic() - start)
            if isinstance(outcome, Refused):
                self._refused(key, place, claimed, request, outcome)
                return False
            self._journal.finish(key, place, outcome, claimed=claimed)
            if isinstance(outcome, InDoubt) and outcome.alarm:
                self._journal.note(key, outcome.alarm)
                raise StoppedEarly(Fault("", outcome.alarm, hint=_AFTER_ALARM))
            if not isinstance(outcome, NotSent):
                self._count(outcome)
                return isinstance(outcome, Posted)
            why = outcome.why
        sentence = f"{why}; {TRIES_MOST} tries"
        hint = "nothing was sent; run it again later"
        raise StoppedEarly(Fault("", sentence, hint=hint))

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
        self._count(outcome)
        if trouble:
            raise trouble

    def _unless_listed(self, request: Request, refused: Refused) -> Refused | InDoubt:
        listed = self._erp.search(request.reference)
        for one in marked(listed, request.payment.marker):
            why = f'the ERP said "{refused.message}", but lists the payment as '
            return InDoubt(f"{why}{one.control_number}")
        return refused

    def _call(self) -> Call:
        share, whole = SHARE_FOR_PAYMENTS
        ceiling = self._terms.daily_calls * share // whole
        today = self._terms.now().date()
        traits = self._erp.traits
        return Call(traits.kind, today, traits.method, ceiling)

    def _count(self, outcome: Posted | Refused | InDoubt) -> None:
        with self._lock:
            self._doubts = self._doubts + 1 if isinstance(outcome, InDoubt) else 0
            doubts = self._doubts
        if not isinstance(outcome, InDoubt):
            return
        if doubts >= DOUBTS_IN_A_ROW_MOST:
            sentence = f"{doubts} payments in a row had no answer: {outcome.why}"
            self._stop(_settle_first(sentence))
        elif error := self._many_doubts():
            self._stop(error)

    def _many_doubts(self) -> StoppedEarly | None:
        doubts = self._journal.doubts_since(self._terms.now() - HOUR)
        if doubts < DOUBTS_IN_AN_HOUR_MOST:
            return None
        return _settle_first(f"{doubts} payments of the last hour are in doubt")

    def _stop(self, error: ImporterError) -> None:
        with self._lock:
            self._stopped = self._stopped or error


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


def _settle_first(sentence: str) -> StoppedEarly:
    hint = "importer settle finds out about them; then run it again"
    return StoppedEarly(Fault("", sentence, hint=hint))


def _is_approved(entry: Entry, request: Request) -> bool:
    """Say whether these bytes are approved, or nobody has to approve any."""
    plan = plan_of(entry.state)
    return not (plan and plan.payloads) or request.digest in plan.payloads


def _is_as_planned(entry: Entry, place: int, payment: Payment) -> bool:
    """Say whether the remittance still stands as it was when the run began."""
    if not isinstance(entry.state, Ready) or place >= len(entry.parts):
        return False
    part = entry.parts[place]
    return part.waits and part.payment == payment
