"""The sheets that a clerk works with: the review, and what can be chosen in it.

All cells of a row may be sorted and filtered, so none is locked; who types into one
that is not the clerk's is asked first.  Header, rows and columns stay as they are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from importer.cells import encode_cell
from importer.workbook import looks
from importer.workbook.choices import CUSTOMERS_MOST, INVOICES_MOST, Choices
from importer.workbook.looks import COLUMNS, READ, REST, WRITTEN, Column
from importer.workbook.rows import Value
from importer.workbook.rows import row as write_row

REVIEW, CHOICES = "Review", "Choices"
# A spreadsheet keeps 15 digits, no day before 1900, and so many letters in a cell.
DIGITS_MOST = 15
FIRST_DAY = date(1900, 3, 1)
LETTERS_MOST = 32_767
# What no XML may hold, and what would be read as standing for such.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
DECISIONS_MOST = 5
LISTS = {"decision": DECISIONS_MOST, "set_customer": CUSTOMERS_MOST}
LISTS |= {"set_invoices": INVOICES_MOST}
PROMPTS = {
    "decision": "post: book it as suggested, or as you fill in on the right\n"
    "remember: post, and keep the payer's name\nskip: not customer money; say why "
    "in note\nposted 88123: it is in the ERP under this number",
    "set_customer": "Choose, or write the customer's id or code.",
    "set_invoices": "Choose, or write for example\n"
    "10233=500.00; 10240=245.00 disc 5.00\non account: all of it unapplied",
}


def book(at: datetime) -> Workbook:
    """Begin a workbook that says when it was written."""
    made = Workbook(write_only=True)
    made.properties.creator = "importer"
    made.properties.created = made.properties.modified = at.replace(tzinfo=None)
    return made


def review(
    made: Workbook,
    rows: Sequence[Mapping[str, str]],
    offered: Sequence[Choices],
) -> str:
    """Add the sheet of all remittances, those first that need a person.

    Return its rows below the header, which stand in the file as they are.
    """
    sheet = made.create_sheet(REVIEW)
    last = len(rows) + 1
    sheet.freeze_panes = f"{_letter(looks.FROZEN)}2"
    sheet.sheet_view.zoomScale = 90
    for place, one in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = one.width
    sheet.row_dimensions[1].height = 20
    # Of a sheet that has a row the properties are written already.
    _print(sheet, last)
    sheet.append(list(_header(sheet)))
    cells = _Cells(sheet)
    below = "".join(
        write_row(number, cells.of(row), looks.height(row))
        for number, row in enumerate(rows, 2)
    )
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{last}"
    protect(sheet)
    _validate(sheet, last, sum(bool(one.decisions) for one in offered))
    return below


def _header(sheet: Any) -> Iterator[Any]:
    for one in COLUMNS:
        cell = WriteOnlyCell(sheet, one.name)
        is_clerks = one in WRITTEN
        colour = looks.CLERK_HEAD_FILL if is_clerks else looks.HEAD_FILL
        cell.fill = looks.fill(colour)
        cell.font = looks.font(looks.HEAD_FONT, bold=True)
        cell.alignment = looks.AT_TOP
        yield cell


class _Cells:
    """The cells of a row; each look is made once."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._looks: dict[tuple[Column, str], int] = {}

    def of(self, row: Mapping[str, str]) -> Iterator[tuple[int, Value]]:
        """Yield the look and the value of each; an empty one is open for sorting."""
        for column in COLUMNS:
            text = row[column.name]
            shade = _shade(column, row) if text else ""
            yield self._look(column, shade), _value(text, column) if text else ""

    def _look(self, column: Column, shade: str) -> int:
        look = self._looks.get((column, shade))
        if look is None:
            look = _styled(self._sheet, column, shade).style_id
            self._looks[column, shade] = look
        return look


def _shade(column: Column, row: Mapping[str, str]) -> str:
    """Return what a cell's look depends on, beside its column."""
    if column.name == "status":
        return row["status"]
    return row["currency"] if column.kind == "amount" else ""


def _styled(sheet: Any, column: Column, shade: str) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.font = looks.font()
    cell.alignment = looks.WRAPPED if column.kind == "long" else looks.AT_TOP
    cell.number_format = looks.number_format(column.kind, shade)
    cell.protection = looks.OPEN
    if column in WRITTEN:
        cell.fill = looks.fill(looks.CLERK_FILL)
    if shade in looks.COLOURS:
        background, letters = looks.COLOURS[shade]
        cell.fill = looks.fill(background)
        cell.font = looks.font(letters, bold=True)
    return cell


