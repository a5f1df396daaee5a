"""Recognise the rows that are no money: footers, balances, counts, remarks.

A row that a pattern takes out is never simply gone: a footer's amounts must equal
the sums, a balance must fit, and a remark that has a date and an amount is a row
for a person.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from importer.errors import Fault
from importer.mapping import patterns
from importer.mapping.schema import AmountColumns, Column, Mapping
from importer.model import ZERO
from importer.table import Row, Table
from importer.transcribe.amounts import Amount, Cells, Unclear, cell, key, signs
from importer.transcribe.cells import Compiled
from importer.transcribe.texts import folded
from importer.transcribe.totals import Declared

Said = list[Declared | Fault]


@dataclass(frozen=True, slots=True)
class Remarks:
    """The rows of one file that are no money, and what they declare."""

    table: Table
    mapping: Mapping
    compiled: Compiled
    patterns: tuple[tuple[str, Callable[[str], re.Match[str] | None]], ...]

    def __call__(self, row: Row) -> Said | None:
        """Say what a row declares; None for a row that no pattern takes out.

        Raises `Unclear` for a row that is to be ignored and has a date and money.
        """
        joined = " | ".join(row.cells)
        found = {what: hit for what, search in self.patterns if (hit := search(joined))}
        if not found:
            return None
        wide = (*row.cells, *[""] * (len(self.table.header) - len(row.cells)))
        said: Said = []
        if count := found.get("count"):
            said.append(self._counted(count["count"], row.line))
        for what in ("opening", "closing"):
            if what in found:
                said += self._balance(what, wide, row.line)
                return said
        if "footer" in found:
            said += self._columns(wide, row.line)
        else:
            self._refuse_money(Row(row.line, wide))
        return said

    def _counted(self, text: str, line: int) -> Declared | Fault:
        """Read the number of rows that a row declares."""
        try:
            return Declared("count", _number(self.mapping, "count", text), line)
        except Unclear as error:
            file = self.mapping.path or self.mapping.name or "the mapping"
            hint = f"{file} [read] totals count says where it stands"
            return Fault(f"{self.table.file}:{line}", error.sentence, hint=hint)

    def above(self) -> Iterator[Declared | Fault]:
        """Say what the rows above the header declare: how many rows there are."""
        for what, search in self.patterns:
            for row in self.table.preamble if what == "count" else ():
                if found := search(" | ".join(row.cells)):
                    yield self._counted(found["count"], row.line)

    def _columns(self, cells: Cells, line: int) -> Said:
        """Read what stands in the amount columns of a footer."""
        said: Said = []
        for what, at, read in _sides(self.mapping, self.compiled):
            if cells[at].strip():
                try:
                    number = read(cells)
                except Unclear as error:
                    where = f"{self.table.file}:{line}"
                    said.append(Fault(where, error.sentence, hint=error.hint))
                    continue
                of = _flag(self.mapping, self.compiled, cells) or what
                if of != "sum":
                    number = abs(number)
                said.append(Declared(of, number, line, self._account(cells)))
        return said

    def _balance(self, what: str, cells: Cells, line: int) -> Said:
        """Read a balance from its own column, or else from the amount columns."""
        balance = balances(self.mapping, self.compiled)
        try:
            number = balance(cells) if balance else None
        except Unclear as error:
            return [Fault(f"{self.table.file}:{line}", error.sentence, hint=error.hint)]
        if number is not None:
            return [Declared(what, number, line, self._account(cells))]
        total, faults = ZERO, []
        for one in self._columns(cells, line):
            match one:
                case Declared("debits", number):
                    total -= abs(number)
                case Declared(_, number):
                    total += number
                case Fault():
                    faults.append(one)
        return [*faults] or [Declared(what, total, line, self._account(cells))]

    def _refuse_money(self, row: Row) -> None:
        """Refuse to ignore a row of which a remittance can be read."""
        try:
            one = self.compiled.remittance(row)
        except Unclear:
            return
        if one.amount:
            raise Unclear(
                "this row has a date and an amount and is not to be read",
                f"{key(self.mapping, 'ignore')} or totals fits it; narrow that pattern",
            )

    def _account(self, cells: Cells) -> str:
        account = self.mapping.read.account
        if isinstance(account, Column):
            return folded(cells[self.compiled.columns[account.column]])
        return ""


def remarks(table: Table, mapping: Mapping, compiled: Compiled) -> Remarks:
    """Compile the patterns of a mapping for the rows that are no money."""
    totals = mapping.read.totals
    named = {
        "opening": totals.opening,
        "closing": totals.closing,
        "footer": totals.footer,
        "count": totals.count,
    }
    pairs = [(what, pattern) for what, pattern in named.items() if pattern]
    pairs += [(f"ignore {pattern}", pattern) for pattern in mapping.read.ignore]
    searches = ((what, patterns.compiled(pattern).search) for what, pattern in pairs)
    return Remarks(table, mapping, compiled, tuple(searches))


def balances(
    mapping: Mapping, compiled: Compiled
) -> Callable[[Cells], Decimal | None] | None:
    """Make the function that reads a row's running balance; None where it is empty."""
    name = mapping.read.totals.balance
    if name is None:
        return None
    at = compiled.columns[name]
    read = cell(mapping, "totals", at, _code(mapping))
    return lambda cells: read(cells) if cells[at].strip() else None


