"""What every journal must keep, whatever database it stands on."""

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "journal"))

from server import Server, started
from shelf import (
    CALL,
    DAY,
    HOLD,
    NOON,
    SKIP,
    WHY,
    file,
    id_of,
    item,
    opened,
    pay,
    payment,
    remittance,
    request,
)

from importer.errors import JournalRefused, StoppedEarly
from importer.journal import Journal
from importer.journal.entry import (
    STATUSES,
    Claim,
    Done,
    Doubt,
    Duplicate,
    Held,
    Look,
    Part,
    Plan,
    Ready,
)
from importer.journal.orders import Again, Call, Decision, Item, Rejection, Taken
from importer.model import (
    Hold,
    InDoubt,
    NotSent,
    Pay,
    Place,
    Posted,
    Reason,
    Refused,
    Skip,
    Unreadable,
)
from importer.repeats import Weight

Opener = Callable[[], Journal]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = started()
    yield running
    running.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Open the same journal once more, as another process would."""
    if request.param == "sqlite":
        return lambda: opened(tmp_path)
    server: Server = request.getfixturevalue("server")
    url = server.url(f"journal_{uuid4().hex}")
    return lambda: opened(tmp_path, url=url)


@pytest.fixture
def journal(again: Opener) -> Iterator[Journal]:
    with again() as one:
        yield one


def state(journal: Journal, number: int = 0) -> object:
    found = journal.entry(id_of(number))
    assert found
    return found.state


def claimed(journal: Journal, number: int = 0, part: int = 0) -> int:
    found = journal.entry(id_of(number))
    assert found
    one = request(found.parts[part].payment)
    version = journal.claim(found.id, found.version, part, one, CALL)
    assert version == found.version + 1
    return version


# ---- taking in


def test_a_file_comes_back_as_it_was_taken_in(journal: Journal, again: Opener) -> None:
    row = Unreadable(Place("bank.csv", 9), "??;??", "the amount", "mend the mapping")
    items = [
        item(0),
        Item(id_of(1), remittance(1, "-7.25"), SKIP),
        Item(id_of(2), row, HOLD),
        Item(id_of(3), remittance(3), Duplicate(id_of(0), "as before")),
        Item(id_of(4), remittance(4), HOLD, repeats=id_of(0)),
    ]
    record = file(records=5)
    assert journal.take_in(record, items) is Taken.IN
    with again() as other:
        found = list(other.entries())
        assert [one.id for one in found] == [one.id for one in items]
        assert [one.notice for one in found] == [one.notice for one in items]
        assert [one.status for one in found] == [
            *("ready", "skipped", "held", "duplicate", "held")
        ]
        assert found[0].state == Ready(Plan((Part(payment(0)),), WHY))
        assert [one.repeats for one in found] == ["", "", "", "", id_of(0)]
        assert {one.version for one in found} == {1}
        assert all(one.file == record for one in found)
        assert list(other.files()) == [record]


def test_the_same_bytes_are_taken_in_once(journal: Journal, again: Opener) -> None:
    journal.take_in(file(), [item(0)])
    with again() as other:
        assert other.file_known(file().sha256) == file()
        renamed = replace(file(), name="renamed.csv")
        assert other.take_in(renamed, [item(1)]) is Taken.KNOWN
    assert [one.id for one in journal.entries()] == [id_of(0)]


def test_a_file_that_came_between_is_not_overlooked(
    journal: Journal, again: Opener
) -> None:
    after = journal.files_taken()
    with again() as other:
        other.take_in(file("first.csv"), [item(0)])
    assert journal.take_in(file(), [item(1)], after=after) is Taken.OVERTAKEN
    assert journal.file_known(file().sha256) is None
    assert journal.take_in(file(), [item(1)], after=after + 1) is Taken.IN


def test_a_file_with_one_remittance_too_many_leaves_nothing(
    journal: Journal, again: Opener
) -> None:
    journal.take_in(file("first.csv"), [item(0)])
    with again() as other, pytest.raises(JournalRefused, match="has already"):
        other.take_in(file(), [item(1), item(0)])
    assert journal.file_known(file().sha256) is None
    assert [one.id for one in journal.entries()] == [id_of(0)]


def test_what_is_known_of_a_day_says_how_sure_it_is(journal: Journal) -> None:
    doubtful = [
        Item(id_of(number), remittance(number), HOLD, repeats=id_of(0))
        for number in (1, 2, 3)
    ]
    gone = Item(id_of(4), remittance(4), Duplicate(id_of(0), "as before"))
    other_day = Item(
        id_of(5), replace(remittance(5), booking_date=DAY + timedelta(1)), HOLD
    )
    journal.take_in(file(), [item(0), *doubtful, gone, other_day])
    skip, post = Decision(id_of(2), 1, SKIP, "anna"), Decision(id_of(3), 1, pay(3), "b")
    assert journal.decide([skip, post]) == ()
    found = journal.known_on("A", {DAY})
    assert [(one.id, one.weight) for one in found] == [
        (id_of(0), Weight.SURE),
        (id_of(1), Weight.UNDECIDED),
        (id_of(2), Weight.REPEAT),
        (id_of(3), Weight.SURE),
    ]
    assert [one.repeats for one in found] == ["", id_of(0), id_of(0), id_of(0)]
    assert journal.known_on("B", {DAY}) == ()


# ---- reading


def test_entries_are_streamed_by_file_and_status_in_their_order(
    journal: Journal,
) -> None:
    many = 1203
    journal.take_in(file("a.csv"), [item(number) for number in range(many)])
    held = [Item(id_of(n), remittance(n), HOLD) for n in range(many, many + 3)]
    journal.take_in(file("b.csv"), held)
    ids = [id_of(number) for number in range(many + 3)]
    assert [one.id for one in journal.entries()] == ids
    assert [one.id for one in journal.entries(statuses=("ready",))] == ids[:many]
    assert [one.id for one in journal.entries(statuses=("held", "ready"))] == ids
    second = file("b.csv").sha256
    assert [one.id for one in journal.entries(file=second)] == ids[many:]
    assert not list(journal.entries(file=second, statuses=("ready",)))
    assert not list(journal.entries(file="no such file"))


def test_what_changes_while_entries_are_streamed_is_not_shown_as_it_was(
    journal: Journal,
) -> None:
    journal.take_in(file(), [item(number) for number in range(600)])
    stream = journal.entries(statuses=("ready",))
    first = next(stream)
    journal.hold(id_of(599), 1, HOLD)
    rest = [one.id for one in stream]
    assert first.id not in rest
    assert id_of(599) not in rest
    assert len(rest) == 598


def test_an_unknown_remittance_is_none(journal: Journal) -> None:
    assert journal.entry("BK0000000000000000") is None


def test_rows_and_cents_are_conserved_over_all_statuses(journal: Journal) -> None:
    amounts = ["0.10", "0.20", "1000000.03", "-7.25"]
    decisions: list[Pay | Hold | Skip] = [pay(0), HOLD, SKIP, HOLD]
    items = [
        Item(id_of(n), remittance(n, amount), decisions[n])
        for n, amount in enumerate(amounts)
    ]
    euro = Item(id_of(9), remittance(9, "5.00", "EUR"), SKIP)
    journal.take_in(file("a.csv"), items)
    journal.take_in(file("b.csv"), [euro])
    journal.hold(id_of(0), 1, HOLD)
    counts = journal.counts(file=file("a.csv").sha256)
    assert set(counts) == set(STATUSES)
    assert {word: count for word, count in counts.items() if count} == {
        "held": 3,
        "skipped": 1,
    }
    sums = journal.sums(file=file("a.csv").sha256)
    assert sum(sums.values()) == sum(map(Decimal, amounts))
    assert sums["held", "USD"] == Decimal("-6.95")
    assert sum(journal.counts().values()) == 5
    assert journal.sums()["skipped", "EUR"] == Decimal("5.00")


def test_invoices_are_taken_by_what_is_open_or_was_posted_since(
    journal: Journal,
) -> None:
    before = NOON - timedelta(days=1)
    journal.take_in(file(), [item(number, parts=1) for number in range(5)])
    claimed(journal, 1)
    journal.finish(id_of(1), 0, Posted("1"))
    claimed(journal, 2)
    claimed(journal, 3)
    journal.finish(id_of(3), 0, Refused("no"))
    journal.hold(id_of(4), 1, HOLD)
    hundred = Decimal("100.00")
    assert dict(journal.taken_since(before)) == {
        "10200": hundred,
        "10201": hundred,
        "10202": hundred,
    }
    after = NOON + timedelta(days=1)
    assert dict(journal.taken_since(after)) == {"10200": hundred, "10202": hundred}


def test_the_posted_part_of_a_refused_remittance_takes_its_invoice(
    journal: Journal,
) -> None:
    journal.take_in(file(), [item(0, parts=2)])
    claimed(journal, part=0)
    journal.finish(id_of(0), 0, Posted("1"))
    claimed(journal, part=1)
    journal.finish(id_of(0), 1, Refused("no"))
    assert dict(journal.taken_since(NOON)) == {"10200": Decimal("100.00")}


# ---- claiming and finishing


def test_only_one_of_many_claims_wins(journal: Journal, again: Opener) -> None:
    many, won = 8, []
    journal.take_in(file(), [item(0)])
    line = threading.Barrier(many)

    def race() -> None:
        with again() as one:
            line.wait()
            version = one.claim(id_of(0), 1, 0, request(payment(0)), CALL)
            if version is not None:
                won.append(version)

    threads = [threading.Thread(target=race) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [2]
    assert journal.calls("komet", DAY) == {"payment.receive": 1}


def test_a_claim_keeps_what_will_be_sent(journal: Journal, again: Opener) -> None:
    journal.take_in(file(), [item(0)])
    claimed(journal)
    with again() as other:
        found = other.entry(id_of(0))
    assert found
    assert found.status == "posting"
    one = request(payment(0))
    claim = Claim(1, found.changed_at, one.digest, one.reference)
    assert found.parts == (Part(payment(0), 1, claim),)


def test_what_never_left_waits_again_and_counts_its_attempts(journal: Journal) -> None:
    journal.take_in(file(), [item(0)])
    for _ in range(2):
        version = claimed(journal)
        journal.finish(id_of(0), 0, NotSent("no route"), claimed=version)
    found = journal.entry(id_of(0))
    assert found
    assert found.status == "ready"
    assert found.parts == (Part(payment(0), 2, None, NotSent("no route")),)


def test_a_remittance_is_posted_when_all_its_parts_are(journal: Journal) -> None:
    journal.take_in(file(), [item(0, parts=2)])
    claimed(journal, part=0)
    journal.finish(id_of(0), 0, Posted("1"))
    assert isinstance(state(journal), Ready)
    claimed(journal, part=1)
    journal.finish(id_of(0), 1, Posted("2"))
    done = state(journal)
    assert isinstance(done, Done)
    assert [one.control_number for one in done.posted] == ["1", "2"]


def test_nothing_of_a_remittance_is_sent_while_a_part_is_in_doubt(
    journal: Journal,
) -> None:
    journal.take_in(file(), [item(0, parts=2)])
    version = claimed(journal, part=0)
    journal.finish(id_of(0), 0, InDoubt("no answer"))
    with pytest.raises(ValueError, match='"in_doubt" cannot become "posting"'):
        journal.claim(id_of(0), version + 1, 1, request(payment(0, 1)), CALL)
    assert journal.calls("komet", DAY) == {"payment.receive": 1}


def test_what_was_found_meanwhile_stands_when_the_sender_answers_late(
    journal: Journal,
) -> None:
    journal.take_in(file(), [item(0)])
    version = claimed(journal)
    journal.finish(id_of(0), 0, InDoubt("the program seems to have died"))
    journal.finish(id_of(0), 0, Posted("7", "looked up"))
    last = journal.finish(id_of(0), 0, Posted("7"), claimed=version)
    found = journal.entry(id_of(0))
    assert found
    assert (found.status, found.version, found.alarms) == ("posted", last, ())
    journal.finish(id_of(0), 0, InDoubt("too late"), claimed=version)
    journal.finish(id_of(0), 0, Posted("8"), claimed=version)
    found = journal.entry(id_of(0))
    assert found
    assert found.status == "posted"
    assert found.alarms == ("ALARM: the ERP also has it under 8, besides 7",)


@pytest.mark.parametrize("late", [NotSent("no route"), Refused("no"), InDoubt("?")])
def test_an_answer_to_an_older_attempt_does_not_end_a_newer_one(
    journal: Journal, late: NotSent | Refused | InDoubt
) -> None:
    journal.take_in(file(), [item(0)])
    first = claimed(journal)
    journal.finish(id_of(0), 0, InDoubt("the program seems to have died"))
    assert journal.decide([Decision(id_of(0), first + 1, Again(), "anna")]) == ()
    claimed(journal)
    journal.finish(id_of(0), 0, late, claimed=first)
    found = journal.entry(id_of(0))
    assert found
    assert found.status == "posting"


@pytest.mark.parametrize("late", [NotSent("no route"), Refused("no"), Posted("7")])
def test_the_senders_late_answer_ends_the_doubt_about_it(
    journal: Journal, late: NotSent | Refused | Posted
) -> None:
    journal.take_in(file(), [item(0)])
    version = claimed(journal)
    journal.finish(id_of(0), 0, InDoubt("the program seems to have died"))
    journal.finish(id_of(0), 0, late, claimed=version)
    words = {NotSent: "ready", Refused: "refused", Posted: "posted"}
    found = journal.entry(id_of(0))
    assert found
    assert found.status == words[type(late)]


def test_a_skipped_remittance_that_the_erp_has_after_all_is_an_alarm(
    journal: Journal,
) -> None:
    journal.take_in(file(), [item(0)])
    version = claimed(journal)
    journal.finish(id_of(0), 0, InDoubt("no answer"))
    held = journal.hold(id_of(0), version + 1, HOLD)
    assert held
    assert journal.decide([Decision(id_of(0), held, SKIP, "anna")]) == ()
    journal.finish(id_of(0), 0, Posted("7"), claimed=version)
    found = journal.entry(id_of(0))
    assert found
    assert found.status == "skipped"
    assert found.alarms == ("ALARM: the ERP has it under 7",)


def test_one_control_number_for_two_payments_is_an_alarm(journal: Journal) -> None:
    journal.take_in(file(), [item(0), item(1)])
    for number in (0, 1):
        claimed(journal, number)
        journal.finish(id_of(number), 0, Posted("88123"))
    first, second = journal.entries()
    assert first.alarms == ()
    assert second.alarms == (
        f"ALARM: control number 88123 is already that of {id_of(0)}",
    )


def test_a_hold_of_what_has_changed_is_not_written(journal: Journal) -> None:
    journal.take_in(file(), [item(0)])
    assert journal.hold(id_of(0), 1, HOLD) == 2
    assert journal.hold(id_of(0), 1, HOLD) is None
    assert state(journal) == Held(HOLD, Plan((Part(payment(0)),), WHY))


def test_vain_looks_are_kept_with_the_doubt(journal: Journal) -> None:
    journal.take_in(file(), [item(0)])
    claimed(journal)
    journal.finish(id_of(0), 0, InDoubt("no answer"))
    look = Look(NOON, witnessed=True, sentence="not found")
    journal.looked(id_of(0), 0, look)
    doubt = state(journal)
    assert isinstance(doubt, Doubt)
    assert doubt.plan.parts[0].looks == (look,)
    assert journal.doubts_since(NOON) == 1
    assert journal.doubts_since(NOON + timedelta(days=1)) == 0


# ---- people


def test_decisions_are_applied_all_or_none(journal: Journal) -> None:
    journal.take_in(file(), [Item(id_of(n), remittance(n), HOLD) for n in range(3)])
    good = Decision(id_of(0), 1, pay(0), "anna", "as on the phone")
    stale = Decision(id_of(1), 7, SKIP, "anna")
    unknown = Decision("BK", 1, SKIP, "anna")
    impossible = Decision(id_of(2), 1, Again(), "anna")
    assert journal.decide([good, stale, unknown, impossible]) == (
        Rejection(id_of(1), "has changed since it was written out"),
        Rejection("BK", "has changed since it was written out"),
        Rejection(id_of(2), "there is no payment to send again"),
    )
    assert journal.counts()["held"] == 3
    assert journal.decide([good, replace(stale, version=1)]) == ()
    found = journal.entry(id_of(0))
    assert found
    assert (found.status, found.decided_by, found.note) == (
        *("ready", "anna", "as on the phone"),
    )
    assert isinstance(found.state, Ready)
    assert found.state.plan.released == (Reason.NO_INVOICE.value,)


def test_a_person_names_the_control_number_of_what_is_in_doubt(
    journal: Journal,
) -> None:
    journal.take_in(file(), [item(0), item(1)])
    for number in (0, 1):
        claimed(journal, number)
        journal.finish(id_of(number), 0, InDoubt("no answer"))
    first = Decision(id_of(0), 3, Posted("88123", "anna said so"), "anna")
    assert journal.decide([first]) == ()
    assert isinstance(state(journal), Done)
    second = Decision(id_of(1), 3, Posted("88123", "anna said so"), "anna")
    assert journal.decide([second]) == (
        Rejection(id_of(1), f'control number "88123" is that of {id_of(0)}'),
    )


def test_one_number_is_taken_for_the_one_part_that_is_open(journal: Journal) -> None:
    journal.take_in(file(), [item(0, parts=2), item(1, parts=2)])
    claimed(journal, part=0)
    journal.finish(id_of(0), 0, Posted("1"))
    assert journal.decide([Decision(id_of(0), 3, Posted("2", "said"), "anna")]) == ()
    assert isinstance(state(journal), Done)
    ambiguous = Decision(id_of(1), 1, Posted("3", "said"), "anna")
    (rejection,) = journal.decide([ambiguous])
    assert "2 payments that are not posted" in rejection.sentence


def test_what_is_posted_stays_in_every_later_plan(journal: Journal) -> None:
    journal.take_in(file(), [item(0, parts=2)])
    claimed(journal, part=0)
    journal.finish(id_of(0), 0, Posted("1"))
    claimed(journal, part=1)
    journal.finish(id_of(0), 1, Refused("no"))
    without = replace(pay(0, 2), payments=(payment(0, 1),))
    changed = replace(pay(0, 2), payments=(payment(0, 0, "1.00"), payment(0, 1)))
    for wrong in (without, changed, SKIP):
        assert journal.decide([Decision(id_of(0), 5, wrong, "anna")])
    mended = replace(pay(0, 2), payments=(payment(0), payment(0, 1, "99.00")))
    assert journal.decide([Decision(id_of(0), 5, mended, "anna")]) == ()
    ready = state(journal)
    assert isinstance(ready, Ready)
    assert [part.waits for part in ready.plan.parts] == [False, True]
    assert [part.attempts for part in ready.plan.parts] == [1, 1]


# ---- counting


def test_calls_are_counted_by_day_and_method_and_stop_at_the_ceiling(
    journal: Journal, again: Opener
) -> None:
    listing = Call("komet", DAY, "payment.list", ceiling=3)
    for _ in range(2):
        journal.count(listing)
    journal.count(replace(listing, method="customer.list"))
    with again() as other, pytest.raises(StoppedEarly, match="3 calls were made today"):
        other.count(listing)
    assert journal.calls("komet", DAY) == {"payment.list": 2, "customer.list": 1}
    journal.count(replace(listing, day=date(2026, 3, 17)))
    journal.count(replace(listing, erp="crmcom"))


def test_a_claim_above_the_ceiling_claims_nothing(journal: Journal) -> None:
    journal.take_in(file(), [item(0)])
    journal.count(CALL)
    with pytest.raises(StoppedEarly):
        journal.claim(id_of(0), 1, 0, request(payment(0)), replace(CALL, ceiling=1))
    assert isinstance(state(journal), Ready)
    assert journal.calls("komet", DAY) == {"payment.receive": 1}


# ---- one ERP


def test_a_journal_serves_one_erp(journal: Journal, again: Opener) -> None:
    """What is known of another ERP would never be paid in this one."""
    journal.bind("the sandbox, playing komet")
    journal.bind("komet at erp.example")  # nothing was taken in yet
    journal.take_in(file(), [item(0)])
    journal.bind("komet at erp.example")
    with (
        again() as other,
        pytest.raises(JournalRefused, match=r'are in "komet at erp\.example", and'),
    ):
        other.bind("komet at other.example")
    journal.bind("komet at erp.example")


def test_a_journal_that_knows_of_no_erp_takes_the_first(journal: Journal) -> None:
    journal.take_in(file(), [item(0)])
    journal.bind("komet at erp.example")
    with pytest.raises(JournalRefused):
        journal.bind("the sandbox, playing komet")


def test_a_journal_keeps_its_clock_in_utc(tmp_path: Path) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    with Journal.open("sqlite:///tokyo.db", top=tmp_path, now=lambda: tokyo) as journal:
        journal.take_in(file(), [item(0)])
        journal.hold(id_of(0), 1, HOLD)
        found = journal.entry(id_of(0))
        assert found
        assert found.changed_at == NOON
