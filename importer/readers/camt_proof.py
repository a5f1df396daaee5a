"""Hold the balances and summaries of a CAMT message against its entries.

    OPBD (or PRCD) + booked entries = CLBD      in each statement and currency
    TxsSummry                                   numbers and sums of entries

Interim and available balances prove nothing.  A page of a statement that has more
pages states no closing balance of its own entries, and is then not held against one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from importer import money
from importer.errors import Fault
from importer.readers.camt_walk import Balance, Entry, Statement, Values
from importer.readers.shape import Faults

_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_ZERO = Decimal(0)


@dataclass(slots=True)
class _Side:
    """How many entries went one way, and what they make."""

    number: int = 0
    sum: Decimal = _ZERO


@dataclass(slots=True)
class Proofs:
    """What was stated and what was read, statement by statement."""

    file: str
    accounts: dict[str, None] = field(default_factory=dict)
    checked: list[str | Fault] = field(default_factory=list)
    _statement: Statement | None = None
    _balances: list[Balance] = field(default_factory=list)
    _moved: defaultdict[str, Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    _credits: _Side = field(default_factory=_Side)
    _debits: _Side = field(default_factory=_Side)
    _unread: int = 0

    def take(self, piece: Statement | Balance) -> None:
        """Take what is no entry; a new statement ends the one before it."""
        match piece:
            case Statement():
                self._finish()
                self._statement, self._balances = piece, []
                self._moved.clear()
                self._credits, self._debits, self._unread = _Side(), _Side(), 0
            case Balance():
                self._balances.append(piece)
                day = piece.values.get("/Dt/Dt") or piece.values.get("/Dt/DtTm", "")
                if self._statement and _kind(piece) in _CLOSING and day:
                    # A statement of entries without days of their own is of this day.
                    self._statement.values["closing day"] = day

    def add(self, entry: Entry, amount: str, *, booked: bool) -> None:
        """Add up one entry; what is not booked is in no balance."""
        account = _account(entry.statement.values)
        self.accounts[account] = None
        moved = money.plain(amount)
        if moved is None:
            self._unread += 1
            return
        side = self._debits if amount.startswith("-") else self._credits
        side.number += 1
        side.sum += abs(moved)
        if booked:
            self._moved[entry.values.get("/Amt@", "")] += moved

    def end(self, faults: Faults) -> None:
        """End the last statement."""
        del faults
        self._finish()

    def _finish(self) -> None:
        if self._statement is None:
            return
        if account := _account(self._statement.values):
            self.accounts[account] = None
        for currency in {one.values.get("/Amt@", "") for one in self._balances}:
            self._prove(currency)
        for one in self._balances:
            if one.name == "TxsSummry":
                self._summary(one)

    def _prove(self, currency: str) -> None:
        """Hold the opening and closing balance in one currency against the entries."""
        mine = [
            one for one in self._balances if one.values.get("/Amt@", "") == currency
        ]
        opening = [one for one in mine if _kind(one) in _OPENING]
        closing = [one for one in mine if _kind(one) in _CLOSING]
        if not opening or not closing or not currency:
            return
        first, last = _signed(opening[0].values), _signed(closing[-1].values)
        line, moved = closing[-1].line, self._moved[currency]
        if first is None or last is None:
            self._contradict(line, "a balance cannot be read")
        elif self._unread:
            self._contradict(
                line, "the balances cannot be proven: an entry has no amount to be read"
            )
        elif first + moved == last:
            self.checked.append(
                f"opening {_shown(first)} and entries {_shown(moved)} make the closing"
                f" {_shown(last)}"
            )
        else:
            self._contradict(
                line,
                f"opening {_shown(first)} and entries {_shown(moved)} make"
                f" {_shown(first + moved)}, and it closes with {_shown(last)}",
            )

    def _summary(self, summary: Balance) -> None:
        """Hold a summary of entries against them."""
        both = _Side(
            self._credits.number + self._debits.number,
            self._credits.sum + self._debits.sum,
        )
        named = (
            ("/TtlNtries", "entries", both),
            ("/TtlCdtNtries", "credits", self._credits),
            ("/TtlDbtNtries", "debits", self._debits),
        )
        for path, what, found in named:
            for key, got in (("NbOfNtries", Decimal(found.number)), ("Sum", found.sum)):
                if (text := summary.values.get(f"{path}/{key}")) is None:
                    continue
                number = money.plain(text)
                sentence = f"{key} of {what} is stated as {text}"
                if self._unread or number != got:
                    self._contradict(summary.line, f"{sentence}, and they make {got}")
                else:
                    self.checked.append(f"{sentence}, as they are")

    def _contradict(self, line: int, sentence: str) -> None:
        self.checked.append(Fault(f"{self.file}:{line}", sentence))


def _account(values: Values) -> str:
    return values.get("/Acct/Id/IBAN") or values.get("/Acct/Id/Othr/Id", "")


def _kind(balance: Balance) -> str:
    """Return the code of a balance's type; a summary has none."""
    values = balance.values
    return values.get("/Tp/CdOrPrtry/Cd") or values.get("/Tp/Cd", "")


def _signed(values: Values) -> Decimal | None:
    """Return a balance; one that says no side is a credit, as banks write it."""
    number = money.plain(values.get("/Amt", ""))
    if number is None or values.get("/CdtDbtInd", "CRDT") == "CRDT":
        return number
    return -number


def _shown(amount: Decimal) -> str:
    return money.write(amount)
