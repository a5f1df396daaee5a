"""How the review workbook looks: columns, widths, colours, heights."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from openpyxl.styles import Alignment, Font, PatternFill, Protection

from importer import money

Kind = Literal["text", "long", "amount", "day", "count"]
LINE_POINTS = 13.5
LINES_MOST = 8
# A letter of a proportional font is narrower than the figure that widths count.
LETTERS_A_WIDTH = 1.05


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: its name in the CSV, its width in figures, its kind."""

    name: str
    width: int
    kind: Kind = "text"


# What a person reads in order to decide, what they write, and all the rest.
READ = (
    Column("status", 10),
    Column("amount", 12, "amount"),
    Column("currency", 9),
    Column("value_date", 11, "day"),
    Column("remitter", 26, "long"),
    Column("text", 36, "long"),
    Column("reference", 16, "long"),
    Column("reason", 46, "long"),
    Column("suggestion", 28, "long"),
)
WRITTEN = (
    Column("decision", 13),
    Column("set_customer", 26, "long"),
    Column("set_invoices", 32, "long"),
    Column("note", 24, "long"),
)
REST = (
    Column("customer", 12),
    Column("customer_name", 24, "long"),
    Column("invoices", 28, "long"),
    Column("unapplied", 11, "amount"),
    Column("control_number", 16),
    Column("rule", 20),
    Column("evidence", 40),
    Column("file", 24),
    Column("row", 7, "count"),
    Column("version", 8, "count"),
    Column("remittance", 24),
)
COLUMNS = READ + WRITTEN + REST
FROZEN = "remitter"

COLOURS: Mapping[str, tuple[str, str]] = {
    "in_doubt": ("F8CBAD", "7A2E00"),
    "refused": ("FFC7CE", "8B0010"),
    "held": ("FFE699", "6B4E00"),
    "posting": ("DDEBF7", "1F4E79"),
    "ready": ("DDEBF7", "1F4E79"),
    "posted": ("C6EFCE", "0B5A1E"),
    "duplicate": ("EDEDED", "404040"),
    "skipped": ("EDEDED", "404040"),
}
"""The background and the letters of each status; the word itself says the same."""

FONT = "Calibri"
HEAD_FILL, HEAD_FONT = "1F3864", "FFFFFF"
CLERK_HEAD_FILL, CLERK_FILL = "BF8F00", "FFFBE6"
OPEN = Protection(locked=False)
AT_TOP = Alignment(vertical="top")
WRAPPED = Alignment(vertical="top", wrap_text=True)


def fill(colour: str) -> PatternFill:
    """Return one colour as a background."""
    return PatternFill("solid", fgColor=colour)


def font(colour: str = "000000", *, bold: bool = False, size: int = 10) -> Font:
    """Return the font that all cells have."""
    return Font(name=FONT, size=size, bold=bold, color=colour)


def number_format(kind: Kind, currency: str) -> str:
    """Return how a spreadsheet shows a cell; text is never taken for a number."""
    if kind == "amount":
        places = money.places(currency)
        return f"#,##0.{'0' * places}" if places else "#,##0"
    return {"day": "yyyy-mm-dd", "count": "0"}.get(kind, "@")


def height(row: Mapping[str, str]) -> float:  # a ratio of the page, no money
    """Return how high a row must be for its texts, within bounds."""
    lines = max(
        (_lines(row[one.name], one.width) for one in COLUMNS if one.kind == "long"),
        default=1,
    )
    return round(LINE_POINTS * min(max(lines, 1), LINES_MOST) + 2, 1)


def _lines(text: str, width: int) -> int:
    letters = width * LETTERS_A_WIDTH
    return sum(math.ceil(len(one) / letters) or 1 for one in text.splitlines())
