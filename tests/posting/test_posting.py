"""Posting: at most one request for each payment, and every end told for what it is.

The real journal, Komet's real client over HTTP, the sandbox with its accidents.
"""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, payment, payments

from importer.errors import SettingsRefused, StoppedEarly
from importer.journal.entry import Held
from importer.model import Hold, Reason


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as one:
        yield one


def holds(stage: Stage) -> list[Hold]:
    states = [one.state for one in stage.journal.entries(statuses=("held",))]
    return [state.hold for state in states if isinstance(state, Held)]


def test_what_is_ready_is_posted_once_and_never_again(stage: Stage) -> None:
    ids = stage.take_in(*payments(range(9)))
    stage.workers = 4
    stage.post()
    stage.post()
    assert stage.statuses() == ["posted"] * 9
    assert sorted(stage.booked()) == sorted(ids)


def test_a_lost_journal_finds_its_payments_in_the_erp(stage: Stage) -> None:
    several = (*payments(range(4)), payment(50, unapplied="20.00"))
    on_account = payment(7, on_account=True)
    stage.take_in(*several, on_account)
    stage.post()
    stage.journal.close()
    (stage.folder / "journal.db").unlink()
    with stage.opened() as stage.journal:
        stage.take_in(*several, on_account)
        stage.post()
        assert stage.statuses() == ["posted"] * 6
    assert len(stage.booked()) == 6
    stage.journal = stage.opened()


def test_what_a_person_typed_in_is_held(stage: Stage) -> None:
    stage.take_in(payment(0), name="typed.csv")
    stage.post()
    typed = stage.sandbox.book()["payments"][0]
    assert typed
    # The same money under another reference: nobody's marker stands in it.
    client = stage.erp()
    other = payment(3, customer=10442)
    request = client.prepare(other)
    body = request.body.replace(request.reference.encode(), b"by hand CHK6")  # type: ignore[union-attr] # it can be paid
    import requests  # noqa: PLC0415 -- as a person at the ERP would, beside the client

    token = f'{{"authenticationToken":"{stage.token}",'.encode()
    requests.post(f"{stage.url}/payment.receive", data=token + body[1:], timeout=5)
    stage.take_in(payment(6, customer=10442), name="again.csv")
    stage.post()
    assert [one.reason for one in holds(stage)] == [Reason.POSSIBLY_BY_HAND]
    assert len(stage.sandbox.book()["payments"]) == 2


def test_a_refusal_is_told_in_the_erps_words_and_not_sent_again(stage: Stage) -> None:
    stage.take_in(payment(0, customer=10451))
    stage.post()
    stage.post()
    assert stage.statuses() == ["refused"]
    assert stage.booked() == []


@pytest.mark.parametrize(
    "kind",
    ["drop", "reset", "status", "garbage", "truncated", "html", "empty", "redirect"],
)
@pytest.mark.parametrize("applies", ["yes", "no"])
def test_an_answer_that_is_lost_leaves_a_doubt_and_no_second_request(
    stage: Stage, kind: str, applies: str
) -> None:
    extra = {"to": "http://127.0.0.1:9/"} if kind == "redirect" else {}
    stage.sandbox.accident(kind, applies=applies, **extra)
    (lost,) = stage.take_in(payment(0))
    stage.post()
    stage.post()
    assert stage.statuses() == ["in_doubt"]
    settled = stage.settle()
    assert stage.booked() == ([lost] if applies == "yes" else [])
    assert stage.statuses() == (["posted"] if applies == "yes" else ["in_doubt"])
    assert (settled.posted, settled.open) == ((1, 0) if applies == "yes" else (0, 1))


def test_what_is_applied_late_is_found_late_and_booked_once(stage: Stage) -> None:
    stage.sandbox.accident("drop", applies="late", late=0.3)
    stage.take_in(payment(0))
    stage.post()
    stage.settle()
    assert stage.statuses() == ["in_doubt"]
    wait(0.4)
    stage.settle()
    assert stage.statuses() == ["posted"]
    assert len(stage.booked()) == 1


