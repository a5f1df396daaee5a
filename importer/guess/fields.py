"""Choose what tells rows apart: who paid, the text, references, ids, currency.

Nothing here moves money.  A column is taken for what its name means, and only
when its cells agree.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from importer.guess import words
from importer.guess.cells import CURRENCIES, OTHER_NAMES
from importer.guess.evidence import Column, Evidence
from importer.guess.proof import currencies_of_marks
from importer.guess.said import NOTHING, Said, because, unsure
from importer.guess.words import Meaning
from importer.mapping.schema import AmountColumns, KindColumn
from importer.mapping.schema import Column as ColumnOf
from importer.table import Row

NO_CURRENCY = "XXX"
NO_ACCOUNT = "NAME-THIS-ACCOUNT"
_KINDS = {
    "check": "check cheque chk scheck checks paper",
    "wire": "wire wires fedwire swift chips",
    "ach": "ach ccd ctx ppd ach_credit achcredit",
    "card": "card visa mastercard amex",
    "cash": "cash efectivo bar",
    "transfer": "transfer transferencia uberweisung virement overboeking zelle",
}
_CODE = re.compile(r"\b[A-Z]{3}\b")


def named(evidence: Evidence, *meanings: Meaning) -> list[Column]:
    """Return the filled columns of these meanings, in the order of the meanings."""
    return [
        column
        for meaning in meanings
        for column in evidence.columns
        if meaning in words.meanings(column.name) and not column.is_empty
    ]


@dataclass(frozen=True, slots=True)
class Texts:
    """The columns of who paid, of the text and of references; any may be empty."""

    remitter: tuple[str, ...]
    text: tuple[str, ...]
    reference: tuple[str, ...]

    @property
    def identity(self) -> tuple[str, ...]:
        """Return the two fields that best tell rows of one day and amount apart.

        The bank's own id is not among them: one file cannot show that it stays
        the same in the next, and a new one would make the same money look new.
        """
        fields = {
            "reference": self.reference,
            "text": self.text,
            "remitter": self.remitter,
        }
        return tuple(key for key, columns in fields.items() if columns)[:2]


def texts(evidence: Evidence, taken: set[str]) -> Texts:
    """Choose who paid, text and reference; columns of words where none is named."""

    def free(*meanings: Meaning) -> tuple[str, ...]:
        columns = named(evidence, *meanings)
        return tuple(one.name for one in columns if one.name not in taken)

    remitter, text = free(Meaning.REMITTER), free(Meaning.TEXT)
    if not remitter and not text:
        text = _wordy(evidence, taken)
    return Texts(
        remitter[:1] or text[:1],
        text + free(Meaning.INVOICE),
        free(Meaning.REFERENCE, Meaning.CHECK),
    )


def one_or_more(names: tuple[str, ...]) -> str | tuple[str, ...]:
    """Write one name as itself, as people do."""
    return names[0] if len(names) == 1 else names


def _wordy(evidence: Evidence, taken: set[str]) -> tuple[str, ...]:
    """Take the columns of words that are not the same in every row."""
    wordy = [
        one
        for one in evidence.columns
        if one.name not in taken
        and not (one.is_empty or one.is_day or one.is_money)
        and (one.values is None or len(one.values) > 1 or one.filled == 1)
        and any(letter.isalpha() for letter in one.example)
    ]
    return tuple(one.name for one in wordy)


def bank_id(evidence: Evidence, money: int) -> str | None:
    """Choose the bank's own id, if every row of money has one and none twice."""
    for one in named(evidence, Meaning.BANK_ID):
        if one.unlike and one.filled >= money > 1:
            return one.name
    return None


def payer_account(evidence: Evidence, money: int) -> str | None:
    """Choose the column of the payer's account."""
    stated = [one.name for one in named(evidence, Meaning.PAYER_ACCOUNT)]
    others = (
        one.name for one in named(evidence, Meaning.OWN_ACCOUNT) if one.filled < money
    )
    return next(iter((*stated, *others)), None)


def kind(evidence: Evidence, flag: str | None) -> KindColumn | None:
    """Choose the column of payment kinds, with the values whose meaning is known."""
    for column in named(evidence, Meaning.KIND):
        values = {
            value: known
            for value in column.values or ()
            if (known := _kind(value)) is not None
        }
        if values and column.name != flag:
            return KindColumn(column=column.name, values=values)
    return None


def _kind(value: str) -> str | None:
    parts = set(words.bare(value.replace("_", " ")).split())
    return next(
        (one for one, known in _KINDS.items() if parts & {*known.split()}), None
    )


def currency(
    evidence: Evidence, amount: AmountColumns, preamble: Iterable[Row]
) -> tuple[str | ColumnOf, Said]:
    """Choose the currency: a column, the header, the amounts' signs, the preamble."""
    for column in named(evidence, Meaning.CURRENCY):
        values = set(column.values or ())
        if values and values <= {*CURRENCIES}:
            return ColumnOf(column=column.name), NOTHING
        if len(values) == 1 and (code := OTHER_NAMES.get(next(iter(values)))):
            return code, because(f'currency: "{column.name}" says so in every row')
    names = [amount.column, amount.credit, amount.debit]
    if code := _one_code(name for name in names if name):
        return code, because("currency: the header says so")
    taken = [one for one in evidence.columns if one.name in names]
    if any(one.currency_marks for one in taken):
        return _of_marks(currencies_of_marks(taken))
    if code := _one_code(cell for row in preamble for cell in row.cells):
        return code, unsure(f"currency: only a row above the header says {code}")
    return NO_CURRENCY, unsure("currency: the file does not say it; put the right code")


def _one_code(texts: Iterable[str]) -> str | None:
    """Return the one currency code that stands in these texts."""
    codes = {
        code
        for text in texts
        for code in [*_CODE.findall(text), OTHER_NAMES.get(text.strip(), "")]
        if code in CURRENCIES
    }
    return codes.pop() if len(codes) == 1 else None


def _of_marks(possible: tuple[str, ...]) -> tuple[str, Said]:
    if not possible:
        sentence = "currency: the amounts carry signs of several currencies"
        return NO_CURRENCY, unsure(sentence)
    if len(possible) == 1:
        return possible[0], because("currency: the amounts carry its sign")
    return possible[0], unsure(
        f"currency: the sign in the amounts may mean {', '.join(possible[:4])}"
    )


def account(evidence: Evidence, money: int) -> tuple[str | ColumnOf, Said]:
    """Choose the column of our own account, or leave a name to be filled in.

    What some rows of money leave empty is somebody else's.
    """
    for column in named(evidence, Meaning.OWN_ACCOUNT):
        if column.filled < money:
            continue
        if not (column.is_money and column.marked) and column.values is not None:
            return ColumnOf(column=column.name), because(
                f'account: "{column.name}" names it in each row'
            )
    return NO_ACCOUNT, unsure("account: the file does not say which account this is")


def balances(evidence: Evidence) -> list[Column]:
    """Return the columns that can be running balances."""
    return [one for one in named(evidence, Meaning.BALANCE) if one.is_money]
