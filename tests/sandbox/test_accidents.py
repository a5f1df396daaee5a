"""What befalls a connection, a request, an answer, a list: each as it was ordered."""

import http.client
import json
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importer.sandbox import Sandbox, Way
from importer.sandbox.shapes import SHAPES

SEED = {
    "customers": [{"id": 1, "name": "Anemone & Co"}, {"id": 2, "name": "Iris"}],
    "methods": [{"id": 12, "name": "Check"}],
    "invoices": [{"number": 7, "customerId": 1, "date": "2026-03-01", "total": "5.00"}],
}
PAYMENT = {
    "authenticationToken": "TOK-sandbox-company-1",
    "customerId": 1,
    "methodId": 12,
    "date": "2026-03-18",
    "totalPayment": 5.00,
    "referenceNumber": "Check 1 BK7QDM2XW0C5V3K9A1Z",
    "invoices": [{"invoiceNumber": 7, "amount": 5.00, "discount": 0}],
}


def asked(url: str, method: str, document: dict[str, Any] | None = None) -> bytes:
    query = "?authenticationToken=TOK-sandbox-company-1&dateFrom=2026-03-18"
    body = json.dumps(document).encode() if document else None
    where = f"{url}/{method}" + ("" if body else f"{query}&dateTo=2026-03-18")
    with urllib.request.urlopen(urllib.request.Request(where, body), timeout=5) as got:
        found: bytes = got.read()
    return found


def listed(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        asked(sandbox.url, "payment.list"), parse_float=Decimal
    )
    return found


BROKEN = (OSError, http.client.HTTPException, ValueError)


@pytest.mark.parametrize("kind", ["cut", "half", "stall"])
def test_a_request_that_is_not_there_in_full_is_never_applied(
    tmp_path: Path, kind: str
) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        sandbox.accident(kind, seconds=0.1)
        with pytest.raises(BROKEN):
            asked(sandbox.url, "payment.receive", PAYMENT)
        book = sandbox.book()
    assert book["payments"] == []
    (row,) = book["requests"]
    assert row["accident"] == kind
    assert row["body"] == "" if kind == "cut" else "referenceNumber" not in row["body"]


@pytest.mark.parametrize(
    "kind",
    [
        *("drop", "reset", "hang", "short", "headed", "truncated", "open", "chunks"),
        *("gzip", "garbage", "bare", "empty", "huge", "continue", "html", "status"),
    ],
)
def test_no_client_understands_an_answer_that_is_spoilt(
    tmp_path: Path, kind: str
) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        sandbox.accident(kind, seconds=0.1)
        with pytest.raises(BROKEN):
            json.loads(asked(sandbox.url, "payment.receive", PAYMENT))
        assert len(sandbox.book()["payments"]) == 1


@pytest.mark.parametrize("kind", ["continued", "twice", "slow"])
def test_an_answer_that_comes_in_a_strange_way_is_whole(
    tmp_path: Path, kind: str
) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        sandbox.accident(kind, seconds=0.1)
        found = json.loads(asked(sandbox.url, "payment.receive", PAYMENT))
    assert found["controlNumber"] == "88001"


def test_what_is_said_stands_as_it_is_and_a_change_is_booked(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        sandbox.accident("says", body="\ufeff{}", applies="no")
        sandbox.accident("slow", seconds=0, change={"totalPayment": 9})
        assert asked(sandbox.url, "payment.receive", PAYMENT) == b"\xef\xbb\xbf{}"
        asked(sandbox.url, "payment.receive", PAYMENT)
        (payment,) = sandbox.book()["payments"]
        assert payment["total"] == "9.00"
        sandbox.edit(payment["control"], "4.00")
        (payment,) = sandbox.book()["payments"]
    assert (payment["total"], payment["invoices"]["7"]["amount"]) == ("4.00", "4.00")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_list_in_another_shape_differs_only_in_what_the_shape_says(
    tmp_path: Path, shape: str
) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        asked(sandbox.url, "payment.receive", PAYMENT)
        asked(sandbox.url, "payment.receive", {**PAYMENT, "referenceNumber": "R2"})
        sandbox.accident("shape", method="payment.list", body=shape)
        odd, plain = listed(sandbox), listed(sandbox)
    assert repr(odd) != repr(plain)
    if isinstance(rows := odd.get("payments"), list):
        assert len(rows) == len(plain["payments"])
        assert {one["id"] for one in rows} == {one["id"] for one in plain["payments"]}


def test_a_filter_may_be_ignored(tmp_path: Path) -> None:
    other = {**PAYMENT, "date": "2026-01-01"}
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        asked(sandbox.url, "payment.receive", PAYMENT)
        asked(sandbox.url, "payment.receive", other)
        assert len(listed(sandbox)["payments"]) == 1
        sandbox.accident("unfiltered", method="payment.list")
        assert len(listed(sandbox)["payments"]) == 2


def test_the_way_leads_there_and_back_until_something_befalls_it(
    tmp_path: Path,
) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox, Way(sandbox.url) as way:
        way.expect("gone", after=1, seconds=0.3)
        asked(way.url, "payment.receive", PAYMENT)
        start = time.monotonic()
        with pytest.raises(urllib.error.URLError, match="refused"):
            asked(way.url, "payment.list")
        while time.monotonic() - start < 0.4:
            time.sleep(0.05)
        way.expect("reset", after=1)
        way.expect("plain")
        assert json.loads(asked(way.url, "payment.list"))["payments"]
        with pytest.raises(BROKEN):
            asked(way.url, "payment.list")
        assert b"<html>" in asked(way.url, "payment.list")
        assert json.loads(asked(way.url, "payment.list"))["payments"]
