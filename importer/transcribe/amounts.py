"""What the amount columns of a row come to, with our sign: in is positive.

A value that cannot be read raises `Unclear` with a sentence and the key of the
mapping that says how it reads.  Nothing is taken for zero but a zero.
"""

from collections.abc import Callable
from collections.abc import Mapping as Names
from decimal import Decimal

from importer import money
from importer.mapping.schema import AmountColumns, Mapping
from importer.model import ZERO, AdviceLine
from importer.table import Row

Cells = tuple[str, ...]
Amount = Callable[[Cells], Decimal]


class Unclear(ValueError):
    """A value of a row cannot be read: the sentence, and what to change."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        """Carry both as texts."""
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


def amounts(mapping: Mapping, at: Names[str, int], currency: str) -> Amount:
    """Make the function that reads a row's amount in one currency."""
    columns, advice = mapping.read.amount, mapping.read.invoice
    if columns is None:
        assert advice is not None, "the schema wants amount or invoice"
        return cell(mapping, "invoice", at[advice.paid], currency)
    if columns.column is None:
        amount = _two_columns(mapping, columns, at, currency)
    else:
        amount = cell(mapping, "amount", at[columns.column], currency)
        if columns.flag is not None:
            amount = _flagged(mapping, columns, amount, at[columns.flag])
    if columns.inverse:
        return lambda cells: -amount(cells)
    return amount


def advices(
    mapping: Mapping, at: Names[str, int], currency: str, folded: Callable[[str], str]
) -> Callable[[Row], tuple[AdviceLine, ...]]:
    """Make the function that reads what a row says is paid on which invoice.

    A row without number and paid says nothing; a discount cell may be empty.
    """
    columns = mapping.read.invoice
    assert columns is not None, "only mappings with invoice columns read advice"
    number_at, paid_at = at[columns.number], at[columns.paid]
    paid = cell(mapping, "invoice", paid_at, currency)
    discount_at = at[columns.discount] if columns.discount else None
    discount = cell(mapping, "invoice", discount_at or 0, currency)

    def read(row: Row) -> tuple[AdviceLine, ...]:
        cells = row.cells
        number = folded(cells[number_at])
        taken = cells[discount_at].strip() if discount_at is not None else ""
        if not number:
            if (cells[paid_at].strip() and paid(cells)) or (taken and discount(cells)):
                raise Unclear(
                    f'"{cells[paid_at].strip()}" is paid on no invoice number',
                    key(mapping, "invoice"),
                )
            return ()
        off = discount(cells) if taken else ZERO
        return (AdviceLine(number, paid(cells), off, row.line),)

    return read


def cell(mapping: Mapping, table: str, at: int, currency: str) -> Amount:
    """Make the function that reads the amount in one column as it is written."""
    shape = mapping.read.amount or AmountColumns(column="-")
    marks = money.marks(currency) if currency else ()
    places = money.places(currency) if currency else None
    read = money.reader(shape.decimal, shape.thousands, marks, places)

    def amount(cells: Cells) -> Decimal:
        try:
            return read(cells[at])
        except money.NotMoney as error:
            if cells[at].endswith(money.UNSURE):
                hint = "no mapping can settle it: look the payment up at the bank"
                raise Unclear(str(error), hint) from error
            hint = f'decimal "{shape.decimal}" and thousands "{shape.thousands}"'
            if currency:
                hint += f" in {currency}"
            where = key(mapping, "amount" if mapping.read.amount else table)
            raise Unclear(str(error), f"{where} says {hint}") from error

    return amount


def key(mapping: Mapping, name: str) -> str:
    """Name a key of `[read]` for a hint."""
    return f"{mapping.path or mapping.name or 'the mapping'} [read] {name}"


def _two_columns(
    mapping: Mapping, columns: AmountColumns, at: Names[str, int], currency: str
) -> Amount:
    """Read credit and debit columns, of which one is zero or empty."""
    sides = [
        _one_side(mapping, name, at[column], currency, sign)
        for name, column, sign in (
            ("credit", columns.credit, 1),
            ("debit", columns.debit, -1),
        )
        if column
    ]
    named = " and ".join(f'"{one}"' for one in (columns.credit, columns.debit) if one)

    def amount(cells: Cells) -> Decimal:
        found = [one for side in sides if (one := side(cells)) is not None]
        moved = [one for one in found if one]
        if len(moved) > 1:
            raise Unclear(
                f"credit and debit are both filled, with {moved[0]} and {-moved[1]}",
                key(mapping, "amount"),
            )
        if not found:
            raise Unclear(f"there is no amount in {named}", key(mapping, "amount"))
        return moved[0] if moved else found[0]

    return amount


def _one_side(
    mapping: Mapping, name: str, at: int, currency: str, sign: int
) -> Callable[[Cells], Decimal | None]:
    """Read a column whose amounts all go one way, whatever sign it writes them with.

    A sign that differs from the column's first one may be a reversal: it is not
    known which way that money went, so a person must look.
    """
    read = cell(mapping, "amount", at, currency)
    usual: list[bool] = []

    def amount(cells: Cells) -> Decimal | None:
        if not cells[at].strip():
            return None
        value = read(cells)
        if not value:
            return value
        if not usual:
            usual.append(value > 0)
        if usual[0] != (value > 0):
            raise Unclear(
                f'"{cells[at].strip()}" has not the sign that the {name} column has'
                " in the rows before",
                key(mapping, "amount"),
            )
        return abs(value) * sign

    return amount


def _flagged(
    mapping: Mapping, columns: AmountColumns, amount: Amount, at: int
) -> Amount:
    """Give an amount the sign that a column beside it says."""
    known = signs(columns)

    def flagged(cells: Cells) -> Decimal:
        sign = known.get(cells[at].strip().casefold())
        if sign is None:
            flags = ", ".join(f'"{one}"' for one in columns.negative + columns.positive)
            raise Unclear(
                f'"{cells[at].strip()}" in "{columns.flag}" says no sign',
                f"{key(mapping, 'amount')} knows {flags}",
            )
        value = amount(cells)
        if value < 0 < sign:
            raise Unclear(
                f'amount {value} is negative and "{columns.flag}" says positive',
                key(mapping, "amount"),
            )
        return abs(value) * sign

    return flagged


def signs(columns: AmountColumns) -> dict[str, int]:
    """Return what each value of the flag column says, 1 or -1."""
    known = dict.fromkeys((one.strip().casefold() for one in columns.positive), 1)
    return known | dict.fromkeys(
        (one.strip().casefold() for one in columns.negative), -1
    )
