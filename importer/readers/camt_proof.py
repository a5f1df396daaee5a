"""Hold the balances and summaries of a CAMT message against its entries.

    OPBD (or PRCD) + booked entries = CLBD      in each statement and currency
    TxsSummry                                   numbers and sums of entries

Interim and available balances prove nothing.  Of a statement whose other pages are
in other files, what does not tie is only noted: the rest of it stands there.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from importer import money
from importer.errors import Fault
from importer.readers.camt_pieces import Balance, Entry, Statement, Summary, Values

SHOWN = 50
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_ZERO = Decimal(0)
_MOST_CURRENCIES = 200
_COPIES = {"DUPL": "a duplicate", "CODU": "a copy of a duplicate", "COPY": "a copy"}


@dataclass(slots=True)
class _Side:
    """How many entries went one way, and what they make: all, and those booked."""

    number: int = 0
    sum: Decimal = _ZERO
    booked_number: int = 0
    booked_sum: Decimal = _ZERO

    def add(self, amount: Decimal | None, *, booked: bool) -> None:
        self.number += 1
        self.sum += amount or 0
        if booked:
            self.booked_number += 1
            self.booked_sum += amount or 0


@dataclass(slots=True)
class _Open:
    """The statement that is being read: what it states, and what its entries make."""

    statement: Statement
    balances: list[Balance] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    moved: defaultdict[str, Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    credits: _Side = field(default_factory=_Side)
    debits: _Side = field(default_factory=_Side)
    payments: int = 0
    unread: int = 0


@dataclass(slots=True)
class Proofs:
    """What was stated and what was read, statement by statement."""

    file: str
    accounts: dict[str, None] = field(default_factory=dict)
    proven: list[str] = field(default_factory=list)
    contradicted: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _open: _Open | None = None
    _more: int = 0

    @property
    def checked(self) -> list[str | Fault]:
        """Return what was proven and what is contradicted, and how much more is."""
        more = [f"{self._more} more of the kind"] if self._more else []
        return [*self.proven, *more, *self.contradicted]

    def take(self, piece: Statement | Balance | Summary) -> None:
        """Take what is no entry; a new statement ends the one before it."""
        match piece:
            case Statement():
                self.end()
                self._open = _Open(piece)
            case Balance() if self._open:
                self._open.balances.append(piece)
                if piece.values.get("kind") in _CLOSING and "day" in piece.values:
                    # A statement of entries without days of their own is of this day.
                    self._open.statement.values["closing day"] = piece.values["day"]
            case Summary() if self._open:
                self._open.summaries.append(piece)

    def add(self, entry: Entry, amount: str, *, booked: bool) -> None:
        """Add up one entry; what is not booked is in no balance."""
        one = self._open
        assert one is not None, "entries stand in statements"
        moved = money.plain(amount)
        is_debit = entry.values.get("side") == "DBIT"
        one.unread += moved is None
        one.payments += max(1, len(entry.payments))
        side = one.debits if is_debit else one.credits
        side.add(moved and abs(moved), booked=booked)
        currency = entry.values.get("amount in", "")
        if (
            booked
            and moved
            and (currency in one.moved or len(one.moved) < _MOST_CURRENCIES)
        ):
            one.moved[currency] += moved

    def end(self) -> None:
        """End the last statement, and hold what it states against its entries."""
        if (one := self._open) is None:
            return
        self._open = None
        values = one.statement.values
        if account := values.get("account"):
            self.accounts[account] = None
        if copy := _COPIES.get(values.get("copy", "")):
            self._note(f"the bank sends the statement as {copy}")
        if _is_page(values):
            self._note("it is one page of several; others are in other files")
        for currency in dict.fromkeys(_currency(balance) for balance in one.balances):
            self._balance(one, currency)
        for summary in one.summaries:
            self._summarize(one, summary)

    def _balance(self, one: _Open, currency: str) -> None:
        """Hold the opening and closing balance in one currency against the entries."""
        mine = [each for each in one.balances if _currency(each) == currency]
        opening, closing = _ends(mine)
        if opening is None or closing is None:
            return
        first, last = _signed(opening.values), _signed(closing.values)
        moved, line = one.moved[currency], closing.line
        if first is None or last is None:
            self._contradict(one, line, "a balance cannot be read")
        elif one.unread:
            sentence = (
                "the balances cannot be proven: an entry has no amount to be read"
            )
            self._contradict(one, line, sentence)
        elif first + moved == last:
            self._prove(
                f"opening {_shown(first)} and entries {_shown(moved)} make the closing"
                f" {_shown(last)}"
            )
        else:
            self._contradict(
                one,
                line,
                f"opening {_shown(first)} and entries {_shown(moved)} make"
                f" {_shown(first + moved)}, and it closes with {_shown(last)}",
            )

    def _summarize(self, one: _Open, summary: Summary) -> None:
        """Hold a summary of entries against them.

        Banks differ in what they count: all entries or those booked, and some their
        payments; and in whether the sum of all is gross or net.
        """
        into, out = one.credits, one.debits
        both = _Side(
            into.number + out.number,
            into.sum + out.sum,
            into.booked_number + out.booked_number,
            into.booked_sum + out.booked_sum,
        )
        net, booked_net = into.sum - out.sum, into.booked_sum - out.booked_sum
        for what, side in (("entries", both), ("credits", into), ("debits", out)):
            numbers = [Decimal(side.number), Decimal(side.booked_number)]
            sums = [side.sum, side.booked_sum]
            if side is both:
                numbers.append(Decimal(one.payments))
                sums += [abs(net), abs(booked_net)]
            self._hold(one, summary, f"{what} number", numbers)
            self._hold(one, summary, f"{what} sum", sums)
        self._hold(one, summary, "net", [net, booked_net])

    def _hold(
        self, one: _Open, summary: Summary, name: str, found: list[Decimal]
    ) -> None:
        """Hold one number of a summary against what it may be."""
        text = summary.values.get(name)
        if text is None:
            return
        stated = money.plain(text)
        if name == "net" and summary.values.get("net side") == "DBIT":
            stated = stated and -abs(stated)
        what = " of ".join(reversed(name.split()))
        sentence = f"the {what} is stated as {text}"
        if one.unread and not name.endswith("number"):
            self._contradict(
                one, summary.line, f"{sentence}, and an entry has no amount to be read"
            )
        elif stated in found:
            self._prove(f"{sentence}, as the entries make it")
        else:
            sentence = f"{sentence}, and the entries make {found[0]}"
            self._contradict(one, summary.line, sentence)

    def _prove(self, sentence: str) -> None:
        if len(self.proven) < SHOWN:
            self.proven.append(sentence)
        else:
            self._more += 1

    def _contradict(self, one: _Open, line: int, sentence: str) -> None:
        if _is_page(one.statement.values):
            self._note(f"on this page {sentence}")
        elif len(self.contradicted) < SHOWN:
            self.contradicted.append(Fault(f"{self.file}:{line}", sentence))

    def _note(self, sentence: str) -> None:
        if len(self.notes) < SHOWN and sentence not in self.notes:
            self.notes.append(sentence)


def _is_page(values: Values) -> bool:
    """Say whether a message or statement is one of several pages."""
    for whose in ("", "statement "):
        number = values.get(f"{whose}page", "").lstrip("0")
        if values.get(f"{whose}last page", "true") in ("false", "0"):
            return True
        if number not in ("", "1"):
            return True
    return False


def _currency(balance: Balance) -> str:
    return balance.values.get("amount in", "")


def _ends(balances: list[Balance]) -> tuple[Balance | None, Balance | None]:
    """Return the first opening and the last closing balance, by their days."""

    def day(balance: Balance) -> str:
        return balance.values.get("day", "")[:10]

    kinds = [(balance.values.get("kind"), balance) for balance in balances]
    opening = [one for name in _OPENING for kind, one in kinds if kind == name]
    closing = [one for kind, one in kinds if kind in _CLOSING]
    first = min(opening, key=day, default=None)
    return first, max(reversed(closing), key=day, default=None)


def _signed(values: Values) -> Decimal | None:
    """Return a balance; one that says no side is a credit, as banks write it."""
    number = money.plain(values.get("amount", ""))
    if number is None or values.get("side", "CRDT") == "CRDT":
        return number
    return -number if values["side"] == "DBIT" else None


def _shown(amount: Decimal) -> str:
    return money.write(amount)
