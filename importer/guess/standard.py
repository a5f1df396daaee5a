"""The mappings of formats whose columns never differ, and patterns for names.

OFX has its own tags for columns.  All other structured formats are read into the
same common words, so that one mapping, made from the words that are there, is
the mapping of each.
"""

import re
from pathlib import PurePath
from typing import Any

from importer.guess.fields import NO_ACCOUNT, NO_CURRENCY
from importer.mapping.schema import Column, Mapping
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
SHEETS = {"delimited", "xlsx", "xls", "xlsb", "ods", "spreadsheetml", "html"}
"""The formats whose columns are as somebody made them."""

_DAYS = ("booking date", "value date", "date")
_REFERENCES = ("check number", "reference", "end to end id")
_TEXTS = {
    "remitter": "remitter",
    "text": "text",
    "payer account": "payer_account",
    "bank reference": "bank_id",
    "kind": "kind",
}


def mapping(table: Table) -> Mapping | None:
    """Return the mapping of a format with fixed columns; None for all others."""
    if table.format in SHEETS:
        return None
    known = OFX if table.format == "ofx" else _common(table)
    return Mapping.model_validate(known)


def _common(table: Table) -> dict[str, Any]:
    """Write the mapping of the common words that a format has."""
    has = table.header
    days = [name for name in _DAYS if name in has]
    read: dict[str, Any] = {
        "account": {"column": "account"} if "account" in has else NO_ACCOUNT,
        "currency": {"column": "currency"} if "currency" in has else NO_CURRENCY,
        "date": {"column": days[0], "format": "%Y-%m-%d"},
        "amount": {"column": "amount", "decimal": "."},
        "reference": [name for name in _REFERENCES if name in has],
    }
    if days[1:]:
        read["value_date"] = {"column": days[1], "format": "%Y-%m-%d"}
    read |= {key: name for name, key in _TEXTS.items() if name in has}
    if "invoice" in has:
        read["amount"]["per"] = "group"
        read["group"] = "payment"
        read["invoice"] = {"number": "invoice", "paid": "paid"}
        if "discount" in has:
            read["invoice"]["discount"] = "discount"
    return {"file": {"format": table.format}, "read": read}


def completed(known: Mapping, table: Table) -> tuple[Mapping, tuple[str, ...]]:
    """Put placeholders where a file does not state its account or currency.

    Returns the mapping, and a sentence for each placeholder.
    """
    read, unsure = known.read, []
    for key, instead in (("account", NO_ACCOUNT), ("currency", NO_CURRENCY)):
        column = getattr(read, key)
        if isinstance(column, Column):
            place = table.header.index(column.column)
            texts = (row.cells[place].strip() for row in table.rows())
            if next(texts, None) != "" or any(texts):
                continue
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
