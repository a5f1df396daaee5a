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
    """One place: the name of its text, the part it begins, the tags inside it."""

    name: str = ""
    part: Part | None = None
    inside: dict[str, "Place"] = field(default_factory=dict)

    def at(self, path: str) -> "Place":
        """Return the place on a path below this one, made where it is not there."""
        place = self
        for tag in path.split("/"):
            place = place.inside.setdefault(tag, Place())
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


def _named(place: Place, names: Mapping[str, str]) -> Place:
    for path, name in names.items():
        place.at(path).name = name
    return place


def _message() -> Place:
    """Put the places together; each container is one for all that it stands in."""
    payment = _named(Place(part=Part.PAYMENT), _PAYMENT)
    payment.at("RtrInf").part = Part.RETURN
    document = _named(Place(part=Part.DOCUMENT), _DOCUMENT)
    payment.at("RmtInf").inside["Strd"] = document
    entry = _named(Place(part=Part.ENTRY), _ENTRY)
    entry.inside["TxDtls"] = entry.at("NtryDtls").inside["TxDtls"] = payment
    statement = _named(Place(part=Part.STATEMENT), _STATEMENT)
    statement.inside |= {
        "Ntry": entry,
        "Bal": _named(Place(part=Part.BALANCE), _BALANCE),
        "TxsSummry": _named(Place(part=Part.SUMMARY), _SUMMARY),
    }
    message = _named(Place(), _MESSAGE)
    return Place(
        inside=message.inside | dict.fromkeys(("Stmt", "Rpt", "Ntfctn"), statement)
    )


MESSAGE = _message()
"""The place of a message (`BkToCstmrStmt`, `BkToCstmrAcctRpt`, …), and all inside."""
