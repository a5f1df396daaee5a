"""Turn an entry of a CAMT message into rows: one for each payment, or its invoice."""

import re
from collections import Counter
from collections.abc import Iterator

from importer.readers import camt_payments
from importer.readers.camt_payments import Advice
from importer.readers.camt_pieces import Entry, Payment, Values
from importer.table import CAUTION, Row

COLUMNS = (
    *("entry", "payment", "account", "currency", "booking date", "value date"),
    *("amount", "kind", "remitter", "payer account", "reference", "bank reference"),
    *("end to end id", "check number", "text", "invoice", "paid", "discount"),
    *("status", "booking text", "ultimate debtor", "ultimate creditor"),
    *("entry reference", "transaction id", "instruction id", "mandate id"),
    *("transaction code", "bank code", "original amount", "original currency"),
    *("exchange rate", "charges", "payments in batch"),
    CAUTION,
)
_UNTIED = "the amounts of its payments do not make this entry's"
_STAYS_ONE = "an entry whose payments do not make its amount stays one remittance"
_OF_VALUE = "an entry without a booking date is taken to be of its value date"
_OF_STATEMENT = "an entry without any date is taken to be of its statement's day"
_ADVICE_AT = COLUMNS.index("invoice") - COLUMNS.index("account")
_NO_ADVICE = (Advice(),)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").match
_BOOKED = ("", "BOOK")
_NONE = {"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE", "N/A"}
_KINDS = {
    "RCHQ": "check",
    "ICHQ": "check",
    "RCDT": "transfer",
    "ICDT": "transfer",
    "RRCT": "transfer",
    "IRCT": "transfer",
    "RDDT": "direct debit",
    "IDDT": "direct debit",
    "CCRD": "card",
    "MCRD": "card",
    "CNTR": "cash",
}
_RETURNS = {"RRTN", "RPCR", "UPDD", "PRDD", "RCDD", "UPCQ", "CQRV"}
"""Subfamilies of what came back: transfers, direct debits and unpaid checks."""


class Remarks:
    """Counts what was decided about entries, to say each thing once for the file."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: Counter[str] = Counter()
        self._lines: dict[str, int] = {}

    def add(self, what: str, line: int) -> None:
        """Count one more entry of which this is so."""
        self._numbers[what] += 1
        self._lines.setdefault(what, line)

    def sentences(self) -> Iterator[str]:
        """Yield what was decided, of how many entries, and where the first is."""
        for what, number in self._numbers.items():
            yield f"{what} (entries: {number}, the first on line {self._lines[what]})"


def amount(values: Values) -> tuple[str, bool]:
    """Return an entry's amount as its row has it, and whether it is booked."""
    whole = camt_payments.signed(values.get("amount", ""), values.get("side", ""))
    return whole, values.get("status", "") in _BOOKED


def rows(entry: Entry, whole: str, number: int, remarks: Remarks) -> Iterator[Row]:
    """Yield the rows of one entry; `whole` is its signed amount, `number` its place."""
    _remark(entry, remarks)
    parts = camt_payments.shares(entry, whole)
    if parts:
        payments = zip(entry.payments, parts, strict=True)
        for place, (payment, part) in enumerate(payments, start=1):
            own = (str(number), f"{number}.{place}")
            yield from _set_out(entry, payment, part, own, payment.line)
        return
    doubt = ""
    if len(entry.payments) > 1:
        doubt, payment = _UNTIED, camt_payments.joined(entry.payments)
        remarks.add(_STAYS_ONE, entry.line)
    else:
        payment = next(iter(entry.payments), Payment(entry.line))
        batch = entry.values.get("batch", "")
        if batch.isdecimal() and int(batch) > 1:
            doubt = f"it is one line for {batch} payments, which the file does not list"
    own = (str(number), f"{number}.1")
    yield from _set_out(entry, payment, whole, own, entry.line, doubt)


def _remark(entry: Entry, remarks: Remarks) -> None:
    values = entry.values
    if "booking date" not in values and "value date" in values:
        remarks.add(_OF_VALUE, entry.line)
    elif "booking date" not in values:
        remarks.add(_OF_STATEMENT, entry.line)


def _set_out(  # noqa: PLR0913, PLR0917 what a row is made of
    entry: Entry,
    payment: Payment,
    part: str,
    own: tuple[str, str],
    line: int,
    doubt: str = "",
) -> Iterator[Row]:
    """Yield a row for each invoice that a payment lists, or one for the payment."""
    text, advices = camt_payments.said(payment, entry.values.get("amount in", ""))
    cells = _cells(entry, payment, part, text, doubt)
    if "\n" in "".join(cells):
        cells = tuple(_line(cell) for cell in cells)
    for advice in advices or _NO_ADVICE:
        listed = (advice.invoice, advice.paid, advice.discount)
        before, after = cells[:_ADVICE_AT], cells[_ADVICE_AT:]
        yield Row(line, (*own, *before, *listed, *after))


