"""No invoice is quoted: by amount, in order of age, or on account, by the policy."""

from decimal import Decimal

from importer.mapping.policy import Allow
from importer.model import Customer, Hold, Invoice, Pay, Reason, Share
from importer.resolve import amounts, quoted
from importer.resolve.case import Case, called, in_full
from importer.resolve.combinations import combinations


def decide(
    case: Case, customer: Customer, unknown: tuple[str, ...], others: tuple[str, ...]
) -> Pay | Hold:
    """Try the steps that the policy allows; the first that must be held is held.

    `unknown` are numbers called invoices that are not open, `others` open invoices
    of other customers: with either, nothing is decided by amount.
    """
    if unknown:
        return quoted.not_open(case, customer, unknown, ())
    if others:
        sentence = f"{', '.join(others)} is quoted, but is not of {called(customer)}"
        return case.hold(Reason.OTHER_CUSTOMER, sentence)
    day = case.remittance.value_date
    owed = tuple(
        one
        for one in case.open_of(customer)
        if one.open > 0 and not (one.issued and one.issued > day)
    )
    policy = case.policy
    steps = (
        (policy.one_invoice_amount, _one_amount),
        (policy.combination, _combination),
        (policy.oldest_first, _oldest),
        (policy.on_account, _on_account),
    )
    for allow, step in steps:
        if allow != "off" and (decided := step(case, customer, owed, allow)):
            return decided
    sentence = f"{called(customer)} is known, but no invoice is quoted"
    return case.hold(Reason.NO_INVOICE, sentence)


def _one_amount(
    case: Case, customer: Customer, owed: tuple[Invoice, ...], allow: Allow
) -> Pay | Hold | None:
    amount = case.remittance.amount
    same = [one for one in owed if one.open == amount]
    if not same:
        return None
    if len(same) > 1:
        named = ", ".join(one.number for one in same)
        sentence = f"{len(same)} open invoices have this amount: {named}"
        return case.hold(Reason.ONE_AMOUNT, sentence)
    (one,) = same
    found = f"{one.number} is the only open invoice of {called(customer)} with {amount}"
    share = in_full(customer.id, (one,))
    if allow == "post":
        return case.noting(found).pay(share)
    return case.hold(Reason.ONE_AMOUNT, f"no invoice is quoted; {found}", share)


def _combination(
    case: Case, customer: Customer, owed: tuple[Invoice, ...], allow: Allow
) -> Pay | Hold | None:
    sets = combinations(case.remittance.amount, owed)
    if sets.count == 0 or len(sets.only) == 1:
        return None
    chance = f"by chance {_rounded(sets.expected)} would"
    if not sets.only:
        many = (
            "more sets than can be counted"
            if sets.count is None
            else (f"{sets.count}{' or more' if sets.or_more else ''} sets")
        )
        sentence = f"no invoice is quoted; {many} of open invoices add up, {chance}"
        return case.hold(Reason.COMBINATION, sentence)
    named = " + ".join(one.number for one in sets.only)
    found = f"{named} is the only set of open invoices that adds up; {chance}"
    share = in_full(customer.id, sets.only)
    if allow == "post" and sets.is_evidence:
        return case.noting(found).pay(share)
    return case.hold(Reason.COMBINATION, f"no invoice is quoted; {found}", share)


def _rounded(expected: Decimal) -> str:
    """Write an expected number as people do: 0.0004, 0.21, 12."""
    if expected >= 1:
        return f"{expected:.0f}"
    return f"{expected:.1g}" if expected >= Decimal("0.0001") else "less than 0.0001"


def _oldest(
    case: Case, customer: Customer, owed: tuple[Invoice, ...], allow: Allow
) -> Pay | Hold | None:
    if not owed:
        return None
    applications, rest = amounts.filled(case.remittance.amount, owed)
    share = Share(customer.id, applications, rest)
    if allow == "post":
        return case.noting("the oldest invoices are paid first").pay(share)
    sentence = "no invoice is quoted; the oldest would be paid first"
    return case.hold(Reason.NO_INVOICE, sentence, share)


def _on_account(
    case: Case,
    customer: Customer,
    owed: tuple[Invoice, ...],  # noqa: ARG001 -- all steps take the same
    allow: Allow,
) -> Pay | Hold | None:
    share = Share(customer.id, (), case.remittance.amount)
    if allow == "post":
        return case.noting(f"kept on account of {called(customer)}").pay(share)
    sentence = (
        f"{called(customer)} is known, but no invoice is quoted and no amount fits"
    )
    return case.hold(Reason.ON_ACCOUNT, sentence, share)
