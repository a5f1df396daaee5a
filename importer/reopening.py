"""Give invoices back what our payments took of them, to decide as if it were before.

Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from importer.journal.entry import Part
from importer.model import Invoice


def reopened(invoices: Iterable[Invoice], parts: Iterable[Part]) -> Iterator[Invoice]:
    """Yield the invoices with so much more open as these payments took of them.

    What is closed by now, and so is not among them, is there again.
    """
    back: dict[str, Invoice] = {}
    for part in parts:
        for one in part.payment.applications:
            gone = one.amount + one.discount
            known = back.get(one.invoice)
            owed = known.open + gone if known else gone
            back[one.invoice] = Invoice(one.invoice, part.payment.customer, owed)
    for invoice in invoices:
        known = back.pop(invoice.number, None)
        yield replace(invoice, open=invoice.open + known.open) if known else invoice
    yield from back.values()
