"""Decide whom a remittance comes from and which invoices it pays, or hold it.

    rules ─▶ customer ─▶ invoices ─▶ amounts ─▶ Pay | Hold | Skip

The steps are those of docs/mappings.md, "How a remittance is decided":

(1) The rules in order; the first whose patterns all match decides.  `skip` and
    `hold` end it; what the bank itself marks as no plain payment is held; money
    out that no rule decided is skipped.
(2) One customer for certain, or a hold (`payers`).
(3) The invoices: those the file lists (`advice`), else those the rule found, else
    those the text quotes (`numbers`), else by amount as far as the policy goes.
(4) Applications and the unapplied rest equal the remittance, to the cent.

Pure: the same remittances and the same books give the same decisions.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from importer.mapping.schema import Mapping
from importer.model import (
    ZERO,
    Invoice,
    Pay,
    Reason,
    Remittance,
    Resolution,
    Skip,
)
from importer.resolve import advice, numbers, quoted, unquoted
from importer.resolve.case import Case, Limits
from importer.resolve.payers import payer, several
from importer.resolve.rules import RuleBook
from importer.resolve.snapshot import Books, bare

__all__ = ["Limits", "resolve"]


def resolve(
    items: Iterable[tuple[str, Remittance]],
    mapping: Mapping,
    books: Books,
    limits: Limits,
    *,
    explain: bool = False,
) -> Iterator[Resolution]:
    """Decide remittances in order, each with its id (the marker of its payment).

    An invoice that an earlier one pays is no longer open for the next.  With
    `explain` the evidence tells each rule that was tried and why it failed.
    """
    rules = RuleBook(mapping)
    taken: dict[str, Decimal] = {}
    for key, remittance in items:
        match, tried = rules.first(remittance, explain=explain)
        case = Case(
            id=key,
            remittance=remittance,
            mapping=mapping,
            books=books,
            limits=limits,
            taken=taken,
            match=match,
            rule=rules.where(match.rule) if match else "",
            tried=tried,
            policy=mapping.policy,
            found=match.found if match else (),
        )
        resolution = _decide(case)
        if isinstance(resolution, Pay):
            for payment in resolution.payments:
                for one in payment.applications:
                    gone = taken.get(one.invoice, ZERO)
                    taken[one.invoice] = gone + one.amount + one.discount
        yield resolution


def _decide(case: Case) -> Resolution:
    said = case.remittance
    rule = case.match.rule if case.match else None
    if rule and rule.skip:
        return Skip(rule.name, case.evidence())
    if rule and rule.hold:
        return case.hold(Reason.RULE, rule.hold)
    if said.caution:
        return case.hold(Reason.CAUTION, said.caution)
    if said.amount < ZERO and rule is None:
        return Skip("money out that no rule decides", case.evidence())
    if said.amount < ZERO:
        return case.hold(Reason.RULE, "money out, for which a rule names a customer")
    if said.amount == ZERO:
        return Skip("an amount of zero", case.evidence())
    if said.advice:
        return advice.decide(case)
    return _by_text(case)


def _by_text(case: Case) -> Resolution:
    """Take the invoices that the rule found, else those that the text quotes."""
    named = case.match.value("invoice") if case.match else ()
    if named:
        return _named(case, tuple(dict.fromkeys(named)))
    said = case.remittance
    text = (
        f"{said.remitter} {said.text}" if said.remitter not in said.text else said.text
    )
    hidden = tuple(
        one for one in (said.reference, said.payer_account, said.bank_id) if one
    )
    rules = case.mapping.invoices
    lengths = frozenset(rules.digits) or case.books.lengths
    found = numbers.find(text, case.invoice, rules, hidden, lengths)
    owed = [one.invoice for one in found.quoted]
    how = [one.found for one in found.quoted]
    if rules.po and not owed:
        owed, how = _orders(case, text)
    decided = payer(case, owed)
    if not isinstance(decided, tuple):
        return decided
    known, customer = decided
    theirs = [one for one in owed if one.customer == customer.id]
    known = known.noting(
        *(said for one, said in zip(owed, how, strict=True) if one in theirs)
    )
    others = tuple(one for one in owed if one.customer != customer.id)
    unknown = (*found.unknown, *found.alike)
    if theirs and others and sum(one.open for one in theirs) != said.amount:
        # What is over may be for the others, and is then not this customer's money.
        return several(known, tuple(owed))
    if theirs:
        return quoted.decide(known, customer, tuple(theirs), unknown)
    return unquoted.decide(
        known, customer, unknown, tuple(one.number for one in others)
    )


def _orders(case: Case, text: str) -> tuple[list[Invoice], list[str]]:
    """Find customers' own order numbers, each of one open invoice."""
    owed, how = [], []
    for word in dict.fromkeys(text.replace(",", " ").split()):
        known = case.books.ordered(word) if any(map(str.isdigit, word)) else ()
        if len(known) == 1 and len(bare(word)) >= numbers.BARE_LEAST:
            owed.append(case.left(known[0]))
            how.append(f'purchase order "{word}" is of invoice {known[0].number}')
    return owed, how


def _named(case: Case, named: tuple[str, ...]) -> Resolution:
    """Take what the rule calls invoices; each of them must be open."""
    found = [(number, case.invoice(number)) for number in named]
    owed = [one for _, one in found if one is not None]
    decided = payer(case, owed)
    if not isinstance(decided, tuple):
        return decided
    known, customer = decided
    missing = tuple(number for number, one in found if one is None)
    if missing:
        return quoted.not_open(known, customer, missing, tuple(owed))
    return quoted.decide(known, customer, tuple(owed))
