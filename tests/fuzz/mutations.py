"""Change a sound file as accidents, bad programs and strangers do."""

import io
import random
import re
import zipfile

from seeds import rezipped

_DIGITS = re.compile(rb"[0-9]+")
_BYTES = b"\x00\xff\x80\"'<>&;,|\t\r\n/\\~*:{}!^-+.0912aZ\xc3\xe2"
_PIECES = (
    b"",
    b"99999999999999999999",
    b"-1",
    b"1,650",
    b"NaN",
    b"1e999",
    b"<!--",
    b"<![CDATA[",
    b"&lt;",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b'"' * 3,
    b"=cmd()",
    b"\r\r\n",
    b"9" * 94,
    b":61:",
    b"88,",
    b"~",
    b"^\n",
)


def cut(content: bytes, at: int) -> bytes:
    """Cut a file off after so many bytes."""
    return content[:at]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Change a file in one to four ways."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        content = chance.choice(_WAYS)(content, chance)
    return content


def workbook(content: bytes, chance: random.Random) -> bytes:
    """Change a part inside a workbook's zip, or the zip itself."""
    if chance.random() < 0.2:
        return mutated(content, chance)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        name = chance.choice(book.namelist())
        part = book.read(name)
    return rezipped(content, name, mutated(part, chance))


def _place(content: bytes, chance: random.Random) -> int:
    return chance.randrange(len(content) + 1)


def _byte(content: bytes, chance: random.Random) -> bytes:
    at = _place(content, chance)
    return content[:at] + bytes([chance.choice(_BYTES)]) + content[at + 1 :]


def _insert(content: bytes, chance: random.Random) -> bytes:
    at = _place(content, chance)
    return content[:at] + chance.choice(_PIECES) + content[at:]


def _drop(content: bytes, chance: random.Random) -> bytes:
    at = _place(content, chance)
    return content[:at] + content[at + chance.randrange(1, 40) :]


def _double(content: bytes, chance: random.Random) -> bytes:
    at, size = _place(content, chance), chance.randrange(1, 80)
    return content[:at] + content[at : at + size] * 2 + content[at + size :]


def _lines(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            lines.insert(one, lines[other])
        case 2:
            del lines[one]
        case _:
            lines[one] += lines[other]
    return b"\n".join(lines)


def _number(content: bytes, chance: random.Random) -> bytes:
    found = list(_DIGITS.finditer(content))
    if not found:
        return content
    one = chance.choice(found)
    new = str(chance.choice((0, 1, 13, 31, 32, 2030, 10**12, 10**25))).encode()
    return content[: one.start()] + new + content[one.end() :]


def _tail(content: bytes, chance: random.Random) -> bytes:
    return content[: _place(content, chance)]


_WAYS = (_byte, _byte, _insert, _drop, _double, _lines, _number, _tail)
