"""The mappings of formats whose columns never differ, and patterns for names."""

import re
from pathlib import PurePath

from importer.guess.fields import NO_ACCOUNT, NO_CURRENCY
from importer.mapping.schema import Mapping
from importer.table import Table

_CHANGING = re.compile(r"\d{2,}(?:[-_. ]?\d{2,})*")


OFX = {
    "file": {"format": "ofx"},
    "read": {
        "account": {"column": "ACCTID"},
        "currency": {"column": "CURRENCY"},
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


def completed(known: Mapping, table: Table) -> tuple[Mapping, tuple[str, ...]]:
    """Put placeholders where a file does not state its account or currency.

    Returns the mapping, and a sentence for each placeholder.
    """
    read, unsure = known.read, []
    for key, instead in (("account", NO_ACCOUNT), ("currency", NO_CURRENCY)):
        column = getattr(read, key)
        place = table.header.index(column.column)
        texts = (row.cells[place].strip() for row in table.rows())
        if next(texts, None) == "" and not any(texts):
            read = read.model_copy(update={key: instead})
            unsure.append(f"{key}: the file does not state it; put the right one")
    return known.model_copy(update={"read": read}), tuple(unsure)


def name_pattern(file: str) -> str:
    """Turn a file's name into the pattern of its kind: figures may change."""
    name = PurePath(file).name
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return _CHANGING.sub("*", name)
    return f"{_CHANGING.sub('*', stem)}.{suffix}"
