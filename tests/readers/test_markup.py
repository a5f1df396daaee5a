"""Workbooks as XML and tables of HTML pages are read as the sheets of any workbook."""

import re
from typing import Any

import pytest

from importer import readers
from importer.errors import FileRefused
from importer.guess import find_header, guess
from importer.table import Layout
from importer.transcribe import transcribe

SPACE = "urn:schemas-microsoft-com:office:spreadsheet"


def cell(text: str, kind: str = "String", more: str = "") -> str:
    return f'<Cell{more}><Data ss:Type="{kind}">{text}</Data></Cell>'


def row(*cells: str, more: str = "") -> str:
    return f"<Row{more}>{''.join(cells)}</Row>"


HEADER = row(cell("Date"), cell("Payer"), cell("Amount"))


def workbook(*rows: str, name: str = "Payments", head: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{head}<?mso-application progid="Excel.Sheet"?>\n'
        f'<Workbook xmlns="{SPACE}" xmlns:ss="{SPACE}"><Styles/>'
        f'<Worksheet ss:Name="{name}"><Table>{"".join(rows)}</Table></Worksheet>'
        '<Worksheet ss:Name="Empty"><Table/></Worksheet></Workbook>\n'
    )


def payment(day: str, payer: str, amount: str) -> str:
    return row(
        cell(f"{day}T00:00:00.000", "DateTime"), cell(payer), cell(amount, "Number")
    )


def texts(bank: Any, content: str) -> list[tuple[int, tuple[str, ...]]]:
    bank.path.write_text(content, "utf-8")
    layout, _ = find_header(readers.glance(bank.path))
    table = readers.read(bank.path, layout)
    return [(one.line, one.cells) for one in table.rows()]


def total(bank: Any, content: str) -> str:
    bank.path.write_text(content, "utf-8")
    layout, _ = find_header(readers.glance(bank.path))
    table = readers.read(bank.path, layout)
    transcript = transcribe(table, guess(table).mapping)
    list(transcript)
    (tally,) = transcript.tallies.values()
    return f"{table.format} {tally.count} {tally.sum}"


def refused(bank: Any, content: str) -> str:
    bank.path.write_text(content, "utf-8")
    with pytest.raises(FileRefused) as error:
        readers.glance(bank.path)
    return str(error.value)


def test_a_workbook_as_xml_is_read_like_any_other(bank: Any) -> None:
    content = workbook(
        row(cell("Account 42")),
        HEADER,
        payment("2026-03-18", "ROSEWOOD", "500.25"),
        payment("2026-03-19", "A &amp; B", "-1E2"),
    )
    assert texts(bank, content) == [
        (3, ("2026-03-18", "ROSEWOOD", "500.25")),
        (4, ("2026-03-19", "A & B", "-100")),
    ]
    assert total(bank, content) == "spreadsheetml 2 400.25"


def test_rows_and_cells_stand_where_they_say(bank: Any) -> None:
    merged = cell("2026-03-18", more=' ss:MergeAcross="1"')
    content = workbook(
        HEADER,
        row(
            cell("2026-03-18"),
            cell("7", "Number", ' ss:Index="3"'),
            more=' ss:Index="5"',
        ),
        row(merged, cell("8", "Number")),
    )
    assert texts(bank, content) == [
        (5, ("2026-03-18", "", "7")),
        (6, ("2026-03-18", "", "8")),
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (cell("1", "Boolean"), "TRUE"),
        (cell("#DIV/0!", "Error"), "#DIV/0!"),
        (cell("2026-03-18T14:05:00.000", "DateTime"), "2026-03-18 14:05:00"),
        ('<Cell ss:Formula="=R1C1"/>', "#FORMULA =R1C1"),
        (cell("NaN", "Number"), "NaN"),
    ],
)
def test_values_are_written_as_in_other_workbooks(
    bank: Any, written: str, text: str
) -> None:
    content = workbook(HEADER, row(cell("2026-03-18"), written, cell("1", "Number")))
    assert texts(bank, content)[0][1][1] == text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (workbook(HEADER, head="<!DOCTYPE a [<!ENTITY b 'c'>]>"), "document type"),
        (workbook(HEADER)[:-40], "broken or cut off"),
        (workbook("<a>" * 99 + "</a>" * 99), "nested deeper"),
        (workbook(row(cell("x", more=' ss:Index="99999999"'))), "99999999"),
        (workbook(row(more=' ss:Index="2"'), row(more=' ss:Index="1"')), "number"),
        (workbook(row(cell("x" * 2_000_000))), "more text in a cell"),
        (workbook(row(cell("x", more=f' a="{"x" * 3_000_000}"'))), "does not end"),
    ],
    ids=range(7),
)
def test_what_no_spreadsheet_holds_is_refused(
    bank: Any, content: str, sentence: str
) -> None:
    assert sentence in refused(bank, content)


def page(*rows: str, before: str = "", after: str = "") -> str:
    return (
        f"<html><head><style>td {{ x: y }}</style></head><body>{before}<table border=1>"
        f"{''.join(rows)}</table>{after}</body></html>"
    )


def line(*cells: str, tag: str = "td") -> str:
    return f"<tr>{''.join(f'<{tag}>{one}</{tag}>' for one in cells)}</tr>"


ROWS = (
    line("Date", "Payer", "Amount", tag="th"),
    line("2026-03-18", "ROSEWOOD<br>FLORAL", "500.25"),
    line("2026-03-19", "A &amp; B < C", "<b>-100.00</b>"),
)


def test_a_table_of_a_page_is_read_like_a_sheet(bank: Any) -> None:
    assert texts(bank, page(*ROWS)) == [
        (2, ("2026-03-18", "ROSEWOOD FLORAL", "500.25")),
        (3, ("2026-03-19", "A & B < C", "-100.00")),
    ]
    assert total(bank, page(*ROWS)) == "html 2 400.25"


def test_tags_may_be_written_in_any_way(bank: Any) -> None:
    loose = re.sub("</t[dhr]>", "", page(*ROWS)).upper()
    assert [cells[2] for _, cells in texts(bank, loose)] == ["500.25", "-100.00"]
    broken = page(*ROWS).replace("<td>", "<!-- <td>1</td> --><td class='a'\n>")
    assert total(bank, broken) == "html 2 400.25"


def test_tables_for_the_looks_are_passed_over(bank: Any) -> None:
    looks = "<table><tr><td>Log in</td></tr></table><script>'<table>'</script>"
    assert total(bank, page(*ROWS, before=looks)) == "html 2 400.25"
    inside = page(f"<tr><td>{page(*ROWS)}</td></tr>")
    assert total(bank, inside) == "html 2 400.25"


def test_a_cell_of_several_columns(bank: Any) -> None:
    wide = "<tr><td colspan='2'>2026-03-20</td><td>7.00</td></tr>"
    assert texts(bank, page(*ROWS, wide))[2] == (4, ("2026-03-20", "", "7.00"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (page(line("Name", "<input>"), line("Password")), "log-in page"),
        (page(*ROWS).replace("</table>", ""), "a table is never closed"),
        (page(*ROWS)[:-120], "a table is never closed"),
    ],
)
def test_a_page_without_a_whole_table_is_refused(
    bank: Any, content: str, sentence: str
) -> None:
    assert sentence in refused(bank, content)


@pytest.mark.parametrize("piece", ["<!--", "<a ", "<script>", "<", "<table", "<td>"])
def test_endless_pieces_take_no_time(bank: Any, piece: str) -> None:
    bank.path.write_text("<html><table><tr>" + piece * 200_000, "utf-8")
    with pytest.raises(FileRefused):
        readers.read(bank.path, Layout())
