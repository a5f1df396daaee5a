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
from importer.journal import deeds, fold, page, reading, writing
from importer.journal.database import Row
from importer.journal.deeds import Deed, Event
from importer.journal.entry import Entry, FileRecord, State

MOST = 20_000


class Memory:
    """Answers by what was asked; what nobody has asked for of late is forgotten."""

    def __init__(self) -> None:
        self._young: dict[Any, Any] = {}
        self._old: dict[Any, Any] = {}

    def get(self, key: object) -> Any:
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.keep(key, found)
        return found

    def keep(self, key: object, answer: object) -> None:
        if len(self._young) > MOST:
            self._young, self._old = {}, self._young
        self._young[key] = answer

    def of(self, asked: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a memory."""

        def answer(*texts: object) -> Any:
            found = self._young.get(texts)
            if found is None and (found := self.get(texts)) is None:
                found = asked(*texts)
                self.keep(texts, found)
            return found

        return answer

    def hears(self, encode: Callable[[Deed], str]) -> Callable[[Deed], str]:
        """Keep what is written, so that reading it needs no decoding."""

        def written(deed: Deed) -> str:
            body = encode(deed)
            self.keep((deeds.kind_of(deed), body), deed)
            return body

        return written


# Below, what is kept with an answer keeps its identity from being another's.


def stepped(step: Callable[[State | None, Event], State]) -> Callable[..., State]:
    """Remember what a state becomes by a deed; equal deeds are one and the same."""
    answers = Memory()

    def answer(state: State | None, event: Event) -> State:
        key = (id(state), id(event.deed), event.at)
        found = answers.get(key)
        if found is None:
            found = (state, event.deed, step(state, event))
            answers.keep(key, found)
        after: State = found[2]
        return after

    return answer


def folded(fold: Callable[[list[Event]], State]) -> Callable[[list[Event]], State]:
    """Remember what events add up to."""
    answers = Memory()

    def answer(events: list[Event]) -> State:
        key = tuple(map(id, events))
        found = answers.get(key)
        if found is None:
            found = ([*events], fold(events))
            answers.keep(key, found)
        state: State = found[1]
        return state

    return answer


Made = Callable[[Row, FileRecord, list[Event]], Entry]


def made(make: Made) -> Made:
    """Remember the entry of a remittance that has lived through some events."""
    answers = Memory()

    def answer(row: Row, file: FileRecord, lived: list[Event]) -> Entry:
        key = (row, id(file), *map(id, lived))
        found = answers.get(key)
        if found is None:
            found = (file, [*lived], make(row, file, lived))
            answers.keep(key, found)
        entry: Entry = found[2]
        return entry

    return answer


@cache
def make_haste() -> None:
    """Let this process read and fold by memory, for good."""
    events = Memory()
    vars(page)["decode"] = events.of(deeds.decode)
    vars(writing)["encode"] = events.hears(deeds.encode)
    vars(page)["_event"] = Memory().of(vars(page)["_event"])
    vars(page)["_entry"] = made(vars(page)["_entry"])
    vars(reading)["decode_file"] = Memory().of(deeds.decode_file)
    vars(lookup)["markers_in"] = lru_cache(MOST)(markers_in)
    gc.freeze()
    gc.disable()
    step = stepped(fold.step)
    for module in (fold, writing):
        vars(module)["step"] = step
    whole = folded(fold.fold)
    for module in (page, writing):
        vars(module)["fold"] = whole
