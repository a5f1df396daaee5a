"""What is sent is exactly what the documents allow, and adds up."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.erp import Request, Unpayable, exact_json
from importer.erp.komet_payment import prepared
from importer.model import ZERO, Application, Payment

MARKER = "BK0123456789ABCDEFG"
METHODS = {"default": 12, "wire": 14}


def payment(**changes: object) -> Payment:
    values: dict[str, object] = {
        "marker": MARKER,
        "customer": "4107",
        "customer_name": "Orchid House LLC",
        "currency": "USD",
        "value_date": date(2024, 3, 18),
        "kind": "",
        "reference": "CHK 4566",
        "notes": "ACH ORCHID HOUSE LLC",
        "applications": (
            Application("50211", Decimal("1000.00"), Decimal(20)),
            Application("50230", Decimal("500.5")),
        ),
        "unapplied": Decimal("40.00"),
        **changes,
    }
    return Payment(**values)  # type: ignore[arg-type] # each test names a field of it


def sent(one: Payment, location: str = "", overhead: int = 100) -> dict[str, object]:
    found = prepared(one, METHODS, location, overhead)
    assert isinstance(found, Request), found
    body = exact_json.read(found.body)
    assert isinstance(body, dict)
    return body


def refused(one: Payment, location: str = "") -> str:
    found = prepared(one, METHODS, location, 100)
    assert isinstance(found, Unpayable), found
    return found.sentence


def test_the_body_is_written_to_the_letter() -> None:
    found = prepared(payment(), METHODS, "MIA", 100)
    assert isinstance(found, Request)
    assert found.body == (
        b'{"customerId":4107,"locationCode":"MIA","methodId":12,"date":"2024-03-18",'
        b'"totalPayment":1540.50,"referenceNumber":"CHK 4566 BK0123456789ABCDEFG",'
        b'"notes":"ACH ORCHID HOUSE LLC","invoices":['
        b'{"invoiceNumber":50211,"amount":1000.00,"discount":20.00},'
        b'{"invoiceNumber":50230,"amount":500.50,"discount":0.00}]}'
    )
    assert found.reference == "CHK 4566 BK0123456789ABCDEFG"
    assert found == prepared(payment(), METHODS, "MIA", 100)


def test_a_payment_may_have_no_invoices() -> None:
    body = sent(payment(applications=(), unapplied=Decimal("5.00")))
    assert body["invoices"] == []
    assert body["totalPayment"] == Decimal("5.00")


def test_location_and_kind_of_the_payment_win_over_the_settings() -> None:
    body = sent(payment(location="LAX", kind="Wire"), "MIA")
    assert body["locationCode"] == "LAX"
    assert body["methodId"] == 14
    assert "locationCode" not in sent(payment())


def test_a_kind_that_is_not_set_is_no_guess_of_ours() -> None:
    assert '"ach"' in refused(payment(kind="ach"))
    assert isinstance(prepared(payment(), {}, "", 0), Unpayable)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("customer", text) for text in ("", "ORCH", "0", "007", "4107.0")),
        *(("customer", text) for text in ("-1", "1" * 21, "4107 ", "\uff19")),
        ("location", "L" * 21),
        ("unapplied", Decimal("0.001")),
        ("unapplied", Decimal("-2000.00")),
        ("unapplied", Decimal("-0.01")),
        ("unapplied", Decimal("100000000.00")),
    ],
)
def test_a_field_that_the_documents_do_not_allow_is_refused(
    field: str, value: object
) -> None:
    assert refused(payment(**{field: value}))


@pytest.mark.parametrize(
    "application",
    [
        *(
            Application(n, Decimal(1))
            for n in ("", "INV-1", "0", "01", "1" * 11, "1.0")
        ),
        *(Application("1", Decimal(a)) for a in ("0", "-1.00", "0.001", "1E+8")),
        *(Application("1", Decimal(a)) for a in ("NaN", "Infinity")),
        *(Application("1", Decimal(1), Decimal(d)) for d in ("-0.01", "0.001")),
    ],
    ids=str,
)
def test_an_application_that_the_documents_do_not_allow_is_refused(
    application: Application,
) -> None:
    assert refused(payment(applications=(application,), unapplied=ZERO))


def test_a_sentence_names_the_value_and_what_is_wanted() -> None:
    sentence = refused(payment(customer="ORCH"))
    assert sentence == (
        'Komet wants a whole number of at most 20 digits as customerId, not "ORCH"'
    )


def test_an_invoice_stands_once_in_a_payment() -> None:
    twice = (Application("1", Decimal(1)), Application("1", Decimal(2)))
    assert "twice" in refused(payment(applications=twice))


def test_a_body_over_the_limit_is_refused_and_one_below_is_not() -> None:
    def many(number: int) -> Payment:
        return payment(
            applications=tuple(
                Application(str(1_000_000_000 + n), Decimal("1000.00"))
                for n in range(number)
            )
        )

    assert "64 KB" in refused(many(1200))
    assert len(json.dumps(str(sent(many(800))))) > 50_000


@example(reference="R" * 31, notes="N" * 201, marker=MARKER)
@example(reference="R" * 29 + " R", notes="a\r\n\x00b", marker=MARKER)
@given(
    st.text(max_size=80),
    st.text(max_size=300),
    st.sampled_from([MARKER, "BK" + "Z" * 17]),
)
def test_reference_and_notes_keep_their_lengths_and_the_marker_is_whole(
    reference: str, notes: str, marker: str
) -> None:
    body = sent(payment(reference=reference, notes=notes, marker=marker))
    stored = str(body["referenceNumber"])
    assert len(stored) <= 50
    assert stored.endswith(marker)
    assert stored == marker or stored.removesuffix(marker).endswith(" ")
    assert len(str(body["notes"])) <= 200
    assert not any(ord(c) < 32 for c in stored + str(body["notes"]))


MONEY = st.decimals("0.01", "99999.99", places=2)


@given(st.lists(st.tuples(MONEY, MONEY), max_size=9), MONEY)
def test_the_total_is_always_sent_and_adds_up_to_the_cent(
    parts: list[tuple[Decimal, Decimal]], unapplied: Decimal
) -> None:
    applications = tuple(
        Application(str(number), amount, discount)
        for number, (amount, discount) in enumerate(parts, start=1)
    )
    one = payment(applications=applications, unapplied=unapplied)
    body = sent(one)
    invoices = body["invoices"]
    assert isinstance(invoices, list)
    assert body["totalPayment"] == sum(i["amount"] for i in invoices) + unapplied
    assert [i["discount"] for i in invoices] == [discount for _, discount in parts]
