"""Tell when a long step of the work begins and when it ends.

    with step("deciding", remittances=100_000):
        …

It is an event of the log, as every other; who shows a person how far the work is
listens to it with `heard`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

from importer.logs import TOP, Fact, Log

ROOM = "steps"
_BEGINS, _ENDS = "step begins", "step ended"
_log = Log(ROOM)

Hear = Callable[[str | None, Mapping[str, Fact]], None]
"""Takes a step that begins, and what it is about; without one, the last has ended."""


@contextmanager
def step(name: str, **facts: Fact) -> Iterator[None]:
    """Tell of a step while the block does it; facts are counts, as in `Log`."""
    start = monotonic()
    _log.debug(_BEGINS, step=name, **facts)
    try:
        yield
    finally:
        _log.debug(_ENDS, step=name, seconds=monotonic() - start)


@contextmanager
def heard(hear: Hear) -> Iterator[None]:
    """Let somebody hear of the steps of the block, whatever is logged of them."""
    logger, listener = logging.getLogger(f"{TOP}.{ROOM}"), _Listener(hear)
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.setLevel(logging.NOTSET)


class _Listener(logging.Handler):
    def __init__(self, hear: Hear) -> None:
        super().__init__()
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on; what goes wrong there stops no step."""
        facts: dict[str, Any] = {**vars(record)["facts"]}
        name = facts.pop("step")
        try:
            self._hear(name if record.msg == _BEGINS else None, facts)
        except Exception:  # noqa: BLE001 -- whatever it is, the work goes on
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's
        """Show nothing of it."""
