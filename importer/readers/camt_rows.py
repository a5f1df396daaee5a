"""Turn an entry of a CAMT message into rows: one for each payment, or its invoice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from importer.readers.camt_walk import Detail, Entry, Values
from importer.table import CAUTION, Row

COLUMNS = (
    *("entry", "payment", "account", "currency", "booking date", "value date"),
    *("amount", "kind", "remitter", "payer account", "reference", "bank reference"),
    *("end to end id", "check number", "text", "invoice", "paid", "discount"),
    *("status", "booking text", "ultimate debtor", "ultimate creditor"),
    *("transaction id", "instruction id", "mandate id", "transaction code"),
    *("original amount", "original currency", "charges"),
    CAUTION,
)
_PLAIN = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").match
_BOOKED = ("", "BOOK")
_NONE = {"NOTPROVIDED", "NONREF", "NONE", "N/A"}
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
_DAYS = ("/IntrBkSttlmDt", "/TxDtTm", "/AccptncDtTm")


@dataclass(frozen=True, slots=True)
class Advice:
    """An invoice with what is paid on it, as texts."""

    invoice: str = ""
    paid: str = ""
    discount: str = ""


def amount(values: Values) -> tuple[str, bool]:
    """Return an entry's amount as it is written in its row, and whether it is booked.

    What is no amount, or has no side, is given back so that it reads as none.
    """
    status = _status(values)
    return _signed(
        values.get("/Amt", ""), values.get("/CdtDbtInd", "")
    ), status in _BOOKED


def rows(entry: Entry, whole: str, number: int) -> Iterator[Row]:
    """Yield the rows of one entry; `whole` is its signed amount, `number` its place."""
    currency = entry.values.get("/Amt@", "")
    parts = _split(entry, whole, currency)
    if parts is None:
        details = [_joined(entry.details)] if entry.details else [Detail()]
        parts = [whole]
    else:
        details = entry.details
    for place, (detail, part) in enumerate(zip(details, parts, strict=True), start=1):
        text, advices = _said(detail, entry.values)
        cells = _cells(entry, detail, part, currency, text)
        for advice in advices or (Advice(),):
            own = (str(number), f"{number}.{place}")
            listed = (advice.invoice, advice.paid, advice.discount)
            line = detail.line if len(parts) > 1 else entry.line
            yield Row(line, (*own, *cells[:13], *listed, *cells[13:]))


def _split(entry: Entry, whole: str, currency: str) -> list[str] | None:
    """Return the amounts of several payments, where they make the entry's amount."""
    if len(entry.details) < 2:  # noqa: PLR2004 one takes the entry's amount
        return None
    side = entry.values.get("/CdtDbtInd", "")
    parts = [_own(detail.values, side, currency) for detail in entry.details]
    try:
        total = sum(map(Decimal, parts), Decimal(0))
        return parts if total == Decimal(whole) else None
    except ArithmeticError:
        return None


def _own(values: Values, side: str, currency: str) -> str:
    """Return the amount of one payment in the entry's currency."""
    for path in ("/Amt", "/AmtDtls/TxAmt/Amt", "/AmtDtls/InstdAmt/Amt"):
        if values.get(f"{path}@") == currency and path in values:
            return _signed(values[path], values.get("/CdtDbtInd", side))
    return ""


def _signed(written: str, side: str) -> str:
    if not _PLAIN(written) or side not in ("CRDT", "DBIT"):
        return f"{written} {side} ?" if _PLAIN(written) else written
    return f"-{written}" if side == "DBIT" else written


def _joined(details: Sequence[Detail]) -> Detail:
    """Join what several payments say that are one row; of their amounts nothing."""
    if len(details) == 1:
        return details[0]
    values: Values = {}
    for detail in details:
        for path, text in detail.values.items():
            if path.startswith(("/Amt", "/CdtDbtInd")):
                continue
            known = values.get(path)
            if known is None:
                values[path] = text
            elif text not in known.split("\n"):
                values[path] = f"{known}\n{text}"
    structured = [one for detail in details for one in detail.structured]
    return Detail(values, structured, any(one.is_returned for one in details))


def _said(detail: Detail, entry: Values) -> tuple[str, Sequence[Advice]]:
    """Return the text of a payment, and what it lists if each line has an amount."""
    get = detail.values.get
    texts = [get("/RmtInf/Ustrd", "")]
    advices = [advice for one in detail.structured if (advice := _advice(one))]
    documents = [one for one in detail.structured if "/RfrdDocInf/Nb" in one]
    listed = advices if len(advices) == len(documents) else []
    for one in detail.structured:
        texts.append(one.get("/CdtrRefInf/Ref", ""))
        if not listed:
            texts.append(one.get("/RfrdDocInf/Nb", ""))
        texts.append(one.get("/AddtlRmtInf", ""))
    texts.append(get("/AddtlTxInf", ""))
    text = " ".join(dict.fromkeys(filter(None, texts))).replace("\n", " ")
    return text or _line(entry.get("/AddtlNtryInf", "")), listed


def _advice(one: Values) -> Advice | None:
    """Read a structured document that is one, and has an amount of its own."""
    invoice = one.get("/RfrdDocInf/Nb", "")
    paid = one.get("/RfrdDocAmt/RmtdAmt", "")
    credit = one.get("/RfrdDocAmt/CdtNoteAmt", "")
    if not paid and credit:
        paid = f"-{credit}"
    amounts = "/RfrdDocAmt/DscntApldAmt"
    discount = one.get(amounts) or one.get(f"{amounts}/Amt", "")
    if not invoice or not paid or "\n" in f"{invoice}{paid}{discount}":
        return None
    return Advice(invoice, paid, discount)


