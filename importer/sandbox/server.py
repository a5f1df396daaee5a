"""The HTTP server around one company, and how its accidents are ordered.

POST /api/<method>        GET /api/<method>     as Komet has them
POST /_sandbox/accident   {"kind": "drop", "times": 2, "after": 1}
POST /_sandbox/clear      no accident any more
POST /_sandbox/cancel     {"controlNumber": 88001}, as a clerk does
POST /_sandbox/edit     {"controlNumber": 88001, "total": "99.00"}, as a clerk does
POST /_sandbox/reverse    {"controlNumber": 88001}, as for a bounced cheque
GET  /_sandbox/book       everything that is in the book
"""

import json
import re
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from importer.errors import ImporterError
from importer.sandbox import accidents, seed, spoilt
from importer.sandbox.accidents import Accident, Accidents
from importer.sandbox.book import Book, cents, now
from importer.sandbox.komet import Call, Company
from importer.sandbox.rules import Switches
from importer.sandbox.wire import Reply, encoded, failure

_BODY_MOST = 1 << 20
_TOKEN = re.compile(r'("(?:authenticationToken|password)"\s*:\s*)"[^"]*"')


class Sandbox:
    """The server on loopback, in a thread of its own; a context manager."""

    def __init__(
        self,
        book: Path,
        seed_of: Path | Mapping[str, Any],
        port: int = 0,
        tokens: Mapping[str, str] | None = None,
        **switches: Any,
    ) -> None:
        """Open the book, filled from the seed where it is new; listen on entering.

        `tokens` maps tokens to company, customer or vendor; `switches` are those
        of `rules.Switches`.
        """
        given = tokens or {seed.COMPANY_TOKEN: "company"}
        self.token = next(iter(given))
        self._book = Book(book, partial(seed.sow, seed=seed.read(seed_of)))
        self._tokens = given
        self.switches = Switches(**switches)
        self._server = _Server(("127.0.0.1", port), self._book, given, self.switches)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        """Return the address under which the methods are."""
        return f"http://127.0.0.1:{self._server.server_port}/api"

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
        """Stop listening, let go who still waits, and close the book."""
        self._server.stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hear_no_more()
        self._server.server_close()
        self._book.close()

    def accident(self, kind: str, **how: Any) -> None:
        """Order an accident; `how` are the fields of `accidents.Accident`."""
        self._server.accidents.expect(kind=kind, **how)

    def clear(self) -> None:
        """Expect no accident any more."""
        self._server.accidents.clear()

    def switch(self, **switches: Any) -> None:
        """Turn switches while it runs."""
        self.switches = replace(self.switches, **switches)
        self._server.company = Company(self._book, self._tokens, self.switches)

    def book(self) -> dict[str, Any]:
        """Return everything in the book, late payments that are due included."""
        self._server.company.apply_due()
        return self._book.everything()

    def cancel(self, control_number: str | int) -> None:
        """Void a payment, as a clerk does."""
        self._book.cancel(int(control_number))

    def edit(self, control_number: str | int, total: str) -> None:
        """Change the sum of a payment on one invoice, as a clerk does."""
        self._book.edit(int(control_number), cents(total))

    def reverse(self, control_number: str | int) -> int:
        """Enter the negative twin of a payment; return its control number."""
        return self._book.reverse(int(control_number))


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    block_on_close = True
    daemon_threads = False

    def __init__(
        self,
        address: tuple[str, int],
        book: Book,
        tokens: Mapping[str, str],
        switches: Switches,
    ) -> None:
        super().__init__(address, _Handler)
        self.book = book
        self.switches = switches
        self.company = Company(book, tokens, switches)
        self.accidents = Accidents()
        self.stopped = threading.Event()
        self.connections: set[socket.socket] = set()

    def hear_no_more(self) -> None:
        """Let go the connections that wait for a next request; answers still leave."""
        for connection in tuple(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Keep quiet: addresses have the token in them."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _BODY_MOST:
            self.close_connection = True
            self._write(Reply(413, failure("The request is too large.")))
            return
        address = urlsplit(self.path)
        room, _, method = address.path.lstrip("/").partition("/")
        if room == "_sandbox":
            self._write(self._controlled(method, self._body(length) or ""))
            return
        accident = self.server.accidents.meet(method)
        if accident and accident.kind in accidents.EARLY:
            self._cut_off(accident, length)
            return
        body = self._body(length)
        if body is not None:
            self._answer(method, dict(parse_qsl(address.query)), body, accident)

    def _body(self, length: int) -> str | None:
        """Read the body, whole or not at all."""
        content = self.rfile.read(length)
        if len(content) < length:
            self.close_connection = True
            return None
        return content.decode("utf-8", "replace")

    def _cut_off(self, accident: Accident, length: int) -> None:
        """Note a request of which no more than a half came."""
        self.close_connection = True
        came = self.rfile.read(0 if accident.kind == "cut" else length // 2)
        self._note(accident.method, came.decode("utf-8", "replace"), accident)
        spoilt.send(accident, self.connection, b"", self.server.stopped)

    def _note(self, method: str, body: str, accident: Accident | None) -> int:
        kept = _TOKEN.sub(r'\1"***"', body)
        return self.server.book.note_request(
            method, kept, accident.kind if accident else ""
        )

    def _answer(
        self,
        method: str,
        query: Mapping[str, str],
        body: str,
        accident: Accident | None,
    ) -> None:
        """Note the request, let it have its accident, answer."""
        received_at = now()
        server = self.server
        request = self._note(method, body, accident)
        server.company.apply_due()
        call = Call(method, self.command, query, body, received_at, request)
        if server.switches.latency:
            time.sleep(server.switches.latency)
        if accident is None:
            self._write(server.company.answer(call))
            return
        self.close_connection = True
        reply = accidents.changed(accident, self._applied(accident, call))
        extra = f"Location: {accident.to}\r\n" if accident.kind == "redirect" else ""
        raw = _raw(reply, extra + "Connection: close\r\n")
        spoilt.send(accident, self.connection, raw, server.stopped)

    def _applied(self, accident: Accident, call: Call) -> Reply:
        """Let the request count, or not, or later; return the true reply."""
        company = self.server.company
        if accident.applies == "late":
            self.server.book.wait(accident.late, call.body, call.request)
        if accident.applies not in ("yes", "twice"):
            return Reply(503, failure("The service is not available."))
        if accident.kind == "lag":
            return company.lagging(accident.seconds).answer(call)
        call = accidents.asked(accident, call)
        reply = company.answer(call)
        if accident.applies == "twice":
            company.answer(call)
        return reply

    def _controlled(self, what: str, body: str) -> Reply:
        """Do what the tester orders."""
        server = self.server
        try:
            said = json.loads(body or "{}")
            match what:
                case "book":
                    server.company.apply_due()
                    return Reply(200, server.book.everything())
                case "accident":
                    server.accidents.expect(**said)
                case "clear":
                    server.accidents.clear()
                case "cancel":
                    server.book.cancel(int(said["controlNumber"]))
                case "edit":
                    total = cents(said["total"])
                    server.book.edit(int(said["controlNumber"]), total)
                case "reverse":
                    server.book.reverse(int(said["controlNumber"]))
                case _:
                    return Reply(404, failure(f"There is no order {what}."))
        except (ImporterError, TypeError, ValueError, LookupError) as error:
            return Reply(400, failure(str(error)))
        return Reply(200, {"status": 1, "message": "OK"})

    def _write(self, reply: Reply) -> None:
        extra = "Connection: close\r\n" if self.close_connection else ""
        self.connection.sendall(_raw(reply, extra))


def _raw(reply: Reply, extra: str) -> bytes:
    """Write a whole answer, to be sent in one piece."""
    is_page = isinstance(reply.document, str)
    kind = "text/html" if is_page else "application/json"
    text = (
        reply.document if isinstance(reply.document, str) else encoded(reply.document)
    )
    body = text.encode("utf-8")
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Strange"
    head = (
        f"HTTP/1.1 {reply.status} {phrase}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n{extra}\r\n"
    )
    return head.encode("ascii") + body
