"""Fit what is to be paid to what single requests of the ERP take.

    Pay of one payment for three invoices ─fitted─▶ Pay of three payments

Where the ERP cannot take it at all, it is held with the sentence that says why.
Pure: `parts` is the ERP's own rule, the books say what is open.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from importer.erp import Parts, Unpayable, whole
from importer.identity import part_marker, suffixed
from importer.model import Hold, Pay, Reason, Share
from importer.notation import together
from importer.resolve.snapshot import Books

Mark = Callable[[str, int], str]


def mark_of(parts: Parts) -> Mark:
    """Return how the payments of one remittance are marked."""
    return part_marker if parts is whole else suffixed


def left_in(books: Books) -> Callable[[str], Decimal | None]:
    """Return what tells how much of an invoice is open by the books."""

    def left(number: str) -> Decimal | None:
        found = books.invoice(number)
        return found.open if found else None

    return left


def fitted(id_: str, pay: Pay, books: Books, parts: Parts) -> Pay | Hold:
    """Cut the payments of a remittance as the ERP takes them, or hold all of it."""
    if parts is whole:
        return pay
    payments = []
    for one in pay.payments:
        share = Share(one.customer, one.applications, one.unapplied)
        cut = parts(share, left_in(books))
        if isinstance(cut, Unpayable):
            suggestion = together(pay.payments)
            return Hold(Reason.UNPAYABLE, cut.sentence, pay.evidence, suggestion)
        payments += [
            replace(one, applications=each.applications, unapplied=each.unapplied)
            for each in cut
        ]
    marked = (
        replace(one, marker=suffixed(id_, place)) for place, one in enumerate(payments)
    )
    return Pay(tuple(marked), pay.evidence)
