"""Post what is ready: at most one request for each payment, then proof.

    look ─▶ for each customer in turn: prepare ─▶ claim ─▶ send ─▶ finish

(1) The ERP is asked for the payments of the days concerned before the first
    request: it proves address and token, finds what is there already, and what a
    person may have typed in.
(2) A request leaves only after its claim is on disk, and only by who made it.
(3) What may have arrived is never sent again here.
(4) Two doubts in a row stop the run, so that an outage leaves few of them.
(5) Payments of one customer go in order; workers serve different customers.
(6) Calls for payments stop at nine tenths of the day's budget: the rest is kept
    for finding out about doubts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from importer.erp import Erp, Unpayable
from importer.errors import Fault, ImporterError, StoppedEarly
from importer.identity import markers_in
from importer.journal import Journal
from importer.journal.entry import Entry, Part, Posting, Ready
from importer.journal.orders import Call
from importer.model import (
    Found,
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
TRIES_MOST = 3
WINDOW = timedelta(days=30)
SHARE_FOR_PAYMENTS = (9, 10)


@dataclass(frozen=True, slots=True)
class Terms:
    """How to post: workers at once, the day's calls, the clock, and the stop sign."""

    workers: int
    daily_calls: int
    now: Callable[[], datetime]
    stop: Callable[[], bool]


def post(journal: Journal, erp: Erp, terms: Terms) -> None:
    """Send what is ready; raises `StoppedEarly` when it cannot go on to the end."""
    for entry in journal.entries(statuses=("posting",)):
        _take_up(journal, entry)
    ready = list(journal.entries(statuses=("ready",)))
    if not ready:
        return
    there = _There(_listed(erp, ready))
    waiting: dict[str, list[Entry]] = defaultdict(list)
    for entry in ready:
        if fresh := _unless_there(journal, entry, there):
            waiting[fresh.parts[0].payment.customer].append(fresh)
    run = _Run(journal, erp, terms)
    with ThreadPoolExecutor(terms.workers) as pool:
        for done in [pool.submit(run.customer, some) for some in waiting.values()]:
            done.result()
    run.raise_if_stopped()


def _take_up(journal: Journal, entry: Entry) -> None:
    """Call in doubt what was being sent when the program died."""
    assert isinstance(entry.state, Posting), "only these are asked for"
    for place, part in enumerate(entry.parts):
        if part.under_way:
            why = InDoubt("the program stopped while it was being sent")
            journal.finish(entry.id, place, why)


def windows(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Cut the days concerned into windows of at most 31 days."""
    first: date | None = None
    last: date | None = None
    for day in sorted(set(days)):
        if first is None or day - first > WINDOW:
            if first is not None and last is not None:
                yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last


def _listed(erp: Erp, ready: Sequence[Entry]) -> list[Found]:
    days = [part.payment.value_date for one in ready for part in one.parts]
    return [one for first, last in windows(days) for one in erp.listed(first, last)]


class _There:
    """What the ERP has on the days concerned: ours by marker, others by amount."""

    def __init__(self, found: Iterable[Found]) -> None:
        self.ours: dict[str, list[Found]] = defaultdict(list)
        self._others: list[Found] = []
        for one in found:
            marks = markers_in(f"{one.reference} {one.notes}")
            for mark in marks:
                self.ours[mark].append(one)
            if not marks and one.total > 0:
                self._others.append(one)

    def by_hand(self, payment: Payment) -> Found | None:
        """Find a payment without a marker that looks like this one; each only once."""
        for one in self._others:
            if is_like(one, payment) and (
                one.date == payment.value_date
                or (payment.reference and payment.reference in one.reference)
            ):
                self._others.remove(one)
                return one
        return None


def is_like(found: Found, payment: Payment) -> bool:
    """Say whether the ERP's payment has this customer's name and amount.

    The list's total may leave out what is unapplied (it is nothing then for a
    payment without invoices), so what is applied counts as well.
    """
    if found.customer_name.casefold() != payment.customer_name.casefold():
        return False
    applied = {one.invoice: one.amount for one in payment.applications}
    return found.total == payment.total or (
        found.total == payment.total - payment.unapplied
        and dict(found.applied) == applied
    )


def _unless_there(journal: Journal, entry: Entry, there: _There) -> Entry | None:
    """Return the entry if it is still to be sent, and settle it here if it is not."""
    for place, part in enumerate(entry.parts):
        if not part.waits:
            continue
        payment = part.payment
        ours = [one for one in there.ours[payment.marker] if one.total >= 0]
        if len(ours) == 1 and is_like(ours[0], payment):
            how = "found in the ERP by its marker before sending"
            journal.finish(entry.id, place, Posted(ours[0].control_number, how), how)
        elif ours:
            numbers = ", ".join(one.control_number for one in ours)
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
    again = journal.entry(entry.id)
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

    def customer(self, entries: Sequence[Entry]) -> None:
        """Send one customer's payments in order, until something stops the run."""
        try:
            for entry in entries:
                for place, part in enumerate(entry.parts):
                    if self._stopped or self._terms.stop():
                        return
                    if part.waits and not self._sent(entry.id, place, part):
                        break
        except ImporterError as error:
            self._stop(error)

    def _sent(self, key: str, place: int, part: Part) -> bool:
        """Send one payment; return whether the next of the remittance may follow."""
        request = self._erp.prepare(part.payment)
        current = self._journal.entry(key)
        assert current is not None, "what was read a moment ago is there"
        if isinstance(request, Unpayable):
            _hold(self._journal, current, Reason.UNPAYABLE, request.sentence)
            return False
        version, why = current.version, ""
        for _ in range(TRIES_MOST):
            claimed = self._journal.claim(key, version, place, request, self._call())
            if claimed is None:
                return False
            outcome = self._erp.send(request)
            if isinstance(outcome, Refused):
                outcome = self._doubted(request.reference, part.payment, outcome)
            version = self._journal.finish(key, place, outcome)
            if not isinstance(outcome, NotSent):
                self._count(outcome)
                return isinstance(outcome, Posted)
            why = outcome.why
        sentence = f"{why}; {TRIES_MOST} tries"
        hint = "nothing was sent; run it again later"
        raise StoppedEarly(Fault("", sentence, hint=hint))

    def _call(self) -> Call:
        share, whole = SHARE_FOR_PAYMENTS
        ceiling = self._terms.daily_calls * share // whole
        today = self._terms.now().date()
        return Call(self._erp.kind, today, "payment.receive", ceiling)

    def _doubted(
        self, reference: str, payment: Payment, refused: Refused
    ) -> Refused | InDoubt:
        """Believe a refusal only if the payment is not there all the same."""
        for one in self._erp.search(reference):
            if payment.marker in markers_in(f"{one.reference} {one.notes}"):
                why = f'the ERP said "{refused.message}", but lists the payment as '
                return InDoubt(f"{why}{one.control_number}")
        return refused

    def _count(self, outcome: Posted | Refused | InDoubt) -> None:
        with self._lock:
            self._doubts = self._doubts + 1 if isinstance(outcome, InDoubt) else 0
            many = self._doubts >= DOUBTS_IN_A_ROW_MOST
        if many and isinstance(outcome, InDoubt):
            sentence = f"{self._doubts} payments in a row had no answer: {outcome.why}"
            hint = "importer settle finds out about them; then run it again"
            self._stop(StoppedEarly(Fault("", sentence, hint=hint)))

    def _stop(self, error: ImporterError) -> None:
        with self._lock:
            self._stopped = self._stopped or error
