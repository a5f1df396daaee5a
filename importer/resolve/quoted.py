"""The invoices are known: hold the amount against them, as the policy allows."""

from decimal import Decimal

from importer.mapping.policy import Allow
from importer.model import (
    ZERO,
    Application,
    Customer,
    Hold,
    Invoice,
    Pay,
    Reason,
    Share,
)
from importer.resolve import amounts, names
from importer.resolve.case import Case, called, in_full


def decide(
    case: Case,
    customer: Customer,
    owed: tuple[Invoice, ...],
    unknown: tuple[str, ...] = (),
) -> Pay | Hold:
    """Pay these open invoices of the customer, or hold with what does not fit.

    `unknown` are other numbers in the text that are, or may be, invoices: what is
    short or over may be theirs, so that only an exact sum is paid.
    """
    if hold := obstacle(case, customer, owed):
        return hold
    said = case.remittance
    fit = amounts.fit(said.amount, owed, case.policy, said.value_date)
    share = Share(customer.id, fit.applications, fit.rest)
    exact = isinstance(fit, amounts.Exact)
    if hold := doubt(case, customer, owed, share, exact=exact):
        return hold
    match fit:
        case amounts.Exact(found=found):
            sentence = f"{found} fits exactly, and the policy quoted_exact holds it"
            allow = case.policy.quoted_exact
            return _allowed(case.noting(found), allow, Reason.SUM, sentence, share)
        case _ if unknown:
            return not_open(case, customer, unknown, owed)
        case _ if meant := _meant_otherwise(case, customer, owed):
            return meant
        case amounts.Short(missing=missing):
            return _short(case, customer, owed, share, missing)
        case amounts.Over(rest=rest):
            sentence = f"{rest} more was paid than is open on {_listed(owed)}"
            case = case.noting(f"{rest} stay unapplied")
            allow = case.policy.quoted_over
            return _allowed(case, allow, Reason.OVER, sentence, share)


def _meant_otherwise(
    case: Case, customer: Customer, owed: tuple[Invoice, ...]
) -> Hold | None:
    """Hold where another invoice fits so well that a number may be mistyped.

    That is one with exactly what is over, or one that in the place of a quoted one
    makes exactly the amount.
    """
    amount, day = case.remittance.amount, case.remittance.value_date
    rest = amount - sum((one.open for one in owed), ZERO)
    others = [
        one
        for one in case.open_of(customer)
        if one.open > ZERO and one not in owed and not (one.issued and one.issued > day)
    ]
    fitting = [(*owed, one) for one in others if one.open == rest]
    fitting += [
        (*(kept for kept in owed if kept != instead), one)
        for one in others
        for instead in owed
        if one.open - instead.open == rest
    ]
    if not fitting:
        return None
    named = " or ".join(_listed(one) for one in fitting)
    sentence = f"quoted is {_listed(owed)}, but exactly the amount is {named}"
    share = [in_full(customer.id, fitting[0])] if len(fitting) == 1 else []
    return case.hold(Reason.SUM, sentence, *share)


def _short(
    case: Case,
    customer: Customer,
    owed: tuple[Invoice, ...],
    share: Share,
    missing: Decimal,
) -> Pay | Hold:
    """Accept what a rule names as a deduction; else do as the policy says."""
    sentence = (
        f"{missing} are missing: {_listed(owed)} come to "
        f"{case.remittance.amount + missing}, paid were {case.remittance.amount}"
    )
    rule = case.match.rule if case.match else None
    if rule and rule.deduction and missing <= rule.deduction:
        if len(owed) > 1:
            sentence += f'; rule "{rule.name}" accepts that, but on which invoice?'
            return case.hold(Reason.SHORT, sentence, share)
        (one,) = owed
        parts = (Application(one.number, case.remittance.amount, missing),)
        found = f'rule "{rule.name}" accepts {missing} as not paid on {one.number}'
        return case.noting(found).pay(Share(customer.id, parts))
    memos = [one for one in case.open_of(customer) if one.open == -missing]
    if memos:
        sentence += (
            f"; that is the open credit {_listed(tuple(memos))}, "
            "which the ERP cannot apply by itself"
        )
        return case.hold(Reason.CREDIT, sentence, share)
    return _allowed(case, case.policy.quoted_short, Reason.SHORT, sentence, share)


def _allowed(
    case: Case, allow: Allow, reason: Reason, sentence: str, share: Share
) -> Pay | Hold:
    if allow == "post":
        return case.pay(share)
    return case.hold(reason, sentence, share)


def doubt(
    case: Case,
    customer: Customer,
    owed: tuple[Invoice, ...],
    share: Share,
    *,
    exact: bool,
) -> Hold | None:
    """Hold where one number alone speaks for a customer, and nothing bears it out.

    It is borne out by the payer's name; else, if the sum is exact, by a second
    invoice, or by an amount that no other invoice has.  A number that is mistyped
    is often another customer's.
    """
    if not case.is_by_number:
        return None
    said = case.remittance
    wanted = names.canonical(customer.name)
    written = (names.canonical(text) for text in (said.remitter, said.text))
    if any(names.alike(one, wanted) >= names.SCORE_LEAST for one in written if one):
        return None
    if exact and (len(owed) > 1 or case.books.times_open(said.amount) == 1):
        return None
    numbers = ", ".join(one.number for one in owed)
    speaks = f"numbers {numbers} speak" if len(owed) > 1 else f"number {numbers} speaks"
    sentence = (
        f"only the {speaks} for "
        f'{called(customer)}; the payer is written "{said.remitter or said.text}"'
    )
    return case.hold(Reason.NUMBER_ALONE, sentence, share)


def obstacle(case: Case, customer: Customer, owed: tuple[Invoice, ...]) -> Hold | None:
    """Return what forbids paying these invoices whatever the amount is."""
    others = [one for one in owed if one.customer != customer.id]
    if others:
        named = ", ".join(f"{one.number} of customer {one.customer}" for one in others)
        sentence = f"not all are invoices of {called(customer)}: {named}"
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
    sentence = f"invoice {', '.join(missing)} is not open for {called(customer)}"
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
