"""One HTTP exchange with an ERP, and what is known when it is over.

    Answer      a complete answer came, whatever it says
    NeverLeft   no byte of the request left this machine
    Unknown     anything else: the request may have arrived

Promises:
1. Whether bytes left is not read off an exception (the libraries raise the same
   ones before and after): all bytes pass one gate, and the gate remembers.
2. The caller has its outcome when the timeout is over, however slowly a name is
   resolved or an answer drips; from then on the gate lets nothing through.
3. One request is one request: a connection for it alone, no redirect, no retry,
   no proxy, no cookie, nothing from the environment or a .netrc.
4. TLS is verified, 1.2 or newer; plain http only to this machine itself.
5. An answer is read up to a bound, as it is (no decompression).
6. No address, and so no token, is in a message, a log or an exception.

Connecting takes two or three ways to the ERP and back: of payments in a row, each
that waits for its answer lets a line connect ahead for the next.
"""

import logging
import queue
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from requests import Request, Response
from urllib3.exceptions import IncompleteRead

from importer import __version__
from importer.erp.gate import GatedAdapter
from importer.erp.line import PATIENCE, Line
from importer.errors import Fault, SettingsRefused
from importer.logs import Log

ANSWER_MOST = 1 << 20
LIST_MOST = 64 << 20
MOMENT = 0.02
"""Seconds after which the next line connects: an ERP that answers sooner is near."""

_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the name of its host cannot be resolved"),
    (ConnectionRefusedError, "the connection was refused"),
    (ssl.SSLError, "the secure connection failed"),
    (IncompleteRead, "the answer was cut off"),
    (ConnectionError, "the connection was closed before the answer was complete"),
    (HTTPException, "the answer is not HTTP"),
)
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": f"remittance-importer/{__version__}",
}

_log = Log("erp")

