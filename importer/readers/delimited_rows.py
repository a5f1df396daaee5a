"""Stream the rows of delimited text, and tell every fault of their structure."""

import csv
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from importer.readers.encoding import Text
from importer.readers.shape import Faults, unwrapped
from importer.table import Row

_BLANKS = re.compile(r'(?<=[^",;|\t\r\n])"[ \t]+(?=[,;|\r\n]|$)')
_CELL_MOST = csv.field_size_limit()


@dataclass(frozen=True, slots=True)
class Body:
    """The part of a file below its header, and what a row of it must look like.

    `skip` physical lines stand above it; `extra` is whether every row has one
    empty cell more than `width`; `blanks` whether blanks may follow a closing
    quote.
    """

    text: Text
    delimiter: str
    width: int
    extra: bool
    skip: int
    blanks: bool
    loose: Callable[[tuple[str, ...]], bool] | None

    def rows(self) -> Iterator[Row]:
        """Yield the rows; raises `FileRefused` at the end for all faults in them."""
        faults = Faults(self.text.path.name)
        with self.text.open() as file:
            lines: Iterable[str] = islice(file, self.skip, None)
            if self.blanks:
                lines = map(_without_blanks, lines)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            line = yield from self._rows(reader, faults)
        if faults.latest == line and not self.text.whole:
            faults.add(line, "the file ends in the middle of this row")
        faults.refuse()

    def _rows(self, reader: Any, faults: Faults) -> Generator[Row, None, int]:
        """Yield what is whole, the usual row by the shortest way; returns the last."""
        width = self.width + self.extra
        unusual = self.extra or self.text.wrapped
        line = last = self.skip
        while True:
            try:
                for cells in reader:
                    line, last = last + 1, self.skip + reader.line_num
                    if len(cells) == width and last == line and not unusual:
                        if any(cells):
                            yield Row(line, tuple(cells))
                    elif row := self._unusual(line, last, cells, faults):
                        yield row
            except csv.Error as error:
                line, last = last + 1, self.skip + reader.line_num
                if self._broken(str(error), line, last, faults):
                    return line
            else:
                return line

    def _unusual(
        self, line: int, last: int, cells: list[str], faults: Faults
    ) -> Row | None:
        """Judge a row that is wrapped, of several lines or of another width.

        Returns None for a row that holds nothing, and for one that is a fault.
        """
        if self.text.wrapped:
            cells = [unwrapped(cell) for cell in cells]
        if last > line and self._swallowed(cells):
            faults.add(
                line,
                f"a quoted cell runs from line {line} to line {last} and holds what"
                " looks like whole rows",
                excerpt=self.delimiter.join(cells),
                hint="a quote is missing or stands too much; fetch the file again",
            )
            return None
        if not any(cell.strip() for cell in cells):
            return None
        if self.extra and len(cells) == self.width + 1 and not cells[-1].strip():
            return Row(line, tuple(cells[:-1]))
        if len(cells) == self.width and not self.extra:
            return Row(line, tuple(cells))
        shaped = self._padded(cells)
        if self.loose and self.loose(shaped):
            return Row(line, shaped)
        self._misshapen(line, cells, faults)
        return None

    def _misshapen(self, line: int, cells: list[str], faults: Faults) -> None:
        wanted = self.width + self.extra
        faults.add(
            line,
            f"the row has {len(cells)} cells instead of {wanted}",
            excerpt=self.delimiter.join(cells),
            hint="if it is a footer or a remark, name it in totals.footer or ignore in"
            " [read] of the mapping; else fetch the file again",
        )

    def _padded(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Give a row the table's width; what is too much joins the last cell."""
        padded = [*cells, *[""] * (self.width - len(cells))]
        kept, rest = padded[: self.width - 1], padded[self.width - 1 :]
        while len(rest) > 1 and not rest[-1]:
            rest.pop()
        return (*kept, self.delimiter.join(rest))

    def _swallowed(self, cells: list[str]) -> bool:
        """Say whether a cell of several lines holds as many delimiters as rows do.

        Either a line inside it is a row, or its first line ends one and its last
        begins another.
        """
        marks = self.width - 1 + self.extra
        for at, cell in enumerate(cells):
            first, *inner = [
                line.count(self.delimiter) for line in cell.splitlines()
            ] or [0]
            if marks > 1 and inner and marks in inner[:-1]:
                return True
            if marks > 2 and inner and (first, inner[-1]) == (marks - at, at):  # noqa: PLR2004
                return True
        return False

    def _broken(self, why: str, start: int, here: int, faults: Faults) -> bool:
        """Add the fault that the splitter found; True when nothing can follow it."""
        if "unexpected end" in why:
            opened = self._opened(start)
            faults.add(
                opened,
                "a quote that opens on this line is never closed",
                hint="fetch the file again; if it says the same, ask the bank",
            )
            return True
        if "field larger" in why:
            faults.add(
                start,
                f"a cell has more than {_CELL_MOST} characters",
                hint="perhaps a quote that opens here is never closed",
            )
            return True
        faults.add(
            here,
            "text stands between a closing quote and the next delimiter",
            excerpt="" if faults.is_full else self._line(here),
            hint="a quote inside a cell must be doubled; ask the bank or mend it",
        )
        return False

    def _opened(self, start: int) -> int:
        """Find the line on which the last quote opens that is not closed."""
        opened, is_open = start, False
        with self.text.open() as file:
            for line, text in enumerate(islice(file, start - 1, None), start):
                if text.count('"') % 2:
                    is_open = not is_open
                    opened = line if is_open else opened
        return opened

    def _line(self, line: int) -> str:
        with self.text.open() as file:
            return next(islice(file, line - 1, None), "").rstrip("\r\n")


def tidied(lines: list[str]) -> list[str]:
    """Leave out blanks between a closing quote and the delimiter, as some write."""
    if not any(_BLANKS.search(line) for line in lines):
        return lines
    return [_without_blanks(line) for line in lines]


def _without_blanks(line: str) -> str:
    return _BLANKS.sub('"', line)
