"""The way to a server, and what may befall a connection before a request is on it.

    with Way(sandbox.url) as way:
        way.expect("reset", after=2)
        ...  # requests to way.url

Connections are counted as they are accepted: before the first byte nobody knows
what they are for.  What they may meet:

    gone       nobody listens for `seconds`, from after the one before it
    reset      accepted, and reset at once
    mute       accepted, and nothing said (no TLS handshake) for `seconds`
    plain      a way that is secure talks plainly, as a hotel's log-in page does
    else       one of the certificates that the way was given, by its name

With certificates the way is secure: it ends TLS here, and goes on without.
"""

import re
import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_NO_LINGER = struct.pack("ii", 1, 0)
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"
_CHUNK = 1 << 16
_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mishap:
    kind: str = ""
    seconds: float = 0  # seconds


Certificates = Mapping[str, tuple[Path, Path]]


class Way:
    """A relay on loopback that can be told what befalls a connection."""

    def __init__(self, target: str, certificates: Certificates | None = None) -> None:
        """Lead to `target`; `certificates` maps names to certificate and key.

        The first is the one that is used where nothing befalls a connection.
        """
        self._target = urlsplit(target)
        self._contexts = {
            name: _context(*pair) for name, pair in (certificates or {}).items()
        }
        self._coming: list[_Mishap] = []
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """Return the address that leads to the target."""
        scheme = "https" if self._contexts else "http"
        return f"{scheme}://127.0.0.1:{self._port}{self._target.path}"

    def __enter__(self) -> Self:
        """Start to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._stopped.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
            pass
        self._thread.join()

    def expect(
        self,
        kind: str,
        after: int = 0,
        times: int = 1,
        seconds: float = 1,  # seconds
    ) -> None:
        """Say what befalls the next connections, `after` so many from now."""
        missing = after - len(self._coming)
        self._coming += [_Mishap()] * missing + [_Mishap(kind, seconds)] * times

    def _serve(self) -> None:
        while not self._stopped.is_set():
            sock, _ = self._listener.accept()
            mishap = self._coming.pop(0) if self._coming else _Mishap()
            is_last = bool(self._coming) and self._coming[0].kind == "gone"
            if is_last:
                self._listener.close()
            threading.Thread(
                target=self._receive, args=(sock, mishap), daemon=True
            ).start()
            if is_last:
                self._stopped.wait(self._coming.pop(0).seconds)
                self._listener = socket.create_server(("127.0.0.1", self._port))
        self._listener.close()

    def _receive(self, sock: socket.socket, mishap: _Mishap) -> None:
        with closing(sock), suppress(OSError):
            match mishap.kind:
                case "reset":
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                case "mute":
                    self._stopped.wait(mishap.seconds)
                case "plain":
                    sock.sendall(_PAGE)
                case name if self._contexts:
                    context = self._contexts[name or next(iter(self._contexts))]
                    with context.wrap_socket(sock, server_side=True) as secure:
                        self._lead(secure)
                case _:
                    self._lead(sock)

    def _lead(self, sock: socket.socket) -> None:
        """Carry one request there and what is answered back, each at its pace."""
        address = (self._target.hostname or "", self._target.port or 0)
        with socket.create_connection(address) as inner:
            inner.sendall(_request(sock))
            while part := inner.recv(_CHUNK):
                sock.sendall(part)


def _request(sock: socket.socket) -> bytes:
    """Read one request to its end."""
    found = b""
    while part := sock.recv(_CHUNK):
        found += part
        head, end, body = found.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and len(body) >= int(length[1] if length else 0):
            break
    return found


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
