"""What every ERP must do, proven against its part of the sandbox over real HTTP."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importer.erp import ERPS, Erp, Request, connect
from importer.erp.secret import Secret
from importer.errors import Fault, ImporterError, SettingsRefused, StoppedEarly
from importer.model import (
    Application,
    InDoubt,
    NotSent,
    Outcome,
    Payment,
    Posted,
    Refused,
)
from importer.sandbox import Sandbox

CANARY = "CANARY-7f3a91c2-token"
DAY = date(2026, 3, 18)
TIMEOUT = 2

SEED = {
    "customers": [
        {"id": "4107", "code": "ORCH", "name": "Orchid House LLC"},
        {"id": "4108", "code": "IRIS", "name": "Iris & Co"},
        {"id": "4109", "code": "OLD", "name": "Old Town Petals", "active": False},
    ],
    "locations": [{"id": 201, "code": "MIA", "name": "Miami"}],
    "methods": [{"id": 12, "name": "Check"}, {"id": 14, "name": "Wire"}],
    "invoices": [
        {
            "number": 50200 + n,
            "customerId": "4107" if n < 50 else "4108",
            "date": (date(2026, 1, 5) + timedelta(days=n)).isoformat(),
            "due": "2026-04-30",
            "total": "100.10",
            "open": "40.05" if n == 7 else "100.10",
            "po": f"PO-{n}",
            "location": "MIA",
        }
        for n in range(60)
    ],
}


@dataclass
class Calls:
    """A meter that remembers, and says stop after `most` calls."""

    most: int = 1000
    made: list[str] = field(default_factory=list)

    def __call__(self, method: str, /) -> None:
        """Remember one call, or raise when none is left."""
        if len(self.made) >= self.most:
            raise StoppedEarly(Fault("", "the calls of today are spent"))
        self.made.append(method)


@dataclass(frozen=True)
class Stage:
    """One ERP in the sandbox, a client for it, and the calls that it counted."""

    sandbox: Sandbox
    erp: Erp
    calls: Calls
    connect: Callable[..., Erp]

    def post(self, number: int = 1, **changes: Any) -> Outcome:
        """Prepare and send a payment."""
        return self.erp.send(self.request(number, **changes))

    def request(self, number: int = 1, **changes: Any) -> Request:
        """Prepare a payment; the same number is the same payment."""
        found = self.erp.prepare(payment(number, **changes))
        assert isinstance(found, Request), found
        return found

    def payments(self) -> list[dict[str, Any]]:
        """Return what the ERP really has of ours."""
        rows: list[dict[str, Any]] = self.sandbox.book()["payments"]
        return [row for row in rows if row["reference"]]


def payment(number: int = 1, **changes: Any) -> Payment:
    values: dict[str, Any] = {
        "marker": f"BK{number:017}",
        "customer": "4107",
        "customer_name": "Orchid House LLC",
        "currency": "USD",
        "value_date": DAY,
        "kind": "wire",
        "reference": f"REF {number}",
        "notes": "ACH ORCHID HOUSE",
        "applications": (
            Application("50201", Decimal("60.10"), Decimal("2.05")),
            Application("50202", Decimal("100.10")),
        ),
        "unapplied": Decimal("9.95"),
        **changes,
    }
    return Payment(**values)


@contextmanager
def komet(folder: Path) -> Iterator[Stage]:
    calls = Calls()
    tokens = {CANARY: "company"}
    with Sandbox(folder / "komet.db", SEED, tokens=tokens) as sandbox:

        def client(**changes: Any) -> Erp:
            given: dict[str, Any] = {
                "url": sandbox.url,
                "token": Secret(CANARY),
                "methods": {"default": 12, "wire": 14},
                "location": "MIA",
                "timeout": TIMEOUT,
                "meter": calls,
                **changes,
            }
            return connect("komet", **given)

        yield Stage(sandbox, client(), calls, client)


STAGES: Mapping[str, Callable[[Path], AbstractContextManager[Stage]]] = {
    "komet": komet,
}


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with STAGES[request.param](tmp_path) as made:
        yield made


def test_every_erp_stands_on_this_stage() -> None:
    assert STAGES.keys() == ERPS.keys()


def test_a_payment_is_in_the_erp_exactly_as_it_was_asked_for(stage: Stage) -> None:
    request = stage.request()
    outcome = stage.erp.send(request)
    (row,) = stage.payments()
    assert outcome == Posted(str(row["control"]))
    assert (row["customer"], row["method"], row["location"]) == (4107, 14, "MIA")
    assert (row["date"], row["total"]) == ("2026-03-18", "170.15")
    assert row["reference"] == request.reference
    assert row["invoices"] == {
        "50201": {"amount": "60.10", "discount": "2.05"},
        "50202": {"amount": "100.10", "discount": "0.00"},
    }


def test_a_refusal_is_refused_in_the_words_of_the_erp(stage: Stage) -> None:
    stage.sandbox.switch(closed_months=("2026-03",))
    outcome = stage.post()
    assert isinstance(outcome, Refused)
    assert "closed" in outcome.message
    assert isinstance(stage.post(2, customer="4999"), Refused)
    assert isinstance(
        stage.post(3, customer="4108", value_date=date(2026, 4, 1)), Refused
    )
    assert stage.payments() == []


LOST = (
    *("drop", "reset", "hang", "empty", "status", "html", "garbage", "truncated"),
    *("short", "huge", "redirect", "quota"),
)


@pytest.mark.parametrize("applies", ["yes", "no"])
@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_is_doubt_whether_it_was_applied_or_not(
    stage: Stage, kind: str, applies: str
) -> None:
    stage.sandbox.accident(kind, applies=applies, seconds=0.1)
    request = stage.request()
    outcome = stage.erp.send(request)
    assert isinstance(outcome, InDoubt)
    assert outcome.why
    assert len(stage.payments()) == (1 if applies == "yes" else 0)
    found = stage.erp.search(request.reference)
    assert [one.reference for one in found] == [
        row["reference"] for row in stage.payments()
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_doubt_and_never_followed(
    stage: Stage, tmp_path: Path, status: int
) -> None:
    with Sandbox(tmp_path / "thief.db", SEED, tokens={CANARY: "company"}) as thief:
        stage.sandbox.accident(
            "redirect", status=status, to=f"{thief.url}/payment.receive", applies="no"
        )
        assert isinstance(stage.post(), InDoubt)
        lists = "payment.list"
        stage.sandbox.accident("redirect", status=status, to=thief.url, method=lists)
        with pytest.raises(SettingsRefused):
            stage.erp.listed(DAY, DAY)
        assert thief.book()["requests"] == []


@pytest.mark.parametrize("kind", ["drip", "hang"])
def test_an_answer_that_takes_too_long_is_doubt_when_the_time_is_over(
    stage: Stage, kind: str
) -> None:
    stage.sandbox.accident(kind, seconds=0.3 if kind == "drip" else 20)
    erp = stage.connect(timeout=0.7)
    start = time.monotonic()
    assert isinstance(erp.send(stage.request()), InDoubt)
    assert time.monotonic() - start < 1.7


def test_what_is_slow_but_in_time_is_posted(stage: Stage) -> None:
    stage.sandbox.accident("slow", seconds=0.3)
    assert isinstance(stage.post(), Posted)


def test_an_erp_that_is_not_there_gets_nothing(stage: Stage, tmp_path: Path) -> None:
    with Sandbox(tmp_path / "gone.db", SEED) as gone:
        url = gone.url
    erp = stage.connect(url=url)
    assert isinstance(erp.send(stage.request()), NotSent)
    with pytest.raises(StoppedEarly, match="cannot be reached"):
        erp.listed(DAY, DAY)


def test_a_payment_that_is_applied_late_is_doubt_and_found_later(stage: Stage) -> None:
    stage.sandbox.accident("drop", applies="late", late=0.4)
    request = stage.request()
    assert isinstance(stage.erp.send(request), InDoubt)
    assert stage.erp.search(request.reference) == ()
    time.sleep(0.5)
    (found,) = stage.erp.search(request.reference)
    assert request.payment.marker in found.reference


def test_a_payment_is_found_by_its_reference_and_by_its_day(stage: Stage) -> None:
    outcomes = [stage.post(number) for number in (1, 2, 3)]
    wanted = stage.request(2)
    (found,) = stage.erp.search(wanted.reference)
    assert outcomes[1] == Posted(found.control_number)
    assert (found.customer_name, found.date) == ("Orchid House LLC", DAY)
    assert found.applied == {"50201": Decimal("60.10"), "50202": Decimal("100.10")}
    listed = stage.erp.listed(DAY, DAY)
    assert found in listed
    assert len(listed) == 3
    assert stage.erp.listed(DAY + timedelta(days=1), DAY + timedelta(days=9)) == ()


def test_a_window_is_read_in_pieces_that_the_erp_allows_each_counted(
    stage: Stage,
) -> None:
    days = [DAY + timedelta(days=30 * n) for n in range(5)]
    for number, day in enumerate(days):
        assert isinstance(stage.post(number, value_date=day), Posted)
    found = stage.erp.listed(days[0], days[-1])
    assert [one.date for one in found] == days
    assert stage.calls.made == ["payment.list"] * 4


def test_a_payment_made_twice_by_a_middle_box_is_listed_twice(stage: Stage) -> None:
    stage.sandbox.accident("double")
    assert isinstance(stage.post(), Posted)
    assert len(stage.erp.search(stage.request().reference)) == 2


def test_a_reversal_is_listed_as_negative_and_a_void_not_at_all(stage: Stage) -> None:
    outcome = stage.post()
    assert isinstance(outcome, Posted)
    stage.sandbox.reverse(outcome.control_number)
    both = stage.erp.search(stage.request().reference)
    assert sorted(one.total.is_signed() for one in both) == [False, True]
    stage.sandbox.cancel(outcome.control_number)
    (left,) = stage.erp.search(stage.request().reference)
    assert left.total < 0


def test_a_list_that_failed_is_never_an_empty_list(stage: Stage) -> None:
    stage.post()
    for kind in ("error", "status", "html", "empty", "truncated", "drop", "short"):
        stage.sandbox.accident(kind, method="payment.list")
        with pytest.raises(ImporterError):
            stage.erp.listed(DAY, DAY)
    assert len(stage.erp.listed(DAY, DAY)) == 1


def test_a_list_that_lags_shows_the_payment_when_it_has_caught_up(stage: Stage) -> None:
    stage.post()
    stage.sandbox.accident("lag", method="payment.list", seconds=60)
    assert stage.erp.listed(DAY, DAY) == ()
    assert len(stage.erp.listed(DAY, DAY)) == 1


def test_the_meter_is_asked_before_a_list_leaves_and_never_for_a_payment(
    stage: Stage,
) -> None:
    stage.calls.most = 0
    requests = len(stage.sandbox.book()["requests"])
    for ask in (
        lambda: stage.erp.listed(DAY, DAY),
        lambda: stage.erp.search("x"),
        lambda: list(stage.erp.customers()),
        lambda: list(stage.erp.open_invoices(DAY, DAY)),
        stage.erp.check,
    ):
        with pytest.raises(StoppedEarly, match="spent"):
            ask()
    assert len(stage.sandbox.book()["requests"]) == requests
    assert isinstance(stage.post(), Posted)


def test_a_wrong_token_is_a_setting_to_mend_and_no_doubt(stage: Stage) -> None:
    erp = stage.connect(token=Secret("CANARY-of-somebody-else"))
    for status in (200, 401, 403):
        stage.sandbox.switch(token_status=status)
        with pytest.raises(SettingsRefused, match="token") as caught:
            erp.check()
        assert "CANARY" not in str(caught.value)
        assert isinstance(erp.send(stage.request()), Refused)


def test_a_wrong_address_is_a_setting_to_mend(stage: Stage) -> None:
    erp = stage.connect(url=stage.sandbox.url.replace("/api", "/elsewhere/api"))
    with pytest.raises(SettingsRefused, match="address"):
        erp.check()


def test_check_names_all_settings_that_the_erp_does_not_know(stage: Stage) -> None:
    assert stage.erp.check()
    erp = stage.connect(location="LAX", methods={"default": 12, "wire": 99, "ach": 98})
    with pytest.raises(SettingsRefused) as caught:
        erp.check()
    assert [fault.sentence for fault in caught.value.faults] == [
        'Komet has no location "LAX"',
        'the payment method "99" is not Komet\'s',
        'the payment method "98" is not Komet\'s',
    ]


def test_all_customers_are_read_inactive_ones_included(stage: Stage) -> None:
    found = {one.id: one for one in stage.erp.customers()}
    assert found.keys() == {"4107", "4108", "4109"}
    assert not found["4109"].active
    assert found["4107"].code == "ORCH"


def test_open_invoices_are_exact_for_what_was_paid_here(stage: Stage) -> None:
    stage.post(applications=(Application("50202", Decimal("100.10")),))
    stage.post(2, applications=(Application("50203", Decimal("0.01")),))
    first, last = date(2026, 1, 1), date(2026, 4, 1)
    found = {one.number: one for one in stage.erp.open_invoices(first, last)}
    assert "50202" not in found
    assert len(found) == 59
    assert found["50203"].open == Decimal("100.09")
    assert found["50207"].open == Decimal("40.05")
    assert found["50207"].po_number == "PO-7"
    assert found["50207"].location == "MIA"
    assert found["50250"].customer == "4108"


def test_payments_sent_at_once_are_each_there_once(stage: Stage) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(stage.post, range(40)))
    controls = {one.control_number for one in outcomes if isinstance(one, Posted)}
    assert len(controls) == 40
    references = [row["reference"] for row in stage.payments()]
    assert len(set(references)) == len(references) == 40
    assert (
        len({one.control_number for one in outcomes if isinstance(one, Posted)}) == 40
    )


def test_the_token_is_nowhere_but_in_the_request(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[object] = [stage.erp, vars(stage.erp), stage.request()]
    for kind in LOST:
        stage.sandbox.accident(kind, seconds=0.1)
        seen.append(stage.post())
        stage.sandbox.accident(kind, method="payment.list", seconds=0.1)
        try:
            seen.append(stage.erp.listed(DAY, DAY))
        except ImporterError as error:
            seen += [error, str(error), error.__cause__, error.__context__]
    shown = repr(seen) + caplog.text + "".join(capfd.readouterr())
    assert CANARY not in shown
    assert CANARY not in repr(stage.sandbox.book())
