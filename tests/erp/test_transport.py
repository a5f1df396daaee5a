"""One exchange: what is known afterwards, and what never leaves this machine."""

import gzip
import http.client
import inspect
import logging
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import requests.exceptions
import urllib3.exceptions

from importer.erp import gate as gates
from importer.erp.transport import (
    ANSWER_MOST,
    Answer,
    NeverLeft,
    Transport,
    Unknown,
    without_answer,
)
from importer.errors import SettingsRefused

CANARY = "CANARY-7f3a91c2"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Script = Callable[[socket.socket], None]


class RawServer:
    """Accepts connections, reads each request whole, and then runs a script."""

    def __init__(self, script: Script, *, reads: bool = True) -> None:
        """Listen at once; without `reads` the script has the first byte."""
        self.requests: list[bytes] = []
        self.connections = 0
        self._script = script
        self._reads = reads
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}/api"

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with closing(sock), suppress(OSError):
            if self._reads:
                self.requests.append(whole_request(sock))
            self._script(sock)


def whole_request(sock: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        part = sock.recv(65536)
        if not part:
            return found
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


Serving = Callable[..., RawServer]
Answering = Callable[[bytes], RawServer]


@pytest.fixture
def serving() -> Iterator[Callable[..., RawServer]]:
    """Make servers that are closed when the test is over."""
    with ExitStack() as stack:

        def make(script: Script, *, reads: bool = True) -> RawServer:
            server = RawServer(script, reads=reads)
            stack.callback(server.close)
            return server

        yield make


@pytest.fixture
def answering(serving: Callable[..., RawServer]) -> Callable[[bytes], RawServer]:
    """Make servers that answer each request with the same bytes."""
    return lambda raw: serving(lambda sock: sock.sendall(raw))


def exception_classes() -> list[type[Exception]]:
    modules = (requests.exceptions, urllib3.exceptions, http.client, ssl, socket)
    found = {
        kind
        for module in modules
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Exception)
    }
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


@pytest.mark.parametrize("kind", exception_classes(), ids=lambda kind: kind.__name__)
def test_every_exception_is_classified_by_the_gate_alone(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    error.args = (f"https://erp.example/api?authenticationToken={CANARY}",)
    for left, outcome in ((True, Unknown), (False, NeverLeft)):
        found = without_answer(error, left=left)
        assert type(found) is outcome
        assert found.why
        assert CANARY not in found.why


def test_a_refused_connection_never_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = Transport(f"http://127.0.0.1:{port}/api", 5).post("x", b"{}")
    assert found == NeverLeft("the connection was refused")


def test_a_name_that_is_not_resolved_never_left_and_holds_nobody_up() -> None:
    start = time.monotonic()
    found = Transport("https://no-such-host.invalid/api", 2).post("x", b"{}")
    assert isinstance(found, NeverLeft)
    assert time.monotonic() - start < 3


def test_a_server_that_never_shakes_hands_never_left(serving: Serving) -> None:
    server = serving(lambda _: time.sleep(3), reads=False)
    start = time.monotonic()
    found = Transport(server.url.replace("http:", "https:"), 0.5).post("x", b"{}")
    assert isinstance(found, NeverLeft)
    assert time.monotonic() - start < 1.5


def test_a_reset_in_the_handshake_never_left(serving: Serving) -> None:
    server = serving(lambda _: None, reads=False)
    found = Transport(server.url.replace("http:", "https:"), 5).post("x", b"{}")
    assert isinstance(found, NeverLeft)


def drip(raw: bytes) -> Callable[[socket.socket], None]:
    def script(sock: socket.socket) -> None:
        for at in range(len(raw)):
            sock.sendall(raw[at : at + 1])
            time.sleep(0.1)

    return script


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "script",
    [
        drip(OK + b" " * 60),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 9),
        drip(CHUNKED + b"1\r\n{\r\n" * 30),
        lambda _: time.sleep(3),
    ],
    ids=["drip", "continue", "chunks", "silence"],
)
def test_an_answer_is_given_up_when_the_time_is_over(
    serving: Serving, script: Callable[[socket.socket], None]
) -> None:
    server = serving(script)
    others = set(threading.enumerate())
    start = time.monotonic()
    found = Transport(server.url, 0.6).post("x", b"{}")
    assert found == Unknown("no answer came in time")
    assert time.monotonic() - start < 1.6
    assert len(server.requests) == 1
    for thread in set(threading.enumerate()) - others:
        if thread.name == "exchange":
            thread.join(1)
            assert not thread.is_alive(), "who reads is woken when the time is over"


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"HTTP/1.1", b"garbage\r\n\r\n{}", b"{}"),
        *(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", CHUNKED + b"zz\r\n{}"),
        *(CHUNKED + b"9\r\n{}", b"HTTP/1.1 abc OK\r\n\r\n", b"\x16\x03\x01\x00"),
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n{}",
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_no_whole_answer_is_unknown(answering: Answering, raw: bytes) -> None:
    assert isinstance(Transport(answering(raw).url, 5).post("x", b"{}"), Unknown)


@pytest.mark.parametrize("status", [200, 204, 301, 302, 303, 307, 308, 404, 500, 599])
def test_a_whole_answer_is_given_as_it_is_and_no_redirect_followed(
    answering: Answering, status: int
) -> None:
    thief = answering(OK)
    line = f"HTTP/1.1 {status} X\r\nLocation: {thief.url}\r\nContent-Length: 0\r\n\r\n"
    server = answering(line.encode())
    assert Transport(server.url, 5).post("x", b"{}") == Answer(status, b"")
    assert Transport(server.url, 5).get("x", {"token": CANARY}) == Answer(status, b"")
    assert thief.connections == 0
    assert server.connections == 2


def test_all_that_urllib3_may_log_is_silenced() -> None:
    """A logger that a newer urllib3 has must be looked at, and named."""
    known = {n for n in logging.root.manager.loggerDict if n.startswith("urllib3.")}
    silent = {name for name in known if logging.getLogger(name).filters}
    assert known - silent <= {"urllib3.util", "urllib3.contrib"}


def test_an_answer_without_end_is_bounded(serving: Serving) -> None:
    sent = 0

    def flood(sock: socket.socket) -> None:
        nonlocal sent
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1000):
            sock.sendall(b" " * 65536)
            sent += 65536

    found = Transport(serving(flood).url, 5).post("x", b"{}")
    assert found == Unknown(
        f"the answer is longer than {ANSWER_MOST} bytes", is_too_long=True
    )
    assert sent < 8 * ANSWER_MOST


