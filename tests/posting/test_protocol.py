"""The protocol of posting against an ERP in memory, whose faults come just in time."""

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "journal"))

from scene import AWAY, NO_ENTRY, Scene, request_of
from shelf import DAY, HOLD, WHY, id_of, item, pay, payment, remittance

from importer.erp import Request, Traits, Unpayable
from importer.errors import JournalRefused, SettingsRefused, StoppedEarly
from importer.journal.orders import Decision, Item
from importer.lanes import lanes
from importer.model import (
    Found,
    InDoubt,
    NotSent,
    Outcome,
    Pay,
    Payment,
    Posted,
    Reason,
    Refused,
    Skip,
)
from importer.posting import Terms, post
from importer.settling import settle


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    one = Scene(tmp_path)
    yield one
    one.journal.close()


def of_customer(number: int, *customers: str) -> Item:
    """Plan a remittance with one payment for each of these customers."""
    payments = tuple(
        replace(payment(number, part), customer=customer, customer_name=customer)
        for part, customer in enumerate(customers)
    )
    return Item(id_of(number), remittance(number), Pay(payments, WHY))


# ---- before the first request


def test_nothing_is_asked_when_nothing_is_ready(scene: Scene) -> None:
    scene.post()
    assert scene.erp.asked == []


def test_the_days_around_are_listed_once_before_the_first_request(scene: Scene) -> None:
    scene.take_in(item(0), item(1))
    scene.post()
    assert scene.erp.asked == ["2026-03-14 2026-03-18"]
    assert scene.words() == ["posted"] * 2


def test_a_payment_that_the_erp_dates_a_day_off_is_found(scene: Scene) -> None:
    found = scene.erp.booked(request_of(scene, 0))
    scene.erp.book = [replace(found, date=DAY + timedelta(days=1))]
    scene.take_in(item(0))
    scene.post()
    assert scene.words() == ["posted"]
    assert scene.erp.sent == []


def test_our_marker_on_another_amount_is_held_with_its_number(scene: Scene) -> None:
    scene.erp.booked(request_of(scene, 0), total="99.00")
    scene.take_in(item(0))
    scene.post()
    assert scene.hold().reason is Reason.DIFFERS_IN_ERP
    assert "88000" in scene.hold().sentence
    assert scene.erp.sent == []


def test_our_marker_on_another_customer_is_held(scene: Scene) -> None:
    scene.erp.booked(request_of(scene, 0), customer="Bloom & Stem")
    scene.take_in(item(0))
    scene.post()
    assert scene.hold().reason is Reason.DIFFERS_IN_ERP


def test_a_reversed_payment_of_ours_is_not_sent_again(scene: Scene) -> None:
    found = scene.erp.booked(request_of(scene, 0))
    scene.erp.book.append(
        replace(found, control_number="88999", total=Decimal("-100.00"))
    )
    scene.take_in(item(0))
    scene.post()
    assert scene.words() == ["posted"]
    assert scene.entry().alarms == ("ALARM: the ERP also lists a reversal of it",)
    assert scene.erp.sent == []


def by_hand(**changes: Any) -> Found:
    one = Found(
        control_number="77001",
        date=DAY,
        customer_name="Rosewood Floral",
        reference="typed",
        notes="",
        total=payment(0).total,
        applied={},
    )
    return replace(one, **changes)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "held"),
        ({"date": date(2026, 3, 15), "reference": "CHK0"}, "held"),
        ({"date": date(2026, 3, 15)}, "posted"),
        ({"customer_name": "Bloom & Stem"}, "posted"),
        ({"customer_name": ""}, "posted"),
        ({"total": Decimal("100.01")}, "posted"),
        ({"total": Decimal("-100.00")}, "posted"),
    ],
)
def test_what_looks_typed_in_by_hand_is_held(
    scene: Scene, changes: dict[str, Any], word: str
) -> None:
    scene.erp.book.append(by_hand(**changes))
    scene.take_in(item(0))
    scene.post()
    assert scene.words() == [word]


