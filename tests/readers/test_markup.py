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
        (cell("100.00", "Number"), "100.00"),
        (cell("1234.5599999999999", "Number"), "1234.56"),
        (cell("1.5E-5", "Number"), "0.000015"),
        (cell("12345678901234567", "Number"), "12345678901234567"),
        (cell("1E400000000", "Number"), "1E400000000"),
        (cell("1" * 5000, "Number"), "1" * 5000),
    ],
)
def test_values_are_written_as_in_other_workbooks(
    bank: Any, written: str, text: str
) -> None:
    content = workbook(HEADER, row(cell("2026-03-18"), written, cell("1", "Number")))
    assert texts(bank, content)[0][1][1] == text


def test_a_comment_is_no_value(bank: Any) -> None:
    said = '<Comment ss:Author="me"><ss:Data>not <B>9.99</B></ss:Data></Comment>'
    noted = cell("5.10", "Number").replace("</Cell>", f"{said}</Cell>")
    alone = f"<Cell>{said}</Cell>"
    content = workbook(HEADER, row(cell("2026-03-18"), alone, noted))
    assert texts(bank, content) == [(2, ("2026-03-18", "", "5.10"))]


def test_what_is_hidden_or_merged_is_noted(bank: Any) -> None:
    merged = cell("2026-03-18", more=' ss:MergeDown="1"')
    content = workbook(HEADER, row(merged, cell("A"), more=' ss:Hidden="1"'))
    hidden = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>"
    bank.path.write_text(content.replace("<Table/>", f"<Table/>{hidden}"), "utf-8")
    assert [note.partition(":")[0] for note in readers.read(bank.path).notes] == [
        "hidden sheets",
        "some rows or columns are hidden; they are read like the others",
        "1 merged ranges below the header",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            workbook(HEADER, row(cell("x", more=' ss:MergeAcross="a"'))),
            '"a" is given as a place or span',
        ),
        (
            workbook(row(cell("x", more=f' ss:Index="{"9" * 5000}"'))),
            "as a place or span",
        ),
        (workbook(row(cell("x", more=' ss:Index="0"'))), 'the place "0"'),
        (workbook(HEADER, name="Empty"), 'two sheets have the name "Empty"'),
        (
            workbook(HEADER, row(cell("x", more=' ss:Index="9999"'))).replace(
                "<Row><Cell ss:Index", '<Row ss:Index="1000000"><Cell ss:Index'
            ),
            "more than 8,000,000 cells",
        ),
        (workbook(*["</Table></Worksheet><Worksheet><Table>"] * 300), "200 sheets"),
    ],
    ids=range(6),
)
def test_what_is_stretched_beyond_a_sheet_is_refused(
    bank: Any, content: str, sentence: str
) -> None:
    assert sentence in refused(bank, content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (workbook(HEADER, head="<!DOCTYPE a [<!ENTITY b 'c'>]>"), "document type"),
        (workbook(HEADER)[:-40], "broken or cut off"),
        (workbook("<a>" * 99 + "</a>" * 99), "nested deeper"),
        (workbook(row(cell("x", more=' ss:Index="99999999"'))), "99999999"),
        (workbook(row(more=' ss:Index="2"'), row(more=' ss:Index="1"')), "the place"),
        (workbook(row(cell("x" * 2_000_000))), "more text in a row"),
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


def test_a_cell_of_several_rows_covers_the_places_below(bank: Any) -> None:
    content = page(
        line("Date", "Payer", "Amount", tag="th"),
        "<tr><td rowspan=2>2026-03-18<td>ROSEWOOD<td rowspan='3'>5.00",
        "<tr><td>EXTRA",
        "<tr><td>2026-03-19<td>LAST",
        line("2026-03-20", "NEXT", "7.00"),
    )
    assert texts(bank, content) == [
        (2, ("2026-03-18", "ROSEWOOD", "5.00")),
        (3, ("", "EXTRA", "")),
        (4, ("2026-03-19", "LAST", "")),
        (5, ("2026-03-20", "NEXT", "7.00")),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        '<td title="a > b"',
        "<td title='<td>'",
        "<!-- > --><td",
        "<script>if (a < b) '<td>9</td>'</script><td",
        '<td data-x="' + "y" * 5000 + '"',
    ],
)
def test_a_tag_ends_where_a_browser_ends_it(bank: Any, odd: str) -> None:
    content = page(*ROWS).replace("<td", odd)
    assert texts(bank, content) == texts(bank, page(*ROWS))


def test_pieces_of_the_page_are_cut_nowhere(bank: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("importer.readers.html_tags.LONGEST_TAG", 200)
    filler = '<td title="a > b" class=\'<td>\'><!-- <td> --><script>"<tr>"</script>'
    content = page(*ROWS).replace("<td>", filler)
    whole = texts(bank, page(*ROWS))
    for size in (1, 2, 3, 5, 7, 11, 64):
        monkeypatch.setattr("importer.readers.html_tags._CHUNK", size)
        assert texts(bank, content) == whole


@pytest.mark.parametrize("before", ["<!-- made by x -->\n", '<?xml version="1.0"?>'])
def test_a_page_may_begin_with_other_things(bank: Any, before: str) -> None:
    assert total(bank, before + page(*ROWS)) == "html 2 400.25"
    assert total(bank, f"<div>{page(*ROWS)[40:]}") == "html 2 400.25"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["<tr><td>a<td colspan=9999>x</tr>"] * 2000, "more than 8,000,000 cells"),
        (["<tr>" + "<td colspan=9999>x" * 3], "more than 16384 columns"),
        (["<tr><td rowspan=60000 colspan=9000>x<td>y", *["<tr><td>x"] * 2000], "cells"),
        (["<tr><td>" + "x " * 600_000], "more text in a row"),
        (["<table><tr><td>"] * 100, "nested deeper"),
    ],
    ids=range(5),
)
def test_a_page_stretched_beyond_a_sheet_is_refused(
    bank: Any, rows: list[str], sentence: str
) -> None:
    assert sentence in refused(bank, page(*rows))


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
