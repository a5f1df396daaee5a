"""One process at a time watches a workspace's inbox, and one at a time posts.

The operating system gives the lock back when its holder dies.  Windows has no
`flock`; there the file is opened without sharing.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from importer.errors import Fault, StoppedEarly

LOCKED_BYTE = 1 << 20


@contextmanager
def only_one(path: Path, now: str) -> Iterator[None]:
    """Hold the lock; raises `StoppedEarly` naming who has it."""
    with path.open("a+", encoding="utf-8") as file:
        if not _locked(file):
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise StoppedEarly(
                Fault(
                    str(path),
                    f"this workspace is worked on already, by {holder}",
                    hint="stop that one, or wait until it has ended",
                )
            )
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {socket.gethostname()} since {now}\n")
        file.flush()
        yield


def _locked(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 -- there is none elsewhere

            # Windows locks a byte where the file stands, and nobody else may
            # read it: one far behind the text, and the same for all.
            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 -- there is none on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
