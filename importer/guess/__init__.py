"""Guess a complete mapping from a file that no mapping knows.

    find_header   which row of which sheet names the columns
    guess         what each column means, from all rows of the table
    write         the guess as a mapping in TOML, with what it is unsure of

Promises:
1. Every row counts: a format or a mark is chosen because it reads the most cells
   of its column, never because the first rows look like it.
2. What the file does not settle is said, with both readings; nothing that moves
   money is chosen in silence where two readings differ.
3. What is written loads again as the same mapping.

It never reads a disk, and never lets its guess be used: a person looks at it.
"""

from dataclasses import dataclass

from importer.guess import advice, amounts, days, fields, standard
from importer.guess.advice import Advice
from importer.guess.evidence import Evidence, gather
from importer.guess.header import find_header
from importer.guess.proof import chains
from importer.guess.remarks import sort_rows
from importer.guess.said import Said, because
from importer.guess.writing import write_mapping
from importer.mapping.schema import (
    AmountColumns,
    Column,
    DateColumn,
    FileSection,
    Mapping,
    ReadSection,
    Totals,
)
from importer.table import Table

__all__ = ["Guess", "find_header", "guess", "write"]


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping, what the file leaves open about it, and why the rest was chosen.

    Each sentence begins with the key of `[read]` that it is about and a colon.
    """

    mapping: Mapping
    unsure: tuple[str, ...]
    because: tuple[str, ...]


def guess(table: Table) -> Guess:
    """Guess the mapping of a table from all of its rows.

    Raises `FileRefused` where no column holds dates, or none holds amounts.
    """
    if (known := standard.mapping(table)) is not None:
        why = (f"format: {table.format} has the same columns always",)
        return Guess(*standard.completed(known, table), why)
    evidence = gather(table.header, table.rows())
    day, date, about_day = days.choose(evidence, table.file)
    listed, about_list = advice.choose(evidence, table.rows)
    if listed is None:
        amount, about_amount = amounts.choose(evidence, day, table)
    else:
        amount, about_amount = listed.amount, Said()
    read, about_rest = _read(table, evidence, date, amount, listed)
    said = about_day + about_list + about_amount + about_rest
    mapping = Mapping(file=_file(table), read=read)
    return Guess(mapping, said.unsure, said.because)


def write(guess: Guess) -> str:
    """Write a guess as TOML with comments; it loads as the same mapping."""
    return write_mapping(guess.mapping, guess.unsure, guess.because)


def _read(
    table: Table,
    evidence: Evidence,
    date: DateColumn,
    amount: AmountColumns,
    listed: Advice | None,
) -> tuple[ReadSection, Said]:
    remarks = sort_rows(table.rows, date, amount, evidence)
    day = next(one for one in evidence.columns if one.name == date.column)
    value, about_value = days.choose_value(evidence, day, remarks.money)
    account, about_account = fields.account(evidence, remarks.money)
    currency, about_currency = fields.currency(evidence, amount, table.preamble)
    balance, about_balance = None, Said()
    taken = {one.column for one in (account, currency) if isinstance(one, Column)}
    if listed is None:
        balance, about_balance = _balance(table, evidence, date, amount)
    else:
        taken.add(listed.invoice.number)
    bank_id = fields.bank_id(evidence, remarks.money)
    texts = fields.texts(evidence, taken)
    read = ReadSection(
        account=account,
        currency=currency,
        date=date,
        value_date=value,
        amount=amount,
        remitter=fields.one_or_more(texts.remitter),
        text=fields.one_or_more(texts.text),
        reference=fields.one_or_more(texts.reference),
        payer_account=fields.payer_account(evidence, remarks.money),
        bank_id=bank_id,
        kind=fields.kind(evidence, amount.flag),
        group=listed.group if listed else None,
        invoice=listed.invoice if listed else None,
        identity=texts.identity or (("bank_id",) if bank_id else ()),
        totals=Totals(
            footer=remarks.footer,
            opening=remarks.opening,
            closing=remarks.closing,
            balance=balance,
        ),
        ignore=remarks.ignore,
    )
    said = about_value + remarks.said + about_balance
    return read, about_account + about_currency + said


def _balance(
    table: Table, evidence: Evidence, date: DateColumn, amount: AmountColumns
) -> tuple[str | None, Said]:
    """Choose the running balance to be checked, where it follows in every row."""
    for column in fields.balances(evidence):
        if chains(table.rows, date.column, amount, column.name, evidence):
            return column.name, because(
                f'totals: "{column.name}" follows from the amounts in every row'
            )
    return None, Said()


def _file(table: Table) -> FileSection:
    """Say which files: the header row, or the name and the number of columns.

    Columns at the end whose header is empty come and go, and are not named.
    """
    positions = tuple(f"column {n}" for n in range(1, len(table.header) + 1))
    sheet = table.sheet or None
    if table.header == positions:
        return FileSection(
            name=standard.name_pattern(table.file), columns=positions, sheet=sheet
        )
    named = max(n for n, name in enumerate(table.header, 1) if name not in positions)
    return FileSection(header=table.header[:named], sheet=sheet)
