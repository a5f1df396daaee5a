"""Cut a NACHA file into its records of 94 letters, with or without line ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from importer.readers.encoding import Text
from importer.readers.shape import Faults

WIDTH = 94
MOST_ADDENDA = 9999
_KINDS = "156789"
_SHORTEST = 55


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its line as an editor counts it, and its 94 letters."""

    line: int
    text: str

    @property
    def kind(self) -> str:
        """Return the record type code."""
        return self.text[0]

    def __getitem__(self, at: slice) -> str:
        """Return letters of the record by their places, from 0."""
        return self.text[at]


def records(text: Text, faults: Faults) -> Iterator[Record]:
    """Yield the records of a file; filler (a line of nines) is no record."""
    for line, content in _lines(text, faults):
        plain = content.rstrip("\r\n\x1a\0 ")
        if not plain or set(plain) == {"9"}:
            continue
        if len(plain) > WIDTH:
            faults.add(line, f"this record has {len(plain)} letters, not 94", plain)
        elif plain[0] not in _KINDS:
            faults.add(line, f'there is no record of type "{plain[0]}"', plain)
        elif len(plain) < _SHORTEST and plain[0] != "9":
            faults.add(
                line, f"this record is cut off after {len(plain)} letters", plain
            )
        else:
            # Some programs take the blanks away at the end of a line.
            yield Record(line, plain.ljust(WIDTH))


def _lines(text: Text, faults: Faults) -> Iterator[tuple[int, str]]:
    """Yield lines; a file that is one long line is cut every 94 letters."""
    with text.path.open(encoding=text.encoding, newline=None) as file:
        first = file.read(WIDTH + 1)
        file.seek(0)
        if len(first) > WIDTH and "\n" not in first and first[WIDTH] in _KINDS:
            for number, content in enumerate(iter(partial(file.read, WIDTH), ""), 1):
                if len(content) < WIDTH and content.strip("\n\x1a\0 "):
                    faults.add(1, f"record {number} is cut off", content)
                    return
                yield 1, content
            return
        lines = iter(partial(file.readline, 2 * WIDTH), "")
        for number, content in enumerate(lines, start=1):
            yield number, content
