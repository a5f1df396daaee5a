"""Post what is ready: at most one request for each payment, then proof.

    look ─▶ for each customer in turn: prepare ─▶ claim ─▶ send ─▶ finish
                                                    ▲                 │
                                                    └──── together ───┘

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
(8) What is posted is on disk before the next request leaves: in one commit with its
    claim, where nothing is asked in between, else in a commit of its own.  What is
    not posted is written before anything else is done.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from importer import presence
from importer.erp import Erp, Request, Unpayable
from importer.errors import Fault, ImporterError, StoppedEarly
from importer.journal import Journal
from importer.journal.entry import Entry, Posting, plan_of
from importer.journal.orders import Call, Finish
from importer.lanes import lanes
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
    waiting = lanes(ready)
    # An iterator of a list gives each lane once, whichever thread asks.
    lane, workers = iter(waiting), min(terms.workers, len(waiting))
    with ThreadPoolExecutor(terms.workers) as pool:
        for done in [pool.submit(run.serve, lane) for _ in range(workers)]:
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
        self.journal = journal
        self.erp = erp
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

    def is_over(self) -> bool:
        """Say whether nothing more may be sent."""
        return self._stopped is not None or self._terms.stop()

    def serve(self, waiting: Iterator[Sequence[Entry]]) -> None:
        """Send lane after lane, each in order, until something stops the run."""
        try:
            with closing(_Worker(self)) as worker:
                for lane in waiting:
                    for entry in lane:
                        worker.send(entry)
        except ImporterError as error:
            self._stop(error)
        except BaseException:
            # A fault of ours: the others finish what is under way, and no more.
            self._stop(StoppedEarly(Fault("", "the program has a fault")))
            raise

    def call(self) -> Call:
        """Return a call that a payment may make today."""
        share, whole = SHARE_FOR_PAYMENTS
        ceiling = self._terms.daily_calls * share // whole
        today = self._terms.now().date()
        traits = self.erp.traits
        return Call(traits.kind, today, traits.method, ceiling)

    def count(self, outcome: Posted | Refused | InDoubt) -> None:
        """Count doubts, and stop the run where they are too many."""
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
        doubts = self.journal.doubts_since(self._terms.now() - HOUR)
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


class _Worker:
    """Sends one payment after the other.

    What was posted last is `_unwritten` until the claim of the next writes it, and
    is written before the worker asks for anything, waits, or ends.
    """

    def __init__(self, run: _Run) -> None:
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
            _log.debug("payment claimed", remittance=key, part=place, version=claimed)
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


def _settle_first(sentence: str) -> StoppedEarly:
    hint = "importer settle finds out about them; then run it again"
    return StoppedEarly(Fault("", sentence, hint=hint))


def _is_approved(entry: Entry, request: Request) -> bool:
    """Say whether these bytes are approved, or nobody has to approve any."""
    plan = plan_of(entry.state)
    return not (plan and plan.payloads) or request.digest in plan.payloads
