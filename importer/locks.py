"""One process at a time watches a workspace's inbox, and one at a time posts.

The operating system gives the lock back when its holder dies.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from importer import systems
from importer.errors import Fault, StoppedEarly


@contextmanager
def only_one(path: Path, now: str) -> Iterator[None]:
    """Hold the lock; raises `StoppedEarly` naming who has it."""
    with path.open("a+", encoding="utf-8") as file:
        if not systems.locked(file):
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
