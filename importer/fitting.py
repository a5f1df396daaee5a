"""Fit what is to be paid to what single requests take, and a file to its limit.

    Pay of one payment for three invoices ─fitted─▶ Pay of three payments

Where the ERP cannot take it at all, it is held with the sentence that says why.
Pure: `parts` is the ERP's own rule, the books say what is open.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from importer.erp import WHOLE, Parts, Unpayable
from importer.journal.orders import Item
from importer.model import ZERO, Hold, Pay, Payment, Reason, Resolution, Share
from importer.notation import together
from importer.resolve import Limits
from importer.resolve.snapshot import Books


def left_in(books: Books) -> Callable[[str], Decimal | None]:
    """Return what tells how much of an invoice is open by the books."""

    def left(number: str) -> Decimal | None:
        found = books.invoice(number)
        return found.open if found else None

    return left


def fitted(id_: str, pay: Resolution, books: Books, parts: Parts) -> Resolution:
    """Cut the payments of a remittance as the ERP takes them, or hold all of it."""
    if parts is WHOLE or not isinstance(pay, Pay):
        return pay
    payments = []
    for one in pay.payments:
        share = Share(one.customer, one.applications, one.unapplied)
        cut = parts.cut(share, left_in(books))
        if isinstance(cut, Unpayable):
            suggestion = together(pay.payments)
            return Hold(Reason.UNPAYABLE, cut.sentence, pay.evidence, suggestion)
        payments += [one] if cut == (share,) else [_of(one, each) for each in cut]
    marked = (
        _marked(one, parts.mark(id_, place)) for place, one in enumerate(payments)
    )
    return Pay(tuple(marked), pay.evidence)


def _of(whole: Payment, share: Share) -> Payment:
    return replace(whole, applications=share.applications, unapplied=share.unapplied)


def _marked(payment: Payment, marker: str) -> Payment:
    return payment if payment.marker == marker else replace(payment, marker=marker)


def within(items: tuple[Item, ...], limits: Limits) -> tuple[Item, ...]:
    """Hold what a file would pay where all of it together is above the limit."""
    most = limits.per_file
    pays = [one.first for one in items if isinstance(one.first, Pay)]
    total = sum((one.total for pay in pays for one in pay.payments), ZERO)
    if most is None or total <= most:
        return items
    sentence = f"the file would pay {total}, above the limit of {most} for one file"
    return tuple(
        replace(one, first=_above(one.first, sentence))
        if isinstance(one.first, Pay)
        else one
        for one in items
    )


def _above(pay: Pay, sentence: str) -> Hold:
    return Hold(Reason.LIMIT, sentence, pay.evidence, together(pay.payments))