def test_two_doubts_in_a_row_stop_the_run(stage: Stage) -> None:
    stage.take_in(*payments(range(12)))
    stage.sandbox.accident("drop", times=100, applies="no")
    with pytest.raises(StoppedEarly, match="2 payments in a row are in doubt"):
        stage.post()
    assert stage.statuses().count("in_doubt") == 2
    assert stage.statuses().count("ready") == 10


def test_an_erp_that_is_away_leaves_nothing_in_doubt(stage: Stage) -> None:
    stage.take_in(*payments(range(3)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        stage.url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    with pytest.raises(StoppedEarly):
        stage.post()
    assert stage.statuses() == ["ready"] * 3
    stage.url = stage.sandbox.url
    stage.post()
    assert stage.statuses() == ["posted"] * 3


def test_a_wrong_token_leaves_nothing_in_doubt(stage: Stage) -> None:
    stage.take_in(*payments(range(3)))
    stage.token = "TOK-wrong"
    with pytest.raises(SettingsRefused):
        stage.post()
    assert stage.statuses() == ["ready"] * 3


def test_the_budget_of_the_day_stops_posting_and_tomorrow_goes_on(stage: Stage) -> None:
    stage.daily_calls = 10
    stage.take_in(*payments(range(12)))
    with pytest.raises(StoppedEarly, match="calls were made today"):
        stage.post()
    assert stage.statuses().count("posted") == 8
    stage.clock = stage.clock.replace(day=18)
    stage.post()
    assert stage.statuses() == ["posted"] * 12
    assert len(stage.booked()) == 12


def test_payments_of_one_customer_go_in_order(stage: Stage) -> None:
    stage.workers = 4
    ids = stage.take_in(*payments(range(0, 30, 3)))
    stage.post()
    assert stage.booked() == list(ids)


def test_what_was_being_sent_when_the_program_died_is_in_doubt(stage: Stage) -> None:
    from importer.journal.orders import Call  # noqa: PLC0415 -- only this test claims

    (key,) = stage.take_in(payment(0))
    client = stage.erp()
    request = client.prepare(payment(0))
    call = Call("komet", stage.clock.date(), "payment.receive")
    assert stage.journal.claim(key, 1, 0, request, call) == 2  # type: ignore[arg-type] # it can be paid
    assert stage.statuses() == ["posting"]
    stage.post()
    assert stage.statuses() == ["in_doubt"]
    assert stage.booked() == []


def test_only_one_of_two_claims_wins(stage: Stage) -> None:
    from importer.journal.orders import Call  # noqa: PLC0415 -- only this test claims

    (key,) = stage.take_in(payment(0))
    request = stage.erp().prepare(payment(0))
    call = Call("komet", stage.clock.date(), "payment.receive")
    with stage.opened() as other:
        assert stage.journal.claim(key, 1, 0, request, call) == 2  # type: ignore[arg-type] # it can be paid
        assert other.claim(key, 1, 0, request, call) is None  # type: ignore[arg-type] # it can be paid


def test_a_payment_booked_twice_is_an_alarm(stage: Stage) -> None:
    stage.sandbox.accident("drop", applies="yes")
    stage.take_in(payment(0))
    stage.post()
    # What a proxy does that sends a request once more.
    request = stage.erp().prepare(payment(0))
    stage.erp().send(request)  # type: ignore[arg-type] # it can be paid
    stage.settle()
    (hold,) = holds(stage)
    assert hold.reason is Reason.DIFFERS_IN_ERP
    assert "ALARM: booked 2 times" in hold.sentence


def test_absence_is_held_for_a_person_and_never_sent_again(stage: Stage) -> None:
    stage.sandbox.accident("drop", applies="no")
    stage.take_in(payment(0))
    stage.post()
    stage.take_in(payment(1), name="later.csv")
    stage.post()
    for minutes in (1, 15, 31):
        stage.clock = stage.clock.replace(minute=minutes)
        stage.settle()
    assert [one.reason for one in holds(stage)] == [Reason.NOT_FOUND]
    assert len(stage.booked()) == 1


def wait(seconds: float) -> None:
    import time  # noqa: PLC0415 -- the sandbox's own clock is the real one

    time.sleep(seconds)
