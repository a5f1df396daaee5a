"""Posting and settling over every ERP: the real journal, clients over HTTP, accidents.

However an answer is lost, a program dies or a payment is applied late: each
payment is in the ERP once in the end, or a person is told.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stages import STAGES, Stage

from importer.erp import Erp, Request
from importer.erp.secret import Secret
from importer.errors import ImporterError, SettingsRefused, StoppedEarly
from importer.identity import markers_in
from importer.journal import Journal
from importer.journal.entry import Entry, FileRecord
from importer.journal.orders import Call, Item, Taken
from importer.model import Evidence, Pay, Payment, Place, Remittance
from importer.posting import Terms, post
from importer.settling import settle


@dataclass
class Desk:
    """A journal beside an ERP, and a clock that can be moved."""

    stage: Stage
    folder: Path
    clock: datetime = datetime(2026, 3, 18, 9, tzinfo=UTC)
    daily_calls: int = 1000
    files: int = 0
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = self.opened()

    def opened(self) -> Journal:
        return Journal.open("sqlite:///journal.db", top=self.folder, now=self.now)

    def now(self) -> datetime:
        self.clock += timedelta(milliseconds=10)
        return self.clock

    def erp(self, **changes: Any) -> Erp:
        kind = self.stage.erp.traits.kind

        def meter(method: str) -> None:
            call = Call(kind, self.clock.date(), method, self.daily_calls)
            self.journal.count(call)

        return self.stage.connect(meter=meter, **changes)

    def take_in(self, *numbers: int) -> list[str]:
        return self.take_in_payments(*((self.stage.payment(n),) for n in numbers))

    def take_in_payments(self, *remittances: tuple[Payment, ...]) -> list[str]:
        self.files += 1
        items = [
            Item(one[0].marker, _remittance(one, row), Pay(one, Evidence("a test")))
            for row, one in enumerate(remittances, start=2)
        ]
        name = f"bank{self.files}.csv"
        record = FileRecord(
            name.ljust(64, "0"), name, self.now(), "m", "d", "A", "", len(items)
        )
        assert self.journal.take_in(record, items) is Taken.IN
        return [one.id for one in items]

    def post(self, **changes: Any) -> None:
        terms = Terms(1, self.daily_calls, self.now, lambda: False)
        post(self.journal, self.erp(**changes), terms)

    def settle(self, minutes: int = 0) -> None:
        self.clock += timedelta(minutes=minutes)
        settle(self.journal, self.erp(), self.now)

    def statuses(self) -> list[str]:
        return [one.status for one in self.journal.entries()]

    def entry(self, key: str) -> Entry:
        found = self.journal.entry(key)
        assert found
        return found

    def booked(self) -> list[str]:
        """Return the markers of all payments in the ERP's own book."""
        rows = self.stage.payments()
        return sorted(mark for row in rows for mark in markers_in(row["reference"]))


def _remittance(paid: tuple[Payment, ...], row: int) -> Remittance:
    one = paid[0]
    return Remittance(
        place=Place("bank.csv", row),
        account="A",
        currency=one.currency,
        amount=sum((each.total for each in paid), type(one.total)(0)),
        value_date=one.value_date,
        booking_date=one.value_date,
        remitter=one.customer_name,
        text=one.reference,
        reference=one.reference,
        identity=(one.reference,),
    )


@pytest.fixture(params=sorted(STAGES))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with STAGES[request.param](tmp_path) as stage:
        one = Desk(stage, tmp_path)
        yield one
        one.journal.close()


def test_what_is_ready_is_posted_once_and_never_again(desk: Desk) -> None:
    ids = desk.take_in(*range(9))
    desk.post()
    desk.post()
    assert desk.statuses() == ["posted"] * 9
    assert desk.booked() == sorted(ids)


def test_a_lost_journal_finds_its_payments_in_the_erp(desk: Desk) -> None:
    desk.take_in(1, 2, 3)
    desk.post()
    desk.journal.close()
    for path in desk.folder.glob("journal.db*"):
        path.unlink()
    desk.journal = desk.opened()
    ids = desk.take_in(1, 2, 3)
    desk.post()
    assert desk.statuses() == ["posted"] * 3
    assert desk.booked() == sorted(ids)


def test_a_refusal_is_told_and_not_sent_again(desk: Desk) -> None:
    desk.stage.refuse()
    desk.take_in(1)
    desk.post()
    desk.post()
    assert desk.statuses() == ["refused"]
    assert desk.booked() == []


