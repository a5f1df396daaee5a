"""The payments that a person's decision comes to, checked against the books.

(1) They make the remittance, to the cent, in amounts that its currency has.
(2) Each invoice is open for the customer who gets it, and never over-applied.
(3) What is posted already stays as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from importer import money, notation
from importer.erp import Mark, Unpayable
from importer.journal.entry import Entry, Held, plan_of
from importer.model import (
    ZERO,
    Application,
    Customer,
    Payment,
    Posted,
    Remittance,
    Share,
)
from importer.review.sheet import Said
from importer.review.worktop import Worktop

ON_ACCOUNT = "on account"
NOTES_MOST = 200


class UnsoundError(ValueError):
    """A decision cannot be taken as it is written."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        """Say why, and what to write instead."""
        super().__init__(sentence)
        self.hint = hint


def payments(row: Said, entry: Entry, worktop: Worktop) -> tuple[Payment, ...]:
    """Return what is to be posted for a row; raises `UnsoundError`."""
    notice = entry.notice
    if not isinstance(notice, Remittance):
        raise UnsoundError(
            "a row that cannot be read has no amount to post",
            "enter it in the ERP, then write: posted and the number that it has there",
        )
    if notice.amount <= 0:
        raise UnsoundError(
            f"{notice.amount} is no money that came in and cannot be posted",
            "do in the ERP what its reason asks for, then skip this row",
        )
    shares = [_known(one, worktop) for one in _shares(row, entry, worktop)]
    _refuse_sums([share for _, share in shares], notice)
    shares = [(customer, cut) for customer, one in shares for cut in _cut(one, worktop)]
    kept = {
        _share(part.payment): part.payment
        for part in entry.parts
        if isinstance(part.outcome, Posted)
    }
    markers = _markers(entry, {one.marker for one in kept.values()}, worktop.mark)
    made = tuple(
        kept.pop(share)
        if share in kept
        else _payment(_checked(share, worktop), customer, entry, next(markers), worktop)
        for customer, share in shares
    )
    if kept:
        stays = notation.write(tuple(kept))
        raise UnsoundError("a part of it is posted already", f"keep this part: {stays}")
    return made


def _share(payment: Payment) -> Share:
    return Share(payment.customer, payment.applications, payment.unapplied)


def _shares(row: Said, entry: Entry, worktop: Worktop) -> tuple[Share, ...]:
    """Take what the clerk wrote, and the suggestion for what they left out."""
    written, named = row["set_invoices"], row["set_customer"]
    suggested = _suggested(entry)
    shares = _written(written, entry) if written else suggested
    if not shares:
        raise UnsoundError(
            "there is no suggestion to post",
            "fill set_customer and set_invoices, for example 10233=500.00",
        )
    if len(shares) > 1:
        if named:
            raise UnsoundError(
                "set_customer names one customer and the invoices are of several",
                "write the customers into set_invoices only",
            )
        return shares
    (share,) = shares
    if not (written and share.customer):
        _refuse_unclear(named, worktop)
    if named and not written and _is_other(named, share.customer, worktop):
        raise UnsoundError(
            "set_customer is filled, but set_invoices is empty",
            "write the invoices, or: on account",
        )
    if named and share.customer and _is_other(named, share.customer, worktop):
        raise UnsoundError(
            f'set_customer is "{named}", but set_invoices says "{share.customer}"'
        )
    fallback = suggested[0].customer if len(suggested) == 1 else ""
    return (replace(share, customer=named or share.customer or fallback),)


def _refuse_unclear(named: str, worktop: Worktop) -> None:
    if not worktop.is_clear(named):
        raise UnsoundError(
            f"of set_customer {named} a spreadsheet may have dropped zeros in front, "
            "and there are several such customers",
            f"name the customer in set_invoices, for example {named}: 10233=500.00",
        )


def _suggested(entry: Entry) -> tuple[Share, ...]:
    if isinstance(entry.state, Held):
        return entry.state.hold.suggestion
    return tuple(_share(part.payment) for part in entry.parts)


def _written(text: str, entry: Entry) -> tuple[Share, ...]:
    assert isinstance(entry.notice, Remittance), "only these can be paid"
    if text.casefold() == ON_ACCOUNT:
        return (Share("", (), entry.notice.amount),)
    try:
        return notation.read(text)
    except notation.NotShares as error:
        raise UnsoundError(f"set_invoices: {error}") from None


def _is_other(named: str, customer: str, worktop: Worktop) -> bool:
    """Say whether two ways to name a customer do not name the same one."""
    first, second = worktop.customer(named), worktop.customer(customer)
    return first is None or second is None or first.id != second.id


def _known(share: Share, worktop: Worktop) -> tuple[Customer, Share]:
    """Name customer and invoices as the books do."""
    if not share.customer:
        raise UnsoundError("no customer is named", "fill set_customer")
    customer = worktop.customer(share.customer)
    if customer is None:
        sentence = f'no customer has the id or code "{share.customer}"'
        hint = "importer sync refreshes the customers"
        raise UnsoundError(sentence, hint)
    applications = tuple(
        replace(one, invoice=invoice.number)
        if (invoice := worktop.invoice(one.invoice))
        else one
        for one in share.applications
    )
    return customer, replace(share, customer=customer.id, applications=applications)


def _refuse_sums(shares: Sequence[Share], notice: Remittance) -> None:
    """Refuse what does not make the remittance, to the cent."""
    customers = [share.customer for share in shares]
    for one in customers:
        if customers.count(one) > 1:
            raise UnsoundError(f"customer {one} stands twice", "write it once")
    amounts = [share.unapplied for share in shares] + [
        amount
        for share in shares
        for one in share.applications
        for amount in (one.amount, one.discount)
    ]
    for amount in amounts:
        if not money.fits(amount, notice.currency):
            raise UnsoundError(f"{notice.currency} has no amount of {amount}")
    whole = sum((share.unapplied for share in shares), ZERO)
    whole += sum((one.amount for share in shares for one in share.applications), ZERO)
    if whole != notice.amount:
        rest = notice.amount - whole
        raise UnsoundError(
            f"the invoices come to {whole}, the remittance is {notice.amount}",
            f"write the rest as: unapplied {rest}" if rest > 0 else "",
        )


def _checked(share: Share, worktop: Worktop) -> Share:
    """Check a customer's invoices, and take them off what is left."""
    numbers = [one.invoice for one in share.applications]
    for one in share.applications:
        if numbers.count(one.invoice) > 1:
            raise UnsoundError(f"invoice {one.invoice} stands twice")
        _check_invoice(one, share.customer, worktop)
    for one in share.applications:
        worktop.use(one)
    return share


