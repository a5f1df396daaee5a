"""The fold: whatever is legal leads somewhere, and everything else is refused."""

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from shelf import HOLD, NOON, SKIP, id_of, pay, payment

from importer.journal.deeds import (
    KINDS,
    Acknowledged,
    Claimed,
    Deed,
    Dropped,
    Event,
    Looked,
    Noted,
    Ordered,
    Planned,
    Repeated,
    Stopped,
    answered,
    decode,
    encode,
    kind_of,
    person,
)
from importer.journal.entry import (
    STATUSES,
    Done,
    Doubt,
    Duplicate,
    Held,
    Look,
    Posting,
    Ready,
    Refusal,
    State,
    plan_of,
    status,
)
from importer.journal.fold import ALLOWED, PERSONAL, Illegal, fold, step
from importer.model import InDoubt, NotSent, Outcome, Pay, Posted, Refused

OUTCOMES: list[Outcome] = [
    Posted("88123"),
    Refused("customer is inactive"),
    NotSent("no route"),
    InDoubt("no answer"),
]
LOOK = Look(NOON, witnessed=True, sentence="not found")
names = st.sampled_from(["", "anna"])
parts = st.integers(0, 2)
deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(Planned, st.sampled_from([pay(0), pay(0, 2)]), names),
    st.builds(Stopped, st.just(HOLD), names),
    st.builds(Dropped, st.just(SKIP), names),
    st.just(Repeated(Duplicate(id_of(1), "as before"))),
    st.builds(Claimed, parts, st.just("d" * 64), st.just("CHK0"), st.just("{}")),
    st.builds(answered, parts, st.sampled_from(OUTCOMES), names),
    st.builds(Looked, parts, st.just(LOOK)),
    st.builds(Ordered, names),
    st.just(Noted("ALARM")),
    st.just(Acknowledged("doubled", "", "it is there twice", "anna", "agreed")),
)


def events(*some: Deed) -> list[Event]:
    return [
        Event(seq, NOON + timedelta(seconds=seq), deed)
        for seq, deed in enumerate(some, start=1)
    ]


def legal(some: list[Deed]) -> list[Event]:
    """Return the events that remain when what is refused is left out."""
    lived: list[Event] = []
    state: State | None = None
    for deed in some:
        event = Event(len(lived) + 1, NOON, deed)
        try:
            state = step(state, event)
        except Illegal:
            continue
        lived.append(event)
    return lived


def claim(part: int = 0) -> Claimed:
    return Claimed(part, "d" * 64, "CHK0", "{}")


lives = st.lists(deeds, min_size=1, max_size=30).map(legal).filter(bool)


@given(lives)
def test_a_legal_life_leads_to_one_state_with_a_word(lived: list[Event]) -> None:
    assert status(fold(lived)) in STATUSES
    assert fold(lived) == fold(lived)


@given(lives)
def test_a_life_is_the_same_after_writing_and_reading(lived: list[Event]) -> None:
    read = [
        Event(one.seq, one.at, decode(kind_of(one.deed), encode(one.deed)))
        for one in lived
    ]
    assert read == lived
    assert fold(read) == fold(lived)


@given(lives)
def test_a_posted_payment_stays_posted_whatever_follows(lived: list[Event]) -> None:
    posted: set[str] = set()
    for end in range(1, len(lived) + 1):
        plan = plan_of(fold(lived[:end]))
        now = {
            one.payment.marker
            for one in (plan.parts if plan else ())
            if isinstance(one.outcome, Posted)
        }
        assert posted <= now
        posted = now


@given(lives)
def test_a_request_leaves_only_from_ready_and_once_for_each_claim(
    lived: list[Event],
) -> None:
    for place, event in enumerate(lived):
        if isinstance(event.deed, Claimed):
            before = fold(lived[:place])
            assert isinstance(before, Ready)
            assert before.plan.parts[event.deed.part].waits
            assert isinstance(fold(lived[: place + 1]), Posting)


@given(lives)
def test_after_a_doubt_only_an_answer_or_a_person_lets_anything_be_sent(
    lived: list[Event],
) -> None:
    """What may have arrived is sent again by nobody's rule: a person says so."""
    doubtful = False
    for event in lived:
        match event.deed:
            case Claimed():
                assert not doubtful
            case Planned() | Ordered():
                assert person(event.deed) or not doubtful
                doubtful = False
            case _ if kind_of(event.deed) == "in_doubt":
                doubtful = True
            case _ if kind_of(event.deed) in {"posted", "not_sent", "refused"}:
                doubtful = False
            case _:
                pass


