"""What CRM.COM alone does: the exact amount or nothing, and a token that dies."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stages import CANARY, OPTIONS, Stage, crmcom, exact
from test_posting_over_all import Desk

from importer.erp import Unpayable
from importer.erp.secret import Secret
from importer.errors import SettingsRefused, StoppedEarly
from importer.fitting import fitted
from importer.journal.entry import Held
from importer.model import (
    Application,
    Evidence,
    Hold,
    InDoubt,
    NotSent,
    Pay,
    Payment,
    Posted,
    Reason,
    Refused,
)
from importer.resolve.snapshot import Books
from importer.results import row_of

CENT = Decimal("0.01")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with crmcom(tmp_path) as made:
        yield made


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> Iterator[Desk]:
    one = Desk(stage, tmp_path)
    yield one
    one.journal.close()


def sent(stage: Stage) -> dict[str, Any]:
    """Return the last body of pay_invoice that reached the server."""
    rows = stage.sandbox.book()["requests"]
    bodies = [one["body"] for one in rows if one["method"] == "payments/pay_invoice"]
    found: dict[str, Any] = json.loads(bodies[-1])
    return found


def unpayable(stage: Stage, **changes: Any) -> str:
    found = stage.erp.prepare(exact(1, **changes))
    assert isinstance(found, Unpayable), found
    return found.sentence


def paying(amount: str, invoice: str = "50201") -> dict[str, Any]:
    return {"applications": (Application(invoice, Decimal(amount)),)}


def calls(stage: Stage, method: str) -> int:
    rows = stage.sandbox.book()["requests"]
    return sum(one["method"] == method for one in rows)


# The body.


def test_the_body_says_what_is_known_of_the_payment(stage: Stage) -> None:
    options = {
        **OPTIONS,
        "category": "code=BANK",
        "received_by_user": "dana",
        "received_by_business_unit": "code=AR",
        "udf_string_1": "{reference} via {kind}",
        "udf_float_1": "{amount}",
        "udf_date_4": "{value_date}",
        "udf_string_2": "{location}",
        "fields_set": "number,payment_amount",
    }
    erp = stage.connect(options=options)
    request = erp.prepare(exact())
    assert not isinstance(request, Unpayable)
    assert isinstance(erp.send(request), Posted)
    assert sent(stage) == {
        "token": "***",
        "accounts_receivable_identifier": {"number": "4107"},
        "type_identifier": {"name": "Invoice Payment"},
        "payment_method_identifier": {"name": "Wire"},
        "invoice_identifier": {"id": f"{950201:032X}"},
        "received_on": "2026-03-18T00:00:00",
        "notes": "REF 1 ACH ORCHID HOUSE",
        "back_office_code": request.payment.marker,
        "category_identifier": {"code": "BANK"},
        "received_by_user_identifier": {"username": "dana"},
        "received_by_business_unit_identifier": {"code": "AR"},
        "fields_set": "number,payment_amount",
        "udf_string_1": "REF 1 via wire",
        "udf_float_1": 100.10,
        "udf_date_4": "2026-03-18T00:00:00",
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"type": ""}, "type"),
        ({"organisation": ""}, "name it"),
        ({"release": "9.0"}, "back_office_code"),
        ({"release": "new"}, "18 or 13.1"),
        ({"colour": "red"}, 'no key "colour"'),
        ({"udf_string_9": "x"}, 'no key "udf_string_9"'),
        ({"fields_set": "number"}, "payment_amount"),
    ],
)
def test_options_that_cannot_be_are_settings_to_mend(
    stage: Stage, options: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsRefused, match=said):
        stage.connect(options={**OPTIONS, **options})


def test_what_cannot_be_filled_in_is_held(stage: Stage) -> None:
    for template, said in (("{colour}", 'no "colour"'), ("x", "cannot be")):
        erp = stage.connect(options={**OPTIONS, "udf_float_1": template})
        found = erp.prepare(exact())
        assert isinstance(found, Unpayable)
        assert said in found.sentence


def test_a_unit_of_another_release_is_held(stage: Stage) -> None:
    erp = stage.connect(options={**OPTIONS, "received_by_unit": "Admin"})
    found = erp.prepare(exact())
    assert isinstance(found, Unpayable)
    assert "gone since release 18" in found.sentence


def test_a_kind_without_a_method_is_held(stage: Stage) -> None:
    assert "[erp.methods]" in unpayable(stage, kind="cash")


# Never the wrong amount.


@pytest.mark.parametrize(
    ("amount", "said"), [("100.09", "(short)"), ("100.11", "(over)"), ("0.01", "short")]
)
def test_only_what_is_outstanding_to_the_cent_is_sent(
    stage: Stage, amount: str, said: str
) -> None:
    sentence = unpayable(stage, **paying(amount))
    assert said in sentence
    assert amount in sentence
    assert "100.10" in sentence
    assert calls(stage, "payments/pay_invoice") == 0


def test_an_invoice_that_is_not_there_or_paid_or_not_posted_is_not_sent(
    stage: Stage,
) -> None:
    assert "has no invoice 99999" in unpayable(stage, **paying("5", "99999"))
    stage.sandbox.enter(4107, 50201, "100.10")
    assert "nothing is outstanding" in unpayable(stage)
    stage.sandbox.switch_crmcom(unsettled_cents=5)
    assert "it is not known which" in unpayable(stage, **paying("100.10", "50202"))


def test_an_invoice_of_another_debtor_is_not_paid(stage: Stage) -> None:
    """What CRM.COM would do is not documented; here it would take the money."""
    said = unpayable(stage, customer="4108")
    assert "50201 is not among those of the accounts receivable 4108" in said
    assert calls(stage, "payments/pay_invoice") == 0


def test_whose_an_invoice_is_is_asked_once_and_no_further_than_it_takes(
    stage: Stage,
) -> None:
    stage.sandbox.switch_crmcom(page_most=10)
    stage.request(1)
    stage.request(1)
    assert calls(stage, "invoices/list") == 1
    stage.request(45)
    assert calls(stage, "invoices/list") == 1 + 5


def test_a_payment_of_another_amount_is_an_alarm_that_names_both(stage: Stage) -> None:
    request = stage.request()
    stage.sandbox.enter(4107, 50201, "40.00")
    outcome = stage.erp.send(request)
    assert isinstance(outcome, InDoubt)
    (row,) = stage.payments()
    assert outcome.alarm == (
        "ALARM: CRM.COM has paid 60.10 where 100.10 was meant: "
        f"cancel its payment {row['control']} there"
    )


def test_an_alarm_stops_the_run_and_what_it_was_about_is_held(desk: Desk) -> None:
    class Quick:
        """Somebody at CRM.COM who is quicker than the next call."""

        def __init__(self, erp: Any) -> None:
            self._erp, self.traits = erp, erp.traits

        def __getattr__(self, name: str) -> Any:
            return getattr(self._erp, name)

        def prepare(self, payment: Payment) -> Any:
            request = self._erp.prepare(payment)
            desk.stage.sandbox.enter(4107, payment.applications[0].invoice, "40.00")
            return request

    first, second = desk.take_in(1, 2)
    client = desk.erp()
    desk.erp = lambda **_: Quick(client)  # type: ignore[method-assign] # for this test
    with pytest.raises(StoppedEarly, match=r"ALARM: .* 60.10 where 100.10 was meant"):
        desk.post()
    assert desk.statuses() == ["in_doubt", "ready"]
    desk.settle()
    entry = desk.entry(first)
    assert isinstance(entry.state, Held)
    assert entry.state.hold.reason is Reason.DIFFERS_IN_ERP
    assert any("cancel its payment" in one for one in entry.alarms)
    assert desk.entry(second).status == "ready"
    assert len(desk.booked()) == 1


def test_what_was_alarmed_about_is_not_sent_again_while_it_is_not_shown(
    desk: Desk,
) -> None:
    paid = {"number": "5", "payment_amount": 60.10, "life_cycle_state": "POSTED"}
    said = json.dumps({"status": {"code": "OK"}, "data": paid})
    desk.stage.accident("says", body=said, applies="no")
    desk.take_in(1)
    with pytest.raises(StoppedEarly, match="ALARM"):
        desk.post()
    for _ in range(3):
        desk.settle(minutes=60)
        desk.post()
    assert desk.statuses() == ["in_doubt"]
    assert desk.booked() == []


@pytest.mark.parametrize("unique", [True, False])
def test_money_is_never_there_twice_even_if_codes_are_not_unique(
    desk: Desk,
    unique: bool,  # noqa: FBT001 -- what the document says, or not
) -> None:
    """Documented as unique; if it were not, the second finds nothing outstanding."""
    desk.stage.sandbox.switch_crmcom(unique_codes=unique)
    desk.stage.accident("drop", applies="late", late=1)
    desk.take_in(1)
    desk.post()
    desk.settle(minutes=6)
    desk.post()
    time.sleep(1.1)
    paid = [Decimal(row["total"]) for row in desk.stage.payments()]
    assert sum(paid) == Decimal("100.10")
    assert len(paid) == (1 if unique else 2)
    assert desk.statuses() == ["posted"]


def test_a_second_send_of_the_same_code_is_refused_and_found(stage: Stage) -> None:
    request = stage.request()
    first = stage.erp.send(request)
    assert isinstance(first, Posted)
    again = stage.erp.send(request)
    assert isinstance(again, Refused)
    (found,) = stage.erp.search(request.reference)
    assert found.control_number == first.control_number


def test_a_payment_made_twice_by_a_middle_box_is_there_once(stage: Stage) -> None:
    stage.accident("double")
    assert isinstance(stage.post(), Posted)
    assert len(stage.payments()) == 1


def test_a_payment_that_was_cancelled_there_is_found_and_counts_for_nothing(
    desk: Desk,
) -> None:
    desk.stage.accident("drop", applies="yes")
    (key,) = desk.take_in(1)
    desk.post()
    desk.stage.sandbox.cancel(desk.stage.payments()[0]["control"])
    desk.settle(minutes=6)
    state = desk.entry(key).state
    assert isinstance(state, Held)
    assert state.hold.reason is Reason.DIFFERS_IN_ERP


# One remittance for several invoices.


def three() -> Payment:
    owed = Decimal("100.10")
    parts = tuple(Application(str(50200 + number), owed) for number in (1, 2, 3))
    return exact(1, applications=parts)


def cut(stage: Stage) -> tuple[Payment, ...]:
    pay = Pay((three(),), Evidence())
    found = fitted(three().marker, pay, Books((), ()), stage.erp.traits.parts)
    assert isinstance(found, Pay)
    return found.payments


def test_three_invoices_become_three_payments_with_suffixed_markers(
    desk: Desk,
) -> None:
    parts = cut(desk.stage)
    marker = three().marker
    assert [one.marker for one in parts] == [marker, f"{marker}-2", f"{marker}-3"]
    assert sum(one.total for one in parts) == three().total
    (key,) = desk.take_in_payments(parts)
    desk.post()
    assert desk.statuses() == ["posted"]
    assert desk.booked() == sorted(one.marker for one in parts)
    assert row_of(desk.entry(key))["invoices"] == (
        "50201=100.10; 50202=100.10; 50203=100.10"
    )


def test_a_crash_between_them_goes_on_with_the_rest_only(desk: Desk) -> None:
    parts = cut(desk.stage)
    (key,) = desk.take_in_payments(parts)
    desk.stage.accident("drop", after=1, applies="yes")
    desk.post()
    assert desk.entry(key).status == "in_doubt"
    assert "1 of 3 payments are posted: 50201" in row_of(desk.entry(key))["reason"]
    desk.journal.close()
    desk.journal = desk.opened()
    desk.settle()
    desk.post()
    assert desk.statuses() == ["posted"]
    assert desk.booked() == sorted(one.marker for one in parts)


def test_one_of_three_that_no_longer_fits_holds_it_and_says_what_is_done(
    desk: Desk,
) -> None:
    (key,) = desk.take_in_payments(cut(desk.stage))
    desk.stage.sandbox.enter(4107, 50202, "100.10")
    desk.post()
    row = row_of(desk.entry(key))
    assert row["status"] == "held"
    assert "nothing is outstanding on 50202" in row["reason"]
    assert "1 of 3 payments are posted: 50201 as" in row["reason"]
    assert row["suggestion"] == ("4107: 50201=100.10; 50202=100.10; 50203=100.10")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unapplied": CENT}, "is over"),
        ({"applications": (), "unapplied": CENT}, "on no invoice"),
        (paying("-5.00"), "a credit"),
        (
            {"applications": (Application("50201", Decimal("98.10"), Decimal(2)),)},
            "of discount",
        ),
    ],
)
def test_what_pay_invoice_cannot_say_is_held_with_the_reason(
    stage: Stage, changes: dict[str, Any], said: str
) -> None:
    pay = Pay((exact(1, **changes),), Evidence())
    found = fitted("BK", pay, Books((), ()), stage.erp.traits.parts)
    assert isinstance(found, Hold)
    assert found.reason is Reason.UNPAYABLE
    assert said in found.sentence
    assert "pay_invoice" in found.sentence
    assert found.suggestion[0].customer == "4107"


def test_a_payment_that_was_planned_for_another_erp_is_held(stage: Stage) -> None:
    assert "pays 3 invoices at once" in unpayable(
        stage, applications=three().applications
    )
    assert "on no invoice" in unpayable(stage, applications=(), unapplied=CENT)
    assert calls(stage, "invoices/show") == 0


# The token.


def test_a_token_is_asked_for_once_and_anew_before_it_dies(stage: Stage) -> None:
    for number in range(3):
        stage.post(number)
    assert calls(stage, "authentication/token") == 1
    stage.sandbox.switch_crmcom(token_seconds=2)
    stage.sandbox.log_out()
    erp = stage.connect()
    for _ in range(6):
        erp.search("BK")
        time.sleep(0.4)
    assert 3 <= calls(stage, "authentication/token") <= 5
    assert stage.calls.made.count("payments/show") == 6, "none was refused"


@pytest.mark.parametrize("status", [200, 401, 403])
@pytest.mark.parametrize("kind", ["jwt", "old"])
def test_a_token_that_died_before_its_time_is_renewed_for_a_question(
    stage: Stage, kind: str, status: int
) -> None:
    stage.sandbox.switch_crmcom(token_kind=kind, token_status=status)
    stage.erp.search("BK")
    stage.sandbox.log_out()
    assert stage.erp.search("BK") == ()
    assert calls(stage, "authentication/token") == 2


def test_a_payment_that_the_token_alone_kept_out_is_sent_once_more(
    stage: Stage,
) -> None:
    request = stage.request()
    stage.sandbox.log_out()
    before = calls(stage, "payments/show")
    assert isinstance(stage.erp.send(request), Posted)
    assert len(stage.payments()) == 1
    assert calls(stage, "payments/pay_invoice") == 2
    assert calls(stage, "payments/show") > before, "it was looked for in between"


def test_a_payment_that_is_there_is_not_sent_again_for_a_dead_token(
    stage: Stage,
) -> None:
    request = stage.request()
    stage.erp.send(request)
    stage.sandbox.log_out()
    assert isinstance(stage.erp.send(request), Refused)
    assert len(stage.payments()) == 1


def test_without_a_user_the_secret_is_an_api_key(stage: Stage) -> None:
    erp = stage.connect(options={"type": "Invoice Payment"})
    assert erp.search("BK") == ()
    assert calls(stage, "authentication/web_api_key/token") == 1
    wrong = stage.connect(options={"type": "x"}, token=Secret("CANARY-other"))
    with pytest.raises(SettingsRefused) as caught:
        wrong.search("BK")
    assert "CANARY" not in str(caught.value)


def test_a_log_in_that_fails_sends_nothing(stage: Stage) -> None:
    request = stage.request()
    erp = stage.connect()
    stage.accident("drop", method="authentication/token")
    assert isinstance(erp.send(request), NotSent)
    assert stage.payments() == []


def test_no_token_is_in_what_crmcom_says_back(stage: Stage) -> None:
    stage.erp.search("BK")
    for name in ("code", "message"):
        said = json.dumps({"status": {"code": "E", name: f"not {CANARY} here"}})
        # The word token in it has it sent once more, and refused once more.
        stage.accident("says", body=said, applies="no", times=2)
        outcome = stage.post()
        assert isinstance(outcome, Refused)
        assert CANARY not in repr(outcome)


# What it says and shows.


def test_a_message_with_ok_is_no_refusal(stage: Stage) -> None:
    stage.sandbox.switch_crmcom(said="The payment was noted.")
    assert isinstance(stage.post(), Posted)


@pytest.mark.parametrize(
    "body",
    [
        {"status": {"code": "OK"}},
        {"status": {"code": "OK"}, "data": None},
        {"status": {"code": "OK"}, "data": {"number": "1"}},
        {"status": {"code": "OK"}, "data": {"payment_amount": 100.10}},
        {"status": {"code": "E"}, "data": {"number": "1", "payment_amount": 100.10}},
        {"data": {"number": "1", "payment_amount": 100.10}},
        {
            "status": {"code": "OK"},
            "data": {
                "number": "1",
                "payment_amount": 100.10,
                "life_cycle_state": "PENDING_VERIFICATION",
            },
        },
    ],
)
def test_an_answer_that_does_not_prove_the_payment_is_doubt(
    stage: Stage, body: dict[str, Any]
) -> None:
    stage.accident("says", body=json.dumps(body), applies="no")
    assert isinstance(stage.post(), InDoubt)


def test_a_way_to_say_that_nothing_is_there_can_be_taught(stage: Stage) -> None:
    stage.sandbox.switch_crmcom(not_found="Tipota.")
    said = {"status": {"code": "E77", "message": "Tipota."}}
    stage.accident("says", body=json.dumps(said), method="payments/show", times=2)
    with pytest.raises(StoppedEarly, match="Tipota"):
        stage.erp.search("BK")
    erp = stage.connect(options={**OPTIONS, "absent": ["E77"]})
    assert erp.search("BK") == ()


def test_another_payment_than_the_one_asked_for_is_no_answer(stage: Stage) -> None:
    data = {"number": "1", "payment_amount": 5, "back_office_code": "BK-other"}
    said = {"status": {"code": "OK"}, "data": data}
    stage.accident("says", body=json.dumps(said), method="payments/show")
    with pytest.raises(StoppedEarly, match="BK-other"):
        stage.erp.search("BK-mine")


def test_a_small_budget_gets_on_day_by_day(desk: Desk) -> None:
    """Each payment is looked for when its turn comes, not all of them at first."""
    desk.daily_calls = 15
    ids = desk.take_in(*range(12))
    posted = []
    for _ in range(6):
        with suppress(StoppedEarly):
            desk.post()
        posted.append(desk.statuses().count("posted"))
        desk.clock += timedelta(days=1)
    assert posted == sorted(posted)
    assert posted[0] > 0
    assert posted[-1] == 12
    assert desk.booked() == sorted(ids)


# Books without a list of all.


@pytest.mark.parametrize("most", [1, 7, 50, 1000])
def test_all_pages_of_a_debtors_invoices_are_read(stage: Stage, most: int) -> None:
    stage.sandbox.switch_crmcom(page_most=most)
    day = date(2026, 3, 18)
    assert len(list(stage.erp.open_invoices(day, day, ("4107",)))) == 50


def test_before_release_13_a_list_is_asked_for_once(stage: Stage) -> None:
    stage.sandbox.switch_crmcom(page=1000, page_most=1000)
    erp = stage.connect(options={**OPTIONS, "release": "12"})
    day = date(2026, 3, 18)
    assert len(list(erp.open_invoices(day, day, ("4107",)))) == 50
    assert calls(stage, "invoices/list") == 1


def test_a_debtor_that_is_not_there_is_left_out(stage: Stage) -> None:
    found = list(stage.erp.customers(("4107", "9999")))
    assert [(one.id, one.name) for one in found] == [("4107", "Orchid House LLC")]


@pytest.mark.parametrize("number", ["50201", "950201"])
def test_a_quoted_number_is_asked_for_by_number_then_reference_once(
    stage: Stage, number: str
) -> None:
    for _ in range(2):
        found = stage.erp.quoted(number, "4107")
        assert found
        assert (found.number, found.po_number) == ("50201", "950201")
        assert (found.open, found.customer) == (Decimal("100.10"), "4107")
    assert calls(stage, "invoices/show") == (1 if number == "50201" else 2)
    assert stage.calls.made.count("invoices/show") == calls(stage, "invoices/show")


def test_a_quoted_invoice_of_somebody_else_is_not_theirs(stage: Stage) -> None:
    assert stage.erp.quoted("50201", "4108") is None
    assert stage.erp.quoted("12345", "4107") is None
    stage.sandbox.enter(4107, 50202, "100.10")
    assert stage.erp.quoted("50202", "4107") is None
