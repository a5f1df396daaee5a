"""Cut a page into tags and the text between them, in one walk over pieces of it.

A tag ends where a browser ends it: at the first `>` that no quotes hold.  Comments
and what stands in scripts and styles are left out.  A `<` that begins nothing of
this is text.  Time grows with the page, memory does not.
"""

import re
from collections.abc import Iterator

from importer.readers.encoding import Text

LONGEST_TAG = 1 << 16
_CHUNK = 1 << 20
_NAME = r"<(/?)([A-Za-z][\w:.-]*+)"
_TAG = re.compile(rf"""([^<]*+){_NAME}((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
_LOOSE = re.compile(rf"([^<]*+){_NAME}([^<>]*+)>")
_ENDS = {
    "script": re.compile("(?=</script)", re.IGNORECASE),
    "style": re.compile("(?=</style)", re.IGNORECASE),
    "<!--": re.compile("-->"),
    "<!": re.compile(">"),
    "<?": re.compile(">"),
}
_LONGEST_END = 8

Token = tuple[str, str, str, str]
"""Text, and the tag after it: the slash of a closing one, its name in small letters,
its attributes; three times nothing where no tag follows."""


def walk(text: Text) -> Iterator[Token]:
    """Yield the tags of a page, each with the text before it."""
    cutter = _Cutter()
    with text.open() as file:
        while chunk := file.read(_CHUNK):
            yield from cutter.cut(chunk, whole=False)
    yield from cutter.cut("", whole=True)


class _Cutter:
    """Cuts pieces of a page; keeps what is not whole yet, and what it is inside of."""

    def __init__(self) -> None:
        self._rest = ""
        self._inside: re.Pattern[str] | None = None

    def cut(self, chunk: str, *, whole: bool) -> Iterator[Token]:
        """Cut what there is so far, to the end when it is the whole page."""
        buffer, at = self._rest + chunk, 0
        size = len(buffer)
        while at < size:
            if self._inside is not None:
                found = self._inside.search(buffer, at)
                if found is None:
                    at = max(at, size - _LONGEST_END)
                    break
                at, self._inside = found.end(), None
            tag = _TAG.match(buffer, at, at + LONGEST_TAG)
            if tag is not None:
                before, slash, name, rest = tag.groups()
                name, at = name.lower(), tag.end()
                if name in _ENDS and not slash:
                    self._inside = _ENDS[name]
                yield before, slash, name, rest
                continue
            mark = buffer.find("<", at)
            mark = size if mark < 0 else mark
            if mark > at:
                yield buffer[at:mark], "", "", ""
                at = mark
            elif not whole and size - at < LONGEST_TAG:
                break
            else:
                at, token = self._odd(buffer, at)
                yield token
        self._rest = "" if whole else buffer[at:]

    def _odd(self, buffer: str, at: int) -> tuple[int, Token]:
        """Take a `<` that begins no tag of the usual kind; returns where it ends."""
        for opener in ("<!--", "<!", "<?"):
            if buffer.startswith(opener, at):
                self._inside = _ENDS[opener]
                return at + len(opener), ("", "", "", "")
        if loose := _LOOSE.match(buffer, at, at + LONGEST_TAG):
            _, slash, name, rest = loose.groups()
            return loose.end(), ("", slash, name.lower(), rest)
        return at + 1, ("<", "", "", "")
