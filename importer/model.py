"""The nouns: what a bank file says, what is decided, and what comes of it.

    Remittance | Unreadable        what a row (or a group of rows) of a file says
    Pay | Hold | Skip              what `resolve` decides about it
    Posted | Refused | NotSent | InDoubt   what comes of sending one Payment

All are values: frozen, compared by content, matched with `match`.  Money is
Decimal in the payment's own currency, positive when it comes in, negative when
it goes out; dates are civil dates as the bank wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the file's name, and the line or sheet row in it."""

    file: str
    row: int

    def __str__(self) -> str:
        """Write it as editors open it."""
        return f"{self.file}:{self.row}"


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """An invoice number with what the file itself says is paid on it.

    `paid` is negative for a credit that the payer took.
    """

    invoice: str
    paid: Decimal
    discount: Decimal
    row: int


@dataclass(frozen=True, slots=True)
class Remittance:
    """One notice of money in a bank file.

    `account` is our own bank account as the mapping names it.  `amount` is what
    the bank booked, with its sign.  `kind` is the kind of payment as the file
    says it (check, wire, ach …), `customer` an explicit customer id or code;
    both are empty where the file has none.  `identity` holds the texts that tell
    this remittance from others of the same account, day and amount, `bank_id`
    the bank's own id for the line, which is only a hint.  `caution` says why the
    line is no plain payment (not booked yet, a reversal …): a person must look.
    """

    place: Place
    account: str
    currency: str
    amount: Decimal
    value_date: date
    booking_date: date
    remitter: str
    text: str
    reference: str
    identity: tuple[str, ...]
    payer_account: str = ""
    bank_id: str = ""
    kind: str = ""
    location: str = ""
    customer: str = ""
    advice: tuple[AdviceLine, ...] = ()
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row with a value that cannot be read: its text, which value, what to change."""

    place: Place
    text: str
    why: str
    hint: str


Notice = Remittance | Unreadable


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the ERP: its id there, the code people use, and its name."""

    id: str
    code: str
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, its date, and what is open on it (negative for a credit memo)."""

    number: str
    customer: str
    open: Decimal
    total: Decimal | None = None
    issued: date | None = None
    due: date | None = None
    po_number: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """Which customer a payer is, at which line, and under which policy of its own."""

    remitter: str
    account: str
    customer: str
    since: str
    by: str
    note: str
    line: int
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """The part of a payment that settles one invoice."""

    invoice: str
    amount: Decimal
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Payment:
    """What we ask the ERP to record: one customer, its invoices, and the rest.

    `customer` is the ERP's own id.  `unapplied` is money on no invoice, never
    negative.  `marker` is made from the remittance, not from the attempt.
    """

    marker: str
    customer: str
    customer_name: str
    currency: str
    value_date: date
    kind: str
    reference: str
    notes: str
    applications: tuple[Application, ...]
    unapplied: Decimal
    location: str = ""

    @property
    def total(self) -> Decimal:
        """Return the money that moves: all applications and the unapplied rest."""
        return sum((part.amount for part in self.applications), self.unapplied)


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was looked at and why it did not decide."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why it was decided so: the rule with its line, and what was found where."""

    rule: str = ""
    found: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What one customer would get of a remittance: a suggestion, or a decision."""

    customer: str
    applications: tuple[Application, ...]
    unapplied: Decimal = ZERO


class Reason(Enum):
    """Why a remittance waits for a person; the value is the stable code."""

    UNREADABLE = "unreadable"
    RULE = "rule"
    CAUTION = "no-plain-payment"
    NO_CUSTOMER = "no-customer"
    TWO_CUSTOMERS = "two-customers"
    NUMBER_ALONE = "customer-by-number-alone"
    INACTIVE_CUSTOMER = "inactive-customer"
    NO_INVOICE = "no-invoice"
    NOT_OPEN = "invoice-not-open"
    OTHER_CUSTOMER = "invoice-of-another-customer"
    INVOICE_LATER = "invoice-after-payment"
    SHORT = "short"
    OVER = "over"
    DISCOUNT = "discount"
    CREDIT = "credit-memo"
    SUM = "sum-differs"
    ONE_AMOUNT = "one-invoice-amount"
    COMBINATION = "combination"
    ON_ACCOUNT = "on-account"
    LIMIT = "above-limit"
    CLOSED = "month-closed"
    CURRENCY = "currency"
    ALREADY_PAID = "already-paid-here"
    POSSIBLE_DUPLICATE = "possible-duplicate"
    POSSIBLY_BY_HAND = "possibly-entered-by-hand"
    UNPAYABLE = "not-payable"
    NOT_FOUND = "not-found-in-erp"
    DIFFERS_IN_ERP = "differs-in-erp"
    NOT_APPROVED = "not-approved"


@dataclass(frozen=True, slots=True)
class Pay:
    """Post these payments; their totals make the remittance, to the cent."""

    payments: tuple[Payment, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for a person: the reason, why it was not automatic, the best suggestion."""

    reason: Reason
    sentence: str
    evidence: Evidence
    suggestion: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """Not customer money, with the reason."""

    sentence: str
    evidence: Evidence


Resolution = Pay | Hold | Skip


@dataclass(frozen=True, slots=True)
class Posted:
    """The ERP has it, under this control number; `how` says what proves it."""

    control_number: str
    how: str = "the ERP answered"


@dataclass(frozen=True, slots=True)
class Refused:
    """The ERP said no, by its documented refusal, in these words."""

    message: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It never left, or the ERP has it not and takes it once only: send it again."""

    why: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The request may have arrived and the answer is not known; `alarm` stops all."""

    why: str
    alarm: str = ""


Outcome = Posted | Refused | NotSent | InDoubt


@dataclass(frozen=True, slots=True)
class Found:
    """A payment as the ERP lists it; a negative total is a reversal.

    `applied` maps invoice numbers to what this payment put on them.
    """

    control_number: str
    date: date | None
    customer_name: str
    reference: str
    notes: str
    total: Decimal
    applied: Mapping[str, Decimal]
