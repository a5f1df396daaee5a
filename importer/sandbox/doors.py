"""The HTTP doors to one book, and how its accidents are ordered.

POST /api/<method>        GET /api/<method>     as Komet has them
POST /crmapi/rest/v2/<resource>/<action>, GET   as CRM.COM has them
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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from importer.errors import ImporterError
from importer.sandbox import accidents, spoilt
from importer.sandbox.accidents import Accident, Accidents
from importer.sandbox.book import Book, cents, now
from importer.sandbox.komet import Call
from importer.sandbox.wire import Document, Reply, failure, raw

_BODY_MOST = 1 << 20
_TOKEN = re.compile(r'("(?:authenticationToken|password|token)"\s*:\s*)"[^"]*"')


class Door(Protocol):
    """What one ERP of the sandbox is: it answers, late where it is told to."""

    def answer(self, call: Call) -> Reply:
        """Answer one call; what it changes is in the book when this returns."""

    def lagging(self, seconds: float) -> "Door":  # seconds
        """Return the same ERP, which shows payments that are so old."""

    def apply_due(self) -> None:
        """Apply what was put off and whose time has come."""

    def no(self, said: str) -> Document:
        """Say no in general, as this ERP does."""


class Server(ThreadingHTTPServer):
    """One socket, two doors, and the accidents between them."""

    request_queue_size = 128
    block_on_close = True
    daemon_threads = False

    def __init__(
        self,
        address: tuple[str, int],
        book: Book,
        doors: Mapping[str, Door],
    ) -> None:
        """Listen, and let nobody in before `serve_forever`."""
        super().__init__(address, _Handler)
        self.book = book
        self.doors = dict(doors)
        self.latency = 0.0
        self.accidents = Accidents()
        self.stopped = threading.Event()
        self.connections: set[socket.socket] = set()

    def apply_due(self) -> None:
        """Apply what was put off and is due by now, behind every door."""
        for door in self.doors.values():
            door.apply_due()

    def room(self, path: str) -> tuple[str, str]:
        """Split a path into the room of its ERP, or of the tester, and the method."""
        bare = path.lstrip("/")
        for room in self.doors:
            if bare.startswith(f"{room}/"):
                return room, bare.removeprefix(f"{room}/")
        room, _, method = bare.partition("/")
        return room, method

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
    server: Server
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
        room, method = self.server.room(address.path)
        if room == "_sandbox":
            self._write(self._controlled(method, self._body(length) or ""))
            return
        accident = self.server.accidents.meet(method)
        if accident and accident.kind in accidents.EARLY:
            self._cut_off(accident, length)
            return
        body = self._body(length)
        if body is not None:
            said = dict(parse_qsl(address.query)), body
            self._answer(room, method, *said, accident)

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
        room: str,
        method: str,
        query: Mapping[str, str],
        body: str,
        accident: Accident | None,
    ) -> None:
        """Note the request, let it have its accident, answer."""
        server, received_at = self.server, now()
        request = self._note(method, body, accident)
        server.apply_due()
        key = self.headers.get("Authorization", "")
        call = Call(method, self.command, query, body, received_at, request, key)
        if server.latency:
            time.sleep(server.latency)
        door = server.doors.get(room, next(iter(server.doors.values())))
        if accident is None:
            self._write(door.answer(call))
            return
        self.close_connection = True
        reply = self._applied(accident, call, door)
        reply = accidents.changed(accident, reply, door.no)
        extra = f"Location: {accident.to}\r\n" if accident.kind == "redirect" else ""
        answer = raw(reply, extra + "Connection: close\r\n")
        spoilt.send(accident, self.connection, answer, server.stopped)

    def _applied(self, accident: Accident, call: Call, door: Door) -> Reply:
        """Let the request count, or not, or later; return the true reply."""
        if accident.applies == "late":
            self.server.book.wait(accident.late, call.body, call.request)
        if accident.applies not in ("yes", "twice"):
            return Reply(503, failure("The service is not available."))
        if accident.kind == "lag":
            return door.lagging(accident.seconds).answer(call)
        call = accidents.asked(accident, call)
        reply = door.answer(call)
        if accident.applies == "twice":
            door.answer(call)
        return reply

    def _controlled(self, what: str, body: str) -> Reply:
        """Do what the tester orders."""
        server = self.server
        try:
            said = json.loads(body or "{}")
            match what:
                case "book":
                    server.apply_due()
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
        self.connection.sendall(raw(reply, extra))
