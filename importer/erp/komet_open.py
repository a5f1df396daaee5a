"""What is open on Komet's invoices, reckoned because Komet has no call for it.

    open = the invoice's total - what payment.list says was put on it

The total is `total` of the invoice where Komet gives it, else the order total
that a payment on it states, else subtotal, additional charges and tax.

What this leaves out: discounts given with a payment, credits applied to an
invoice and payments before the window are not in the list.  So an invoice may
look more open than it is, never less; the exported list of open invoices
(`importer sync --from`) is exact where that matters.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from importer.erp.komet_messages import ListedInvoice, ListedPayment
from importer.errors import Fault, StoppedEarly
from importer.model import ZERO, Invoice


def reckoned(
    invoices: Iterable[ListedInvoice],
    payments: Iterable[ListedPayment],
    locations: Mapping[int, str],
) -> Iterator[Invoice]:
    """Yield the invoices on which money is open; `locations` maps ids to codes.

    Raises `errors.StoppedEarly` for an invoice whose total cannot be known.
    """
    paid: defaultdict[int, Decimal] = defaultdict(Decimal)
    totals: dict[int, Decimal] = {}
    for payment in payments:
        for part in payment.invoices or ():
            paid[part.number] += part.payment
            if part.amount is not None:
                totals[part.number] = part.amount
    for invoice in invoices:
        total = _total(invoice, totals)
        left = total - paid[invoice.number]
        if left > ZERO:
            yield Invoice(
                number=str(invoice.number),
                customer=str(invoice.customer_id),
                open=left,
                total=total,
                issued=invoice.ship_date,
                due=invoice.due_date,
                po_number=invoice.customer_po_number,
                location=locations.get(invoice.location_id or 0, ""),
            )


def _total(invoice: ListedInvoice, totals: Mapping[int, Decimal]) -> Decimal:
    if invoice.total is not None:
        return invoice.total
    if invoice.number in totals:
        return totals[invoice.number]
    if invoice.subtotal is None:
        raise StoppedEarly(
            Fault(
                "",
                f'the ERP lists invoice "{invoice.number}" without a total',
                hint="use an exported list of open invoices: importer sync --from FILE",
            )
        )
    return (
        invoice.subtotal + (invoice.additional_charges or ZERO) + (invoice.tax or ZERO)
    )
