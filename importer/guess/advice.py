"""Recognise a remittance list: one row per invoice, rows of one payment together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from importer.guess.amounts import marks
from importer.guess.evidence import Column, Evidence
from importer.guess.fields import named
from importer.guess.said import NOTHING, Said, because
from importer.guess.words import Meaning
from importer.mapping.schema import AdviceColumns, AmountColumns
from importer.table import Row

Rows = Callable[[], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Advice:
    """How the rows of a remittance list belong together.

    `amount` is where the whole payment stands, or else what each row adds to it.
    """

    group: str
    invoice: AdviceColumns
    amount: AmountColumns


def choose(evidence: Evidence, rows: Rows) -> tuple[Advice | None, Said]:
    """Choose group, invoice, paid and amount; None for any other kind of file."""
    numbers = named(evidence, Meaning.INVOICE)
    keys = named(evidence, Meaning.CHECK, Meaning.REFERENCE, Meaning.BANK_ID)
    groups = [one for one in keys if not one.unlike and one not in numbers]
    amounts = _money(evidence, Meaning.AMOUNT)
    if not numbers or not groups:
        return None, NOTHING
    group = groups[0]
    whole = next((one for one in amounts if _repeats(one, group, rows)), None)
    paid = next((one for one in _paid(evidence, amounts) if one is not whole), None)
    if paid is None:
        return None, NOTHING
    discount = next(iter(_money(evidence, Meaning.DISCOUNT)), None)
    invoice = AdviceColumns(
        number=numbers[0].name,
        paid=paid.name,
        discount=discount.name if discount else None,
    )
    decimal, thousands, said = marks((whole, paid) if whole else (paid,))
    amount = AmountColumns(
        column=(whole or paid).name,
        per="group" if whole else "row",
        decimal=decimal,
        thousands=thousands,
    )
    said += because(f'group: rows that share "{group.name}" are one payment')
    return Advice(group.name, invoice, amount), said


def _money(evidence: Evidence, meaning: Meaning) -> list[Column]:
    return [one for one in named(evidence, meaning) if one.is_money]


def _paid(evidence: Evidence, amounts: list[Column]) -> list[Column]:
    """Return what may be paid on an invoice, the likeliest first."""
    return [*_money(evidence, Meaning.PAID), *_money(evidence, Meaning.NET), *amounts]


def _repeats(whole: Column, group: Column, rows: Rows) -> bool:
    """Say whether all rows of a group repeat one amount."""
    seen: dict[str, str] = {}
    return all(
        seen.setdefault(row.cells[group.at], row.cells[whole.at]) == row.cells[whole.at]
        for row in rows()
        if row.cells[group.at].strip()
    )
