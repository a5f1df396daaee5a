"""A real web hook on loopback: takes messages, refuses them, or never ends."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Hook:
    """What the hook was told, and how it behaves: takes, refuses, hangs or drips."""

    address: str = ""
    habit: str = "takes"
    told: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    @property
    def text(self) -> str:
        """Return all that was told."""
        return "\n".join(f"{one['title']}\n{one['message']}" for one in self.told)


@contextmanager
def serving() -> Iterator[Hook]:
    """Serve a hook until the test is over."""
    hook, over = Hook(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.asked += 1
            said = self.rfile.read(int(self.headers["Content-Length"]))
            match hook.habit:
                case "hangs":
                    over.wait(60)
                case "drips":
                    self._drip()
                case "refuses":
                    self.send_error(500, "CANARY-of-the-hook")
                case _:
                    hook.told.append(json.loads(said))
                    self.send_response(200)
                    self.end_headers()

        def _drip(self) -> None:
            with suppress(OSError):
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                while not over.is_set():
                    self.wfile.write(b".")
                    time.sleep(0.2)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            del format, arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.address = f"json://127.0.0.1:{server.server_port}/CANARY-path?:key=CANARY-key"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def nobody_listens() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"json://127.0.0.1:{taken.getsockname()[1]}/CANARY-path"
