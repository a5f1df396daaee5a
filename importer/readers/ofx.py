"""OFX 1 (SGML, leaf tags mostly unclosed) and OFX 2 (XML), QFX and QBO.

    <STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20240102120000[-5:EST]<TRNAMT>500.00
    <FITID>F1<NAME>ROSEWOOD FLORAL<MEMO>INV 10233</STMTTRN>

Each STMTTRN, wherever it stands, is a row of `COLUMNS`.  `DTPOSTED` holds the
civil date as written (its first eight digits, no time zone applied),
`DTPOSTED.RAW` the whole text.  `TRNAMT` is written with a decimal point where
the file says what its marks mean, and as the bank wrote it where it does not.

(1) As many rows come out as STMTTRN were opened; a file that ends early, opens
    one inside another, or lacks `</OFX>` is refused.
(2) An error that the bank reports in a STATUS is never read as a statement.
(3) Encoding is decided by the bytes; the declared one is asked only after them.
(4) One pass, linear, whether leaf tags are closed or not.

Source: OFX 1.6 and 2.2 specifications; `DOCTYPE` and `ENTITY` are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers.ofx_text import amounts, decoded, plain
from importer.table import Glance, Head, Layout, Row, Stated, Table

NAME = "ofx"
COLUMNS = (
    "TRNTYPE",
    "DTPOSTED",
    "TRNAMT",
    "FITID",
    "NAME",
    "MEMO",
    "CHECKNUM",
    "REFNUM",
    "DTUSER",
    "DTAVAIL",
    "EXTDNAME",
    "PAYEEID",
    "CORRECTFITID",
    "CORRECTACTION",
    "CURSYM",
    "CURRATE",
    "ORIGCURSYM",
    "BANKACCTTO",
    "ACCTID",
    "BANKID",
    "ACCTTYPE",
    "CURDEF",
    "DTPOSTED.RAW",
)
PLACE = {name: place for place, name in enumerate(COLUMNS)}
# Aggregates inside a transaction repeat tag names of the statement around it.
INNER = {
    ("CURRENCY", "CURSYM"): "CURSYM",
    ("CURRENCY", "CURRATE"): "CURRATE",
    ("ORIGCURRENCY", "CURSYM"): "ORIGCURSYM",
    ("PAYEE", "NAME"): "NAME",
    ("BANKACCTTO", "ACCTID"): "BANKACCTTO",
    ("CCACCTTO", "ACCTID"): "BANKACCTTO",
}
AGGREGATES = {outer for outer, _ in INNER} | {"IMAGEDATA"}
STATEMENTS = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
INVESTMENTS = {
    *("BUYMF", "BUYSTOCK", "BUYDEBT", "BUYOPT", "BUYOTHER", "SELLMF", "SELLSTOCK"),
    *("SELLDEBT", "SELLOPT", "SELLOTHER", "INCOME", "REINVEST", "TRANSFER"),
    *("INVEXPENSE", "JRNLFUND", "JRNLSEC", "MARGININTEREST", "RETOFCAP", "SPLIT"),
}
TAG = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)\]\]>|<!--.*?-->|<\?.*?\?>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][\w.\-]*)(?:\s[^<>]*?)?(?P<empty>/?)>",
    re.DOTALL,
)
ERROR_LEAST = 2000
SIGN_ON_ERRORS = range(15000, 16000)


def claims(head: bytes) -> bool:
    """Say whether the beginning of a file is OFX, in any of its dresses."""
    text = head.replace(b"\0", b"").upper()
    return b"OFXHEADER" in text or b"<OFX>" in text or b"<OFX " in text


def glance(path: Path) -> Glance:
    """See which accounts the file states."""
    text, encoding = decoded(path)
    found = _scan(path.name, text)
    accounts = tuple(dict.fromkeys(one[PLACE["ACCTID"]] for one in found.accounts))
    head = Head("", tuple(Row(row.line, row.cells) for row in found.rows[:5]))
    return Glance(path.name, NAME, encoding, "", (head,), accounts)


def read(path: Path, layout: Layout) -> Table:  # noqa: ARG001 -- its columns are fixed
    """Read all transactions of all statements; raises `FileRefused`."""
    text, encoding = decoded(path)
    found = _scan(path.name, text)
    settled, note = amounts([row.cells[PLACE["TRNAMT"]] for row in found.rows])
    rows = [
        _with_amount(row, amount)
        for row, amount in zip(found.rows, settled, strict=True)
    ]
    notes = [f"encoding {encoding}: by its bytes", note]
    if found.investments:
        notes.append(f"{found.investments} investment transactions are not money lines")
    return Table(
        file=path.name,
        format=NAME,
        encoding=encoding,
        header=COLUMNS,
        rows=lambda: iter(rows),
        stated=tuple(found.stated),
        notes=tuple(notes),
    )


@dataclass(slots=True)
class _Found:
    """What one pass over the text collects."""

    rows: list[Row] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    accounts: list[list[str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    investments: int = 0


def _with_amount(row: Row, amount: str) -> Row:
    place = PLACE["TRNAMT"]
    return Row(row.line, (*row.cells[:place], amount, *row.cells[place + 1 :]))


def _scan(file: str, text: str) -> _Found:
    """Walk over all tags once and collect rows, statements and faults."""
    if re.search(r"<!(DOCTYPE|ENTITY)", text[:4096], re.IGNORECASE):
        sentence = "declares a document type or an entity, which OFX never needs"
        raise FileRefused(
            Fault(file, sentence, hint="ask the bank for a plain OFX file")
        )
    walk = _Walk(file, text)
    for tag, close, value, at in _tags(text):
        walk.step(tag, close, value, at)
    return walk.finished()


def _tags(text: str) -> Iterator[tuple[str, bool, str, int]]:
    """Stream the tags with what stands behind each up to the next tag."""
    name, close, begin, at, data = "", False, 0, 0, ""
    for found in TAG.finditer(text, max(text.upper().find("<OFX"), 0)):
        if found["data"] is not None:
            data += text[begin : found.start()] + found["data"]
            begin = found.end()
            continue
        if name:
            yield name, close, data + plain(text[begin : found.start()]), at
        data, begin, at = "", found.end(), found.start()
        tag = found["name"]
        name, close = (tag.upper(), bool(found["close"])) if tag else ("", False)
    if name:
        yield name, close, data, at


class _Walk:
    """Where the walk over the tags stands."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._found = _Found()
        self._statement = [""] * len(COLUMNS)
        self._row: list[str] | None = None
        self._begin = 0
        self._inner = ""
        self._outer = ""
        self._status: dict[str, str] = {}
        self._line, self._counted = 1, 0
        self._open = 0
        self._opened = 0

    def step(self, tag: str, close: bool, value: str, at: int) -> None:  # noqa: FBT001 -- a tag's slash
        """Take one tag."""
        if self._row is not None and tag not in {"STMTTRN", "OFX", "BANKTRANLIST"}:
            self._inside(tag, close, value)
        elif tag == "STMTTRN":
            self._transaction(close, at)
        elif tag == "OFX":
            self._open += -1 if close else 1
            if close:
                self._cut(at)
        elif tag == "BANKTRANLIST":
            self._cut(at)
        else:
            self._around(tag, close, value, at)

    def _inside(self, tag: str, close: bool, value: str) -> None:  # noqa: FBT001
        assert self._row is not None, "only called within a transaction"
        if tag in AGGREGATES:
            self._inner = "" if close else tag
        elif not close and value:
            name = INNER.get((self._inner, tag), "") if self._inner else tag
            place = PLACE.get(name)
            if place is not None and name not in {"ACCTID", "BANKID", "CURDEF"}:
                self._row[place] = self._row[place] or value

    def _transaction(self, close: bool, at: int) -> None:  # noqa: FBT001
        if not close:
            self._cut(at)
            self._opened += 1
            self._row = self._statement.copy()
            self._begin, self._inner = self._line_at(at), ""
        elif self._row is not None:
            row = self._row
            raw = row[PLACE["DTPOSTED"]]
            row[PLACE["DTPOSTED.RAW"]] = raw
            if raw[:8].isdigit() and len(raw) >= 8:  # noqa: PLR2004 -- YYYYMMDD
                row[PLACE["DTPOSTED"]] = raw[:8]
            self._found.rows.append(Row(self._begin, tuple(row)))
            self._row = None

    def _cut(self, at: int) -> None:
        """Find a transaction that was never closed."""
        if self._row is not None:
            self._row = None
            self._fault(at, f"the transaction of line {self._begin} is never closed")

    def _around(self, tag: str, close: bool, value: str, at: int) -> None:  # noqa: FBT001
        if close:
            if tag == "STATUS":
                self._judge(at)
            return
        if tag in STATEMENTS:
            self._statement = [""] * len(COLUMNS)
            self._found.accounts.append(self._statement)
        elif tag in INVESTMENTS:
            self._found.investments += 1
        elif tag in {"STATUS", "LEDGERBAL", "AVAILBAL", "SONRS"}:
            self._outer = tag
            if tag == "STATUS":
                self._status = {}
        elif tag in {"CODE", "SEVERITY", "MESSAGE"} and value:
            self._status[tag] = value
        elif tag == "BALAMT" and self._outer == "LEDGERBAL" and value:
            account = self._statement[PLACE["ACCTID"]]
            line = self._line_at(at)
            self._found.stated.append(Stated("closing", value, line, account))
        elif tag in {"ACCTID", "BANKID", "ACCTTYPE", "CURDEF"} and value:
            place = PLACE[tag]
            self._statement[place] = self._statement[place] or value

    def _judge(self, at: int) -> None:
        """Refuse what the bank itself calls an error."""
        code, severity = self._status.get("CODE", "0"), self._status.get("SEVERITY", "")
        number = int(code) if code.isdigit() else 0
        if severity.upper() == "ERROR" or number >= ERROR_LEAST:
            message = self._status.get("MESSAGE", "")
            sentence = f"the bank reports the error {code} {severity} {message}".strip()
            self._fault(at, sentence)

    def _line_at(self, at: int) -> int:
        """Count lines as the walk goes on, each character once."""
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _fault(self, at: int, sentence: str) -> None:
        where = f"{self._file}:{self._line_at(at)}"
        self._found.faults.append(Fault(where, sentence, hint="download it again"))

    def finished(self) -> _Found:
        """Prove that the file is whole."""
        end = len(self._text)
        self._cut(end)
        if self._open or not self._text.rstrip():
            self._fault(end, "ends without </OFX>: it was cut off")
        if self._found.faults:
            raise FileRefused(*self._found.faults)
        assert len(self._found.rows) == self._opened, "each that opened was closed"
        return self._found
