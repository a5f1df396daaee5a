"""The lists filter as documented and answer in the types of the published samples."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importer.sandbox import Sandbox

TOKEN = "TOK-sandbox-company-1"
SEED: dict[str, Any] = {
    "customers": [
        {"id": 1, "code": "A", "name": "Anemone Ltd"},
        {"id": 2, "code": "B", "name": "Begonia Ltd"},
        {"id": 3, "code": "C", "name": "Closed Ltd", "active": False},
    ],
    "locations": [{"id": 5, "code": "MIA", "name": "Miami"}],
    "methods": [{"id": 12, "name": "Check"}, {"id": 14, "name": "Wire"}],
    "invoices": [
        {
            "number": 100 + n,
            "customerId": 1 + n % 2,
            "date": f"2026-03-{n + 1:02}",
            "total": "50.10",
            "po": f"PO{n}",
            "location": "MIA",
        }
        for n in range(20)
    ],
}


def ask(sandbox: Sandbox, method: str, **query: object) -> Any:
    asked = urllib.parse.urlencode({"authenticationToken": TOKEN, **query})
    with urllib.request.urlopen(f"{sandbox.url}/{method}?{asked}") as answer:
        return json.loads(answer.read(), parse_float=Decimal)


def pay(sandbox: Sandbox, invoice: int, when: str, **changes: object) -> None:
    body = {
        "authenticationToken": TOKEN,
        "customerId": 1 + invoice % 2,
        "methodId": 12,
        "date": when,
        "totalPayment": 55.5,
        "referenceNumber": f"REF-{invoice}",
        "invoices": [{"invoiceNumber": invoice, "amount": 50.1}],
        **changes,
    }
    url = f"{sandbox.url}/payment.receive"
    with urllib.request.urlopen(url, json.dumps(body).encode()) as answer:
        assert json.load(answer)["status"] == "1"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "s.db", SEED) as made:
        pay(made, 100, "2026-03-05", locationCode="MIA")
        pay(made, 101, "2026-03-15", methodId=14, referenceNumber="x" * 60)
        pay(made, 102, "2026-04-15", referenceNumber="ref-100-B")
        yield made


def controls(sandbox: Sandbox, **query: object) -> list[int]:
    found = ask(sandbox, "payment.list", **query)
    return [int(row["controlNumber"]) - 88000 for row in found.get("payments", [])]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"dateFrom": "2026-03-05", "dateTo": "2026-04-05"}, [1, 2]),
        ({"dateFrom": "2026-03-15", "dateTo": "2026-03-15"}, [2]),
        ({"customer": "anemone"}, [1, 3]),
        ({"customer": "B"}, [2]),
        ({"controlNumber": 88003}, [3]),
        ({"controlNumber": 8800}, []),
        ({"paymentMethod": "wire"}, [2]),
        ({"invoiceNumber": 101}, [2]),
        ({"checkReference": "REF-100"}, [1, 3]),
        ({"checkReference": "x" * 50}, [2]),
        ({"checkReference": "x" * 60}, []),
        ({"locationId": 5}, [1]),
        ({"externalSystemSynced": 1}, []),
        ({"externalSystemSynced": 0, "paymentMethod": "Check"}, [1, 3]),
    ],
    ids=str,
)
def test_payments_are_filtered_as_documented(
    sandbox: Sandbox, query: dict[str, Any], expected: list[int]
) -> None:
    assert sorted(controls(sandbox, **query)) == expected


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"dateFrom": "2026-03-05"},
        {"dateTo": "2026-03-05"},
        {"dateFrom": "2026-03-01", "dateTo": "2026-04-02"},
        {"dateFrom": "2026-03-05", "dateTo": "2026-03-01"},
        {"dateFrom": "5.3.2026", "dateTo": "6.3.2026"},
        {"updatedAsOf": "2020-01-01T00:00:00"},
    ],
    ids=str,
)
def test_a_question_that_is_not_allowed_is_refused(
    sandbox: Sandbox, query: dict[str, Any]
) -> None:
    found = ask(sandbox, "payment.list", **query)
    assert found["status"] == "0"
    assert "payments" not in found


def test_a_payment_is_listed_in_the_shape_of_the_published_sample(
    sandbox: Sandbox,
) -> None:
    found = ask(sandbox, "payment.list", controlNumber=88001)
    assert list(found) == ["message", "status", "payments"]
    assert found["status"] == 1
    (row,) = found["payments"]
    assert row == {
        "id": 730001,
        "controlNumber": "88001",
        "date": "2026-03-05",
        "customer": "Anemone Ltd",
        "method": "Check",
        "checkReference": "REF-100",
        "appliedCredits": Decimal("0.00"),
        "appliedAmount": Decimal("50.10"),
        "paymentTotal": Decimal("50.10"),
        "notes": "",
        "externalSystemSynced": 0,
        "syncDate": None,
        "invoices": [
            {
                "id": 900100,
                "number": 100,
                "date": "2026-03-01",
                "customerPONumber": "PO0",
                "amount": Decimal("50.10"),
                "payment": Decimal("50.10"),
            }
        ],
    }
    sandbox.switch(total_with_unapplied=True)
    (row,) = ask(sandbox, "payment.list", controlNumber=88001)["payments"]
    assert row["paymentTotal"] == Decimal("55.50")


def test_nothing_found_has_no_list_at_all(sandbox: Sandbox) -> None:
    found = ask(sandbox, "payment.list", controlNumber=1)
    assert found == {"status": 0, "message": "Payments not found."}
    sandbox.switch(empty_status=1)
    assert ask(sandbox, "invoice.list", order=999) == {
        "status": 1,
        "message": "Orders not found.",
    }


def test_payments_without_invoices_can_be_hidden(sandbox: Sandbox) -> None:
    pay(sandbox, 103, "2026-03-06", invoices=[])
    day = {"dateFrom": "2026-03-06", "dateTo": "2026-03-06"}
    assert controls(sandbox, **day) == [4]
    sandbox.switch(lists_unapplied=False)
    assert controls(sandbox, **day) == []


def test_customers_and_locations_come_as_texts(sandbox: Sandbox) -> None:
    found = ask(sandbox, "customer.list")["customers"]
    assert [(one["id"], one["active"]) for one in found] == [("1", "1"), ("2", "1")]
    assert len(ask(sandbox, "customer.list", includeInactive=1)["customers"]) == 3
    assert ask(sandbox, "customer.list", name="gon")["customers"][0]["id"] == "2"
    assert ask(sandbox, "customer.list", code="b")["customers"][0]["id"] == "2"
    assert ask(sandbox, "location.list", code="MIA")["locations"] == [
        {"id": "5", "name": "Miami", "code": "MIA"}
    ]
    methods = ask(sandbox, "payment.method.list")["paymentMethods"]
    assert [one["id"] for one in methods] == ["12", "14"]


def test_invoices_are_listed_within_the_window_of_each_method(sandbox: Sandbox) -> None:
    def numbers(method: str, first: str, last: str) -> list[int] | None:
        found = ask(sandbox, method, orderDateFrom=first, orderDateTo=last)
        rows = found.get("invoices")
        return rows if rows is None else [row["number"] for row in rows]

    assert numbers("invoice.list", "2026-03-02", "2026-03-03") == [101, 102]
    assert numbers("invoice.details.list", "2026-03-01", "2026-03-05") is not None
    assert numbers("invoice.details.list", "2026-03-01", "2026-03-06") is None
    accounting = "invoice.accounting.details.list"
    assert numbers(accounting, "2026-03-01", "2026-04-01") is not None
    assert numbers(accounting, "2026-03-01", "2026-04-02") is None
    (row,) = ask(sandbox, accounting, order=107)["invoices"]
    assert (row["customerId"], row["customerCode"], row["total"]) == (
        *(2, "B"),
        Decimal("50.10"),
    )


def test_a_list_lags_as_long_as_it_is_told(sandbox: Sandbox) -> None:
    sandbox.switch(list_lag=60)
    assert controls(sandbox, customer="anemone") == []
    sandbox.switch(list_lag=0)
    assert controls(sandbox, customer="anemone") == [1, 3]
