"""What a mapping may say: one pydantic model per table of the TOML file.

Unknown keys are refused, numbers are Decimal, and a pattern is RE2.  The words
and their meaning are DESIGN section 6; `docs/mappings.md` explains each key.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from importer.mapping.policy import InvoiceNumbers, Names, Part, Policy

FILLED_IN = ("name", "path", "digest", "line")
SHAPES = ("<text>", "<list>", "<table>")


def _shape(value: Any) -> str | None:
    """Tell what a value is written as, so that only that form of a key is checked."""
    match value:
        case str():
            return SHAPES[0]
        case list() | tuple():
            return SHAPES[1]
        case dict() | BaseModel():
            return SHAPES[2]
    return None


Text = Annotated[str, Field(min_length=1)]
OneOrMore = Annotated[
    Annotated[str, Tag(SHAPES[0])] | Annotated[Names, Tag(SHAPES[1])],
    Discriminator(_shape),
]


class FileSection(Part):
    """Which files the mapping is for, and what cannot be seen in their bytes.

    All that is given must hold for the mapping to claim a file.  `account` is
    an account id as the file states it.  `columns` names the columns of a file
    without a header row.
    """

    name: str | None = None
    format: str | None = None
    header: Names | None = None
    columns: Names | None = None
    account: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if not any((self.name, self.header, self.columns, self.account, self.format)):
            raise ValueError("[file] must say which files: name, header, account …")
        if self.header and self.columns:
            raise ValueError("[file] has header or columns, not both")
        return self


class Column(Part):
    """A value that stands in a column of the file."""

    column: Text


TextOrColumn = Annotated[
    Annotated[Text, Tag(SHAPES[0])] | Annotated[Column, Tag(SHAPES[2])],
    Discriminator(_shape),
]


class DateColumn(Part):
    """A date: its column and how the bank writes it, in strptime's letters.

    A workbook's date reads as `%Y-%m-%d`.  From `until` on nothing is read.
    """

    column: Text
    format: Text
    until: Text | None = None


class AmountColumns(Part):
    """Where the amount stands, how it is written, and what its sign is.

    One of: `column` as signed; `column` with a `flag` column whose values are in
    `negative` or in `positive`, which gives the sign; `credit` and `debit` columns, of
    which |credit| comes in and |debit| goes out.  `inverse` turns the sign (card
    statements).  `per = "group"`: each row of a group repeats the whole amount.
    A number cell of a workbook reads with a decimal point and no thousands.
    """

    column: Text | None = None
    credit: Text | None = None
    debit: Text | None = None
    flag: Text | None = None
    negative: Names = ()
    positive: Names = ()
    inverse: bool = False
    per: Literal["row", "group"] = "row"
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if (self.column is None) == (self.credit is None and self.debit is None):
            raise ValueError("amount has column, or credit and debit, not both")
        if self.flag and not (self.column and self.negative and self.positive):
            raise ValueError("amount with flag needs column, negative and positive")
        if (self.negative or self.positive) and not self.flag:
            raise ValueError("negative and positive are values of a flag column")
        if self.decimal == self.thousands:
            raise ValueError("amount has the same mark for decimal and thousands")
        return self


class KindColumn(Part):
    """The kind of payment: its column, and what its values mean (check, wire …)."""

    column: Text
    values: dict[str, str] = Field(default_factory=dict)


Kind = Annotated[
    Annotated[str, Tag(SHAPES[0])] | Annotated[KindColumn, Tag(SHAPES[2])],
    Discriminator(_shape),
]


class AdviceColumns(Part):
    """Columns of files with one row per invoice: number, paid, discount."""

    number: Text
    paid: Text
    discount: Text | None = None


class Totals(Part):
    """What the file says about itself in its rows, to be proven.

    `footer` recognises the row of totals: what it holds in the amount columns
    must equal the sum of the rows.  `count` finds the declared number of rows in
    a footer or preamble row, in a group named `count`.  `balance` is the column
    of running balances; `opening` and `closing` recognise rows that state a
    balance instead of money.
    """

    footer: str | None = None
    count: str | None = None
    balance: Text | None = None
    opening: str | None = None
    closing: str | None = None


class ReadSection(Part):
    """How rows become remittances.

    `date` is the day the bank booked it, `value_date` the day it counts (the
    payment's date in the ERP; `date` where there is none).  `group` names the
    column that rows of one remittance share.  `ignore` recognises rows that are
    no money at all (section titles, remarks), by their cells joined with ` | `.
    `identity` names the fields that tell two remittances of one account, day
    and amount apart.
    """

    account: TextOrColumn
    currency: TextOrColumn
    date: DateColumn
    amount: AmountColumns | None = None
    value_date: DateColumn | None = None
    remitter: OneOrMore = ()
    text: OneOrMore = ()
    reference: OneOrMore = ()
    payer_account: str | None = None
    bank_id: str | None = None
    customer: str | None = None
    location: str | None = None
    kind: Kind | None = None
    group: str | None = None
    invoice: AdviceColumns | None = None
    identity: Names = ("reference", "text")
    totals: Totals = Totals()
    ignore: Names = ()
    unreadable: Literal["hold", "refuse"] = "hold"

    @model_validator(mode="after")
    def _has_an_amount(self) -> Self:
        if self.amount is None and (self.invoice is None or self.group is None):
            raise ValueError("[read] needs amount, or group and invoice to add up")
        return self


class When(Part):
    """Patterns (RE2, not case-sensitive) that must all be found for a rule."""

    remitter: str | None = None
    text: str | None = None
    reference: str | None = None
    payer_account: str | None = None
    kind: str | None = None


class Rule(Part):
    """What follows when its patterns are found; the first such rule decides.

    `customer`, `invoice`, `paid`, `discount`, `reference` and `location` are
    templates over the names that the patterns find (`{invoice}`); without a
    template a find of that name stands for itself.  `amount` is the range of
    |amount|, `money` its direction.  `deduction` is the most that may be missing and
    is accepted as not paid.  `line` is where the rule stands.
    """

    name: Text
    when: When = When()
    amount: tuple[Decimal, Decimal] | None = None
    money: Literal["in", "out"] | None = None
    skip: bool = False
    hold: str | None = None
    customer: str | None = None
    invoice: str | None = None
    paid: str | None = None
    discount: str | None = None
    reference: str | None = None
    location: str | None = None
    method: str | None = None
    deduction: Decimal | None = Field(default=None, gt=0)
    test: Names = ()
    line: int = 0

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if self.skip and self.hold:
            raise ValueError("a rule skips or holds, not both")
        if self.deduction and (self.skip or self.hold):
            raise ValueError("a rule that skips or holds pays nothing to deduct from")
        return self


class Mapping(Part):
    """One bank or file kind: which files, how they read, what may be decided.

    `name` is the file's name without `.toml`, `path` the file for messages, and
    `digest` the SHA-256 of its text in hex.
    """

    name: str = ""
    path: str = ""
    digest: str = ""
    file: FileSection
    read: ReadSection
    policy: Policy = Policy()
    invoices: InvoiceNumbers = InvoiceNumbers()
    rule: tuple[Rule, ...] = ()
