"""Turn one row into a remittance: a mapping, compiled for the header of one file.

The mapping is looked at once, not once a row: what is left for a row are closures
that know their column numbers.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping as Names
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from importer import dates
from importer.errors import Fault, FileRefused
from importer.mapping import soundness
from importer.mapping.schema import Column, DateColumn, Mapping
from importer.model import AdviceLine, Place, Remittance
from importer.table import CAUTION, Row, Table
from importer.transcribe.amounts import Cells, Unclear, advices, amounts, key
from importer.transcribe.swift import swiftly
from importer.transcribe.texts import folded, texts
from importer.transcribe.texts import identity as identities

Text = Callable[[Cells], str]

_OWN_CURRENCY = "CURRENCY"
_CORRECTS = "CORRECTACTION"
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a mapping does with a row of one file.

    `money` reads account, currency and amount alone, and `day` when it was booked,
    for a row of which something else cannot be read.  `group` reads what the rows
    of one remittance share.
    """

    remittance: Callable[[Row], Remittance]
    money: Callable[[Cells], tuple[str, str, Decimal]]
    day: Callable[[Cells], date]
    group: Text | None
    columns: Names[str, int]


def compiled(table: Table, mapping: Mapping) -> Compiled:
    """Compile a mapping for a table; raises `FileRefused` for columns it has not."""
    at = _columns(table, mapping)
    ours, account = _account(mapping, at)
    always, currency = _currency(table, mapping, at)
    booked, counted = _dates(mapping, at)
    said, identity = texts(mapping.read, at), identities(mapping.read.identity)
    caution = _caution(table)
    place, make, file = swiftly(Place), swiftly(Remittance), table.file
    advises = mapping.read.invoice is not None

    @lru_cache(maxsize=64)
    def amount(code: str) -> Callable[[Cells], Decimal]:
        return amounts(mapping, at, code)

    @lru_cache(maxsize=64)
    def advice(code: str) -> Callable[[Row], tuple[AdviceLine, ...]]:
        return advices(mapping, at, code, folded)

    usual = amount(always)

    def remittance(row: Row) -> Remittance:
        cells = row.cells
        code = always or currency(cells)
        day = booked(cells)
        fields = said(cells)
        remitter, text, reference, payer, bank_id, kind, location, customer = fields
        return make(
            place(file, row.line),
            ours or account(cells),
            code,
            usual(cells) if always else amount(code)(cells),
            counted(cells, day) if counted is not None else day,
            day,
            remitter,
            text,
            reference,
            identity(fields),
            payer,
            bank_id,
            kind,
            location,
            customer,
            advice(code)(row) if advises else (),
            caution(cells) if caution is not None else "",
        )

    def only_money(cells: Cells) -> tuple[str, str, Decimal]:
        code = currency(cells)
        return account(cells), code, amount(code)(cells)

    return Compiled(remittance, only_money, booked, _group(mapping, at), at)


def _columns(table: Table, mapping: Mapping) -> dict[str, int]:
    """Find the number of each column that is used; it must be there, and once."""
    header = [name.strip() for name in table.header]
    faults = []
    for path, name in soundness.columns(mapping):
        number = header.count(name.strip())
        if number == 1:
            continue
        where = f"{table.file}:{table.header_line}" if table.header_line else table.file
        how = "no column" if number == 0 else "more than one column"
        file = mapping.path or mapping.name or "the mapping"
        hint = f"{file} [read] {' '.join(map(str, path[1:]))} names it; "
        hint += soundness.nearest(name, header) if number == 0 else "which is meant?"
        faults.append(Fault(where, f'there is {how} "{name}"', hint=hint))
    if faults:
        raise FileRefused(*faults)
    return {name: header.index(name.strip()) for _, name in soundness.columns(mapping)}


def _group(mapping: Mapping, at: Names[str, int]) -> Text | None:
    if mapping.read.group is None:
        return None
    column = at[mapping.read.group]
    return lambda cells: folded(cells[column])


def _account(mapping: Mapping, at: Names[str, int]) -> tuple[str, Text]:
    """Return the account of all rows, if it is one, and how a row's is read."""
    account = mapping.read.account
    if not isinstance(account, Column):
        return account, lambda _: account
    column = at[account.column]

    def read(cells: Cells) -> str:
        text = folded(cells[column])
        if not text:
            raise Unclear("the account is empty", key(mapping, "account"))
        return text

    return "", read


def _currency(table: Table, mapping: Mapping, at: Names[str, int]) -> tuple[str, Text]:
    """Return the currency of all rows, if it is one, and how a row's is read.

    In OFX a row's currency may differ from its account's.
    """
    currency = mapping.read.currency
    own = None
    if table.format == "ofx" and _OWN_CURRENCY in table.header:
        own = table.header.index(_OWN_CURRENCY)
    if isinstance(currency, Column):
        column = at[currency.column]

        def read(cells: Cells) -> str:
            text = (own is not None and cells[own].strip()) or cells[column].strip()
            if not _CURRENCY.fullmatch(text):
                sentence = f'"{text}" is no currency of three letters like "USD"'
                raise Unclear(sentence, key(mapping, "currency"))
            return text

        return "", read
    if own is not None:
        return "", lambda cells: cells[own] or currency
    return currency, lambda _: currency


def _caution(table: Table) -> Text | None:
    """Read why a line is no plain payment, where the format says such things.

    In OFX that is an order to replace or delete an earlier line.
    """
    if CAUTION in table.header:
        column = table.header.index(CAUTION)
        return lambda cells: cells[column]
    if table.format != "ofx" or _CORRECTS not in table.header:
        return None
    orders = table.header.index(_CORRECTS)

    def order(cells: Cells) -> str:
        if not (said := cells[orders].strip()):
            return ""
        return (
            f'the bank orders "{said}" for an earlier line; find that line by its id,'
            " and undo in the ERP what it paid"
        )

    return order


def _dates(
    mapping: Mapping, at: Names[str, int]
) -> tuple[Callable[[Cells], date], Callable[[Cells, date], date] | None]:
    """Read the day it was booked, and the day it counts where the file says it."""
    booked = _date(mapping, "date", mapping.read.date, at)
    if mapping.read.value_date is None:
        return booked, None
    column = at[mapping.read.value_date.column]
    stated = _date(mapping, "value_date", mapping.read.value_date, at)
    return (
        booked,
        lambda cells, day: (
            stated(cells) if cells[column] and not cells[column].isspace() else day
        ),
    )


def _date(
    mapping: Mapping, name: str, column: DateColumn, at: Names[str, int]
) -> Callable[[Cells], date]:
    number, read, until = at[column.column], dates.reader(column.format), column.until

    def day(cells: Cells) -> date:
        text = cells[number]
        try:
            return read(text.partition(until)[0] if until else text)
        except dates.NotDate as error:
            hint = f'{key(mapping, name)} says format "{column.format}"'
            raise Unclear(str(error), hint) from error

    return day
