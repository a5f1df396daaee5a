"""Read delimited text: CSV, TSV and their kin, whatever the file is called.

Promises:
1. Nothing is swallowed: an open quote, text after a closing quote, a quoted
   cell that holds whole rows, a row of another width and a cut-off end are
   faults, all of which are told at once.
2. Every row that is delivered has the header's width.  Only what the layout
   calls loose (footers, balances, remarks) is padded to it.
3. Memory does not grow with the file; each iteration opens it anew.

Blank lines, and rows of nothing but empty cells, hold nothing and are left out.
One empty cell at the end of every row, or of the header alone, is the trailing
delimiter that some banks write.
"""

from pathlib import Path

from importer.errors import Fault, FileRefused
from importer.readers import delimiters, encoding, foreign, shape
from importer.readers.delimited_rows import Body, tidied
from importer.table import Bounds, Glance, Head, Layout, Row, Table

FORMAT = "delimited"
MOST_COLUMNS = 16_384
_HEAD_ROWS = 60


def claims(head: bytes) -> bool:
    """Say whether the file's first bytes can be text in columns."""
    name, _ = foreign.guess(head.replace(b"\0", b""))
    has_columns = any(one.encode() in head for one in delimiters.DELIMITERS)
    return has_columns and name == "text without columns"


def glance(path: Path, _bounds: Bounds) -> Glance:
    """Look at the first rows, without deciding what they mean."""
    text = encoding.find(path)
    lines = tidied(encoding.first_lines(text))
    delimiter = delimiters.find(lines, Layout())
    _refuse_width(path, lines, delimiter)
    rows = delimiters.split(lines, delimiter or ",")[:_HEAD_ROWS]
    return Glance(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        delimiter=delimiter,
        heads=(Head("", tuple(rows)),),
    )


def read(path: Path, layout: Layout) -> Table:
    """Find the table in the file; raises `FileRefused` when there is none."""
    text = encoding.find(path, layout.encoding)
    raw = encoding.first_lines(text)
    lines = tidied(raw)
    delimiter = delimiters.find(lines, layout)
    if not delimiter:
        raise FileRefused(
            Fault(
                path.name,
                "no delimiter cuts the lines into columns",
                excerpt=lines[0] if lines else "",
                hint="state delimiter in [file] of the mapping",
            )
        )
    _refuse_width(path, lines, delimiter)
    rows = delimiters.split(lines, delimiter)
    found = shape.find(path.name, rows, layout)
    names, extra = _fitted(found)
    body = Body(
        text=text,
        delimiter=delimiter,
        width=len(names),
        extra=extra,
        skip=_lines_above(rows, found),
        blanks=lines != raw,
        loose=layout.loose,
    )
    return Table(
        file=path.name,
        format=FORMAT,
        encoding=text.encoding,
        header=names,
        rows=body.rows,
        header_line=found.line,
        delimiter=delimiter,
        preamble=found.preamble,
        notes=_notes(body, found, delimiter),
    )


def _refuse_width(path: Path, lines: list[str], delimiter: str) -> None:
    """Refuse columns by the thousand, which no bank writes and no sheet shows."""
    for number, line in enumerate(lines, start=1):
        if delimiter and line.count(delimiter) >= MOST_COLUMNS:
            sentence = f"this line has more than {MOST_COLUMNS} cells"
            hint = "fetch the file again"
            raise FileRefused(Fault(f"{path.name}:{number}", sentence, hint=hint))


def _fitted(found: shape.Found) -> tuple[tuple[str, ...], bool]:
    """Settle a trailing delimiter: the table's names, and whether rows have one.

    A header may have empty cells beyond the rows, or the rows one beyond the header.
    """
    names = list(found.names)
    width = shape.modal_width(found.body)
    blank = [not cell.strip() for cell in found.header.cells] if found.header else []
    while len(names) > width > 1 and blank and blank.pop():
        names.pop()
    if width == len(names) + 1:
        ends = [row.cells[-1] for row in found.body if len(row.cells) == width]
        return tuple(names), not any(end.strip() for end in ends)
    return tuple(names), False


def _lines_above(rows: list[Row], found: shape.Found) -> int:
    """Return how many physical lines stand before the first row of the body."""
    if found.body:
        return found.body[0].line - 1
    if found.header:
        return found.header.line
    return rows[-1].line if rows else 0


def _notes(body: Body, found: shape.Found, delimiter: str) -> tuple[str, ...]:
    notes = [body.text.why] if body.text.why else []
    if found.header is None:
        notes.append(
            "no header row: columns are named as the mapping says, or by place"
        )
    if body.extra:
        notes.append("every row ends in one more delimiter than the header")
    if body.blanks:
        notes.append("blanks between a closing quote and the delimiter were left out")
    notes.append(
        f"cells are separated by a {delimiters.NAMES.get(delimiter, delimiter)}"
    )
    return tuple(notes)
