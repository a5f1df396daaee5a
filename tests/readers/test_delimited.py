"""Delimited text: what is found by itself, what reads, and that nothing is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import readers
from importer.errors import FileRefused
from importer.table import Layout, Row, Table

Write = Callable[[str | bytes], Path]
BANK = (
    "Posted,Description,Amount,Ref\n2024-03-18,ACME,12.50,1\n2024-03-19,BETA,-3.00,2\n"
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "bank.csv"
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(raw)
        return path

    return write


def rows(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows()]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(FileRefused) as caught:
        act()
    return str(caught.value)


def broken(path: Path, layout: Layout | None = None) -> str:
    return refusal(lambda: list(readers.read(path, layout).rows()))


def test_header_rows_and_lines_are_found(write: Write) -> None:
    table = readers.read(write("Account,123\n\n" + BANK))
    assert table.header == ("Posted", "Description", "Amount", "Ref")
    assert table.header_line == 3
    assert [row.line for row in table.rows()] == [4, 5]
    assert table.preamble == (Row(1, ("Account", "123")),)


def test_rows_can_be_read_again(write: Write) -> None:
    table = readers.read(write(BANK))
    assert rows(table) == rows(table)
    assert len(rows(table)) == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found(write: Write, delimiter: str) -> None:
    table = readers.read(write(BANK.replace(",", delimiter)))
    assert table.delimiter == delimiter
    assert rows(table)[0] == ("2024-03-18", "ACME", "12.50", "1")


def test_decimal_commas_do_not_make_a_comma_file(write: Write) -> None:
    path = write("Datum;Betrag;Text\n18.03.2024;1.234,50;A\n19.03.2024;7,10;B, C\n")
    assert readers.read(path).delimiter == ";"


def test_the_delimiter_that_brings_out_the_stated_header_is_right(write: Write) -> None:
    path = write("a;b\n1,5,5;2,5,5\n1,6,6;2,6,6\n1,7,7;2,7,7\n")
    assert readers.read(path, Layout(header=("a", "b"))).delimiter == ";"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "Café €"),
        ("utf-16", "Café €"),
        ("utf-8", "Café €"),
        ("cp1252", "Überweisung für Müller €"),
        ("cp1250", "Číslo účtu příjemce, žluťoučký kůň"),
        ("gb18030", "交易日期 摘要 金额 余额"),
        ("cp1251", "Дата операции Сумма Получатель"),
    ],
)
def test_encodings_are_found_from_the_bytes(
    write: Write, encoding: str, text: str
) -> None:
    path = write(BANK.replace("ACME", f'"{text}"').encode(encoding))
    table = readers.read(path)
    assert rows(table)[0][1] == text
    assert table.header[0] == "Posted"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_found(write: Write, encoding: str) -> None:
    table = readers.read(write(BANK.encode(encoding)))
    assert (table.encoding, len(rows(table))) == (encoding, 2)


def test_the_choice_of_an_encoding_is_told_with_its_reason(write: Write) -> None:
    table = readers.read(write(BANK.replace("ACME", "Müller").encode("cp1252")))
    assert any("cp1252" in note and "likeliest" in note for note in table.notes)


def test_a_stated_encoding_is_used_where_the_bytes_allow_it(write: Write) -> None:
    path = write(BANK.replace("ACME", "\u00e8\u00f8").encode("cp1252"))
    table = readers.read(path, Layout(encoding="cp1250"))
    assert rows(table)[0][1] == "čř"


def test_a_stated_encoding_against_the_mark_is_refused(write: Write) -> None:
    path = write(BANK.encode("utf-8-sig"))
    said = refusal(lambda: readers.read(path, Layout(encoding="cp1252")))
    assert 'utf-8 by its first bytes, not "cp1252"' in said


def test_a_stated_encoding_that_fails_names_byte_and_line(write: Write) -> None:
    path = write(BANK.replace("BETA", "B\u00c9TA").encode("latin-1"))
    said = refusal(lambda: readers.read(path, Layout(encoding="utf-8")))
    assert "bank.csv:3: byte 66 (0xc9) is not utf-8" in said


@pytest.mark.parametrize("name", ["cp99999", "rot13", "hex", "idna", "a\0b"])
def test_an_unknown_encoding_is_refused(write: Write, name: str) -> None:
    path = write(BANK.replace("BETA", "B\u00c9TA").encode("latin-1"))
    said = refusal(lambda: readers.read(path, Layout(encoding=name)))
    assert f'there is no encoding "{name}"' in said


def test_valid_utf8_overrules_what_is_stated_and_says_so(write: Write) -> None:
    table = readers.read(write(BANK.replace("ACME", "Café")), Layout(encoding="cp1252"))
    assert rows(table)[0][1] == "Café"
    assert any('states "cp1252"' in note for note in table.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BANK.encode() + b"\0" * 512, "ends in NUL characters"),
        (BANK.replace("BETA", "BE\0TA").encode(), "bank.csv:3: a NUL character"),
    ],
)
def test_nul_is_refused(write: Write, content: bytes, said: str) -> None:
    assert said in broken(write(content))


def test_an_open_quote_names_the_line_where_it_opens(write: Write) -> None:
    text = 'a,b,c\n1,"two\nlines",3\n1,"open,3\n4,5,6\n7,8,9\n'
    assert "bank.csv:4: a quote that opens on this line" in broken(write(text))


def test_text_after_a_closing_quote_is_a_fault_and_not_glued(write: Write) -> None:
    said = broken(write('a,b,c\n1,"A "B" C",3\n4,5,6\n'))
    assert "bank.csv:2: text stands between a closing quote" in said


def test_blanks_after_a_closing_quote_are_left_out(write: Write) -> None:
    table = readers.read(write('a,b,c\nx,"-18.00"\t\t,3\n"p, q",5,"6" \n'))
    assert rows(table) == [("x", "-18.00", "3"), ("p, q", "5", "6")]
    assert any("closing quote" in note for note in table.notes)


def test_quoted_line_breaks_keep_the_lines_right(write: Write) -> None:
    table = readers.read(write('a,b,c\n1,"x\ny",3\n4,5,6\n'))
    assert [(row.line, row.cells[1]) for row in table.rows()] == [(2, "x\ny"), (4, "5")]


@pytest.mark.parametrize(
    "text",
    [
        'a,b,c,d\n1,2,"3,4\n5,6,7,8\n9,10,11",12\n',
        'a,b,c,d\n1,2,"3,4\n5,6,7",8\n',
    ],
)
def test_rows_inside_a_quoted_cell_are_not_swallowed(write: Write, text: str) -> None:
    assert "looks like whole rows" in broken(write(text))


def test_all_rows_of_another_width_are_told_at_once(write: Write) -> None:
    lines = ["a,b,c", *["1,2,3"] * 5, "1,2", "1,2,3,4", *["1,2,3"] * 5]
    said = broken(write("\n".join(lines) + "\n"))
    assert "bank.csv:7: the row has 2 cells instead of 3" in said
    assert "bank.csv:8: the row has 4 cells instead of 3" in said


def test_faults_beyond_fifty_are_counted(write: Write) -> None:
    said = broken(write("a,b,c\n" + "1,2,3\n" * 200 + "1,2\n" * 120))
    assert said.count("the row has 2 cells") == 50
    assert "70 further faults" in said


def test_a_cut_off_end_is_named(write: Write) -> None:
    assert "ends in the middle of this row" in broken(write(BANK + "2024-03-20,GAM"))


def test_a_whole_last_row_needs_no_line_end(write: Write) -> None:
    assert len(rows(readers.read(write(BANK.rstrip("\n"))))) == 2


def test_loose_rows_are_padded_to_the_width(write: Write) -> None:
    def loose(cells: tuple[str, ...]) -> bool:
        return cells[0].startswith(("Total", "***"))

    text = BANK + "Total,9.50\n*** END ***\nTotals: 1,2,3,4,5,6\n"
    table = readers.read(write(text), Layout(loose=loose))
    assert rows(table)[2:] == [
        ("Total", "9.50", "", ""),
        ("*** END ***", "", "", ""),
        ("Totals: 1", "2", "3", "4,5,6"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2,3,\n4,5,6,\n",
        "a,b,c,\n1,2,3\n4,5,6\n",
        "a,b,c,,\n1,2,3\n4,5,6\n",
    ],
)
def test_a_trailing_delimiter_on_rows_or_header_alone_is_no_column(
    write: Write, text: str
) -> None:
    table = readers.read(write(text), Layout(header=("a", "b", "c")))
    assert table.header == ("a", "b", "c")
    assert rows(table) == [("1", "2", "3"), ("4", "5", "6")]


def test_a_value_under_the_trailing_delimiter_is_a_fault(write: Write) -> None:
    said = broken(write("a,b,c\n1,2,3,\n4,5,6,\n7,8,9,10\n"))
    assert "bank.csv:4: the row has 4 cells" in said


def test_one_cell_too_many_on_every_row_is_no_trailing_delimiter(write: Write) -> None:
    said = broken(write("a,b,c\n1,2,3,x\n4,5,6,\n"), Layout(header=("a", "b", "c")))
    assert "bank.csv:2: the row has 4 cells instead of 3" in said
    assert "bank.csv:3: the row has 4 cells instead of 3" in said


def test_a_row_without_the_trailing_delimiter_of_the_others_is_a_fault(
    write: Write,
) -> None:
    said = broken(write("a,b,c\n1,2,3,\n4,5,6,\n7,8,9\n"))
    assert "bank.csv:4: the row has 3 cells instead of 4" in said


def test_header_names_are_made_unique(write: Write) -> None:
    table = readers.read(write("date, currency ,currency,,x\n" + "a,b,c,d,e\n" * 3))
    assert table.header == ("date", "currency", "currency (2)", "column 4", "x")


def test_the_stated_header_is_found_below_another_one(write: Write) -> None:
    text = "Description,,Summary\nOpening,,5\n\nPosted, Amount,Text\n2024-01-01,1,x\n"
    table = readers.read(write(text), Layout(header=("Posted", "Amount", "Text")))
    assert (table.header_line, len(rows(table)), len(table.preamble)) == (4, 1, 2)


def test_a_missing_header_is_refused_with_the_likely_one(write: Write) -> None:
    path = write(BANK)
    said = refusal(lambda: readers.read(path, Layout(header=("Date", "Amount"))))
    assert "header that the mapping names" in said
    assert "Posted | Description | Amount | Ref" in said


def test_named_columns_mean_that_the_first_row_is_read(write: Write) -> None:
    path = write("03/18/2024,-12.50,*,,COFFEE\n03/19/2024,5.00,*,,PAY\n")
    table = readers.read(path, Layout(columns=("date", "amount", "x", "y", "text")))
    assert (table.header_line, len(rows(table))) == (0, 2)


def test_a_file_of_values_alone_loses_no_row(write: Write) -> None:
    table = readers.read(write("03/18/2024,-12.50,COFFEE\n03/19/2024,5.00,PAY\n"))
    assert table.header == ("column 1", "column 2", "column 3")
    assert len(rows(table)) == 2


def test_cells_written_as_formulas_give_their_text(write: Write) -> None:
    path = write('="Date"\t="Id"\tAmount\n="20240318"\t="000123"\t5.00\n')
    table = readers.read(path, Layout(header=("Date", "Id", "Amount")))
    assert rows(table) == [("20240318", "000123", "5.00")]


def test_blank_lines_and_empty_rows_hold_nothing(write: Write) -> None:
    table = readers.read(write("a,b,c\n\n1,2,3\n   \n,,\n4,5,6\n\n"))
    assert [row.line for row in table.rows()] == [3, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_reads(write: Write, end: str) -> None:
    table = readers.read(write(BANK.replace("\n", end)))
    assert [row.line for row in table.rows()] == [2, 3]


def test_an_endless_cell_is_refused(write: Write) -> None:
    assert "a cell has more than" in broken(write(BANK + "1,2,3," + "x" * 200_000))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "only blanks"),
        (b"<!DOCTYPE html><html>,;</html>", "an HTML page"),
        (b"\n<!-- a --><!-- b -->\n<HTML><head>", "an HTML page"),
        (b'{"rows": [1, 2]}', "JSON"),
        (b'[{"a": 1}, {"a": 2}]', "JSON"),
        (b"%PDF-1.7 a,b", "PDF"),
        (b"\x89PNG\r\n\x1a\n,,,", "a picture"),
        (bytes(range(1, 256)) * 4, "binary"),
        (b"nothing here at all\n", "text without columns"),
        (b":64:C260318EUR1,2\n", "MT940"),
    ],
)
def test_what_is_no_table_is_named(write: Write, content: bytes, said: str) -> None:
    path = write(content)
    assert said in refusal(lambda: readers.glance(path))
    assert said in refusal(lambda: readers.read(path))


def test_glance_shows_the_first_rows_as_they_stand(write: Write) -> None:
    glance = readers.glance(write("Account;DE12\n" + BANK.replace(",", ";") * 50))
    assert (glance.format, glance.delimiter, glance.encoding) == (
        "delimited",
        ";",
        "utf-8",
    )
    assert len(glance.heads[0].rows) == 60
    assert glance.heads[0].rows[0] == Row(1, ("Account", "DE12"))


@pytest.mark.parametrize("head", [b'"', b"<!--" * 999, b'1,"' + b" " * 60_000 + b"x"])
def test_odd_heads_do_not_make_it_slow(write: Write, head: bytes) -> None:
    """These shapes make a backtracking pattern take minutes; nothing here may."""
    try:
        list(readers.read(write(head + b"\n1,2\n" * 500)).rows())
    except FileRefused:
        return


CELL = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff=\x85"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() and "\0" not in text)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20))
def test_what_is_written_by_the_rules_is_read_exactly(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("exact") / "bank.csv"
    quoted = [",".join('"' + c.replace('"', '""') + '"' for c in row) for row in cells]
    path.write_text("\n".join(["h1,h2,h3", *quoted]) + "\n", encoding="utf-8")
    layout = Layout(header=("h1", "h2", "h3"), delimiter=",")
    assert rows(readers.read(path, layout)) == cells


@given(st.integers(0, len(BANK) - 2), st.sampled_from(['"', ",", "\n", "\0", "x"]))
def test_one_wrong_character_never_loses_a_row_in_silence(
    tmp_path_factory: pytest.TempPathFactory, at: int, letter: str
) -> None:
    path = tmp_path_factory.mktemp("wrong") / "bank.csv"
    path.write_text(BANK[:at] + letter + BANK[at + 1 :], encoding="utf-8")
    try:
        table = readers.read(path)
        read = rows(table)
    except FileRefused:
        return
    assert len(read) + bool(table.header_line) + len(table.preamble) >= 3


def test_the_wider_of_two_tables_is_the_table(tmp_path: Path) -> None:
    """Amounts with a comma cut as many rows in two as the semicolon cuts in five."""
    path = tmp_path / "a.csv"
    path.write_text(
        "Fetched on 20/01/2026;\n\nMr. X\nAccount 123;\nBalance 20/01/2026 111,50\n\n"
        "Moves of the account;\n\nDay;Text;Out;In;\n"
        '16/01/2026;"FEE";1,00;;\n05/01/2026;"IN";;12,50;\n',
        encoding="utf-8",
    )
    assert readers.glance(path).delimiter == ";"