def _check_invoice(one: Application, customer: str, worktop: Worktop) -> None:
    invoice = worktop.invoice(one.invoice)
    if invoice is None:
        hint = "importer sync refreshes the open invoices"
        raise UnsoundError(f"invoice {one.invoice} is not open", hint)
    if invoice.customer != customer:
        raise UnsoundError(f"invoice {one.invoice} is of customer {invoice.customer}")
    left, wanted = worktop.left(invoice), one.amount + one.discount
    is_credit = invoice.open < 0
    if one.amount == 0 or (one.amount < 0) != is_credit:
        kind = "a credit" if is_credit else "an invoice"
        raise UnsoundError(f"{one.amount} cannot be put on {kind}: {one.invoice}")
    if (wanted < left) if is_credit else (wanted > left):
        rows = f": rows above take the rest of {invoice.open}"
        raise UnsoundError(
            f"{wanted} is more than is open on {one.invoice}, which is {left}"
            f"{rows if left != invoice.open else ''}"
        )


def _cut(share: Share, worktop: Worktop) -> tuple[Share, ...]:
    """Cut a share as the ERP takes it; raises `UnsoundError` where it does not."""
    cut = worktop.parts(share)
    if isinstance(cut, Unpayable):
        for one in share.applications:
            _check_invoice(one, share.customer, worktop)
        raise UnsoundError(cut.sentence)
    return cut


def _markers(entry: Entry, taken: set[str], mark: Mark) -> Iterator[str]:
    """Yield the markers of the remittance's payments that no posted part has."""
    every = (mark(entry.id, place) for place in count())
    return (one for one in every if one not in taken)


def _payment(
    share: Share, customer: Customer, entry: Entry, marker: str, worktop: Worktop
) -> Payment:
    notice = entry.notice
    assert isinstance(notice, Remittance), "only these can be paid"
    plan = plan_of(entry.state)
    # What a rule said of kind and reference holds whoever decides the invoices.
    before = plan.parts[0].payment if plan and plan.parts else None
    invoices = (worktop.invoice(one.invoice) for one in share.applications)
    places = {one.location for one in invoices if one and one.location}
    return Payment(
        marker=marker,
        customer=customer.id,
        customer_name=customer.name,
        currency=notice.currency,
        value_date=notice.value_date,
        kind=before.kind if before else notice.kind,
        reference=before.reference if before else notice.reference,
        notes=" ".join(f"{notice.remitter} {notice.text}".split())[:NOTES_MOST],
        applications=share.applications,
        unapplied=share.unapplied,
        location=notice.location or (places.pop() if len(places) == 1 else ""),
    )
