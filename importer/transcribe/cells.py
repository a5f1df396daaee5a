"""Turn one row into a remittance: a mapping, compiled for the header of one file.

The mapping is looked at once, not once a row: what is left for a row are closures
that know their column numbers.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Names
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter

from importer import dates
from importer.errors import Fault, FileRefused
from importer.mapping import soundness
from importer.mapping.schema import Column, DateColumn, KindColumn, Mapping
from importer.model import AdviceLine, Place, Remittance
from importer.table import Row, Table
from importer.transcribe.amounts import Cells, Unclear, advices, amounts, key

Text = Callable[[Cells], str]
Texts = tuple[str, str, str, str, str, str, str, str]

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_OWN_CURRENCY = "CURSYM"
_CORRECTS = "CORRECTACTION"
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a mapping does with a row of one file.

    `money` reads account, currency and amount alone, for a row of which nothing
    more can be read.  `group` reads what the rows of one remittance share.
    """

    remittance: Callable[[Row], Remittance]
    money: Callable[[Cells], tuple[str, str, Decimal]]
    group: Text | None
    columns: Names[str, int]


def folded(text: str) -> str:
    """Fold what never tells two texts apart: composition, and runs of blanks.

    Control characters count as blanks; case, digits and punctuation stay.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", text)).strip()


def compiled(table: Table, mapping: Mapping) -> Compiled:
    """Compile a mapping for a table; raises `FileRefused` for columns it has not."""
    at = _columns(table, mapping)
    account, currency = _account(mapping, at), _currency(table, mapping, at)
    booked, counted = _dates(mapping, at)
    said, corrects = _texts(mapping, at), _corrections(table)
    identity = _picked(mapping.read.identity)
    file = table.file

    @lru_cache(maxsize=64)
    def amount(code: str) -> Callable[[Cells], Decimal]:
        return amounts(mapping, at, code)

    @lru_cache(maxsize=64)
    def advice(code: str) -> Callable[[Row], tuple[AdviceLine, ...]]:
        return advices(mapping, at, code, folded)

    has_advice = mapping.read.invoice is not None

    def remittance(row: Row) -> Remittance:
        cells = row.cells
        if corrects is not None:
            corrects(cells)
        code = currency(cells)
        day = booked(cells)
        texts = said(cells)
        return Remittance(
            Place(file, row.line),
            account(cells),
            code,
            amount(code)(cells),
            counted(cells, day),
            day,
            texts[0],
            texts[1],
            texts[2],
            identity(texts),
            *texts[3:],
            advice(code)(row) if has_advice else (),
        )

    def only_money(cells: Cells) -> tuple[str, str, Decimal]:
        code = currency(cells)
        return account(cells), code, amount(code)(cells)

    group = _joined(mapping.read.group, at) if mapping.read.group else None
    return Compiled(remittance, only_money, group, at)


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
        hint = f"{mapping.path or mapping.name} [read] {' '.join(map(str, path[1:]))}"
        hint += f" names it; {soundness.nearest(name, header)}"
        faults.append(Fault(where, f'there is {how} "{name}"', hint=hint))
    if faults:
        raise FileRefused(*faults)
    return {name: header.index(name.strip()) for _, name in soundness.columns(mapping)}


def _account(mapping: Mapping, at: Names[str, int]) -> Text:
    account = mapping.read.account
    if not isinstance(account, Column):
        return lambda _: account
    column = at[account.column]

    def read(cells: Cells) -> str:
        text = folded(cells[column])
        if not text:
            raise Unclear("the account is empty", key(mapping, "account"))
        return text

    return read


def _currency(table: Table, mapping: Mapping, at: Names[str, int]) -> Text:
    """Read a row's currency, which in OFX may differ from its account's."""
    currency = mapping.read.currency
    if isinstance(currency, Column):
        column = at[currency.column]

        def read(cells: Cells) -> str:
            text = cells[column].strip()
            if not _CURRENCY.fullmatch(text):
                sentence = f'"{text}" is no currency of three letters like "USD"'
                raise Unclear(sentence, key(mapping, "currency"))
            return text

        return read
    if table.format == "ofx" and _OWN_CURRENCY in table.header:
        own = table.header.index(_OWN_CURRENCY)
        return lambda cells: cells[own] or currency
    return lambda _: currency


def _corrections(table: Table) -> Callable[[Cells], None] | None:
    """Refuse an order to replace or delete an earlier line: it is no new money."""
    if table.format != "ofx" or _CORRECTS not in table.header:
        return None
    column = table.header.index(_CORRECTS)

    def refuse(cells: Cells) -> None:
        if order := cells[column].strip():
            raise Unclear(
                f'the bank orders "{order}" for an earlier line; it is no payment',
                "find the earlier line by its id, and undo in the ERP what it paid",
            )

    return refuse


def _dates(
    mapping: Mapping, at: Names[str, int]
) -> tuple[Callable[[Cells], date], Callable[[Cells, date], date]]:
    """Read the day it was booked, and the day it counts where the file says it."""
    booked = _date(mapping, "date", mapping.read.date, at)
    if mapping.read.value_date is None:
        return booked, lambda _, day: day
    column = at[mapping.read.value_date.column]
    stated = _date(mapping, "value_date", mapping.read.value_date, at)
    return booked, lambda cells, day: stated(cells) if cells[column].strip() else day


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


def _texts(mapping: Mapping, at: Names[str, int]) -> Callable[[Cells], Texts]:
    """Read all texts of a row, in the order of `soundness.FIELDS`."""
    read = mapping.read
    remitter, text, reference, payer, bank_id, location, customer = (
        _joined(names or (), at)
        for names in (
            read.remitter,
            read.text,
            read.reference,
            read.payer_account,
            read.bank_id,
            read.location,
            read.customer,
        )
    )
    kind = _kind(read.kind, at)
    return lambda cells: (
        remitter(cells),
        text(cells),
        reference(cells),
        payer(cells),
        bank_id(cells),
        kind(cells),
        location(cells),
        customer(cells),
    )


def _joined(names: str | tuple[str, ...], at: Names[str, int]) -> Text:
    """Read the cells of some columns as one text, with a blank between them."""
    columns = [at[name] for name in soundness.listed(names)]
    match columns:
        case []:
            return lambda _: ""
        case [column]:
            return lambda cells: folded(cells[column])
    several = itemgetter(*columns)
    return lambda cells: folded(" ".join(several(cells)))


def _kind(kind: str | KindColumn | None, at: Names[str, int]) -> Text:
    """Read the kind of payment; what its values mean where the mapping says it."""
    if not isinstance(kind, KindColumn):
        return _joined(kind or (), at)
    said = _joined(kind.column, at)
    meant = {folded(name).casefold(): value for name, value in kind.values.items()}

    def read(cells: Cells) -> str:
        text = said(cells)
        return meant.get(text.casefold(), text)

    return read


def _picked(names: Sequence[str]) -> Callable[[Texts], tuple[str, ...]]:
    """Pick the fields of the identity out of the texts of a row."""
    columns = [soundness.FIELDS.index(name) for name in names]
    match columns:
        case []:
            return lambda _: ()
        case [column]:
            return lambda texts: (texts[column],)
    return itemgetter(*columns)
