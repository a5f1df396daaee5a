"""Run the sandbox as a process of its own, until it is told to stop."""

import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from importer.sandbox.server import ROOMS, Sandbox


def serve(
    book: Path,
    seed: Path | Mapping[str, Any],
    port: int,
    ready: Callable[[str], None],
    **switches: Any,
) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told each address once it listens.

    Komet's is the first.  Must be called in the main thread.
    """
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with Sandbox(book, seed, port, **switches) as sandbox:
        for kind in ROOMS:
            ready(sandbox.url_of(kind))
        told.wait()
