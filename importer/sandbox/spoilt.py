"""An answer onto a connection that then closes, spoilt as its accident has it."""

import gzip
import socket
import struct
import threading

from importer.sandbox.accidents import Accident

_HUGE = 8 << 20
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = b"\r\nTransfer-Encoding: chunked"
_NO_LINGER = struct.pack("ii", 1, 0)


def send(
    accident: Accident, sock: socket.socket, raw: bytes, stopped: threading.Event
) -> None:
    """Write an answer as the accident has it, onto a connection that then closes."""
    head = raw.partition(b"\r\n\r\n")[0]
    match accident.kind:
        case "drop":
            return
        case "reset" | "cut" | "half":
            _reset(sock)
        case "headed":
            sock.sendall(head + b"\r\n\r\n")
            _reset(sock)
        case "hang" | "stall":
            stopped.wait(accident.seconds)
        case "slow":
            stopped.wait(accident.seconds)
            sock.sendall(raw)
        case "continue":
            sock.sendall(_CONTINUE)
            stopped.wait(accident.seconds)
        case "drip":
            for at in range(len(raw)):
                if stopped.wait(accident.seconds):
                    return
                sock.sendall(raw[at : at + 1])
        case _:
            sock.sendall(_misshapen(accident.kind, raw))


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    sock.close()


def _misshapen(kind: str, raw: bytes) -> bytes:
    head, end, body = raw.partition(b"\r\n\r\n")
    first, cut = head.partition(b"\r\n")[0], body[: len(body) // 2]
    other = {
        "garbage": b"\x16\x03\x01 this is not HTTP" + end + body,
        "bare": body,
        "continued": _CONTINUE + raw,
        "twice": raw + raw,
        "empty": _OK % 0,
        "truncated": _OK % len(cut) + cut,
        "short": head + end + cut,
        "open": first + b"\r\nConnection: close" + end + cut,
        "chunks": first + _CHUNKED + end + b"%x\r\n%s\r\nzz\r\n" % (len(cut), cut),
        "gzip": first + b"\r\nContent-Encoding: gzip" + end + gzip.compress(body),
    }
    if kind == "huge":
        return _OK % _HUGE + b" " * _HUGE
    return other.get(kind, raw)
