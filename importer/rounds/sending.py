"""The part of a round that speaks with the ERP: post, settle, read back."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from importer import approval, posting, reconciling, settling
from importer.approval import Proposal
from importer.errors import ImporterError
from importer.logs import Log, trouble
from importer.logs.steps import step
from importer.posting import Terms
from importer.reconciling import NOTHING, Reconciled
from importer.rounds.reports import Bench

OPEN = ("ready", "posting", "in_doubt")
_log = Log("rounds")


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it: what the ERP's list shows, what waits, and what stopped it."""

    reconciled: Reconciled = NOTHING
    proposals: tuple[Proposal, ...] = ()
    stopped: ImporterError | None = None


def alone(bench: Bench) -> AbstractContextManager[None]:
    """Hold the lock of all that sends or settles by this journal."""
    return bench.journal.only_sender(bench.now().isoformat(timespec="seconds"))


def send(bench: Bench, digest: str = "") -> Sent:
    """Send what is ready, look for what is in doubt, and read back what is posted.

    Where the settings want it, only what is approved; `digest` approves a file.
    """
    counts, found = bench.journal.counts(), NOTHING
    if not digest and not any(counts[word] for word in OPEN):
        return Sent()
    waiting: tuple[Proposal, ...] = ()
    terms = _terms(bench)
    try:
        with alone(bench), bench.connect() as erp:
            if digest:
                approval.approve(bench.journal, erp, digest)
            try:
                with bench.attended(bench.journal):
                    posting.post(bench.journal, erp, terms)
            finally:
                with step("looking for what is in doubt"):
                    settling.settle(bench.journal, erp, bench.now)
            with step("reading back what was posted"):
                found = reconciling.read_back(bench.journal, erp, bench.now)
            if terms.wants_approval:
                waiting = approval.proposals(bench.journal, erp)
    except ImporterError as error:
        _log.warning("posting stopped early", **trouble(error))
        return Sent(found, waiting, error)
    return Sent(found, waiting)


def _terms(bench: Bench) -> Terms:
    section = bench.workspace.settings
    return Terms(
        workers=section.posting.workers,
        daily_calls=section.erp.daily_calls,
        now=bench.now,
        stop=bench.stop,
        wants_approval=section.posting.approve == "file",
    )
