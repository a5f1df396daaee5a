"""Workbooks: cells to exact text, the right sheet, and nothing unsafe opened."""

import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer import readers
from importer.errors import FileRefused
from importer.readers import workbook_binary
from importer.readers.workbook_apart import Reading
from importer.table import BOUNDS, Bounds, Layout, Row, Table

HEADER = ("Date", "Payer", "Amount")
Sheets = dict[str, Sequence[Sequence[Any]]]
Edit = Callable[[dict[str, bytes]], None]
SHEET = "xl/worksheets/sheet1.xml"
ODS_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:'
    'calcext:1.0"'
)


def workbook(path: Path, sheets: Sheets) -> Path:
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def edited(path: Path, edit: Edit) -> Path:
    """Rewrite a workbook's parts, as a faulty or hostile exporter would."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    edit(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def ods(path: Path, rows: str) -> Path:
    content = (
        f'<?xml version="1.0"?><office:document-content {ODS_SPACES}><office:body>'
        f'<office:spreadsheet><table:table table:name="Pay &amp; more">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return path


def cell(kind: str, value: str) -> str:
    name = "office:date-value" if kind == "date" else "office:value"
    return (
        f'<table:table-cell office:value-type="{kind}" {name}="{value}">'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


def rows(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows()]


def refusal(path: Path, layout: Layout | None = None) -> str:
    with pytest.raises(FileRefused) as caught:
        list(readers.read(path, layout).rows())
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1234.5"),
        (1234.0, "1234"),
        (-0.07, "-0.07"),
        (100, "100"),
        (0, "0"),
        (0.1 + 0.2, "0.3"),
        (99999999999.99, "99999999999.99"),
        (0.00001, "0.00001"),
        (1e17, "100000000000000000"),
        (123456789012345, "123456789012345"),
        (datetime(2024, 3, 18), "2024-03-18"),  # noqa: DTZ001 a civil date
        (datetime(2024, 3, 18, 14, 5), "2024-03-18 14:05:00"),  # noqa: DTZ001 the same
        (date(2024, 3, 18), "2024-03-18"),
        (True, "TRUE"),
        ("1,234.50 USD", "1,234.50 USD"),
        ("0012", "0012"),
        (" x\ty ", " x\ty "),
        ("=1+1", "#FORMULA =1+1"),
    ],
)
def test_a_cell_gives_its_exact_text(tmp_path: Path, value: Any, text: str) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("x", "y", value)]})
    assert rows(readers.read(path)) == [("x", "y", text)]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    sheet = [("Account", "12"), (), (), HEADER, ("a", "b", 1), (), ("c", "d", 2)]
    table = readers.read(workbook(tmp_path / "a.xlsx", {"S": sheet}))
    assert (table.header, table.header_line, table.format) == (HEADER, 4, "xlsx")
    assert [row.line for row in table.rows()] == [5, 7]
    assert table.preamble == (Row(1, ("Account", "12", "")),)
    assert [row.line for row in table.rows()] == [5, 7]


def test_a_table_that_begins_further_right_and_down_is_found(tmp_path: Path) -> None:
    sheet = [(), (), ("", "", *HEADER), ("", "", "a", "b", "=A1")]
    table = readers.read(workbook(tmp_path / "a.xlsx", {"S": sheet}))
    assert (table.header, table.header_line) == (HEADER, 3)
    assert list(table.rows()) == [Row(4, ("a", "b", "#FORMULA =A1"))]


def test_a_column_of_uncalculated_formulas_is_not_lost(tmp_path: Path) -> None:
    sheet = [("Date", "Payer"), ("a", "b", "=B1"), ("", "", "=B2"), ("c", "d", "=B3")]
    path = workbook(tmp_path / "a.xlsx", {"S": sheet})
    table = readers.read(path, Layout(header=("Date", "Payer")))
    assert table.header == ("Date", "Payer", "column 3")
    assert [row.cells[2] for row in table.rows()] == [
        "#FORMULA =B1",
        "#FORMULA =B2",
        "#FORMULA =B3",
    ]
    assert any("3 cells hold an error" in note for note in table.notes)


def test_a_last_row_of_formulas_alone_is_not_lost(tmp_path: Path) -> None:
    sheet = [HEADER, ("a", "b", 1), (), ("", "", "=SUM(C2:C2)")]
    table = readers.read(workbook(tmp_path / "a.xlsx", {"S": sheet}))
    assert list(table.rows())[-1] == Row(4, ("", "", "#FORMULA =SUM(C2:C2)"))


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ('<c r="C2"><f>B1</f><v>7</v></c>', "7"),
        ('<c r="C2" t="str"><f>B1</f><v></v></c>', ""),
        ('<c r="C2"><f t="shared" si="0"/></c>', "#FORMULA"),
        ('<c r="C2"><f>A1&lt;2</f><v/></c>', "#FORMULA =A1<2"),
        ("<c r='C2'><f>B1</f><v></v></c>", "#FORMULA =B1"),
        ('<c r="C2" t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
    ],
)
def test_errors_and_uncalculated_formulas_are_seen(
    tmp_path: Path, xml: str, text: str
) -> None:
    def edit(parts: dict[str, bytes]) -> None:
        old = b'<c r="C2" t="n"><v>99</v></c>'
        assert old in parts[SHEET]
        parts[SHEET] = parts[SHEET].replace(old, xml.encode())

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 99)]})
    assert rows(readers.read(edited(path, edit))) == [("a", "b", text)]


def test_errors_are_seen_wherever_the_pieces_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.readers.workbook_guard._CHUNK", 97)
    sheet = [HEADER, *[("a", "b", f"=A{n}") for n in range(50)]]
    table = readers.read(workbook(tmp_path / "a.xlsx", {"S": sheet}))
    assert [row.cells[2] for row in table.rows()] == [
        f"#FORMULA =A{n}" for n in range(50)
    ]


def test_the_only_sheet_with_cells_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"E": [], "S": [HEADER, ("a", "b", 1)]})
    assert readers.read(path).sheet == "S"


def test_the_sheet_with_the_header_is_read(tmp_path: Path) -> None:
    sheets: Sheets = {"Info": [("Bank",)], "S": [HEADER, ("a", "b", 1)]}
    path = workbook(tmp_path / "a.xlsx", sheets)
    assert readers.read(path, Layout(header=HEADER)).sheet == "S"
    assert readers.read(path, Layout(sheet="Info")).sheet == "Info"


@pytest.mark.parametrize("layout", [Layout(), Layout(header=HEADER)])
def test_two_sheets_that_could_be_meant_are_refused(
    tmp_path: Path, layout: Layout
) -> None:
    sheet = [HEADER, ("a", "b", 1)]
    path = workbook(tmp_path / "a.xlsx", {"One": sheet, "Two": sheet})
    assert 'there are "One", "Two"' in refusal(path, layout)


def test_a_missing_sheet_is_refused_with_those_there_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"One": [HEADER]})
    said = refusal(path, Layout(sheet="May"))
    assert 'no sheet "May" with cells; there are "One"' in said


def test_glance_shows_every_sheet_with_cells(tmp_path: Path) -> None:
    sheets: Sheets = {"A": [HEADER, ("x", "y", 1)], "E": [], "B": [("z",)] * 99}
    glance = readers.glance(workbook(tmp_path / "a.xlsx", sheets))
    assert [(head.sheet, len(head.rows)) for head in glance.heads] == [
        ("A", 2),
        ("B", 60),
    ]


def test_hidden_merged_and_destroyed_values_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book[book.sheetnames[0]]
    for row in (HEADER, ("a", "b", 12345678901234567), ("c", "d", 1)):
        sheet.append(row)
    sheet.merge_cells("A5:B5")
    sheet.row_dimensions[3].hidden = True
    book.create_sheet("Secret").sheet_state = "hidden"
    book.save(path)
    notes = " ".join(readers.read(path).notes)
    assert "rows or columns are hidden" in notes
    assert "hidden sheets: Secret" in notes
    assert "1 merged ranges" in notes


@pytest.mark.parametrize("number", [b"62000000000012345", b"6.2000000000012345E+16"])
def test_long_numbers_are_noted(tmp_path: Path, number: bytes) -> None:
    def edit(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b"<v>99<", b"<v>" + number + b"<")

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 99)]})
    table = readers.read(edited(path, edit))
    assert any("more than 15 digits" in note for note in table.notes)


def test_a_text_file_called_xls_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "bank.xls"
    path.write_text("a\tb\tc\n1\t2\t3\n", encoding="utf-8")
    assert readers.read(path).format == "delimited"


def test_ods_reads_and_counts_repeated_rows(tmp_path: Path) -> None:
    header = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p>'
        "</table:table-cell>"
        for name in HEADER
    )
    path = ods(
        tmp_path / "a.ods",
        f"<table:table-row>{header}</table:table-row>"
        '<table:table-row table:number-rows-repeated="3"><table:table-cell '
        'table:number-columns-repeated="1024"/></table:table-row>'
        f"<table:table-row>{cell('date', '2024-03-18')}<table:table-cell/>"
        f"{cell('float', '1234.50')}</table:table-row>"
        "<table:table-row><table:table-cell/><table:table-cell/>"
        '<table:table-cell table:formula="of:=[.A1]"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>',
    )
    table = readers.read(path)
    assert (table.format, table.sheet) == ("ods", "Pay & more")
    assert list(table.rows()) == [
        Row(5, ("2024-03-18", "", "1234.5")),
        Row(6, ("", "", "#FORMULA =[.A1]")),
    ]


def test_an_ods_that_repeats_values_without_end_is_refused(tmp_path: Path) -> None:
    path = ods(
        tmp_path / "a.ods",
        '<table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="1000" '
        'office:value-type="float" office:value="1"/></table:table-row>',
    )
    assert "more than 8,000,000 cells" in refusal(path)


def test_an_xlsb_sheet_is_bounded_by_its_records() -> None:
    def record(kind: int, *numbers: int) -> bytes:
        body = b"".join(number.to_bytes(4, "little") for number in numbers)
        return bytes([kind, len(body)]) + body

    raw = record(0, 7) + record(2, 3, 0, 0) + record(3, 5, 0) + b"\x9c\x01\x00"
    part = workbook_binary.scan(raw)
    assert (part.height, part.width, dict(part.marked)) == (8, 6, {(7, 5): "#ERROR"})


def test_sheets_of_an_xlsb_are_named() -> None:
    def text(value: str) -> bytes:
        return len(value).to_bytes(4, "little") + value.encode("utf-16-le")

    body = bytes(8) + text("rId1") + text("May")
    raw = b"\x9c\x01" + bytes([len(body)]) + body
    assert workbook_binary.sheets(raw) == {"rId1": "May"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("xl/vbaProject.bin", b"x", "it holds macros"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "values from other files"),
        ("xl/more.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', "no spreadsheet writes"),
        ("xl/more.xml", "<x/>".encode("utf-16"), "no spreadsheet writes"),
        (SHEET, b"<!DOCTYPE x><worksheet/>", "no spreadsheet writes"),
        ("xl/big.xml", b" " * (101 << 20), "a part has 101 MiB"),
    ],
)
def test_what_is_not_safe_is_never_opened(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    def edit(parts: dict[str, bytes]) -> None:
        parts[name] = content

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 1)]})
    assert said in refusal(edited(path, edit))


@pytest.mark.parametrize("quote", ['"', "'"])
def test_cells_far_apart_do_not_fill_the_memory(tmp_path: Path, quote: str) -> None:
    def edit(parts: dict[str, bytes]) -> None:
        far = f"<row r={quote}1048576{quote}><c r={quote}XFD1048576{quote}>"
        far += "<v>1</v></c></row></sheetData>"
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", far.encode())

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 1)]})
    said = refusal(edited(path, edit))
    assert 'sheet "S" reaches to row 1048576, column 16384' in said


@pytest.mark.parametrize(
    ("far", "said"),
    [
        ("C99999999999", "reaches to row 99999999999"),
        ("ZZ1048576", "reaches to row 1048576, column 702"),
    ],
)
def test_a_cell_that_lies_about_its_row_is_seen(
    tmp_path: Path, far: str, said: str
) -> None:
    def edit(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b'r="C2"', f'r="{far}"'.encode())

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 1)]})
    assert said in refusal(edited(path, edit))


def test_a_wide_sheet_is_bounded_cell_by_cell(tmp_path: Path) -> None:
    def edit(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b'r="C2"', b'r="C98765"')

    wide = tuple(f"name {number}" for number in range(200))
    path = workbook(tmp_path / "a.xlsx", {"S": [wide, ("a", "b", 1)]})
    assert len(readers.read(path).header) == 200
    assert "reaches to row 98765, column 200" in refusal(edited(path, edit))


def test_many_entries_are_refused(tmp_path: Path) -> None:
    def edit(parts: dict[str, bytes]) -> None:
        parts.update({f"xl/media/{number}.png": b"" for number in range(300)})

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER]})
    assert "entries" in refusal(edited(path, edit))


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER] * 9})
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    raw = path.read_bytes()
    assert size in raw
    path.write_bytes(raw.replace(size, (10).to_bytes(4, "little")))
    assert "damaged or cut off" in refusal(path)


def test_a_file_that_takes_all_memory_ends_only_its_reader(tmp_path: Path) -> None:
    """So many shared texts as this declares make the library end its process."""

    def edit(parts: dict[str, bytes]) -> None:
        main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        parts["xl/sharedStrings.xml"] = (
            b'<sst xmlns="%s" uniqueCount="4294967295"><si><t>a</t></si></sst>' % main
        )

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 1)]})
    assert "it takes too much memory" in refusal(edited(path, edit))


def test_a_file_that_takes_for_ever_ends_only_its_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table without its end keeps the library at the end of the file."""

    def edit(parts: dict[str, bytes]) -> None:
        name = "content.xml"
        parts[name] = parts[name].replace(b"</table:table>", b"</table>")

    row = f"<table:table-row>{cell('float', '1')}</table:table-row>"
    path = edited(ods(tmp_path / "a.ods", row), edit)
    assert "it is not read after 1 seconds of work" in refusal(path)
    monkeypatch.setattr("importer.readers.workbook_apart._BYTES_A_SECOND", 50)
    bound = Layout(bounds=Bounds(seconds=1))
    assert "it is not read after 1 seconds\n" in refusal(path, bound)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for an environment")