def _cells(
    entry: Entry, detail: Detail, signed: str, currency: str, text: str
) -> tuple[str, ...]:
    """Set out the cells of a payment: from account to text, and from status on."""
    get, own, about = detail.values.get, entry.values.get, entry.statement.values
    paying = "Cdtr" if signed.startswith("-") else "Dbtr"
    booked = _day(own("/BookgDt/Dt") or own("/BookgDt/DtTm", ""))
    counted = _day(own("/ValDt/Dt") or own("/ValDt/DtTm", ""))
    ends = {side: _name(detail.values, f"Ultmt{side}") for side in ("Dbtr", "Cdtr")}
    return _lines(
        (
            about.get("/Acct/Id/IBAN") or about.get("/Acct/Id/Othr/Id", ""),
            currency,
            booked or counted or _fallback(detail.values, about),
            counted,
            signed,
            _kind(detail.values, entry.values),
            _name(detail.values, paying) or ends[paying],
            _account(detail.values, f"{paying}Acct"),
            _reference(detail),
            get("/Refs/AcctSvcrRef") or own("/AcctSvcrRef") or own("/NtryRef", ""),
            _known(get("/Refs/EndToEndId", "")),
            get("/Refs/ChqNb", ""),
            text,
            _status(entry.values),
            own("/AddtlNtryInf", ""),
            ends["Dbtr"],
            ends["Cdtr"],
            _known(get("/Refs/TxId", "")),
            _known(get("/Refs/InstrId", "")),
            _known(get("/Refs/MndtId", "")),
            _code(detail.values, entry.values),
            get("/AmtDtls/InstdAmt/Amt", ""),
            get("/AmtDtls/InstdAmt/Amt@", ""),
            own("/Chrgs/TtlChrgsAndTaxAmt") or get("/Chrgs/TtlChrgsAndTaxAmt", ""),
            _caution(entry, detail, signed),
        )
    )


def _lines(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Bring each cell on one line; few rows have one that is not."""
    if "\n" not in "".join(cells):
        return cells
    return tuple(map(_line, cells))


def _line(text: str) -> str:
    return text.replace("\n", " ")


def _known(reference: str) -> str:
    return "" if reference.upper() in _NONE else reference


def _name(values: Values, party: str) -> str:
    """Return a party's name; from version 8 on it stands one level deeper."""
    path = f"/RltdPties/{party}"
    return values.get(f"{path}/Nm") or values.get(f"{path}/Pty/Nm", "")


def _account(values: Values, name: str) -> str:
    path = f"/RltdPties/{name}/Id"
    return values.get(f"{path}/IBAN") or values.get(f"{path}/Othr/Id", "")


def _reference(detail: Detail) -> str:
    """Return the creditor's reference, else the sender's own numbers."""
    for one in detail.structured:
        if reference := one.get("/CdtrRefInf/Ref"):
            return reference
    get = detail.values.get
    return _known(get("/Refs/PmtInfId", "")) or _known(get("/Refs/InstrId", ""))


def _status(values: Values) -> str:
    """Return the status, which from version 8 on stands one level deeper."""
    return values.get("/Sts") or values.get("/Sts/Cd") or values.get("/Sts/Prtry", "")


def _day(written: str) -> str:
    """Return the civil day as written, without time and zone; else the text."""
    return written[:10] if _DAY(written) else written


def _fallback(detail: Values, about: Values) -> str:
    """Return the day of a payment whose entry has none: its own, or the statement's."""
    own = (detail.get(f"/RltdDts{path}") for path in _DAYS)
    said = (about.get(path) for path in ("/FrToDt/ToDtTm", "/CreDtTm"))
    return _day(next(filter(None, (*own, about.get("closing day"), *said)), ""))


def _kind(detail: Values, entry: Values) -> str:
    family = "/BkTxCd/Domn/Fmly/Cd"
    code = detail.get(family) or entry.get(family, "")
    return _KINDS.get(code, "")


def _code(detail: Values, entry: Values) -> str:
    """Return the bank's transaction code: of ISO where there is one, else its own."""
    for values in (detail, entry):
        domain = "/BkTxCd/Domn"
        parts = (
            values.get(f"{domain}/Cd", ""),
            values.get(f"{domain}/Fmly/Cd", ""),
            values.get(f"{domain}/Fmly/SubFmlyCd", ""),
        )
        if any(parts):
            return "/".join(parts)
        if own := values.get("/BkTxCd/Prtry/Cd"):
            return own
    return ""


def _caution(entry: Entry, detail: Detail, signed: str) -> str:
    is_credit = not signed.startswith("-")
    status = _status(entry.values)
    if detail.is_returned:
        get = detail.values.get
        code = get("/RtrInf/Rsn/Cd") or get("/RtrInf/Rsn/Prtry", "")
        return f"a returned payment ({code})" if code else "a returned payment"
    if entry.values.get("/RvslInd") in ("true", "1"):
        what = "an earlier debit" if is_credit else "an earlier credit"
        return f"the bank reverses {what}"
    if is_credit and status not in _BOOKED:
        return f"the bank has not booked this entry (its status is {status})"
    return ""
