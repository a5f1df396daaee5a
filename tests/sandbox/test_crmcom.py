"""CRM.COM's part of the stand-in: documented rules always, others by a switch."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from importer.sandbox import Sandbox

TOKEN = "TOK-sandbox-company-1"
SEED: dict[str, Any] = {
    "customers": [{"id": 1, "name": "Anemone Ltd"}, {"id": 2, "name": "Begonia Ltd"}],
    "methods": [{"id": 12, "name": "Cash"}, {"id": 13, "name": "Card"}],
    "invoices": [
        {"number": 100, "customerId": 1, "date": "2026-03-01", "total": "50.00"},
        {"number": 101, "customerId": 1, "date": "2026-03-02", "total": "10.05"},
        {"number": 200, "customerId": 2, "date": "2026-03-03", "total": "70.00"},
        {"number": 102, "customerId": 1, "date": "2026-03-02", "total": 9, "status": 4},
    ],
}
BODY: dict[str, Any] = {
    "accounts_receivable_identifier": {"number": "1"},
    "type_identifier": {"name": "Invoice Payment"},
    "payment_method_identifier": {"name": "Cash"},
    "invoice_identifier": {"number": "100"},
    "received_on": "2026-03-18T00:00:00",
    "back_office_code": "BK1",
    "notes": "a note",
}


class Person:
    """Somebody with a token, who speaks plain HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url_of("crmcom")
        said = {"username": "sandbox", "password": TOKEN, "organisation": "DEMO"}
        self.token = self.post("authentication/token", said)["data"]["token"]

    def post(self, method: str, said: dict[str, Any], key: str = "") -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/{method}", json.dumps(said).encode()
        )
        if key:
            pair = base64.b64encode(f"{key}:".encode()).decode()
            request.add_header("Authorization", f"Basic {pair}")
        return _answer(request)

    def get(self, method: str, **query: str) -> dict[str, Any]:
        said = urllib.parse.urlencode({"token": self.token, **query})
        return _answer(urllib.request.Request(f"{self.url}/{method}?{said}"))

    def pay(self, **changes: Any) -> dict[str, Any]:
        body = {"token": self.token, **BODY, **changes}
        said = {key: value for key, value in body.items() if value is not None}
        return self.post("payments/pay_invoice", said)

    def said(self, **changes: Any) -> str:
        status = self.pay(**changes)["status"]
        return f"{status['code']}: {status['message']}"


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            found: dict[str, Any] = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        found = json.loads(error.read())
    return found


Opened = Callable[..., Person]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with ExitStack() as stack:

        def make(**switches: Any) -> Person:
            book = tmp_path / "s.db"
            return Person(stack.enter_context(Sandbox(book, SEED, crmcom=switches)))

        yield make


def test_it_pays_all_that_is_outstanding_in_the_documented_shape(
    opened: Opened,
) -> None:
    person = opened()
    answer = person.pay(invoice_identifier={"number": "101"})
    assert answer["status"] == {"code": "OK", "description": "", "message": ""}
    data = answer["data"]
    assert (data["payment_amount"], data["life_cycle_state"]) == (10.05, "POSTED")
    assert len(data["id"]) == 32
    assert data["currency_rate_period"] is None
    shown = person.get("invoices/show", invoice_identifier="number=101")["data"]
    assert (shown["outstanding_amount"], shown["total_amount"]) == (0, 10.05)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type_identifier": None}, "mandatory"),
        ({"payment_method_identifier": None}, "mandatory"),
        ({"invoice_identifier": None}, "mandatory"),
        ({"accounts_receivable_identifier": None}, "Only one of"),
        ({"wallet_identifier": {"number": "1"}}, "Only one of"),
        (
            {
                "accounts_receivable_identifier": None,
                "wallet_identifier": {"number": "1"},
            },
            "not applicable",
        ),
        ({"invoice_identifier": {"number": "100", "id": "A"}}, "exactly one field"),
        ({"invoice_identifier": {"name": "100"}}, "may not be given by name"),
        ({"invoice_identifier": "100"}, "exactly one field"),
        ({"invoice_identifier": {"number": "999"}}, "not found"),
        ({"accounts_receivable_identifier": {"number": "9"}}, "does not exist"),
        ({"type_identifier": {"name": "Refund"}}, "does not exist"),
        ({"payment_method_identifier": {"name": "Cheque"}}, "does not exist"),
        ({"received_on": "yesterday"}, "not a Date"),
        ({"udf_date_1": 5}, "not a Date"),
        ({"udf_float_1": "5"}, "not a Float"),
        ({"udf_string_1": 5}, "not a String"),
        ({"notes": 5}, "not a String"),
        ({"token": "T"}, "token is not valid"),
    ],
)
def test_what_the_documents_do_not_allow_is_refused(
    opened: Opened, changes: dict[str, Any], said: str
) -> None:
    person = opened()
    assert said in person.said(**changes)
    assert [row for row in person.sandbox.book()["payments"] if row["notes"]] == []


def test_a_code_is_taken_once(opened: Opened) -> None:
    person = opened()
    assert person.said().startswith("OK")
    second = {"invoice_identifier": {"number": "101"}}
    assert "already used" in person.said(**second)
    person.sandbox.switch_crmcom(unique_codes=False)
    assert person.said(**second).startswith("OK")


def test_what_is_not_documented_is_the_more_dangerous_choice(opened: Opened) -> None:
    person = opened()
    risky = (
        {"invoice_identifier": {"number": "102"}, "back_office_code": "BK2"},
        {"invoice_identifier": {"number": "200"}, "back_office_code": "BK3"},
        {"invoice_identifier": {"number": "200"}, "back_office_code": "BK4"},
    )
    assert [person.pay(**one)["data"]["payment_amount"] for one in risky] == [9, 70, 0]


