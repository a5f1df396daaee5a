"""The stand-in refuses what the documents refuse, and its switches do what they say."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
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
    "methods": [{"id": 12, "name": "Check"}, {"id": 13, "name": "Old", "active": 0}],
    "invoices": [
        {"number": 100, "customerId": 1, "date": "2026-03-01", "total": "50.00"},
        {"number": 101, "customerId": 1, "date": "2026-03-02", "total": "10.00"},
        {"number": 200, "customerId": 2, "date": "2026-03-03", "total": "70.00"},
        *(
            {
                "number": 102,
                "customerId": 1,
                "date": "2026-03-02",
                "total": "10.00",
                "status": 4,
            },
        ),
    ],
}
BODY: dict[str, Any] = {
    "authenticationToken": TOKEN,
    "customerId": 1,
    "methodId": "12",
    "date": "2026-03-18",
    "totalPayment": 60,
    "referenceNumber": "Check 4566",
    "notes": "",
    "invoices": [{"invoiceNumber": 100, "amount": 50.0, "discount": 0}],
}

Opened = Callable[..., Sandbox]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with ExitStack() as stack:

        def make(**switches: Any) -> Sandbox:
            return stack.enter_context(Sandbox(tmp_path / "s.db", SEED, **switches))

        yield make


def call(
    sandbox: Sandbox, method: str, body: object = None, **query: object
) -> tuple[int, Any]:
    """Call a method as any client would, by GET without a body."""
    asked = {"authenticationToken": TOKEN, **query} if body is None else query
    url = f"{sandbox.url}/{method}?{urllib.parse.urlencode(asked)}"
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(url, content) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, json.load(answer)


def receive(sandbox: Sandbox, **changes: object) -> Mapping[str, Any]:
    body = {key: value for key, value in {**BODY, **changes}.items() if value != "-"}
    _, document = call(sandbox, "payment.receive", body)
    assert isinstance(document, dict)
    return document


def test_a_payment_is_received_as_in_the_published_sample(opened: Opened) -> None:
    sandbox = opened()
    found = receive(sandbox)
    assert found == {"status": "1", "message": "success", "controlNumber": "88001"}
    (row,) = sandbox.book()["payments"]
    assert row["total"] == "60.00"
    assert row["received_at"] <= row["applied_at"]
    open_now = {one["number"]: one["open"] for one in sandbox.book()["invoices"]}
    assert open_now[100] == "0.00"


def test_a_voided_payment_opens_its_invoice_again(opened: Opened) -> None:
    sandbox = opened()
    sandbox.cancel(receive(sandbox)["controlNumber"])
    open_now = {one["number"]: one["open"] for one in sandbox.book()["invoices"]}
    assert open_now[100] == "50.00"


def invoice(**changes: object) -> list[dict[str, object]]:
    return [{"invoiceNumber": 100, "amount": 50.0, **changes}]


@pytest.mark.parametrize(
    "changes",
    [
        *({"customerId": value} for value in ("-", "", "A", 1.5, 9, 3, "1" * 21, True)),
        *({"methodId": value} for value in ("-", 99, 13)),
        *({"date": value} for value in ("-", "18/03/2026", "2026-02-31", 20260318)),
        *({"totalPayment": value} for value in (49.99, "x", 60.001, 1e9, -1, True)),
        *({"referenceNumber": value} for value in ("x" * 101, 5)),
        {"notes": "x" * 201},
        {"locationCode": "LAX"},
        {"invoices": "100"},
        {"invoices": [100]},
        *({"invoices": invoice(invoiceNumber=v)} for v in (None, 999, 200, 102, 1e11)),
        *({"invoices": invoice(amount=v)} for v in (None, 0, -5, "1,200", 1.001)),
        *({"invoices": invoice(discount=v)} for v in (-1, "x")),
        {"invoices": invoice() * 2},
        {"invoices": [], "totalPayment": "-"},
        {"invoices": [], "totalPayment": 0},
    ],
    ids=str,
)
def test_what_the_documents_do_not_allow_is_refused_and_changes_nothing(
    opened: Opened, changes: dict[str, Any]
) -> None:
    sandbox = opened()
    found = receive(sandbox, **changes)
    assert found["status"] == "0"
    assert found["message"]
    assert "controlNumber" not in found
    assert sandbox.book()["payments"] == []


def test_what_is_optional_may_be_left_out(opened: Opened) -> None:
    sandbox = opened()
    left_out = {"totalPayment": "-", "referenceNumber": "-", "notes": "-"}
    assert receive(sandbox, **left_out)["status"] == "1"
    assert receive(sandbox, invoices="-")["status"] == "1"
    totals = [row["total"] for row in sandbox.book()["payments"]]
    assert totals == ["50.00", "60.00"]


@pytest.mark.parametrize(
    ("switches", "changes"),
    [
        ({"strict_invoices_required": True}, {"invoices": "-"}),
        ({"strict_invoices_required": True}, {"invoices": []}),
        ({"multi_location": True}, {}),
        ({"overpaid_invoice": False}, {"invoices": invoice(amount=50.01)}),
        ({"overpaid_invoice": False}, {"invoices": invoice(discount=0.01)}),
        ({"date_before_invoice": False}, {"date": "2026-02-28"}),
        ({"closed_months": ("2026-03",)}, {}),
        ({"methods_granted": ("payment.list",)}, {}),
        ({"daily_calls": 0}, {}),
    ],
    ids=str,
)
def test_a_switch_refuses_what_is_accepted_without_it(
    opened: Opened, switches: dict[str, Any], changes: dict[str, Any]
) -> None:
    sandbox = opened(**switches)
    assert receive(sandbox, **changes)["status"] == "0"
    sandbox.switch(
        strict_invoices_required=False,
        multi_location=False,
        overpaid_invoice=True,
        date_before_invoice=True,
        closed_months=(),
        methods_granted=(),
        daily_calls=None,
    )
    assert receive(sandbox, **changes)["status"] == "1"


def test_the_same_reference_is_taken_twice_unless_the_switch_is_off(
    opened: Opened,
) -> None:
    sandbox = opened()
    assert receive(sandbox)["status"] == receive(sandbox)["status"] == "1"
    sandbox.switch(same_reference=False)
    assert receive(sandbox)["status"] == "0"


def test_refusals_have_the_status_of_the_switch(opened: Opened) -> None:
    sandbox = opened(failure_status=400, token_status=401)
    assert call(sandbox, "payment.receive", {**BODY, "customerId": 9})[0] == 400
    assert (
        call(sandbox, "payment.receive", {**BODY, "authenticationToken": ""})[0] == 401
    )
    assert call(sandbox, "payment.receive", b'{"a": 1,200}')[0] == 400
    assert call(sandbox, "payment.receive", b"x" * 70_000)[0] == 400
    assert call(sandbox, "payment.receive")[1]["status"] == "0"
    assert call(sandbox, "payment.cancel")[0] == 404


def test_a_token_opens_only_what_its_kind_may(tmp_path: Path) -> None:
    tokens = {"T-customer": "customer", "T-vendor": "vendor"}
    with Sandbox(tmp_path / "s.db", SEED, tokens=tokens) as sandbox:

        def may(token: str, method: str, **query: object) -> bool:
            asked = {"authenticationToken": token, **query}
            return "token" not in call(sandbox, method, **asked)[1]["message"]

        assert may("T-vendor", "customer.list")
        assert not may("T-customer", "customer.list")
        assert may("T-customer", "invoice.list", order=100)
        assert not may("T-vendor", "invoice.list", order=100)
        assert not may("T-customer", "payment.list", controlNumber=1)


def test_log_in_gives_the_token(opened: Opened) -> None:
    sandbox = opened()
    _, found = call(sandbox, "login", b"", username="sandbox", password="sandbox")
    assert found["apiKey"] == TOKEN
    _, refused = call(sandbox, "login", b"", username="sandbox", password="x")
    assert "apiKey" not in refused


@pytest.mark.parametrize(
    ("quota", "status"), [("429", 429), ("403", 403), ("200", 200), ("html", 503)]
)
def test_a_spent_quota_shows_in_each_way_it_may(
    opened: Opened, quota: str, status: int
) -> None:
    sandbox = opened(daily_calls=2, quota=quota)
    for _ in range(2):
        assert call(sandbox, "location.list")[1]["status"] == "1"
    if quota == "html":
        with pytest.raises(json.JSONDecodeError):
            call(sandbox, "location.list")
    else:
        found, document = call(sandbox, "location.list")
        assert (found, document["status"]) == (status, "0")


def test_payments_are_marked_as_synchronized_one_by_one(opened: Opened) -> None:
    sandbox = opened()
    receive(sandbox)
    cancelled = receive(sandbox)["controlNumber"]
    sandbox.cancel(cancelled)
    items = [{"paymentId": number} for number in (730001, 730002, 5)]
    body = {"authenticationToken": TOKEN, "payments": items}
    _, found = call(sandbox, "payment.mark.sync", body)
    assert found["status"] == "1"
    assert [(one["status"], one["message"]) for one in found["payments"]] == [
        (1, "The payment was successfully synchronized"),
        (0, "The payment was cancelled"),
        (0, "The payment doesn't exist"),
    ]
