"""Compile the patterns of a mapping: RE2, not case-sensitive, bounded.

Remittance text is written by strangers, and Python's `re` needs seconds for
thirty chosen characters where a pattern repeats a repetition.  RE2 needs time
in proportion to the text.  What it has not is refused when a mapping loads.
"""

import re
from typing import Any

LONGEST = 1000
MOST_MEMORY = 8 << 20
FINDS = ("customer", "invoice", "paid", "discount", "reference", "location")

_NAMED = re.compile(r"(?<!\\)(?:\\\\)*\(\?P?<(\w+)>")


class NotPattern(ValueError):
    """A text is not a pattern that may be used; says why."""


def compiled(pattern: str) -> Any:
    """Compile one pattern; the result has RE2's `search`, `finditer`, `groupindex`.

    Raises `NotPattern` with a sentence.
    """
    import re2  # noqa: PLC0415 what only lists commands must not load it

    if len(pattern) > LONGEST:
        raise NotPattern(f"a pattern has at most {LONGEST} characters")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MOST_MEMORY
    try:
        found = re2.compile(pattern, options)
    except re2.error as error:
        raise NotPattern(_why(error.args[0])) from error
    names = _NAMED.findall(pattern)
    for name in names:
        # RE2 would keep one of them, and what the other finds would be lost.
        if names.count(name) > 1:
            raise NotPattern(f'a pattern can name "{name}" once; write two rules')
    return found


def names(pattern: str) -> tuple[str, ...]:
    """Return the names that a pattern gives to what it finds."""
    return tuple(compiled(pattern).groupindex)


def _why(words: Any) -> str:
    text = words.decode() if isinstance(words, bytes) else str(words)
    if "invalid perl operator: (?=" in text or "invalid perl operator: (?!" in text:
        return "RE2 has no look-ahead; match what follows too, or write two rules"
    if "invalid perl operator: (?<" in text:
        return "RE2 has no look-behind; match what stands before too, or use \\b"
    if re.search(
        r"invalid escape sequence: \\[1-9]|invalid perl operator: \(\?P", text
    ):
        return "RE2 has no back-references; write out what must stand there"
    if "invalid escape sequence: \\Z" in text:
        return "RE2 writes the end of the text as \\z, not \\Z"
    return f"RE2 says: {text}"