def test_what_another_journal_sent_under_other_words_is_held(scene: Scene) -> None:
    """A journal that was lost may have sent it, when the bank worded it otherwise."""
    scene.erp.book.append(by_hand(reference=f"CHK9 {payment(9).marker}"))
    scene.take_in(item(0), item(1))
    scene.post()
    assert scene.words() == ["held", "posted"]
    assert scene.hold().reason is Reason.POSSIBLY_BY_HAND


def test_what_this_journal_sent_is_no_reason_to_hold_an_equal_one(scene: Scene) -> None:
    scene.take_in(item(0, parts=2))
    scene.post()
    twin = replace(payment(1), customer=payment(0, 1).customer)
    scene.take_in(item(2), Item(id_of(1), remittance(1), Pay((twin,), WHY)))
    scene.post()
    assert scene.words() == ["posted"] * 3


def test_one_typed_payment_holds_one_of_two_equal_ones(scene: Scene) -> None:
    scene.erp.book.append(by_hand())
    scene.take_in(item(0), item(1))
    scene.post()
    assert scene.words() == ["held", "posted"]


def test_what_a_person_releases_is_not_held_for_that_again(scene: Scene) -> None:
    scene.erp.book.append(by_hand())
    scene.take_in(item(0))
    scene.post()
    version = scene.entry().version
    assert scene.journal.decide([Decision(id_of(0), version, pay(0), "anna")]) == ()
    scene.post()
    assert scene.words() == ["posted"]


# ---- what is sent


def test_what_cannot_be_sent_is_held_in_the_words_of_the_rule(scene: Scene) -> None:
    scene.erp.unpayable.add(payment(0).marker)
    scene.take_in(item(0), item(1))
    scene.post()
    assert scene.hold().reason is Reason.UNPAYABLE
    assert scene.hold().sentence == "the reference is too long"
    assert scene.words() == ["held", "posted"]


def test_a_part_that_cannot_be_sent_is_held_after_the_part_that_was(
    scene: Scene,
) -> None:
    scene.take_in(item(0, 2))
    scene.erp.unpayable = {payment(0, 1).marker}
    scene.post()
    assert scene.words() == ["held"]
    assert scene.erp.sent == [payment(0).marker]
    outcomes = [type(one.outcome) for one in scene.entry().parts]
    assert outcomes == [Posted, type(None)]


def test_every_part_of_a_remittance_is_sent_on_its_own(scene: Scene) -> None:
    scene.take_in(item(0, parts=3))
    scene.post()
    assert scene.words() == ["posted"]
    assert scene.erp.markers() == [payment(0, part).marker for part in range(3)]


def test_after_a_part_in_doubt_the_rest_waits_and_goes_on_when_it_is_found(
    scene: Scene,
) -> None:
    scene.take_in(item(0, parts=3))
    scene.erp.answers += [scene.erp.lost]
    scene.post()
    assert scene.words() == ["in_doubt"]
    assert len(scene.erp.sent) == 1
    scene.journal.finish(id_of(0), 0, Posted("88000", "looked up"))
    scene.post()
    assert scene.words() == ["posted"]
    assert len(scene.erp.sent) == 3


def test_parts_that_the_erp_has_are_found_and_the_others_sent(scene: Scene) -> None:
    made = scene.erp.prepare(payment(0, 0))
    assert isinstance(made, Request)
    scene.erp.booked(made)
    scene.take_in(item(0, parts=3))
    scene.post()
    assert scene.words() == ["posted"]
    assert scene.erp.sent == [payment(0, 1).marker, payment(0, 2).marker]


