"""The heartbeat: a small file that says that the watcher lives, and what it does.

It is written when the watcher turns to something else, and every few seconds in
between, also between two payments.  Who monitors may look at its time alone.
"""

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from importer.files import whole

BEAT_EVERY = timedelta(seconds=10)
SILENT_AFTER = timedelta(minutes=2)
NAMES_MOST = 20


@dataclass(frozen=True, slots=True)
class Beat:
    """What the watcher says of itself.

    `doing` is empty while it waits; `waiting_for` and `left_alone` are names in the
    inbox, each with its reason; `worked` is when it last took something in or sent.
    `ended` says why it has ended; it is empty while it lives, and where it died.
    """

    at: str
    started: str
    process: str
    doing: str = ""
    worked: str = ""
    ended: str = ""
    waiting_for: Mapping[str, str] = field(default_factory=dict)
    left_alone: Mapping[str, str] = field(default_factory=dict)

    def is_alive(self, now: datetime, patience: timedelta = timedelta()) -> bool:
        """Say whether it has not ended, and has beaten of late."""
        at = datetime.fromisoformat(self.at)
        return not self.ended and now - at <= SILENT_AFTER + patience

    def sentence(self, now: datetime, patience: timedelta) -> str:
        """Say whether it lives, what it does, and when it last worked."""
        at = datetime.fromisoformat(self.at)
        if self.ended:
            waits = _listed(self.waiting_for)
            left = f"; in the inbox waits {waits}" if waits else ""
            when = f"{at:%Y-%m-%d %H:%M:%S}"
            return f"watcher: {self.ended} at {when} ({self.process}){left}"
        if not self.is_alive(now, patience):
            return (
                f"watcher: no sign of {self.process} since {at:%Y-%m-%d %H:%M:%S}; "
                "start it again: importer watch"
            )
        ago = max(round((now - at).total_seconds()), 0)
        doing = self.doing or f"waiting for {_listed(self.waiting_for) or 'files'}"
        worked = f"; last worked {self.worked[:19]}" if self.worked else ""
        return f"watcher: {doing} ({self.process}, {ago} s ago{worked})"


def _listed(names: Mapping[str, str]) -> str:
    shown = [f"{name} ({why})" for name, why in list(names.items())[:NAMES_MOST]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def read(path: Path) -> Beat | None:
    """Read what a watcher said last; nothing where none ever ran."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        known = {one.name for one in fields(Beat)}
        beat = Beat(**{name: said[name] for name in known & set(said)})
        datetime.fromisoformat(beat.at)
    except (OSError, ValueError, TypeError):
        return None
    return beat


class Heart:
    """Writes the heartbeat of one watcher; safe to share between threads."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """Begin to beat; `found_dead` is when one was last heard that did not end."""
        self._path = path
        self._now = now
        self._lock = Lock()
        at = _written(now())
        process = f"process {os.getpid()} on {socket.gethostname()}"
        before = read(path)
        self.found_dead = "" if before is None or before.ended else before.at
        self._beat = Beat(at, at, process, worked=before.worked if before else "")
        self._last = datetime.min.replace(tzinfo=now().tzinfo)
        self.beat()

    def turn(self, doing: str) -> None:
        """Turn to something."""
        with self._lock:
            self._beat = replace(self._beat, doing=doing)
        self.beat()

    def rest(self, *, worked: bool) -> None:
        """Turn to waiting, after something was done or there was nothing to do."""
        with self._lock:
            at = _written(self._now()) if worked else self._beat.worked
            self._beat = replace(self._beat, doing="", worked=at)
        self.beat()

    def end(self, why: str) -> None:
        """Say that it ends, and why."""
        with self._lock:
            self._beat = replace(self._beat, doing="", ended=why)
        self.beat()

    def look(self, waiting: Mapping[str, str], left: Mapping[str, str]) -> None:
        """Say what is waited for, and what is left alone."""
        with self._lock:
            seen = replace(self._beat, waiting_for=waiting, left_alone=left)
            fresh, self._beat = seen != self._beat, seen
        self.beat(force=fresh)

    def beat(self, *, force: bool = True) -> None:
        """Write it, where it is forced or due."""
        with self._lock:
            now = self._now()
            # A clock may have been set back: then the last beat lies ahead.
            if force or abs(now - self._last) >= BEAT_EVERY:
                self._last = now
                self._beat = replace(self._beat, at=_written(now))
                text = json.dumps(asdict(self._beat), ensure_ascii=False, indent=1)
                # What cannot be written is silence, which is seen from outside; it
                # is no reason to stop the work.
                with suppress(OSError):
                    whole(self._path, f"{text}\n".encode(errors="backslashreplace"))


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
