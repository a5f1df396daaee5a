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
from functools import partial
from threading import Lock

from importer.erp import Erp, Request, Unpayable
from importer.errors import Fault, ImporterError, StoppedEarly
from importer.journal import Journal
from importer.journal.entry import Entry, Posting, Ready, plan_of
from importer.journal.orders import Call
from importer.lanes import lanes
from importer.lookup import Listed, is_like, marked, windows
from importer.model import (
    Hold,
    InDoubt,
    NotSent,
    Payment,
    Posted,
    Reason,
    Refused,
    Share,
)

DOUBTS_IN_A_ROW_MOST = 2
DOUBTS_IN_AN_HOUR_MOST = 5
HOUR = timedelta(hours=1)
TRIES_MOST = 3
SHARE_FOR_PAYMENTS = (9, 10)


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
    days = [part.payment.value_date for one in ready for part in one.parts]
    there = Listed(
        (found for window in windows(days) for found in erp.listed(*window)),
        partial(_knows, journal, _markers(ready)),
    )
    checked = (_unless_there(journal, one, there) for one in ready)
    waiting = [one for one in checked if one]
    with ThreadPoolExecutor(terms.workers) as pool:
        for done in [pool.submit(run.lane, lane) for lane in lanes(waiting)]:
            done.result()
    run.raise_if_stopped()


def _take_up(journal: Journal, entry: Entry) -> None:
    """Call in doubt what was being sent when the program died."""
    assert isinstance(entry.state, Posting), "only these are asked for"
    for place, part in enumerate(entry.parts):
        if part.under_way:
            why = InDoubt("the program stopped while it was being sent")
            journal.finish(entry.id, place, why)


def _markers(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(part.payment.marker for one in entries for part in one.parts)


def _knows(
    journal: Journal, ready: frozenset[str], control_number: str, marks: Sequence[str]
) -> bool:
    """Say whether a payment of ours in the ERP is one that this journal knows."""
    return not ready.isdisjoint(marks) or journal.knows(control_number, marks)


def _unless_there(journal: Journal, entry: Entry, there: Listed) -> Entry | None:
    """Return what of the entry is to be sent; settle here what the ERP has already."""
    found = False
    for place, part in enumerate(entry.parts):
        if not part.waits:
            continue
        payment = part.payment
        seen = there.ours(payment.marker)
        ours = [one for one in seen if one.total >= 0]
        if len(ours) == 1 and is_like(ours[0], payment):
            how = "found in the ERP by its marker before sending"
            journal.finish(entry.id, place, Posted(ours[0].control_number, how), how)
            found = True
            if len(seen) > 1:
                journal.note(entry.id, "ALARM: the ERP also lists a reversal of it")
        elif seen:
            numbers = ", ".join(one.control_number for one in seen)
            sentence = f"the ERP has our marker already, otherwise: {numbers}"
            _hold(journal, entry, Reason.DIFFERS_IN_ERP, sentence)
            return None
        elif Reason.POSSIBLY_BY_HAND.value not in _released(entry) and (
            typed := there.by_hand(payment)
        ):
            sentence = (
                f"already in the ERP? control number {typed.control_number} of "
                f"{typed.date} has this customer and amount"
            )
            _hold(journal, entry, Reason.POSSIBLY_BY_HAND, sentence)
            return None
    again = journal.entry(entry.id) if found else entry
    return again if again and isinstance(again.state, Ready) else None


def _released(entry: Entry) -> tuple[str, ...]:
    return entry.state.plan.released if isinstance(entry.state, Ready) else ()


def _hold(journal: Journal, entry: Entry, reason: Reason, sentence: str) -> None:
    current = journal.entry(entry.id) or entry
    shares = tuple(
        Share(one.customer, one.applications, one.unapplied)
        for one in (part.payment for part in entry.parts)
    )
    hold = Hold(reason, sentence, entry.evidence, shares)
    journal.hold(entry.id, current.version, hold)


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
                for place, part in enumerate(entry.parts):
                    if self._stopped or self._terms.stop():
                        return
                    if part.waits and not self._sent(entry.id, place, part.payment):
                        break
        except ImporterError as error:
            self._stop(error)
        except BaseException:
            # A fault of ours: the others finish what is under way, and no more.
            self._stop(StoppedEarly(Fault("", "the program has a fault")))
            raise

    def _sent(self, key: str, place: int, payment: Payment) -> bool:
        """Send one payment; return whether the next of the remittance may follow."""
        request = self._erp.prepare(payment)
        current = self._journal.entry(key)
        if current is None or not _is_as_planned(current, place, payment):
            # Somebody has decided otherwise since the run began.
            return False
        if isinstance(request, Unpayable):
            _hold(self._journal, current, Reason.UNPAYABLE, request.sentence)
            return False
        plan = plan_of(current.state)
        approved = plan.payloads if plan else ()
        if approved and request.digest not in approved:
            sentence = "what would be sent is not what was approved"
            _hold(self._journal, current, Reason.NOT_APPROVED, sentence)
            return False
        version, why = current.version, ""
        for _ in range(TRIES_MOST):
            claimed = self._journal.claim(key, version, place, request, self._call())
            if claimed is None:
                return False
            outcome = self._erp.send(request)
            if isinstance(outcome, Refused):
                self._refused(key, place, claimed, request, outcome)
                return False
            version = self._journal.finish(key, place, outcome, claimed=claimed)
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
        return Call(self._erp.kind, today, "payment.receive", ceiling)

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


def _settle_first(sentence: str) -> StoppedEarly:
    hint = "importer settle finds out about them; then run it again"
    return StoppedEarly(Fault("", sentence, hint=hint))


def _is_as_planned(entry: Entry, place: int, payment: Payment) -> bool:
    """Say whether the remittance still stands as it was when the run began."""
    if not isinstance(entry.state, Ready) or place >= len(entry.parts):
        return False
    part = entry.parts[place]
    return part.waits and part.payment == payment
