"""Text, entities and amounts of OFX files, before anything is understood."""

import re
from collections.abc import Sequence
from pathlib import Path

from importer.errors import Fault, FileRefused

ENTITY = re.compile(
    r"&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));"
)
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
DECLARED = re.compile(rb"CHARSET\s*:\s*([\w-]+)|encoding\s*=\s*[\"']([\w.-]+)")
PLAIN = re.compile(r"([+-]?)(\d+)(?:([.,])(\d{1,5}))?")
GROUPED = re.compile(
    r"([+-]?)(\d{1,3}(?:([.,' \u00a0])\d{3})(?:\3\d{3})*)([.,])(\d{1,5})"
)
AMBIGUOUS_PLACES = 3
UNICODE_MOST = 0x10FFFF


def decoded(path: Path) -> tuple[str, str]:
    """Decode a whole file by its bytes: mark, UTF-8, declared, cp1252."""
    content = path.read_bytes()
    if not content.strip():
        raise FileRefused(Fault(path.name, "is empty", hint="download it again"))
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return _strict(path, content, name), name
    for name in ("utf-8", *_declared(content), "cp1252", "latin-1"):
        try:
            return content.decode(name), name
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes every byte")


def _strict(path: Path, content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        sentence = f"byte {error.start + 1} is not {name}, whose mark it begins with"
        raise FileRefused(
            Fault(path.name, sentence, hint="download it again")
        ) from None


def _declared(content: bytes) -> list[str]:
    found = DECLARED.search(content[:2048])
    if not found:
        return []
    name = (found[1] or found[2]).decode("ascii").lower()
    name = {"1252": "cp1252", "8859-1": "latin-1"}.get(name, name)
    try:
        "".encode(name)
    except LookupError:
        return []
    return [name]


def plain(text: str) -> str:
    """Fold blanks and line ends, and read the five entities and numeric ones."""
    text = " ".join(text.split())
    return ENTITY.sub(_entity, text) if "&" in text else text


def _entity(found: re.Match[str]) -> str:
    if found[1]:
        return NAMED[found[1]]
    number = int(found[2]) if found[2] else int(found[3], 16)
    return chr(number) if 0 < number <= UNICODE_MOST else found[0]


def amounts(texts: Sequence[str]) -> tuple[list[str], str]:
    """Write amounts with a decimal point, where the file says what its marks mean.

    `1.650,00` and `1,650.00` say it themselves; so does any single mark that does
    not stand before three figures.  `1,650` takes the meaning that all others of
    the file give its mark; where they give none it stays as it is, to be refused.
    """
    marks = {_mark(text) for text in texts} - {""}
    known = marks.pop() if len(marks) == 1 else ""
    note = f"decimal mark {known}" if known else "decimal marks: each amount by itself"
    return [_written(text, known) for text in texts], note


def _mark(text: str) -> str:
    """Say which decimal mark an amount proves by itself."""
    if found := PLAIN.fullmatch(text):
        return found[3] if found[3] and len(found[4]) != AMBIGUOUS_PLACES else ""
    if (found := GROUPED.fullmatch(text)) and found[3] != found[4]:
        return found[4]
    return ""


def _written(text: str, known: str) -> str:
    if found := PLAIN.fullmatch(text):
        sign, whole, mark, places = found.groups()
        if not mark:
            return text
        if len(places) != AMBIGUOUS_PLACES or mark == known:
            return f"{sign}{whole}.{places}"
        return (
            f"{sign}{whole}{places}"
            if known and len(whole) <= AMBIGUOUS_PLACES
            else text
        )
    if (found := GROUPED.fullmatch(text)) and found[3] != found[4]:
        whole = re.sub(r"\D", "", found[2])
        return f"{found[1]}{whole}.{found[5]}"
    return text
