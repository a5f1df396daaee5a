"""What is open is reckoned from totals and payments, and says when it cannot."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from importer.erp.komet_messages import ListedInvoice, ListedPayment
from importer.erp.komet_open import reckoned
from importer.errors import StoppedEarly
from importer.model import Invoice


def invoice(number: int, **more: object) -> ListedInvoice:
    given = {"number": number, "customerId": "4107", "shipDate": "2026-02-05", **more}
    return ListedInvoice.model_validate(given)


def payment(total: str, *parts: tuple[int, str, str | None]) -> ListedPayment:
    return ListedPayment.model_validate(
        {
            "controlNumber": "1",
            "paymentTotal": total,
            "invoices": [
                {"number": number, "payment": paid, "amount": amount}
                for number, paid, amount in parts
            ],
        }
    )


def opened(
    invoices: Sequence[ListedInvoice], *payments: ListedPayment
) -> dict[str, Invoice]:
    return {one.number: one for one in reckoned(invoices, payments, {201: "MIA"})}


def test_payments_and_their_reversals_are_taken_off() -> None:
    found = opened(
        [invoice(1, total="100.00"), invoice(2, total=50), invoice(3, total="10.00")],
        payment("70.00", (1, "30.00", None), (2, "50.00", None)),
        payment("-10.00", (2, "-10.00", None)),
        payment("99.00", (9, "99.00", None)),
    )
    assert {number: one.open for number, one in found.items()} == {
        "1": Decimal("70.00"),
        "2": Decimal("10.00"),
        "3": Decimal("10.00"),
    }


def test_what_is_paid_in_full_is_not_open() -> None:
    assert opened([invoice(1, total="5.00")], payment("5", (1, "5.00", None))) == {}
    assert opened([invoice(1, total="5.00")], payment("6", (1, "6.00", None))) == {}


def test_without_a_total_the_order_total_of_a_payment_counts_else_the_parts() -> None:
    found = opened(
        [
            invoice(1, subtotal="100.00"),
            invoice(2, subtotal="100.00", additionalCharges="7.50", tax="1.00"),
        ],
        payment("1.00", (1, "1.00", "109.00")),
    )
    assert found["1"].open == Decimal("108.00")
    assert found["2"].open == Decimal("108.50")


def test_an_invoice_without_any_total_stops_instead_of_being_left_out() -> None:
    with pytest.raises(StoppedEarly, match="without a total"):
        opened([invoice(1, total="5.00"), invoice(2)])


def test_dates_location_and_po_number_come_along() -> None:
    more = {"dueDate": "2026-03-07T00:00:00", "locationId": "201"}
    (found,) = opened([invoice(1, total=5, customerPONumber="PO-7", **more)]).values()
    assert (str(found.issued), str(found.due)) == ("2026-02-05", "2026-03-07")
    assert (found.location, found.po_number, found.customer) == ("MIA", "PO-7", "4107")
