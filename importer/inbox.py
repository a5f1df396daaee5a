"""The watched folder: a file is taken when it is whole, and never half.

    inbox/x.csv ─scan─▶ still and whole ─take─▶ spool copy ─▶ the round
                                                  ├─▶ archive/2026-03-18/x.csv.1a2b3c4d
                                                  └─▶ refused/x.csv + x.csv.why.txt

(1) The scan is the truth; there is nothing to remember, so a restart goes on
    where it was.
(2) Only the spool copy is parsed; an original is never written.
(3) Links, pipes and folders are never followed, and nothing here waits for them.
(4) A file that cannot be used never blocks the next one.
"""

import errno
import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from importer.errors import Fault, FileRefused, ImporterError
from importer.results import safe_name, whole

UNFINISHED = (
    *(".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download"),
    *(".writing", ".lock", ".swp", "~"),
)
CHUNK = 1 << 20
TAIL = 4096
# A text without a line end at its end may still grow: it has to be still longer.
LONGER = 6


@dataclass(frozen=True, slots=True)
class Sight:
    """What a scan saw of a file: equal sights mean that nobody wrote meanwhile."""

    size: int
    modified: int
    inode: int


@dataclass(frozen=True, slots=True)
class Still:
    """How a file looked, and since when it looks so (seconds of a steady clock)."""

    sight: Sight
    since: float  # seconds


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file of the inbox in the spool: its copy, digest, name, and its original."""

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
            wait = self.quiet_seconds * (1 if _is_complete(path) else LONGER)
            if (not fresh or not wait) and moment - still.since >= wait:
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
            try:
                status = one.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield Path(one.path), _sight(status)

    def take(self, path: Path) -> Dropped | None:
        """Copy a file into the spool; None when it changed under our hands."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            descriptor = os.open(path, flags)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOENT}:
                return None
            sentence = f"cannot be opened: {error.strerror}"
            hint = "give the program the right to read it"
            raise FileRefused(Fault(shown(path), sentence, hint=hint)) from None
        first, name = os.fstat(descriptor), shown(path)
        if not stat.S_ISREG(first.st_mode):
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as file:
            if first.st_size > self.bytes_most:
                sentence = f"has {first.st_size >> 20} MiB, the most is "
                sentence += f"{self.bytes_most >> 20}"
                hint = "split it, or raise [inbox] megabytes_most in importer.toml"
                raise FileRefused(Fault(name, sentence, hint=hint))
            beside, digest = self._copied(file.fileno(), path.name)
            last = os.fstat(descriptor)
        if (first.st_size, first.st_mtime_ns) != (last.st_size, last.st_mtime_ns):
            beside.unlink()
            return None
        folder = self.spool / digest
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / safe_name(path.name)
        beside.replace(target)
        return Dropped(target, digest, name, path, _sight(last))

    def _copied(self, descriptor: int, name: str) -> tuple[Path, str]:
        """Copy what is open, synced, and return the copy with its digest."""
        self.spool.mkdir(parents=True, exist_ok=True)
        beside = self.spool / f".{os.getpid()}.{safe_name(name)}.tmp"
        digest = hashlib.sha256()
        with beside.open("wb") as copy:
            while chunk := os.read(descriptor, CHUNK):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        return beside, digest.hexdigest()

    def accept(self, dropped: Dropped, at: datetime) -> Path:
        """Move the original into the archive, and let the spool copy go."""
        folder = self.archive / f"{at:%Y-%m-%d}"
        target = folder / f"{safe_name(dropped.name)}.{dropped.sha256[:8]}"
        folder.mkdir(parents=True, exist_ok=True)
        if dropped.original.parent == self.folder and _is_as_taken(dropped):
            _moved(dropped.original, target)
        elif not target.exists():
            shutil.copyfile(dropped.path, target)
        self.forget(dropped)
        return target

    def refuse(
        self, path: Path, error: ImporterError, dropped: Dropped | None = None
    ) -> Path:
        """Move a file to where a person finds it, with the reason beside it.

        When it is another file by now than the one `dropped`, the copy goes there.
        """
        target = self.refused / safe_name(path.name)
        number = 2
        while target.exists():
            target = self.refused / f"{number}-{safe_name(path.name)}"
            number += 1
        self.refused.mkdir(parents=True, exist_ok=True)
        why = target.with_name(f"{target.name}.why.txt")
        whole(why, f"{error}\n".encode())
        if dropped is not None and not _is_as_taken(dropped):
            shutil.copyfile(dropped.path, target)
            return target
        with suppress(FileNotFoundError):
            _moved(path, target)
        return target

    def forget(self, dropped: Dropped) -> None:
        """Take a copy out of the spool."""
        shutil.rmtree(dropped.path.parent, ignore_errors=True)


def shown(path: Path) -> str:
    """Return a file's name as text; not every name is UTF-8."""
    return path.name.encode("utf-8", "backslashreplace").decode("utf-8")


def _sight(status: os.stat_result) -> Sight:
    return Sight(status.st_size, status.st_mtime_ns, status.st_ino)


def _is_as_taken(dropped: Dropped) -> bool:
    """Say whether the original is still the file that was copied."""
    try:
        return _sight(dropped.original.lstat()) == dropped.sight
    except OSError:
        return False


def _moved(path: Path, target: Path) -> None:
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(path, target)
        path.unlink()


def _is_complete(path: Path) -> bool:
    """Say whether the end of a file looks like one, for the formats that have one."""
    try:
        with path.open("rb") as file:
            head = file.read(TAIL)
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - TAIL, 0))
            tail = file.read()
    except OSError:
        return False
    if head.startswith(b"PK\x03\x04"):
        return zipfile.is_zipfile(path)
    if b"OFXHEADER" in head.upper() or b"<OFX" in head.upper():
        return b"</OFX>" in tail.upper()
    return tail.endswith(b"\n")
