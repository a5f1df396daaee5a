"""Documents as Komet writes them: exact amounts, and its ways to say no."""

import json
from dataclasses import dataclass
from decimal import Decimal
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
