"""The summary sheet: what the file came to, and what to do next, in plain words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from importer import __version__, money
from importer.journal.entry import Entry
from importer.model import ZERO, Remittance
from importer.workbook import looks
from importer.workbook.pages import protect, written

SUMMARY = "Summary"
WIDTHS = (14, 9, 16, 10, 44, 74)
HEADS = ("status", "rows", "amount", "currency", "what it means", "what you do")
MEANINGS = {
    "in_doubt": (
        "It was sent, and no answer came.",
        "Look for it there: write posted 88123 (its number), or else send again.",
    ),
    "refused": (
        "The ERP said no; its words are in reason.",
        "Correct set_customer or set_invoices, and write post.",
    ),
    "held": (
        "The program was not sure; reason says why.",
        (
            "Write post to take the suggestion, or fill set_customer and set_invoices "
            "and write post; or write skip, and why into note."
        ),
    ),
    "posting": ("It is being sent just now.", "Nothing."),
    "ready": ("It is decided and not sent yet.", "Nothing."),
    "posted": ("It is in the ERP, under control_number.", "Nothing."),
    "duplicate": ("The same remittance was taken in before.", "Nothing."),
    "skipped": ("It is not customer money; reason says why.", "Nothing."),
}
NEEDS_A_PERSON = ("in_doubt", "refused", "held")
STEPS = (
    "Go to the sheet Review; the rows that need you stand first.",
    "Write into the yellow columns only; where a list is offered, choose or write.",
    "Save, and drop this workbook into the folder inbox.",
    (
        "All of it is checked before anything is done. If one row is not right, "
        "nothing is done, and you are told which row, why, and what to write."
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """How many rows have a status, and what those of one currency come to."""

    status: str
    rows: int
    amount: Decimal | None
    currency: str


def lines(entries: Sequence[Entry]) -> tuple[Line, ...]:
    """Count rows and add up cents by status and currency; no currency is no amount."""
    rows: Counter[tuple[str, str]] = Counter()
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in entries:
        notice = one.notice
        if isinstance(notice, Remittance):
            rows[one.status, notice.currency] += 1
            sums[one.status, notice.currency] += notice.amount
        else:
            rows[one.status, ""] += 1
    return tuple(
        Line(status, rows[key], sums.get(key), currency)
        for status in MEANINGS
        for key in sorted(rows)
        for currency in key[1:]
        if key[0] == status
    )


def conservation(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Say that what was read is what stands under all statuses, rows and cents."""
    found = lines(entries)
    counts: Counter[str] = Counter()
    for one in found:
        counts[one.status] += one.rows
    read = entries[0].file.records if entries else 0
    said = [f"{read} rows read = {_sum(counts)}"]
    for currency in sorted({one.currency for one in found if one.currency}):
        sums = {
            one.status: one.amount or ZERO for one in found if one.currency == currency
        }
        shown = f",.{money.places(currency)}f"
        parts = {status: format(amount, shown) for status, amount in sums.items()}
        whole = format(sum(sums.values(), ZERO), shown)
        said.append(f"{whole} {currency} read = {_sum(parts)}")
    return tuple(said)


def _sum(parts: Mapping[str, object]) -> str:
    return " + ".join(f"{value} {status}" for status, value in parts.items()) or "0"


def steps(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Say what a person does next, in their order."""
    waiting = sum(one.status in NEEDS_A_PERSON for one in entries)
    if not waiting:
        return ("Nothing: no row needs a person.",)
    first = "1 row needs" if waiting == 1 else f"{waiting} rows need"
    return (f"{first} a person.", *STEPS)


def add(made: Workbook, entries: Sequence[Entry], csv: str, at: datetime) -> None:
    """Add the sheet to a workbook."""
    sheet = made.create_sheet(SUMMARY)
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    protect(sheet)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for row in _rows(sheet, entries, csv, at):
        sheet.append(row)


def _rows(
    sheet: Any, entries: Sequence[Entry], csv: str, at: datetime
) -> Iterator[list[Any]]:
    record = entries[0].file if entries else None
    yield [_text(sheet, f"Review of {record.name if record else csv}", 16, bold=True)]
    yield []
    facts = {
        "File": record.name if record else "",
        "Taken in": f"{record.taken_at:%Y-%m-%d %H:%M} UTC" if record else "",
        "Written": f"{at:%Y-%m-%d %H:%M} UTC, by importer {__version__}",
        "The same as": csv,
    }
    for name, fact in facts.items():
        yield [_text(sheet, name, bold=True), _text(sheet, fact)]
    yield []
    yield [_text(sheet, "What to do next", 12, bold=True)]
    for number, step in enumerate(steps(entries)):
        yield [_text(sheet, f"{number}." if number else ""), _text(sheet, step)]
    yield []
    yield [_head(sheet, name) for name in HEADS]
    for line in lines(entries):
        yield list(_line(sheet, line))
    yield []
    yield [_text(sheet, "Nothing is lost", 12, bold=True)]
    for sentence in conservation(entries):
        yield [None, _text(sheet, sentence)]


def _line(sheet: Any, line: Line) -> Iterator[Any]:
    background, letters = looks.COLOURS[line.status]
    status = _text(sheet, line.status, bold=True)
    status.fill, status.font = looks.fill(background), looks.font(letters, bold=True)
    yield status
    yield _number(sheet, Decimal(line.rows), "0")
    if line.amount is None:
        yield _text(sheet, "not readable")
    else:
        shown = looks.number_format("amount", line.currency)
        yield _number(sheet, line.amount, shown)
    yield _text(sheet, line.currency)
    for sentence in MEANINGS[line.status]:
        yield _wrapped(sheet, sentence)


def _head(sheet: Any, name: str) -> Any:
    cell = _text(sheet, name, bold=True)
    cell.fill = looks.fill(looks.HEAD_FILL)
    cell.font = looks.font(looks.HEAD_FONT, bold=True)
    return cell


def _text(sheet: Any, text: str, size: int = 10, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, written(text))
    cell.data_type = "s"
    cell.font = looks.font(bold=bold, size=size)
    cell.alignment = looks.AT_TOP
    return cell


def _wrapped(sheet: Any, text: str) -> Any:
    cell = _text(sheet, text)
    cell.alignment = looks.WRAPPED
    return cell


def _number(sheet: Any, number: Decimal, shown: str) -> Any:
    cell: Any = WriteOnlyCell(sheet)
    cell.value = number
    cell.font, cell.alignment = looks.font(), looks.AT_TOP
    cell.number_format = shown
    return cell
