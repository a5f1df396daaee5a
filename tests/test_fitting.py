"""What is to be paid, cut as an ERP takes it: nothing lost, nothing marked twice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from importer.erp import WHOLE, Parts, Request, Unpayable, komet_payment
from importer.erp.crmcom_payment import parts as cut
from importer.fitting import fitted
from importer.identity import Key, is_marker, marker, markers_in, part_marker, suffixed
from importer.model import (
    ZERO,
    Application,
    Evidence,
    Hold,
    Invoice,
    Pay,
    Payment,
    Reason,
    Share,
    Skip,
)
from importer.notation import together
from importer.resolve.snapshot import Books

PARTS = Parts(cut, suffixed)
ID = marker(Key("A", date(2026, 3, 18), "5", "USD", ("x",)), 0)
amounts = st.decimals("0.01", "9999.99", places=2)


@st.composite
def pays(draw: st.DrawFn) -> Pay:
    """Draw payments of several customers for invoices that are all different."""
    counts = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    payments, number = [], 1000
    for customer, count in enumerate(counts):
        applications = []
        for _ in range(count):
            number += 1
            applications.append(Application(str(number), draw(amounts)))
        payments.append(_payment(customer, tuple(applications)))
    return Pay(tuple(payments), Evidence("a test"))


def _payment(customer: int, applications: tuple[Application, ...]) -> Payment:
    return Payment(
        marker=part_marker(ID, customer),
        customer=str(customer),
        customer_name="",
        currency="USD",
        value_date=date(2026, 3, 18),
        kind="wire",
        reference="R",
        notes="",
        applications=applications,
        unapplied=ZERO,
    )


def books(pay: Pay, *, less: Decimal = ZERO) -> Books:
    owed = [
        Invoice(one.invoice, payment.customer, one.amount + less)
        for payment in pay.payments
        for one in payment.applications
    ]
    return Books((), owed)


@given(pays())
def test_every_invoice_becomes_one_payment_with_a_marker_of_its_own(pay: Pay) -> None:
    found = fitted(ID, pay, books(pay), PARTS)
    assert isinstance(found, Pay)
    assert all(len(one.applications) == 1 for one in found.payments)
    assert together(found.payments) == together(pay.payments)
    markers = [one.marker for one in found.payments]
    assert markers[0] == ID
    assert len(set(markers)) == len(markers)
    assert all(map(is_marker, markers))
    assert markers_in(" ".join(markers)) == tuple(markers)
    assert found.evidence == pay.evidence


@given(pays())
def test_what_is_fitted_is_fitted_once_and_for_all(pay: Pay) -> None:
    once = fitted(ID, pay, books(pay), PARTS)
    assert fitted(ID, once, books(pay), PARTS) == once


@given(pays(), amounts)
def test_a_cent_more_that_is_open_holds_all_of_it(pay: Pay, less: Decimal) -> None:
    found = fitted(ID, pay, books(pay, less=less), PARTS)
    assert isinstance(found, Hold)
    assert found.reason is Reason.UNPAYABLE
    assert "(short)" in found.sentence
    assert found.suggestion == together(pay.payments)


@given(pays())
def test_an_erp_that_takes_all_of_it_gets_it_as_it_was_decided(pay: Pay) -> None:
    assert fitted(ID, pay, Books((), ()), WHOLE) is pay


def test_what_is_not_to_be_paid_is_left_alone() -> None:
    skip = Skip("a fee", Evidence())
    assert fitted(ID, skip, Books((), ()), PARTS) is skip


def test_only_an_erp_that_cuts_has_suffixes() -> None:
    assert WHOLE.mark is part_marker
    assert [PARTS.mark(ID, place) for place in range(3)] == [
        *(ID, f"{ID}-2"),
        f"{ID}-3",
    ]


def test_a_suffix_belongs_to_the_marker_and_nothing_else_does() -> None:
    second = suffixed(ID, 1)
    assert markers_in(f"REF {second} and {ID}") == (second, ID)
    assert markers_in(second.lower()) == (second,)
    for other in (f"{ID}-", f"{ID}-0", f"{ID}-A1", f"{ID}-12345", f"{ID}-2X"):
        assert markers_in(other) == (ID,), other
        assert not is_marker(other)
    assert not is_marker(f"{ID[:-1]}?-2")


def test_what_the_books_do_not_know_is_left_to_the_last_moment() -> None:
    share = Share("1", (Application("77", Decimal(5)),))
    assert cut(share, lambda _: None) == (share,)
    assert isinstance(cut(share, lambda _: Decimal(6)), Unpayable)


def test_what_is_longer_than_a_request_of_komet_becomes_several() -> None:
    """Ten digits for each number, the longest amounts, and all of it is paid."""
    applications = tuple(
        Application(
            str(9_000_000_000 + number), Decimal("99999.99"), Decimal("9999.99")
        )
        for number in range(1_201)
    )
    one = _payment(0, applications)
    one = replace(one, customer="1" * 20, notes="n" * 400, unapplied=Decimal("5.00"))
    pay = Pay((one,), Evidence("a test"))
    komet = Parts(komet_payment.parts)
    found = fitted(ID, pay, books(pay), komet)
    assert isinstance(found, Pay)
    assert [len(each.applications) for each in found.payments] == [500, 500, 201]
    assert [each.unapplied for each in found.payments] == [0, 0, 5]
    assert [each.marker for each in found.payments] == [
        part_marker(ID, place) for place in range(3)
    ]
    assert sum(each.total for each in found.payments) == one.total
    for each in found.payments:
        sent = komet_payment.prepared(each, {"wire": 12}, "MIA", 300)
        assert isinstance(sent, Request)
