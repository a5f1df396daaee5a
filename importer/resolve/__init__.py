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
from functools import cached_property

from importer import money
from importer.mapping.schema import Mapping, Rule
from importer.model import (
    ZERO,
    AdviceLine,
    Application,
    Customer,
    Hold,
    Invoice,
    Pay,
    Reason,
    Remittance,
    Resolution,
    Skip,
)
from importer.resolve import advice, numbers, quoted, unquoted
from importer.resolve.case import Case, Limits
from importer.resolve.numbers import Numbers, Quoted
from importer.resolve.payers import payer, several
from importer.resolve.rules import RuleBook
from importer.resolve.snapshot import Books, bare

__all__ = ["Limits", "Run", "applied", "resolve"]


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
    yield from Run(mapping, books, limits, explain=explain).all(items)


class Run:
    """The remittances of a file, decided one after the other.

    `taken` is what those before put on each invoice.
    """

    def __init__(
        self, mapping: Mapping, books: Books, limits: Limits, *, explain: bool = False
    ) -> None:
        """Begin with nothing taken, or with what `taken` is given afterwards."""
        self._mapping, self._books, self._limits = mapping, books, limits
        self._explain = explain
        self.taken: dict[str, Decimal] = {}

    @cached_property
    def _rules(self) -> RuleBook:
        # Where all was decided ahead, nobody looks a rule up.
        return RuleBook(self._mapping)

    def all(self, items: Iterable[tuple[str, Remittance]]) -> Iterator[Resolution]:
        """Decide remittances in order, and take what they pay."""
        for key, remittance in items:
            resolution = self.decide(key, remittance)
            self.take(resolution)
            yield resolution

    def decide(self, key: str, remittance: Remittance) -> Resolution:
        """Decide one remittance by what the books and those before have left open."""
        match, tried = self._rules.first(remittance, explain=self._explain)
        return _decide(
            Case(
                id=key,
                remittance=remittance,
                mapping=self._mapping,
                books=self._books,
                limits=self._limits,
                taken=self.taken.get,
                match=match,
                rule=self._rules.where(match.rule) if match else "",
                tried=tried,
                policy=self._mapping.policy,
                found=match.found if match else (),
            )
        )

    def take(self, resolution: Resolution) -> None:
        """Take what a decision pays off what is open."""
        for one in applied(resolution):
            gone = self.taken.get(one.invoice, ZERO)
            self.taken[one.invoice] = gone + one.amount + one.discount


def applied(resolution: Resolution) -> list[Application]:
    """Return what a decision puts on invoices."""
    if not isinstance(resolution, Pay):
        return []
    return [part for one in resolution.payments for part in one.applications]


def _decide(case: Case) -> Resolution:
    said = case.remittance
    rule = case.match.rule if case.match else None
    if rule and rule.skip:
        return _skipped(case, rule)
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
    only = case.limits.currency
    if only and said.currency != only:
        sentence = f"the money is in {said.currency}, and the ERP is paid in {only}"
        return case.hold(Reason.CURRENCY, sentence)
    if said.advice:
        return advice.decide(case)
    return _by_text(case)


def _skipped(case: Case, rule: Rule) -> Skip | Hold:
    """Skip what a rule says is no customer money, unless a customer may have sent it.

    A rule that finds "wire fee" may mean the bank's; `INV 10233 LESS WIRE FEE` it
    does not.  Where it says `money = "in"`, it was written for such money.
    """
    said = case.remittance
    if said.amount <= ZERO or rule.money == "in":
        return Skip(rule.name, case.evidence())
    found, *_ = _quotes(case)
    would = f'rule "{rule.name}" would skip it, but'
    if sure := [one.invoice.number for one in found.quoted if one.sure]:
        return case.hold(Reason.RULE, f"{would} it quotes open {', '.join(sure)}")
    if seen := case.books.sightings(said.remitter, said.payer_account):
        return case.hold(Reason.RULE, f"{would} {seen[0][1]}")
    return Skip(rule.name, case.evidence())


def _by_text(case: Case) -> Resolution:
    """Take the invoices that the rule found, else those that the text quotes."""
    named = case.match.value("invoice") if case.match else ()
    if named:
        return _named(case, tuple(dict.fromkeys(named)))
    found, text, others = _quotes(case)
    rules = case.mapping.invoices
    quotes = found.quoted
    if rules.po and not any(one.sure for one in quotes):
        quotes = (*quotes, *_orders(case, text, others))
    decided = payer(case, [one.invoice for one in quotes if one.sure])
    if not isinstance(decided, tuple):
        return decided
    return _quoted(*decided, quotes, found)


