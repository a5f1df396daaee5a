"""Decide the encoding of a text file from all of its bytes, once.

A byte-order mark decides; else strict UTF-8 over the whole file; else what the
mapping says; else the candidate whose letters look most like words.  Detectors
that guess from statistics are wrong on short bank files, so none is used.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

from importer.errors import Fault, FileRefused

CHUNK = 1 << 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = ("cp1252", "cp1250", "gb18030", "latin-1")
WIDE_LEAST = 0.4


def decide(path: Path, stated: str | None = None) -> tuple[str, str]:
    """Return the encoding, and why; raises `FileRefused` where none can be had."""
    head = beginning(path, 4096)
    for mark, name in MARKS:
        if head.startswith(mark):
            _agree(path, stated, name)
            _proven(path, name)
            return name, f"encoding {name}: the file begins with its mark"
    if wide := _without_mark(head):
        _proven(path, wide)
        return wide, f"encoding {wide}: every other byte is zero"
    if (fault := _first_fault(path, "utf-8")) is None:
        return "utf-8", "encoding utf-8: every byte fits"
    if stated:
        _proven(path, stated)
        return stated, f"encoding {stated}: the mapping says so"
    sample = beginning(path, CHUNK)
    fitting = [one for one in CANDIDATES if _first_fault(path, one) is None]
    best = max(fitting, key=lambda one: _likeness(sample.decode(one, "ignore"), one))
    offset, line = fault
    return best, (
        f"encoding {best}: not UTF-8 at byte {offset + 1} (line {line}), and its "
        "letters make the most sense so"
    )


def beginning(path: Path, length: int) -> bytes:
    """Return the first bytes of a file."""
    with path.open("rb") as file:
        return file.read(length)


def _without_mark(head: bytes) -> str:
    """Recognise UTF-16 without its mark by the zeros of its ASCII letters."""
    pairs = len(head) // 2
    if pairs and head[1::2].count(0) > WIDE_LEAST * pairs and head[::2].count(0) == 0:
        return "utf-16-le"
    if pairs and head[::2].count(0) > WIDE_LEAST * pairs and head[1::2].count(0) == 0:
        return "utf-16-be"
    return ""


def is_wide(head: bytes) -> bool:
    """Say whether a file is UTF-16, in which zero bytes are a matter of course."""
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return head.startswith(marks) or bool(_without_mark(head))


def _agree(path: Path, stated: str | None, found: str) -> None:
    """Refuse a mapping that contradicts the file's own mark."""
    if stated is None or codecs.lookup(stated).name in _related(found):
        return
    raise FileRefused(
        Fault(
            path.name,
            f'begins with the mark of {found}, but the mapping says "{stated}"',
            hint="take encoding out of [file] in the mapping",
        )
    )


def _related(found: str) -> set[str]:
    names = {codecs.lookup(found).name, codecs.lookup(found.removesuffix("-sig")).name}
    return names | ({"utf-16-le", "utf-16-be"} if found == "utf-16" else set())


def _proven(path: Path, name: str) -> None:
    if (fault := _first_fault(path, name)) is not None:
        offset, line = fault
        raise FileRefused(
            Fault(
                f"{path.name}:{line}",
                f"byte {offset + 1} is not {name}",
                hint="state the right encoding in [file] of the mapping, "
                "or download the file again",
            )
        )


def _first_fault(path: Path, name: str) -> tuple[int, int] | None:
    """Decode the whole file; return the byte and line of the first fault."""
    decoder = codecs.getincrementaldecoder(name)()
    offset, line = 0, 1
    for chunk, last in _chunks(path):
        try:
            decoder.decode(chunk, last)
        except UnicodeDecodeError as error:
            at = max(error.start, 0)
            return offset + at, line + chunk[:at].count(b"\n")
        offset += len(chunk)
        line += chunk.count(b"\n")
    return None


def _chunks(path: Path) -> Iterator[tuple[bytes, bool]]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk, False
    yield b"", True


def _likeness(text: str, name: str) -> tuple[int, int]:
    """Score a decoding: letters beyond ASCII count for it, odd signs against."""
    odd = sum(
        not one.isprintable() and one not in "\r\n\t"
        for one in text
        if ord(one) > 127  # noqa: PLR2004 -- beyond ASCII
    )
    foreign = [one for one in text if ord(one) > 127]  # noqa: PLR2004 -- beyond ASCII
    letters = sum(one.isalpha() for one in foreign)
    # Chinese decodes almost anything: it must make words of its common signs.
    if name == "gb18030":
        common = sum("\u4e00" <= one <= "\u9fa5" for one in foreign)
        return (2 * common - 3 * (len(foreign) - common) - odd, 0)
    return (letters - 2 * (len(foreign) - letters) - 5 * odd, -CANDIDATES.index(name))
