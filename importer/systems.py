"""What differs between Linux, macOS and Windows; all else is the same on the three.

Everything that asks which system this is stands here (and in `readers/workbook_cells`,
which runs alone in a process of its own).  Tested on Linux alone: what is said of the
other two follows their documentation, and each function says what it does there.
"""

import getpass
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCKED_BYTE = 1 << 20
MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(
    {
        *("9p", "afpfs", "afs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "lustre"),
        *("ncpfs", "nfs", "nfs4", "ocfs2", "smb2", "smb3", "smbfs", "virtiofs"),
        *("webdav", "UNC path", "network drive"),
    }
)
LOCAL = frozenset({"fuse.fuse-overlayfs"})
_REMOTE_DRIVE = 4
TRIES, PAUSE_SECONDS = 10, 0.2
_OF_MACOS = re.compile(r".* on (?P<point>/.*) \((?P<kind>\w+)[,)]")


def locked(file: IO[str]) -> bool:
    """Lock an open file until this process ends; say whether nobody else has it.

    Windows has no `flock`: it locks a byte, which nobody else may read then, so one
    far behind the text.
    """
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 -- there is none elsewhere

            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 -- there is none on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sync(descriptor: int) -> None:
    """Bring what was written to the disk; on macOS past the disk's own cache, too."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 -- there is none on Windows

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make names in a folder last, also after power loss; Windows does so itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def replace(new: Path, old: Path) -> None:
    """Put a file in another's place; on Windows once nobody has that one open.

    Who reads it there is soon done; who edits it is waited for no longer than this.
    """
    tries = TRIES if os.name == "nt" else 1
    for left in range(tries - 1, -1, -1):
        try:
            new.replace(old)
        except PermissionError:
            if not left:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def open_regular(path: Path) -> int:
    """Open for reading without following a link or waiting for a pipe.

    Windows has neither in a folder as others do; there bytes are not to be changed.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags)


def make_private(path: Path) -> None:
    """Make a file, where there is none, that its owner alone reads.

    On Windows it has the rights of its folder, as every file there.
    """
    flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
    os.close(os.open(path, flags, 0o600))
    path.chmod(0o600)


def is_private(path: Path) -> bool:
    """Say whether nobody but its owner reads a file; on Windows that is not known."""
    return os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077


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


def network_type(path: Path) -> str:
    """Return the type of the network file system that a path lies on, or nothing."""
    path = path.resolve()
    if sys.platform == "win32":
        return _drive_type(path)
    if sys.platform == "darwin":
        mounted = subprocess.run(["/sbin/mount"], capture_output=True, check=False)
        return network_of_macos(mounted.stdout.decode(errors="replace"), path)
    mounts = MOUNTS.read_text(errors="replace") if MOUNTS.exists() else ""
    return network_of_linux(mounts, path)


def network_of_linux(mounts: str, path: Path) -> str:
    """Read `/proc/self/mountinfo`: point and type of every mount."""
    points = []
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = left.split(" ")[4].replace("\\040", " ")
        points.append((Path(point), right.split(" ")[0]))
    return _network(points, path)


def network_of_macos(mounts: str, path: Path) -> str:
    """Read what `mount` says: `//ana@host/share on /Volumes/share (smbfs, nodev)`."""
    found = map(_OF_MACOS.match, mounts.splitlines())
    points = [(Path(one["point"]), one["kind"]) for one in found if one]
    return _network(points, path)


def _network(points: list[tuple[Path, str]], path: Path) -> str:
    """Return the type of the longest point that holds the path, if it is a network's.

    Of two equal points the later counts.
    """
    best, kind = -1, ""
    for point, type_ in points:
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), type_
    foreign = kind.startswith("fuse.") and kind not in LOCAL
    return kind if kind in NETWORK or foreign else ""


def _drive_type(path: Path) -> str:
    if path.drive.startswith("\\\\"):
        return "UNC path"
    import ctypes  # noqa: PLC0415 -- Windows alone needs it

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 -- there is none elsewhere
    remote = kernel.GetDriveTypeW(f"{path.drive}\\") == _REMOTE_DRIVE
    return "network drive" if remote else ""


def can_copy_itself() -> bool:
    """Say whether a process may copy itself (`fork`) and go on in the copy.

    Windows cannot; on macOS its libraries do not bear it.
    """
    return sys.platform == "linux"


def stop_signals() -> tuple[int, ...]:
    """Return the signals by which a person or a service asks a program to end.

    A service of Windows sends a Ctrl-Break.
    """
    named = ("SIGTERM", "SIGINT", "SIGBREAK")
    return tuple(getattr(signal, name) for name in named if hasattr(signal, name))


@contextmanager
def each(
    every: float,  # seconds
    do: Callable[[], None],
) -> Iterator[None]:
    """Do something every so often while the block is at work; it must not raise.

    Done between two steps of the main thread, so that no other thread is needed.
    Windows has no such timer: there, and in another thread, it is never done.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if sys.platform == "win32" or not is_main:
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: do())
    signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def person() -> str:
    """Return the name of whoever runs the program; in a container there may be none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}" if os.name == "posix" else "unknown"
