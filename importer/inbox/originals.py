"""What is done with the originals in the inbox: copied, moved, taken away.

(1) An original is never written.
(2) It is removed only while it is what was copied; and what was put in its place
    meanwhile is back under its own name, also after the program died in between.
"""

import errno
import hashlib
import os
import re
import shutil
import unicodedata
from itertools import count
from pathlib import Path

from importer.errors import Fault, SettingsRefused, StoppedEarly
from importer.inbox.wholeness import Sight, look

CHUNK = 1 << 20
NAME_BYTES_MOST = 200
ASIDE = re.compile(r"\.[0-9a-f]{8}\.taken\.(.+)", re.DOTALL)


class Unreadable(Exception):
    """A file was opened, and its bytes cannot be read."""


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
            os.fsync(file.fileno())
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


def take_away(original: Path, sight: Sight, sha256: str) -> None:
    """Remove an original, unless somebody has put another file in its place.

    It is looked at again under a name that no writer knows, so that nothing can
    come between the look and the removal.
    """
    if look(original) != sight:
        return
    aside = original.with_name(f".{sha256[:8]}.taken.{_short(original.name)}")
    try:
        original.replace(aside)
        if look(aside) == sight:
            aside.unlink()
        else:
            bring_back(aside)
    except FileNotFoundError:
        return
    except OSError as error:
        sentence = f"{shown(original)} cannot be taken out: {error.strerror}"
        hint = "give the program the right to remove files there"
        raise SettingsRefused(
            Fault(str(original.parent), sentence, hint=hint)
        ) from None


def is_ours(path: Path) -> bool:
    """Say whether this is a file that is just being taken away."""
    return ASIDE.fullmatch(path.name) is not None


def bring_back(aside: Path) -> None:
    """Give what was about to be taken away its own name again, or one like it.

    What was worked on already is known by its bytes, and adds nothing.
    """
    found = ASIDE.fullmatch(aside.name)
    if not found:
        return
    for number in count(1):
        name = f"{number}-{found[1]}" if number > 1 else found[1]
        try:
            # Unlike a move, this puts nothing over a file that has come meanwhile.
            os.link(aside, aside.with_name(name), follow_symlinks=False)
        except FileExistsError:
            continue
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
