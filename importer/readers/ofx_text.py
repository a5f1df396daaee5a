"""Cut the text of an OFX file into transactions and what stands between them.

One walk for SGML (leaf tags unclosed) and XML, in pieces, so that memory does not
grow with the file and time grows with it no faster than its size.  A leaf's value
runs to the next tag; a `<` that begins no tag belongs to the value.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import chain
from typing import NamedTuple

from importer.errors import Fault, FileRefused
from importer.readers.encoding import Text

LONGEST = 4 << 20
_CHUNK = 1 << 20
_OPEN, _CLOSE = "<STMTTRN>", "</STMTTRN>"
_EDGE = re.compile(r"<(/?)STMTTRN(\s*)>", re.IGNORECASE)
_TAG = r"/?[A-Za-z][\w.]*(?:\s[^<>]*)?/?>"
_TOKEN = re.compile(
    rf"<(/?)([A-Za-z][\w.]*)(?:\s[^<>]*)?/?>([^<]*(?:<(?!{_TAG})[^<]*)*)(?:</\2\s*>)?"
)
_SECTION = re.compile(r"<!\[CDATA\[|<!--").search
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
_BREAK = re.compile(r"\s*[\r\n]\s*")

Token = tuple[str, str, str]
"""The slash of a closing tag, the tag's name, and the text after the tag."""


class Between(NamedTuple):
    """Text outside transactions, and the line on which it begins."""

    line: int
    text: str


class Transaction(NamedTuple):
    """The inside of one STMTTRN, the line of its tag, and whether it is closed."""

    line: int
    text: str
    closed: bool


def pieces(text: Text) -> Iterator[Between | Transaction]:
    """Walk through a file: what is between transactions, and each transaction.

    Raises `FileRefused` for what is larger than any bank's.
    """
    line, rest = 1, ""
    # One more opening tag at the end hands out the last transaction.
    for chunk in chain(_plain(text), (_OPEN,)):
        first, *parts = (rest + _evened(chunk)).split(_OPEN)
        if first:
            yield Between(line, first)
            line += first.count("\n")
        rest = _OPEN + parts.pop() if parts else ""
        for part in parts:
            inside, close, after = part.partition(_CLOSE)
            yield Transaction(line, inside, bool(close))
            if after and not after.isspace():
                yield Between(line + inside.count("\n"), after)
            line += part.count("\n")
        if len(rest) > LONGEST:
            raise _endless(text, line, "this STMTTRN is never closed, or larger")


def tokens_by_line(line: int, text: str) -> Iterator[tuple[int, str, str, str]]:
    """Yield the tags of text that begins on this line, each with its own line."""
    at = 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        yield line, found[1], found[2], found[3]


def tokens(text: str) -> list[Token]:
    """Split text into tags and the values after them; a leaf's own end is eaten."""
    return _TOKEN.findall(text)


def value(raw: str) -> str:
    """Return a value as it is meant: stripped, on one line, entities replaced.

    Only the five entities of XML and numbers stand for letters; all else that
    looks like one is the bank's own text.
    """
    raw = raw.strip()
    if "\n" in raw or "\r" in raw:
        raw = _BREAK.sub(" ", raw)
    if "&" in raw:
        raw = _ENTITY.sub(_letter, raw)
    return raw


def _evened(chunk: str) -> str:
    """Write the tags of transactions in the one usual way, if any is not.

    Counting finds the usual way ten times as fast as a pattern.
    """
    edges = chunk.count(_OPEN) + chunk.count(_CLOSE)
    if chunk.upper().count("STMTTRN") == edges:
        return chunk
    return _EDGE.sub(r"<\1STMTTRN>\2", chunk)


def _plain(text: Text) -> Iterator[str]:
    """Yield the file without comments, and with CDATA as any other text.

    Nothing is cut inside a tag or one of these sections, and no line is lost.  A
    section that never ends hides the rest, as it would in any browser; the file
    then lacks its end.
    """
    rest = ""
    with text.open() as file:
        while chunk := file.read(_CHUNK):
            plain, rest = _sections(rest + chunk)
            if len(rest) > LONGEST:
                raise _endless(text, 0, "a section, a tag or a value is longer")
            yield plain
    yield rest if not _SECTION(rest) else ""


def _endless(text: Text, line: int, what: str) -> FileRefused:
    where = f"{text.path.name}:{line}" if line else text.path.name
    return FileRefused(
        Fault(where, f"{what} than any bank's", hint="fetch the file again")
    )


def _sections(buffer: str) -> tuple[str, str]:
    """Replace whole sections; returns the text and what is not whole yet."""
    parts, at = [], 0
    while opener := _SECTION(buffer, at):
        closer = "]]>" if opener[0] == "<![CDATA[" else "-->"
        end = buffer.find(closer, opener.end())
        parts.append(buffer[at : opener.start()])
        if end < 0:
            return "".join(parts), buffer[opener.start() :]
        inside = buffer[opener.end() : end]
        is_text = closer == "]]>"
        parts.append(_escaped(inside) if is_text else "\n" * inside.count("\n"))
        at = end + len(closer)
    cut = max(buffer.rfind("<", at), at)
    parts.append(buffer[at:cut])
    return "".join(parts), buffer[cut:]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _letter(found: re.Match[str]) -> str:
    letter = unescape(found[0])
    return letter if letter.isprintable() else found[0]
