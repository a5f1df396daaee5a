"""Whether a file is whole: nobody writes to it, and its end looks like one.

(1) Nothing here waits: links are not followed, pipes are not read.
(2) A file whose end looks whole is waited for `quiet` seconds.  A text without a
    line end at its end may still grow: it is waited for `LONGER` times that.  What
    has a mark for its end, and lacks it, is waited for `LONGEST` times that: then
    nobody writes it any more, and a person is told.
(3) Who says nothing about writers (another system, a network folder, another
    user's file) is no reason to wait.  On a network share nobody is asked: there a
    lease that is denied says nothing of writers.
"""

import os
import re
import signal
import stat
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

LONGER = 6
LONGEST = 720
TAIL = 4096
_BEGINNINGS = (b"PK\x03\x04", b"OFXHEADER", b"<OFX", b"<?OFX", b"<?XML")
_ROOT = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_BLANKS_AND_REMARKS = re.compile(rb"(\s|<!--.*?-->)*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of a file: equal sights mean that nobody wrote meanwhile."""

    size: int
    modified: int
    inode: int


@dataclass(frozen=True, slots=True)
class Still:
    """How a file looked, and since when it looks so (seconds of a steady clock).

    After a vain try it is left alone until `rests_until`, longer after each; `why`
    says why it is waited for.
    """

    sight: Sight
    since: float  # seconds
    tries: int = 0
    rests_until: float = 0  # seconds
    why: str = ""


def sight_of(status: os.stat_result) -> Sight | None:
    """Return the sight of a regular file, nothing for a link, a pipe, a folder."""
    if not stat.S_ISREG(status.st_mode):
        return None
    return Sight(status.st_size, status.st_mtime_ns, status.st_ino)


def look(path: Path) -> Sight | None:
    """Look at a file; nothing where there is no regular one (any more)."""
    try:
        return sight_of(path.stat(follow_symlinks=False))
    except OSError:
        return None


def opened(path: Path) -> int:
    """Open for reading without following a link or waiting for a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags)


def is_whole(
    path: Path,
    still: float,  # seconds
    quiet: int,  # seconds
    *,
    on_a_share: bool = False,
) -> bool:
    """Say whether a file that has been still for so long is whole."""
    return not why_waits(path, still, quiet, on_a_share=on_a_share)


def why_waits(
    path: Path,
    still: float,  # seconds
    quiet: int,  # seconds
    *,
    on_a_share: bool = False,
) -> str:
    """Say why a file is waited for; nothing when it is whole."""
    if still < quiet:
        return "it was written a moment ago"
    try:
        descriptor = opened(path)
    except OSError:
        # Whoever takes it finds out why, and says so.
        return ""
    try:
        if sight_of(os.fstat(descriptor)) is None:
            return "it is no file any more"
        if not on_a_share and has_a_writer(descriptor):
            return "somebody has it open for writing"
        patience = LONGEST if _has_a_mark(descriptor) else LONGER
        is_over = still >= quiet * patience or has_an_end(descriptor)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    finally:
        os.close(descriptor)
    return "" if is_over else "its end is missing"


def has_an_end(descriptor: int) -> bool:
    """Say whether the end of a file looks like one, for the formats that have one."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        head = file.read(TAIL)
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - TAIL, 0))
        tail = file.read()
        if _is_workbook(head):
            return zipfile.is_zipfile(file)
    if _is_ofx(head):
        return b"</OFX>" in tail.upper()
    if _is_xml(head):
        return _is_closed(head, tail)
    return tail.endswith((b"\n", b"\n\x00"))


def _is_closed(head: bytes, tail: bytes) -> bool:
    """Say whether the first element of an XML document ends at its end."""
    root = _ROOT.search(head)
    _, end, rest = tail.rpartition(b"</" + (root[1] if root else b"?"))
    return bool(end) and rest.lstrip().startswith(b">") and _only_remarks(rest)


def _only_remarks(rest: bytes) -> bool:
    return bool(_BLANKS_AND_REMARKS.match(rest, rest.index(b">") + 1))


def _has_a_mark(descriptor: int) -> bool:
    """Say whether this is a format that has a mark for its end."""
    head = os.pread(descriptor, TAIL, 0)
    if head and any(begin.startswith(head.upper()) for begin in _BEGINNINGS):
        return True
    return _is_workbook(head) or _is_ofx(head) or _is_xml(head)


def _is_workbook(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def _is_ofx(head: bytes) -> bool:
    return b"OFXHEADER" in head.upper() or b"<OFX" in head.upper()


def _is_xml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml")


def has_a_writer(descriptor: int) -> bool | None:
    """Say whether somebody has it open for writing; None where nothing is known."""
    if sys.platform != "linux":
        return None
    import fcntl  # noqa: PLC0415 -- there is none on Windows

    try:
        # A writer who comes just now breaks the lease by a signal: one that is
        # ignored unless somebody asks for it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False
