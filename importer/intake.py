"""Take a bank file in: all of it, or nothing of it.

    glance ─claim─▶ mapping ─read─▶ Table ─transcribe─▶ notices
           ─classify─▶ new | known before ─resolve─▶ Plan ─▶ journal

A plan is a value: a dry run throws it away, taking in writes it in one transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from importer import notation, readers, spread
from importer.books.quoted import Ask, quotes
from importer.erp import WHOLE, Parts
from importer.errors import Fault, FileRefused
from importer.fitting import fitted, within
from importer.guess.fields import NO_ACCOUNT, NO_CURRENCY
from importer.journal import Journal
from importer.journal.entry import Duplicate, FileRecord
from importer.journal.orders import Item, Taken
from importer.logs.steps import step
from importer.mapping.claim import claim, layout
from importer.mapping.schema import Mapping
from importer.model import (
    Evidence,
    Hold,
    Notice,
    Reason,
    Remittance,
    Resolution,
    Skip,
    Unreadable,
)
from importer.repeats import (
    DuplicateOf,
    Identified,
    New,
    PossiblyDuplicate,
    PossiblyRedescribed,
    classify,
)
from importer.resolve import Limits, Run
from importer.resolve.ahead import Ahead, ahead, mended
from importer.resolve.snapshot import Books
from importer.table import BOUNDS, Bounds
from importer.transcribe import transcribe
from importer.transcribe.endings import unsure_of_the_last

SHARE_LEAST = 2000
"""How many remittances are worth a copy of this process."""


@dataclass(frozen=True, slots=True)
class Source:
    """A bank file: where its bytes lie, their digest, its name, and if it is ended."""

    path: Path
    sha256: str
    name: str
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """What a file is read and decided by: mappings, books, limits and bounds.

    `after` is how many files were taken in when the books were looked at.  `parts`
    cuts payments as the ERP takes them.  `ask` completes the books by what a file
    names, where the ERP does not list all.
    """

    mappings: tuple[Mapping, ...]
    books: Books
    limits: Limits
    bounds: Bounds = BOUNDS
    after: int | None = None
    parts: Parts = WHOLE
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Transcription:
    """A file as its mapping understands it, before anything is decided."""

    mapping: Mapping
    notices: tuple[Notice, ...]
    totals: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be recorded of a file; `after` is how many files it looked at."""

    file: FileRecord
    items: tuple[Item, ...]
    after: int


@dataclass(frozen=True, slots=True)
class Known:
    """The same bytes were taken in before, as this file."""

    file: FileRecord


def understand(
    source: Source, mappings: tuple[Mapping, ...], bounds: Bounds = BOUNDS
) -> Transcription:
    """Read a file by the one mapping that claims it; refuse it with all faults."""
    glance = readers.glance(source.path, bounds)
    mapping = claim(glance, mappings)
    table = readers.read(source.path, layout(mapping), bounds)
    transcript = transcribe(table, mapping)
    notices = tuple(transcript)
    assert transcript.totals is not None, "it was read to its end"
    if glance.format == "delimited" and not source.ended:
        notices = unsure_of_the_last(notices)
    return Transcription(mapping, notices, transcript.totals.sentence)


def plan(
    source: Source,
    rules: Rules,
    journal: Journal,
    now: datetime,
    *,
    explain: bool = False,
) -> Plan | Known:
    """Decide every remittance of a file; record nothing."""
    if (known := journal.file_known(source.sha256)) and not explain:
        return Known(known)
    after = journal.files_taken() if rules.after is None else rules.after
    with step("reading", kilobytes=source.path.stat().st_size >> 10):
        read = understand(source, rules.mappings, rules.bounds)
    # What is explained is what would be decided if nothing were known of it.
    identified = _identified(source, read, None if explain else journal)
    if rules.ask:
        wanted = quotes(read.mapping, read.notices, rules.books)
        rules = replace(rules, books=rules.ask(wanted) if wanted else rules.books)
    with step("deciding", remittances=len(identified)):
        decided = tuple(_decided(identified, read, rules, explain=explain))
    items = within(decided, rules.limits)
    ours = read.mapping.read.account
    file = FileRecord(
        sha256=source.sha256,
        name=source.name,
        taken_at=now,
        mapping=read.mapping.name,
        mapping_digest=read.mapping.digest,
        account=ours if isinstance(ours, str) else "",
        totals=read.totals,
        records=len(items),
    )
    return Plan(file, items, after)