# These loggers write whole addresses, and in them the token.
for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(lambda _: False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, complete: the HTTP status and the bytes of the body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """No byte of the request left this machine."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have arrived, and the answer is not known."""

    why: str
    is_too_long: bool = False


Exchange = Answer | NeverLeft | Unknown


class Transport:
    """The way to one ERP: its address, how long to wait, whom to trust."""

    def __init__(
        self,
        url: str,
        timeout: float,  # seconds
        ca_file: str = "",
    ) -> None:
        """Check the address; raises `SettingsRefused`.

        `timeout` bounds one whole exchange.  `ca_file` replaces the public
        certificate authorities (PEM).
        """
        self._url = _checked(url)
        self._timeout = timeout
        self._ca_file = ca_file
        self._ahead: deque[Line] = deque()
        self._posted_at = -PATIENCE

    def get(
        self, path: str, query: Mapping[str, str], most: int = LIST_MOST
    ) -> Exchange:
        """Ask for a list, of which at most so many bytes are read."""
        url = f"{self._url}/{path}?{urlencode(query, safe='=', quote_via=quote)}"
        request = Request("GET", url, headers=_HEADERS)
        return self._exchange(path, request, most)

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Exchange:
        """Send a JSON document, at most once; `headers` are those of a log-in."""
        headers = {**_HEADERS, "Content-Type": "application/json", **(headers or {})}
        request = Request("POST", f"{self._url}/{path}", headers=headers, data=body)
        in_a_row = time.monotonic() < self._posted_at + PATIENCE
        found = self._exchange(path, request, ANSWER_MOST, in_a_row=in_a_row)
        self._posted_at = time.monotonic()
        return found

    def _exchange(
        self, call: str, request: Request, most: int, *, in_a_row: bool = False
    ) -> Exchange:
        """Let a line do the exchange, and leave it behind when time is up.

        Only so are the resolver, several addresses of one name and an answer
        that drips held to one deadline.
        """
        start, line = time.monotonic(), self._line()
        outcomes: queue.SimpleQueue[Exchange] = queue.SimpleQueue()

        def attempt(adapter: GatedAdapter) -> None:
            try:
                response = adapter.send(
                    request.prepare(), stream=True, timeout=self._timeout
                )
                with closing(response):
                    outcomes.put(_read(response, most))
            except Exception as error:  # noqa: BLE001 -- whatever it is, the gate knows more
                outcomes.put(without_answer(error, left=line.gate.shut()))

        line.carry(attempt)
        try:
            found = self._awaited(outcomes, start + self._timeout, in_a_row=in_a_row)
        finally:
            left = line.gate.shut()
        found = found or without_answer(TimeoutError(), left=left)
        _logged(call, found, time.monotonic() - start)
        return found

    def _awaited(
        self,
        outcomes: queue.SimpleQueue[Exchange],
        until: float,  # seconds
        *,
        in_a_row: bool,
    ) -> Exchange | None:
        """Wait for an outcome; of one that lasts, let the next in the row go ahead."""
        if in_a_row and self._timeout > MOMENT:
            with suppress(queue.Empty):
                return outcomes.get(timeout=MOMENT)
            self._let_one_go_ahead()
        with suppress(queue.Empty):
            return outcomes.get(timeout=max(0, until - time.monotonic()))
        return None

    def _let_one_go_ahead(self) -> None:
        # It is for the next: the exchange that is under way goes on without it.
        with suppress(OSError, RuntimeError):
            line = self._new_line()
            line.go_ahead()
            self._ahead.append(line)

    def _line(self) -> Line:
        """Return a line that waits, or a new one."""
        with suppress(IndexError):
            while True:
                line = self._ahead.popleft()
                if line.take():
                    return line
        return self._new_line()

    def _new_line(self) -> Line:
        return Line(self._url, self._ca_file, self._timeout)


def _logged(
    call: str,
    found: Exchange,
    took: float,  # seconds
) -> None:
    """Log what came of an exchange: never its address or its body."""
    match found:
        case Answer(status, body):
            _log.debug(
                "answered", call=call, status=status, bytes=len(body), seconds=took
            )
        case NeverLeft(why):
            _log.warning("nothing left", call=call, why=why, seconds=took)
        case Unknown(why):
            _log.warning("no whole answer", call=call, why=why, seconds=took)


def _read(response: Response, most: int) -> Exchange:
    parts: list[bytes] = []
    length = 0
    for part in response.raw.stream(1 << 16, decode_content=False):
        length += len(part)
        if length > most:
            return Unknown(f"the answer is longer than {most} bytes", is_too_long=True)
        parts.append(part)
    return Answer(response.status_code, b"".join(parts))


def without_answer(error: Exception, *, left: bool) -> NeverLeft | Unknown:
    """Say what an exchange without an answer means; only the gate decides which."""
    why = _because(error, left=left)
    return Unknown(why) if left else NeverLeft(why)


def _because(error: Exception, *, left: bool) -> str:
    """Say in words what went wrong, never in the library's: those have the token."""
    for found in _chain(error):
        if isinstance(found, ssl.SSLCertVerificationError):
            why = getattr(found, "verify_message", "")
            return f"its certificate is not trusted ({why})"
        if isinstance(found, TimeoutError):
            return "no answer came in time" if left else "no connection in time"
        for kind, words in _CAUSES:
            if isinstance(found, kind):
                return words
    return f"the exchange failed ({type(error).__name__})"


def _chain(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """Walk from the innermost cause outwards through all wrappings."""
    inner = (*error.args, getattr(error, "reason", None), error.__cause__)
    for part in inner:
        if isinstance(part, BaseException) and depth < 10:  # noqa: PLR2004 -- enough
            yield from _chain(part, depth + 1)
    yield error


def _checked(url: str) -> str:
    bare = url.partition("?")[0].rpartition("@")[2]
    try:
        parts = urlsplit(url)
        wrong = _wrong_with(parts, parts.port)
        shown = f"{parts.scheme}://{parts.hostname}" if parts.hostname else bare
        if not wrong:
            return str(Request("GET", url).prepare().url).rstrip("/")
    except ValueError:
        wrong, shown = "is no address", bare
    sentence = f'the address "{shown}" of the ERP {wrong}'
    if not url:
        sentence = "no setting says where the ERP is"
    hint = "write [erp] url as https://host/path"
    raise SettingsRefused(Fault("importer.toml", sentence, hint=hint))


def _wrong_with(parts: SplitResult, port: int | None) -> str:
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        return "is not an https address"
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        return "would send the token unprotected"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "has more than a host and a path"
    return ""


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
