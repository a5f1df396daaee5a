"""Hold the total records of a lockbox transmission against its checks.

7   batch      number of checks, amount in cents
8   lockbox    the same
9   file       number of records
"""

import re
from dataclasses import dataclass, field

from importer.errors import Fault
from importer.money import of_cents
from importer.readers.shape import Faults

_AFTER = {
    "": "1",
    "1": "2",
    "2": "58",
    "5": "67",
    "6": "467",
    "4": "467",
    "7": "58",
    "8": "59",
    "9": "",
}
_NAMES = {
    "1": "the header (1)",
    "2": "the service record (2)",
    "4": "an overflow record (4)",
    "5": "a batch (5)",
    "6": "a check (6)",
    "7": "a batch total (7)",
    "8": "a lockbox total (8)",
    "9": "the trailer (9)",
}
_TOTAL = re.compile(
    r"[78][0-9]{3}[0-9 ]{3}([0-9 ]{7})([0-9]{6})([0-9]{3,4})([0-9]{10})$"
)


@dataclass(slots=True)
class Totals:
    """What was read so far, and how the totals stood to it."""

    file: str
    faults: Faults
    lockbox: str = ""
    day: str = ""
    checked: list[str | Fault] = field(default_factory=list)
    _last: str = ""
    _records: int = 0
    _batch: list[int] = field(default_factory=lambda: [0, 0])
    _whole: list[int] = field(default_factory=lambda: [0, 0])

    def take(self, number: int, line: str) -> None:
        """Take a record in its place; one that is out of place is a fault."""
        kind = line[0]
        if kind not in _AFTER[self._last] or kind not in _NAMES:
            before = _NAMES.get(self._last, "the beginning")
            sentence = f"{_NAMES.get(kind, 'this line')} cannot follow {before}"
            self.faults.add(number, sentence, line)
        self._last = kind if kind in _NAMES else self._last
        self._records += 1
        match kind:
            case "5":
                self.lockbox, self.day = line[7:14].strip(), line[14:20]
                self._batch = [0, 0]
            case "6":
                amount = line[7:17]
                self._batch[0] += 1
                self._batch[1] += int(amount) if amount.isdecimal() else 0
            case "7":
                self._hold(number, line, "batch", self._batch)
                self._whole[0] += self._batch[0]
                self._whole[1] += self._batch[1]
            case "8":
                self._hold(number, line, "lockbox", self._whole)
                self._whole = [0, 0]
            case "9":
                self._count(number, line)

    def end(self) -> None:
        """Say of a file without its last record that it is cut off."""
        if self._last != "9":
            sentence = "the file is cut off: its trailer (9) is missing"
            self.faults.add(0, sentence, hint="fetch the file again")

    def _hold(self, number: int, line: str, what: str, found: list[int]) -> None:
        where = f"{self.file}:{number}"
        stated = _TOTAL.match(line)
        if stated is None:
            self.checked.append(Fault(where, f"the {what} total cannot be read", line))
            return
        if [int(stated[3]), int(stated[4])] == found:
            self.checked.append(
                f"{what}: {found[0]} checks of {of_cents(found[1])} as stated"
            )
            return
        self.checked.append(
            Fault(
                where,
                f"the {what} states {int(stated[3])} checks of"
                f" {of_cents(int(stated[4]))}, and has {found[0]} of"
                f" {of_cents(found[1])}",
            )
        )

    def _count(self, number: int, line: str) -> None:
        """Hold the number of records against the file's, with or without the 9."""
        stated = line[1:].strip()
        if not stated.isdecimal():
            return
        if int(stated) in (self._records, self._records - 1):
            self.checked.append(f"{int(stated)} records as stated")
        else:
            sentence = f"the file states {int(stated)} records and has {self._records}"
            self.checked.append(Fault(f"{self.file}:{number}", sentence))
