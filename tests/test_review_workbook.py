"""The review workbook: what a clerk finds in it, and what comes back of it."""

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook as opened

sys.path.insert(0, str(Path(__file__).parent))

from clerk import Clerk, Row, workplace
from office import needs_office, saved_as

from importer.results import COLUMNS

SHORT = "ROSEDALE FLORISTS INC|INV 10251|800.00|A1"
NOBODY = "JKL HOLDINGS|TRACE 0911|1150.00|A2"
SIMILAR = "PETAL PUSHERS|IN MARCH FLOWERS|233.00|0003"
EXACT = "STEMS DIRECT|INV 10244|1118.20|A4"
FEE = "FNB|SERVICE CHARGE|-30.00|A5"
ALL = (SHORT, NOBODY, SIMILAR, EXACT, FEE)
CLERKS = ("decision", "set_customer", "set_invoices", "note")


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with workplace(tmp_path) as one:
        yield one


def load(path: Path) -> Any:
    """Open a workbook; a cell's value is anything, and the test says what."""
    return opened(path)


def workbook_of(clerk: Clerk) -> Path:
    """Return the newest review workbook."""
    return clerk.result().with_suffix(".xlsx")


def columns(sheet: Any) -> dict[str, int]:
    """Return the place of each column, counted from 1."""
    return {cell.value: cell.column for cell in sheet[1]}


def rows_of(path: Path) -> dict[str, dict[str, Any]]:
    """Return the cells of the review by the bank's reference."""
    sheet = load(path)["Review"]
    names = columns(sheet)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {row["reference"]: row for row in found}


def filled(path: Path, said: dict[str, Row], to: Path) -> Path:
    """Fill cells of a review in, by the bank's reference, and save it."""
    book = load(path)
    sheet = book["Review"]
    names = columns(sheet)
    for row in sheet.iter_rows(min_row=2):
        reference = row[names["reference"] - 1].value
        for name, text in said.get(reference, {}).items():
            row[names[name] - 1].value = text
    book.save(to)
    return to


# ---- what is in it


