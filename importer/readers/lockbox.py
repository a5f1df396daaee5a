"""Read BAI lockbox files of fixed width: every check (6 record) is a payment.

    payment · account · currency · booking date · amount · kind · remitter
    payer account · reference · check number · text · invoice · paid · discount
    payee · check date · batch · item

account       the number of the lockbox
booking date  the deposit date of the batch (5 record), `2026-03-18`
payer account routing and account number, as read off the check
text          what the overflow records (4) hold, such as invoice numbers
invoice …     where the overflow records hold invoices with amounts, and these make
              the check's amount under one width of the invoice number only

Promises:
1. Batch, lockbox and file totals (7, 8, 9) tie, or the file is refused.
2. A file without its 9 record is cut off, and refused.
3. A width that does not tie is never believed; the text is then all that is given.

Format: BAI lockbox transmission, records of 80 to 104 letters.  What the layouts of
banks differ in stands in `LAYOUTS`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from importer import money
from importer.errors import Fault
from importer.readers import encoding, lockbox_totals
from importer.readers.shape import Faults
from importer.table import CAUTION, Bounds, Glance, Head, Layout, Row, Table

FORMAT = "lockbox"
COLUMNS = (
    *("payment", "account", "currency", "booking date", "amount", "kind", "remitter"),
    *("payer account", "reference", "check number", "text"),
    *("invoice", "paid", "discount", "payee", "check date", "batch", "item"),
    CAUTION,
)
MOST_RECORDS = 500_000
LARGEST = 64 << 20
INVOICE_WIDTHS = (10, 12, 14, 15, 16, 18, 20)
_AMOUNT_WIDTH = 10
_CLAIM = re.compile(rb"\A1[0-9]{2}[ \w]{20}[0-9]{6}[0-9]{0,4} *\r?\n2", re.ASCII)
_HEAD_ROWS = 60


@dataclass(frozen=True, slots=True)
class Places:
    """Where the fields of a 6 record stand: first letter and end, from 0."""

    amount: tuple[int, int]
    routing: tuple[int, int]
    account: tuple[int, int]
    check: tuple[int, int]
    day: tuple[int, int]
    remitter: tuple[int, int]
    payee: tuple[int, int]


LAYOUTS = (
    Places((7, 17), (17, 26), (26, 36), (36, 46), (46, 52), (52, 82), (82, 112)),
    Places((7, 17), (17, 26), (26, 36), (36, 45), (45, 51), (51, 81), (81, 111)),
    Places((7, 17), (17, 26), (26, 36), (36, 46), (0, 0), (46, 76), (76, 106)),
    Places((7, 17), (17, 25), (25, 35), (35, 44), (0, 0), (44, 74), (74, 104)),
)
"""The layouts of banks; the first under which every 6 record reads is taken."""


@dataclass(slots=True)
class Check:
    """One check: its record, the batch it is in, and its overflow records."""

    line: int
    text: str
    lockbox: str
    day: str
    overflow: list[str] = field(default_factory=list)


def claims(head: bytes) -> bool:
    """Say whether a short header (1) and a service record (2) begin the file."""
    return bool(_CLAIM.match(head.lstrip(b"\xef\xbb\xbf")))


def glance(path: Path, _bounds: Bounds) -> Glance:
    """Look at the first checks, and at the lockboxes of the file."""
    table = read(path, Layout())
    rows = tuple(table.rows())
    accounts = dict.fromkeys(row.cells[1] for row in rows)
    heads = (Head("", (Row(0, COLUMNS), *rows[:_HEAD_ROWS])),)
    return Glance(path.name, FORMAT, table.encoding, "", heads, tuple(accounts))


def read(path: Path, layout: Layout) -> Table:
    """Read a whole transmission, and refuse it with every fault."""
    faults = Faults(path.name)
    if path.stat().st_size > LARGEST:
        faults.add(0, f"a transmission of more than {LARGEST >> 20} MiB is no bank's")
        faults.refuse()
    text = encoding.find(path, layout.encoding)
    with text.path.open(encoding=text.encoding, newline=None) as file:
        lines = [line.rstrip() for line in file.read().split("\n")]
    totals = lockbox_totals.Totals(path.name, faults)
    checks = list(_checks(lines, totals))
    totals.end()
    faults.refuse()
    places = _places(checks)
    width = _width(checks)
    checked: list[str | Fault] = list(totals.checked)
    notes = [text.why] if text.why else []
    if width:
        notes.append(f"overflow records hold invoices of {width} letters and amounts")
    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=COLUMNS,
        rows=lambda: _rows(checks, places, width),
        notes=tuple(notes),
        adjacent=True,
        checked=checked,
    )


def _checks(lines: list[str], totals: "lockbox_totals.Totals") -> Iterator[Check]:
    """Yield the checks, each with its overflow records."""
    check: Check | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip("\x1a\0 "):
            continue
        totals.take(number, line)
        if line[0] == "6":
            if check is not None:
                yield check
            check = Check(number, line, totals.lockbox, totals.day)
        elif line[0] == "4" and check is not None:
            check.overflow.append(line)
        elif check is not None:
            yield check
            check = None
    if check is not None:
        yield check


def _places(checks: list[Check]) -> Places:
    """Find the layout under which the figures of every check are figures."""
    for places in LAYOUTS:
        if all(_fits(check, places) for check in checks):
            return places
    return LAYOUTS[0]


def _fits(check: Check, places: Places) -> bool:
    text = check.text
    numbers = (places.routing, places.account, places.check)
    figures = all(re.fullmatch("[0-9 ]*", text[a:b]) for a, b in numbers)
    start, end = places.day
    if start == end:
        return figures and not text[end or places.remitter[0] :][:1].isdecimal()
    day = text[start:end].strip("0 ")
    return figures and (not day or bool(_date(text[start:end])))


def _width(checks: list[Check]) -> int:
    """Return the one width of invoice numbers that ties all listed amounts, or 0.

    Only checks whose overflow records end in figures say anything about it.
    """
    listed = [check for check in checks if check.overflow]
    ties = {
        width
        for width in INVOICE_WIDTHS
        if listed and all(_lines(check, width) for check in listed)
    }
    return ties.pop() if len(ties) == 1 else 0


def _lines(check: Check, width: int) -> list[tuple[str, str, str]]:
    """Read the overflow of a check by a width; empty where it does not tie."""
    found, total = [], 0
    for record in check.overflow:
        data = record[10:].ljust(width)
        invoice, rest = data[:width].strip(), data[width:].strip()
        paid, off = rest[:_AMOUNT_WIDTH], rest[_AMOUNT_WIDTH : 2 * _AMOUNT_WIDTH]
        if not (invoice and re.fullmatch("[0-9]{10}", paid)):
            return []
        if off and not re.fullmatch("[0-9]{10}", off):
            return []
        total += int(paid)
        found.append((invoice, _money(paid), _money(off) if off else ""))
    start, end = LAYOUTS[0].amount
    return found if check.text[start:end] == f"{total:010}" else []


def _rows(checks: list[Check], places: Places, width: int) -> Iterator[Row]:
    for number, check in enumerate(checks, start=1):
        lines = _lines(check, width) if width else []
        cells = _cells(check, places, "" if lines else _text(check))
        for line in lines or [("", "", "")]:
            yield Row(check.line, (str(number), *cells[:10], *line, *cells[10:]))


def _cells(check: Check, places: Places, text: str) -> tuple[str, ...]:
    def at(place: tuple[int, int]) -> str:
        return check.text[place[0] : place[1]].strip()

    amount, routing, account = at(places.amount), at(places.routing), at(places.account)
    is_known = bool(account.strip("0"))
    return (
        check.lockbox,
        "USD",
        _iso(check.day),
        _money(amount)
        if re.fullmatch("[0-9]{10}", amount)
        else f"{amount}{money.UNSURE}",
        "check",
        at(places.remitter),
        f"{routing} {account}" if is_known else "",
        "",
        at(places.check).lstrip("0"),
        text,
        at(places.payee),
        _date(at(places.day)),
        check.text[1:4],
        check.text[4:7],
        "",
    )


def _text(check: Check) -> str:
    """Join what the overflow records hold behind their indicator."""
    return " ".join(record[11:].strip() for record in check.overflow)


def _money(cents: str) -> str:
    return money.of_cents(int(cents))


def _iso(written: str) -> str:
    """Write YYMMDD as ISO; anything else stands as it is."""
    if not re.fullmatch("[0-9]{6}", written) or not written.strip("0"):
        return written
    return f"20{written[:2]}-{written[2:4]}-{written[4:]}"


def _date(written: str) -> str:
    """Write the date on a check, MMDDYY, as ISO; empty where it is none."""
    if not re.fullmatch("(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{2}", written):
        return ""
    return f"20{written[4:]}-{written[:2]}-{written[2:4]}"
