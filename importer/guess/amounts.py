"""Choose the amount columns, their sign and their marks, from all rows.

One signed column, one column with a flag beside it, or a column for each
direction.  Balances, fees, net amounts and amounts of another currency are not
taken.  Where names and cells leave a choice, running balances may decide it;
what nothing decides is said.
"""

from collections import Counter
from decimal import Decimal
from itertools import permutations

from importer import money
from importer.errors import Fault, FileRefused
from importer.guess import cards, words
from importer.guess.cells import (
    MARKS_OF_AMOUNTS,
    DecimalMark,
    Marks,
    ThousandsMark,
)
from importer.guess.evidence import Column, Evidence
from importer.guess.proof import chains
from importer.guess.said import NOTHING, Said, because, unsure
from importer.guess.words import Meaning
from importer.mapping.schema import AmountColumns
from importer.table import Table

_OUT = """
    d dr debit debits dbit dbt debet af uit soll s cargo debe debito o out outflow -
    withdrawal 借 借dr 支出 支 付 转出 wn obc ma debitado lastschrift belastung"""
_IN = """
    c cr credit credits crdt cdt bij in i haben h abono haber credito k inflow + deposit
    贷 贷cr 收入 收 转入 uzn dal gutschrift"""
_PAIRS = (
    "c/d cr/dr crdt/dbit credit/debit bij/af haben/soll h/s in/out i/o inflow/outflow"
    " abono/cargo haber/debe credito/debito +/- 收入/支出 贷/借 k/d"
)
_HALF = 0.5
_SHARE_IF_NAMED = 0.3


def choose(evidence: Evidence, day: Column, table: Table) -> tuple[AmountColumns, Said]:
    """Choose where the amount stands; raises `FileRefused` where no column can be."""
    free = [
        column for column in evidence.columns if column is not day and not column.is_day
    ]
    amount = _of(free, Meaning.AMOUNT) or _of(free, Meaning.NET)
    debit, credit = _of(free, Meaning.DEBIT), _of(free, Meaning.CREDIT)
    split = bool(debit and credit) and not (amount and amount[0].negative)
    if split and (debit[0].amounts or credit[0].amounts):
        return _split(debit[0], credit[0])
    single = amount or [*credit, *debit, *_of(free, Meaning.PAID)]
    if single:
        return _single(single, free, evidence, table)
    return _unnamed(free, day, evidence, table)


def _of(columns: list[Column], meaning: Meaning) -> list[Column]:
    """Return the columns of this meaning that hold money, or nothing at all."""
    meant = [one for one in columns if meaning in words.meanings(one.name)]
    filled = [one for one in meant if one.amounts >= _SHARE_IF_NAMED * one.filled > 0]
    return filled or [one for one in meant if one.is_empty]


def _split(debit: Column, credit: Column) -> tuple[AmountColumns, Said]:
    decimal, thousands, said = marks((debit, credit))
    chosen = AmountColumns(
        debit=debit.name, credit=credit.name, decimal=decimal, thousands=thousands
    )
    return chosen, said + because(
        f'amount: "{credit.name}" comes in and "{debit.name}" goes out'
    )


def _single(
    columns: list[Column], free: list[Column], evidence: Evidence, table: Table
) -> tuple[AmountColumns, Said]:
    """Take the first of the columns, with a flag where its own sign says nothing."""
    column = columns[0]
    decimal, thousands, said = marks((column,))
    for other in columns[1:]:
        if not other.is_empty:
            said += unsure(
                f'amount: taken from "{column.name}"; "{other.name}" could be meant'
            )
    said += _net_beside(column, free)
    chosen = AmountColumns(column=column.name, decimal=decimal, thousands=thousands)
    if (flag := _flag(column, free)) is None:
        return chosen, said + cards.sign(chosen, evidence, table)
    negative, positive, more = _sides(flag)
    sides = {"flag": flag.name, "negative": negative, "positive": positive}
    return chosen.model_copy(update=sides), said + more


def _net_beside(column: Column, free: list[Column]) -> Said:
    net = [one for one in _of(free, Meaning.NET) if one is not column]
    if net and (net[0].values is None or net[0].values != column.values):
        return unsure(
            f'amount: "{column.name}" is what was paid; "{net[0].name}" is what is'
            " left after fees and could be meant"
        )
    return NOTHING


def _flag(amount: Column, free: list[Column]) -> Column | None:
    """Find the column that says in or out, where the amounts have no sign."""
    if amount.negative:
        return None
    flags = [
        one
        for one in free
        if one is not amount
        and one.values is not None
        and sum(_known(one.values).values()) > _HALF * one.filled
    ]
    named = [one for one in flags if Meaning.FLAG in words.meanings(one.name)]
    return next(iter(named or flags), None)


def _known(values: Counter[str]) -> Counter[str]:
    return Counter({one: n for one, n in values.items() if _side(one)})


