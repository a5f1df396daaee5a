"""JSON without surprises: amounts stay exact, and nothing is read twice.

Promises:
1. A number with a point or an exponent is read as Decimal, one without as int.
2. NaN, Infinity, a key that stands twice, a byte order mark, bytes that are not
   UTF-8, half a surrogate pair and nesting without end are refused.
3. What is written is plain ASCII, and a Decimal is written as it is: `1200.00`.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn


class NotJson(ValueError):
    """Bytes are not one sound JSON document; says why."""


def read(body: bytes) -> object:
    """Read one document; raises `NotJson` for anything that is not exactly one."""
    try:
        found: object = json.loads(
            body.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
        if b"\\ud" in body.lower():
            json.dumps(found, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeError:
        raise NotJson("it is not UTF-8") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None
    return found


def write(value: object) -> bytes:
    """Write a document of plain values, without blanks, keys in their order."""
    return _written(value).encode("ascii")


def _written(value: object) -> str:
    match value:
        case Decimal():
            assert value.is_finite(), value
            return f"{value:f}"
        case Mapping():
            pairs = (
                f"{json.dumps(key)}:{_written(part)}" for key, part in value.items()
            )
            return "{" + ",".join(pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_written, value)) + "]"
        case str() | bool() | int() | None:
            return json.dumps(value)
        case _:
            raise TypeError(f"{type(value).__name__} is not written as JSON")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotJson("a key stands twice")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise NotJson(f"{text} is no number")
