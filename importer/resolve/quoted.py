"""The invoices are known: hold the amount against them, as the policy allows."""

from importer.mapping.schema import Allow
from importer.model import ZERO, Customer, Hold, Invoice, Pay, Reason, Share
from importer.resolve import amounts
from importer.resolve.case import Case, in_full


def decide(
    case: Case,
    customer: Customer,
    owed: tuple[Invoice, ...],
    unknown: tuple[str, ...] = (),
) -> Pay | Hold:
    """Pay these open invoices of the customer, or hold with what does not fit.

    `unknown` are numbers that the text calls invoices as well, and that are not
    open: what is short or over may be theirs, so that only an exact sum is paid.
    """
    if hold := obstacle(case, customer, owed):
        return hold
    said, policy = case.remittance, case.mapping.policy
    match amounts.fit(said.amount, owed, policy, said.value_date):
        case amounts.Exact(applications, unapplied, found):
            share = Share(customer.id, applications, unapplied)
            sentence = f"the amount is exactly what is open: {found}"
            return _allowed(
                case.noting(found), policy.quoted_exact, Reason.SUM, sentence, share
            )
        case _ if unknown:
            return not_open(case, customer, unknown, owed)
        case amounts.Short(applications, missing):
            share = Share(customer.id, applications)
            sentence = (
                f"{missing} are missing: {_listed(owed)} come to "
                f"{said.amount + missing}, paid were {said.amount}"
            )
            return _allowed(case, policy.quoted_short, Reason.SHORT, sentence, share)
        case amounts.Over(applications, rest):
            share = Share(customer.id, applications, rest)
            sentence = f"{rest} more was paid than is open on {_listed(owed)}"
            return _allowed(
                case.noting(f"{rest} stay unapplied"),
                policy.quoted_over,
                Reason.OVER,
                sentence,
                share,
            )


def _allowed(
    case: Case, allow: Allow, reason: Reason, sentence: str, share: Share
) -> Pay | Hold:
    if allow == "post":
        return case.pay(share)
    return case.hold(reason, sentence, share)


def obstacle(case: Case, customer: Customer, owed: tuple[Invoice, ...]) -> Hold | None:
    """Return what forbids paying these invoices whatever the amount is."""
    others = [one for one in owed if one.customer != customer.id]
    if others:
        named = ", ".join(f"{one.number} of customer {one.customer}" for one in others)
        sentence = f"not all are invoices of {customer.name}: {named}"
        return case.hold(Reason.OTHER_CUSTOMER, sentence)
    if paid := [one.number for one in owed if not one.open]:
        sentence = f"{', '.join(paid)} is paid already by an earlier row of this file"
        return case.hold(Reason.ALREADY_PAID, sentence)
    if memos := [one for one in owed if one.open < ZERO]:
        whole = sum((one.open for one in owed), ZERO)
        named = ", ".join(f"{one.number} {one.open}" for one in memos)
        sentence = (
            f"a credit is quoted ({named}), which the ERP cannot apply by itself; "
            f"with it {_listed(owed)} come to {whole}"
        )
        return case.hold(Reason.CREDIT, sentence)
    day = case.remittance.value_date
    if later := [one for one in owed if one.issued and one.issued > day]:
        named = ", ".join(f"{one.number} of {one.issued}" for one in later)
        sentence = f"the payment of {day} is older than the invoice: {named}"
        return case.hold(Reason.INVOICE_LATER, sentence, in_full(customer.id, owed))
    return None


def not_open(
    case: Case,
    customer: Customer,
    missing: tuple[str, ...],
    owed: tuple[Invoice, ...],
) -> Hold:
    """Hold for numbers that are not open, with what is left to suggest."""
    here = [number for number in missing if number in case.books.paid_here]
    theirs = tuple(one for one in owed if one.customer == customer.id)
    known = case.open_of(customer)
    sentence = f"invoice {', '.join(missing)} is not open for {customer.name}"
    if here:
        sentence += f"; {', '.join(here)} was paid by us since the last sync"
    same = [one for one in known if one.open == case.remittance.amount]
    if not theirs and len(same) == 1:
        sentence += f"; {same[0].number} is, with this amount"
        theirs = (same[0],)
    if not theirs:
        return case.hold(Reason.NOT_OPEN, sentence)
    applications, rest = amounts.filled(case.remittance.amount, theirs)
    return case.hold(Reason.NOT_OPEN, sentence, Share(customer.id, applications, rest))


def _listed(owed: tuple[Invoice, ...]) -> str:
    return ", ".join(one.number for one in owed)
