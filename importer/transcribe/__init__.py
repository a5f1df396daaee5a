"""Turn the rows of a table into remittances, as a mapping says.

    Row 14 | 03/18/2024 | ROSEWOOD FLORAL INV 10233 | 500.00 | 0091
    Remittance(place=fnb.csv:14, amount=500.00, value_date=2024-03-18, …)

Promises:
1. Every row of a sound file becomes part of one notice: a `Remittance`, or an
   `Unreadable` with its own text and the reason.  Rows that are no money are held
   against the sums.  Nothing is dropped, and nothing is taken for zero.
2. A file that contradicts itself, or of which too much cannot be read, is refused
   whole, at the end, with all its faults.
3. Rows are streamed; memory does not grow with the file, except for files whose
   rows are grouped, since a group may go on anywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal

from importer.errors import Fault, FileRefused, hinted
from importer.mapping.schema import Mapping
from importer.model import Notice, Place, Remittance, Unreadable
from importer.table import Row, Table
from importer.transcribe.amounts import Unclear, key
from importer.transcribe.cells import Compiled, compiled
from importer.transcribe.groups import Member, merged
from importer.transcribe.remarks import balances, remarks, stated
from importer.transcribe.texts import folded
from importer.transcribe.totals import Declared, Proof, Standing, Sums, Tally

__all__ = [
    "Proof",
    "Standing",
    "Tally",
    "Transcript",
    "folded",
    "money_of",
    "transcribe",
]

ONE_IN = 20
MOST_FAULTS = 1000


def transcribe(table: Table, mapping: Mapping) -> "Transcript":
    """Make the stream of a table's notices; raises `FileRefused` for its columns."""
    return Transcript(table, mapping)


