"""What of a round is told to people who do not look: counts, sums, and names of files.

No reason is told: it may quote what a bank, an ERP or a customer wrote.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from importer.errors import (
    ImporterError,
    JournalRefused,
    MappingRefused,
    SettingsRefused,
)
from importer.notices import News, calm
from importer.rounds.reports import Bench, Round, Unusable, Written

NEEDS_A_PERSON = ("held", "refused", "in_doubt")
OPEN = ("ready", "posting")
WORDS = {
    "posted": "posted",
    "held": "held",
    "refused": "refused by the ERP",
    "in_doubt": "in doubt",
    "ready": "not sent yet",
    "posting": "being sent",
    "duplicate": "known before",
    "skipped": "skipped",
}
POSTING, DIFFERENCES, WATCHER, BOOKS = "posting", "differences", "watcher", "books"
# More digits than a date has may be an account: the last four are left.
LONG_NUMBER = re.compile(r"\d{5,}(?=\d{4})")
_AWAY = (
    "the ERP does not answer, the day's calls are spent, or another process is at "
    "work; it goes on by itself"
)
_REASONS: tuple[tuple[type[ImporterError], str], ...] = (
    (JournalRefused, "the journal cannot be used"),
    (MappingRefused, "a mapping cannot be used"),
    (SettingsRefused, "a setting, the token or a path cannot be used"),
    (ImporterError, _AWAY),
)


def news(done: Round, bench: Bench) -> Iterator[News]:
    """Tell what came of each file, and what else a person should know of a round."""
    for one in done.files:
        if isinstance(one, Unusable):
            name = _name(one.name)
            text = f"{name}: could not be used, nothing of it was taken in"
            # Another file of this name may be refused another day.
            yield News(f"file {name}", "needs_person", text, f"{bench.now():%Y-%m-%d}")
    for written in done.written:
        yield from _file(written, bench)
    for proposal in done.proposals:
        count, sums = len(proposal.entries), _money(proposal.sums)
        text = f"{_name(proposal.file.name)}: {count} wait for approval, {sums}"
        about = f"approval {proposal.file.sha256}"
        yield News(about, "needs_person", text, proposal.digest)
    if found := done.reconciled.differences:
        kinds = Counter(one.kind for one in found)
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        where = f": {done.worklist.name}" if done.worklist else ""
        text = f"the ERP has otherwise what was posted: {said}{where}"
        # The same ones are found by each sweep.
        yield News(DIFFERENCES, "needs_person", text, said)
    if done.stopped:
        yield stopped(done.stopped)
    elif done.written:
        yield calm(POSTING, "work goes on again")


def stopped(error: ImporterError) -> News:
    """Tell that a round has ended before its end."""
    reason = _reason(error)
    text = f"stopped early: {reason}. importer status says more"
    return News(POSTING, "stopped", text, reason)


def not_synced(error: ImporterError) -> News:
    """Tell that the books are as old as they were."""
    reason = _reason(error)
    return News(BOOKS, "stopped", f"the books are not refreshed: {reason}", reason)


def _reason(error: ImporterError) -> str:
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words
    raise AssertionError("every error is an ImporterError")


def watcher(why: str) -> News:
    """Tell that the watcher has ended, or is found to have."""
    return News(WATCHER, "stopped", f"the watcher {why}", why.partition(",")[0])


def _file(one: Written, bench: Bench) -> Iterator[News]:
    """Tell how a file stands, if it waits for a person or is done."""
    sha256, name = one.record.sha256, _name(one.record.name)
    counts = bench.journal.counts(file=sha256)
    sums: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for (word, currency), amount in bench.journal.sums(file=sha256).items():
        sums[word][currency] = amount
    said = "; ".join(
        f"{counts[word]} {words} {_money(sums[word])}".rstrip()
        for word, words in WORDS.items()
        if counts[word]
    )
    if any(counts[word] for word in NEEDS_A_PERSON):
        yield News(f"file {sha256}", "needs_person", f"{name}: {said}", said)
    elif not any(counts[word] for word in OPEN):
        yield News(f"file {sha256}", "done", f"{name}: {said}", said)


def _money(sums: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{amount:,} {currency}" for currency, amount in sums.items())


def _name(name: str) -> str:
    """Show a file's name, without what may be a whole account number."""
    shown = "".join(char if char.isprintable() else "?" for char in name)
    return LONG_NUMBER.sub("…", shown)
