"""One HTTP exchange with an ERP, and what is certain about it afterwards.

    Answer       a whole answer came: its HTTP status and its JSON (or why not)
    NeverLeft    no byte of the request left this machine
    Unknown      anything else: it may have arrived

What `requests` does by default is wrong for a payment, so it is turned off here
and nowhere else: no redirect is followed (it would carry the token to another
host), nothing is sent twice, proxies and .netrc of the environment are ignored,
each exchange has its own connection (no doubt about a stale one) over one shared
TLS context, the whole exchange has one deadline, and answers are bounded.

(1) NeverLeft is an allow-list: the address, the connection or TLS failed.
(2) The token stands in no exception, log or repr of this module.
(3) An answer is JSON by RFC 8259: no NaN, no duplicate keys, numbers exact.
"""

import json
import logging
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from importer.errors import Fault, SettingsRefused

ANSWER_BYTES_MOST = 1 << 20
LIST_BYTES_MOST = 256 << 20
DEPTH_MOST = 32
CHUNK = 1 << 14

# urllib3 writes whole URLs, and with them the token, at DEBUG.
logging.getLogger("urllib3").setLevel(logging.WARNING)


class Secret:
    """A text that shows itself to nobody but who calls `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text, to be put into a request and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        """Show nothing."""
        return "***"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `fault` says why its body is not JSON, `body` is None then."""

    status: int
    body: Any
    fault: str = ""


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """No byte of the request left this machine."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have arrived; nothing more is known."""

    why: str


Exchange = Answer | NeverLeft | Unknown


class Transport:
    """The address of one ERP, and the only way to it."""

    def __init__(self, url: str, timeout_seconds: int) -> None:
        """Check the address; raises `SettingsRefused` for what is not safe."""
        _check_address(url)
        self.url = url.rstrip("/")
        self.timeout_seconds = timeout_seconds
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2

    @property
    def host(self) -> str:
        """Return the host's name, for messages."""
        return urlsplit(self.url).netloc

    def post(self, path: str, body: bytes) -> Exchange:
        """Send a JSON body once."""
        headers = {"Content-Type": "application/json"}
        return self._exchange("POST", path, body, {}, headers, ANSWER_BYTES_MOST)

    def get(self, path: str, parameters: Mapping[str, str]) -> Exchange:
        """Ask once; for methods that only read."""
        return self._exchange("GET", path, None, parameters, {}, LIST_BYTES_MOST)

    def _exchange(  # noqa: PLR0913, PLR0917 -- the parts of a request
        self,
        method: str,
        path: str,
        body: bytes | None,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        bytes_most: int,
    ) -> Exchange:
        line = _Line(self.timeout_seconds)
        try:
            with line, requests.Session() as session:
                session.trust_env = False
                session.mount("http://", _Adapter(line, None))
                session.mount("https://", _Adapter(line, self._tls))
                with session.request(
                    method,
                    f"{self.url}/{path}",
                    params=parameters,
                    data=body,
                    headers={
                        "Accept-Encoding": "identity",
                        "Connection": "close",
                        "User-Agent": "remittance-importer",
                        **headers,
                    },
                    timeout=self.timeout_seconds,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    status = response.status_code
                    content = _bounded(response, bytes_most)
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            return self._failed(line, error)
        if line.cut:
            return Unknown(f"{self.host} gave no whole answer in time")
        if content is None:
            return Unknown(f"{self.host} answered with more than {bytes_most} bytes")
        return _understood(status, content)

    def _failed(self, line: "_Line", error: Exception) -> NeverLeft | Unknown:
        # The text of the exception holds the address and with it the token: only
        # its class is told.
        kind = type(error).__name__
        if not line.connected:
            return NeverLeft(f"{self.host} cannot be reached ({_cause(error)})")
        if line.cut:
            return Unknown(f"{self.host} gave no whole answer in time")
        return Unknown(f"the connection to {self.host} broke ({kind})")


class _Line:
    """The connection of one exchange: whether it was made, and when its time is over.

    Requests bounds each read, so a server that drips could hold for ever; at the
    deadline the connection is cut from outside.
    """

    def __init__(self, seconds: int) -> None:
        self.connected = False
        self.cut = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def made(self, connection: socket.socket) -> None:
        """Remember that a connection was made, TLS included: bytes may leave now."""
        self.connected = True
        self._sockets.append(connection)

    def _ring(self) -> None:
        self.cut = True
        for connection in self._sockets:
            with suppress(OSError):
                # The plain socket's own method: a TLS one would try to say goodbye.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        """Start the time."""
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the time."""
        self._timer.cancel()


class _Adapter(HTTPAdapter):
    """Connections that report to the line, over the one shared TLS context."""

    def __init__(self, line: _Line, tls: ssl.SSLContext | None) -> None:
        self._line = line
        self._tls = tls
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        if self._tls:
            named["ssl_context"] = self._tls
        super().init_poolmanager(*args, **named)
        line = self._line

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                line.made(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                line.made(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        classes = {"http": PlainPool, "https": SecurePool}
        self.poolmanager.pool_classes_by_scheme = classes

    def cert_verify(self, *args: Any) -> None:
        """Leave verification to the shared context, which demands it."""


def _cause(error: BaseException) -> str:
    """Name the innermost class that says why no connection was made."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ if reason else type(error).__name__


def _bounded(response: requests.Response, bytes_most: int) -> bytes | None:
    """Read the body, or stop at the bound."""
    content = bytearray()
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) > bytes_most:
            return None
    declared = response.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) != len(content):
        raise requests.exceptions.ChunkedEncodingError
    return bytes(content)


def _understood(status: int, content: bytes) -> Answer:
    try:
        body = json.loads(
            content.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_no_twins,
        )
    except (ValueError, RecursionError) as error:
        return Answer(status, None, f"the answer is not JSON ({type(error).__name__})")
    if _depth(body) > DEPTH_MOST:
        return Answer(status, None, "the answer is nested too deeply")
    return Answer(status, body)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]
        if depth > DEPTH_MOST:
            break
    return depth


def _check_address(url: str) -> None:
    """Accept https everywhere, and http on this machine only."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    raise SettingsRefused(
        Fault(
            "importer.toml",
            f'the address of the ERP is "{parts.scheme}://{parts.netloc}": it must '
            "begin with https:// (http:// is for this machine alone)",
            hint="mend [erp] url",
        )
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
