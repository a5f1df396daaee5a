"""The mappings of formats whose columns never differ, and patterns for names."""

import re
from pathlib import PurePath

from importer.mapping.schema import Mapping
from importer.table import Table

_CHANGING = re.compile(r"\d{2,}(?:[-_. ]?\d{2,})*")


OFX = {
    "file": {"format": "ofx"},
    "read": {
        "account": {"column": "ACCTID"},
        "currency": {"column": "CURDEF"},
        "date": {"column": "DTPOSTED", "format": "%Y%m%d"},
        "amount": {"column": "TRNAMT", "decimal": "."},
        "remitter": "NAME",
        "text": ["NAME", "MEMO"],
        "reference": ["CHECKNUM", "REFNUM"],
        "payer_account": "BANKACCTTO.ACCTID",
        "bank_id": "FITID",
        "kind": {
            "column": "TRNTYPE",
            "values": {"CHECK": "check", "DIRECTDEP": "ach", "XFER": "wire"},
        },
        "identity": ["reference", "text"],
    },
}
MAPPINGS = {"ofx": OFX}


def mapping(form: str) -> Mapping | None:
    """Return the mapping of a format with fixed columns; None for all others."""
    known = MAPPINGS.get(form)
    return Mapping.model_validate(known) if known else None


def without_currency(known: Mapping, table: Table) -> Mapping | None:
    """Return the mapping for a file none of whose rows state a currency."""
    currency = known.read.currency
    if isinstance(currency, str):
        return None
    place = table.header.index(currency.column)
    if any(row.cells[place] for row in table.rows()):
        return None
    read = known.read.model_copy(update={"currency": "XXX"})
    return known.model_copy(update={"read": read})


def name_pattern(file: str) -> str:
    """Turn a file's name into the pattern of its kind: figures may change."""
    name = PurePath(file).name
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return _CHANGING.sub("*", name)
    return f"{_CHANGING.sub('*', stem)}.{suffix}"
