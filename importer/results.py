"""Result CSVs: every remittance of a file, what needs a person first.

    remittance,status,reason,amount,…,suggestion,file,row,version,decision,…

UTF-8 with a mark so that spreadsheets open it right.  What stands left of
`decision` is ours, what stands right of it is the clerk's.

(1) No cell is run by a spreadsheet, and every text comes back exactly: `cells`.
(2) A payer's account is in no column; where the bank's own text has it, the last
    four letters of it are shown.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

from importer import files, money, notation
from importer.cells import decode_cell, encode_cell
from importer.journal.entry import (
    Doubt,
    Duplicate,
    Entry,
    Head,
    Held,
    Refusal,
    Skipped,
)
from importer.model import (
    Hold,
    InDoubt,
    Posted,
    Refused,
    Remittance,
    Share,
)

COLUMNS = (
    "remittance",
    "status",
    "reason",
    "amount",
    "currency",
    "value_date",
    "remitter",
    "reference",
    "text",
    "customer",
    "customer_name",
    "invoices",
    "unapplied",
    "control_number",
    "rule",
    "evidence",
    "suggestion",
    "file",
    "row",
    "version",
    "decision",
    "set_customer",
    "set_invoices",
    "note",
)
SWEPT = ("kind", "remittance", "control_number", "what", "decision", "note")
"""The columns of a sweep's worklist; the last two are the clerk's."""
OURS = COLUMNS[: COLUMNS.index("decision")]
ORDER = ("in_doubt", "refused", "held", "posting", "ready", "posted", "duplicate")
HEAD = re.compile(r"(?:; )?the journal ends at event \d+, ([0-9a-f]{64})")
HEAD_WITHIN = 1 << 18
Ranked = tuple[tuple[int, int], str, list[str]]
ACCOUNT_LEAST = 6
ACCOUNT_SHOWN = 4


def row_of(entry: Entry) -> dict[str, str]:
    """Return the cells of one remittance by column, not yet encoded."""
    notice = entry.notice
    shares = notation.together(part.payment for part in entry.parts)
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {
        "remittance": entry.id,
        "status": entry.status,
        "reason": reason_of(entry),
        "text": notice.text,
        "customer": " / ".join(share.customer for share in shares),
        "customer_name": " / ".join(_names(entry)),
        "invoices": notation.write(_without_rest(shares)),
        "unapplied": _rest(shares),
        "control_number": " / ".join(_controls(entry)),
        "rule": entry.evidence.rule,
        "evidence": "; ".join(entry.evidence.found),
        "suggestion": notation.write(_suggestion(entry)),
        "file": notice.place.file,
        "row": str(notice.place.row),
        "version": str(entry.version),
        "note": entry.note,
    }
    if isinstance(notice, Remittance):
        places = money.places(notice.currency)
        cells |= {
            "amount": money.write(notice.amount, places),
            "currency": notice.currency,
            "value_date": notice.value_date.isoformat(),
            "remitter": notice.remitter,
            "reference": notice.reference,
        }
        return _masked(cells, notice.payer_account)
    return cells


def _masked(cells: dict[str, str], account: str) -> dict[str, str]:
    """Show no more of the payer's account than its end in any of the bank's texts."""
    if not account:
        return cells
    names = ("reason", "remitter", "reference", "text", "evidence", "note")
    return cells | {name: masked(cells[name], account) for name in names}


def masked(text: str, account: str) -> str:
    """Show no more of an account than its end, written in any groups."""
    letters = [char for char in account if char.isalnum()]
    if len(letters) < ACCOUNT_LEAST:
        return text
    pattern = re.compile(r"[ .-]?".join(map(re.escape, letters)), re.IGNORECASE)
    end = "".join(letters[-ACCOUNT_SHOWN:])
    return pattern.sub(f"\u2026{end}", text)


def reason_of(entry: Entry) -> str:
    """Say why it stands as it stands; a hold begins with its stable code."""
    said = list(entry.alarms)
    match entry.state:
        case Held(Hold(reason=reason, sentence=sentence)):
            said.append(f"{reason.value}: {sentence}")
        case Skipped(skip):
            said.append(skip.sentence)
        case Duplicate(sentence=sentence):
            said.append(sentence)
        case Refusal() | Doubt():
            for part in entry.parts:
                match part.outcome:
                    case Refused(message):
                        said.append(f'the ERP said: "{message}"')
                    case InDoubt(why):
                        said.append(why)
                    case _:
                        pass
                said += [look.sentence for look in part.looks[-1:]]
        case _:
            pass
    return "; ".join([*said, *_progress(entry)])


def _progress(entry: Entry) -> list[str]:
    """Say which payments of a remittance are done while others of it are not."""
    parts = [
        (part, " + ".join(one.invoice for one in part.payment.applications))
        for part in entry.parts
    ]
    done = [
        f"{invoices or 'on account'} as {part.outcome.control_number}"
        for part, invoices in parts
        if isinstance(part.outcome, Posted)
    ]
    if not 0 < len(done) < len(parts):
        return []
    return [f"{len(done)} of {len(parts)} payments are posted: {', '.join(done)}"]


def _suggestion(entry: Entry) -> tuple[Share, ...]:
    match entry.state:
        case Held(hold):
            return hold.suggestion
        case _:
            return ()


def _names(entry: Entry) -> list[str]:
    parts = {part.payment.customer: part.payment for part in entry.parts}
    return [one.customer_name for one in parts.values()]


def _controls(entry: Entry) -> list[str]:
    return [
        part.outcome.control_number
        for part in entry.parts
        if isinstance(part.outcome, Posted)
    ] or [one.control_number for one in getattr(entry.state, "posted", ())]


def _without_rest(shares: Sequence[Share]) -> tuple[Share, ...]:
    if len(shares) > 1:
        return tuple(shares)
    return tuple(Share("", one.applications) for one in shares if one.applications)


def _rest(shares: Sequence[Share]) -> str:
    rests = [one.unapplied for one in shares if one.unapplied]
    return money.write(sum(rests[1:], rests[0])) if rests else ""


def sums_of(entries: Iterable[Entry]) -> Mapping[str, Decimal]:
    """Add up, by currency, what the bank wrote in all rows that can be read."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for notice in (entry.notice for entry in entries):
        if isinstance(notice, Remittance):
            sums[notice.currency] += notice.amount
    return sums


