"""The state of a remittance as the fold of its events.

    fold(events) = step(… step(step(nothing, e1), e2) …, en)

What may follow what is `ALLOWED`, checked at each step: writing goes through the
same `step` as reading, so that the journal never holds what cannot be read.

Pure.  A step that is not allowed raises `Illegal`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from importer.journal.deeds import (
    Acknowledged,
    Answer,
    Answered,
    Approved,
    Claimed,
    Deed,
    Dropped,
    Event,
    Looked,
    Noted,
    Planned,
    Repeated,
    Stopped,
    Verified,
    kind_of,
    person,
)
from importer.journal.entry import (
    Claim,
    Done,
    Doubt,
    Held,
    Part,
    Plan,
    Posting,
    Ready,
    Refusal,
    Skipped,
    State,
    plan_of,
    status,
)
from importer.model import InDoubt, NotSent, Outcome, Pay, Posted, Refused

ALLOWED: Mapping[str, frozenset[str]] = {
    "": frozenset({"ready", "held", "skipped", "duplicate"}),
    "ready": frozenset({"posting", "held", "posted", "ready", "skipped", "approved"}),
    "held": frozenset({"ready", "again", "skipped", "held", "posted", "looked"}),
    "skipped": frozenset({"ready", "held"}),
    "duplicate": frozenset(),
    "posting": frozenset({"posted", "refused", "not_sent", "in_doubt"}),
    "in_doubt": frozenset({"posted", "refused", "not_sent", "looked", "held", "again"}),
    "refused": frozenset({"ready", "again", "skipped", "held", "posted"}),
    "posted": frozenset({"verified"}),
}
PERSONAL = frozenset(
    {
        ("ready", "ready"),
        ("ready", "skipped"),
        ("ready", "approved"),
        ("held", "ready"),
        ("held", "again"),
        ("held", "skipped"),
        ("skipped", "ready"),
        ("skipped", "held"),
        ("in_doubt", "again"),
        ("refused", "ready"),
        ("refused", "again"),
        ("refused", "skipped"),
        ("refused", "held"),
    }
)


class Illegal(ValueError):
    """A deed that may not follow what came before it."""


def fold(events: Iterable[Event]) -> State:
    """Return the state after all events of one remittance, oldest first."""
    state: State | None = None
    for seq, event in enumerate(events, start=1):
        if event.seq != seq:
            raise Illegal(f'event {seq} is missing: the next is "{event.seq}"')
        state = step(state, event)
    if state is None:
        raise Illegal("a remittance without an event stands nowhere")
    return state


def step(state: State | None, event: Event) -> State:
    """Return the state after one more event."""
    deed = event.deed
    if state and isinstance(deed, Noted | Acknowledged):
        return state
    before, kind = status(state) if state else "", kind_of(deed)
    if kind not in ALLOWED[before]:
        raise Illegal(f'what is "{before}" cannot become "{kind}"')
    if state and isinstance(deed, Verified):
        return state
    if (before, kind) in PERSONAL and not person(deed):
        raise Illegal(f'only a person may make "{kind}" of what is "{before}"')
    match deed:
        case Claimed() | Answered() | Looked():
            return _sent(state, event, deed)
        case _:
            return _decided(state, deed)


def moot(state: State, part: int, outcome: Outcome, attempt: int | None) -> str | None:
    """Return an alarm, or nothing to say (""), if an outcome changes nothing any more.

    None means that it does.  Somebody else may have found out meanwhile: who sends
    is not asked before its doubt is looked into.  `attempt` is the one answered.
    """
    plan = plan_of(state)
    if plan is None and isinstance(outcome, Posted) and not isinstance(state, Held):
        return f"ALARM: the ERP has it under {outcome.control_number}"
    if plan is None or not 0 <= part < len(plan.parts):
        return None
    one = plan.parts[part]
    match one.outcome, outcome:
        case Posted(there), Posted(number) if there != number:
            return f"ALARM: the ERP also has it under {number}, besides {there}"
        case (Posted(), Refused(message)):
            return f'ALARM: it is posted, but the ERP answered "{message}"'
        case (Posted(), _) | (InDoubt(), InDoubt()):
            return ""
        case (_, Posted()):
            return None
        case (Refused(), _):
            return ""
    sent = isinstance(state, Posting | Doubt) and one.claim is not None
    return None if sent and attempt in (None, one.attempts) else ""


def _decided(state: State | None, deed: Deed) -> State:
    """Return the state after a deed that concerns the whole remittance."""
    plan = plan_of(state) if state else None
    match deed:
        case Planned(pay):
            return _standing(_planned(plan, pay, _released(state)))
        case Stopped(hold):
            return Held(hold, plan)
        case Dropped(skip):
            _refuse_if_posted(plan)
            return Skipped(skip)
        case Repeated(duplicate):
            return duplicate
        case Approved(payloads=payloads):
            assert plan is not None, "what is ready has a plan"
            return Ready(replace(plan, payloads=payloads))
        case _:
            return _standing(_again(plan, _released(state)))


def _sent(state: State | None, event: Event, deed: Claimed | Answer | Looked) -> State:
    """Return the state after a deed that concerns one part."""
    plan = plan_of(state) if state else None
    if plan is None:
        return _found(state, deed)
    if not 0 <= deed.part < len(plan.parts):
        raise Illegal(f'there is no part "{deed.part}"')
    part = plan.parts[deed.part]
    match deed:
        case Claimed(_, digest, reference):
            changed = _claimed(
                part, Claim(part.attempts + 1, event.at, digest, reference)
            )
        case Looked(_, look):
            if not isinstance(part.outcome, InDoubt):
                raise Illegal("only what is in doubt is looked for")
            changed = replace(part, looks=(*part.looks, look))
        case Answered(_, outcome):
            changed = _answered(part, outcome)
    parts = (*plan.parts[: deed.part], changed, *plan.parts[deed.part + 1 :])
    after = replace(plan, parts=parts)
    if isinstance(state, Held) and isinstance(deed, Looked):
        return replace(state, plan=after)
    return _standing(after)


def _standing(plan: Plan) -> State:
    """Return the state that the parts add up to."""
    if plan.parts and not any(part.attempts or part.outcome for part in plan.parts):
        return Ready(plan)
    outcomes = [part.outcome for part in plan.parts]
    if any(part.under_way for part in plan.parts):
        return Posting(plan)
    if any(isinstance(outcome, InDoubt) for outcome in outcomes):
        return Doubt(plan)
    if any(isinstance(outcome, Refused) for outcome in outcomes):
        return Refusal(plan)
    posted = tuple(outcome for outcome in outcomes if isinstance(outcome, Posted))
    if len(posted) == len(outcomes):
        return Done(plan, posted)
    return Ready(plan)


def _planned(old: Plan | None, pay: Pay, released: tuple[str, ...]) -> Plan:
    """Return a new plan that keeps what is posted and counts attempts on."""
    markers = {payment.marker for payment in pay.payments}
    if len(markers) != len(pay.payments) or not markers:
        raise Illegal("a plan needs payments, each with a marker of its own")
    if old is None:
        return Plan(tuple(map(Part, pay.payments)), pay.evidence, released)
    before = {part.payment.marker: part for part in old.parts}
    parts = []
    for payment in pay.payments:
        part = before.pop(payment.marker, Part(payment))
        if not isinstance(part.outcome, Posted):
            part = Part(payment, part.attempts)
        elif part.payment != payment:
            raise Illegal("a payment that is posted cannot be planned otherwise")
        parts.append(part)
    if any(isinstance(part.outcome, Posted) for part in before.values()):
        raise Illegal("a payment that is posted must stay in the plan")
    return Plan(tuple(parts), pay.evidence, released)


def _released(state: State | None) -> tuple[str, ...]:
    """Return the reasons for holding that a person has overruled by now."""
    plan = plan_of(state) if state else None
    released = plan.released if plan else ()
    if isinstance(state, Held) and state.hold.reason.value not in released:
        return (*released, state.hold.reason.value)
    return released


def _again(plan: Plan | None, released: tuple[str, ...]) -> Plan:
    """Return the plan with all that is not posted waiting to be sent."""
    if plan is None:
        raise Illegal("there is no payment to send again")
    parts = tuple(
        part if isinstance(part.outcome, Posted) else Part(part.payment, part.attempts)
        for part in plan.parts
    )
    return Plan(parts, plan.evidence, released)


def _claimed(part: Part, claim: Claim) -> Part:
    if not part.waits:
        raise Illegal("only a part that waits may be sent")
    return Part(part.payment, claim.attempt, claim)


def _answered(part: Part, outcome: Posted | Refused | NotSent | InDoubt) -> Part:
    """Return the part with its outcome; what never left waits again."""
    match outcome:
        case Posted():
            if isinstance(part.outcome, Posted):
                raise Illegal("a part is posted once")
        case _ if part.claim is None or isinstance(part.outcome, Posted | Refused):
            raise Illegal("only a part that was sent has an answer")
        case NotSent():
            return Part(part.payment, part.attempts, None, outcome)
    return replace(part, outcome=outcome)


def _found(state: State | None, deed: Deed) -> State:
    """Return what was held without a plan and is in the ERP all the same."""
    match state, deed:
        case Held(hold), Answered(0, Posted() as posted):
            return Done(Plan((), hold.evidence), (posted,))
        case _:
            raise Illegal("there is no payment planned")


def _refuse_if_posted(plan: Plan | None) -> None:
    if plan and any(isinstance(part.outcome, Posted) for part in plan.parts):
        raise Illegal("a part is posted already; it cannot be skipped")
