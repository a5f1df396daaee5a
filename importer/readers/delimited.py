"""Delimited text: CSV, TSV and their relatives, streamed.

    Posted,Description,Amount,Ref
    03/18/2024,ROSEWOOD FLORAL INV 10233,"1,500.00",0091

(1) Encoding and delimiter are decided once, from the whole file and its first
    rows.
(2) A quote that is never closed, a NUL, and a row of another width than the
    header's refuse the file; nothing is swallowed.
(3) Memory does not grow with the file: rows are read anew each time they are
    asked for.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import encoding, grid
from importer.table import Glance, Head, Layout, Row, Table, trimmed

DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
HEAD_ROWS = 60
SAMPLE = 1 << 16
NAME = "delimited"


def claims(head: bytes) -> bool:
    """Say whether the beginning of a file may be delimited text."""
    return bool(head)


def glance(path: Path) -> Glance:
    """See the first rows."""
    _refuse_nul(path)
    chosen, _ = encoding.decide(path)
    delimiter, _ = _delimiter(path, chosen)
    rows = []
    for row in _rows(path, chosen, delimiter):
        rows.append(row)
        if len(rows) == HEAD_ROWS:
            break
    return Glance(path.name, NAME, chosen, delimiter, (Head("", tuple(rows)),))


def read(path: Path, layout: Layout) -> Table:
    """Read the file as the layout says; raises `FileRefused` for its structure."""
    _refuse_nul(path)
    chosen, why = encoding.decide(path, layout.encoding)
    if layout.delimiter:
        delimiter, how = layout.delimiter, "delimiter: the mapping says so"
    else:
        delimiter, how = _delimiter(path, chosen)
    frame = grid.find(path.name, _rows(path, chosen, delimiter), layout)
    if frame is None:
        names = ",".join(layout.header or ())
        raise FileRefused(Fault(path.name, f"no row has the header {names}"))

    def rows() -> Iterator[Row]:
        below = _rows(path, chosen, delimiter, after=frame.header_line)
        return grid.body(path.name, below, frame, layout.loose)

    return Table(
        file=path.name,
        format=NAME,
        encoding=chosen,
        header=frame.header,
        rows=rows,
        header_line=frame.header_line,
        delimiter=delimiter,
        preamble=frame.preamble,
        notes=(why, how, _about(frame)),
    )


def _about(frame: grid.Frame) -> str:
    if not frame.header_line:
        return "no header row: the columns are named by the mapping or by their place"
    above = len(frame.preamble)
    return f"header in line {frame.header_line}, with {above} rows above it"


def _rows(path: Path, chosen: str, delimiter: str, after: int = 0) -> Iterator[Row]:
    """Stream the records that are not blank, each with the line it begins on."""
    strict = _is_strict(path, chosen, delimiter)
    with path.open(encoding=chosen, newline="") as file:
        records = csv.reader(file, delimiter=delimiter, strict=strict)
        begin = 1
        try:
            for cells in records:
                line, begin = begin, records.line_num + 1
                if line > after and cells:
                    guarded = any(cell[:2] == '="' for cell in cells)
                    yield Row(line, tuple(map(_bare, cells) if guarded else cells))
        except csv.Error as error:
            raise FileRefused(
                Fault(
                    f"{path.name}:{begin}",
                    _said(error),
                    hint="the file is cut off or was changed by hand; "
                    "download it again",
                )
            ) from None


def _said(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "a quote is opened here and never closed"
    if "field larger" in str(error):
        return "a cell is longer than 131,072 characters; is a quote never closed?"
    return f"cannot be split into cells: {error}"


def _is_strict(path: Path, chosen: str, delimiter: str) -> bool:
    """Allow text after a closing quote only where no quote can swallow rows.

    Some banks glue a tab or blanks to quoted cells.  That is read as it stands
    if every line closes the quotes that it opens.
    """
    with path.open(encoding=chosen, newline="") as file:
        sample = io.StringIO(file.read(SAMPLE), newline="")
        try:
            for _ in csv.reader(sample, delimiter=delimiter, strict=True):
                pass
        except csv.Error as error:
            if "expected after" in str(error):
                file.seek(0)
                return any(line.count('"') % 2 for line in file)
    return True


def _bare(cell: str) -> str:
    """Take the text out of `="0012"`, which keeps a spreadsheet from counting."""
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1].replace('""', '"')
    return cell


def _refuse_nul(path: Path) -> None:
    head = encoding.beginning(path, SAMPLE)
    if encoding.is_wide(head):
        return
    with path.open("rb") as file:
        line = 1
        while chunk := file.read(encoding.CHUNK):
            at = chunk.find(b"\0")
            if at >= 0:
                where = f"{path.name}:{line + _newlines(chunk[:at])}"
                raise FileRefused(
                    Fault(
                        where,
                        "holds a NUL byte, which no text has",
                        hint="the file was cut off or padded; download it again",
                    )
                )
            line += chunk.count(b"\n")


def _newlines(chunk: bytes) -> int:
    return chunk.count(b"\n")


def _delimiter(path: Path, chosen: str) -> tuple[str, str]:
    """Choose the delimiter that gives most rows the same, largest width."""
    with path.open(encoding=chosen, newline="") as file:
        sample = file.read(SAMPLE)
        if file.read(1):
            sample = sample.rpartition("\n")[0]
    scores = {one: _score(sample, one) for one in DELIMITERS}
    best = max(scores, key=lambda one: scores[one])
    return best, f"delimiter {NAMES[best]}: most rows have the same width with it"


def _score(sample: str, delimiter: str) -> float:  # a cell count's share, not money
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = Counter(len(trimmed(row)) for row in rows if any(row))
    except csv.Error:
        return 0
    if not widths:
        return 0
    best = max(widths, key=lambda width: widths[width] * (width - 1))
    share = widths[best] / widths.total()
    return share * (best**0.5) if best > 1 else 0