def _quotes(case: Case) -> tuple[Numbers, str, tuple[str, ...]]:
    """Find what the text quotes; return it with that text, and the numbers not ours."""
    said = case.remittance
    text = said.text
    if said.remitter not in text:
        # Behind it, so that a place in the text is one that a person can count to.
        text = f"{text} | {said.remitter}"
    others = tuple(
        one for one in (said.reference, said.payer_account, said.bank_id) if one
    )
    rules = case.mapping.invoices
    lengths = frozenset(rules.digits) or case.books.lengths
    shelf = numbers.Shelf(case.invoice, lengths, case.ending, case.books.has_letters)
    return numbers.find(text, shelf, rules, others), text, others


def _quoted(
    case: Case, customer: Customer, quotes: tuple[Quoted, ...], found: Numbers
) -> Resolution:
    """Take what the text quotes of the customer, as far as that is sure."""
    theirs = tuple(one for one in quotes if one.invoice.customer == customer.id)
    elsewhere = [
        one for one in quotes if one.invoice.customer != customer.id and one.sure
    ]
    sure = tuple(one for one in theirs if one.sure)
    guessed = tuple(one.invoice.number for one in theirs if not one.sure)
    unknown = (*found.unknown, *found.alike)
    amount = case.remittance.amount
    if guessed and sum(one.invoice.open for one in theirs) == amount:
        sure, unknown = theirs, ()
    else:
        unknown = (*unknown, *guessed)
    case = case.noting(*(one.found for one in sure))
    owed = tuple(one.invoice for one in sure)
    if elsewhere and owed and sum(one.open for one in owed) != amount:
        # What is over may be for the others, and is then not this customer's money.
        return several(case, (*owed, *(one.invoice for one in elsewhere)))
    if stated := _stated(sure, amount):
        return advice.settle(case, customer, stated)
    if owed:
        return quoted.decide(case, customer, owed, unknown)
    others = tuple(one.invoice.number for one in elsewhere)
    return unquoted.decide(case, customer, unknown, others)


def _stated(
    quotes: tuple[Quoted, ...], amount: Decimal
) -> list[tuple[AdviceLine, Invoice]]:
    """Return what the text states for each number, if that makes the amount."""
    paid = [one.paid for one in quotes if one.paid is not None]
    less = sum((one.less for one in quotes), ZERO)
    if len(paid) < len(quotes) or not paid or sum(paid) - less != amount:
        return []
    return [
        (AdviceLine(one.invoice.number, one.paid - one.less, one.less, 0), one.invoice)
        for one in quotes
        if one.paid is not None
    ]


def _orders(case: Case, text: str, others: tuple[str, ...]) -> Iterator[Quoted]:
    """Find customers' own order numbers; all open invoices of an order count."""
    for word in dict.fromkeys(text.replace(",", " ").split()):
        if not any(map(str.isdigit, word)) or len(bare(word)) < numbers.BARE_LEAST:
            continue
        if bare(word) in map(bare, others):
            continue
        for one in case.books.ordered(word):
            how = f'purchase order "{word}" is of invoice {one.number}'
            yield Quoted(case.left(one), how, sure=False)


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
    if case.match and (paid := case.match.value("paid")):
        return _with_amounts(known, customer, owed, paid)
    return quoted.decide(known, customer, tuple(owed))


def _with_amounts(
    case: Case, customer: Customer, owed: list[Invoice], paid: tuple[str, ...]
) -> Resolution:
    """Take the amounts that the rule found beside each invoice."""
    off = case.match.value("discount") if case.match else ()
    off = off or ("0",) * len(owed)
    marks = case.mapping.read.amount
    decimal, thousands = (marks.decimal, marks.thousands) if marks else (".", ",")
    try:
        amounts = [money.read(text, decimal, thousands) for text in paid]
        discounts = [money.read(text, decimal, thousands) for text in off]
    except money.NotMoney as error:
        return case.hold(Reason.RULE, f"the rule finds an amount that is none: {error}")
    if not len(owed) == len(amounts) == len(discounts):
        sentence = (
            f"the rule finds {len(owed)} invoices, {len(amounts)} amounts "
            f"and {len(discounts)} discounts"
        )
        return case.hold(Reason.RULE, sentence)
    lines = [
        (AdviceLine(one.number, amount, discount, 0), one)
        for one, amount, discount in zip(owed, amounts, discounts, strict=True)
    ]
    return advice.settle(case, customer, lines)