def _cells(
    entry: Entry, payment: Payment, part: str, text: str, doubt: str
) -> tuple[str, ...]:
    """Set out the cells of a payment: from account to text, and from status on."""
    get, of_entry = payment.values.get, entry.values.get
    about = entry.statement.values.get
    paying = "creditor" if part.startswith("-") else "debtor"
    booked, value = of_entry("booking date", ""), of_entry("value date", "")
    day = booked or value or _other_day(payment.values, entry.statement.values)
    original = _original(payment.values, entry.values)
    check = get("check number", "")
    family = get("family") or of_entry("family", "")
    return (
        about("account", ""),
        of_entry("amount in") or about("account currency", ""),
        _day(day),
        _day(value),
        part,
        _KINDS.get(family, "check" if check else ""),
        get(paying) or get(f"ultimate {paying}", ""),
        get(f"{paying} account", ""),
        _reference(payment),
        get("bank reference")
        or of_entry("bank reference")
        # What tells lines apart at the few banks that have nothing better.
        or of_entry("entry reference", ""),
        _known(get("end to end id", "")),
        check,
        text or of_entry("booking text", ""),
        of_entry("status", ""),
        of_entry("booking text", ""),
        get("ultimate debtor", ""),
        get("ultimate creditor", ""),
        of_entry("entry reference", ""),
        _known(get("transaction id", "")),
        _known(get("instruction id", "")),
        _known(get("mandate id", "")),
        _code(payment.values) or _code(entry.values),
        get("bank code") or of_entry("bank code", ""),
        *original,
        get("exchange rate", ""),
        _charges(payment.values) or _charges(entry.values),
        of_entry("batch", ""),
        _caution(entry, payment, part, day if not booked and not value else "", doubt),
    )


def _line(text: str) -> str:
    """Bring a cell on one line."""
    return " ".join(text.split()) if "\n" in text else text


def _known(reference: str) -> str:
    return "" if reference.upper() in _NONE else reference


def _reference(payment: Payment) -> str:
    """Return the creditor's reference, else the numbers of sender and sender's bank."""
    for one in payment.documents:
        if reference := one.get("reference"):
            return reference
    names = ("order reference", "instruction id", "transaction id")
    numbers = (_known(payment.values.get(name, "")) for name in names)
    return next(filter(None, numbers), "")


def _day(written: str) -> str:
    """Return the civil day as written, without time and zone; else the text."""
    return written[:10] if _DAY(written) else written


def _other_day(payment: Values, about: Values) -> str:
    """Return the day of an entry without one: its payment's, or its statement's."""
    own = (payment.get(name) for name in ("settled", "made", "accepted"))
    said = (about.get(name) for name in ("closing day", "until", "created"))
    return next(filter(None, (*own, *said)), "")


def _original(payment: Values, entry: Values) -> tuple[str, str]:
    """Return what was instructed; else the payment's own amount if it is another."""
    for name in ("instructed amount", "transaction amount", "amount"):
        written, currency = payment.get(name, ""), payment.get(f"{name} in", "")
        booked = (entry.get("amount", ""), entry.get("amount in", ""))
        if written and (name == "instructed amount" or (written, currency) != booked):
            return written, currency
    return "", ""


def _charges(values: Values) -> str:
    return values.get("charges") or values.get("charge", "")


def _code(values: Values) -> str:
    """Return the ISO code of a transaction: domain, family and subfamily."""
    if "domain" not in values:
        return ""
    parts = (values["domain"], values.get("family"), values.get("subfamily"))
    return "/".join(filter(None, parts))


def _caution(entry: Entry, payment: Payment, part: str, day: str, doubt: str) -> str:
    """Say why this is no plain payment; of money out only what came back.

    `day` is the day of an entry that has none of its own.
    """
    get, of_entry = payment.values.get, entry.values.get
    status, is_credit = of_entry("status", ""), not part.startswith("-")
    why = []
    if "returned" in payment.values or _subfamily(payment, entry) in _RETURNS:
        code = get("return reason", "")
        why.append(f"a returned payment ({code})" if code else "a returned payment")
    if of_entry("reversal") in ("true", "1"):
        what = "an earlier debit" if is_credit else "an earlier credit"
        why.append(f"the bank reverses {what}")
    if is_credit and status not in _BOOKED:
        why.append(f"the bank has not booked this entry (its status is {status})")
    if is_credit and doubt:
        why.append(doubt)
    if is_credit and day:
        why.append(f"the bank gives it no date of its own; {_day(day)} is inferred")
    return "; ".join(why)


def _subfamily(payment: Payment, entry: Entry) -> str:
    return payment.values.get("subfamily") or entry.values.get("subfamily", "")