def stated(table: Table, mapping: Mapping) -> Said:
    """Read the totals that the reader found in the file's own structure."""
    accounts = {one.account for one in table.stated}
    by_account = isinstance(mapping.read.account, Column)
    said: Said = []
    if len(accounts) > 1 and not by_account:
        sentence = f"the file has {len(accounts)} accounts and the mapping names one"
        hint = (
            f'{key(mapping, "account")} can be a column: account = {{ column = "…" }}'
        )
        said.append(Fault(table.file, sentence, hint=hint))
    for one in table.stated:
        where = f"{table.file}:{one.line}"
        account = folded(one.account) if by_account else ""
        try:
            number = _number(mapping, one.what, one.text)
        except Unclear as error:
            sentence = f"the {one.what} that the file states: {error.sentence}"
            said.append(Fault(where, sentence, hint=error.hint))
        else:
            said.append(Declared(one.what, number, one.line, account))
    return said


def _number(mapping: Mapping, what: str, text: str) -> Decimal:
    if what != "count":
        return cell(mapping, "amount", 0, _code(mapping))((text,))
    if not re.fullmatch("[0-9]{1,9}", text.strip()):
        raise Unclear(f'"{text}" is no number of rows')
    return Decimal(text.strip())


def _code(mapping: Mapping) -> str:
    """Return the one currency of the file, or nothing where a column says it."""
    return mapping.read.currency if isinstance(mapping.read.currency, str) else ""


def _sides(mapping: Mapping, row: Compiled) -> Iterator[tuple[str, int, Amount]]:
    """Yield the amount columns, each with what its footer is the sum of."""
    columns, advice = mapping.read.amount, mapping.read.invoice
    if columns is None:
        columns = AmountColumns(column=advice.paid if advice else None)
    for what, name in (
        ("sum", columns.column),
        ("credits", columns.credit),
        ("debits", columns.debit),
    ):
        if name:
            at = row.columns[name]
            yield what, at, cell(mapping, "amount", at, _code(mapping))


def _flag(mapping: Mapping, row: Compiled, cells: Cells) -> str:
    """Say of which rows a footer with a sign beside it is the sum."""
    columns = mapping.read.amount
    if columns is None or columns.flag is None:
        return ""
    sign = signs(columns).get(cells[row.columns[columns.flag]].strip().casefold())
    return {1: "credits", -1: "debits", None: ""}[sign]
