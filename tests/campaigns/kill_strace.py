"""Let strace strike a process at the n-th system call of a kind.

strace takes hold of the process when all is loaded and it waits for its order, so
that the first call it counts is the first of the program's work.  A signal comes
before the call is made; a call that fails is not made.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from shutil import which
from types import TracebackType
from typing import IO, Self

sys.path.insert(0, str(Path(__file__).parent))

from kill_child import GO, Order

# All that opens, changes, syncs, names, locks or sends; and all that reads.
DISK = (
    *("openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync"),
    *("ftruncate", "rename", "unlink", "unlinkat", "rmdir", "mkdir", "close"),
    *("fcntl", "flock", "lseek", "newfstatat", "getdents64", "chmod", "sendfile"),
    *("copy_file_range", "ioctl"),
)
CHANGING = ("pwrite64", "write", "fsync", "fdatasync", "ftruncate", "rename", "mkdir")
NETWORK = ("socket", "setsockopt", "connect", "sendto", "recvfrom", "poll", "shutdown")
CALLS = (*DISK, *NETWORK)
_CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)")
KILLED = -9
_PATIENCE = 60  # seconds


class Starter:
    """A process that has all modules loaded and forks for each order."""

    def __init__(self) -> None:
        script = Path(__file__).parent / "kill_child.py"
        self._process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it no more orders."""
        with suppress(OSError):
            self._in.close()
        self._process.wait(_PATIENCE)
        self._out.close()

    def start(self, order: Order, traced: Sequence[str] = ()) -> int:
        """Do an order, under strace with these arguments; return its exit code."""
        self._in.write(json.dumps(asdict(order)).encode() + b"\n")
        word, pid = self._out.readline().decode().split()
        assert word == "pid", word
        if not traced:
            return self._go(pid)
        with subprocess.Popen(
            ["strace", "-f", "-p", pid, *traced],
            stderr=subprocess.PIPE,
            text=True,
        ) as tracer:
            assert tracer.stderr
            said = tracer.stderr.readline()
            if "attached" not in said:
                self._go(pid)
                raise PermissionError(said)
            code = self._go(pid)
            tracer.communicate(timeout=_PATIENCE)
        return code

    def _go(self, pid: str) -> int:
        os.kill(int(pid), GO)
        return int(self._out.readline())

    @property
    def _in(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout


def striking(call: str, what: str, at: int) -> list[str]:
    """Return what strace is to be told: KILL or an error, at the n-th of a kind.

    An error with a plus is that of all the calls from there on.
    """
    fault = f"signal={what}" if what == "KILL" else f"error={what.rstrip('+')}"
    when = f"{at}+" if what.endswith("+") else f"{at}"
    quiet = ["-o", "/dev/null", "-e", f"trace={call}"]
    return [*quiet, "-e", f"inject={call}:{fault}:when={when}"]


def counting(log: Path) -> list[str]:
    """Return what strace is to be told to write down each call."""
    return ["-o", str(log), "-e", f"trace={','.join(map('?{}'.format, CALLS))}"]


def counted(log: Path) -> Counter[str]:
    """Return how often each kind of call was made."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    found = (_CALL.match(line) for line in lines if "resumed>" not in line)
    return Counter(one[1] for one in found if one)


@cache
def is_permitted() -> bool:
    """Say whether there is a strace here that may take hold of a process."""
    if sys.platform != "linux" or not which("strace"):
        return False
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as waiting:
        done = subprocess.Popen(
            ["strace", "-p", str(waiting.pid), "-o", "/dev/null"],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.stderr
        with done:
            is_held = "attached" in done.stderr.readline()
            done.terminate()
    return is_held
