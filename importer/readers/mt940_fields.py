"""Cut a SWIFT message into its fields: a tag, and the lines up to the next tag.

A line begins a field only if its tag is one of those that statements have, and
stands where it may: inside a statement whose closing balance is still to come, a
line such as `:20:15 Uhr` is part of the text before it.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from importer.readers.encoding import Text
from importer.readers.shape import Faults

LONGEST_LINE = 1 << 16
MOST_LINES = 4096
_TAG = re.compile(
    r":(13D|13(?=:[0-9]{10}\s*$)|20|21|25P?|28C?|34F|60[FM]|61|62[FM]|64|65|86"
    r"|90[CD]|NS|94[02]):(.*)",
    re.DOTALL,
).match
_ENVELOPE = re.compile(r"^\{[1-5S]:.*?\{4:\s*$|^\{[1-5S]:[^{}]*\}")
_CUT = re.compile(r":[0-9]{0,2}[A-Z]?").fullmatch
_HEADS = ("20", "21", "25", "25P", "28", "28C")
_MARKS = ("-", "{", "\x03")
_OPENING, _CLOSING = ("60F", "60M"), ("62F", "62M")
_ENDS = re.compile(r"-\}?\s*|-\}\{5:.*|\x03\s*|\{1:.*").fullmatch
"""What ends a message, and what its last field holds."""


class Field(NamedTuple):
    """One field: the line of its tag, the tag, and its lines without their ends."""

    line: int
    tag: str
    lines: tuple[str, ...]

    @property
    def first(self) -> str:
        """Return its first line."""
        return self.lines[0]


def fields(text: Text, faults: Faults) -> Iterator[Field]:
    """Yield the fields of a file in order; what stands before the first is no field."""
    tag, begun, lines, is_open = "", 0, [""], False
    for number, content in enumerate(_lines(text, faults), start=1):
        mark = content[:1]
        found = _TAG(content) if mark == ":" else None
        if found and is_open and found[1] in _HEADS:
            found = None
        if tag and (found or (mark in _MARKS and _ENDS(content))):
            yield Field(begun, tag, tuple(lines))
            tag = ""
        if found:
            tag, begun, lines = found[1], number, [found[2]]
            is_open = tag in _OPENING or (is_open and tag not in _CLOSING)
        elif mark == ":" and _CUT(content):
            faults.add(number, "the file is cut off in a tag", content)
        elif tag and mark and not content.isspace():
            lines.append(content)
            if len(lines) == MOST_LINES:
                faults.add(number, f"this field has more than {MOST_LINES} lines")
                return
    if tag:
        yield Field(begun, tag, tuple(lines))


def _lines(text: Text, faults: Faults) -> Iterator[str]:
    """Yield the lines of a file, whatever ends them, none of them endless."""
    with text.path.open(encoding=text.encoding, newline=None) as file:
        for number, line in enumerate(
            iter(partial(file.readline, LONGEST_LINE), ""), 1
        ):
            if len(line) == LONGEST_LINE:
                faults.add(number, f"this line has {LONGEST_LINE} letters and more")
                return
            yield _ENVELOPE.sub("", line[:-1]) if line[0] == "{" else line.rstrip("\n")
