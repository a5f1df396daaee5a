"""Where the log goes: to the service's standard error, or to a file that rotates.

(1) A line is written whole, by one write; several processes may share a file, and
    whoever finds it full moves it away for all.
(2) A disk that is full, a folder that is gone or a closed pipe lose lines, and
    nothing else: no failure to write reaches the work.
(3) Under systemd each line begins with its priority and without a time, which
    journald adds itself.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal

from importer import locks
from importer.errors import StoppedEarly
from importer.logs import TOP, Log

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["text", "json"]
LONGEST = 200
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}
_PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/+-…"
)


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the log is kept; without a `file` it goes to standard error."""

    level: Level = "info"
    format: Format = "text"
    file: Path | None = None
    megabytes: int = 10
    keep: int = 10


def start(keeping: Keeping, environment: Mapping[str, str]) -> None:
    """Write all that is logged from now on; what was started before is ended."""
    end()
    handler = _opened(keeping)
    journald = not isinstance(handler, _File) and is_journald(environment)
    handler.setFormatter(_Json() if keeping.format == "json" else _Text(journald))
    # A room may let more through than is kept: somebody else listens to it.
    handler.setLevel(keeping.level.upper())
    top = logging.getLogger(TOP)
    top.addHandler(handler)
    top.setLevel(keeping.level.upper())
    if keeping.file and not isinstance(handler, _File):
        Log("logs").error("log file cannot be opened")


def _opened(keeping: Keeping) -> "_File | _Stream":
    """Open the file; where that fails the log goes to standard error after all."""
    if keeping.file:
        with suppress(OSError):
            keeping.file.parent.mkdir(parents=True, exist_ok=True)
            return _File(keeping.file, keeping.megabytes << 20, keeping.keep)
    return _Stream(sys.stderr)


def end() -> None:
    """Write nothing more."""
    top = logging.getLogger(TOP)
    top.setLevel(logging.CRITICAL + 1)
    for handler in [one for one in top.handlers if isinstance(one, _Stream | _File)]:
        top.removeHandler(handler)
        with suppress(OSError):
            handler.close()


def is_journald(environment: Mapping[str, str]) -> bool:
    """Say whether standard error is what systemd says that it has connected."""
    with suppress(OSError, ValueError):
        device, inode = environment.get("JOURNAL_STREAM", "").split(":")
        status = os.fstat(sys.stderr.fileno())
        return (status.st_dev, status.st_ino) == (int(device), int(inode))
    return False


class _Stream(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's
        """Lose the line."""


class _File(RotatingFileHandler):
    """A file that several processes write to, and whoever finds it full moves."""

    def __init__(self, path: Path, most: int, keep: int) -> None:
        super().__init__(path, maxBytes=most, backupCount=keep, encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 -- logging's
        """Lose the line, and open the file anew for the next one."""
        self._let_go()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, to the file that has the name now."""
        try:
            self._follow()
        except OSError:
            self._let_go()
        super().emit(record)

    def doRollover(self) -> None:  # noqa: N802 -- logging's
        """Move the file away, unless another process does or has done it."""
        beside = Path(f"{self.baseFilename}.lock")
        with suppress(StoppedEarly, OSError), locks.only_one(beside, "a moment ago"):
            self._follow()
            if Path(self.baseFilename).stat().st_size >= self.maxBytes // 2:
                super().doRollover()
        if self.stream is None:
            self.stream = self._open()

    def _follow(self) -> None:
        """Open the file anew where another process has moved it away."""
        if self.stream is None:
            return
        there, ours = Path(self.baseFilename), os.fstat(self.stream.fileno())
        with suppress(FileNotFoundError):
            if os.path.samestat(there.stat(), ours):
                return
        self._let_go()

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()


class _Text(logging.Formatter):
    """`2026-03-18T09:15:02.113Z info posting: payment posted remittance=BK… part=0`."""

    def __init__(self, journald: bool) -> None:  # noqa: FBT001 -- known at the start
        super().__init__()
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        start = f"{_at(record)} {record.levelname.lower()} "
        if self._journald:
            start = f"<{_PRIORITIES.get(record.levelno, 5)}>"
        facts = (f"{name}={_shown(fact)}" for name, fact in _facts(record).items())
        return " ".join((f"{start}{_room(record)}: {record.msg}", *facts))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        said = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "room": _room(record),
            "event": record.msg,
            "process": record.process,
            **_facts(record),
        }
        return json.dumps(said)


def _at(record: logging.LogRecord) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.msecs):03}Z"


def _room(record: logging.LogRecord) -> str:
    return record.name.removeprefix(f"{TOP}.")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """Return the facts that say something, each as short as it may be."""
    facts: dict[str, object] = getattr(record, "facts", {})
    return {
        name: _short(fact) for name, fact in facts.items() if fact not in ("", None)
    }


def _short(fact: object) -> object:
    if isinstance(fact, float):  # seconds
        return round(fact, 3)
    return fact[:LONGEST] if isinstance(fact, str) else fact


def _shown(fact: object) -> str:
    text = str(fact)
    return text if _PLAIN.issuperset(text) else json.dumps(text)
