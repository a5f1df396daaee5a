"""Read QIF: every record of a bank, cash, card or other account is a row.

    account · booking date · date as written · amount · remitter
    check number · text · category · cleared · address · splits · caution

caution          why a line is no plain payment: an opening balance, T and U that differ
date as written  such as `12/19'18`
booking date  `2018-12-19`, where the whole file settles the order of day and month;
              else the date with both readings, which is no date
amount        `-1234.56`, its decimal mark settled by the whole file; the first T
              line, or U where there is no T
splits        category, note and amount of each part; they must make the amount

Promises:
1. A record that is not closed by `^` is cut off, and the file is refused.
2. The order of day and month, and the decimal mark, are settled once for the file.
3. Investments, categories and other lists hold no cash lines; they are counted.
   Money in a list of a kind that nobody knows refuses the file.

QIF states no currency, and an account only where it has a list of accounts.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path

from importer.readers import encoding
from importer.readers.encoding import Text
from importer.readers.ofx_amounts import Marks, written
from importer.readers.qif_days import Days
from importer.readers.shape import Faults
from importer.table import CAUTION, Bounds, Glance, Head, Layout, Row, Table

FORMAT = "qif"
COLUMNS = (
    *(
        "account",
        "booking date",
        "date as written",
        "amount",
        "remitter",
        "check number",
    ),
    *("text", "category", "cleared", "address", "splits", CAUTION),
)
LONGEST_LINE = 1 << 16
MOST_LINES = 4096
MOST_LETTERS = 1 << 20
_CLAIM = re.compile(
    rb"\A(?:[#^][^\n]*\n|\s)*!(?:Type|Account|Option|Clear)\b", re.IGNORECASE
)
_CASH = ("bank", "cash", "ccard", "oth a", "oth l")
_LISTS = (
    *("account", "invst", "security", "prices", "cat", "class", "tag", "budget"),
    *("memorized", "tax", "template"),
)
_HEAD_ROWS = 60


@dataclass(slots=True)
class Record:
    """One record of an account: its line, the account, and its lines by letter."""

    line: int
    account: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    letters: int = 0

    def add(self, line: str) -> None:
        """Take one line of the file: a letter, and its text."""
        self.lines.append((line[0], line[1:].strip()))
        self.letters += len(line)

    @property
    def is_endless(self) -> bool:
        """Return whether it is larger than any bank's."""
        return len(self.lines) > MOST_LINES or self.letters > MOST_LETTERS

    def all(self, letter: str) -> list[str]:
        """Return the texts of all lines that begin with a letter."""
        return [text for known, text in self.lines if known == letter]

    def first(self, letter: str) -> str:
        """Return the text of the first such line, empty where there is none."""
        return next(iter(self.all(letter)), "")

    @property
    def amount(self) -> str:
        """Return the amount as the file writes it."""
        return self.first("T") or self.first("U")


def claims(head: bytes) -> bool:
    """Say whether the first bytes are a QIF header."""
    return bool(_CLAIM.match(head.lstrip(b"\xef\xbb\xbf").replace(b"\0", b"")))


def glance(path: Path, _bounds: Bounds) -> Glance:
    """Look at the first records, and at the accounts that the file names."""
    table = read(path, Layout())
    rows = table.rows()
    first = tuple(islice(rows, _HEAD_ROWS))
    accounts = dict.fromkeys(row.cells[0] for row in (*first, *rows) if row.cells[0])
    heads = (Head("", (Row(0, COLUMNS), *first)),)
    return Glance(path.name, FORMAT, table.encoding, "", heads, tuple(accounts))


def read(path: Path, layout: Layout) -> Table:
    """Survey the file, then stream its records; refuses it with every fault."""
    text = encoding.find(path, layout.encoding)
    faults, others = Faults(path.name), Counter[str]()
    days, marks = Days(), Marks()
    notes = [text.why] if text.why else []
    for record in _records(text, faults, others):
        days.see(record.first("D"))
        marks.see(record.amount)
        if (odd := _odd_splits(record, marks.settled)) and len(notes) < MOST_LINES:
            notes.append(odd)
    faults.refuse()
    notes += days.notes
    notes += [
        f'{count} records of the list "{kind}" are no cash lines, and are not read'
        for kind, count in others.items()
    ]
    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=COLUMNS,
        rows=lambda: _rows(text, days, marks.settled),
        notes=tuple(notes),
    )


