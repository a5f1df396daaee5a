"""Read X12 820, payment order and remittance advice: every BPR is a payment.

    payment · account · currency · booking date · amount · kind · remitter
    payer account · reference · text · invoice · paid · discount · receiver · …

booking date  the last element of BPR, `2026-03-18`
amount        BPR02; BPR03 `D` is money out
invoice …     the RMR segments, where they make the amount (`x12_segments`)

Promises:
1. ST and SE, GS and GE, ISA and IEA pair off; a file that is cut off is refused.
2. What the lines of a payment make is its amount, or the file is refused.
3. Wrong counts of segments, which senders often write, are only noted.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from importer import money
from importer.errors import Fault
from importer.readers import encoding, x12_segments
from importer.readers.shape import Faults
from importer.readers.x12_segments import Advice, Line, Marks, Segment, element
from importer.table import CAUTION, Bounds, Glance, Head, Layout, Row, Table

FORMAT = "x12"
COLUMNS = (
    *("payment", "account", "currency", "booking date", "amount", "kind"),
    *("remitter", "payer account", "reference", "text", "invoice", "paid", "discount"),
    *("receiver", "originator", "method"),
    CAUTION,
)
LARGEST = 16 << 20
MOST_IN_A_FILE = 400_000
MOST_SEGMENTS = 20_000
"""How many segments one payment may have; a payment is set out line by line."""
_CLAIM = re.compile(rb"\A\s*ISA[^A-Za-z0-9\s]|\A\s*(?:GS|ST)\*(?:RA|820)\*")
_PAIRS = {"SE": "ST", "GE": "GS", "IEA": "ISA"}
_KINDS = {"ACH": "ach", "CHK": "check", "FWT": "wire", "SWT": "wire", "BOP": "wire"}
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the first bytes begin an X12 interchange."""
    return bool(_CLAIM.search(head.lstrip(b"\xef\xbb\xbf")))


def glance(path: Path, _bounds: Bounds) -> Glance:
    """Look at the first payments, and whose they are."""
    table = read(path, Layout())
    rows = tuple(table.rows())
    accounts = dict.fromkeys(row.cells[1] for row in rows if row.cells[1])
    heads = (Head("", (Row(0, COLUMNS), *rows[:_HEAD_ROWS])),)
    return Glance(path.name, FORMAT, table.encoding, "", heads, tuple(accounts))


def read(path: Path, layout: Layout) -> Table:
    """Read a whole interchange, and refuse it with every fault."""
    faults = Faults(path.name)
    if path.stat().st_size > LARGEST:
        faults.add(0, f"an interchange of more than {LARGEST >> 20} MiB is no bank's")
        faults.refuse()
    text = encoding.find(path, layout.encoding)
    with text.open() as file:
        content = file.read()
    by = x12_segments.marks(content)
    if by is None:
        faults.add(1, "the file does not say how its segments end", content[:80])
        faults.refuse()
    assert by is not None, "what does not say it was refused"
    if (number := content.count(by.terminator)) > MOST_IN_A_FILE:
        faults.add(0, f"{number} segments; the most is {MOST_IN_A_FILE}")
        faults.refuse()
    numbered = list(_numbered(content, by, faults))
    notes = _envelope(numbered, faults)
    faults.refuse()
    for payment in _payments(numbered):
        if len(payment) > MOST_SEGMENTS:
            faults.add(
                payment[0][0], f"a payment of more than {MOST_SEGMENTS} segments"
            )
    faults.refuse()
    checked: list[str | Fault] = []
    rows = [
        row
        for number, payment in enumerate(_payments(numbered), start=1)
        for row in _rows(payment, number, path.name, checked)
    ]
    if not rows:
        faults.add(1, "no payment (BPR) is in the file")
    faults.refuse()
    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=COLUMNS,
        rows=lambda: iter(rows),
        notes=tuple(filter(None, (text.why, *notes))),
        adjacent=True,
        checked=checked,
    )


Numbered = tuple[int, Segment]


