"""The watched folder: a file is taken when it is whole, and never half.

    inbox/x.csv ─scan─▶ still and whole ─take─▶ spool copy ─▶ the round
                                                  ├─▶ archive/2026-03-18/x.csv.1a2b3c4d
                                                  └─▶ refused/x.csv + x.csv.why.txt

(1) The scan is the truth; there is nothing to remember, so a restart goes on
    where it was.
(2) Only the spool copy is parsed, and it is the copy that is archived; an
    original is never written, and taken away only while it is what was copied.
(3) Links, pipes and folders are never followed, and nothing here waits for them.
(4) A file that cannot be used never blocks the next one: it is set aside, or left
    alone and tried again more and more rarely.
(5) Nothing is passed over in silence: `left_alone` names it, with the reason.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from importer.errors import Fault, FileRefused, ImporterError
from importer.files import made, safe_name, whole
from importer.inbox import originals
from importer.inbox.originals import Unreadable, copied, moved, shown
from importer.inbox.wholeness import (
    Sight,
    Still,
    has_an_end,
    look,
    sight_of,
    why_waits,
)
from importer.systems import open_regular, sync_folder

__all__ = ["Dropped", "Inbox", "Still", "shown"]

UNFINISHED = (
    *(".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download"),
    *(".writing", ".lock", ".swp", "~"),
)
SPOOL_KEPT = timedelta(days=1)
SHARE_LONGER = 3
REST_SECONDS = 60
REST_SECONDS_MOST = 3600
DENIED = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file of the inbox in the spool: its copy, digest, name, and its original.

    `sight` is how the original looked while it was copied; `ended` says whether its
    end looks like one.
    """

    path: Path
    sha256: str
    name: str
    original: Path
    sight: Sight
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folders of one workspace, and when a file counts as whole.

    On a share a file must be still for longer: its times and sizes come late.
    """

    folder: Path
    archive: Path
    refused: Path
    spool: Path
    quiet_seconds: int
    bytes_most: int
    on_a_share: bool = False

    def scan(
        self,
        before: dict[Path, Still],
        moment: float,  # seconds
    ) -> tuple[dict[Path, Still], list[Path]]:
        """Look at the folder; return what was seen, and what is whole by now."""
        seen: dict[Path, Still] = {}
        ready = []
        for path, sight in self._files():
            known = before.get(path)
            fresh = known is None or known.sight != sight
            still = Still(sight, moment) if known is None or fresh else known
            why = self._why_waits(path, still, moment, fresh=fresh)
            seen[path] = replace(still, why=why)
            if not why:
                ready.append(path)
        return seen, sorted(ready, key=lambda path: path.name)

    def _why_waits(
        self,
        path: Path,
        still: Still,
        moment: float,  # seconds
        *,
        fresh: bool,
    ) -> str:
        if moment < still.rests_until:
            return "it could not be taken, and is tried again later"
        if fresh and self.quiet_seconds:
            return "it has just come"
        quiet = self.quiet_seconds * (SHARE_LONGER if self.on_a_share else 1)
        waited = moment - still.since
        return why_waits(path, waited, quiet, on_a_share=self.on_a_share)

    @staticmethod
    def tried(
        seen: dict[Path, Still],
        paths: Collection[Path],
        moment: float,  # seconds
    ) -> dict[Path, Still]:
        """Let what was tried rest, in case that it is still there: longer each time."""
        resting = dict(seen)
        for path in paths:
            still = seen[path]
            rest = min(REST_SECONDS << min(still.tries, 9), REST_SECONDS_MOST)
            resting[path] = replace(
                still, tries=still.tries + 1, rests_until=moment + rest
            )
        return resting

    def left_alone(self) -> dict[str, str]:
        """Name what lies in the folder and is never taken, each with the reason."""
        found = {}
        for name in self._names():
            path = self.folder / name
            if originals.is_ours(name):
                continue
            if _is_unfinished(name):
                found[shown(path)] = "by its name it is not finished"
            elif look(path) is None:
                found[shown(path)] = "it is no regular file"
        return dict(sorted(found.items()))

    def closed(self) -> str:
        """Say why nothing can be seen of the folder; nothing where it can be."""
        try:
            with os.scandir(self.folder):
                return ""
        except OSError as error:
            return f"it cannot be looked into: {error.strerror}"

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.folder)  # noqa: PTH208 -- names, each second
        except OSError:
            return []

    def _files(self) -> Iterator[tuple[Path, Sight]]:
        for name in self._names():
            if not _is_unfinished(name):
                path = self.folder / name
                if sight := look(path):
                    yield path, sight

    def take(self, path: Path) -> Dropped | None:
        """Copy a file into the spool; None when it cannot be read as it stands.

        It changed under our hands, or the disk it lies on fails: then it is the next
        look that finds out more.  Raises `FileRefused` for a file that may not be
        read or is too large, `StoppedEarly` when there is no room for the copy.
        """
        try:
            descriptor = open_regular(path)
        except OSError as error:
            if error.errno not in DENIED:
                return None
            sentence = f"cannot be opened: {error.strerror}"
            hint = "give the program the right to read it"
            raise FileRefused(Fault(shown(path), sentence, hint=hint)) from None
        try:
            sight = sight_of(os.fstat(descriptor))
            if sight is None:
                return None
            self._refuse_large(path, sight)
            copy = self._room() / shown(path)
            try:
                digest = copied(descriptor, copy, sight.size)
                copy = originals.named(copy, digest)
                last, ended = sight_of(os.fstat(descriptor)), has_an_end(descriptor)
            except (Unreadable, OSError):
                # Of the room on our own disk `copied` speaks itself.
                shutil.rmtree(copy.parent, ignore_errors=True)
                return None
        finally:
            os.close(descriptor)
        dropped = Dropped(copy, digest, copy.name, path, sight, ended)
        if last != sight:
            self.forget(dropped)
            return None
        return dropped

    def _refuse_large(self, path: Path, sight: Sight) -> None:
        if sight.size > self.bytes_most:
            mebibytes = -(-sight.size * 10 >> 20) / 10
            sentence = f"has {mebibytes:g} MiB; the most is {self.bytes_most >> 20}"
            hint = "split it, or raise [inbox] megabytes_most in importer.toml"
            raise FileRefused(Fault(shown(path), sentence, hint=hint))

    def _room(self) -> Path:
        """Make a folder for one copy, which nobody else uses or reads."""
        try:
            self.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(dir=self.spool))
        except OSError as error:
            raise originals.no_room(self.spool, error) from None

    def accept(self, dropped: Dropped, at: datetime) -> Path:
        """Archive what was read, take its original away, and empty the spool.

        An original that is not what was read any more stays for the next scan.
        """
        folder = self.archive / f"{at:%Y-%m-%d}"
        target = folder / originals.archived(safe_name(dropped.name), dropped.sha256)
        self._kept(dropped, target)
        return target

    def refuse(self, found: Path | Dropped, error: ImporterError) -> Path:
        """Move a file to where a person finds it; the reason is put beside there.

        A file that is gone or cannot be moved changes nothing about the reason.
        """
        target = self._place(safe_name(found.name))
        why = target.with_name(f"{target.name}.why.txt")
        whole(why, f"{error}\n".encode("utf-8", "replace"))
        if isinstance(found, Dropped):
            self._kept(found, target)
            return target
        try:
            moved(found, target)
        except OSError:
            target.unlink(missing_ok=True)
        return target

    def _place(self, name: str) -> Path:
        """Make a place among the refused that nobody else has, and return it."""
        made(self.refused)
        for number in count(1):
            target = self.refused / (f"{number}-{name}" if number > 1 else name)
            with suppress(FileExistsError):
                target.touch(exist_ok=False)
                return target
        raise AssertionError("numbers have no end")

    def _kept(self, dropped: Dropped, target: Path) -> None:
        made(target.parent)
        moved(dropped.path, target)
        sync_folder(target.parent)
        self.forget(dropped)
        if dropped.original.parent == self.folder:
            originals.take_away(
                dropped.original,
                dropped.sight,
                dropped.sha256,
                on_a_share=self.on_a_share,
            )

    def forget(self, dropped: Dropped) -> None:
        """Take a copy out of the spool."""
        shutil.rmtree(dropped.path.parent, ignore_errors=True)

    def look_after(self, at: datetime) -> None:
        """Bring back what still grows after it was taken, and remove what does not."""
        for name in self._names():
            if originals.is_ours(name):
                originals.look_after(self.folder / name, at)

    def sweep(self, at: datetime) -> None:
        """Clean up after a program that died: its copies, and what it had in hand."""
        self.look_after(at)
        if not self.spool.is_dir():
            return
        for room in self.spool.iterdir():
            status = room.stat(follow_symlinks=False)
            made = datetime.fromtimestamp(status.st_mtime, at.tzinfo)
            if at - made > SPOOL_KEPT:
                shutil.rmtree(room, ignore_errors=True)


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(UNFINISHED)