def take_in(
    source: Source,
    rules: Rules,
    journal: Journal,
    now: datetime,
    *,
    anew: Callable[[], Rules],
) -> Plan | Known:
    """Record a file with all its decisions, or find that it is known.

    `anew` loads the rules once more: what another process took in meanwhile may
    have paid the same invoices.
    """
    while True:
        planned = plan(source, rules, journal, now)
        if isinstance(planned, Known):
            return planned
        _refuse_placeholders(source, planned, rules)
        with step("recording", remittances=len(planned.items)):
            taken = journal.take_in(planned.file, planned.items, after=planned.after)
        match taken:
            case Taken.IN:
                return planned
            case Taken.KNOWN | Taken.OVERTAKEN:
                # Another process took a file in meanwhile: what is known has changed.
                rules = anew()


def _refuse_placeholders(source: Source, planned: Plan, rules: Rules) -> None:
    """Refuse to record by a guessed mapping that still waits for a person's word."""
    mapping = next(one for one in rules.mappings if one.name == planned.file.mapping)
    left = {
        "account": mapping.read.account == NO_ACCOUNT,
        "currency": mapping.read.currency == NO_CURRENCY,
    }
    faults = [
        Fault(
            mapping.path,
            f"[read] {key} was guessed and is still to be filled in",
            hint=f"write our own {key} there, then take {source.name} in again",
        )
        for key, is_left in left.items()
        if is_left
    ]
    if faults:
        raise FileRefused(*faults)


def _identified(
    source: Source, read: Transcription, journal: Journal | None
) -> tuple[Identified, ...]:
    """Give each notice its id, and compare it with what is known of its day."""
    days: dict[str, set[date]] = {}
    for notice in read.notices:
        if isinstance(notice, Remittance):
            days.setdefault(notice.account, set()).add(notice.booking_date)
    earlier = [
        one
        for account, booked in (days.items() if journal else ())
        for one in (journal.known_on(account, booked) if journal else ())
    ]
    return classify(read.notices, earlier, source.sha256)


def _decided(
    identified: Iterable[Identified],
    read: Transcription,
    rules: Rules,
    *,
    explain: bool,
) -> Iterator[Item]:
    """Decide in the file's order; what may be a repetition takes no invoice away."""
    every = tuple(identified)
    decisions: dict[str, Resolution] = {}
    for wanted in ((New,), (PossiblyDuplicate, PossiblyRedescribed)):
        remittances = [
            (one.id, one.notice)
            for one in every
            if isinstance(one.finding, wanted) and isinstance(one.notice, Remittance)
        ]
        resolutions = _resolved(remittances, read.mapping, rules, explain=explain)
        for (key, _), resolution in zip(remittances, resolutions, strict=True):
            decisions[key] = fitted(key, resolution, rules.books, rules.parts)
    for one in every:
        yield _item(one, decisions.get(one.id))


def _resolved(
    remittances: Sequence[tuple[str, Remittance]],
    mapping: Mapping,
    rules: Rules,
    *,
    explain: bool,
) -> Iterator[Resolution]:
    """Decide in order, as `resolve` does: the parts of a large file at once."""

    def alone(part: Sequence[tuple[str, Remittance]]) -> list[Ahead]:
        return ahead(part, Run(mapping, rules.books, rules.limits, explain=explain))

    parts = spread.parts(remittances, SHARE_LEAST)
    every = spread.done([partial(alone, part) for part in parts])
    run = Run(mapping, rules.books, rules.limits, explain=explain)
    for part, found in zip(parts, every, strict=True):
        yield from mended(part, found, run)


def _item(one: Identified, resolution: Resolution | None) -> Item:
    if isinstance(one.notice, Unreadable):
        evidence = Evidence(rule="reading", found=(one.notice.hint,))
        return Item(
            one.id, one.notice, Hold(Reason.UNREADABLE, one.notice.why, evidence)
        )
    match one.finding:
        case DuplicateOf(of, place):
            sentence = f"the same remittance was taken in before as {of}, of {place}"
            return Item(one.id, one.notice, Duplicate(of, sentence))
        case New():
            assert resolution is not None, "every new remittance is resolved"
            return Item(one.id, one.notice, resolution)
        case PossiblyDuplicate(of, why) | PossiblyRedescribed(of, why):
            assert resolution is not None, "every doubtful remittance is resolved"
            if isinstance(resolution, Skip):
                return Item(one.id, one.notice, resolution)
            hold = Hold(
                Reason.POSSIBLE_DUPLICATE,
                why,
                resolution.evidence,
                notation.shares(resolution),
            )
            return Item(one.id, one.notice, hold, repeats=of)
