"""Which places of a CAMT message are read, and what their texts are called here.

A place is a path of tags below an entry, a payment and so on; one name may stand for
several places, which is how the versions of the format differ (`Dbtr/Nm` became
`Dbtr/Pty/Nm`, `Sts` became `Sts/Cd`).  What is not listed is not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Part(Enum):
    """What a place begins, whose texts are kept apart from those around it."""

    STATEMENT = auto()
    BALANCE = auto()
    SUMMARY = auto()
    ENTRY = auto()
    PAYMENT = auto()
    DOCUMENT = auto()
    RETURN = auto()


@dataclass(slots=True, eq=False)
class Place:
    """One place: the name of its text, the part it begins, the tags inside it.

    `around` is the place that it stands in; the outermost stands in itself.
    """

    name: str = ""
    part: Part | None = None
    inside: dict[str, "Place"] = field(default_factory=dict)
    around: "Place" = field(init=False)

    def __post_init__(self) -> None:
        """Stand alone."""
        self.around = self

    def at(self, path: str) -> "Place":
        """Return the place on a path below this one, made where it is not there."""
        place = self
        for tag in path.split("/"):
            around, place = place, place.inside.setdefault(tag, Place())
            place.around = around
        return place

    def begins(self, path: str, part: Part, names: Mapping[str, str]) -> "Place":
        """Make a part begin at a path, whose texts below it have these names."""
        place = self.at(path)
        place.part = part
        for below, name in names.items():
            place.at(below).name = name
        return place


_PAGES = {"PgNb": "page", "LastPgInd": "last page"}
_ACCOUNT = ("Id/IBAN", "Id/Othr/Id", "Id/BBAN", "Id/UPIC", "Id/PrtryAcct/Id")
_CODE = {
    "BkTxCd/Domn/Cd": "domain",
    "BkTxCd/Domn/Fmly/Cd": "family",
    "BkTxCd/Domn/Fmly/SubFmlyCd": "subfamily",
    "BkTxCd/Prtry/Cd": "bank code",
}
_CHARGES = {
    "Chrgs/TtlChrgsAndTaxAmt": "charges",
    "Chrgs/Rcrd/Amt": "charge",
    "Chrgs/Amt": "charge",
}
_MESSAGE = {f"GrpHdr/MsgPgntn/{tag}": name for tag, name in _PAGES.items()}
_STATEMENT = {
    **{f"Acct/{path}": "account" for path in _ACCOUNT},
    "Acct/Ccy": "account currency",
    "FrToDt/ToDt": "until",
    "FrToDt/ToDtTm": "until",
    "CreDtTm": "created",
    "CpyDplctInd": "copy",
    **{
        f"{paging}/{tag}": f"statement {name}"
        for paging in ("StmtPgntn", "RptPgntn", "NtfctnPgntn")
        for tag, name in _PAGES.items()
    },
}
_BALANCE = {
    "Tp/CdOrPrtry/Cd": "kind",
    "Tp/Cd": "kind",
    "Amt": "amount",
    "CdtDbtInd": "side",
    "Dt/Dt": "day",
    "Dt/DtTm": "day",
}
_SUMMARY = {
    **{
        f"{side}/{tag}": f"{what} {name}"
        for side, what in (
            ("TtlNtries", "entries"),
            ("TtlCdtNtries", "credits"),
            ("TtlDbtNtries", "debits"),
        )
        for tag, name in (("NbOfNtries", "number"), ("Sum", "sum"))
    },
    "TtlNtries/TtlNetNtryAmt": "net",
    "TtlNtries/TtlNetNtry/Amt": "net",
    "TtlNtries/CdtDbtInd": "net side",
    "TtlNtries/TtlNetNtry/CdtDbtInd": "net side",
}
_ENTRY = {
    "NtryRef": "entry reference",
    "Amt": "amount",
    "CdtDbtInd": "side",
    "RvslInd": "reversal",
    "Sts": "status",
    "Sts/Cd": "status",
    "Sts/Prtry": "status",
    "BookgDt/Dt": "booking date",
    "BookgDt/DtTm": "booking date",
    "ValDt/Dt": "value date",
    "ValDt/DtTm": "value date",
    "AcctSvcrRef": "bank reference",
    **_CODE,
    **_CHARGES,
    "NtryDtls/Btch/NbOfTxs": "batch",
    "Btch/NbOfTxs": "batch",
    "AddtlNtryInf": "booking text",
}
_PAYMENT = {
    "Refs/AcctSvcrRef": "bank reference",
    "Refs/PmtInfId": "order reference",
    "Refs/InstrId": "instruction id",
    "Refs/EndToEndId": "end to end id",
    "Refs/TxId": "transaction id",
    "Refs/MndtId": "mandate id",
    "Refs/ChqNb": "check number",
    "Amt": "amount",
    "CdtDbtInd": "side",
    "AmtDtls/TxAmt/Amt": "transaction amount",
    "AmtDtls/InstdAmt/Amt": "instructed amount",
    "AmtDtls/InstdAmt/CcyXchg/XchgRate": "exchange rate",
    "AmtDtls/TxAmt/CcyXchg/XchgRate": "exchange rate",
    "AmtDtls/CntrValAmt/CcyXchg/XchgRate": "exchange rate",
    **_CODE,
    **_CHARGES,
    **{
        f"RltdPties/{tag}/{path}": name
        for tag, name in (
            ("Dbtr", "debtor"),
            ("Cdtr", "creditor"),
            ("UltmtDbtr", "ultimate debtor"),
            ("UltmtCdtr", "ultimate creditor"),
        )
        for path in ("Nm", "Pty/Nm")
    },
    **{
        f"RltdPties/{tag}/{path}": name
        for tag, name in (
            ("DbtrAcct", "debtor account"),
            ("CdtrAcct", "creditor account"),
        )
        for path in _ACCOUNT
    },
    "RmtInf/Ustrd": "text",
    "RltdDts/IntrBkSttlmDt": "settled",
    "RltdDts/TxDtTm": "made",
    "RltdDts/AccptncDtTm": "accepted",
    "RtrInf/Rsn/Cd": "return reason",
    "RtrInf/Rsn/Prtry": "return reason",
    "AddtlTxInf": "addition",
}
_DOCUMENT = {
    "RfrdDocInf/Nb": "invoice",
    "RfrdDocInf/RfrdDocNb": "invoice",
    "RfrdDocInf/Tp/CdOrPrtry/Cd": "kind",
    "RfrdDocInf/RfrdDocTp/Cd": "kind",
    "RfrdDocAmt/RmtdAmt": "paid",
    "RfrdDocAmt/CdtNoteAmt": "credit",
    "RfrdDocAmt/DscntApldAmt": "discount",
    "RfrdDocAmt/DscntApldAmt/Amt": "discount",
    "CdtrRefInf/Ref": "reference",
    "CdtrRefInf/CdtrRef": "reference",
    "AddtlRmtInf": "addition",
}


def _outside() -> Place:
    """Put the places together."""
    outside = Place()
    message = outside.at("message")
    for path, name in _MESSAGE.items():
        message.at(path).name = name
    for tag in ("Stmt", "Rpt", "Ntfctn"):
        statement = message.begins(tag, Part.STATEMENT, _STATEMENT)
        statement.begins("Bal", Part.BALANCE, _BALANCE)
        statement.begins("TxsSummry", Part.SUMMARY, _SUMMARY)
        entry = statement.begins("Ntry", Part.ENTRY, _ENTRY)
        for path in ("NtryDtls/TxDtls", "TxDtls"):
            payment = entry.begins(path, Part.PAYMENT, _PAYMENT)
            payment.begins("RtrInf", Part.RETURN, {})
            payment.begins("RmtInf/Strd", Part.DOCUMENT, _DOCUMENT)
    return outside


OUTSIDE = _outside()
"""The place around a message."""
MESSAGE = OUTSIDE.inside.pop("message")
"""The place of a message (`BkToCstmrStmt`, `BkToCstmrAcctRpt`, …), and all inside."""
