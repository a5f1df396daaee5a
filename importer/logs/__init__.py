"""What a service writes about its work: one line for each event, with ids and counts.

    _log = Log("posting")
    _log.info("payment posted", remittance="BK7Q2M…", part=0, control="88123")

(1) An event is a fixed phrase of ours; what it is about are facts beside it.  Facts
    are ids, digests, counts, seconds and words of ours: never a name, an account, a
    text of the bank or of the ERP, an address or a token, at no level.
(2) Nothing here raises, and without `keeping.start` nothing is written.
(3) What other packages log is written nowhere: they know addresses, and in them tokens.
"""

import logging
import traceback
from pathlib import Path

TOP = "importer"
Fact = str | int | float | bool | None  # seconds

_top = logging.getLogger(TOP)
_top.addHandler(logging.NullHandler())
_top.propagate = False
_top.setLevel(logging.CRITICAL + 1)


class Log:
    """The log of one room."""

    __slots__ = ("_logger",)

    def __init__(self, room: str) -> None:
        """Write under the name of a room."""
        self._logger = logging.getLogger(f"{TOP}.{room}")

    def debug(self, event: str, **facts: Fact) -> None:
        """Write what only who looks for a fault wants to know."""
        self._write(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: Fact) -> None:
        """Write what happens as it should."""
        self._write(logging.INFO, event, facts)

    def warning(self, event: str, **facts: Fact) -> None:
        """Write what a person should look at one day."""
        self._write(logging.WARNING, event, facts)

    def error(self, event: str, **facts: Fact) -> None:
        """Write what a person should look at now."""
        self._write(logging.ERROR, event, facts)

    def _write(self, level: int, event: str, facts: dict[str, Fact]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"facts": facts})


def trouble(error: BaseException) -> dict[str, Fact]:
    """Say of an error what it is and where it arose in our code, not what it says."""
    places = [
        f"{'/'.join(parts[-parts[::-1].index(TOP) :])}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if TOP in (parts := Path(frame.filename).parts)
    ]
    place = places[-1] if places else ""
    return {"error": type(error).__name__, "place": place}


def ended(code: int, error: BaseException | None) -> None:
    """Log with which exit code a command ends, and of an error where it arose."""
    log = Log("cli")
    if error is None:
        log.info("ended", exit=code)
    else:
        log.error("ended early", exit=code, **trouble(error))
