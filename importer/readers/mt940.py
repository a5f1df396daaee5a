"""Read MT940 statements and MT942 interim reports: every :61: is a row.

    account · currency · value date · entry date · amount · kind · remitter
    payer account · reference · bank reference · end to end id · text
    statement · mark · type · mandate · booking text · details · caution

value date   the day of :61: as written, `2026-03-18`
entry date   its month and day, in the year that is nearest to the value date
amount       `-1234.56`: D and RC go out, C and RD come in
reference    the customer's, of :61:; NONREF is none
text         the remittance information of :86:, without the tags of its structure
details      :86: as it stands, lines joined
caution      reversals (RC, RD), returned items, and entries only expected (EC, ED)

Promises:
1. Rows delivered are :61: that begin; a statement without its closing balance is
   cut off, and refused.
2. Opening balance and entries make the closing balance, of each statement; pages
   of one statement (:62M:, :60M:) follow from one another.
3. A text that looks like a tag inside :86: stays text.

Formats: SWIFT MT940 and MT942, with the German `?20` and Dutch `/REMI/` structures.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path

from importer.errors import Fault
from importer.readers import encoding, mt940_details, mt940_fields
from importer.readers.encoding import Text
from importer.readers.mt940_details import Details
from importer.readers.mt940_fields import Field
from importer.readers.mt940_statements import Statements
from importer.readers.shape import Faults
from importer.table import CAUTION, Glance, Head, Layout, Row, Table

FORMAT = "mt940"
COLUMNS = (
    *("account", "currency", "value date", "entry date", "amount", "kind"),
    *("remitter", "payer account", "reference", "bank reference", "end to end id"),
    *("text", "statement", "mark", "type", "mandate", "booking text", "details"),
    CAUTION,
)
_LINE = re.compile(
    r"\s*([0-9]{6})\s*([0-9]{4})?\s*(R?[CD]|E[CD])[A-Z]?\s*"
    r"([0-9]{1,15}(?:,[0-9]{0,6})?|,[0-9]{1,6})([A-Z][A-Z0-9]{3})?(.*)"
).fullmatch
"""Value date, entry date, mark (and the currency's last letter), amount, type, rest."""
_BEGINS = re.compile(
    rb"^(?:\{1:F|:(?:20|25P?|28C?|60[FM]|61|86|NS|94[02]):)", re.MULTILINE
)
_NOTHING = ("", "NONREF", "NONE", "EREF", "KREF+", "MREF")
_PLAIN, _OUT = ("C", "D"), ("D", "RC", "ED")
_KINDS = {
    "CHK": "check",
    "TRF": "transfer",
    "DDT": "direct debit",
    "COL": "collection",
    "CHG": "charges",
    "COM": "charges",
    "INT": "interest",
    "RTI": "returned item",
    "STO": "standing order",
}
_CAUTIONS = {
    "RC": "the bank takes back an earlier credit",
    "RD": "the bank gives back an earlier debit; it is no new payment",
    "EC": "the bank expects this credit; it is not booked",
    "ED": "the bank expects this debit; it is not booked",
}
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the first bytes hold a line that begins as a SWIFT field does."""
    return bool(_BEGINS.search(head.replace(b"\0", b"")))


def glance(path: Path) -> Glance:
    """Look at the first entries, and at all accounts of the file."""
    text = encoding.find(path)
    found = _accounts(text)
    rows = islice(_rows(text, Statements(path.name), Faults(path.name)), _HEAD_ROWS)
    head = Head("", (Row(0, COLUMNS), *rows))
    return Glance(path.name, FORMAT, text.encoding, "", (head,), found)


def read(path: Path, layout: Layout) -> Table:
    """Stream the entries; what is wrong is refused when all of them are read."""
    text = encoding.find(path, layout.encoding)
    checked: list[str | Fault] = []

    def rows() -> Iterator[Row]:
        checked.clear()
        faults = Faults(path.name)
        statements = Statements(path.name)
        yield from _rows(text, statements, faults)
        checked.extend(statements.checked)
        statements.end(faults)
        faults.refuse()

    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=COLUMNS,
        rows=rows,
        notes=(text.why,) if text.why else (),
        checked=checked,
    )


def _accounts(text: Text) -> tuple[str, ...]:
    fields = mt940_fields.fields(text, Faults(text.path.name))
    found = (field.first for field in fields if field.tag in ("25", "25P"))
    return tuple(dict.fromkeys(found))


def _rows(text: Text, statements: Statements, faults: Faults) -> Iterator[Row]:
    """Yield one row for each :61:, with the :86: that follows it."""
    entry: Field | None = None
    for field in mt940_fields.fields(text, faults):
        if entry is not None:
            details = field.lines if field.tag == "86" else ()
            yield _row(entry, details, statements, faults)
            entry = None
        if field.tag == "61":
            entry = field
        elif field.tag != "86":
            statements.take(field, faults)
    if entry is not None:
        yield _row(entry, (), statements, faults)


def _row(
    entry: Field, details: tuple[str, ...], statements: Statements, faults: Faults
) -> Row:
    """Set out one entry; what has not the shape of one is a fault of the file."""
    lines = entry.lines
    found = _LINE(lines[0])
    if found is None and lines[1:]:
        found = _LINE(lines[0].strip() + lines[1].strip())
    if found is None:
        faults.add(
            entry.line,
            "this :61: is no entry: date, C or D, amount and type are not there",
            entry.first,
            "fetch the file again",
        )
        return Row(entry.line, ("",) * len(COLUMNS))
    day, entered, mark, written, code, rest = found.groups("")
    amount = _amount(written)
    signed = f"-{amount}" if mark in _OUT else amount
    statements.add(signed, expected=mark in ("EC", "ED"))
    said = mt940_details.parse(details)
    value = _day(day)
    own, _, banks = rest.partition("//")
    own = own.strip()
    text = said.text
    if lines[1:]:
        text = " ".join((text, *map(str.strip, lines[1:]))).strip()
    cells = (
        statements.account,
        statements.currency,
        value,
        _entered(entered, value),
        signed,
        _KINDS.get(code[1:], ""),
        said.remitter,
        said.account,
        "" if own in _NOTHING else own,
        banks.strip(),
        said.end_to_end,
        text,
        statements.number,
        mark,
        code,
        said.mandate,
        said.booking,
        said.raw,
        "" if mark in _PLAIN and _is_plain(code, said) else _caution(mark),
    )
    return Row(entry.line, cells)


def _amount(written: str) -> str:
    """Write `1234,5` as `1234.5`, and `9,` as `9`."""
    whole, _, part = written.partition(",")
    return f"{whole.lstrip('0') or '0'}.{part}" if part else whole.lstrip("0") or "0"


@lru_cache(maxsize=4096)
def _day(written: str) -> str:
    """Write YYMMDD as ISO; SWIFT reads 80 to 99 as the last century."""
    century = "19" if written >= "80" else "20"
    return f"{century}{written[:2]}-{written[2:4]}-{written[4:]}"


@lru_cache(maxsize=4096)
def _entered(written: str, value: str) -> str:
    """Put a month and day into the year that brings it nearest to the value date."""
    if not written:
        return ""
    days = []
    for year in range(int(value[:4]) - 1, int(value[:4]) + 2):
        with suppress(ValueError):
            days.append(date(year, int(written[:2]), int(written[2:])))
    try:
        near = date.fromisoformat(value)
    except ValueError:
        return written
    nearest = min(days, key=lambda day: abs(day - near), default=None)
    return nearest.isoformat() if nearest else written


def _is_plain(code: str, said: Details) -> bool:
    return not (said.is_returned or code.endswith("RTI"))


def _caution(mark: str) -> str:
    return _CAUTIONS.get(mark, "the bank calls this a returned item")
