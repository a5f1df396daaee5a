"""What can go wrong on the way: told in advance, per method, for some requests.

    drop       read everything, close without a word      reset     the same by RST
    hang       say nothing for `seconds`, then close      slow      answer after them
    drip       one byte every `seconds`                   empty     200, no body
    status     `status` (500) with a page of HTML         refuse    `status`, status 0
    html       200 with a page to log in                  garbage   bytes, not HTTP
    truncated  200, JSON cut off, length true             short     length too long
    huge       200 and 8 MiB of blanks                    redirect  307 to `to`
    quota      the calls of the day are spent             double    applied twice
    fewer      half the rows of a list                    error     a list that failed
    lag        a list as it was `seconds` ago

`applies` says what becomes of the request meanwhile: "yes" (before the answer),
"no", or "late" (`late` seconds after it came, whatever was answered).
"""

import socket
import struct
import threading
from dataclasses import dataclass, replace
from typing import Any

from importer.errors import Fault, SettingsRefused
from importer.sandbox.komet import quota_spent
from importer.sandbox.wire import Reply, failure

KINDS = {
    *("drop", "reset", "hang", "slow", "drip", "empty", "status", "refuse", "html"),
    *("garbage", "truncated", "short", "huge", "redirect", "quota", "double"),
    *("fewer", "error", "lag"),
}
_PAGE = "<html><head><title>{0}</title></head><body>{0}</body></html>"
_HUGE = 8 << 20
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Accident:
    """One accident: which requests it meets, and how; see the module."""

    kind: str
    method: str = "payment.receive"
    times: int = 1
    after: int = 0
    applies: str = "yes"
    seconds: float = 1  # seconds
    late: float = 1  # seconds
    status: int = 0
    to: str = ""


class Accidents:
    """The accidents that are still to come; safe to share between threads."""

    def __init__(self) -> None:
        """Expect none."""
        self._lock = threading.Lock()
        self._coming: list[Accident] = []

    def expect(self, **said: Any) -> None:
        """Add an accident; raises `SettingsRefused` for one that is not known."""
        if said.get("kind") not in KINDS:
            known = ", ".join(sorted(KINDS))
            fault = Fault("", f'no accident is called "{said.get("kind")}"', hint=known)
            raise SettingsRefused(fault)
        if said["kind"] == "quota":
            said = {"applies": "no", **said}
        with self._lock:
            self._coming.append(Accident(**said))

    def clear(self) -> None:
        """Expect none any more."""
        with self._lock:
            self._coming.clear()

    def meet(self, method: str) -> Accident | None:
        """Return what happens to this request, and count it."""
        with self._lock:
            for at, one in enumerate(self._coming):
                if one.method != method:
                    continue
                if one.after:
                    self._coming[at] = replace(one, after=one.after - 1)
                    continue
                if one.times > 1:
                    self._coming[at] = replace(one, times=one.times - 1)
                else:
                    del self._coming[at]
                return one
        return None


def changed(accident: Accident, reply: Reply) -> Reply:
    """Return what is answered in place of the true reply."""
    if accident.kind == "fewer" and isinstance(reply.document, dict):
        halves = {
            key: rows[: len(rows) // 2] if isinstance(rows, list) else rows
            for key, rows in reply.document.items()
        }
        return Reply(reply.status, halves)
    failed = {"status": 1, "message": "An unexpected error occurred."}
    status = accident.status
    other = {
        "status": Reply(status or 500, _PAGE.format("Server Error")),
        "refuse": Reply(status or 200, failure("Something is not right.")),
        "html": Reply(200, _PAGE.format("Please log in")),
        "redirect": Reply(status or 307, _PAGE.format("Moved")),
        "error": Reply(200, failed),
    }
    if accident.kind == "quota":
        return quota_spent(str(status or 429))
    return other.get(accident.kind, reply)


def send(
    accident: Accident, sock: socket.socket, raw: bytes, stopped: threading.Event
) -> None:
    """Write an answer as the accident has it, onto a connection that then closes."""
    match accident.kind:
        case "drop":
            return
        case "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            sock.close()
        case "hang":
            stopped.wait(accident.seconds)
        case "slow":
            stopped.wait(accident.seconds)
            sock.sendall(raw)
        case "drip":
            for at in range(len(raw)):
                if stopped.wait(accident.seconds):
                    return
                sock.sendall(raw[at : at + 1])
        case _:
            sock.sendall(_misshapen(accident.kind, raw))


def _misshapen(kind: str, raw: bytes) -> bytes:
    head, end, body = raw.partition(b"\r\n\r\n")
    cut = body[: len(body) // 2]
    match kind:
        case "garbage":
            return b"\x16\x03\x01 this is not HTTP" + end + body
        case "empty":
            return _OK % 0
        case "truncated":
            return _OK % len(cut) + cut
        case "short":
            return head + end + cut
        case "huge":
            return _OK % _HUGE + b" " * _HUGE
        case _:
            return raw
