"""Read CAMT.052, .053 and .054, all versions: a row for each payment of an entry.

    entry · payment · account · currency · booking date · value date · amount · kind
    remitter · payer account · reference · bank reference · end to end id
    check number · text · invoice · paid · discount · …

entry        tells bank lines (`Ntry`) apart; one of them may hold many payments
booking date BookgDt, else ValDt; else the day of the payment or of the statement
amount       `-1234.56`, signed by the payment's own CdtDbtInd.  One detail (`TxDtls`)
             takes the entry's amount, which is what was booked after all charges;
             several take their own where they make it to the cent, and else the
             entry stays one row with all that they say
text         what the remitter wrote (`Ustrd`), and structured references that come
             without an amount; else what the bank says of the entry
invoice …    structured documents (`Strd`) where each comes with an amount in the
             payment's currency; a credit note is negative
original …   what was instructed, where it is not what was booked
caution      entries not booked (pending, for information), reversals, returns, lumps
             whose payments are not listed or do not make them, and inferred days

Promises:
1. Every Ntry is there, each with its amount; a file that is cut off is refused, and
   so is one with an Ntry where the format has none.
2. Balances and summaries are held against the entries, statement by statement.
3. Memory does not grow with the number of entries; document types are refused, and
   so is what is nested or stretched beyond any bank's use.

Format: ISO 20022 camt.052/053/054.001.01 to .13, with any namespace, or none.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from importer.errors import Fault
from importer.readers import camt_rows, encoding
from importer.readers.camt_pieces import Entry
from importer.readers.camt_proof import Proofs
from importer.readers.camt_rows import Remarks
from importer.readers.camt_walk import walk
from importer.readers.encoding import Text
from importer.readers.shape import Faults
from importer.table import Bounds, Glance, Head, Layout, Row, Table, charset

FORMAT = "camt"
_CLAIM = re.compile(rb"camt\.05[234]\.|<(?:[\w.-]+:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdt)")
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]+)["']""")
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the first bytes are those of a CAMT message."""
    plain = head.replace(b"\0", b"")
    return plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and bool(
        _CLAIM.search(plain)
    )


def glance(path: Path, _bounds: Bounds) -> Glance:
    """Look at the first payments, and at all accounts of the file."""
    text = _text(path, None)
    proofs, remarks = Proofs(path.name), Remarks()
    first: list[Row] = []
    for entry, whole, number in _entries(text, proofs, Faults(path.name)):
        if len(first) < _HEAD_ROWS:
            first += camt_rows.rows(entry, whole, number, remarks)
    heads = (Head("", (Row(0, camt_rows.COLUMNS), *first[:_HEAD_ROWS])),)
    accounts = tuple(proofs.accounts)
    return Glance(path.name, FORMAT, text.encoding, "", heads, accounts)


def read(path: Path, layout: Layout) -> Table:
    """Stream the payments; what is wrong is refused when all of them are read."""
    text = _text(path, layout.encoding)
    checked: list[str | Fault] = []
    notes: list[str] = []

    def rows() -> Iterator[Row]:
        proofs, faults, remarks = Proofs(path.name), Faults(path.name), Remarks()
        for entry, whole, number in _entries(text, proofs, faults):
            yield from camt_rows.rows(entry, whole, number, remarks)
        faults.refuse()
        checked[:] = proofs.checked
        notes[:] = filter(None, [text.why, *proofs.notes, *remarks.sentences()])

    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=camt_rows.COLUMNS,
        rows=rows,
        notes=notes,
        entry="entry",
        adjacent=True,
        checked=checked,
    )


def _text(path: Path, stated: str | None) -> Text:
    with path.open("rb") as file:
        declared = _DECLARED.search(file.read(512))
    prefer = declared[1].decode() if declared else None
    return encoding.find(path, stated, charset(prefer) if prefer else None)


def _entries(
    text: Text, proofs: Proofs, faults: Faults
) -> Iterator[tuple[Entry, str, int]]:
    """Yield each entry with its signed amount and its place; the proofs take all."""
    number = 0
    for piece in walk(text, faults):
        if isinstance(piece, Entry):
            number += 1
            whole, booked = camt_rows.amount(piece.values)
            proofs.add(piece, whole, booked=booked)
            yield piece, whole, number
        else:
            proofs.take(piece)
    proofs.end()