def rank(entry: Entry) -> tuple[int, int]:
    """Order what needs a person first, then by row."""
    word = entry.status
    place = ORDER.index(word) if word in ORDER else len(ORDER)
    return place, entry.notice.place.row


def encoded(row: Mapping[str, str], columns: Sequence[str] = COLUMNS) -> list[str]:
    """Return a row's cells in their order, each harmless."""
    return [encode_cell(row[name]) for name in columns]


def rows(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Return the cells of remittances by id, what needs a person first."""
    return ordered(ranked(entries))


def ranked(entries: Iterable[Entry]) -> list[Ranked]:
    """Return the cells of remittances, with what orders them."""
    return [(rank(one), one.id, encoded(row_of(one))) for one in entries]


def ordered(several: Iterable[Ranked]) -> dict[str, list[str]]:
    """Return cells by id, what needs a person first."""
    return {id_: cells for _, id_, cells in sorted(several, key=itemgetter(0))}


def write(
    rows: Mapping[str, list[str]], folder: Path, name: str, at: datetime, head: Head
) -> Path:
    """Write the result CSV of one file, and return where it lies.

    `head`, where the journal ends, stands behind the evidence of the first row: who
    cuts the journal off does not reach what people have on their desks.
    """
    path = folder / f"{files.safe_name(name)}.{at:%Y%m%d-%H%M%S}.csv"
    count = 2
    while path.exists():
        path = folder / f"{files.safe_name(name)}.{at:%Y%m%d-%H%M%S}-{count}.csv"
        count += 1
    files.write_table(path, COLUMNS, _pinned(rows.values(), head))
    return path


def _pinned(rows: Iterable[list[str]], head: Head) -> Iterator[list[str]]:
    """Write behind the first row's evidence where the journal ends."""
    at = COLUMNS.index("evidence")
    for place, row in enumerate(rows):
        if place:
            yield row
        else:
            evidence = with_head(decode_cell(row[at]), head)
            yield [*row[:at], encode_cell(evidence), *row[at + 1 :]]


def with_head(evidence: str, head: Head) -> str:
    """Return a row's evidence with where the journal ends behind it."""
    said = f"the journal ends at event {head.position}, {head.hash}"
    return "; ".join(filter(None, (evidence, said)))


def without_head(evidence: str) -> str:
    """Return a row's evidence alone."""
    return HEAD.sub("", evidence)


def heads(folder: Path) -> Iterator[str]:
    """Find where the journal ended, by every result CSV of a folder."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            yield from (found[1] for found in HEAD.finditer(file.read(HEAD_WITHIN)))