def test_it_says_what_the_csv_says_cell_by_cell(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    written, shown = clerk.rows(), rows_of(workbook_of(clerk))
    assert list(shown) == list(written), "what needs a person comes first in both"
    for reference, row in shown.items():
        was = written[reference]
        assert Decimal(str(row["amount"])) == Decimal(was["amount"])
        assert isinstance(row["value_date"], datetime)
        assert row["value_date"].date().isoformat() == was["value_date"]
        for name in set(COLUMNS) - {"amount", "value_date", "row", "version"}:
            assert (row[name] or "") == was[name], name
            assert row[name] is None or isinstance(row[name], str), name


def test_leading_zeros_and_control_numbers_are_text(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    shown = rows_of(workbook_of(clerk))
    assert shown["0003"]["reference"] == "0003"
    assert isinstance(shown["A4"]["control_number"], str)


def test_it_is_made_to_be_worked_with(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    book = load(workbook_of(clerk))
    assert book.sheetnames == ["Review", "Summary", "Choices"]
    assert book["Choices"].sheet_state == "hidden"
    sheet = book["Review"]
    names = columns(sheet)
    assert set(names) == set(COLUMNS)
    assert sheet.freeze_panes
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert not sheet.protection.sort
    assert not sheet.protection.autoFilter
    for row in sheet.iter_rows(min_row=2):
        for name in CLERKS:
            assert not row[names[name] - 1].protection.locked, name
    colours = {
        row[names["status"] - 1].value: row[names["status"] - 1].fill.fgColor.rgb
        for row in sheet.iter_rows(min_row=2)
    }
    assert len(set(colours.values())) == len(colours) == 3
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"
    listed = {
        str(one.sqref).rstrip("0123456789").partition(":")[0].rstrip("0123456789")
        for one in sheet.data_validations.dataValidation
        if one.type == "list"
    }
    letters = {sheet.cell(1, names[name]).column_letter for name in CLERKS[:3]}
    assert listed == letters


def test_the_summary_adds_up(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    sheet = load(workbook_of(clerk))["Summary"]
    words = [
        [cell.value for cell in row if cell.value is not None]
        for row in sheet.iter_rows()
    ]
    lines = {str(row[0]): row[1:] for row in words if row}
    counts = {word: lines[word][0] for word in ("held", "posted", "skipped")}
    assert counts == {"held": 3, "posted": 1, "skipped": 1}
    text = " ".join(str(cell) for row in words for cell in row)
    assert "3,271.20 USD read = 2,183.00 held" in text
    assert clerk.result().name in text


def test_the_same_results_make_the_same_bytes(clerk: Clerk) -> None:
    from importer.journal import Journal  # noqa: PLC0415 -- of this test alone
    from importer.resolve.snapshot import Books  # noqa: PLC0415
    from importer.workbook import write  # noqa: PLC0415

    clerk.taken(*ALL)
    made = []
    with Journal.open("sqlite:///journal.db", top=clerk.root) as journal:
        at = datetime.fromisoformat("2026-03-17T12:00:00+00:00")
        for name in ("one.csv", "two.csv"):
            folder = clerk.root / name.removesuffix(".csv")
            folder.mkdir()
            path = write(
                journal.entries(), folder / "x.csv", Books((), ()), at, journal.head()
            )
            made.append(path.read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "setting", ["workbook = false", "workbook_rows_most = 4"], ids=str.split
)
def test_it_may_be_unwanted_or_too_long(clerk: Clerk, setting: str) -> None:
    path = clerk.root / "importer.toml"
    path.write_text(f"{path.read_text('utf-8')}\n[results]\n{setting}\n", "utf-8")
    told = clerk.taken(*ALL)
    assert clerk.result().is_file()
    assert not workbook_of(clerk).exists()
    assert ("no workbook" in told.text) == ("rows_most" in setting)


def test_an_account_is_shown_by_its_end_alone(clerk: Clerk) -> None:
    clerk.taken("JKL HOLDINGS|FROM ACCT 9876543210123|12.00|B1")
    cells = str(rows_of(workbook_of(clerk)))
    assert clerk.rows()["B1"]["text"] in cells


# ---- what comes back


def test_a_decision_in_the_workbook_counts_as_in_the_csv(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    said = {"A1": {"decision": "post"}, "A2": {"decision": "skip", "note": "ours"}}
    back = filled(workbook_of(clerk), said, clerk.root / "inbox" / "reviewed.xlsx")
    told = clerk.watch()
    assert not back.exists(), told
    rows = clerk.rows()
    assert [rows[one]["status"] for one in ("A1", "A2")] == ["posted", "skipped"]
    assert rows["A2"]["reason"].endswith("ours") or rows["A2"]["note"] == "ours"
    assert [one["total"] for one in clerk.booked()] == ["1118.20", "800.00"]


def test_every_choice_that_is_offered_is_sound(clerk: Clerk) -> None:
    """Whatever is chosen from the lists of a row can be posted as it stands."""
    clerk.taken(*ALL)
    sheet = load(workbook_of(clerk))["Choices"]
    key = clerk.rows()["0003"]["remittance"]
    (row,) = [
        [cell.value for cell in row] for row in sheet.iter_rows() if row[0].value == key
    ]
    customers = [one for one in row[4 + 5 : 4 + 5 + 6] if one]
    invoices = [one for one in row[4 + 5 + 6 :] if one]
    assert len(customers) == row[2] > 1
    assert len(invoices) == row[3] > 1
    said = {"decision": "post", "set_customer": customers[1], "note": ""}
    said["set_invoices"] = next(
        one for one in invoices if one.startswith(customers[1].split()[0])
    )
    back = filled(workbook_of(clerk), {"0003": said}, clerk.root / "back.xlsx")
    told = clerk.importer("run", back)
    assert clerk.rows()["0003"]["status"] == "posted", told


def test_a_chosen_posted_without_its_number_is_refused(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    said = {"A1": {"decision": "posted \u2026"}}
    back = filled(workbook_of(clerk), said, clerk.root / "back.xlsx")
    told = clerk.importer("run", back)
    assert told.code == 2
    assert "back.xlsx:" in told.text
    assert clerk.rows()["A1"]["status"] == "held"


def test_a_cell_of_ours_that_was_changed_is_refused_by_its_name(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    before = clerk.booked()
    for name, text in (("amount", 801), ("suggestion", "10443: 10251=1.00")):
        said = {"A1": {"decision": "post", name: text}}
        back = filled(workbook_of(clerk), said, clerk.root / f"{name}.xlsx")  # type: ignore[arg-type] # a number as well
        told = clerk.importer("run", back)
        assert told.code == 2, told
        assert name in told.text
    assert clerk.booked() == before


def sorted_by_amount(book: Any) -> None:
    sheet = book["Review"]
    place = columns(sheet)["amount"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    rows.sort(key=lambda row: row[place - 1])
    for number, row in enumerate(rows, 2):
        for at, value in enumerate(row, 1):
            sheet.cell(number, at).value = value


def filtered(book: Any) -> None:
    for number in (2, 4):
        book["Review"].row_dimensions[number].hidden = True


def without_columns(book: Any) -> None:
    sheet = book["Review"]
    sheet.column_dimensions["C"].hidden = True
    sheet.delete_cols(columns(sheet)["evidence"])
    sheet.delete_cols(columns(sheet)["text"])


def with_empty_rows(book: Any) -> None:
    for cell in book["Review"][9]:
        cell.value = " "


def summary_first(book: Any) -> None:
    book.move_sheet("Summary", -1)
    book.active = 0


@pytest.mark.parametrize(
    "change",
    [sorted_by_amount, filtered, without_columns, with_empty_rows, summary_first],
)
def test_what_a_clerk_does_to_the_sheet_changes_nothing(
    clerk: Clerk, change: Callable[[Any], None]
) -> None:
    clerk.taken(*ALL)
    said = {"A1": {"decision": "post"}, "0003": {"decision": "skip", "note": "why"}}
    back = filled(workbook_of(clerk), said, clerk.root / "back.xlsx")
    book = load(back)
    change(book)
    book.save(back)
    told = clerk.importer("run", back)
    rows = clerk.rows()
    assert (rows["A1"]["status"], rows["0003"]["status"]) == ("posted", "skipped"), told


@needs_office
@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xls"])
def test_what_libreoffice_has_saved_counts_the_same(clerk: Clerk, suffix: str) -> None:
    clerk.taken(*ALL)
    said = {"A1": {"decision": "post"}, "0003": {"decision": "skip", "note": "why"}}
    filled_in = filled(workbook_of(clerk), said, clerk.root / "reviewed.xlsx")
    back = saved_as(filled_in, suffix, clerk.root / "office")
    told = clerk.importer("run", back)
    rows = clerk.rows()
    assert (rows["A1"]["status"], rows["0003"]["status"]) == ("posted", "skipped"), told
    assert rows["0003"]["reference"] == "0003"


@needs_office
def test_untouched_and_saved_by_libreoffice_it_changes_nothing(clerk: Clerk) -> None:
    clerk.taken(*ALL)
    before, booked = clerk.rows(), clerk.booked()
    back = saved_as(workbook_of(clerk), "ods", clerk.root / "office")
    assert clerk.importer("run", back).code in (0, 1)
    after = clerk.rows()
    for rows in (before, after):
        for row in rows.values():
            row["evidence"] = ""
    assert (after, clerk.booked()) == (before, booked)
