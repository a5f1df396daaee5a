"""Settling: presence is proof, absence is not, and nothing is ever sent."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scene import AWAY, Scene, request_of
from shelf import CALL, DAY, id_of, item, payment, request

from importer.erp import Traits
from importer.errors import StoppedEarly
from importer.journal.orders import Again, Decision
from importer.model import InDoubt, NotSent, Posted, Reason, Refused
from importer.settling import Settled, settle


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    one = Scene(tmp_path)
    yield one
    one.journal.close()


def looked(scene: Scene, minutes: float = 0) -> Settled:
    scene.clock.at += timedelta(minutes=minutes)
    return settle(scene.journal, scene.erp, scene.clock)


def in_doubt(scene: Scene, *, booked: bool) -> None:
    """Send the first payment, and lose the answer."""
    scene.take_in(item(0))
    scene.erp.answers += [scene.erp.lost if booked else InDoubt("no answer")]
    scene.post()
    assert scene.words() == ["in_doubt"]
    scene.erp.asked.clear()


def witness(scene: Scene) -> None:
    """Post another payment later."""
    scene.take_in(item(1))
    scene.post()


def test_a_refusal_under_a_wrong_clock_is_looked_up_when_the_clock_is_right(
    scene: Scene,
) -> None:
    """The first request may come in after the second was refused."""
    scene.erp.traits = Traits("crmcom", "pay", takes_once=True)
    scene.take_in(item(0))
    right = scene.clock.at
    scene.clock.at = right.replace(year=1970)
    scene.erp.answers += [InDoubt("no answer"), Refused("customer is on hold")]
    scene.post()
    looked(scene, minutes=6)
    scene.post()
    assert scene.words() == ["refused"]
    scene.erp.booked(request_of(scene, 0))
    scene.clock.at = right + timedelta(days=2)
    assert looked(scene).posted == 1
    assert scene.words() == ["posted"]


def test_nothing_is_asked_when_nothing_is_in_doubt(scene: Scene) -> None:
    scene.take_in(item(0))
    scene.post()
    scene.erp.asked.clear()
    assert looked(scene) == Settled()
    assert scene.erp.asked == []


def test_what_is_found_as_sent_is_posted_by_one_narrow_look(scene: Scene) -> None:
    in_doubt(scene, booked=True)
    assert looked(scene) == Settled(posted=1)
    assert scene.erp.asked == [f"CHK0 {payment(0).marker}"]
    (part,) = scene.entry().parts
    proof = "found in the ERP by its marker, control number 88000"
    assert part.outcome == Posted("88000", proof)
    assert len(scene.erp.sent) == 1


def test_what_is_like_ours_without_our_marker_is_not_ours(scene: Scene) -> None:
    in_doubt(scene, booked=False)
    scene.erp.booked(request_of(scene, 2))
    scene.erp.book.append(replace(scene.erp.book[0], reference="CHK0", notes=""))
    assert looked(scene) == Settled(open=1)


def test_what_the_search_misses_is_found_among_the_days_around(scene: Scene) -> None:
    """An ERP that cut or moved the reference: the notes still have the marker."""
    in_doubt(scene, booked=True)
    (found,) = scene.erp.book
    scene.erp.book = [
        replace(
            found,
            reference="",
            notes=payment(0).marker.lower(),
            date=DAY + timedelta(days=2),
        )
    ]
    assert looked(scene) == Settled(posted=1)


@pytest.mark.parametrize(
    ("total", "customer"), [("99.00", ""), ("", "Bloom & Stem"), ("0.00", "")]
)
def test_what_differs_from_what_was_sent_is_held_with_both_figures(
    scene: Scene, total: str, customer: str
) -> None:
    in_doubt(scene, booked=False)
    scene.erp.booked(request_of(scene, 0), total=total, customer=customer)
    assert looked(scene) == Settled(held=1)
    assert scene.hold().reason is Reason.DIFFERS_IN_ERP
    assert "sent was Rosewood Floral, 100.00" in scene.hold().sentence
    assert (customer or total) in scene.hold().sentence


def test_a_payment_booked_twice_is_held_as_an_alarm(scene: Scene) -> None:
    in_doubt(scene, booked=True)
    scene.erp.booked(request_of(scene, 0))
    assert looked(scene) == Settled(held=1)
    assert scene.hold().sentence.startswith("ALARM: booked 2 times.")
    assert "88000" in scene.hold().sentence
    assert "88001" in scene.hold().sentence


def test_a_payment_that_came_in_and_was_reversed_is_posted_and_told(
    scene: Scene,
) -> None:
    in_doubt(scene, booked=True)
    back = {"control_number": "88777", "total": Decimal("-100.00")}
    scene.erp.book.append(replace(scene.erp.book[0], **back))  # type: ignore[arg-type] # fields of Found
    assert looked(scene) == Settled(posted=1)
    assert scene.entry().alarms == ("ALARM: the ERP also lists a reversal of it",)


def test_a_reversal_alone_is_held(scene: Scene) -> None:
    in_doubt(scene, booked=True)
    scene.erp.book = [replace(scene.erp.book[0], total=Decimal("-100.00"))]
    assert looked(scene) == Settled(held=1)
    assert scene.hold().reason is Reason.DIFFERS_IN_ERP


def test_absence_is_held_only_after_time_looks_and_a_witness(scene: Scene) -> None:
    in_doubt(scene, booked=False)
    witness(scene)
    assert looked(scene, 1) == Settled(open=1)
    assert looked(scene, 10) == Settled(open=1)
    assert looked(scene, 10) == Settled(open=1)
    assert looked(scene, 5) == Settled(open=1)
    assert looked(scene, 5) == Settled(held=1)
    assert scene.hold().reason is Reason.NOT_FOUND
    assert scene.words() == ["held", "posted"]
    assert scene.erp.sent.count(payment(0).marker) == 1


def test_without_a_witness_it_stays_in_doubt_however_often_one_looks(
    scene: Scene,
) -> None:
    in_doubt(scene, booked=False)
    for _ in range(10):
        assert looked(scene, 60) == Settled(open=1)
    assert scene.words() == ["in_doubt"]
    # Vain looks are not written down for ever.
    (part,) = scene.entry().parts
    assert len(part.looks) == 3
    assert not any(look.witnessed for look in part.looks)


def test_a_payment_sent_before_is_no_witness(scene: Scene) -> None:
    witness(scene)
    scene.take_in(item(0))
    scene.erp.answers += [InDoubt("no answer")]
    scene.post()
    for _ in range(10):
        assert looked(scene, 60) == Settled(open=1)


def test_a_witness_that_the_list_does_not_show_proves_nothing(scene: Scene) -> None:
    in_doubt(scene, booked=False)
    witness(scene)
    scene.erp.book.clear()
    for _ in range(10):
        assert looked(scene, 60) == Settled(open=1)


def test_looks_in_quick_succession_count_as_one(scene: Scene) -> None:
    in_doubt(scene, booked=False)
    witness(scene)
    scene.clock.at += timedelta(hours=1)
    for _ in range(20):
        assert looked(scene) == Settled(open=1)
    (part,) = scene.entry().parts
    assert len(part.looks) == 1


def test_what_is_applied_late_is_posted_even_after_it_was_held(scene: Scene) -> None:
    in_doubt(scene, booked=False)
    witness(scene)
    for _ in range(4):
        looked(scene, 15)
    assert scene.hold().reason is Reason.NOT_FOUND
    scene.erp.booked(request_of(scene, 0))
    assert looked(scene, 60) == Settled(posted=1)
    assert scene.words() == ["posted", "posted"]
    assert sorted(scene.erp.markers()) == sorted({*scene.erp.markers()})


def test_only_a_person_has_it_sent_again_and_with_the_same_marker(
    scene: Scene,
) -> None:
    in_doubt(scene, booked=False)
    witness(scene)
    for _ in range(4):
        looked(scene, 15)
    scene.post()
    assert len(scene.erp.sent) == 2
    version = scene.entry().version
    assert scene.journal.decide([Decision(id_of(0), version, Again(), "anna")]) == ()
    scene.post()
    assert scene.words() == ["posted", "posted"]
    assert scene.erp.sent == [payment(n).marker for n in (0, 1, 0)]


def test_what_was_applied_late_is_found_before_it_is_sent_again(scene: Scene) -> None:
    """A person says send again, and the ERP applies the lost request just then."""
    in_doubt(scene, booked=False)
    version = scene.entry().version
    assert scene.journal.decide([Decision(id_of(0), version, Again(), "anna")]) == ()
    scene.erp.booked(request_of(scene, 0))
    scene.post()
    assert scene.words() == ["posted"]
    assert len(scene.erp.sent) == 1


def test_an_erp_that_cannot_be_asked_leaves_doubts_untouched(scene: Scene) -> None:
    in_doubt(scene, booked=True)
    before = scene.entry()
    scene.erp.list_trouble = AWAY
    with pytest.raises(StoppedEarly):
        looked(scene)
    assert scene.entry() == before


def test_what_was_under_way_when_the_program_died_is_looked_for(scene: Scene) -> None:
    scene.take_in(item(0), item(1))
    for number in (0, 1):
        made = request_of(scene, number)
        assert scene.journal.claim(id_of(number), 1, 0, made, CALL) == 2
    scene.erp.booked(request_of(scene, 0))
    assert looked(scene) == Settled(posted=1, open=1)
    assert scene.words() == ["posted", "in_doubt"]


def test_doubts_of_the_same_days_share_one_list(scene: Scene) -> None:
    scene.take_in(*(item(number) for number in range(4)))
    for number in range(4):
        made = request(payment(number))
        scene.journal.claim(id_of(number), 1, 0, made, CALL)
    scene.erp.asked.clear()
    assert looked(scene) == Settled(open=4)
    windows = [one for one in scene.erp.asked if one.startswith("2026")]
    assert len(windows) == 1
    assert len(scene.erp.asked) == 5


def test_the_senders_late_word_that_it_never_left_ends_a_doubt(scene: Scene) -> None:
    scene.take_in(item(0))
    claimed = scene.journal.claim(id_of(0), 1, 0, request_of(scene, 0), CALL)
    assert looked(scene) == Settled(open=1)
    scene.journal.finish(id_of(0), 0, NotSent("no route"), claimed=claimed)
    assert scene.words() == ["ready"]
