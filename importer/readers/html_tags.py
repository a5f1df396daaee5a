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
_TAG = re.compile(r"""<(/?)([A-Za-z][\w:.-]*+)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
_LOOSE = re.compile(r"<(/?)([A-Za-z][\w:.-]*+)([^<>]*+)>")
_ENDS = {
    "script": re.compile("(?=</script)", re.IGNORECASE),
    "style": re.compile("(?=</style)", re.IGNORECASE),
    "<!--": re.compile("-->"),
    "<!": re.compile(">"),
    "<?": re.compile(">"),
}
_LONGEST_END = 8

Token = tuple[str, str, str]
"""The slash of a closing tag, the tag's name, its attributes; or two times nothing,
and text."""


def walk(text: Text) -> Iterator[Token]:
    """Yield the tags of a page, and the text between them in pieces."""
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
        while at < len(buffer):
            if self._inside is not None:
                found = self._inside.search(buffer, at)
                if found is None:
                    at = max(at, len(buffer) - _LONGEST_END)
                    break
                at, self._inside = found.end(), None
            mark = buffer.find("<", at)
            if mark < 0:
                mark = len(buffer)
            if mark > at:
                yield "", "", buffer[at:mark]
            at = mark
            is_sure = whole or len(buffer) - at >= LONGEST_TAG
            if at == len(buffer) or (not is_sure and _is_short(buffer, at)):
                break
            end = min(len(buffer), at + LONGEST_TAG)
            tag = _TAG.match(buffer, at, end)
            if tag is None and not is_sure and buffer[at + 1 : at + 2] not in "!?":
                break
            at, token = self._step(buffer, at, tag or _LOOSE.match(buffer, at, end))
            yield token
        self._rest = "" if whole else buffer[at:]

    def _step(
        self, buffer: str, at: int, tag: re.Match[str] | None
    ) -> tuple[int, Token]:
        """Take what begins at a `<`; returns where it ends, and what it is."""
        if tag is not None:
            name = tag[2].lower()
            self._inside = None if tag[1] else _ENDS.get(name)
            return tag.end(), (tag[1], name, tag[3])
        for opener in ("<!--", "<!", "<?"):
            if buffer.startswith(opener, at):
                self._inside = _ENDS[opener]
                return at + len(opener), ("", "", "")
        return at + 1, ("", "", "<")


def _is_short(buffer: str, at: int) -> bool:
    """Say whether too little is there to tell what begins."""
    return len(buffer) - at < len("<!--")
