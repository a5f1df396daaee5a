"""The second reader: it agrees with the first, sees what is lost, and never raises."""

import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from importer import money, readers
from importer.readers import second
from importer.table import Layout, Table

ROWS = [("Date", "Text", "Amount"), ("a", 'x, "y"\nz', "1.50"), ("b", "", "-3.25")]
TOTAL = Decimal("-1.75")


def ofx(*amounts: str) -> str:
    lines = "".join(
        f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20240102<TRNAMT>{text}<FITID>{number}"
        "<NAME>ACME</STMTTRN>\n"
        for number, text in enumerate(amounts)
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
        "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1"
        "<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20240101"
        f"<DTEND>20240131\n{lines}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1>"
        "</OFX>\n"
    )


def of_column(table: Table) -> second.Amount:
    at = table.header.index("Amount")
    return lambda cells: money.read(cells[at]) if cells[at] else None


def test_delimited_text_is_split_another_way(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    lines = ['"Account ""1"""', "", "Date,Text,Amount", 'a,"x, ""y""\nz",1.50']
    path.write_text("\r\n".join([*lines, "b,,-3.25", "", "Total,,none"]) + "\r\n")
    table = readers.read(path)
    found = second.read(path, table, of_column(table))
    assert found == second.Second("a second splitter", 2, TOTAL)
    assert found.agrees(2, TOTAL) is True
    assert found.agrees(3, TOTAL) is False


def test_wrapped_cells_and_marks_are_read_by_both(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes('="Date"\t="Amount"\n="1"\t="2.50"\n'.encode("utf-16"))
    table = readers.read(path, Layout(header=("Date", "Amount")))
    assert second.read(path, table, of_column(table)).total == Decimal("2.50")


def test_openpyxl_reads_the_same_workbook(tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    book = openpyxl.Workbook()
    sheet = book[book.sheetnames[0]]
    for row in [(), ("", "", "Account 1"), *[("", "", *row) for row in ROWS]]:
        sheet.append(row)
    sheet.append(("", "", "c", "", 1234.25))
    book.save(path)
    table = readers.read(path, Layout(header=ROWS[0]))
    found = second.read(path, table, of_column(table))
    assert (found.records, found.total) == (3, TOTAL + Decimal("1234.25"))


def test_a_sheet_that_lies_about_its_size_is_read_whole_by_both(tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    book = openpyxl.Workbook()
    for row in ROWS:
        book[book.sheetnames[0]].append(row)
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:C3"/>' in parts[name]
    parts[name] = parts[name].replace(b'ref="A1:C3"', b'ref="A1"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    table = readers.read(path)
    assert len(list(table.rows())) == 2
    assert second.read(path, table, of_column(table)).total == TOTAL


def test_ofxparse_reads_the_same_transactions(tmp_path: Path) -> None:
    path = tmp_path / "bank.ofx"
    path.write_text(ofx("10.00", "-3.50"))
    found = second.read(path, readers.read(path), lambda _: None)
    assert (found.records, found.total) == (2, Decimal("6.50"))
    assert found.by.startswith("ofxparse")


def test_a_second_reader_that_fails_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bank.ofx"
    path.write_text(ofx("x"))
    found = second.read(path, readers.read(path), lambda _: None)
    assert found.records is None
    assert "it failed" in found.why
    assert found.agrees(1, Decimal(10)) is None


@pytest.mark.parametrize(("form", "said"), [("xls", "no second reader for xls")])
def test_where_there_is_none_it_says_so(tmp_path: Path, form: str, said: str) -> None:
    table = Table(tmp_path.name, form, "", ("a",), lambda: iter(()))
    assert said in second.read(tmp_path / "x", table, lambda _: None).why


def test_ofxparse_is_not_given_what_it_takes_minutes_for(tmp_path: Path) -> None:
    path = tmp_path / "bank.ofx"
    path.write_text(ofx(*["1.00"] * 20_000))
    found = second.read(path, readers.read(path), lambda _: None)
    assert "takes too long" in found.why


def known(form: str, text: str, tmp_path: Path) -> second.Second:
    path = tmp_path / "bank"
    path.write_text(text)
    table = Table("bank", form, "utf-8", (), lambda: iter(()))
    return second.read(path, table, lambda _: None)


@pytest.mark.parametrize(
    ("form", "text", "count", "total"),
    [
        (
            "camt",
            (
                '<a:Ntry><a:Amt Ccy="EUR">5.00</a:Amt><a:CdtDbtInd>CRDT</a:CdtDbtInd>'
                '<a:TxDtls><a:Amt Ccy="EUR">1</a:Amt></a:TxDtls></a:Ntry>'
                '<Ntry><Amt Ccy="EUR">2</Amt><CdtDbtInd>DBIT</CdtDbtInd></Ntry>'
            ),
            2,
            "3.00",
        ),
        ("bai2", "03,1/16,142,500,Z/\n16,475,200,,/\n88,16,1,1\n", 2, "3.00"),
        ("qif", "!Type:Bank\nT5,000.00\nS\n$1\n^\nD1\nT-1\n^\n", 2, "4999.00"),
        ("x12", "ISA*~BPR*C*12.5*C*ACH~BPR*C*1*C~", 2, "13.5"),
        (
            "nacha",
            "\n".join(
                ("5".ljust(94), f"622{'1' * 26}0000000500", f"627{'1' * 26}0000000200")
            ),
            2,
            "3.00",
        ),
        (
            "mt940",
            (
                ":20:A\n:25:B\n:28C:1\n:60F:C260317EUR1,00\n:61:260318RC5,00NTRFX\n"
                ":62F:D260318EUR4,00\n"
            ),
            1,
            "-5.00",
        ),
    ],
)
def test_records_are_found_another_way(
    form: str, text: str, count: int, total: str, tmp_path: Path
) -> None:
    found = known(form, text, tmp_path)
    assert (found.records, found.total) == (count, Decimal(total))


def test_a_format_without_a_second_reader_says_so(tmp_path: Path) -> None:
    assert known("lockbox", "", tmp_path).why == "there is no second reader for lockbox"