def test_what_a_person_decides_during_a_run_is_not_overtaken_by_it(
    scene: Scene,
) -> None:
    """The first payment is under way while a person plans the second otherwise."""
    less = replace(payment(1), unapplied=Decimal("5.00"))

    def meanwhile(request: Request) -> Outcome:
        other = Decision(id_of(1), 1, Pay((less,), WHY), "anna")
        skip = Decision(id_of(2), 1, Skip("not ours", WHY), "anna")
        with scene.open() as person:
            assert person.decide([other, skip]) == ()
        return Posted(scene.erp.booked(request).control_number)

    scene.take_in(item(0), item(1), item(2))
    scene.erp.answers += [meanwhile]
    scene.post()
    assert scene.words() == ["posted", "ready", "skipped"]
    # What is not sent is no call either.
    assert scene.journal.calls("komet", scene.clock.at.date()) == {"payment.receive": 1}
    scene.post()
    assert [one.total for one in scene.erp.book] == [Decimal(100), Decimal(105)]


def test_what_is_posted_is_on_disk_before_the_next_request_leaves(
    scene: Scene,
) -> None:
    """Another process sees one payment under way, and what came of all before it."""
    seen: list[list[str]] = []

    def looking(request: Request) -> Outcome:
        with scene.open() as other:
            seen.append([one.status for one in other.entries()])
        return Posted(scene.erp.booked(request).control_number)

    scene.take_in(item(0, 2), item(1), item(2))
    scene.erp.answers += [looking] * 4
    scene.post()
    assert seen == [
        ["posting", "ready", "ready"],
        ["posting", "ready", "ready"],
        ["posted", "posting", "ready"],
        ["posted", "posted", "posting"],
    ]
    assert scene.words() == ["posted"] * 3


def test_what_is_posted_is_on_disk_before_anything_is_asked(scene: Scene) -> None:
    """Where each payment is looked up before it is sent, nothing waits for that."""
    seen: list[list[str]] = []

    def listed(*_: object) -> tuple[Found, ...]:
        seen.append(scene.words())
        return ()

    scene.erp.traits = Traits("komet", "payment.receive", lists_all=False)
    scene.erp.listed = listed  # type: ignore[assignment] # it is asked one by one
    scene.take_in(item(0), item(1))
    scene.post()
    assert seen == [["ready", "ready"], ["posted", "ready"]]


def test_what_is_posted_is_written_where_the_next_may_not_be_sent(
    scene: Scene,
) -> None:
    scene.take_in(item(0), item(1))
    with pytest.raises(StoppedEarly, match="1 calls were made today"):
        scene.post(calls=2)
    assert scene.words() == ["posted", "ready"]


def test_what_is_posted_is_written_where_the_next_is_a_fault_of_ours(
    scene: Scene,
) -> None:
    scene.take_in(item(0), item(1))
    prepare, second = scene.erp.prepare, payment(1).marker

    def failing(payment: Payment) -> Request | Unpayable:
        if payment.marker == second:
            raise ZeroDivisionError("a fault of ours")
        return prepare(payment)

    scene.erp.prepare = failing  # type: ignore[method-assign] # ours
    with pytest.raises(ZeroDivisionError):
        scene.post()
    assert scene.words() == ["posted", "ready"]


def test_what_never_left_is_tried_three_times_and_stays_ready(scene: Scene) -> None:
    scene.take_in(item(0), item(1))
    scene.erp.answers += [NotSent("no route")] * 3
    with pytest.raises(StoppedEarly, match="no route; 3 tries"):
        scene.post()
    assert scene.words() == ["ready", "ready"]
    assert scene.journal.calls("komet", scene.clock.at.date()) == {"payment.receive": 3}
    scene.erp.answers += [NotSent("no route")] * 2
    scene.post()
    assert scene.words() == ["posted", "posted"]


def test_a_stop_between_payments_leaves_the_rest_ready(scene: Scene) -> None:
    scene.take_in(*(item(number) for number in range(3)))
    told = threading.Event()

    def stopping(request: Request) -> Outcome:
        told.set()
        return Posted(scene.erp.booked(request).control_number)

    scene.erp.answers += [stopping]
    post(scene.journal, scene.erp, Terms(4, 1000, scene.clock, told.is_set))
    assert scene.words() == ["posted", "ready", "ready"]


# ---- refusals


