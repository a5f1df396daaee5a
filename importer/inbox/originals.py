"""What is done with the originals in the inbox: copied, moved, taken away.

(1) An original is never written.
(2) It is removed only while it is what was copied; and what was put in its place
    meanwhile is back under its own name, also after the program died in between.
(3) Where nobody can tell whether a writer has it open still, it lies under a hidden
    name for an hour, and is back as soon as it grows.
"""

import errno
import hashlib
import os
import re
import shutil
import unicodedata
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from importer.errors import Fault, SettingsRefused, StoppedEarly
from importer.inbox.wholeness import Sight, look
from importer.systems import has_a_writer, open_regular, sync

CHUNK = 1 << 20
NAME_BYTES_MOST = 200
ASIDE = re.compile(r"\.([0-9a-f]{8})\.([0-9]+)\.taken\.(.+)", re.DOTALL)
KEPT = timedelta(hours=1)


class Unreadable(Exception):
    """A file was opened, and its bytes cannot be read."""


def archived(name: str, sha256: str) -> str:
    """Return the name that a file has in the archive."""
    return f"{name}.{sha256[:8]}"


def named(copy: Path, sha256: str) -> Path:
    """Give the copy of a file out of the archive the name it was dropped under.

    A mapping may know it by that.
    """
    name = copy.name.removesuffix(archived("", sha256))
    return copy.rename(copy.with_name(name)) if name else copy


def shown(path: Path) -> str:
    """Return a file's name in letters that can be written and seen.

    Letters of all scripts stay, so that mappings find a file by its name; what is
    no text becomes an underscore, and of a very long name the middle is left out.
    """
    known = unicodedata.normalize("NFC", path.name)
    name = "".join(
        "_" if char in '/\\:"' or unicodedata.category(char).startswith("C") else char
        for char in known
    )
    while len(name.encode()) > NAME_BYTES_MOST:
        middle = len(name) // 2
        name = name[: middle - 1] + name[middle + 1 :]
    return name


def copied(descriptor: int, copy: Path, size: int) -> str:
    """Copy what is open, synced, and return its digest; stop when it grows.

    Raises `Unreadable` when it cannot be read, and `StoppedEarly` when there is no
    room for the copy.
    """
    digest = hashlib.sha256()
    left = size + 1
    try:
        with copy.open("wb") as file:
            while left > 0 and (chunk := _read(descriptor, min(CHUNK, left))):
                digest.update(chunk)
                file.write(chunk)
                left -= len(chunk)
            file.flush()
            sync(file.fileno())
    except OSError as error:
        shutil.rmtree(copy.parent, ignore_errors=True)
        raise no_room(copy.parent.parent, error) from None
    return digest.hexdigest()


def _read(descriptor: int, size: int) -> bytes:
    try:
        return os.read(descriptor, size)
    except OSError as error:
        raise Unreadable from error


def no_room(spool: Path, error: OSError) -> StoppedEarly:
    """Say that nothing can be copied."""
    sentence = f"a file cannot be copied here: {error.strerror}"
    return StoppedEarly(
        Fault(str(spool), sentence, hint="make room, then run it again")
    )


def moved(path: Path, target: Path) -> None:
    """Move a file, also to another disk."""
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(path, target)
        path.unlink()


def take_away(
    original: Path, sight: Sight, sha256: str, *, on_a_share: bool = False
) -> None:
    """Remove an original, unless somebody has put another file in its place.

    It is looked at again under a name that no writer knows, so that nothing can
    come between the look and the removal.
    """
    if look(original) != sight:
        return
    short = _short(original.name)
    aside = original.with_name(f".{sha256[:8]}.{sight.size}.taken.{short}")
    try:
        original.replace(aside)
        is_written = None if on_a_share else _is_written(aside)
        if look(aside) != sight or is_written:
            bring_back(aside)
        elif is_written is False:
            aside.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        sentence = f"{shown(original)} cannot be taken out: {error.strerror}"
        hint = "give the program the right to remove files there"
        raise SettingsRefused(
            Fault(str(original.parent), sentence, hint=hint)
        ) from None


def _is_written(path: Path) -> bool | None:
    try:
        descriptor = open_regular(path)
    except OSError:
        return None
    try:
        return has_a_writer(descriptor)
    finally:
        os.close(descriptor)


def is_ours(name: str) -> bool:
    """Say whether this is the name of a file that is being taken away."""
    return name.startswith(".") and ASIDE.fullmatch(name) is not None


def look_after(aside: Path, at: datetime) -> None:
    """Bring back what has changed since it was taken; after an hour, remove it."""
    found, sight = ASIDE.fullmatch(aside.name), look(aside)
    if not found or sight is None:
        return
    if sight.size != int(found[2]):
        bring_back(aside)
        return
    try:
        made = datetime.fromtimestamp(aside.stat().st_ctime, at.tzinfo)
        if at - made < KEPT:
            return
        with aside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest.startswith(found[1]):
            aside.unlink()
        else:
            bring_back(aside)
    except OSError:
        # It is gone, or the share is: the next look sees.
        return


def bring_back(aside: Path) -> None:
    """Give what was taken away its own name again, or one like it.

    What was worked on already is known by its bytes, and adds nothing.
    """
    found = ASIDE.fullmatch(aside.name)
    if not found:
        return
    for number in count(1):
        name = f"{number}-{found[3]}" if number > 1 else found[3]
        target = aside.with_name(name)
        try:
            # Unlike a move, this puts nothing over a file that has come meanwhile.
            os.link(aside, target, follow_symlinks=False)
        except FileExistsError:
            if not target.samefile(aside):
                continue
            aside.unlink(missing_ok=True)
        except OSError:
            _moved_back(aside, name)
        else:
            aside.unlink(missing_ok=True)
        return


def _moved_back(aside: Path, name: str) -> None:
    """Do it where the file system knows no second names."""
    target = aside.with_name(name)
    if not target.exists() and aside.exists():
        aside.replace(target)


def _short(name: str) -> str:
    """Leave room for what is written before a name, in what a name may have."""
    while len(os.fsencode(name)) > NAME_BYTES_MOST:
        name = name[1:]
    return name
