"""The body of payments/pay_invoice as its document gives it, each field with its rule.

Strict: the two fields that would charge the payer's card or account again are
known and refused, and what a release does not have is not sent to it (`Order.of`).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

Release = tuple[int, ...]

_SINCE: dict[str, Release] = {
    "wallet_identifier": (14,),
    "received_by_business_unit_identifier": (18,),
    "accounts_receivable_payment_preference_identifier": (11,),
    "back_office_code": (9, 1),
    "fields_set": (10,),
}
_BEFORE: dict[str, Release] = {"received_by_unit_identifier": (18,)}
_CHARGES = ("card_identifier", "accounts_receivable_payment_preference_identifier")

PAYMENT_FIELDS = (
    *("id", "number", "reference_number", "life_cycle_state", "issued_on"),
    *("posted_on", "payment_amount", "processed_by_payment_gateway"),
    *("payment_gateway_reference_number", "currency_rate_period"),
)
"""The fields of payment_short: what `fields_set` may ask for."""
PROVING_FIELDS = ("number", "payment_amount")
"""Without these an answer does not prove what was paid."""

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Sent(BaseModel):
    """What all requests share: CRM.COM's names, nothing extra, no conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Identifier(_Sent):
    """What names one thing there, by exactly one of the fields that it may."""

    @model_validator(mode="after")
    def _one_field(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"give exactly one of {names}")
        return self


class AccountsReceivable(Identifier):
    """An accounts receivable; a name is a person's and not documented as unique."""

    id: Word | None = None
    number: Word | None = None
    name: Word | None = None


class Wallet(Identifier):
    """A wallet (R14)."""

    id: Word | None = None
    number: Word | None = None


class TransactionType(Identifier):
    """A financial transaction type; its names are each installation's own."""

    id: Word | None = None
    name: Word | None = None
    alternative_code: Word | None = None


class TransactionCategory(Identifier):
    """A financial transaction category."""

    id: Word | None = None
    name: Word | None = None
    code: Word | None = None


class PaymentMethod(Identifier):
    """A payment method; `name` is in every sample, its own page is not public."""

    id: Word | None = None
    name: Word | None = None
    code: Word | None = None


class InvoiceIdentifier(Identifier):
    """An invoice."""

    id: Word | None = None
    number: Word | None = None
    reference_number: Word | None = None
    back_office_code: Word | None = None


class User(Identifier):
    """A user; `username` is in the samples, its own page is not public."""

    id: Word | None = None
    username: Word | None = None


class Unit(Identifier):
    """A unit (until R18)."""

    id: Word | None = None
    name: Word | None = None
    alternative_code: Word | None = None


class BusinessUnit(Identifier):
    """A business unit (R18)."""

    id: Word | None = None
    name: Word | None = None
    code: Word | None = None


class Card(Identifier):
    """A card at a payment gateway; naming one charges it."""

    id: Word | None = None
    payment_gateway_reference_number: Word | None = None
    last_digits: Word | None = None


class PaymentPreference(_Sent):
    """A generic gateway's way to the payer's money; its page is not public."""

    model_config = ConfigDict(extra="allow", frozen=True)


def _listed(value: str) -> str:
    """Refuse fields that no answer has, and a list that leaves out the proof."""
    names = value.split(",")
    if unknown := [name for name in names if name not in PAYMENT_FIELDS]:
        raise ValueError(f'a payment has no field "{unknown[0]}"')
    if missing := [name for name in PROVING_FIELDS if name not in names]:
        raise ValueError(f'without "{missing[0]}" nothing proves what was paid')
    return value


FieldsSet = Annotated[
    Word, BeforeValidator(lambda value: _listed(value) if value else value)
]


class UserDefined(_Sent):
    """The fields that each installation gives its own meaning."""

    udf_string_1: str | None = None
    udf_string_2: str | None = None
    udf_string_3: str | None = None
    udf_string_4: str | None = None
    udf_string_5: str | None = None
    udf_string_6: str | None = None
    udf_string_7: str | None = None
    udf_string_8: str | None = None
    udf_float_1: Decimal | None = None
    udf_float_2: Decimal | None = None
    udf_float_3: Decimal | None = None
    udf_float_4: Decimal | None = None
    udf_date_1: date | None = None
    udf_date_2: date | None = None
    udf_date_3: date | None = None
    udf_date_4: date | None = None


class Order(UserDefined):
    """The body of payments/pay_invoice.

    It has no amount: CRM.COM pays all that is outstanding on the invoice.  The
    token is put in as the request leaves, so that no journal ever has it.
    """

    token: Word | None = Field(default=None, repr=False)
    accounts_receivable_identifier: AccountsReceivable | None = None
    wallet_identifier: Wallet | None = None
    type_identifier: TransactionType
    category_identifier: TransactionCategory | None = None
    payment_method_identifier: PaymentMethod
    invoice_identifier: InvoiceIdentifier
    received_on: datetime | None = None
    received_by_user_identifier: User | None = None
    received_by_unit_identifier: Unit | None = None
    received_by_business_unit_identifier: BusinessUnit | None = None
    card_identifier: Card | None = None
    accounts_receivable_payment_preference_identifier: PaymentPreference | None = None
    notes: str | None = None
    back_office_code: Word | None = None
    fields_set: FieldsSet | None = None

    @classmethod
    def of(cls, values: dict[str, Any], release: Release) -> Self:
        """Check a body against the rules of one release of CRM.COM."""
        return cls.model_validate(values, context={"release": release})

    @model_validator(mode="after")
    def _pays_from_one_place(self) -> Self:
        receivable = self.accounts_receivable_identifier is not None
        if receivable == (self.wallet_identifier is not None):
            raise ValueError(
                "give exactly one of accounts_receivable_identifier and "
                "wallet_identifier"
            )
        return self

    @model_validator(mode="after")
    def _charges_nobody(self) -> Self:
        for name in _CHARGES:
            if getattr(self, name) is not None:
                raise ValueError(
                    f"{name} would charge the payer again for money that has come in"
                )
        return self

    @model_validator(mode="after")
    def _is_known_to_the_release(self, info: ValidationInfo) -> Self:
        release: Release | None = (info.context or {}).get("release")
        if release is None:
            return self
        for name in self.model_fields_set:
            if getattr(self, name) is None:
                continue
            key = f"[erp.options] {name.removesuffix('_identifier')}"
            if release < _SINCE.get(name, ()):
                raise ValueError(f"{key} is known from release {_dots(_SINCE[name])}")
            if name in _BEFORE and release >= _BEFORE[name]:
                raise ValueError(f"{key} is gone since release {_dots(_BEFORE[name])}")
        return self


def _dots(release: Release) -> str:
    return ".".join(map(str, release))
