"""Whom does the money come from?  One customer for certain, or a person decides.

In this order: the deciding rule, a column of the file, the payer's account or the
remitter's name as it is remembered or as the ERP writes it, the owner of the quoted
invoices.  A similar name is only ever a suggestion.
"""

from collections.abc import Iterable

from importer.model import Customer, Hold, Invoice, Pay, Reason, Share
from importer.resolve import quoted
from importer.resolve.case import Case, in_full

Payer = tuple[Case, Customer]


def payer(case: Case, owed: Iterable[Invoice]) -> Payer | Hold | Pay:
    """Return the customer with the evidence for it, or the end of the matter."""
    owed = tuple(owed)
    stated = [*(case.match.value("customer") if case.match else ())]
    if not stated and case.remittance.customer:
        stated = [case.remittance.customer]
    if stated:
        return _stated(case, list(dict.fromkeys(stated)))
    said = case.remittance
    owners = tuple(dict.fromkeys(one.customer for one in owed))
    if seen := case.books.sightings(said.remitter, said.payer_account):
        return _seen(case, seen, owners)
    if len(owners) == 1:
        sentence = f"the quoted invoices are all of customer {owners[0]}"
        return _known(case.by_number(sentence), owners[0])
    if owners:
        return several(case, owed)
    return _nobody(case)


def _stated(case: Case, stated: list[str]) -> Payer | Hold:
    if len(stated) > 1:
        sentence = f"two customers are named: {', '.join(stated)}"
        return case.hold(Reason.TWO_CUSTOMERS, sentence)
    return _known(case.noting(f"customer {stated[0]} is named"), stated[0])


def _seen(
    case: Case, seen: tuple[tuple[str, str], ...], owners: tuple[str, ...]
) -> Payer | Hold:
    """Take the one customer the payer is known as; of several the invoices' owner."""
    found: dict[str, str] = {}
    for text, where in seen:
        customer = case.books.customer(text)
        found.setdefault(customer.id if customer else text, where)
    if len(found) > 1 and len(owners) == 1 and owners[0] in found:
        sentence = f"of those called so, the quoted invoices are of {owners[0]}"
        return _known(case.noting(found[owners[0]], sentence), owners[0])
    if len(found) > 1:
        sentence = (
            f"the payer is known as several customers: {'; '.join(found.values())}"
        )
        return case.hold(Reason.TWO_CUSTOMERS, sentence)
    ((text, where),) = found.items()
    return _known(case.noting(where), text)


def _known(case: Case, text: str) -> Payer | Hold:
    customer = case.books.customer(text)
    if customer is None:
        sentence = f'the ERP has no single customer with the id or code "{text}"'
        return case.hold(Reason.NO_CUSTOMER, sentence)
    if not customer.active:
        sentence = f"customer {customer.id} {customer.name} is not active in the ERP"
        return case.hold(Reason.INACTIVE_CUSTOMER, sentence)
    return case.under(case.books.policy(customer, case.policy)), customer


def several(case: Case, owed: tuple[Invoice, ...]) -> Hold | Pay:
    """Split what pays exactly the quoted invoices of several customers."""
    by_owner: dict[str, list[Invoice]] = {}
    for one in owed:
        by_owner.setdefault(one.customer, []).append(one)
    fits = sum(one.open for one in owed) == case.remittance.amount
    shares = (
        [in_full(owner, tuple(invoices)) for owner, invoices in by_owner.items()]
        if fits
        else []
    )
    named = ", ".join(f"{one.number} of {one.customer}" for one in owed)
    sentence = f"the quoted invoices belong to different customers: {named}"
    if not fits or case.policy.several_customers != "post":
        return case.hold(Reason.TWO_CUSTOMERS, sentence, *shares)
    for owner, invoices in by_owner.items():
        known = _known(case, owner)
        if isinstance(known, Hold):
            return known
        if hold := quoted.obstacle(case, known[1], tuple(invoices)):
            return hold
    return case.noting(f"{sentence}; together they are exactly the amount").pay(*shares)


def _nobody(case: Case) -> Hold:
    name = case.remittance.remitter or case.remittance.text
    near = case.books.similar(name)
    sentence = f'nobody is known as "{name}"' if name else "the bank names nobody"
    if not near:
        return case.hold(Reason.NO_CUSTOMER, sentence)
    listed = ", ".join(
        f"{said} ({customer}, {score} of 100)" for customer, said, score in near
    )
    case = case.noting(f"similar names: {listed}")
    sentence += f"; similar: {listed}"
    if len(near) > 1:
        return case.hold(Reason.NO_CUSTOMER, sentence)
    share = Share(near[0][0], (), case.remittance.amount)
    return case.hold(Reason.NO_CUSTOMER, sentence, share)