@given(lives, deeds)
def test_what_the_table_does_not_allow_is_refused(
    lived: list[Event], deed: Deed
) -> None:
    state = fold(lived)
    before, kind = status(state), kind_of(deed)
    if isinstance(deed, Noted | Acknowledged):
        assert step(state, Event(len(lived) + 1, NOON, deed)) == state
        return
    lacks_person = (before, kind) in PERSONAL and not person(deed)
    if kind not in ALLOWED[before] or lacks_person:
        with pytest.raises(Illegal):
            step(state, Event(len(lived) + 1, NOON, deed))


@given(lives.filter(lambda lived: len(lived) > 1), st.data())
def test_a_missing_event_is_seen(lived: list[Event], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(lived) - 2))
    with pytest.raises(Illegal, match="is missing"):
        fold(lived[:gone] + lived[gone + 1 :])


def test_every_kind_of_event_and_every_status_stands_in_the_table() -> None:
    assert set(ALLOWED) == {"", *STATUSES}
    anywhere = {"noted", "acknowledged"}
    assert set().union(*ALLOWED.values()) == set(KINDS) - anywhere


def test_no_event_at_all_is_no_state() -> None:
    with pytest.raises(Illegal):
        fold([])


def test_money_keeps_its_decimals_through_the_journal() -> None:
    one = Planned(
        Pay((payment(0, amount="1E+2"), payment(0, 1, "100.00")), HOLD.evidence)
    )
    read = decode("ready", encode(one))
    assert isinstance(read, Planned)
    amounts = [p.applications[0].amount for p in read.pay.payments]
    assert [str(amount) for amount in amounts] == ["1E+2", "100.00"]
    assert all(isinstance(amount, Decimal) for amount in amounts)


@pytest.mark.parametrize(
    ("first", "second", "shape"),
    [
        (Posted("1"), None, Ready),
        (Posted("1"), Posted("2"), Done),
        (Posted("1"), NotSent("x"), Ready),
        (Posted("1"), Refused("x"), Refusal),
        (Posted("1"), InDoubt("x"), Doubt),
        (NotSent("x"), Posted("2"), Ready),
    ],
)
def test_a_remittance_stands_as_its_parts_add_up(
    first: Outcome, second: Outcome | None, shape: type[State]
) -> None:
    some: list[Deed] = [Planned(pay(0, 2)), claim(0), answered(0, first)]
    if second:
        some += [claim(1), answered(1, second)]
    assert isinstance(fold(events(*some)), shape)


@pytest.mark.parametrize("outcome", [Refused("x"), InDoubt("x")])
def test_the_rest_of_a_remittance_waits_when_a_part_is_refused_or_in_doubt(
    outcome: Outcome,
) -> None:
    lived = events(Planned(pay(0, 2)), claim(0), answered(0, outcome), claim(1))
    with pytest.raises(Illegal):
        fold(lived)


def test_what_a_person_sends_again_counts_its_attempts_on() -> None:
    lived = events(
        *(Planned(pay(0)), claim(), answered(0, InDoubt("x")), Looked(0, LOOK)),
        *(Stopped(HOLD), Ordered("anna"), claim()),
    )
    state = fold(lived)
    assert isinstance(state, Posting)
    (part,) = state.plan.parts
    assert (part.attempts, part.looks) == (2, ())
    assert part.claim
    assert part.claim.attempt == 2
    assert state.plan.released == (HOLD.reason.value,)


def test_what_was_held_as_not_found_is_posted_when_it_turns_up() -> None:
    lived = events(
        *(Planned(pay(0)), claim(), answered(0, InDoubt("x")), Stopped(HOLD)),
        *(Looked(0, LOOK), answered(0, Posted("7"), "found late")),
    )
    assert isinstance(fold(lived[:5]), Held)
    assert isinstance(fold(lived), Done)


def test_a_held_remittance_without_a_plan_can_be_posted_by_hand() -> None:
    done = fold(events(Stopped(HOLD), answered(0, Posted("7"), by="anna")))
    assert isinstance(done, Done)
    assert done.posted == (Posted("7"),)


def test_two_payments_with_one_marker_are_no_plan() -> None:
    twice = Pay((payment(0), payment(0)), HOLD.evidence)
    with pytest.raises(Illegal, match="marker of its own"):
        fold(events(Planned(twice)))
