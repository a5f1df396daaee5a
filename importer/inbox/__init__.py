"""The watched folder: a file is taken when it is whole, and never half.

    inbox/x.csv ─scan─▶ still and whole ─take─▶ spool copy ─▶ the round
                                                  ├─▶ archive/2026-03-18/x.csv.1a2b3c4d
                                                  └─▶ refused/x.csv + x.csv.why.txt

(1) The scan is the truth; there is nothing to remember, so a restart goes on
    where it was.
(2) Only the spool copy is parsed, and it is the copy that is archived; an
    original is never written, and taken away only while it is what was copied.
(3) Links, pipes and folders are never followed, and nothing here waits for them.
(4) A file that cannot be used never blocks the next one.
"""

import errno
import hashlib
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from importer.errors import (
    Fault,
    FileRefused,
    ImporterError,
    SettingsRefused,
    StoppedEarly,
)
from importer.files import made, safe_name, synced, whole
from importer.inbox.wholeness import Sight, Still, is_whole, look, opened, sight_of

__all__ = ["Dropped", "Inbox", "Still", "shown"]

UNFINISHED = (
    *(".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download"),
    *(".writing", ".lock", ".swp", "~"),
)
CHUNK = 1 << 20
SPOOL_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file of the inbox in the spool: its copy, digest, name, and its original.

    `sight` is how the original looked while it was copied.
    """

    path: Path
    sha256: str
    name: str
    original: Path
    sight: Sight


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folders of one workspace, and when a file counts as whole."""

    folder: Path
    archive: Path
    refused: Path
    spool: Path
    quiet_seconds: int
    bytes_most: int

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
            seen[path] = still
            if fresh and self.quiet_seconds:
                continue
            if is_whole(path, moment - still.since, self.quiet_seconds):
                ready.append(path)
        return seen, sorted(ready, key=lambda path: path.name)

    def _files(self) -> Iterator[tuple[Path, Sight]]:
        try:
            found = list(os.scandir(self.folder))
        except OSError:
            return
        for one in found:
            name = one.name
            if name.startswith((".", "~$")) or name.lower().endswith(UNFINISHED):
                continue
            path = self.folder / name
            if sight := look(path):
                yield path, sight

    def take(self, path: Path) -> Dropped | None:
        """Copy a file into the spool; None when it changed under our hands.

        Raises `FileRefused` for a file that cannot be read or is too large, and
        `StoppedEarly` when there is no room for the copy.
        """
        try:
            descriptor = opened(path)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOENT}:
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
            digest = _copied(descriptor, copy, sight.size)
            last = sight_of(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        dropped = Dropped(copy, digest, copy.name, path, sight)
        if last != sight:
            self.forget(dropped)
            return None
        return dropped

    def _refuse_large(self, path: Path, sight: Sight) -> None:
        if sight.size > self.bytes_most:
            sentence = f"has {sight.size >> 20} MiB, the most is "
            sentence += f"{self.bytes_most >> 20}"
            hint = "split it, or raise [inbox] megabytes_most in importer.toml"
            raise FileRefused(Fault(shown(path), sentence, hint=hint))

    def _room(self) -> Path:
        """Make a folder for one copy, which nobody else uses or reads."""
        try:
            self.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(dir=self.spool))
        except OSError as error:
            raise _no_room(self.spool, error) from None

    def accept(self, dropped: Dropped, at: datetime) -> Path:
        """Archive what was read, take its original away, and empty the spool.

        An original that is not what was read any more stays for the next scan.
        """
        folder = self.archive / f"{at:%Y-%m-%d}"
        target = folder / f"{safe_name(dropped.name)}.{dropped.sha256[:8]}"
        self._kept(dropped, target)
        return target

    def refuse(self, found: Path | Dropped, error: ImporterError) -> Path:
        """Move a file to where a person finds it; the reason is put beside there.

        A file that is gone or cannot be moved changes nothing about the reason.
        """
        name = safe_name(found.name)
        target = self.refused / name
        number = 2
        while target.exists():
            target = self.refused / f"{number}-{name}"
            number += 1
        why = target.with_name(f"{target.name}.why.txt")
        whole(why, f"{error}\n".encode("utf-8", "replace"))
        if isinstance(found, Dropped):
            self._kept(found, target)
            return target
        with suppress(OSError):
            _moved(found, target)
        return target

    def _kept(self, dropped: Dropped, target: Path) -> None:
        made(target.parent)
        _moved(dropped.path, target)
        synced(target.parent)
        self.forget(dropped)
        if dropped.original.parent == self.folder:
            _taken_away(dropped)

    def forget(self, dropped: Dropped) -> None:
        """Take a copy out of the spool."""
        shutil.rmtree(dropped.path.parent, ignore_errors=True)

    def sweep(self, at: datetime) -> None:
        """Take out of the spool what a program that died has left there."""
        if not self.spool.is_dir():
            return
        for room in self.spool.iterdir():
            status = room.stat(follow_symlinks=False)
            made = datetime.fromtimestamp(status.st_mtime, at.tzinfo)
            if at - made > SPOOL_KEPT:
                shutil.rmtree(room, ignore_errors=True)


def shown(path: Path) -> str:
    """Return a file's name in letters that can be written and seen.

    Letters of all scripts stay, so that mappings find a file by its name; what is
    no text becomes an underscore.
    """
    known = unicodedata.normalize("NFC", path.name)
    return "".join(
        "_" if char in '/\\:"' or unicodedata.category(char).startswith("C") else char
        for char in known
    )


def _copied(descriptor: int, copy: Path, size: int) -> str:
    """Copy what is open, synced, and return its digest; stop when it grows."""
    digest = hashlib.sha256()
    left = size + 1
    try:
        with copy.open("wb") as file:
            while left > 0 and (chunk := os.read(descriptor, min(CHUNK, left))):
                digest.update(chunk)
                file.write(chunk)
                left -= len(chunk)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        shutil.rmtree(copy.parent, ignore_errors=True)
        raise _no_room(copy.parent.parent, error) from None
    return digest.hexdigest()


def _no_room(spool: Path, error: OSError) -> StoppedEarly:
    sentence = f"a file cannot be copied here: {error.strerror}"
    return StoppedEarly(
        Fault(str(spool), sentence, hint="make room, then run it again")
    )


def _taken_away(dropped: Dropped) -> None:
    """Remove an original, unless somebody has put another file in its place.

    It is looked at again under a name that no writer knows, so that nothing can
    come between the look and the removal.
    """
    original = dropped.original
    if look(original) != dropped.sight:
        return
    aside = original.with_name(f".{dropped.sha256[:16]}.taken")
    try:
        original.replace(aside)
        if look(aside) == dropped.sight:
            aside.unlink()
            return
        back, number = original, 2
        while back.exists():
            back, number = original.with_name(f"{number}-{original.name}"), number + 1
        aside.replace(back)
    except FileNotFoundError:
        return
    except OSError as error:
        sentence = f"{original.name} cannot be taken out: {error.strerror}"
        hint = "give the program the right to remove files there"
        raise SettingsRefused(
            Fault(str(original.parent), sentence, hint=hint)
        ) from None


def _moved(path: Path, target: Path) -> None:
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(path, target)
        path.unlink()
