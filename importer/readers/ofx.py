"""Read OFX, QFX and QBO: versions 1 (SGML) and 2 (XML), tolerantly and exactly.

Every STMTTRN is a row, wherever it stands; the columns are always these:

    TRNTYPE DTPOSTED DTUSER DTAVAIL TRNAMT FITID CORRECTFITID CORRECTACTION SRVRTID
    CHECKNUM REFNUM NAME PAYEE.ADDR MEMO EXTDNAME PAYEEID BANKACCTTO.BANKID
    BANKACCTTO.ACCTID CURRENCY CURRATE ORIGCURRENCY ORIGCURRATE CURDEF BANKID ACCTID
    ACCTTYPE DTPOSTED.RAW TRNAMT.RAW

DTPOSTED   the civil day as written, `20240318`; no zone is applied.  What is no
           date stands as it is, and reads as none.
TRNAMT     `-1234.56`; where the file does not settle the decimal mark, the text
           with a question mark, which reads as no amount.
NAME       NAME, else PAYEE.NAME.
CURRENCY   the currency of TRNAMT: the transaction's own, else the statement's.
ORIG…      the currency before the bank converted it, and the rate.
CORRECTACTION  REPLACE or DELETE of the transaction CORRECTFITID: an order to
           correct, never new money by itself.

Promises:
1. Rows delivered are STMTTRN opened; a file that is cut off is refused.
2. Nothing in a transaction overwrites what the statement says, and the reverse.
3. The declared character set is believed only where the bytes agree.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice, repeat
from pathlib import Path

from importer.readers import encoding, ofx_text
from importer.readers.encoding import Text
from importer.readers.ofx_amounts import written
from importer.readers.ofx_statements import Statement, Survey, masked, survey
from importer.readers.ofx_text import Transaction
from importer.table import Bounds, Glance, Head, Layout, Row, Table, charset

FORMAT = "ofx"
_PLAIN = (
    *("TRNTYPE", "DTPOSTED", "DTUSER", "DTAVAIL", "TRNAMT", "FITID"),
    *("CORRECTFITID", "CORRECTACTION", "SRVRTID", "CHECKNUM", "REFNUM", "NAME"),
    *("PAYEE.ADDR", "MEMO", "EXTDNAME", "PAYEEID"),
    *("BANKACCTTO.BANKID", "BANKACCTTO.ACCTID"),
    *("CURRENCY", "CURRATE", "ORIGCURRENCY", "ORIGCURRATE"),
)
_OF_STATEMENT = ("CURDEF", "BANKID", "ACCTID", "ACCTTYPE")
COLUMNS = (*_PLAIN, *_OF_STATEMENT, "DTPOSTED.RAW", "TRNAMT.RAW")

_LEAVES = {name for name in _PLAIN if "." not in name and "CURR" not in name}
_CLOSED = {f"/{name}" for name in _LEAVES}
_ENDS = {f"{name}>{end}" for name in _CLOSED for end in ("", "\n", "\r\n")}
_NOTHING = repeat("")
_CONTAINERS = {
    "PAYEE": "PAYEE",
    "BANKACCTTO": "BANKACCTTO",
    "CCACCTTO": "BANKACCTTO",
    "CURRENCY": "CURRENCY",
    "ORIGCURRENCY": "ORIGCURRENCY",
    "IMAGEDATA": "IMAGEDATA",
}
_ADDRESS = ("ADDR1", "ADDR2", "ADDR3", "CITY", "STATE", "POSTALCODE", "COUNTRY")
_DAY = re.compile(
    r"([0-9]{8})(?:[0-9]{2}|[0-9]{4}|[0-9]{6})?(?:[.,:][0-9]*)?"
    r"\s*(?:\[[^\]]*\]?|[A-Za-z]{1,5}|[-+][0-9]{1,2}:?(?:[0-9]{2})?)?"
).fullmatch
_DASHED = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*)?").fullmatch
_CHARSET = re.compile(
    rb"CHARSET:\s*([\w-]+)|encoding=[\"']([\w-]+)[\"']", re.IGNORECASE
)
_LONGEST_DAY = 64
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the first bytes are those of an OFX file, however it is encoded."""
    text = head.replace(b"\0", b"").upper()
    return bool(re.search(rb"<OFX[\s>]", text)) or b"OFXHEADER" in text


def glance(path: Path, _bounds: Bounds) -> Glance:
    """Look at the first transactions and at whose they are."""
    text = _text(path, Layout())
    found = survey(text)
    rows = tuple(islice(_rows(text, found), _HEAD_ROWS))
    return Glance(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        delimiter="",
        heads=(Head("", (Row(0, COLUMNS), *rows)),),
        accounts=found.accounts,
    )


def read(path: Path, layout: Layout) -> Table:
    """Survey the file and stream its transactions; refuses it with every fault."""
    text = _text(path, layout)
    found = survey(text)
    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=COLUMNS,
        rows=lambda: _rows(text, found),
        stated=tuple(found.stated),
        notes=tuple(_notes(text, found)),
    )