def _side(value: str) -> int:
    """Say whether a flag means out (-1), in (1) or neither."""
    key = value.strip().casefold() if value.strip() in "+-" else words.bare(value)
    key = key.replace(" ", "")
    return -1 if key in _OUT.split() else 1 if key in _IN.split() else 0


def _sides(flag: Column) -> tuple[tuple[str, ...], tuple[str, ...], Said]:
    values = flag.values or Counter()
    negative = tuple(one for one in values if _side(one) < 0)
    positive = tuple(one for one in values if _side(one) > 0)
    neither = tuple(one for one in values if not _side(one))
    said = because(f'amount: "{flag.name}" says in or out')
    if neither:
        listed = ", ".join(f'"{one}"' for one in neither)
        said += unsure(
            f'amount: {listed} in "{flag.name}" says neither in nor out; name it in'
            " negative or positive, or leave those rows held"
        )
    if not (negative and positive):
        known = negative or positive
        other = _opposite(known[0], out=bool(positive))
        said += unsure(
            f'amount: every row says "{known[0]}" in "{flag.name}"; the word for the'
            f' other direction is taken to be "{other}"'
        )
        negative, positive = negative or (other,), positive or (other,)
    return negative, positive, said


def _opposite(value: str, *, out: bool) -> str:
    """Name the word for the direction that no row of the file has."""
    pairs = [pair.split("/") for pair in _PAIRS.split()]
    for ours, theirs in pairs if out else [pair[::-1] for pair in pairs]:
        if value.casefold() == ours.casefold():
            return theirs.upper() if value.isupper() else theirs
    return "Debit" if out else "Credit"


def _unnamed(
    free: list[Column], day: Column, evidence: Evidence, table: Table
) -> tuple[AmountColumns, Said]:
    """Choose among columns whose names say nothing, by their cells."""
    taken = {Meaning.BALANCE, Meaning.OTHER_MONEY, Meaning.OTHER, Meaning.OWN_ACCOUNT}
    able = [
        one
        for one in free
        if one.is_money and not taken & set(words.meanings(one.name))
    ]
    signed = [one for one in able if one.negative]
    candidates = signed or [one for one in able if one.marked] or able
    if not candidates:
        raise FileRefused(
            Fault(
                table.file,
                "no column reads as an amount",
                hint="write the mapping by hand: [read] amount names the column",
            )
        )
    for first, second in permutations(able, 2):
        chosen, said = _single([first], free, evidence, table)
        if chains(table.rows, day.name, chosen, second.name, evidence):
            return chosen, said + because(
                f'amount: "{second.name}" is the balance that "{first.name}" leads to'
            )
    if len(able) > 1 and _exclusive(able[0], able[1], evidence, table):
        debit, credit = able[:2]
        chosen, said = _split(debit, credit)
        return chosen, said + unsure(
            f'amount: of "{debit.name}" and "{credit.name}" one goes out and the other'
            " comes in; the file does not say which"
        )
    chosen, said = _single(candidates, free, evidence, table)
    return chosen, said + unsure(
        f'amount: "{chosen.column}" is chosen by its cells; no name says so'
    )


def _exclusive(one: Column, other: Column, evidence: Evidence, table: Table) -> bool:
    """Say whether no row has money in both columns."""
    if one.filled + other.filled > evidence.rows or one.negative or other.negative:
        return False
    return not any(
        row.cells[one.at].strip() and row.cells[other.at].strip()
        for row in table.rows()
    )


def marks(columns: tuple[Column, ...]) -> tuple[DecimalMark, ThousandsMark, Said]:
    """Choose the decimal and the thousands mark that read the most amounts."""
    readings = sum((column.readings for column in columns), Counter[Marks]())
    amounts = sum(column.amounts for column in columns)
    best = max(readings.values(), default=0)
    tied = [pair for pair in MARKS_OF_AMOUNTS if readings[pair] == best]
    decimal, thousands = tied[0]
    named = " and ".join(f'"{column.name}"' for column in columns)
    said = because(f"amount: the decimal mark of {named} is {decimal}")
    if best < amounts:
        return decimal, thousands, said + _unread(amounts - best, named, decimal)
    example = next((one.separated for one in columns if one.separated), "")
    if example and len({_read(example, *pair, columns) for pair in tied}) > 1:
        said += unsure(
            f'amount: "{example}" may have a decimal point or a decimal comma; the file'
            " does not settle it"
        )
    return decimal, thousands, said


def _unread(number: int, named: str, decimal: str) -> Said:
    return unsure(
        f"amount: {number} amounts in {named} do not read with the decimal mark"
        f" {decimal} and will be held"
    )


def _read(
    cell: str, decimal: str, thousands: str, columns: tuple[Column, ...]
) -> Decimal:
    signs = tuple({mark for one in columns for mark in one.currency_marks})
    return money.read(cell, decimal, thousands, signs)
