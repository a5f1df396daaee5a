"""Read NACHA files: every entry (6 record) is a payment, with its addenda joined.

    payment · account · currency · booking date · amount · kind · remitter
    reference · bank reference · check number · text · invoice · paid · discount
    receiver · receiver id · company id · entry class · entry description · …

account       the receiver's account, with the routing number before it
booking date  the effective entry date of the batch, `2026-03-18`; where it is left
              blank, an entry is due at once, which is the day the file was made
amount        `-1234.56`; credits to the receiver are positive, debits negative
remitter      the company of the batch, which originated the entry
text          the payment information of the addenda; where that is an X12 820, its
              invoices are advice lines if they make the entry's amount
caution       prenotes, returns, notifications of change, reversals, entries of zero

Promises:
1. Records come in their order, and every control record ties: counts, hashes and
   totals of batches and file.  What does not tie refuses the file.
2. A file without its closing 9 record is cut off, and refused.
3. An effective date that is none waits for a person; only a blank one is replaced.

Format: NACHA Operating Rules, appendix on record formats; all entry classes.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from importer.errors import Fault
from importer.readers import encoding, nacha_records, nacha_rows
from importer.readers.encoding import Text
from importer.readers.nacha_controls import Controls
from importer.readers.nacha_records import Record
from importer.readers.nacha_rows import Batch, Payment
from importer.readers.shape import Faults
from importer.table import Glance, Head, Layout, Row, Table

FORMAT = "nacha"
_CLAIM = re.compile(rb"\A1[0-9]{2}[^\r\n]{20}[0-9 ]{6}[^\r\n]{5}094")
_CLAIM_BATCH = re.compile(rb"\A5[0-9]{3}.{46}(?:[A-Z]{3}).{26}", re.DOTALL)
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the first bytes are a file header, or a batch's without one."""
    plain = head.lstrip(b"\xef\xbb\xbf\r\n")
    return bool(_CLAIM.match(plain) or _CLAIM_BATCH.match(plain))


def glance(path: Path) -> Glance:
    """Look at the first entries, and at the receivers' accounts of the file."""
    text = encoding.find(path)
    found = _rows(text, Faults(path.name), [], [])
    first = tuple(islice(found, _HEAD_ROWS))
    at = nacha_rows.COLUMNS.index("account")
    accounts = dict.fromkeys(row.cells[at] for row in (*first, *found))
    heads = (Head("", (Row(0, nacha_rows.COLUMNS), *first)),)
    return Glance(path.name, FORMAT, text.encoding, "", heads, tuple(accounts))


def read(path: Path, layout: Layout) -> Table:
    """Stream the entries; what is wrong is refused when all of them are read."""
    text = encoding.find(path, layout.encoding)
    checked: list[str | Fault] = []
    notes: list[str] = []

    def rows() -> Iterator[Row]:
        checked.clear()
        notes[:] = [text.why] if text.why else []
        faults = Faults(path.name)
        yield from _rows(text, faults, checked, notes)
        faults.refuse()

    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=nacha_rows.COLUMNS,
        rows=rows,
        notes=notes,
        adjacent=True,
        checked=checked,
    )


def _rows(
    text: Text, faults: Faults, checked: list[str | Fault], notes: list[str]
) -> Iterator[Row]:
    """Yield the rows of each entry when its last addenda is read."""
    controls = Controls(text.path.name, faults)
    batch = Batch()
    payment: Payment | None = None
    for record in nacha_records.records(text, faults):
        if payment is not None and record.kind != "7":
            yield from nacha_rows.rows(payment)
            payment = None
        controls.take(record, batch)
        match record.kind:
            case "1":
                batch = Batch(made=record[23:29])
            case "5":
                batch = Batch(record, batch.made)
            case "6":
                payment = Payment(controls.entries, record, batch)
            case "7" if payment is not None:
                _join(payment, record, faults)
    if payment is not None:
        yield from nacha_rows.rows(payment)
    controls.end()
    checked += controls.checked
    notes += controls.notes


def _join(payment: Payment, record: Record, faults: Faults) -> None:
    """Put an addenda to its entry; those of one kind are numbered in a row."""
    payment.join(record)
    if len(payment.addenda) > nacha_records.MOST_ADDENDA:
        faults.add(record.line, f"more than {nacha_records.MOST_ADDENDA} addenda")
        faults.refuse()
    number = record[83:87]
    if record[1:3] == "05" and number.isdecimal() and int(number) != payment.infos:
        faults.add(
            record.line, f"addenda {number} stands where {payment.infos:04} should be"
        )
