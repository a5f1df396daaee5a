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

from importer import presence
from importer.erp import Erp
from importer.errors import Fault, ImporterError, StoppedEarly
from importer.journal import Journal
from importer.journal.entry import Entry, Posting
from importer.journal.orders import Call
from importer.lanes import lanes
from importer.model import InDoubt, Posted, Refused
from importer.posting.worker import Worker

DOUBTS_IN_A_ROW_MOST = 2
DOUBTS_IN_AN_HOUR_MOST = 5
HOUR = timedelta(hours=1)
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
            with closing(Worker(self)) as worker:
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
            sentence = f"{doubts} payments in a row are in doubt: {outcome.why}"
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


def _settle_first(sentence: str) -> StoppedEarly:
    hint = "importer settle finds out about them; then run it again"
    return StoppedEarly(Fault("", sentence, hint=hint))
