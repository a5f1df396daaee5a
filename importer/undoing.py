"""What a file has put into the ERP, for a person who has to take it out again.

No ERP here has a call that undoes a payment safely, so that nothing is sent: this is
the list of what a person does there.

(1) Every control number of the file is in it, once.
(2) What may be in the ERP, and what would be sent yet, is in it, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path

from importer import files, money, notation
from importer.cells import encode_cell
from importer.errors import Fault, SettingsRefused
from importer.journal.entry import Done, Entry, FileRecord, Held, Part, Ready
from importer.model import InDoubt, Posted, Reason, Remittance, Share

COLUMNS = (
    *("row", "remittance", "stands", "control_number", "customer", "customer_name"),
    *("invoices", "amount", "currency", "day", "reference", "what", "remark"),
)
DIGEST_LEAST = 8
NAMES_SHOWN = 10
ANSWERED = Posted("").how
UNSURE = (Reason.NOT_FOUND, Reason.DIFFERS_IN_ERP)
SETTLE = (
    "importer settle finds out whether it is in the ERP; else look there for the "
    "reference {mark}, and take it out if it is there"
)
SKIP = "nothing is in the ERP yet: write skip into its result, or the next run sends it"


class Stands(Enum):
    """How a payment of the file stands."""

    POSTED = "posted"
    IN_DOUBT = "in doubt"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Undo:
    """One payment, and what a person does about it."""

    row: int
    remittance: str
    stands: Stands
    control_number: str
    customer: str
    customer_name: str
    invoices: str
    amount: Decimal | None
    currency: str
    day: date | None
    reference: str
    what: str
    remark: str

    def cells(self) -> dict[str, str]:
        """Return it as texts by column."""
        found = {name: getattr(self, name) for name in COLUMNS}
        amount, day = self.amount, self.day
        places = money.places(self.currency)
        return {name: str(cell) for name, cell in found.items()} | {
            "stands": self.stands.value,
            "amount": "" if amount is None else money.write(amount, places),
            "day": day.isoformat() if day else "",
        }


def chosen(known: Iterable[FileRecord], said: str) -> FileRecord:
    """Find a file by its name, or by the beginning of its digest.

    Raises `SettingsRefused` where there is none, or several.
    """
    every = list(known)
    is_digest = len(said) >= DIGEST_LEAST
    fits = [one for one in every if one.name == said] or [
        one for one in every if is_digest and one.sha256.startswith(said.lower())
    ]
    if len(fits) == 1:
        return fits[0]
    shown = fits or every[-NAMES_SHOWN:]
    listed = "\n".join(
        f"{one.sha256[:12]}  {one.taken_at:%Y-%m-%d %H:%M}  "
        f"{one.records} remittances  {one.name}"
        for one in shown
    )
    if fits:
        sentence = f'{len(fits)} files are called "{said}"'
        hint = "say which: --file and the digest that stands before it"
    else:
        sentence = f'no file called "{said}" was taken in'
        hint = "these were taken in last; write the name as it stands there"
    raise SettingsRefused(Fault("--file", sentence, listed, hint))


def undone(entries: Iterable[Entry], how: str) -> Iterator[Undo]:
    """Yield what is to be undone; `how` says what a person does in this ERP."""
    for entry in sorted(entries, key=lambda one: one.notice.place.row):
        if isinstance(entry.state, Done) and not entry.parts:
            yield from _found(entry, entry.state.posted, how)
        for part in entry.parts:
            yield from _of(entry, part, how)


def _of(entry: Entry, part: Part, how: str) -> Iterator[Undo]:
    mark = part.payment.marker
    settle = SETTLE.format(mark=mark)
    match part.outcome:
        case Posted() as posted:
            yield _line(entry, part, Stands.POSTED, how, posted)
        case InDoubt():
            yield _line(entry, part, Stands.IN_DOUBT, settle)
        case _ if part.under_way or _is_unsure(entry):
            yield _line(entry, part, Stands.IN_DOUBT, settle)
        case _ if isinstance(entry.state, Ready):
            yield _line(entry, part, Stands.READY, SKIP)
        case _:
            return


def _is_unsure(entry: Entry) -> bool:
    return isinstance(entry.state, Held) and entry.state.hold.reason in UNSURE


def _line(
    entry: Entry, part: Part, stands: Stands, what: str, posted: Posted | None = None
) -> Undo:
    payment = part.payment
    share = Share("", payment.applications, payment.unapplied)
    return Undo(
        row=entry.notice.place.row,
        remittance=entry.id,
        stands=stands,
        control_number=posted.control_number if posted else "",
        customer=payment.customer,
        customer_name=payment.customer_name,
        invoices=notation.write((share,)),
        amount=payment.total,
        currency=payment.currency,
        day=payment.value_date,
        reference=part.claim.reference if part.claim else payment.marker,
        what=what,
        remark=_remark(entry, posted),
    )


def _found(entry: Entry, posted: Sequence[Posted], how: str) -> Iterator[Undo]:
    """Yield what was found in the ERP, or named by a person, without a plan here."""
    notice = entry.notice
    one = notice if isinstance(notice, Remittance) else None
    for payment in posted:
        yield Undo(
            row=notice.place.row,
            remittance=entry.id,
            stands=Stands.POSTED,
            control_number=payment.control_number,
            customer="",
            customer_name="",
            invoices="",
            amount=one.amount if one else None,
            currency=one.currency if one else "",
            day=one.value_date if one else None,
            reference=one.reference if one else "",
            what=how,
            remark=_remark(entry, payment),
        )


def _remark(entry: Entry, posted: Posted | None) -> str:
    """Say how it is known, where the ERP did not just answer, and what is odd."""
    how = posted.how if posted and posted.how != ANSWERED else ""
    return "; ".join((*filter(None, (how,)), *entry.alarms))


def write(path: Path, lines: Iterable[Undo]) -> int:
    """Write the list as a CSV, and return how many lines it has."""
    rows = ([encode_cell(cell) for cell in one.cells().values()] for one in lines)
    return files.write_table(path, COLUMNS, rows)
