"""Do what is pure only once, so that a million lives fit into an hour.

The journal reads the same events over and over, and folds them to the same states.
Both are functions of immutable values alone, so that what came of them before is
what would come of them now: the program's own function is asked at the first time,
and its answer remembered.  Nothing that touches the journal or the ERP is skipped.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from importer.journal import deeds, fold, reading, writing
from importer.journal.deeds import Deed, Event
from importer.journal.entry import State

MOST = 50_000


def remembered(asked: Callable[..., Any]) -> Callable[..., Any]:
    """Remember answers by the texts they were asked with."""
    answers: dict[tuple[object, ...], Any] = {}

    def answer(*texts: object, **more: object) -> Any:
        key = (*texts, *more.values())
        if key not in answers:
            if len(answers) > MOST:
                answers.clear()
            answers[key] = asked(*texts, **more)
        return answers[key]

    return answer


def stepped(step: Callable[[State | None, Event], State]) -> Callable[..., State]:
    """Remember what a state becomes by a deed; equal deeds are one and the same."""
    # What is kept with an answer keeps its identity from being another's.
    answers: dict[tuple[object, ...], tuple[State | None, Deed, State]] = {}

    def answer(state: State | None, event: Event) -> State:
        key = (id(state), id(event.deed), event.at)
        found = answers.get(key)
        if found is None:
            if len(answers) > MOST:
                answers.clear()
            found = answers[key] = (state, event.deed, step(state, event))
        return found[2]

    return answer


@cache
def make_haste() -> None:
    """Let this process read and fold by memory, once and for all."""
    for name in ("decode", "decode_notice", "decode_file"):
        setattr(reading, name, remembered(getattr(deeds, name)))
    step = stepped(fold.step)
    for module in (fold, writing):
        vars(module)["step"] = step