def _rows(text: Text, days: Days, mark: str) -> Iterator[Row]:
    for record in _records(text, Faults(text.path.name), Counter()):
        day = record.first("D")
        # Some banks write their text into a second T line.
        texts = [*record.all("M"), *record.all("T")[1:]]
        cells = (
            record.account,
            days.iso(day),
            day,
            written(record.amount.replace(" ", ""), mark),
            record.first("P"),
            record.first("N"),
            " ".join(texts),
            record.first("L"),
            record.first("C"),
            ", ".join(record.all("A")),
            _splits(record),
            _caution(record, mark),
        )
        yield Row(record.line, cells)


def _caution(record: Record, mark: str) -> str:
    """Say why a record is no plain payment, if it is none."""
    if record.first("P").casefold() == "opening balance":
        return "this is the account's opening balance, no payment"
    first, second = record.first("T"), record.first("U")
    if first and second and written(first, mark) != written(second, mark):
        return f"two amounts: T says {first}, U says {second}"
    return ""


def _splits(record: Record) -> str:
    """Write the parts of a record: category, note and amount of each."""
    parts: list[str] = []
    for letter, text in record.lines:
        match letter:
            case "S":
                parts.append(text)
            case "E" | "$" if parts:
                parts[-1] = f"{parts[-1]} {text}".strip()
    return "; ".join(parts)


def _odd_splits(record: Record, mark: str) -> str:
    """Say of a record whose parts do not make its amount what they make."""
    parts = record.all("$")
    try:
        total = sum((Decimal(written(part, mark)) for part in parts), Decimal(0))
        if not parts or total == Decimal(written(record.amount, mark)):
            return ""
    except ArithmeticError:
        return ""
    return f"line {record.line}: the parts make {total} of {record.amount}"


def _records(text: Text, faults: Faults, others: Counter[str]) -> Iterator[Record]:
    """Yield the cash records; what else is listed is counted by its kind."""
    kind, account = "", ""
    record: Record | None = None
    for number, line in _lines(text, faults):
        if line.startswith("!"):
            _open_end(record, faults)
            kind, record = _section(kind, line), None
        elif line.startswith("#") and record is None:
            continue
        elif not line.startswith("^"):
            record = record or Record(number, account)
            record.add(line)
            if record.is_endless:
                most = f"{MOST_LINES} lines or {MOST_LETTERS >> 20} MiB"
                faults.add(record.line, f"a record of more than {most}")
                return
        elif record is not None:
            if kind == "account":
                account = record.first("N")
            elif kind.removeprefix("type:") in _CASH:
                yield record
            else:
                _count(record, kind.removeprefix("type:"), faults, others)
            record = None
    _open_end(record, faults)


def _open_end(record: Record | None, faults: Faults) -> None:
    """Refuse a file or a list that ends within a record."""
    if record is not None:
        sentence = "the file is cut off: this record is not closed by ^"
        faults.add(record.line, sentence, hint="fetch the file again")


def _count(record: Record, kind: str, faults: Faults, others: Counter[str]) -> None:
    """Count what is no cash line; money of a kind that nobody knows is a fault."""
    known = next((name for name in _LISTS if kind.startswith(name)), "")
    if not known and record.amount:
        sentence = f'money in a list of an unknown kind, "{kind[:40]}"'
        faults.add(record.line, sentence, hint="export the account alone")
    others[known or "other lists"] += 1


def _section(before: str, line: str) -> str:
    """Return what the following records are; an option changes nothing."""
    name = line[1:].strip().casefold()
    return before if name.startswith(("option", "clear")) else name


def _lines(text: Text, faults: Faults) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, none of them endless."""
    with text.path.open(encoding=text.encoding, newline=None) as file:
        lines = iter(partial(file.readline, LONGEST_LINE), "")
        for number, line in enumerate(lines, start=1):
            if len(line) == LONGEST_LINE:
                faults.add(number, f"this line has {LONGEST_LINE} letters and more")
                return
            if content := line.strip("\r\n\x1a\0 "):
                yield number, content
