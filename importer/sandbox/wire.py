"""Documents as they are written: exact amounts, Komet's way to say no, and HTTP."""

import json
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

Document = dict[str, Any]


class Refusal(Exception):
    """Komet says no, in words that are ours."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: an HTTP status, and a document or a page of HTML."""

    status: int
    document: Document | str


def failure(message: str) -> Document:
    """Say no by the documented envelope."""
    return {"status": "0", "message": message}


def amount(cents: int) -> Decimal:
    """Return cents as an amount that is written with two places."""
    return Decimal(cents) / 100


def encoded(value: object) -> str:
    """Write a document as JSON, amounts as plain numbers with two places."""
    match value:
        case Decimal():
            return f"{value:.2f}"
        case dict():
            pairs = (f"{json.dumps(key)}: {encoded(one)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(encoded, value)) + "]"
        case _:
            return json.dumps(value)


def raw(reply: Reply, extra: str) -> bytes:
    """Write a whole HTTP answer, to be sent in one piece."""
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
