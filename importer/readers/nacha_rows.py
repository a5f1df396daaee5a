"""Turn a NACHA entry, with its addenda, into rows: one, or one for each invoice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from importer import money
from importer.readers import x12_segments
from importer.readers.nacha_records import Record
from importer.readers.x12_segments import Line
from importer.table import CAUTION, Row

COLUMNS = (
    *("payment", "account", "currency", "booking date", "amount", "kind", "remitter"),
    *("reference", "bank reference", "check number", "text"),
    *("invoice", "paid", "discount", "receiver", "receiver id", "company id"),
    *("entry class", "entry description", "descriptive date", "transaction code"),
    *("discretionary data", "originator account", "return reason"),
    CAUTION,
)
_CHECKS = ("ARC", "BOC", "RCK", "XCK", "POP")
_LISTS = ("CTX", "ATX")
_CENTURY = "20"
_INFO_WIDTH = 80
_TENS = "2345"


@dataclass(frozen=True, slots=True)
class Batch:
    """The header of a batch, and the day on which the file was made (YYMMDD).

    There is no header where entries have no batch.
    """

    header: Record | None = None
    made: str = ""

    @property
    def text(self) -> str:
        """Return the header's letters, blank where there is none."""
        return self.header.text if self.header else " " * 94

    @property
    def entry_class(self) -> str:
        """Return the standard entry class code."""
        return self.text[50:53]

    @property
    def is_adv(self) -> bool:
        """Return whether it holds accounting advices, whose records differ."""
        return self.entry_class == "ADV"

    @property
    def is_iat(self) -> bool:
        """Return whether it holds international entries, whose records differ."""
        return self.entry_class == "IAT" or self.text[4:20].startswith("IATCOR")


@dataclass(slots=True)
class Payment:
    """One entry: its number in the file, its record, its batch, and its addenda."""

    number: int
    record: Record
    batch: Batch
    addenda: list[Record] = field(default_factory=list)
    infos: int = 0

    def join(self, record: Record) -> None:
        """Put an addenda to it; `infos` counts those with payment information."""
        self.addenda.append(record)
        self.infos += record[1:3] == "05"


def cents(record: Record, batch: Batch) -> int | None:
    """Return an entry's amount in cents; None where there are no figures."""
    figures = record[27:39] if batch.is_adv else record[29:39]
    return int(figures) if figures.isdecimal() else None


def is_debit(record: Record, batch: Batch) -> bool | None:
    """Say whether an entry takes money from its receiver; None for no known code.

    The second figure tells: 1 to 4 are credits, 5 to 9 debits; of the codes of
    accounting advices, which begin with 8, even ones are debits.
    """
    code = record[1:3]
    if not code.isdecimal():
        return None
    if code[0] == "8" and batch.is_adv:
        return int(code[1]) % 2 == 0 if code[1] in "12345678" else None
    if code[0] not in _TENS or code[1] == "0":
        return None
    return code[1] >= "5"


def rows(payment: Payment) -> Iterator[Row]:
    """Yield the rows of one entry."""
    record, batch = payment.record, payment.batch
    amount, debit = cents(record, batch), is_debit(record, batch)
    lines: list[Line] = []
    if amount is None or debit is None:
        signed = f"{record[27:39].strip()} with code {record[1:3]}{money.UNSURE}"
        text, caution = _text(payment), _caution(payment, amount)
    else:
        signed = f"{'-' if debit else ''}{money.of_cents(amount)}"
        lines, text, why = _advice(payment, Decimal(amount) / 100)
        caution = _caution(payment, amount) or why
    cells = _cells(payment, signed, text)
    for line in lines or [Line("", "")]:
        listed = (line.invoice, line.paid, line.discount)
        yield Row(
            record.line,
            (str(payment.number), *cells[:10], *listed, *cells[10:], caution),
        )


def _text(payment: Payment) -> str:
    """Join the payment information; what fills its width goes on without a blank."""
    text = ""
    for one in payment.addenda:
        if one[1:3] == "05":
            info = one[3:83]
            text += info if len(info.rstrip()) == _INFO_WIDTH else info.rstrip() + " "
        elif one[1:3] in ("10", "11", "17") and payment.batch.is_iat:
            text += one[3:83].strip() + " "
    return text.strip()


def _advice(payment: Payment, amount: Decimal) -> tuple[list[Line], str, str]:
    """Read an 820 out of the addenda: its invoices, the text, and what is wrong."""
    text = _text(payment)
    by = x12_segments.marks(text)
    if by is None or not any(one in text for one in ("RMR", "BPR", "ADX")):
        return [], text, ""
    said = x12_segments.advice(x12_segments.segments(text, by))
    lines, why = x12_segments.settled(said, amount)
    if lines:
        return lines, " ".join(filter(None, said.texts)), ""
    return [], text, why


def _cells(payment: Payment, signed: str, text: str) -> tuple[str, ...]:
    """Set out the cells of an entry, all but its number, its invoices and caution."""
    record, batch = payment.record, payment.batch
    header, kind = batch.text, batch.entry_class
    serial = record[39:48] if kind == "POP" else record[39:54]
    is_check = kind in _CHECKS
    reasons = (one[3:6] for one in payment.addenda if one[1:3] in ("98", "99"))
    cells = (
        _account(record, batch),
        "USD",
        _day(header[69:75]) or _day(batch.made),
        signed,
        "check" if is_check else "ach",
        _company(payment),
        "" if is_check or batch.is_iat else record[39:54],
        record[79:94],
        serial if is_check else "",
        text,
        _receiver(payment),
        "" if is_check or batch.is_iat else record[39:54],
        header[40:50],
        kind,
        header[53:63],
        header[63:69],
        record[1:3],
        record[76:78],
        header[20:40],
        next(reasons, ""),
    )
    return tuple(" ".join(cell.split()) for cell in cells)


def _account(record: Record, batch: Batch) -> str:
    if batch.is_iat:
        return f"{record[3:12]} {record[39:74].strip()}"
    account = record[12:27] if batch.is_adv else record[12:29]
    return f"{record[3:12]} {account.strip()}"


def _company(payment: Payment) -> str:
    """Return who originated the entry; of an international one, its addenda tell."""
    if payment.batch.is_iat:
        for one in payment.addenda:
            if one[1:3] == "11":
                return one[3:38]
    return payment.batch.text[4:20]


def _receiver(payment: Payment) -> str:
    record, batch = payment.record, payment.batch
    if batch.is_iat:
        return next((one[46:81] for one in payment.addenda if one[1:3] == "10"), "")
    return record[58:74] if batch.entry_class in _LISTS else record[54:76]


def _day(written: str) -> str:
    """Write YYMMDD as ISO; blanks and zeros are no day."""
    if not written.strip("0 "):
        return ""
    if not written.isdecimal():
        return written
    return f"{_CENTURY}{written[:2]}-{written[2:4]}-{written[4:]}"


def _caution(payment: Payment, amount: int | None) -> str:
    """Say why an entry is no plain payment."""
    kinds = {one[1:3] for one in payment.addenda}
    code = payment.record[2:3]
    if "99" in kinds:
        return "a returned entry"
    if "98" in kinds or payment.batch.entry_class == "COR":
        return "a notification of change, not a payment"
    if payment.batch.is_adv:
        return "an accounting advice, not a payment"
    if code in ("1", "6"):
        return "a return or a notification of change"
    if code in ("3", "8"):
        return "a prenote, which moves no money"
    if payment.batch.text[53:63].strip().upper() == "REVERSAL":
        return "a reversal of an earlier entry"
    return "" if amount else "an entry of zero"