def test_the_process_that_may_die_knows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOMET_TOKEN", "canary")
    with Reading(workbook(tmp_path / "a.xlsx", {"S": [HEADER]}), 1, BOUNDS) as reading:
        of_process = Path(f"/proc/{reading.process.pid}")
        while b"a.xlsx" not in (of_process / "cmdline").read_bytes():
            time.sleep(0.01)
        known = (of_process / "environ").read_bytes()
    assert b"canary" not in known


def test_a_locked_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    name = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + name)
    assert "locked with a password" in refusal(path)


def test_other_files_of_the_same_containers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "no workbook is in it" in refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    assert "damaged, or no workbook" in refusal(path)


def test_a_workbook_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 1)]})
    raw = path.read_bytes()
    for end in range(1, len(raw), 101):
        path.write_bytes(raw[:end])
        assert refusal(path)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_parts_give_rows_or_a_refusal(tmp_path: Path, seed: int) -> None:
    """Inside an intact zip: what the library raises or panics at is a refusal."""

    def edit(parts: dict[str, bytes]) -> None:
        for name in (SHEET, "xl/styles.xml", "xl/workbook.xml"):
            raw = bytearray(parts[name])
            for step in range(6):
                at = (seed * 7919 + step * 104729) % len(raw)
                raw[at] = (seed * 31 + step * 17) % 256
            parts[name] = bytes(raw)

    path = workbook(tmp_path / "a.xlsx", {"S": [HEADER, ("a", "b", 1)]})
    try:
        list(readers.read(edited(path, edit)).rows())
    except FileRefused:
        return


def test_a_cell_beyond_the_last_column_of_any_spreadsheet_is_refused(
    tmp_path: Path,
) -> None:
    """A broken name of a cell, such as CNAN3, makes sixty thousand columns."""
    path = tmp_path / "bank.xlsx"
    book = openpyxl.Workbook()
    sheet = book[book.sheetnames[0]]
    sheet.append(["Date", "Amount"])
    book.save(path)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part.replace(b'r="B1"', b'r="CNAN1"'))
    with pytest.raises(FileRefused, match="has 62232 columns"):
        readers.glance(path)