class Transcript:
    """The notices of one file, to be read once, and then what they add up to.

    Reading raises `FileRefused` at the end at the latest: whoever reads must be
    ready to throw away what came before.  `totals` is there when reading is over,
    whether it ended or was refused; `tallies` grow while it goes on.
    """

    def __init__(self, table: Table, mapping: Mapping) -> None:
        """Compile the mapping for the table; nothing is read yet."""
        self._table = table
        self._mapping = mapping
        self._row: Compiled = compiled(table, mapping)
        self._remarks = remarks(table, mapping, self._row)
        entry = table.header.index(table.entry) if table.entry else None
        self._sums = Sums(table.file, balances(mapping, self._row), entry)
        self._sign = -1 if mapping.read.amount and mapping.read.amount.inverse else 1
        self._faults: list[Fault] = []
        self._begun = False
        self.totals: Proof | None = None
        self.remittances = 0
        self.unreadable = 0

    @property
    def tallies(self) -> dict[tuple[str, str], Tally]:
        """Return the plain sums by account and currency, in the bank's own sign."""
        return self._sums.tallies

    def __iter__(self) -> Iterator[Notice]:
        """Stream the notices in the order of their first rows."""
        assert not self._begun, "a transcript is read once"
        self._begun = True
        self._declare([*self._remarks.above(), *stated(self._table, self._mapping)])
        try:
            yield from self._alone() if self._row.group is None else self._grouped()
        except FileRefused:
            # The totals of a broken file are of interest, and no fault of their own.
            self.totals, _ = self._sums.proof(self._table.checked)
            raise
        self._finish()

    def _alone(self) -> Iterator[Notice]:
        """Stream a file in which each row is a remittance."""
        read, add, sign = self._row.remittance, self._sums.add, self._sign
        remark = self._remarks if self._remarks.patterns else None
        for row in self._table.rows():
            try:
                if remark is not None and (said := remark(row)) is not None:
                    self._declare(said)
                    continue
                one = read(row)
            except (Unclear, IndexError) as error:
                if any(map(str.strip, row.cells)):
                    self._count_money([row])
                    yield self._unreadable([row], error)
                continue
            amount = one.amount if sign == 1 else -one.amount
            add((one.account, one.currency), amount, one.booking_date, row)
            self.remittances += 1
            yield one

    def _grouped(self) -> Iterator[Notice]:
        """Collect the rows of each group, wherever they stand, then merge them."""
        groups: dict[str | int, list[Member]] = {}
        for row in self._table.rows():
            name: str | int = row.line
            one: Remittance | Unclear
            try:
                if (said := self._remarks(row)) is not None:
                    self._declare(said)
                    continue
                name = self._group(row) or row.line
                one = self._row.remittance(row)
            except (Unclear, IndexError) as error:
                if not any(map(str.strip, row.cells)):
                    continue
                one = _unclear(error, row)
            if self._table.adjacent and name not in groups:
                yield from map(self._merged, groups.values())
                groups.clear()
            groups.setdefault(name, []).append((row, one))
        yield from map(self._merged, groups.values())

    def _group(self, row: Row) -> str:
        """Read what a row shares with others; a row alone needs its own amount."""
        assert self._row.group is not None, "only grouped files come here"
        name = self._row.group(row.cells)
        if not name and self._mapping.read.amount is None:
            column = self._mapping.read.group
            sentence = f'"{column}" is empty, and the row has no amount of its own'
            raise Unclear(sentence, key(self._mapping, "group"))
        return name

    def _merged(self, members: list[Member]) -> Notice:
        """Make one notice of a group's rows, and count what they state."""
        amount = self._mapping.read.amount
        repeats = amount is not None and amount.per == "group"
        rows = [row for row, _ in members]
        try:
            whole = merged(members, self._mapping.read.identity, repeats=repeats)
        except Unclear as error:
            for stating in [rows] if repeats else [[row] for row in rows]:
                self._count_money(stating)
            return self._unreadable(rows, error)
        for row, one in [(rows[0], whole)] if repeats else members:
            assert isinstance(one, Remittance), "merging raises for any other"
            money = one.amount * self._sign
            self._sums.add((one.account, one.currency), money, one.booking_date, row)
        self.remittances += 1
        return whole

    def _count_money(self, rows: list[Row]) -> None:
        """Count the one amount of rows of which something else cannot be read."""
        try:
            found = {self._row.money(row.cells) for row in rows}
        except (Unclear, IndexError):
            found = set()
        if len(found) != 1:
            self._sums.unknown += 1
            return
        ((account, currency, amount),) = found
        day = None
        with suppress(Unclear, IndexError):
            day = self._row.day(rows[0].cells)
        self._sums.add((account, currency), amount * self._sign, day, rows[0])

    def _unreadable(self, rows: list[Row], error: Unclear | IndexError) -> Unreadable:
        """Hold rows with their own text, and keep the fault in case all is refused."""
        self.unreadable += 1
        place = Place(self._table.file, rows[0].line)
        text = "\n".join(" | ".join(row.cells) for row in rows)
        why = _unclear(error, rows[0])
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(str(place), why.sentence, text, why.hint))
        return Unreadable(place, text, why.sentence, why.hint)

    def _declare(self, said: list[Declared | Fault]) -> None:
        for one in said:
            match one:
                case Declared():
                    self._sums.declared.append(one)
                case Fault():
                    self._sums.faults.append(one)

    def _finish(self) -> None:
        """Refuse the file for what only its end shows."""
        self.totals, faults = self._sums.proof(self._table.checked)
        read = self.remittances + self.unreadable
        strict = self._mapping.read.unreadable == "refuse"
        most = 0 if strict else max(1, read // ONE_IN)
        if self.unreadable > most:
            sentence = f"{self.unreadable} of {read} remittances cannot be read"
            if not strict:
                sentence += ", which is more than one in twenty"
            hint = (
                f"mend {self._mapping.path or 'the mapping'}, or fetch the file again"
            )
            first = Fault(self._table.file, sentence, hint=hint)
            faults = [first, *self._faults, *faults]
        elif faults and self._sums.unknown:
            faults = [*faults, *self._faults]
        if faults:
            raise FileRefused(*hinted(faults, _AGAIN))


_AGAIN = "fetch the file again; if it says the same, ask the bank"


def _unclear(error: Unclear | IndexError, row: Row) -> Unclear:
    if isinstance(error, Unclear):
        return error
    return Unclear(f"this row ends after {len(row.cells)} cells")


def money_of(
    table: Table, mapping: Mapping
) -> Callable[[Sequence[str]], Decimal | None]:
    """Return what tells a row's amount, or that it is no money line, by itself.

    For a second reader of the same file, whose rows come from elsewhere.
    """
    row = compiled(table, mapping)
    sign = -1 if mapping.read.amount and mapping.read.amount.inverse else 1

    def amount(cells: Sequence[str]) -> Decimal | None:
        try:
            row.day(tuple(cells))
            return row.money(tuple(cells))[2] * sign
        except (Unclear, IndexError):
            return None

    return amount
