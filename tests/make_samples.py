"""Write the samples that no editor can write: workbooks, always the same bytes.

    python tests/make_samples.py

Everything here is invented.  `tests/test_samples.py` holds that the committed
workbooks are what this module writes.
"""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

ROOT = Path(__file__).parent.parent
ORCHARD = Path("samples/orchard_remittance/Orchard_remittance_2026-03-12.xlsx")
FORMULA = Path("tests/errors/files/formula_without_value.xlsx")

EPOCH = (2026, 3, 12, 9, 0, 0)
WRITTEN = b"2026-03-12T09:00:00Z"
HEADER = (
    "Check No",
    "Check Date",
    "Check Total",
    "Invoice",
    "Invoice Date",
    "Gross",
    "Discount",
    "Net Paid",
)
Line = tuple[int, float, float]
# Each check: its number, its total, and invoice, gross and discount of its lines.
CHECKS: tuple[tuple[int, float, tuple[Line, ...]], ...] = (
    (70418, 3600.00, ((10201, 1512.0, 0), (10207, 884.4, 0), (10212, 1203.6, 0))),
    (70419, 2107.00, ((10263, 1500.0, 30.0), (10266, 650.0, 13.0))),
    (70420, 725.20, ((10209, 740.0, 14.8),)),
    (70421, 700.00, ((10222, 400.0, 0), (10229, 310.0, 0))),
    (70422, 780.00, ((10236, 900.0, 0), (10239, -120.0, 0))),
    (70423, 333.00, ((10225, 333.0, 0),)),
)
ISSUED = {
    10201: date(2026, 2, 5),
    10207: date(2026, 2, 9),
    10209: date(2026, 2, 9),
    10212: date(2026, 2, 11),
    10222: date(2026, 2, 16),
    10225: date(2026, 2, 17),
    10229: date(2026, 2, 19),
    10236: date(2026, 2, 23),
    10239: date(2026, 2, 24),
    10263: date(2026, 3, 3),
    10266: date(2026, 3, 4),
}
DAY = date(2026, 3, 12)


def orchard() -> bytes:
    """Build the remittance list of a customer: one row per invoice of a check."""
    return _workbook("Remittance", _fill_orchard)


def formula_without_value() -> bytes:
    """Build a list whose amount is a formula that no program has ever computed."""
    return _workbook("Remittance", _fill_formula)


def _fill_orchard(sheet: Worksheet) -> None:
    _title(sheet)
    totals = [0.0, 0.0, 0.0, 0.0]
    for check, total, lines in CHECKS:
        totals[0] += total
        for invoice, gross, discount in lines:
            paid = round(gross - discount, 2)
            issued = ISSUED[invoice]
            sheet.append((check, DAY, total, invoice, issued, gross, discount, paid))
            totals[1:] = totals[1] + gross, totals[2] + discount, totals[3] + paid
    checks, gross, discount, paid = (round(one, 2) for one in totals)
    sheet.append(("Total", None, checks, None, None, gross, discount, paid))
    for row in sheet.iter_rows(min_row=4):
        for cell in row:
            if isinstance(cell.value, float):
                cell.number_format = "#,##0.00"


def _fill_formula(sheet: Worksheet) -> None:
    _title(sheet)
    issued = ISSUED[10222]
    sheet.append((70431, DAY, 400.0, 10222, issued, 400.0, 0, "=F4-G4"))
    sheet.append(("Total", None, 400.0, None, None, 400.0, 0, 400.0))


def _title(sheet: Worksheet) -> None:
    sheet.append(("Orchard Fresh Markets, accounts payable: remittance to Florada",))
    sheet.append(())
    sheet.append(HEADER)
    sheet["A1"].font = Font(bold=True, size=14)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
    for column in "ABCDEFGH":
        sheet.column_dimensions[column].width = 13


def _workbook(title: str, fill: Callable[[Worksheet], None]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    fill(sheet)
    written = io.BytesIO()
    book.save(written)
    return _timeless(written.getvalue())


def _timeless(written: bytes) -> bytes:
    """Take the moment of writing out of a workbook, so that its bytes are stable."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(written)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new,
    ):
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(
                    rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-03-12T09:00:00Z", part
                )
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            new.writestr(entry, part)
    return out.getvalue()


WORKBOOKS: dict[Path, Callable[[], bytes]] = {
    ORCHARD: orchard,
    FORMULA: formula_without_value,
}


def write() -> None:
    """Write every workbook to its place."""
    for path, build in WORKBOOKS.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(build())


if __name__ == "__main__":
    write()
