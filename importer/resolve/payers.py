"""Whom does the money come from?  One customer for certain, or a person decides.

In this order: the deciding rule, a column of the file, the payer's account or
the remitter's alias, the owner of the quoted invoices.  A similar name is only
ever a suggestion.
"""

from collections.abc import Iterable

from importer.model import Customer, Hold, Invoice, Reason, Share
from importer.resolve import names
from importer.resolve.case import Case, in_full


def payer(case: Case, owed: Iterable[Invoice]) -> tuple[Case, Customer] | Hold:
    """Return the customer with the evidence for it, or hold."""
    stated = [*(case.match.value("customer") if case.match else ())]
    if not stated and case.remittance.customer:
        stated = [case.remittance.customer]
    if stated:
        return _stated(case, list(dict.fromkeys(stated)))
    said = case.remittance
    aliases = case.books.aliases(said.remitter, said.payer_account)
    if aliases:
        found = {one.customer: one for one in aliases}
        if len(found) > 1:
            lines = ", ".join(str(one.line) for one in aliases)
            sentence = (
                f"the payer has several customers in customers.csv: lines {lines}"
            )
            return case.hold(Reason.TWO_CUSTOMERS, sentence)
        ((text, alias),) = found.items()
        where = f'"{said.remitter}" is customer {text} by customers.csv:{alias.line}'
        return _known(case.noting(where), text)
    owners = {one.customer for one in owed}
    if len(owners) == 1:
        (owner,) = owners
        return _known(
            case.noting(f"the quoted invoices are all of customer {owner}"), owner
        )
    if owners:
        return _several(case, tuple(owed))
    return _nobody(case)


def _stated(case: Case, stated: list[str]) -> tuple[Case, Customer] | Hold:
    if len(stated) > 1:
        sentence = f"two customers are named: {', '.join(stated)}"
        return case.hold(Reason.TWO_CUSTOMERS, sentence)
    return _known(case.noting(f"customer {stated[0]} is named"), stated[0])


def _known(case: Case, text: str) -> tuple[Case, Customer] | Hold:
    customer = case.books.customer(text)
    if customer is None:
        sentence = f'the ERP has no single customer with the id or code "{text}"'
        return case.hold(Reason.NO_CUSTOMER, sentence)
    if not customer.active:
        sentence = f"customer {customer.id} {customer.name} is not active in the ERP"
        return case.hold(Reason.INACTIVE_CUSTOMER, sentence)
    return case, customer


def _several(case: Case, owed: tuple[Invoice, ...]) -> Hold:
    """Suggest a split when the quoted invoices of all owners make the amount."""
    by_owner: dict[str, list[Invoice]] = {}
    for one in owed:
        by_owner.setdefault(one.customer, []).append(one)
    whole = sum(one.open for one in owed)
    shares = (
        [in_full(owner, tuple(invoices)) for owner, invoices in by_owner.items()]
        if whole == case.remittance.amount
        else []
    )
    named = ", ".join(f"{one.number} of {one.customer}" for one in owed)
    sentence = f"the quoted invoices belong to different customers: {named}"
    return case.hold(Reason.TWO_CUSTOMERS, sentence, *shares)


def _nobody(case: Case) -> Hold:
    name = case.remittance.remitter or case.remittance.text
    near = names.similar(name, case.books.names)
    sentence = f'nobody is known as "{name}"'
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
