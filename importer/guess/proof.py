"""Prove a reading by the file's own running balances.

Each balance must be the one before it plus the amount, from the top down or
from the bottom up.  The proof is worth something from three rows on.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from importer import money
from importer.guess.cells import currencies, look
from importer.guess.evidence import Column, Evidence
from importer.mapping.schema import AmountColumns
from importer.table import Row

FEWEST_LINKS = 2


def amount_reader(
    amount: AmountColumns, evidence: Evidence
) -> Callable[[Row], Decimal | None]:
    """Make a function that reads a row's signed amount; None where it has none."""
    places = {column.name: column.at for column in evidence.columns}
    marks = tuple({mark for one in evidence.columns for mark in one.currency_marks})
    read = money.reader(amount.decimal, amount.thousands, marks)

    def cell(row: Row, name: str | None) -> Decimal | None:
        text = row.cells[places[name]].strip() if name in places else ""
        try:
            return read(text) if text else None
        except money.NotMoney:
            return None

    def signed(row: Row) -> Decimal | None:
        if amount.column is None:
            credit, debit = cell(row, amount.credit), cell(row, amount.debit)
            if credit is None and debit is None:
                return None
            return abs(credit or Decimal(0)) - abs(debit or Decimal(0))
        value = cell(row, amount.column)
        if value is None or amount.flag is None:
            return value
        out = row.cells[places[amount.flag]].strip() in amount.negative
        return -value if out else value

    return signed


def chains(
    rows: Callable[[], Iterable[Row]],
    day: str,
    amount: AmountColumns,
    balance: str,
    evidence: Evidence,
) -> bool:
    """Say whether the balances follow from the amounts, in every row of money."""
    places = {column.name: column.at for column in evidence.columns}
    signed = amount_reader(amount, evidence)
    totals = amount_reader(
        amount.model_copy(
            update={"column": balance, "flag": None, "credit": None, "debit": None}
        ),
        evidence,
    )
    down = up = True
    links = 0
    before: tuple[Decimal, Decimal] | None = None
    for row in rows():
        value, total = signed(row), totals(row)
        if value is None or not look(row.cells[places[day]].strip()).forms:
            continue
        if total is None:
            return False
        if before is not None:
            links += 1
            down &= before[1] + value == total
            up &= total + before[0] == before[1]
        if not (down or up):
            return False
        before = value, total
    return links >= FEWEST_LINKS


def currencies_of_marks(columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the currencies that all currency marks of some columns can mean."""
    marks = {mark for one in columns for mark in one.currency_marks}
    sets = [currencies(mark) for mark in sorted(marks)]
    if not sets:
        return ()
    return tuple(one for one in sets[0] if all(one in other for other in sets))
