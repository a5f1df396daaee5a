"""Find the encoding of a text file: once for the whole file, from its bytes.

    a byte-order mark  →  NUL at every other byte (UTF-16)  →  strict UTF-8
    →  what the mapping states  →  the likeliest of a few, by the words they give

Promises:
1. The whole file decodes strictly in the encoding that is found.
2. What the mapping states is never overruled in silence: what contradicts the
   bytes is refused with the place, what valid UTF-8 overrules is noted.
3. A NUL in the text is refused; no byte is ever replaced or dropped.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from importer.errors import Fault, FileRefused
from importer.readers import letters
from importer.table import charset

CHUNK = 1 << 20
_END = 64
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HINT = "state the right one as encoding in [file] of the mapping"


@dataclass(frozen=True, slots=True)
class Text:
    """A text file and how its bytes read.

    `why` says in words what the encoding was found by, where that needs saying.
    `whole` is whether the last line has its end, `wrapped` whether some cell
    may be written as a formula (`="0123"`).
    """

    path: Path
    encoding: str
    why: str
    whole: bool
    wrapped: bool

    def open(self) -> TextIO:
        """Open the file for reading, with its line ends as they are."""
        return self.path.open(encoding=self.encoding, newline="")


def find(path: Path, stated: str | None = None, prefer: str | None = None) -> Text:
    """Find how a whole file decodes; raises `FileRefused` when nothing does.

    `stated` is the mapping's word and binds; `prefer` is the file's own about
    itself, and is tried where the bytes prove nothing.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    wanted = _named(path, stated)
    marked = _marked(head)
    if marked and wanted and _family(wanted) != _family(marked):
        raise FileRefused(
            Fault(
                f"{path.name}:1",
                f'the file is {_family(marked)} by its first bytes, not "{stated}"',
                hint="mend or drop encoding in [file] of the mapping",
            )
        )
    if marked:
        return _strictly(path, marked, f"{marked} by its first bytes")
    return _unmarked(path, wanted, stated, prefer)


def first_lines(text: Text, limit: int = 1 << 16) -> list[str]:
    """Read whole lines from the start of a file, about `limit` characters of them."""
    with text.open() as file:
        return file.readlines(limit)


def _unmarked(
    path: Path, wanted: str | None, stated: str | None, prefer: str | None
) -> Text:
    """Find the encoding of a file without a mark: UTF-8, the stated, the likeliest."""
    found = _decoded(path, "utf-8")
    if found is None and wanted:
        return _strictly(path, wanted, f"{wanted} as the mapping states")
    if found is None and prefer and (declared := _decoded(path, prefer)):
        return _text(path, prefer, f"{prefer} as the file declares", declared)
    if found is None:
        return _likeliest(path)
    if wanted and _family(wanted) != "utf-8" and not _is_ascii(path):
        why = f'valid utf-8, though the mapping states "{stated}"'
        return _text(path, "utf-8", why, found)
    return _text(path, "utf-8", "", found)


def _likeliest(path: Path) -> Text:
    """Choose among the usual encodings by what the bytes beyond ASCII become."""
    sample = b"".join(_lines_beyond_ascii(path))
    for encoding, runner_up in letters.ranked(sample):
        found = _decoded(path, encoding)
        if found is not None:
            why = (
                f"neither marked nor utf-8; read as {encoding}, the likeliest by its"
                f" words and letters (next is {runner_up}); if letters look wrong,"
                f" {_HINT}"
            )
            return _text(path, encoding, why, found)
    raise AssertionError("latin-1 decodes every byte")


def _strictly(path: Path, encoding: str, why: str) -> Text:
    """Decode with this encoding or refuse the file at the byte that does not."""
    found = _decoded(path, encoding)
    if found is not None:
        return _text(path, encoding, why, found)
    raw = path.read_bytes()
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\n|\r", raw[: error.start])) + 1
        raise FileRefused(
            Fault(
                f"{path.name}:{line}",
                f"byte {error.start} ({raw[error.start]:#04x}) is not {encoding}",
                hint=f"{why}; {_HINT}",
            )
        ) from None
    raise AssertionError("what fails in parts fails as a whole")


def _text(path: Path, encoding: str, why: str, found: "_Found") -> Text:
    if found.nul:
        raise FileRefused(_nul(path, found.nul))
    return Text(path, encoding, why, found.whole, found.wrapped)


def _nul(path: Path, line: int) -> Fault:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _END, 0))
        padded = file.read().endswith(b"\0")
    sentence = (
        "the file ends in NUL characters, as after a failed copy or download"
        if padded
        else "a NUL character stands in the text"
    )
    return Fault(f"{path.name}:{line}", sentence, hint="fetch the file again")


@dataclass(frozen=True, slots=True)
class _Found:
    """What one pass over the text found; `nul` is the line of the first NUL, or 0."""

    nul: int
    whole: bool
    wrapped: bool


def _decoded(path: Path, encoding: str) -> _Found | None:
    """Decode the file piece by piece, to a NUL at most; None where that fails."""
    line, tail, wrapped = 1, "\n", False
    try:
        for piece in _pieces(path, encoding):
            if "\0" in piece:
                line += piece.count("\n", 0, piece.index("\0"))
                return _Found(line, whole=False, wrapped=False)
            line += piece.count("\n")
            wrapped = wrapped or '="' in piece
            tail = piece[-1:] or tail
    except UnicodeDecodeError:
        return None
    return _Found(0, tail in "\r\n", wrapped)


def _pieces(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _lines_beyond_ascii(path: Path, limit: int = 1 << 16) -> Iterator[bytes]:
    """Yield the lines that tell encodings apart, until they are enough to judge."""
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                yield line
                limit -= len(line)
                if limit <= 0:
                    return


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as file:
        return all(line.isascii() for line in file)


def _marked(head: bytes) -> str | None:
    """Return the encoding that a mark, or NUL at every other byte, proves."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half and odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    if half and even > half * 0.4 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _named(path: Path, stated: str | None) -> str | None:
    """Return the codec's own name for what a mapping states."""
    if stated is None:
        return None
    found = charset(stated)
    if found is None:
        hint = "mend encoding in [file] of the mapping, such as cp1252"
        raise FileRefused(
            Fault(path.name, f'there is no encoding "{stated}"', hint=hint)
        )
    return found


def _family(encoding: str) -> str:
    """Fold the names under which one encoding goes with and without its mark."""
    for family in ("utf-8", "utf-16", "utf-32"):
        if encoding.startswith(family):
            return family
    return encoding
