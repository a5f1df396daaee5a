"""Recognise a remittance list: one row per invoice, rows of one payment together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from importer.guess.evidence import Column, Evidence
from importer.guess.fields import named
from importer.guess.said import NOTHING, Said, because, unsure
from importer.guess.words import Meaning
from importer.mapping.schema import AdviceColumns, AmountColumns
from importer.table import Row


@dataclass(frozen=True, slots=True)
class Advice:
    """How the rows of a remittance list belong together.

    `amount` is where the whole payment stands; None where the rows add up to it.
    """

    group: str | None
    invoice: AdviceColumns | None
    amount: AmountColumns | None
    said: Said


def choose(
    evidence: Evidence, amount: AmountColumns, rows: Callable[[], Iterable[Row]]
) -> Advice:
    """Choose the columns of invoice, paid and discount, if payments span rows."""
    numbers = named(evidence, Meaning.INVOICE)
    groups = [
        one
        for one in named(evidence, Meaning.CHECK, Meaning.REFERENCE, Meaning.BANK_ID)
        if not one.unlike and one not in numbers
    ]
    if not numbers or not groups or amount.column is None or amount.flag:
        return Advice(None, None, amount, NOTHING)
    number, group = numbers[0], groups[0]
    paid = [one for one in named(evidence, Meaning.PAID) if one.is_money]
    discounts = [one for one in named(evidence, Meaning.DISCOUNT) if one.is_money]
    invoice = AdviceColumns(
        number=number.name,
        paid=paid[0].name if paid else amount.column,
        discount=discounts[0].name if discounts else None,
    )
    said = because(f'group: rows that share "{group.name}" are one payment')
    whole = next(one for one in evidence.columns if one.name == amount.column)
    if not paid or paid[0] is whole:
        return Advice(group.name, invoice, None, said)
    if _repeats(whole, group, rows):
        each = amount.model_copy(update={"per": "group"})
        return Advice(group.name, invoice, each, said)
    said += unsure(
        f'group: "{whole.name}" differs among the rows of one "{group.name}"; they are'
        " added up"
    )
    return Advice(group.name, invoice, amount, said)


def _repeats(whole: Column, group: Column, rows: Callable[[], Iterable[Row]]) -> bool:
    """Say whether all rows of a group repeat one amount."""
    seen: dict[str, str] = {}
    return all(
        seen.setdefault(row.cells[group.at], row.cells[whole.at]) == row.cells[whole.at]
        for row in rows()
        if row.cells[group.at].strip()
    )