def test_a_refusal_is_looked_up_before_it_is_believed(scene: Scene) -> None:
    scene.take_in(item(0))
    scene.erp.answers += [Refused("customer is inactive")]
    scene.post()
    assert scene.words() == ["refused"]
    reference = f"CHK0 {payment(0).marker}"
    assert scene.erp.asked[-1] == reference


def test_a_refusal_of_what_is_there_all_the_same_is_a_doubt(scene: Scene) -> None:
    def refusing(request: Request) -> Outcome:
        scene.erp.booked(request)
        return Refused("something went wrong")

    scene.take_in(item(0))
    scene.erp.answers += [refusing]
    scene.post()
    assert scene.words() == ["in_doubt"]


def test_a_refusal_that_cannot_be_looked_up_is_a_doubt_and_stops(scene: Scene) -> None:
    def refusing(_: Request) -> Outcome:
        scene.erp.list_trouble = AWAY
        return Refused("something went wrong")

    scene.take_in(item(0), item(1))
    scene.erp.answers += [refusing]
    with pytest.raises(StoppedEarly, match="away"):
        scene.post()
    assert scene.words() == ["in_doubt", "ready"]


def test_a_refusal_is_a_doubt_where_the_token_may_not_list_either(scene: Scene) -> None:
    def refusing(_: Request) -> Outcome:
        scene.erp.list_trouble = NO_ENTRY
        return Refused("invalid token")

    scene.take_in(item(0), item(1))
    scene.erp.answers += [refusing]
    with pytest.raises(SettingsRefused):
        scene.post()
    assert scene.words() == ["in_doubt", "ready"]


def test_a_refusal_of_a_second_request_does_not_speak_for_the_first(
    scene: Scene,
) -> None:
    """The ERP takes it once; the first request comes in after the second's refusal."""
    scene.erp.traits = Traits("crmcom", "pay", takes_once=True)
    scene.take_in(item(0))
    scene.erp.answers += [InDoubt("no answer"), Refused("not today")]
    scene.post()
    scene.clock.at += timedelta(minutes=6)
    settle(scene.journal, scene.erp, scene.clock)
    scene.post()
    assert scene.words() == ["refused"]
    settle(scene.journal, scene.erp, scene.clock)
    assert scene.words() == ["refused"]
    scene.erp.booked(request_of(scene, 0))
    settle(scene.journal, scene.erp, scene.clock)
    assert scene.words() == ["posted"]


# ---- doubts and outages


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
def test_an_outage_leaves_at_most_one_doubt_more_than_workers(
    scene: Scene, workers: int
) -> None:
    scene.take_in(*(of_customer(number, f"C{number}") for number in range(40)))
    line = threading.Barrier(min(workers, 2))

    def hanging(_: Request) -> Outcome:
        with suppress(threading.BrokenBarrierError):
            line.wait(timeout=0.05)
        return InDoubt("no answer")

    scene.erp.answers += [hanging] * 40
    with pytest.raises(StoppedEarly):
        scene.post(workers=workers)
    assert 2 <= scene.words().count("in_doubt") <= workers + 1


def test_doubts_that_are_not_in_a_row_do_not_stop_the_run(scene: Scene) -> None:
    scene.take_in(*(item(number) for number in range(8)))
    for _ in range(3):
        scene.erp.answers += [InDoubt("no answer"), Posted(f"{len(scene.erp.answers)}")]
    scene.post()
    assert scene.words().count("in_doubt") == 3
    assert scene.words().count("posted") == 5


def test_five_open_doubts_of_an_hour_stop_all_runs_until_they_are_settled(
    scene: Scene,
) -> None:
    scene.take_in(*(item(number) for number in range(20)))
    for number in range(5):
        scene.erp.answers += [InDoubt("no answer"), Posted(f"{number}")]
    with pytest.raises(StoppedEarly, match="5 payments of the last hour"):
        scene.post()
    with pytest.raises(StoppedEarly, match="5 payments of the last hour"):
        scene.post()
    assert len(scene.erp.sent) == 9
    scene.journal.finish(id_of(0), 0, Posted("1000", "looked up"))
    scene.erp.answers.clear()
    scene.post()
    assert scene.words().count("posted") == 16
    assert scene.words().count("in_doubt") == 4


