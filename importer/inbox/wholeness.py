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
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from importer.systems import has_a_writer, open_regular

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
        descriptor = open_regular(path)
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
    os.lseek(descriptor, 0, os.SEEK_SET)
    head = os.read(descriptor, TAIL)
    if head and any(begin.startswith(head.upper()) for begin in _BEGINNINGS):
        return True
    return _is_workbook(head) or _is_ofx(head) or _is_xml(head)


def _is_workbook(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def _is_ofx(head: bytes) -> bool:
    return b"OFXHEADER" in head.upper() or b"<OFX" in head.upper()


def _is_xml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml")
