"""The file itself lists the invoices: hold each line against what is open."""

from decimal import Decimal

from importer.model import (
    ZERO,
    AdviceLine,
    Application,
    Customer,
    Hold,
    Invoice,
    Pay,
    Reason,
    Share,
)
from importer.resolve import amounts, quoted
from importer.resolve.case import Case
from importer.resolve.payers import payer

Line = tuple[AdviceLine, Invoice]


def decide(case: Case) -> Pay | Hold:
    """Pay the lines as listed, or hold with the line that does not fit."""
    lines = case.remittance.advice
    found = [(line, case.invoice(_number(line.invoice))) for line in lines]
    known = [(line, one) for line, one in found if one is not None]
    decided = payer(case, [one for _, one in known])
    if not isinstance(decided, tuple):
        return decided
    case, customer = decided
    if missing := [line.invoice for line, one in found if one is None]:
        owed = tuple(one for _, one in known)
        return quoted.not_open(case, customer, tuple(missing), owed)
    return settle(case, customer, known)


def _number(text: str) -> str:
    """Take a number as a list writes it, without the `.0` of a spreadsheet."""
    return text.strip().removesuffix(".0")


def settle(case: Case, customer: Customer, lines: list[Line]) -> Pay | Hold:
    """Pay lines of open invoices of the customer, or hold with what does not fit."""
    if hold := quoted.obstacle(case, customer, tuple(one for _, one in lines)):
        return hold
    said = case.remittance
    share = _share(customer, lines, said.amount)
    paid = sum((line.paid for line, _ in lines), ZERO)
    if any(line.paid < ZERO for line, _ in lines):
        sentence = "a line takes money back (a credit), which the ERP cannot apply"
        return case.hold(Reason.CREDIT, sentence)
    if paid > said.amount:
        sentence = f"the lines come to {paid}, but {said.amount} was paid"
        return case.hold(Reason.SUM, sentence)
    if hold := _line_too_large(case, lines) or _discount(case, lines, share):
        return hold
    owed = tuple(one for _, one in lines)
    exact = paid == said.amount and not _missing(lines)
    if hold := quoted.doubt(case, customer, owed, share, exact=exact):
        return hold
    sentence = " + ".join(str(line.paid) for line, _ in lines) + f" = {paid}"
    case = case.noting(f"{len(lines)} invoices are listed with amounts: {sentence}")
    policy = case.policy
    if paid < said.amount and policy.quoted_over != "post":
        sentence = f"{said.amount - paid} was paid above the lines of the list"
        return case.hold(Reason.OVER, sentence, share)
    missing = _missing(lines)
    whole = sum((one.open for _, one in lines), ZERO)
    if missing > amounts.tolerated(whole, policy) and policy.quoted_short != "post":
        sentence = f"{missing} would stay open on the listed invoices"
        return case.hold(Reason.SHORT, sentence, share)
    if policy.quoted_exact != "post":
        return case.hold(
            Reason.SUM,
            "each line can be paid, and the policy quoted_exact holds them",
            share,
        )
    return case.pay(share)


def _share(customer: Customer, lines: list[Line], amount: Decimal) -> Share:
    parts = tuple(
        Application(one.number, line.paid, line.discount) for line, one in lines
    )
    rest = amount - sum((one.amount for one in parts), ZERO)
    return Share(customer.id, parts, max(rest, ZERO))


def _missing(lines: list[Line]) -> Decimal:
    return sum((one.open - line.paid - line.discount for line, one in lines), ZERO)


def _line_too_large(case: Case, lines: list[Line]) -> Hold | None:
    for line, one in lines:
        if line.paid + line.discount > one.open:
            sentence = (
                f"the list pays {line.paid} and takes {line.discount} off on "
                f"{one.number}, of which {one.open} is open"
            )
            return case.hold(Reason.SUM, sentence)
    numbers = [one.number for _, one in lines]
    if len(set(numbers)) < len(numbers):
        return case.hold(Reason.SUM, "the list names an invoice twice")
    return None


def _discount(case: Case, lines: list[Line], share: Share) -> Hold | None:
    """Allow a discount within the terms or the tolerance; hold any other."""
    policy, day = case.policy, case.remittance.value_date
    for line, one in lines:
        allowed = amounts.tolerated(one.open, policy)
        if case.match and case.match.rule.deduction:
            allowed = max(allowed, case.match.rule.deduction)
        if policy.discount:
            terms = amounts.discount_on(one, policy.discount, day)
            allowed = max(allowed, terms)
        if line.discount > allowed:
            sentence = (
                f"a discount of {line.discount} was taken on {one.number}; "
                f"{allowed} is allowed"
            )
            return case.hold(Reason.DISCOUNT, sentence, share)
        if line.discount < ZERO:
            return case.hold(Reason.DISCOUNT, "a discount is negative")
    return None
