"""Follow the groups and accounts of a BAI2 file, and hold its trailers against them.

49   the amounts of its account, summaries and entries, with the signs they have
98   the control totals of its group's accounts
99   the control totals of its groups
"""

import re
from dataclasses import dataclass, field

from importer.errors import Fault
from importer.readers.bai2_records import Detail, Record, summaries
from importer.readers.shape import Faults

_AFTER = {
    "": ("01",),
    "01": ("02",),
    "02": ("03", "98"),
    "03": ("16", "49"),
    "16": ("16", "49"),
    "49": ("03", "98"),
    "98": ("02", "99"),
    "99": (),
}
_NAMES = {
    "01": "the file header (01)",
    "02": "a group header (02)",
    "03": "an account (03)",
    "16": "an entry (16)",
    "49": "an account trailer (49)",
    "98": "a group trailer (98)",
    "99": "the file trailer (99)",
}
_OPENING, _CLOSING = "010", "015"
_DEFAULT = "USD"


@dataclass(slots=True)
class _Level:
    """What a trailer is held against: a control total, parts, and records."""

    total: int = 0
    parts: int = 0
    records: int = 0


@dataclass(slots=True)
class Controls:
    """Where in the file we are, and what was found about its trailers."""

    file: str
    faults: Faults
    accounts: dict[str, None] = field(default_factory=dict)
    checked: list[str | Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    account: str = ""
    currency: str = _DEFAULT
    as_of: str = ""
    status: str = ""
    _last: str = ""
    _group_currency: str = ""
    _whole: _Level = field(default_factory=_Level)
    _group: _Level = field(default_factory=_Level)
    _own: _Level = field(default_factory=_Level)
    _balances: dict[str, int] = field(default_factory=dict)
    _moved: int = 0
    _unread: bool = False

    def take(self, record: Record) -> None:
        """Take a record in its place; one that is out of place is a fault."""
        if record.code not in _AFTER[self._last]:
            before = _NAMES.get(self._last, "the beginning")
            sentence = f"{_NAMES[record.code]} cannot follow {before}"
            self.faults.add(record.line, sentence, record.written)
        self._last = record.code
        lines = 1 + record.text.count("\n")
        for level in (self._whole, self._group, self._own):
            level.records += lines
        match record.code:
            case "02":
                self._begin_group(record, lines)
            case "03":
                self._begin_account(record, lines)
            case "49":
                self._prove_balances()
                self._hold(record, f"account …{self.account[-4:]}", self._own, "")
                self._group.total += self._own.total
                self._group.parts += 1
            case "98":
                self._hold(record, "group", self._group, "accounts")
                self._whole.total += self._group.total
                self._whole.parts += 1
            case "99":
                self._hold(record, "file", self._whole, "groups")

    def add(self, detail: Detail) -> None:
        """Add up an entry."""
        units = _units(detail.amount)
        if units is None:
            self._unread = True
            return
        self._own.total += units
        is_debit = 400 <= int(detail.type_code) < 700  # noqa: PLR2004 the debit codes
        self._moved += -units if is_debit else units

    def end(self) -> None:
        """Say of a file without its last trailer that it is cut off."""
        if self._last != "99":
            sentence = "the file is cut off: its trailer (99) is missing"
            self.faults.add(0, sentence, hint="fetch the file again")

    def _begin_group(self, record: Record, lines: int) -> None:
        fields = [*record.fields, *[""] * 7]
        self.status, self.as_of = fields[2], fields[3]
        self._group_currency = fields[5]
        self._group = _Level(records=lines)

    def _begin_account(self, record: Record, lines: int) -> None:
        fields = [*record.fields, "", ""]
        self.account = fields[0]
        self.accounts[self.account] = None
        self.currency = fields[1] or self._group_currency or _DEFAULT
        self._own = _Level(records=lines)
        self._moved, self._unread, self._balances = 0, False, {}
        for type_code, amount in summaries(record):
            units = _units(amount) if amount else 0
            if units is None:
                self.faults.add(record.line, f'cannot read the amount "{amount}"')
                continue
            self._own.total += units
            if amount:
                self._balances.setdefault(type_code, units)

    def _prove_balances(self) -> None:
        """Say that entries lead from the opening to the closing balance, if they do.

        Nothing is contradicted where they do not: details may be a part only.
        """
        opening, closing = (self._balances.get(one) for one in (_OPENING, _CLOSING))
        if opening is None or closing is None or not self._moved or self._unread:
            return
        if opening + self._moved == closing:
            self.checked.append(
                f"account …{self.account[-4:]}: its entries lead from the opening to"
                " the closing balance"
            )

    def _hold(self, record: Record, what: str, level: _Level, parts: str) -> None:
        """Hold a trailer's control total against the sum, and note wrong counts."""
        fields = [*record.fields, "", "", ""]
        stated = _units(fields[0])
        where = f"{self.file}:{record.line}"
        if self._unread:
            sentence = f"the control total of the {what} cannot be proven: an amount"
            self.checked.append(Fault(where, f"{sentence} cannot be read"))
        elif stated == level.total:
            self.checked.append(f"control total of the {what}: {stated} as stated")
        else:
            sentence = f"the control total of the {what} is stated as {fields[0]}"
            self.checked.append(
                Fault(where, f"{sentence}, and its records make {level.total}")
            )
        found = {parts: level.parts} if parts else {}
        found["records"] = level.records
        counts = dict(zip(found, fields[1:], strict=False))
        if counts != {name: str(number) for name, number in found.items()}:
            said = (f"{number or 'no'} {name}" for name, number in counts.items())
            self.notes.append(
                f"line {record.line}: the {what} states {' and '.join(said)}, and has"
                f" {' and '.join(map(str, found.values()))}"
            )


def _units(written: str) -> int | None:
    """Return an amount in minor units, with the sign it has."""
    return int(written) if re.fullmatch(r"[+-]?[0-9]{1,18}", written) else None