def _text(path: Path, layout: Layout) -> Text:
    """Find the encoding: the bytes, then the mapping, then what the file declares."""
    if layout.encoding:
        return encoding.find(path, layout.encoding)
    with path.open("rb") as file:
        declared = _CHARSET.search(file.read(4096))
    name = (declared[1] or declared[2]).decode() if declared else ""
    return encoding.find(path, prefer=_codec(name))


def _codec(declared: str) -> str | None:
    """Name the codec that a declared character set means; none where it means none."""
    if re.fullmatch(r"(?:(?:ISO|WINDOWS)-?)?(?:8859-?1|1252)", declared.upper()):
        return "cp1252"
    return charset(declared) or charset(f"cp{declared}")


def _rows(text: Text, found: Survey) -> Iterator[Row]:
    """Yield one row for each transaction, with what its statement says."""
    statements = iter([*found.statements, None])
    following = next(statements)
    settled = found.marks.settled
    own: tuple[str, ...] = ("",) * len(_OF_STATEMENT)
    transactions = (
        one for one in ofx_text.pieces(text) if isinstance(one, Transaction)
    )
    for number, piece in enumerate(transactions):
        while following is not None and following.first <= number:
            own = _of_statement(following)
            following = next(statements)
        yield Row(piece.line, _cells(_values(piece.text), own, settled))


def _of_statement(statement: Statement) -> tuple[str, ...]:
    values = statement.values
    bank = values.get("BANKID") or values.get("BROKERID", "")
    return (
        values.get("CURDEF", ""),
        bank,
        statement.account,
        values.get("ACCTTYPE", ""),
    )


def _values(text: str) -> dict[str, str]:
    """Read the leaves of one transaction; those in a container carry its name."""
    values = _usual(text)
    if values is not None:
        return values
    values, inside = {}, ""
    for slash, tag, raw in ofx_text.tokens(text):
        name = tag.upper()
        if name in _CONTAINERS and (slash or not raw.strip()):
            inside = "" if slash else f"{_CONTAINERS[name]}."
        elif not slash:
            values.setdefault(inside + name, ofx_text.value(raw))
    return values | _gathered(values.get)


def _gathered(get: Callable[[str, str], str]) -> dict[str, str]:
    """Gather what stands in containers under the names of the columns."""
    address = filter(None, (get(f"PAYEE.{name}", "") for name in _ADDRESS))
    return {
        "NAME": get("NAME", "") or get("PAYEE.NAME", ""),
        "PAYEE.ADDR": ", ".join(address),
        "CURRENCY": get("CURRENCY.CURSYM", "") or get("CURRENCY", ""),
        "CURRATE": get("CURRENCY.CURRATE", ""),
        "ORIGCURRENCY": get("ORIGCURRENCY.CURSYM", ""),
        "ORIGCURRATE": get("ORIGCURRENCY.CURRATE", ""),
    }


def _usual(text: str) -> dict[str, str] | None:
    """Read a transaction of plain leaves alone, as most are; None for any other.

    It takes a third of the time.
    """
    values: dict[str, str] = {}
    for piece in text.split("<")[1:]:
        if piece in _ENDS:
            continue
        tag, _, raw = piece.partition(">")
        if tag in _LEAVES:
            raw = raw.strip()
            if "&" in raw or not raw.isprintable():
                return None
            values.setdefault(tag, raw)
        elif tag not in _CLOSED:
            return None
    return values


def _cells(
    values: dict[str, str], own: tuple[str, ...], settled: str
) -> tuple[str, ...]:
    """Set out one transaction in the order of `COLUMNS`."""
    day, amount = values.get("DTPOSTED", ""), values.get("TRNAMT", "")
    values["DTPOSTED"] = _day(day) if len(day) <= _LONGEST_DAY else day
    values["TRNAMT"] = written(amount, settled)
    values["CURRENCY"] = values.get("CURRENCY") or own[0]
    return (*map(values.get, _PLAIN, _NOTHING), *own, day, amount)


@lru_cache(maxsize=4096)
def _day(raw: str) -> str:
    """Return the civil day as written, in eight digits; else the text itself."""
    if found := _DAY(raw):
        return found[1]
    if found := _DASHED(raw):
        return found[1] + found[2] + found[3]
    return raw


def _notes(text: Text, found: Survey) -> Iterator[str]:
    if text.why:
        yield text.why
    yield from found.notes
    for one in found.statements:
        if "DTSTART" in one.values or "DTEND" in one.values:
            start, end = (_day(one.values.get(n, "")) for n in ("DTSTART", "DTEND"))
            yield f"statement of {masked(one.account)} from {start} to {end}"
    if not found.statements:
        yield "no statement is in the file: its account and currency are not stated"
    if number := found.counts["INVTRAN"]:
        yield f"{number} investment transactions are no cash lines and are not read"
    if number := found.counts["STMTTRNP"]:
        yield f"{number} pending transactions are not booked and are not read"
    if found.marks.point and found.marks.comma:
        yield "decimal points and decimal commas both stand in the file"
