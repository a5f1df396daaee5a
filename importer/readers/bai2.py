"""Read BAI2 cash management files: every 16 record is a row.

    account · currency · booking date · value date · amount · kind · remitter
    reference · bank reference · check number · text · type code · caution

booking date  the as-of date of the group, `2026-03-18`
value date    where the funds type V states one
amount        `-1234.56`: types 400 to 699 go out, all others come in; minor units
              of the account's currency, or the group's, or of USD
text          the text of the record and of its continuations
remitter      who ordered a wire, where the text says it in a field of its own

Promises:
1. Groups and accounts are closed by their trailers; what is cut off is refused.
2. The control totals 49, 98 and 99 are the sums of what stands before them.
3. Wrong counts of records, which banks often write, are only noted.

Format: Cash Management Balance Reporting Specifications, version 2 (BAI2).
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from importer import money
from importer.errors import Fault
from importer.readers import bai2_records, encoding
from importer.readers.bai2_controls import Controls
from importer.readers.bai2_records import Detail
from importer.readers.encoding import Text
from importer.readers.shape import Faults
from importer.table import CAUTION, Bounds, Glance, Head, Layout, Row, Table

FORMAT = "bai2"
COLUMNS = (
    *("account", "currency", "booking date", "value date", "amount", "kind"),
    *("remitter", "reference", "bank reference", "check number", "text"),
    *("type code", "funds type", "group status"),
    CAUTION,
)
_CLAIM = re.compile(rb"\A\s*01,[^,\n]*,[^,\n]*,[0-9]{6},[0-9]{0,4},")
_ORDERED_BY = re.compile(
    r"\b(?:ORG|ORIG CO NAME|ORIGINATOR|ORIG|ORDERING CUST(?:OMER)?)\s*:=?\s*"
    r"([^\n:]+?)(?=\s{2,}|\s+[A-Z][A-Z ]{1,15}:|\n|$)"
)
_DEBITS = range(400, 700)
_KINDS = {
    "115": "check",
    "116": "check",
    "135": "check",
    "142": "ach",
    "164": "ach",
    "165": "ach",
    "166": "ach",
    "168": "ach",
    "169": "ach",
    "174": "cash",
    "175": "check",
    "195": "wire",
    "206": "transfer",
    "208": "wire",
    "301": "check",
    "475": "check",
    "495": "wire",
}
_RETURNS = {"250", "252", "255", "257", "258", "266", "268", "555", "557", "558"}
_STATUSES = {
    "2": "the bank deletes what this group said",
    "3": "the bank corrects what this group said",
    "4": "the bank sent this group as a test",
}
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the first bytes are a file header, 01."""
    return bool(_CLAIM.match(head.lstrip(b"\xef\xbb\xbf").replace(b"\0", b"")))


def glance(path: Path, _bounds: Bounds) -> Glance:
    """Look at the first entries, and at all accounts of the file."""
    text = encoding.find(path)
    controls = Controls(path.name, Faults(path.name))
    found = _rows(text, controls)
    first = tuple(islice(found, _HEAD_ROWS))
    for _ in found:
        pass
    heads = (Head("", (Row(0, COLUMNS), *first)),)
    accounts = tuple(controls.accounts)
    return Glance(path.name, FORMAT, text.encoding, "", heads, accounts)


def read(path: Path, layout: Layout) -> Table:
    """Stream the entries; what is wrong is refused when all of them are read."""
    text = encoding.find(path, layout.encoding)
    checked: list[str | Fault] = []
    notes: list[str] = []

    def rows() -> Iterator[Row]:
        checked.clear()
        faults = Faults(path.name)
        controls = Controls(path.name, faults)
        yield from _rows(text, controls)
        faults.refuse()
        checked.extend(controls.checked)
        notes[:] = [*filter(None, [text.why]), *controls.notes]

    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=COLUMNS,
        rows=rows,
        notes=notes,
        checked=checked,
    )


def _rows(text: Text, controls: Controls) -> Iterator[Row]:
    for record in bai2_records.records(text, controls.faults):
        controls.take(record)
        if record.code != "16":
            continue
        detail = bai2_records.detail(record)
        if detail is None:
            controls.faults.add(
                record.line,
                "this 16 record has no type code of three figures, or its funds type"
                " does not fit what follows",
                record.written,
            )
            continue
        controls.add(detail)
        yield Row(record.line, _cells(detail, controls))
    controls.end()


def _cells(detail: Detail, controls: Controls) -> tuple[str, ...]:
    is_check = detail.type_code == "475"
    text = detail.text or (detail.reference if " " in detail.reference else "")
    ordered = _ORDERED_BY.search(text)
    return (
        controls.account,
        controls.currency,
        _day(controls.as_of),
        _day(detail.value_date),
        _amount(detail, controls.currency),
        _KINDS.get(detail.type_code, ""),
        ordered[1].strip() if ordered else "",
        "" if is_check else detail.reference,
        detail.bank_reference,
        detail.reference if is_check else "",
        text.replace("\n", " "),
        detail.type_code,
        detail.funds_type,
        controls.status,
        _caution(detail, controls.status),
    )


def _amount(detail: Detail, currency: str) -> str:
    """Write minor units as an amount; what is no figure stands as it is."""
    figures = detail.amount.lstrip("+")
    if not re.fullmatch("-?[0-9]{1,18}", figures):
        return detail.amount
    places = money.places(currency)
    units = int(figures)
    if int(detail.type_code) in _DEBITS:
        units = -units
    whole, part = divmod(abs(units), 10**places)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{part:0{places}}" if places else f"{sign}{whole}"


def _day(written: str) -> str:
    """Write YYMMDD, or CCYYMMDD, as ISO; anything else stands as it is."""
    if re.fullmatch("[0-9]{6}", written):
        written = f"20{written}"
    if not re.fullmatch("[0-9]{8}", written):
        return written
    return f"{written[:4]}-{written[4:6]}-{written[6:]}"


def _caution(detail: Detail, status: str) -> str:
    if status in _STATUSES:
        return _STATUSES[status]
    if detail.type_code in _RETURNS:
        return f"a returned item or a reversal (type {detail.type_code})"
    return ""
