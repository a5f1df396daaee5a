"""What every ERP must do, proven against its part of the sandbox over real HTTP."""

import inspect
import logging
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import toy_erp
from stages import CANARY, CUSTOMERS, DAY, SEED, STAGES, Stage

from importer.erp import ERPS
from importer.erp.secret import Secret
from importer.errors import ImporterError, SettingsRefused, StoppedEarly
from importer.lookup import is_like
from importer.model import InDoubt, NotSent, Posted, Refused
from importer.sandbox import Sandbox


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with STAGES[request.param](tmp_path) as made:
        yield made


def test_every_erp_stands_on_this_stage() -> None:
    assert STAGES.keys() == ERPS.keys() | {"toy"}


def test_a_third_erp_takes_less_than_sixty_lines() -> None:
    source = inspect.getsource(toy_erp)
    client = source[source.index("class Toy:") :]
    assert sum(bool(line.strip()) for line in client.splitlines()) < 60


def test_a_payment_is_in_the_erp_exactly_as_it_was_asked_for(stage: Stage) -> None:
    request = stage.request()
    outcome = stage.erp.send(request)
    (row,) = stage.payments()
    wanted = request.payment
    assert outcome == Posted(str(row["control"]))
    assert (row["customer"], row["method"], row["date"]) == (4107, 14, "2026-03-18")
    assert Decimal(row["total"]) == wanted.total
    assert request.payment.marker in row["reference"] == request.reference
    assert row["invoices"] == {
        one.invoice: {"amount": str(one.amount), "discount": f"{one.discount:.2f}"}
        for one in wanted.applications
    }


def test_what_is_sent_is_what_was_prepared_less_the_secret(stage: Stage) -> None:
    request = stage.request()
    stage.erp.send(request)
    sent = [
        one["body"]
        for one in stage.sandbox.book()["requests"]
        if one["method"] == stage.erp.traits.method
    ]
    assert request.body.decode()[1:] in sent[0]


def test_the_same_payment_is_always_the_same_request(stage: Stage) -> None:
    first, second = stage.request(), stage.request()
    assert (first.body, first.digest) == (second.body, second.digest)
    assert stage.request(2).digest != first.digest


def test_a_refusal_is_refused_in_the_words_of_the_erp(stage: Stage) -> None:
    stage.refuse()
    outcome = stage.post()
    assert isinstance(outcome, Refused)
    assert "closed" in outcome.message
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
    stage.accident(kind, applies=applies, seconds=0.1)
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
    kind, method = stage.erp.traits.kind, stage.erp.traits.method
    with Sandbox(tmp_path / "thief.db", SEED, tokens={CANARY: "company"}) as thief:
        to = f"{thief.url_of(kind)}/{method}"
        stage.accident("redirect", status=status, to=to, applies="no")
        assert isinstance(stage.post(), InDoubt)
        stage.accident("redirect", status=status, to=to, method=stage.look)
        with pytest.raises(SettingsRefused):
            stage.listed()
        assert thief.book()["requests"] == []


@pytest.mark.parametrize("kind", ["drip", "hang"])
def test_an_answer_that_takes_too_long_is_doubt_when_the_time_is_over(
    stage: Stage, kind: str
) -> None:
    request, erp = stage.request(), stage.connect(timeout=0.7)
    erp.prepare(request.payment)
    stage.accident(kind, seconds=0.3 if kind == "drip" else 20)
    start = time.monotonic()
    assert isinstance(erp.send(request), InDoubt)
    assert time.monotonic() - start < 1.7


def test_what_is_slow_but_in_time_is_posted(stage: Stage) -> None:
    stage.accident("slow", seconds=0.3)
    assert isinstance(stage.post(), Posted)


def test_an_erp_that_is_not_there_gets_nothing(stage: Stage, tmp_path: Path) -> None:
    with Sandbox(tmp_path / "gone.db", SEED) as gone:
        url = gone.url_of(stage.erp.traits.kind)
    erp = stage.connect(url=url)
    assert isinstance(erp.send(stage.request()), NotSent)
    with pytest.raises(StoppedEarly, match="cannot be reached"):
        erp.listed([DAY], [stage.payment().marker])


def test_a_payment_that_is_applied_late_is_doubt_and_found_later(stage: Stage) -> None:
    stage.accident("drop", applies="late", late=0.4)
    request = stage.request()
    assert isinstance(stage.erp.send(request), InDoubt)
    assert stage.erp.search(request.reference) == ()
    time.sleep(0.5)
    (found,) = stage.erp.search(request.reference)
    assert request.payment.marker in found.reference