def _value(text: str, column: Column) -> Value:
    """Return a cell's value: text wherever a number or a day would not be exact."""
    match column.kind:
        case "amount" if text and len(Decimal(text).as_tuple().digits) <= DIGITS_MOST:
            return Decimal(text)
        case "day" if text and date.fromisoformat(text) >= FIRST_DAY:
            return date.fromisoformat(text)
        case "count":
            return Decimal(text)
        case _:
            return written(text)


def written(text: str) -> str:
    """Write a text so that no spreadsheet runs it and no XML loses a letter of it."""
    harmless = encode_cell(text)[:LETTERS_MOST]
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", harmless)


def _letter(name: str) -> str:
    names = [one.name for one in COLUMNS]
    return get_column_letter(names.index(name) + 1)


def protect(sheet: Any) -> None:
    """Keep header, rows and columns; sorting, filters and widths stay free."""
    protection = sheet.protection
    protection.sheet = True
    protection.formatCells = protection.formatColumns = protection.formatRows = False
    protection.sort = protection.autoFilter = False


def _print(sheet: Any, last: int) -> None:
    """Print what is read and written, on wide pages, each with the header."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    sheet.print_area = f"A1:{_letter(WRITTEN[-1].name)}{last}"
    sheet.page_margins.left = sheet.page_margins.right = 0.3
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.oddFooter.left.text = "&F"
    sheet.oddFooter.right.text = "&P / &N"


def _validate(sheet: Any, last: int, offered: int) -> None:
    """Offer each row's own choices, and ask who types where the program writes."""
    if last < 2:  # noqa: PLR2004 -- a header and nothing below it
        return
    for number, name in enumerate(LISTS):
        rule = DataValidation(
            type="list",
            formula1=_choices(number, offered),
            allow_blank=True,
            showErrorMessage=False,
            showInputMessage=True,
            promptTitle=name,
            prompt=PROMPTS[name],
        )
        rule.add(f"{_letter(name)}2:{_letter(name)}{last}")
        sheet.data_validations.append(rule)
    ours = DataValidation(
        type="custom",
        formula1="FALSE",
        errorStyle="warning",
        errorTitle="This column is not yours",
        error="What stands here comes from the bank and the program. Write into the "
        "yellow columns: decision, set_customer, set_invoices, note. A change here "
        "is refused when the file comes back.",
        showErrorMessage=True,
    )
    for block in (READ, REST):
        first, end = _letter(block[0].name), _letter(block[-1].name)
        ours.add(f"{first}2:{end}{last}")
    sheet.data_validations.append(ours)


def _choices(number: int, offered: int) -> str:
    """Return where a row's choices stand: by its remittance, wherever it is sorted."""
    last = max(offered, 1)
    start = 2 + len(LISTS) + sum(list(LISTS.values())[:number])
    count = get_column_letter(2 + number)
    key = f"${_letter('remittance')}2"
    found = f"MATCH({key},{CHOICES}!$A$1:$A${last},0)"
    many = f"MAX(1,INDEX({CHOICES}!${count}$1:${count}${last},{found}))"
    return f"OFFSET({CHOICES}!${get_column_letter(start)}$1,{found}-1,0,1,{many})"


def offer(made: Workbook, offered: Sequence[Choices]) -> str:
    """Add the hidden sheet of choices: a remittance, how many of each, and which.

    Return its rows.
    """
    sheet = made.create_sheet(CHOICES)
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True
    text = WriteOnlyCell(sheet)
    text.number_format = "@"
    some = (one for one in offered if one.decisions)
    return "".join(
        write_row(number, _choice(one, text.style_id))
        for number, one in enumerate(some, 1)
    )


def _choice(one: Choices, text: int) -> Iterator[tuple[int, Value]]:
    lists = (one.decisions, one.customers, one.invoices)
    yield text, written(one.remittance)
    for values in lists:
        yield 0, Decimal(len(values))
    for values, width in zip(lists, LISTS.values(), strict=True):
        yield from ((text, written(value)) for value in values)
        yield from [(0, "")] * (width - len(values))
