"""Do what is pure only once, so that a million lives fit into an hour.

The journal reads the same events over and over, and folds them to the same states.
Both are functions of immutable values alone, so that what came of them before is
what would come of them now: the program's own function is asked at the first time,
and its answer remembered.  Nothing that touches the journal or the ERP is skipped.
"""

import gc
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from importer import lookup
from importer.identity import markers_in
from importer.journal import deeds, fold, reading, writing
from importer.journal.deeds import Deed, Event
from importer.journal.entry import State

MOST = 50_000


class Memory:
    """Answers by the texts that were asked with; far too many are forgotten."""

    def __init__(self) -> None:
        self._answers: dict[tuple[object, ...], Any] = {}

    def keep(self, key: tuple[object, ...], answer: object) -> None:
        if len(self._answers) > MOST:
            self._answers.clear()
        self._answers[key] = answer

    def of(self, asked: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a memory."""

        def answer(*texts: object, **more: object) -> Any:
            key = (*texts, *more.values()) if more else texts
            found = self._answers.get(key)
            if found is None:
                found = asked(*texts, **more)
                self.keep(key, found)
            return found

        return answer

    def hears(self, encode: Callable[[Deed], str]) -> Callable[[Deed], str]:
        """Keep what is written, so that reading it needs no decoding."""

        def written(deed: Deed) -> str:
            body = encode(deed)
            self.keep((deeds.kind_of(deed), body), deed)
            return body

        return written


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
    """Let this process read and fold by memory, for good."""
    events = Memory()
    vars(reading)["decode"] = events.of(deeds.decode)
    vars(writing)["encode"] = events.hears(deeds.encode)
    for name in ("decode_notice", "decode_file"):
        vars(reading)[name] = Memory().of(getattr(deeds, name))
    vars(lookup)["markers_in"] = lru_cache(MOST)(markers_in)
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    step = stepped(fold.step)
    for module in (fold, writing):
        vars(module)["step"] = step
