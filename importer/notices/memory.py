"""What was told, what is to be told, and when: a value, and how it is written down.

Pure but for `read` and `write`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from importer.files import whole
from importer.notices import News
from importer.settings.sections import NotifySection, Subject

HOUR = timedelta(hours=1)
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)
TOLD_MOST = 2000
LINES_MOST = 20
_TITLES: Mapping[Subject, tuple[str, str]] = {
    "stopped": ("stopped", "Stopped"),
    "needs_person": ("for a person", "For a person"),
    "done": ("done", "Done"),
}


@dataclass(frozen=True, slots=True)
class Memory:
    """What is still to be told by what it is about, and the signs of what was told.

    `sent` is when the messages of the last hour left; `failures` counts the vain
    tries since, of which the last was at `failed` and went wrong by `why`.
    """

    pending: Mapping[str, News] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    sent: tuple[datetime, ...] = ()
    failures: int = 0
    failed: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message for people, and the news that it tells."""

    title: str
    body: str
    news: tuple[News, ...]


def heard(memory: Memory, news: Iterable[News], on: Iterable[Subject]) -> Memory:
    """Keep what is new to who wants to hear of it; of each thing the last word."""
    pending, told, wanted = dict(memory.pending), dict(memory.told), frozenset(on)
    for one in news:
        before = told.get(one.about, "")
        pending.pop(one.about, None)
        if one.sign and one.subject not in wanted:
            told.pop(one.about, None)
        elif one.sign != before:
            pending[one.about] = one
    return replace(memory, pending=pending, told=told)


def due(memory: Memory, now: datetime, section: NotifySection) -> bool:
    """Say whether a message should leave now."""
    if not memory.pending or _rests(memory, now):
        return False
    lately = [at for at in memory.sent if now - HOUR < at <= now]
    if len(lately) >= section.messages_an_hour:
        return False
    urgent = any(one.is_urgent for one in memory.pending.values())
    return urgent or not lately or now - max(lately) >= _digest(section)


def _digest(section: NotifySection) -> timedelta:
    return timedelta(minutes=section.digest_minutes)


def _rests(memory: Memory, now: datetime) -> bool:
    """Say whether the last try was vain and is too young for another."""
    if memory.failed is None or memory.failed > now:
        return False
    doubled: int = 1 << min(max(memory.failures - 1, 0), 10)
    return now - memory.failed < min(FIRST_REST * doubled, LONGEST_REST)


def message(memory: Memory, company: str, where: str) -> Message:
    """Put all that is to be told into one message."""
    every = tuple(memory.pending.values())
    titles, paragraphs = [], []
    for subject, (title, head) in _TITLES.items():
        lines = [f"- {one.text}" for one in every if one.subject == subject]
        if lines:
            titles.append(f"{len(lines)} {title}")
            more = len(lines) - LINES_MOST
            shown = lines[:LINES_MOST] + ([f"- and {more} more"] if more > 0 else [])
            paragraphs.append("\n".join((f"{head}:", *shown)))
    body = "\n\n".join((*paragraphs, where))
    return Message(f"{company} remittances: {', '.join(titles)}", body, every)


def carried(memory: Memory, sent: Message, now: datetime, why: str = "") -> Memory:
    """Remember what was told; `why` says what went wrong with some of the addresses.

    What was heard meanwhile stays to be told.
    """
    pending, told = dict(memory.pending), dict(memory.told)
    for one in sent.news:
        told.pop(one.about, None)
        if one.sign:
            told[one.about] = one.sign
        if pending.get(one.about) == one:
            del pending[one.about]
    kept = dict(list(told.items())[-TOLD_MOST:])
    lately = tuple(at for at in memory.sent if now - HOUR < at <= now)
    return Memory(pending, kept, (*lately, now), 0, now if why else None, why)


def failed(memory: Memory, now: datetime, why: str) -> Memory:
    """Remember a vain try; what was to be told still is."""
    return replace(memory, failures=memory.failures + 1, failed=now, why=why)


def read(path: Path) -> Memory:
    """Read what was written; what cannot be read is forgotten, and told again."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        pending = [News(**one) for one in said["pending"]]
        stamp = said["failed"]
        return Memory(
            {one.about: one for one in pending},
            dict(said["told"]),
            tuple(map(datetime.fromisoformat, said["sent"])),
            int(said["failures"]),
            datetime.fromisoformat(stamp) if stamp else None,
            str(said["why"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return Memory()


def write(memory: Memory, path: Path) -> None:
    """Write it, whole or not at all."""
    said = {
        "pending": [asdict(one) for one in memory.pending.values()],
        "told": dict(memory.told),
        "sent": [at.isoformat() for at in memory.sent],
        "failures": memory.failures,
        "failed": memory.failed.isoformat() if memory.failed else "",
        "why": memory.why,
    }
    whole(path, json.dumps(said, indent=1).encode())
