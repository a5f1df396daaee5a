"""Hold the control records of a NACHA file against its entries.

    8   entries and addenda, entry hash, debits and credits of a batch
    9   the same of the file, and its number of batches

The hash is the sum of the routing numbers, of which the last ten figures stand.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from importer.errors import Fault
from importer.money import of_cents
from importer.readers.nacha_records import Record
from importer.readers.nacha_rows import Batch, cents, is_debit
from importer.readers.shape import Faults

_HASH = 10**10
_NO_HASH = "9" * 10
"""What stands for a hash where a program has none."""
_AFTER = {
    "": "1",
    "1": "59",
    "5": "68",
    "6": "678",
    "7": "678",
    "8": "59",
    "9": "1",
}
_NAMES = {
    "1": "the file header",
    "5": "a batch header",
    "6": "an entry",
    "7": "an addenda",
    "8": "a batch control",
    "9": "the file control",
}


_STATED: tuple[tuple[str, Callable[[int], str]], ...] = (
    ("entries and addenda", str),
    ("an entry hash", str),
    ("debits", of_cents),
    ("credits", of_cents),
)
"""What a control record states, and how it is shown."""


@dataclass(slots=True)
class _Sums:
    """What control records state: records, hash, debits and credits in cents."""

    records: int = 0
    hash: int = 0
    debits: int = 0
    credits: int = 0

    def add(self, other: "_Sums") -> None:
        """Add the sums of a batch to those of the file."""
        self.records += other.records
        self.hash += other.hash
        self.debits += other.debits
        self.credits += other.credits


@dataclass(slots=True)
class Controls:
    """What was read so far, and how the control records stood to it."""

    file: str
    faults: Faults
    checked: list[str | Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entries: int = 0
    _last: str = ""
    _batch: _Sums = field(default_factory=_Sums)
    _whole: _Sums = field(default_factory=_Sums)
    _batches: int = 0
    _unread: bool = False

    def take(self, record: Record, batch: Batch) -> None:
        """Take a record in its place; one that is out of place is a fault."""
        if record.kind not in _AFTER[self._last]:
            before = _NAMES.get(self._last, "the beginning")
            sentence = f"{_NAMES[record.kind]} cannot follow {before}"
            self.faults.add(record.line, sentence, record.text)
        self._last = record.kind
        match record.kind:
            case "1":
                self._whole, self._batches = _Sums(), 0
            case "5":
                self._batch = _Sums()
                self._batches += 1
            case "6":
                self.entries += 1
                self._entry(record, batch)
            case "7":
                self._batch.records += 1
            case "8":
                self._close(record, batch)
            case "9":
                self._end(record, batch)

    def end(self) -> None:
        """Say of a file without its last record that it is cut off."""
        if self._last != "9":
            sentence = "the file is cut off: its file control (9 record) is missing"
            self.faults.add(0, sentence, hint="fetch the file again")

    def _entry(self, record: Record, batch: Batch) -> None:
        amount, routing = cents(record, batch), record[3:11]
        debit = is_debit(record, batch)
        self._batch.records += 1
        self._batch.hash += int(routing) if routing.isdecimal() else 0
        if amount is None or debit is None:
            self._unread = True
        elif debit:
            self._batch.debits += amount
        else:
            self._batch.credits += amount

    def _close(self, record: Record, batch: Batch) -> None:
        """Hold a batch control against its batch, and add that to the file."""
        places = (20, 40, 60) if batch.is_adv else (20, 32, 44)
        stated = (record[4:10], record[10:20], *_between(record, places))
        self._hold(record, f"batch {record[87:94].strip()}", stated, self._batch)
        self._whole.add(self._batch)
        self._batch = _Sums()

    def _end(self, record: Record, batch: Batch) -> None:
        places = (31, 51, 71) if batch.is_adv else (31, 43, 55)
        stated = (record[13:21], record[21:31], *_between(record, places))
        self._hold(record, "the file", stated, self._whole)
        if _number(record[1:7]) != self._batches:
            # Programs that split files often leave the old number of batches.
            self.notes.append(
                f"the file states {record[1:7]} batches and has {self._batches}"
            )

    def _hold(
        self, record: Record, what: str, stated: tuple[str, ...], found: _Sums
    ) -> None:
        got = (found.records, found.hash % _HASH, found.debits, found.credits)
        wrong = [
            f"{name} of {_stated(text, show)}, and its entries make {show(number)}"
            for (name, show), text, number in zip(_STATED, stated, got, strict=True)
            if _number(text) != number and text != _NO_HASH
        ]
        if self._unread:
            wrong.append("amounts, of which one cannot be read")
        if wrong:
            self._contradict(record, f"{what} states {'; '.join(wrong)}")
        else:
            self.checked.append(
                f"{what}: {found.records} records, debits {of_cents(found.debits)}"
                f" and credits {of_cents(found.credits)} as stated"
            )

    def _contradict(self, record: Record, sentence: str) -> None:
        self.checked.append(Fault(f"{self.file}:{record.line}", sentence))


def _stated(text: str, show: Callable[[int], str]) -> str:
    """Show a number of a control record as people write it, else as it stands."""
    number = _number(text)
    return f'"{text.strip()}"' if number is None else show(number)


def _between(record: Record, places: tuple[int, int, int]) -> tuple[str, str]:
    start, middle, end = places
    return record[start:middle], record[middle:end]


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None
