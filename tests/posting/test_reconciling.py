"""Reconciling: the ERP's own list against what we call posted; nothing is sent."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scene import AWAY, Scene
from shelf import item, payment

from importer.errors import StoppedEarly
from importer.model import Found, Refused
from importer.reconciling import Reconciled, read_back, sweep, worklist

WEEK = timedelta(days=7)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    one = Scene(tmp_path)
    yield one
    one.journal.close()


def posted(scene: Scene, *numbers: int) -> list[Found]:
    """Post some payments, an hour apart, and return the ERP's book."""
    for number in numbers:
        scene.take_in(item(number))
        scene.post()
        scene.clock.at += timedelta(hours=1)
    assert set(scene.words()) == {"posted"}
    scene.erp.sent.clear()
    return scene.erp.book


def swept(scene: Scene) -> Reconciled:
    found = sweep(scene.journal, scene.erp, scene.clock, WEEK)
    assert scene.erp.sent == []
    return found


def kinds(found: Reconciled) -> list[str]:
    return [one.kind for one in found.differences]


def test_what_is_listed_as_sent_is_verified_once(scene: Scene) -> None:
    posted(scene, 0, 1)
    assert read_back(scene.journal, scene.erp, scene.clock).seen == 2
    assert all(one.verified for one in scene.journal.entries())
    assert read_back(scene.journal, scene.erp, scene.clock).seen == 0
    assert swept(scene) == Reconciled(seen=2)
    assert scene.journal.audit().faults == []


def test_reading_back_does_not_make_an_older_payment_count_as_a_new_one(
    scene: Scene,
) -> None:
    posted(scene, 0)
    later = scene.clock.at
    read_back(scene.journal, scene.erp, scene.clock)
    assert scene.journal.taken_since(later) == {}


def test_what_later_lists_do_not_show_is_missing(scene: Scene) -> None:
    book = posted(scene, 0, 1)
    gone = book.pop(0)
    found = swept(scene)
    assert kinds(found) == ["missing"]
    assert found.differences[0].control_number == gone.control_number
    assert found.seen == 1
    (alarm,) = scene.entry().alarms
    assert alarm.startswith("ALARM: missing: control number 88000 is not in")
    swept(scene)
    assert len(scene.entry().alarms) == 1


def test_what_a_list_without_a_later_payment_does_not_show_is_not_missing(
    scene: Scene,
) -> None:
    posted(scene, 0, 1).pop()
    found = swept(scene)
    assert (found.seen, found.unproven, found.differences) == (1, 1, ())


def test_what_is_there_twice_is_doubled(scene: Scene) -> None:
    book = posted(scene, 0)
    book.append(replace(book[0], control_number="99"))
    found = swept(scene)
    assert kinds(found) == ["doubled"]
    assert "2 times: 88000, 99" in found.differences[0].sentence


def test_what_was_reversed_is_voided(scene: Scene) -> None:
    book = posted(scene, 0)
    book.append(replace(book[0], control_number="99", total=-book[0].total))
    assert kinds(swept(scene)) == ["voided"]


@pytest.mark.parametrize(
    "change",
    [
        {"customer_name": "Somebody Else"},
        {"total": Decimal("1.00")},
        {"applied": {"1": Decimal("500.00")}},
        {"control_number": "99"},
    ],
)
def test_what_somebody_changed_in_the_erp_is_told(
    scene: Scene, change: dict[str, object]
) -> None:
    book = posted(scene, 0)
    book[0] = replace(book[0], **change)  # type: ignore[arg-type] # by name
    assert kinds(swept(scene)) == ["changed"]


def test_what_is_like_ours_and_has_no_marker_may_be_typed_in_as_well(
    scene: Scene,
) -> None:
    book = posted(scene, 0)
    book.append(replace(book[0], control_number="99", reference="typed in"))
    found = swept(scene)
    assert kinds(found) == ["by hand"]
    assert "control number 99" in found.differences[0].sentence


def test_what_was_refused_and_is_there_is_posted_after_all(scene: Scene) -> None:
    scene.take_in(item(0))
    scene.erp.answers += [Refused("no such invoice")]
    scene.post()
    assert scene.words() == ["refused"]
    posted_later(scene)
    request = scene.erp.prepare(payment(0))
    scene.erp.booked(request)  # type: ignore[arg-type] # the fake can pay all
    assert kinds(swept(scene)) == ["posted after all"]
    assert scene.words() == ["posted", "posted"]


def posted_later(scene: Scene) -> None:
    """Post another one, so that there are days to be swept."""
    scene.take_in(item(1))
    scene.post()
    scene.erp.sent.clear()


def test_a_marker_that_the_journal_does_not_know_is_a_stranger(scene: Scene) -> None:
    book = posted(scene, 0)
    other = f"CHK7 {payment(7).marker}"
    book.append(replace(book[0], control_number="99", reference=other))
    assert kinds(swept(scene)) == ["stranger"]


def test_a_list_that_cannot_be_read_concludes_nothing(scene: Scene) -> None:
    posted(scene, 0)
    scene.erp.list_trouble = AWAY
    with pytest.raises(StoppedEarly):
        swept(scene)
    assert not scene.entry().verified
    assert scene.entry().alarms == ()


def test_the_worklist_says_what_differs(scene: Scene) -> None:
    posted(scene, 0, 1).pop(0)
    path = worklist(swept(scene), scene.folder / "results", scene.clock.at)
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["kind"], row["control_number"]) == ("missing", "88000")
    assert row["remittance"] == scene.entry().id


def test_what_others_have_posted_is_told_by_a_sweep_alone(scene: Scene) -> None:
    """Another workspace may post into the same company with markers of its own."""
    book = posted(scene, 0)
    other = f"CHK7 {payment(7).marker}"
    book.append(replace(book[0], control_number="99", reference=other))
    found = read_back(scene.journal, scene.erp, scene.clock)
    assert (found.seen, found.differences) == (1, ())
    assert kinds(swept(scene)) == ["stranger"]


def test_the_second_payment_of_an_earlier_remittance_is_no_stranger(
    scene: Scene,
) -> None:
    scene.take_in(item(0, 2))
    scene.post()
    scene.clock.at += timedelta(days=30)
    posted(scene, 1)
    found = swept(scene)
    assert (found.seen, found.differences) == (1, ())