def test_a_payment_is_found_by_its_reference_and_among_others(stage: Stage) -> None:
    outcomes = [stage.post(number) for number in (1, 2, 3)]
    (reference,) = [row["reference"] for row in stage.payments()][1:2]
    (found,) = stage.erp.search(reference)
    assert outcomes[1] == Posted(found.control_number)
    assert found.date == DAY
    assert is_like(found, stage.payment(2))
    listed = stage.listed(1, 2, 3)
    assert sorted(listed) == sorted(
        one.control_number for one in outcomes if isinstance(one, Posted)
    )
    assert stage.erp.search("nobody knows it") == ()


def test_a_list_that_failed_is_never_an_empty_list(stage: Stage) -> None:
    stage.post()
    for kind in ("error", "status", "html", "empty", "truncated", "drop", "short"):
        stage.accident(kind, method=stage.look)
        with pytest.raises(ImporterError):
            stage.listed()
    assert len(stage.listed()) == 1


def test_a_list_that_lags_shows_the_payment_when_it_has_caught_up(stage: Stage) -> None:
    stage.post()
    stage.accident("lag", method=stage.look, seconds=60)
    assert stage.listed() == ()
    assert len(stage.listed()) == 1


def test_the_meter_is_asked_before_a_question_leaves_and_never_for_a_payment(
    stage: Stage,
) -> None:
    request = stage.request()
    stage.calls.most = 0
    requests = len(stage.sandbox.book()["requests"])
    for ask in (
        stage.listed,
        lambda: stage.erp.search("x"),
        lambda: list(stage.erp.customers(CUSTOMERS)),
        lambda: list(stage.erp.open_invoices(DAY, DAY, CUSTOMERS)),
        stage.erp.check,
    ):
        with pytest.raises(StoppedEarly, match="spent"):
            ask()
    assert len(stage.sandbox.book()["requests"]) == requests
    assert isinstance(stage.erp.send(request), Posted)


def test_every_call_that_leaves_is_counted(stage: Stage) -> None:
    stage.post()
    stage.listed()
    list(stage.erp.customers(CUSTOMERS))
    list(stage.erp.open_invoices(date(2026, 1, 1), DAY, CUSTOMERS))
    requests = [one["method"] for one in stage.sandbox.book()["requests"]]
    requests.remove(stage.erp.traits.method)
    assert stage.calls.made == requests


def test_a_wrong_secret_is_a_setting_to_mend_and_no_doubt(stage: Stage) -> None:
    erp = stage.connect(token=Secret("CANARY-of-somebody-else"))
    for status in (200, 401, 403):
        stage.sandbox.switch(token_status=status)
        stage.sandbox.switch_crmcom(token_status=status, failure_status=status)
        with pytest.raises(SettingsRefused, match="token") as caught:
            erp.check()
        assert "CANARY" not in str(caught.value)
    stage.sandbox.switch_crmcom(failure_status=200)
    assert isinstance(erp.send(stage.request()), Refused | NotSent)
    assert stage.payments() == []


def test_a_wrong_address_is_a_setting_to_mend(stage: Stage) -> None:
    host, _, path = stage.url.partition("//")[2].partition("/")
    erp = stage.connect(url=f"http://{host}/elsewhere/{path}")
    with pytest.raises(SettingsRefused, match="address"):
        erp.check()


def test_check_says_what_it_has_seen(stage: Stage) -> None:
    assert stage.erp.check()


def test_customers_are_read_by_their_ids_with_their_names(stage: Stage) -> None:
    found = {one.id: one.name for one in stage.erp.customers(CUSTOMERS)}
    assert found.items() >= {("4107", "Orchid House LLC"), ("4108", "Iris & Co")}


def test_open_invoices_are_exact_for_what_was_paid_here(stage: Stage) -> None:
    stage.post(2)
    first, last = date(2026, 1, 1), date(2026, 4, 1)
    every = stage.erp.open_invoices(first, last, CUSTOMERS)
    found = {one.number: one for one in every}
    assert "50202" not in found
    assert len(found) == 59
    assert found["50207"].open == Decimal("40.05")
    assert found["50250"].customer == "4108"


def test_payments_sent_at_once_are_each_there_once(stage: Stage) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(stage.post, range(40)))
    controls = {one.control_number for one in outcomes if isinstance(one, Posted)}
    assert len(controls) == 40
    references = [row["reference"] for row in stage.payments()]
    assert len(set(references)) == len(references) == 40


def test_the_secret_is_nowhere_but_in_the_request(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[object] = [stage.erp, vars(stage.erp), stage.request()]
    for number, kind in enumerate(LOST):
        request = stage.request(number)
        stage.accident(kind, seconds=0.1)
        seen.append(stage.erp.send(request))
        stage.accident(kind, method=stage.look, seconds=0.1)
        try:
            seen.append(stage.listed())
        except ImporterError as error:
            seen += [error, str(error), error.__cause__, error.__context__]
    shown = repr(seen) + caplog.text + "".join(capfd.readouterr())
    assert CANARY not in shown
    assert CANARY not in repr(stage.sandbox.book())
    assert "eyJ" not in shown, "nor any token that was given for it"
