"""Connections made ahead for payments in a row: used once, while they are new."""

import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

from certificates import made

from importer.erp.line import PATIENCE
from importer.erp.transport import MOMENT, Answer, NeverLeft, Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
SLOW = 10 * MOMENT


class Seen:
    """A connection that a server accepted: what came on it, and whether it went."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.request = b""
        self.at = time.monotonic()
        self.is_over = threading.Event()


class Server:
    """Accepts what comes, in order; each answers slowly, or does as it is told."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.first: dict[int, Callable[[socket.socket], None]] = {}
        """What is done on the connections of these places before anything is read."""
        self.takes = SLOW
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/api"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    @property
    def requests(self) -> list[bytes]:
        return [one.request for one in self.seen if one.request]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                one = Seen(self._listener.accept()[0])
                self.seen.append(one)
                args = (one, len(self.seen) - 1)
                threading.Thread(target=self._serve, args=args, daemon=True).start()

    def _serve(self, one: Seen, place: int) -> None:
        try:
            with closing(one.sock), suppress(OSError):
                if first := self.first.get(place):
                    first(one.sock)
                sock = one.sock
                if self._context:
                    sock = self._context.wrap_socket(sock, server_side=True)
                with closing(sock):
                    one.request = sock.recv(65536)
                    if one.request:
                        time.sleep(self.takes)
                        sock.sendall(OK)
        finally:
            one.is_over.set()


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(Server()) as made:
        yield made


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    pairs, authority = made(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pairs["good"])
    with closing(Server(context)) as server:
        yield server, str(authority)


def posted(transport: Transport, count: int) -> None:
    for _ in range(count):
        assert transport.post("x", b"{}") == Answer(200, b"{}")


def test_each_in_a_row_has_a_connection_that_waited_for_it(server: Server) -> None:
    transport = Transport(server.url, 5)
    answered = []
    for _ in range(4):
        posted(transport, 1)
        answered.append(time.monotonic())
    assert len(server.requests) == 4
    assert len(server.seen) <= 5
    for one, before in zip(server.seen[2:4], answered[1:3], strict=True):
        assert one.at < before, "it was there before the answer to the one before"


def test_over_tls_what_the_server_tells_of_the_session_is_no_answer(
    secure: tuple[Server, str],
) -> None:
    server, authority = secure
    posted(Transport(server.url, 5, authority), 5)
    assert len(server.requests) == 5
    assert len(server.seen) <= 6, "none was left for its session tickets"


def test_one_payment_alone_connects_nothing_ahead(server: Server) -> None:
    posted(Transport(server.url, 5), 1)
    time.sleep(2 * SLOW)
    assert len(server.seen) == 1


def test_a_server_that_answers_at_once_is_not_connected_to_ahead(
    server: Server,
) -> None:
    server.takes = 0
    posted(Transport(server.url, 5), 20)
    # The last line waits for another payment; on a loaded machine others did, too.
    assert len(server.requests) == 20
    assert len(server.seen) < 30


@pytest.mark.parametrize(
    "first",
    [
        lambda sock: sock.shutdown(socket.SHUT_RDWR),
        lambda sock: sock.sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n"),
        lambda sock: (
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            or sock.close()
        ),
    ],
    ids=["closed", "spoke first", "reset"],
)
def test_a_connection_on_which_anything_came_carries_nothing(
    server: Server, first: Callable[[socket.socket], None]
) -> None:
    server.first[2] = first
    posted(Transport(server.url, 5), 4)
    assert len(server.requests) == 4
    assert not server.seen[2].request


def test_a_connection_that_failed_ahead_carries_no_unprotected_byte(
    secure: tuple[Server, str],
) -> None:
    server, authority = secure
    heard = b""

    def garbage(sock: socket.socket) -> None:
        nonlocal heard
        heard += sock.recv(65536)
        sock.sendall(b"220 this is another service\r\n")
        with suppress(OSError):
            while part := sock.recv(65536):
                heard += part

    server.first = dict.fromkeys(range(2, 9), garbage)
    transport = Transport(server.url, 5, authority)
    posted(transport, 2)
    found = transport.post("x", b"{}")
    assert isinstance(found, NeverLeft)
    assert heard.startswith(b"\x16\x03"), "a handshake began"
    assert b"POST" not in heard


def test_who_only_asks_takes_the_line_that_waits(server: Server) -> None:
    """Else a server that serves one connection at a time would wait for ever."""
    transport = Transport(server.url, 5)
    posted(transport, 2)
    waited = len(server.seen)
    assert transport.get("x", {}) == Answer(200, b"{}")
    assert len(server.requests) == len(server.seen) == max(waited, 3)


def test_a_line_that_nobody_comes_for_ends_itself(server: Server) -> None:
    transport = Transport(server.url, 5)
    posted(transport, 2)
    time.sleep(2 * SLOW)
    *_, last = server.seen
    assert not last.request
    assert not last.is_over.is_set()
    assert last.is_over.wait(PATIENCE + 2), "it was closed, and sent nothing"
    assert not last.request
    posted(transport, 1)
    assert len(server.requests) == 3
