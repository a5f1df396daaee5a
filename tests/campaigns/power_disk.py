"""A disk that forgets: what a power cut leaves of the writes that were not synced.

As POSIX allows, and no kinder: what was written to a file lasts from its next sync
on, and what was done to a name (made, renamed, removed) from the next sync of its
folder on.  Of all the rest a power cut leaves whatever it likes, of a write any of
its sectors.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

SECTOR = 512

# Told the number of a deed and how many pieces it has, which pieces are left of it.
Fate = Callable[[int, int], list[bool]]


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes at an offset; none at all, and the file ends there."""

    number: int
    offset: int
    data: bytes

    def sectors(self) -> Iterator[tuple[int, bytes]]:
        """Return the pieces that a disk writes at once."""
        start = 0
        while start < len(self.data):
            at = self.offset + start
            end = start + SECTOR - at % SECTOR
            yield at, self.data[start:end]
            start = end


@dataclass(slots=True)
class Node:
    """A file or a folder: what is sure of it, and what is not synced."""

    is_folder: bool = False
    sure: bytes = b""
    unsure: list[Written] = field(default_factory=list)

    def content(self, fate: Fate) -> bytes:
        """Return what is left of it."""
        content = bytearray(self.sure)
        for one in self.unsure:
            if not one.data:
                if fate(one.number, 1)[0]:
                    del content[one.offset :]
                    content.extend(bytes(one.offset - len(content)))
                continue
            pieces = list(one.sectors())
            left = fate(one.number, len(pieces))
            for (at, data), is_left in zip(pieces, left, strict=True):
                if is_left:
                    content.extend(bytes(max(at - len(content), 0)))
                    content[at : at + len(data)] = data
        return bytes(content)


@dataclass(slots=True)
class Named:
    """What was done to names at once: those made, and those removed."""

    number: int
    made: dict[str, Node]
    removed: set[str]


def all_left(_: int, pieces: int) -> list[bool]:
    """Leave everything."""
    return [True] * pieces


def none_left(_: int, pieces: int) -> list[bool]:
    """Leave nothing that was not synced."""
    return [False] * pieces


class Disk:
    """One folder on a disk, and what is done to it."""

    def __init__(self, files: Mapping[str, bytes | None]) -> None:
        """Begin with what is there, folders having no bytes; all of it is sure."""
        self._names = {
            path: Node(content is None, content or b"")
            for path, content in files.items()
        }
        self._sure = dict(self._names)
        self._unsure: list[Named] = []
        self._count = 0

    @property
    def count(self) -> int:
        """Return how many deeds there were."""
        return self._count

    def has(self, path: str) -> bool:
        return path in self._names

    def size(self, path: str) -> int:
        return len(self._names[path].content(all_left))

    def make(self, path: str, *, is_folder: bool = False) -> None:
        self._name({path: Node(is_folder)}, set())

    def remove(self, path: str) -> None:
        self._name({}, {path})

    def rename(self, old: str, new: str) -> None:
        self._name({new: self._names[old]}, {old})

    def _name(self, made: dict[str, Node], removed: set[str]) -> None:
        for path in removed:
            del self._names[path]
        self._names.update(made)
        self._unsure.append(Named(self._number(), made, removed))

    def write(self, path: str, offset: int, data: bytes) -> None:
        self._names[path].unsure.append(Written(self._number(), offset, data))

    def truncate(self, path: str, size: int) -> None:
        self.write(path, size, b"")

    def sync(self, path: str) -> None:
        """Make sure what is in a file, or which names are in a folder."""
        self._number()
        node = self._names[path]
        if not node.is_folder:
            node.sure, node.unsure = node.content(all_left), []
            return
        for one in self._unsure:
            for name in [name for name in one.made if _folder(name) == path]:
                self._sure[name] = one.made.pop(name)
            for name in [name for name in one.removed if _folder(name) == path]:
                self._sure.pop(name, None)
                one.removed.remove(name)
        self._unsure = [one for one in self._unsure if one.made or one.removed]

    def _number(self) -> int:
        self._count += 1
        return self._count

    def after_a_cut(self, fate: Fate) -> dict[str, bytes | None]:
        """Return what is there when the power comes back."""
        names = dict(self._sure)
        for one in self._unsure:
            if fate(one.number, 1)[0]:
                names.update(one.made)
                for path in one.removed:
                    names.pop(path, None)
        there = {path for path, node in names.items() if _is_reached(path, names)}
        return {
            path: None if names[path].is_folder else names[path].content(fate)
            for path in sorted(there)
        }


def _is_reached(path: str, names: Mapping[str, Node]) -> bool:
    """Say whether all folders above are there."""
    return all(
        str(one) in names and names[str(one)].is_folder
        for one in PurePath(path).parents
    )


def _folder(path: str) -> str:
    return str(PurePath(path).parent)


def files_of(folder: Path) -> dict[str, bytes | None]:
    """Return what is in a folder, itself included, by path from there."""
    return {".": None} | {
        path.relative_to(folder).as_posix(): None
        if path.is_dir()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def put(files: Mapping[str, bytes | None], folder: Path) -> None:
    """Write into an empty folder what is there."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.write_bytes(content)
