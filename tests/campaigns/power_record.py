"""Record what one start of the program does to its disk, and what it sends.

strace writes all of it down, with all bytes; it is read here as deeds that
`power_disk.Disk` can do again one after the other.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kill_child import Order
from kill_scene import Scene
from kill_strace import Starter
from power_disk import Disk, files_of

CALLS = (
    *("openat", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename"),
    *("unlink", "unlinkat", "mkdir", "rmdir", "sendto"),
)
# None of these is expected; each would be a deed that is not understood.
STRANGE = (
    *("?open", "?creat", "pwritev", "writev", "?truncate", "fallocate", "?link"),
    *("?renameat", "renameat2", "linkat", "?symlink", "sendfile", "copy_file_range"),
    *("?mkdirat", "sync_file_range"),
)
_LINE = re.compile(r"\d+ +(\w+)\((.*)\) += (\d+)(?:<(.*)>)?$")
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"\d+ +<\.\.\. (\w+) resumed>(.*)$")
_DESCRIPTOR = re.compile(r"(\d+|AT_FDCWD)<(.*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that succeeded: its name, arguments, and what it returned."""

    name: str
    arguments: tuple[str, ...]
    returned: int
    path: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What the disk held before, what was called, and the book afterwards."""

    scene: Scene
    before: Mapping[str, bytes | None]
    calls: tuple[Call, ...]


class Replay:
    """A disk on which the calls of a recording are done again."""

    def __init__(self, recording: Recording) -> None:
        self.disk = Disk(recording.before)
        self.sent: list[bytes] = []
        self._top = f"{recording.scene.top}"
        self._position: dict[str, int] = {}

    def do(self, call: Call) -> bool:
        """Do a call again; say whether it was one that a power cut may follow."""
        match call.name, call.arguments:
            case "sendto", (_, data, *_):
                self.sent.append(_bytes(data))
                return True
            case "openat", (_, _, flags, *_):
                path = self._within(call.path)
                return path is not None and self._opened(path, flags, call.returned)
            case "unlinkat", (folder, name, _):
                _, path = self._descriptor(folder)
                return self._removed(f"{path}/{_text(name)}" if path else None)
            case (("unlink" | "rmdir"), (name,)):
                return self._removed(self._within(_text(name)))
            case "mkdir", (name, *_):
                path = self._within(_text(name))
                if path:
                    self.disk.make(path, is_folder=True)
                return path is not None
            case "rename", (old, new):
                first, second = self._within(_text(old)), self._within(_text(new))
                assert first, "nothing comes from elsewhere"
                assert second, "nothing goes elsewhere"
                self.disk.rename(first, second)
                return True
            case name, (where, *others):
                number, path = self._descriptor(where)
                if path is not None:
                    self._changed(name, number, path, others, call.returned)
                return path is not None
        raise NotImplementedError(f"{call} is not understood")

    def _changed(
        self, name: str, number: str, path: str, others: list[str], returned: int
    ) -> None:
        """Do again what was done to an open file."""
        match name, others:
            case "pwrite64", (data, _, at):
                self.disk.write(path, int(at), _bytes(data)[:returned])
            case "write", (data, _):
                offset = self._next(number, path, returned)
                self.disk.write(path, offset, _bytes(data)[:returned])
            case "ftruncate", (size,):
                self.disk.truncate(path, int(size))
            case (("fsync" | "fdatasync"), []):
                self.disk.sync(path)
            case _:
                raise NotImplementedError(f"{name} {others} is not understood")

    def _opened(self, path: str, flags: str, number: int) -> bool:
        said = flags.split("|")
        if "O_APPEND" in said:
            self._position.pop(str(number), None)
        else:
            self._position[str(number)] = 0
        if "O_CREAT" in said and not self.disk.has(path):
            self.disk.make(path)
            return True
        if "O_TRUNC" in said:
            self.disk.truncate(path, 0)
            return True
        return False

    def _next(self, number: str, path: str, count: int) -> int:
        """Return where a write goes that says no place."""
        if number not in self._position:
            return self.disk.size(path)
        self._position[number] += count
        return self._position[number] - count

    def _removed(self, path: str | None) -> bool:
        if path is not None:
            self.disk.remove(path)
        return path is not None

    def _descriptor(self, where: str) -> tuple[str, str | None]:
        found = _DESCRIPTOR.fullmatch(where)
        assert found, where
        return found[1], self._within(_text(found[2]))

    def _within(self, path: str) -> str | None:
        """Return a path from the workspace, None for one elsewhere."""
        if path == self._top:
            return "."
        inside = path.removeprefix(f"{self._top}/")
        return None if inside == path or "(deleted)" in path else inside


def record(
    scene: Scene, settings: Mapping[str, str | int], workers: int = 0
) -> Recording:
    """Start the program once with these settings of SQLite, and write all down."""
    before = files_of(scene.top)
    log = scene.folder / "log"
    with Starter() as starter, scene.sandbox() as sandbox:
        said = scene.folder / "said"
        order = Order(
            str(scene.folder), sandbox.url, workers, str(said), settings=dict(settings)
        )
        traced = ["-o", str(log), "-s", str(1 << 24), "-xx", "-y", "-e"]
        code = starter.start(order, [*traced, f"trace={','.join((*CALLS, *STRANGE))}"])
    assert code == 0, f"it ended with {code}"
    calls = tuple(_calls(log))
    log.unlink()
    return Recording(scene, before, calls)


def _calls(log: Path) -> Iterator[Call]:
    """Read the calls that succeeded."""
    for line in joined(log.read_text(encoding="ascii").splitlines()):
        if found := _LINE.match(line):
            name, arguments, returned, path = found.groups()
            yield Call(
                name,
                tuple(arguments.split(", ")),
                int(returned),
                _text(path) if path else "",
            )


def joined(lines: Iterable[str]) -> Iterator[str]:
    """Join what strace cut in two because another thread came between.

    A call counts when it has returned, and what is sent as soon as it is begun.
    """
    begun: dict[str, str] = {}
    for line in lines:
        thread = line.partition(" ")[0]
        if line.endswith(_UNFINISHED):
            begun[thread] = line.removesuffix(_UNFINISHED)
            if " sendto(" in line:
                yield f"{begun[thread]}) = 0"
        elif found := _RESUMED.match(line):
            if found[1] != "sendto":
                yield begun[thread] + found[2]
        else:
            yield line


def _bytes(written: str) -> bytes:
    return bytes.fromhex(written.strip('"').replace("\\x", ""))


def _text(written: str) -> str:
    return _bytes(written).decode("utf-8", "surrogateescape")