def test_nothing_is_decompressed(answering: Answering) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    server = answering(b"HTTP/1.1 200 OK\r\n" + head.encode() + bomb)
    assert Transport(server.url, 5).post("x", b"{}") == Answer(200, bomb)
    assert b"accept-encoding: identity" in server.requests[0].lower()


def test_each_request_has_a_connection_of_its_own(serving: Serving) -> None:
    def answer_and_stay(sock: socket.socket) -> None:
        sock.sendall(OK)
        time.sleep(0.2)

    server = serving(answer_and_stay)
    transport = Transport(server.url, 5)
    for _ in range(3):
        assert transport.post("x", b"{}") == Answer(200, b"{}")
    assert server.connections == len(server.requests) == 3


def test_the_environment_leads_no_request_astray(
    answering: Answering, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    thief, server = answering(OK), answering(OK)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, thief.url)
        monkeypatch.setenv(name.lower(), thief.url)
    monkeypatch.setenv("NO_PROXY", "")
    assert Transport(server.url, 5).post("x", b"{}") == Answer(200, b"{}")
    assert thief.connections == 0
    assert b"authorization" not in server.requests[0].lower()


def test_the_address_is_in_no_log(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.DEBUG)
    Transport(answering(OK).url, 5).get("x", {"authenticationToken": CANARY})
    bad = answering(b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n")
    Transport(bad.url, 5).get("x", {"authenticationToken": CANARY})
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        *("http://erp.example/api", "http://127.0.0.1.example/api", "ftp://127.0.0.1"),
        *("", "erp.example", "https://", "https://a:b@erp.example", "https://[::1"),
        *("https://erp.example?token=CANARY-7f3a91c2", "https://erp.example:99999"),
    ],
)
def test_an_address_that_would_not_protect_the_token_is_refused(url: str) -> None:
    with pytest.raises(SettingsRefused) as caught:
        Transport(url, 5)
    assert CANARY not in str(caught.value)
    assert "a:b" not in str(caught.value)


def test_a_shut_gate_lets_nothing_through() -> None:
    gate = gates.Gate()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert gate.shut() is False
        with pytest.raises(TimeoutError):
            gate.let_through(ours)
        assert gate.shut() is False


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key)),
            *("-out", str(cert), "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName={name}"),
        ],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        pytest.skip("there is no openssl to make a certificate with")
    return key, cert


@pytest.fixture
def secure(serving: Serving, tmp_path: Path) -> Callable[[str], tuple[RawServer, str]]:
    """Make a TLS server with a certificate for a name; return its authority, too."""

    def make(name: str) -> tuple[RawServer, str]:
        key, cert = certificate(tmp_path, name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)

        def script(sock: socket.socket) -> None:
            with context.wrap_socket(sock, server_side=True) as wrapped:
                server.requests.append(whole_request(wrapped))
                wrapped.sendall(OK)

        server = serving(script, reads=False)
        return server, str(cert)

    return make


def test_only_a_trusted_certificate_for_this_name_gets_a_byte(
    secure: Callable[[str], tuple[RawServer, str]],
) -> None:
    right, authority = secure("IP:127.0.0.1")
    wrong, other_authority = secure("DNS:erp.example")
    url = right.url.replace("http:", "https:")
    unknown = Transport(url, 5).post("x", b"{}")
    assert isinstance(unknown, NeverLeft)
    assert "certificate is not trusted" in unknown.why
    other = Transport(wrong.url.replace("http:", "https:"), 5, other_authority)
    assert isinstance(other.post("x", b"{}"), NeverLeft)
    assert right.requests == wrong.requests == []

    assert Transport(url, 5, authority).post("x", b"{}") == Answer(200, b"{}")
    assert right.requests[0].startswith(b"POST /api/x HTTP/1.1\r\n")


def test_authorities_are_loaded_once_for_all_connections(
    secure: Callable[[str], tuple[RawServer, str]],
) -> None:
    server, authority = secure("IP:127.0.0.1")
    before = gates.trusted.cache_info().misses
    for _ in range(3):
        transport = Transport(server.url.replace("http:", "https:"), 5, authority)
        assert transport.post("x", b"{}") == Answer(200, b"{}")
    assert gates.trusted.cache_info().misses == before + 1
