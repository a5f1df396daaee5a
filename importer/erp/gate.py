"""Where the bytes of an exchange leave this machine, and how that is known.

The libraries raise the same exceptions before and after a request left, so none
of them is asked.  A `Gate` sees every byte, and once it is shut, none passes.
"""

import socket
import ssl
import threading
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Gate:
    """Where all bytes of one exchange pass, until it is shut."""

    def __init__(self) -> None:
        """Open the gate."""
        self._lock = threading.Lock()
        self._shut = False
        self._passed: socket.socket | None = None

    def let_through(self, sock: socket.socket) -> None:
        """Remember that bytes are about to leave; raises when the gate is shut."""
        with self._lock:
            if self._shut:
                raise TimeoutError("the time for this exchange is over")
            self._passed = sock

    def shut(self) -> bool:
        """Let nothing more through, wake who still reads; return if bytes left."""
        with self._lock:
            self._shut = True
            passed = self._passed
        if passed is None:
            return False
        with suppress(OSError):
            # Not through an SSLSocket's own method, which would talk to the peer.
            socket.socket.shutdown(passed, socket.SHUT_RDWR)
        return True


class _Gated:
    """A connection whose bytes pass the gate; stands before urllib3's own class."""

    debuglevel = 0
    sock: socket.socket | None

    def __init__(self, gate: Gate, **settings: Any) -> None:
        super().__init__(**settings)
        self._gate = gate

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined] # urllib3's class has it
        assert self.sock is not None
        self._gate.let_through(self.sock)
        super().send(data)  # type: ignore[misc] # urllib3's class has it

    def is_fresh(self) -> bool:
        """Say whether it is open, and the other side has said nothing on it yet."""
        if self.sock is None:
            return False
        patience = self.sock.gettimeout()
        try:
            self.sock.settimeout(0)
            # What TLS tells of itself is taken in by this, too, and is no answer.
            self.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            self.sock.settimeout(patience)
            return True
        except OSError:
            return False
        return False


class _Plain(_Gated, HTTPConnection):
    pass


class _Secure(_Gated, HTTPSConnection):
    pass


class GatedAdapter(HTTPAdapter):
    """The lowest public floor of requests, with one connection of our own.

    Redirects, cookies, proxies and the environment belong to a Session, and
    there is none.
    """

    def __init__(self, gate: Gate, url: str, ca_file: str) -> None:
        """Lead the connection through the gate; `ca_file` replaces the authorities."""
        super().__init__(max_retries=0)
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        self._pool: HTTPConnectionPool
        self._connection: _Plain | _Secure
        if parts.scheme == "https":
            # The context is shared, and verifies.
            context = trusted(ca_file)
            self._pool = HTTPSConnectionPool(host, port)
            self._connection = _Secure(gate, host=host, port=port, ssl_context=context)
        else:
            self._pool = HTTPConnectionPool(host, port)
            self._connection = _Plain(gate, host=host, port=port)
        self._pool.ConnectionCls = lambda **_: self._connection  # type: ignore[assignment] # called, never subclassed

    def connect(
        self,
        timeout: float,  # seconds
    ) -> None:
        """Connect before there is anything to send; raises what urllib3 raises."""
        self._connection.timeout = timeout
        try:
            self._connection.connect()
        except BaseException:
            # Half a connection, without its handshake, must carry nothing.
            self._connection.close()
            raise

    def is_fresh(self) -> bool:
        """Say whether it is connected, and nothing came on the connection."""
        return self._connection.is_fresh()

    def close(self) -> None:
        """Leave the connection; what is sent yet is sent on another."""
        self._connection.close()
        super().close()

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,  # noqa: ARG002 -- all go to the one address
        verify: Any,  # noqa: ARG002 -- always verified
        proxies: Any = None,  # noqa: ARG002 -- never a proxy
        cert: Any = None,  # noqa: ARG002 -- no client certificate
    ) -> HTTPConnectionPool:
        """Return the pool of the one connection."""
        return self._pool

    def cert_verify(self, *_: Any) -> None:
        """Leave the connection be: its context verifies, and is loaded once."""


@lru_cache(maxsize=4)
def trusted(ca_file: str) -> ssl.SSLContext:
    """Load the authorities once: for each connection it would cost 25 ms."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(ca_file or DEFAULT_CA_BUNDLE_PATH)
    return context