def _numbered(content: str, by: Marks, faults: Faults) -> Iterator[Numbered]:
    """Cut the file into segments with their lines; what ends it must be an end."""
    line = 1
    parts = content.split(by.terminator)
    for part in parts[:-1]:
        bare = part.strip("\r\n\t ")
        start = line + part[: len(part) - len(part.lstrip())].count("\n")
        line += part.count("\n") + (by.terminator == "\n")
        if len(bare) > x12_segments.LONGEST_SEGMENT:
            faults.add(start, f"this segment has {len(bare)} letters", bare)
        elif bare:
            yield start, tuple(bare.split(by.element))
    if parts[-1].strip("\r\n\t \x1a\0"):
        faults.add(line, "the file is cut off in a segment", parts[-1].strip())


def _envelope(numbered: list[Numbered], faults: Faults) -> list[str]:
    """Pair off what opens and what closes; return notes on wrong counts."""
    open_: list[tuple[str, int]] = []
    notes: list[str] = []
    for place, (line, segment) in enumerate(numbered):
        name = segment[0].strip()
        if name in _PAIRS.values():
            open_.append((name, place))
        elif name in _PAIRS:
            if not open_ or open_[-1][0] != _PAIRS[name]:
                faults.add(line, f"{name} closes nothing that is open")
                continue
            _, begun = open_.pop()
            if name == "SE" and segment[1:2] != (str(place - begun + 1),):
                said = segment[1] if len(segment) > 1 else "nothing"
                notes.append(
                    f"line {line}: SE states {said} segments, and there are"
                    f" {place - begun + 1}"
                )
    for name, place in open_:
        line = numbered[place][0]
        faults.add(line, f"the file is cut off: this {name} is never closed")
    return notes


def _payments(numbered: list[Numbered]) -> Iterator[list[Numbered]]:
    """Yield the segments of each payment: from its BPR to SE, or the next BPR."""
    payment: list[Numbered] = []
    for one in numbered:
        name = one[1][0]
        if name == "BPR" or name == "SE":  # noqa: PLR1714 two ends of different kinds
            if payment:
                yield payment
            payment = []
        if name == "BPR" or payment:
            payment.append(one)
    if payment:
        yield payment


def _rows(
    payment: list[Numbered], number: int, file: str, checked: list[str | Fault]
) -> Iterator[Row]:
    line, order = payment[0]
    get = partial(element, order)
    said = x12_segments.advice(segment for _, segment in payment)
    written = get(2)
    lines: list[Line] = []
    amount = money.plain(written)
    if amount is None:
        checked.append(Fault(f"{file}:{line}", f'cannot read amount "{written}"'))
    else:
        lines, why = x12_segments.settled(said, amount)
        if why:
            checked.append(Fault(f"{file}:{line}", why))
        elif lines:
            made = f"{len(lines)} invoice lines make {money.write(amount)}"
            checked.append(made)
    signed = f"-{written}" if get(3) == "D" else written
    cells = _cells(order, said, payment, signed)
    for one in lines or [Line("", "")]:
        listed = (one.invoice, one.paid, one.discount)
        yield Row(line, (str(number), *cells[:9], *listed, *cells[9:]))


def _cells(
    order: Segment, said: Advice, payment: list[Numbered], signed: str
) -> tuple[str, ...]:
    get = partial(element, order)
    named = (element(one, 2) for _, one in payment if one[0] == "CUR")
    return (
        get(15),
        next(named, "") or "USD",
        _day(order[-1]),
        signed,
        _KINDS.get(get(4), get(4).lower()),
        said.parties.get("PR", ""),
        get(9),
        said.reference,
        " ".join(filter(None, said.texts)),
        said.parties.get("PE", ""),
        get(10),
        get(4),
        "",
    )


def _day(written: str) -> str:
    """Write CCYYMMDD as ISO; anything else stands as it is."""
    digits = written.strip()
    if not re.fullmatch("[0-9]{8}", digits):
        return digits
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