@pytest.mark.parametrize(
    ("switch", "changes", "said"),
    [
        ("pays_unposted", {"invoice_identifier": {"number": "102"}}, "not posted"),
        ("pays_of_others", {"invoice_identifier": {"number": "200"}}, "another"),
    ],
)
def test_a_switch_makes_it_careful(
    opened: Opened, switch: str, changes: dict[str, Any], said: str
) -> None:
    assert said in opened(**{switch: False}).said(**changes)


def test_other_switches_do_what_they_say(opened: Opened) -> None:
    person = opened(
        pays_nothing=False,
        closed_months=("2026-02",),
        gateway_methods=("Card",),
        failure_status=422,
        said="Well done.",
        invoice_prefix="I",
        wallets=True,
    )
    assert "closed" in person.said(received_on="2026-02-01T00:00:00")
    by_card = {"payment_method_identifier": {"name": "Card"}}
    assert "card_identifier is mandatory" in person.said(**by_card)
    named = {"invoice_identifier": {"number": "I100"}}
    assert person.said(**named) == "OK: Well done."
    again = {**named, "back_office_code": "BK2"}
    assert "no outstanding" in person.said(**again)
    by_wallet = {
        "accounts_receivable_identifier": None,
        "wallet_identifier": {"number": "1"},
        "invoice_identifier": {"number": "I101"},
        "back_office_code": "BK5",
    }
    assert person.said(**by_wallet).startswith("OK")


def test_fields_set_leaves_of_an_answer_what_it_names(opened: Opened) -> None:
    answer = opened().pay(fields_set="number,payment_amount")
    assert set(answer["data"]) == {"number", "payment_amount"}


@pytest.mark.parametrize(
    "field", ["id", "number", "reference_number", "back_office_code"]
)
def test_a_payment_is_shown_by_each_of_its_fields(opened: Opened, field: str) -> None:
    person = opened()
    paid = person.pay(udf_string_3="mine", udf_float_1=1.5)["data"]
    value = "BK1" if field == "back_office_code" else paid[field]
    shown = person.get("payments/show", payment_identifier=f"{field}={value}")["data"]
    assert shown.items() >= paid.items()
    assert (shown["back_office_code"], shown["notes"]) == ("BK1", "a note")
    assert (shown["udf_string_3"], shown["received_on"]) == (
        *("mine",),
        "2026-03-18T00:00:00",
    )
    assert [one["number"] for one in shown["invoices_to_pay_set"]] == ["100"]


@pytest.mark.parametrize("field", ["id", "number", "name"])
def test_an_account_is_shown_by_each_of_its_fields(opened: Opened, field: str) -> None:
    person = opened()
    value = {"id": f"{1:032X}", "number": "1", "name": "Anemone Ltd"}[field]
    named = f"{field}={value}"
    shown = person.get(
        "accounts_receivable/show", accounts_receivable_identifier=named
    )["data"]
    assert (shown["number"], shown["name"]) == ("1", "Anemone Ltd")


def test_lists_have_pages(opened: Opened) -> None:
    person = opened(page=2, page_most=2)
    owner = {"accounts_receivable_identifier": "number=1"}
    first = person.get("invoices/list", **owner)["data"]
    rest = person.get("invoices/list", **owner, number_of_results="9", offset="2")
    assert [one["number"] for one in (*first, *rest["data"])] == ["100", "101", "102"]


def test_what_is_not_there_is_said(opened: Opened) -> None:
    person = opened()
    for method, query in (
        ("payments/show", {"payment_identifier": "back_office_code=BK9"}),
        ("invoices/show", {"invoice_identifier": "reference_number=9"}),
        ("invoices/list", {"accounts_receivable_identifier": "number=9"}),
        ("accounts_receivable/show", {"accounts_receivable_identifier": "id=9"}),
    ):
        assert person.get(method, **query)["status"]["code"] == "NOT_FOUND"
    for wrong in ({}, {"invoice_identifier": "100"}, {"invoice_identifier": "id="}):
        status = person.get("invoices/show", **wrong)["status"]
        assert status["code"] == "INVALID_PARAMETER"
    assert person.get("payments/create")["status"]["code"] == "NOT_FOUND"
    assert person.get("payments/pay_invoice")["status"]["code"] == "INVALID_REQUEST"


def test_who_may_log_in(opened: Opened) -> None:
    person = opened()
    key = person.post("authentication/web_api_key/token", {}, key=TOKEN)
    assert key["data"]["token"].count(".") == 2
    right = {"username": "sandbox", "password": TOKEN, "organisation": "DEMO"}
    for name in right:
        status = person.post("authentication/token", {**right, name: "x"})["status"]
        assert status["code"] == "INVALID_CREDENTIALS"
    wrong = person.post("authentication/web_api_key/token", {}, key="x")
    assert wrong["status"]["code"] == "INVALID_CREDENTIALS"


def test_a_token_dies_after_its_time_or_at_once(opened: Opened) -> None:
    person = opened(token_kind="old")
    assert len(person.token) == 32
    named = {"invoice_identifier": "number=100"}
    assert person.get("invoices/show", **named)["status"]["code"] == "OK"
    person.sandbox.log_out()
    assert person.get("invoices/show", **named)["status"]["code"] == "INVALID_TOKEN"


def test_both_doors_lead_to_one_book(opened: Opened) -> None:
    person = opened()
    person.pay()
    komet = f"{person.sandbox.url}/payment.list?authenticationToken={TOKEN}"
    listed = _answer(urllib.request.Request(f"{komet}&checkReference=BK1"))
    assert [one["paymentTotal"] for one in listed["payments"]] == [50]