@pytest.mark.parametrize("kind", ["drop", "reset", "status", "garbage", "html"])
def test_a_lost_answer_is_settled_by_what_is_there(desk: Desk, kind: str) -> None:
    desk.stage.accident(kind, applies="yes")
    (lost,) = desk.take_in(1)
    desk.post()
    desk.post()
    assert desk.statuses() == ["in_doubt"]
    desk.settle()
    assert desk.statuses() == ["posted"]
    assert desk.booked() == [lost]


def test_what_is_not_there_is_sent_again_only_where_that_cannot_double_it(
    desk: Desk,
) -> None:
    desk.stage.accident("drop", applies="no")
    (lost,) = desk.take_in(1)
    desk.post()
    desk.settle()
    assert desk.statuses() == ["in_doubt"]
    desk.settle(minutes=6)
    once = desk.stage.erp.traits.takes_once
    assert desk.statuses() == ["ready" if once else "in_doubt"]
    desk.post()
    assert desk.booked() == ([lost] if once else [])


def test_what_is_applied_late_after_it_was_sent_again_is_there_once(
    desk: Desk,
) -> None:
    """The first request is applied in the middle of the second's life."""
    desk.stage.accident("drop", applies="late", late=1)
    (lost,) = desk.take_in(1)
    desk.post()
    desk.settle(minutes=6)
    desk.post()
    time.sleep(1.1)
    desk.settle(minutes=6)
    assert desk.statuses() == ["posted"]
    assert desk.booked() == [lost]


def test_what_is_applied_late_before_it_is_sent_again_is_found(desk: Desk) -> None:
    desk.stage.accident("drop", applies="late", late=0.5)
    (lost,) = desk.take_in(1)
    desk.post()
    desk.settle(minutes=6)
    time.sleep(0.6)
    desk.post()
    desk.settle(minutes=6)
    assert desk.statuses() == ["posted"]
    assert desk.booked() == [lost]


@pytest.mark.parametrize("left", [True, False])
def test_a_program_that_died_while_it_sent_leaves_one_payment(
    desk: Desk,
    left: bool,  # noqa: FBT001 -- whether the request left before it died
) -> None:
    (key,) = desk.take_in(1)
    client = desk.erp()
    request = client.prepare(desk.stage.payment(1))
    assert isinstance(request, Request)
    traits = client.traits
    call = Call(traits.kind, desk.clock.date(), traits.method)
    assert desk.journal.claim(key, 1, 0, request, call) == 2
    if left:
        client.send(request)
    desk.journal.close()
    desk.journal = desk.opened()
    desk.post()
    assert desk.statuses() == ["in_doubt"]
    desk.settle(minutes=6)
    assert desk.statuses() == [
        "posted" if left else "ready" if traits.takes_once else "in_doubt"
    ]
    desk.post()
    assert desk.booked() == ([key] if left or traits.takes_once else [])


def test_the_budget_of_the_day_stops_it_and_tomorrow_goes_on(desk: Desk) -> None:
    ids = desk.take_in(*range(12))
    desk.daily_calls = 10
    with pytest.raises(StoppedEarly, match="calls were made today"):
        desk.post()
    for _ in range(9):
        desk.clock += timedelta(days=1)
        with suppress(StoppedEarly):
            desk.post()
    assert desk.statuses() == ["posted"] * 12
    assert desk.booked() == sorted(ids)


def test_a_wrong_secret_leaves_nothing_in_doubt(desk: Desk) -> None:
    desk.take_in(1, 2)
    with pytest.raises(SettingsRefused):
        desk.post(token=Secret("CANARY-of-somebody-else"))
    assert desk.statuses() == ["ready"] * 2


def test_two_answers_lost_in_a_row_stop_the_run(desk: Desk) -> None:
    desk.take_in(*range(6))
    desk.stage.accident("drop", times=100, applies="no")
    with pytest.raises(StoppedEarly, match="2 payments in a row are in doubt"):
        desk.post()
    assert desk.statuses().count("in_doubt") == 2


def test_an_erp_that_is_away_leaves_nothing_in_doubt(desk: Desk) -> None:
    desk.take_in(1, 2)
    with pytest.raises(ImporterError):
        desk.post(url=desk.stage.url.replace(str(_port(desk)), "9"))
    assert desk.statuses() == ["ready"] * 2
    desk.post()
    assert desk.statuses() == ["posted"] * 2


def _port(desk: Desk) -> int:
    return int(desk.stage.url.split(":")[2].partition("/")[0])
