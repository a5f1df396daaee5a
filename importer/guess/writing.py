"""Write a mapping as TOML that a person reads and mends.

What is unsure stands right above the key that it is about.  Patterns stand in
single quotes, as people write them; everything loads again as it was.
"""

import re
from collections.abc import Iterator
from typing import Any

from importer.mapping.schema import Mapping

WIDTH = 78
_WORD = re.compile(r"[A-Za-z0-9_-]+")


def write_mapping(
    mapping: Mapping, unsure: tuple[str, ...], because: tuple[str, ...]
) -> str:
    """Write all that is said in a mapping, with the sentences as comments."""
    content = mapping.model_dump(
        exclude_defaults=True, exclude={"name", "path", "digest"}, mode="python"
    )
    lines = [
        "# Guessed from one file. Look at it before it is used: what the file does",
        "# not settle is marked UNSURE, and `importer check` tells what cannot work.",
    ]
    for name in ("file", "read", "policy", "invoices"):
        if table := content.get(name):
            lines += ["", f"[{name}]"]
            lines += _keys(table, *((unsure, because) if name == "read" else ((), ())))
    return "\n".join(lines) + "\n"


def _keys(
    table: dict[str, Any], unsure: tuple[str, ...], because: tuple[str, ...]
) -> Iterator[str]:
    written = set(table)
    for key, value in table.items():
        for sentence in because:
            if _about(sentence) == key:
                yield from _comment(sentence.partition(": ")[2])
        for sentence in unsure:
            if _about(sentence) == key:
                yield from _comment("UNSURE: " + sentence.partition(": ")[2])
        yield f"{_key(key)} = {_value(value)}"
    for sentence in unsure:
        if _about(sentence) not in written:
            yield from _comment("UNSURE: " + sentence)


def _about(sentence: str) -> str:
    return sentence.partition(":")[0]


def _comment(text: str) -> Iterator[str]:
    """Break a sentence into comment lines; a bank's control characters are dropped."""
    line = "#"
    for word in "".join(c if c.isprintable() else " " for c in text).split():
        if len(line) + len(word) >= WIDTH and line != "#":
            yield line
            line = "#  "
        line += f" {word}"
    yield line


def _key(key: str) -> str:
    return key if _WORD.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case dict():
            pairs = (f"{_key(key)} = {_value(one)}" for key, one in value.items())
            return "{ " + ", ".join(pairs) + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(one) for one in value) + "]"
    return str(value)


def _text(text: str) -> str:
    """Quote a text: as it stands where it has a backslash, escaped otherwise."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escape(c) for c in escaped) + '"'


def _escape(letter: str) -> str:
    return f"\\U{ord(letter):08x}"
