"""What may be done without a person, and how our invoice numbers look.

A mapping says it for its files; `customers.csv` says it otherwise for one customer,
in one cell: `quoted_short=post; tolerance=5.00; discount=2/10/2`.
"""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Names = tuple[str, ...]
Allow = Literal["post", "hold", "off"]


class Part(BaseModel):
    """What all tables of a mapping share: strict, frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Discount(Part):
    """Early-payment terms: percent of the open amount, within days plus grace."""

    percent: Decimal = Field(gt=0, lt=100)
    days: int = Field(ge=0)
    grace: int = Field(default=0, ge=0)


class Policy(Part):
    """What may be done without a person.

    A difference is tolerated up to `tolerance` and up to `tolerance_percent` of what
    is open; of the two the smaller one, where both are given.
    """

    quoted_exact: Allow = "post"
    quoted_short: Allow = "hold"
    quoted_over: Allow = "post"
    one_invoice_amount: Allow = "hold"
    combination: Allow = "hold"
    oldest_first: Allow = "off"
    on_account: Allow = "hold"
    several_customers: Allow = "hold"
    tolerance: Decimal = Field(default=Decimal(0), ge=0)
    tolerance_percent: Decimal = Field(default=Decimal(0), ge=0, lt=100)
    discount: Discount | None = None


class InvoiceNumbers(Part):
    """How our invoice numbers look in free text, where that must be said.

    `digits` are their lengths (default: those of the open invoices).  With
    `prefixes`, one of them must stand before a number or before its list.
    """

    digits: tuple[int, ...] = ()
    prefixes: Names = ()
    po: bool = True
    repair: bool = True


class NotPolicy(ValueError):
    """A text is no policy of a customer; says why."""


def overridden(policy: Policy, text: str) -> Policy:
    """Return the policy as a customer's own cell changes it.

    Raises `NotPolicy` with a sentence.
    """
    values: dict[str, Any] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        key, sign, value = map(str.strip, part.partition("="))
        if not sign or key not in Policy.model_fields:
            known = ", ".join(Policy.model_fields)
            raise NotPolicy(
                f'"{part}" is no policy; write key=value, with one of {known}'
            )
        values[key] = _terms(value) if key == "discount" else value
    try:
        return Policy.model_validate({**policy.model_dump(), **values})
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise NotPolicy(f"{key}: {error.errors()[0]['msg']}") from None


def _terms(text: str) -> dict[str, str] | None:
    """Read `2/10/3`: 2 percent within 10 days, and 3 days of grace."""
    if text in ("", "none"):
        return None
    return dict(zip(("percent", "days", "grace"), text.split("/"), strict=False))
