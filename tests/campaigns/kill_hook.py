"""Bring a fault upon oneself at the n-th call that leaves Python: for want of strace.

The interpreter tells of each call of a built-in function before it is made and
after it has returned.  Those that touch the disk, the journal or the network are
counted; at the n-th the process kills itself, or the call fails.  This sees no
single system call within SQLite, and needs no right to trace anybody.
"""

import errno
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

KILL = "KILL"
TOUCHING = frozenset(
    {
        *("open", "write", "flush", "close", "fsync", "replace", "rename", "unlink"),
        *("mkdir", "rmdir", "scandir", "read", "readinto", "stat", "utime", "truncate"),
        *("execute", "executemany", "connect", "send", "sendall", "recv", "recv_into"),
        *("flock", "sendfile", "copy_file_range"),
    }
)
# What a built-in says of itself; a list also has a method that is called so.
OWNERS = ("posix", "fcntl", "_io", "io", "sqlite3", "_sqlite3", "_socket")


class _Hook:
    """Counts the calls of all threads, and strikes at one of them."""

    def __init__(self, kind: str, at: int) -> None:
        self.kind = kind
        self.at = at
        self.count = 0

    def __call__(self, _: FrameType, event: str, function: Any) -> None:
        if event != "c_call" or not touches(function):
            return
        self.count += 1
        lasts = self.kind.endswith("+") and 0 < self.at < self.count
        if self.count == self.at or lasts:
            if self.kind == KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            raise error_of(self.kind.rstrip("+"), function)


def touches(function: Any) -> bool:
    """Say whether a built-in touches the disk, the journal or the network."""
    if getattr(function, "__name__", "") not in TOUCHING:
        return False
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None) or type(owner).__module__
    return module in OWNERS


def error_of(kind: str, function: Any) -> Exception:
    """Return what the call raises when the system call within it fails."""
    if type(getattr(function, "__self__", None)).__module__ in {"sqlite3", "_sqlite3"}:
        full = kind == "ENOSPC"
        words = "database or disk is full" if full else "disk I/O error"
        return sqlite3.OperationalError(words)
    number = getattr(errno, kind)
    return OSError(number, os.strerror(number))


@contextmanager
def hooked(fault: tuple[str, int] | None, said: Path) -> Iterator[None]:
    """Let a fault happen within; write down how many calls were counted."""
    if fault is None:
        yield
        return
    hook = _Hook(*fault)
    threading.setprofile(hook)
    sys.setprofile(hook)
    try:
        yield
    finally:
        sys.setprofile(None)
        said.write_text(str(hook.count), encoding="utf-8")
