"""Start the program in a fresh process again and again, as quickly as a fork.

    python kill_child.py        one order a line: JSON of `Order`

Answers `pid 123`, waits for a signal, does the order in that process, and answers
with its exit code, below zero for a signal.  All modules are loaded before the
fork, so that every system call that is counted is one of the program's work.

With no workers given, all threads are run where they are started, so that the
n-th call of a kind is the same one every time: a tracer counts for each thread.
"""

import ctypes
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import kill_hook
import kill_scene

from importer import (
    posting,
    workbook,  # noqa: F401 -- else it is loaded in the midst of faults
)
from importer.errors import ImporterError
from importer.journal import sqlite

PR_SET_PTRACER = 0x59616D61
ANYBODY = ctypes.c_ulong(-1)
GO = signal.SIGUSR1
FAULT_OF_OURS = 70
ONE_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class Order:
    """What to start: where, against whom, with how many workers, and with which hook.

    `hook` is the fault that the process brings upon itself, for want of a tracer:
    its kind and at which call of `kill_hook`; 0 only counts, into `said`.
    `settings` are set in SQLite in place of the program's own.
    """

    folder: str
    url: str
    workers: int
    said: str
    hook: tuple[str, int] | None = None
    settings: Mapping[str, str | int] = field(default_factory=dict)


class Here(Executor):
    """Whatever is submitted is done at once, and where it is submitted."""

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, **named: Any
    ) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **named))
        except BaseException as error:  # noqa: BLE001 -- as a pool has it
            future.set_exception(error)
        return future


def in_one_thread() -> None:
    """Let no thread be started any more."""
    untyped: Any = posting
    untyped.ThreadPoolExecutor = lambda _: Here()
    thread: Any = threading.Thread
    thread.start = thread.run


def work(order: Order) -> int:
    """Do one order; return its exit code as the command line would."""
    if not order.workers:
        in_one_thread()
    sqlite.SETTINGS.update(order.settings)
    scene = kill_scene.Scene(Path(order.folder))
    try:
        with kill_hook.hooked(order.hook, Path(order.said)):
            done = kill_scene.program(scene, order.url, 1, order.workers or 1)
    except ImporterError as error:
        return error.exit_code
    except OSError:
        return 2
    except Exception:  # noqa: BLE001 -- a fault of the program is to be shown
        Path(order.said).write_text(traceback.format_exc(), encoding="utf-8")
        return FAULT_OF_OURS
    return done.stopped.exit_code if done.stopped else 0


def main() -> None:
    """Fork for each order until there are no more."""
    kill_scene.rules()
    # To wait for it is no call that is ever struck.
    signal.pthread_sigmask(signal.SIG_BLOCK, {GO})
    while line := os.read(0, ONE_LINE):
        order = Order(**json.loads(line))
        child = os.fork()
        if not child:
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
            os.write(1, f"pid {os.getpid()}\n".encode())
            signal.sigwait({GO})
            os._exit(work(order))
        _, status = os.waitpid(child, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