def test_old_doubts_do_not_stop_posting(scene: Scene) -> None:
    scene.take_in(*(item(number) for number in range(20)))
    for number in range(5):
        scene.erp.answers += [InDoubt("no answer"), Posted(f"{number}")]
    with pytest.raises(StoppedEarly):
        scene.post()
    scene.erp.answers.clear()
    scene.clock.at += timedelta(hours=2)
    scene.post()
    assert scene.words().count("in_doubt") == 5
    assert scene.words().count("ready") == 0


def test_a_fault_of_our_own_stops_the_others_and_leaves_a_doubt(scene: Scene) -> None:
    scene.take_in(*(of_customer(number, f"C{number}") for number in range(30)))
    scene.erp.answers += [ZeroDivisionError("a fault of ours")]
    with pytest.raises(ZeroDivisionError):
        scene.post(workers=2)
    assert scene.words().count("posting") == 1
    assert scene.words().count("ready") > 0


def test_a_journal_that_fails_stops_every_request(scene: Scene) -> None:
    scene.take_in(*(item(number) for number in range(3)))

    def failing(request: Request) -> Outcome:
        scene.journal.close()
        return Posted(scene.erp.booked(request).control_number)

    scene.erp.answers += [failing]
    with pytest.raises(JournalRefused):
        scene.post()
    assert len(scene.erp.sent) == 1
    scene.journal = scene.open()
    assert scene.words() == ["posting", "ready", "ready"]
    scene.post()
    assert scene.words() == ["in_doubt", "posted", "posted"]
    assert len(scene.erp.sent) == 3


# ---- budget and lanes


def test_a_tenth_of_the_days_calls_is_kept_for_looking(scene: Scene) -> None:
    scene.take_in(*(item(number) for number in range(30)))
    with pytest.raises(StoppedEarly, match="18 calls were made today"):
        scene.post(calls=20, workers=4)
    assert scene.words().count("posted") == 18


def test_no_customer_stands_in_two_lanes(scene: Scene) -> None:
    scene.take_in(
        of_customer(0, "A"),
        of_customer(1, "B"),
        of_customer(2, "C"),
        of_customer(3, "B", "C"),
        of_customer(4, "C"),
        of_customer(5, "A"),
        of_customer(6, "D"),
    )
    found = lanes(list(scene.journal.entries()))
    numbers = [[id_of(n) for n in lane] for lane in ([0, 5], [1, 2, 3, 4], [6])]
    assert sorted([one.id for one in lane] for lane in found) == sorted(numbers)


def test_one_customer_never_has_two_requests_under_way(scene: Scene) -> None:
    customers = ["A", "B", "C"]
    scene.take_in(
        *(
            of_customer(number, customers[number % 3], customers[(number + 1) % 3])
            if number % 7 == 0
            else of_customer(number, customers[number % 3], f"D{number}")
            for number in range(21)
        )
    )
    busy: set[str] = set()
    clashes: list[str] = []

    def slow(request: Request) -> Outcome:
        name = request.payment.customer
        clashes.extend(busy & {name})
        busy.add(name)
        threading.Event().wait(0.002)
        busy.discard(name)
        return Posted(scene.erp.booked(request).control_number)

    scene.erp.answers += [slow] * 42
    scene.post(workers=8)
    assert clashes == []
    assert set(scene.words()) == {"posted"}


@pytest.mark.parametrize("known", ["nowhere", "held here"])
def test_what_equals_a_payment_that_was_not_sent_from_here_is_held(
    scene: Scene, known: str
) -> None:
    """A journal that was lost sent it, when the bank had worded it otherwise."""
    scene.erp.booked(request_of(scene, 5))
    if known == "held here":
        scene.take_in(replace(item(5), first=HOLD))
    scene.take_in(item(0))
    scene.post()
    assert scene.hold().reason is Reason.POSSIBLY_BY_HAND
    assert scene.erp.sent == []
