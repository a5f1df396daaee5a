"""Post in a process of its own that dies at the given step, as if killed.

    python dies.py FOLDER URL TOKEN STEP

Steps are counted over all payments: before and after each claim, send and finish.
Prints nothing; leaves with 137 at the step, with 0 when there was no such step.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from importer import erp
from importer.erp.secret import Secret
from importer.journal import Journal
from importer.posting import Terms, post

FOLDER, URL, TOKEN, STEP = sys.argv[1:5]
passed = 0


def mortal(deed: Callable[..., Any]) -> Callable[..., Any]:
    """Return the deed with a chance to die before it and after it."""

    def wrapped(*args: Any, **named: Any) -> Any:
        step()
        result = deed(*args, **named)
        step()
        return result

    return wrapped


def step() -> None:
    global passed  # noqa: PLW0603 -- the one thing this process counts
    passed += 1
    if passed == int(STEP):
        os._exit(137)


class MortalErp:
    """Komet's client, whose process may die around the request."""

    kind = "komet"

    def __init__(self, inner: erp.Erp) -> None:
        self._inner = inner
        self.send = mortal(inner.send)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class MortalJournal:
    """The journal, whose process may die around each write."""

    def __init__(self, inner: Journal) -> None:
        self._inner = inner
        self.claim = mortal(inner.claim)
        self.finish = mortal(inner.finish)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def main() -> None:
    client: Any = erp.connect(
        "komet",
        url=URL,
        token=Secret(TOKEN),
        methods={"default": 12},
        location="MIA",
        timeout=5,
        meter=lambda _: None,
    )
    with Journal.open("sqlite:///journal.db", top=Path(FOLDER)) as journal:
        terms = Terms(1, 1000, lambda: datetime.now(UTC), lambda: False)
        mortal_journal: Any = MortalJournal(journal)
        post(mortal_journal, MortalErp(client), terms)


main()
