"""OFX: the probes that libraries get wrong, and that a cut-off file never passes."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer import dates, money, readers
from importer.errors import FileRefused
from importer.table import Layout, Row, Stated, Table

HEADER = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\n"
    "CHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
SIGNON = (
    "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
    "<DTSERVER>20240103<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>\n"
)
STATUS = "<STATUS><CODE>0<SEVERITY>INFO</STATUS>"
BALANCE = "<LEDGERBAL><BALAMT>1.00<DTASOF>20240103</LEDGERBAL>"
GOOD: dict[str, str] = {
    "TRNTYPE": "CREDIT",
    "DTPOSTED": "20240102",
    "TRNAMT": "10.00",
    "FITID": "F1",
    "NAME": "ACME",
}
Write = Callable[[str | bytes], Path]


def transaction(extra: str = "", /, **changed: str | None) -> str:
    leaves = GOOD | changed
    body = "".join(
        f"<{tag}>{text}\n" for tag, text in leaves.items() if text is not None
    )
    return f"<STMTTRN>\n{body}{extra}</STMTTRN>\n"


def statement(  # noqa: PLR0913 one for each part that a probe varies
    transactions: str,
    *,
    header: str = HEADER,
    signon: str = SIGNON,
    status: str = STATUS,
    balance: str = BALANCE,
    bank: str = "1",
) -> str:
    return (
        f"{header}<OFX>{signon}<BANKMSGSRSV1><STMTTRNRS><TRNUID>1{status}<STMTRS>"
        f"<CURDEF>USD<BANKACCTFROM><BANKID>{bank}<ACCTID>2<ACCTTYPE>CHECKING"
        f"</BANKACCTFROM><BANKTRANLIST><DTSTART>20240101<DTEND>20240131\n"
        f"{transactions}</BANKTRANLIST>{balance}</STMTRS></STMTTRNRS></BANKMSGSRSV1>"
        "</OFX>\n"
    )


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "bank.ofx"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def dicts(table: Table) -> list[dict[str, str]]:
    return [dict(zip(table.header, row.cells, strict=True)) for row in table.rows()]


def one(path: Path) -> dict[str, str]:
    (found,) = dicts(readers.read(path))
    return found


def amount(text: str) -> Decimal | None:
    """Read an amount as a mapping for OFX does: a point, no thousands."""
    try:
        return money.read(text)
    except money.NotMoney:
        return None


def day(text: str) -> date | None:
    try:
        return dates.read(text, "%Y%m%d")
    except dates.NotDate:
        return None


def refusal(path: Path) -> str:
    with pytest.raises(FileRefused) as caught:
        list(readers.read(path).rows())
    return str(caught.value)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("1,650", None),
        ("1.650", None),
        ("1,650.00", "1650.00"),
        ("1.650,00", "1650.00"),
        ("1650,00", "1650.00"),
        ("1'650.00", "1650.00"),
        ("1\u00a0650,00", "1650.00"),
        ("1 650,00", "1650.00"),
        ("1,650,000", "1650000"),
        ("(45.00)", "-45.00"),
        ("45.00-", "-45.00"),
        ("-45.00", "-45.00"),
        ("+45.00", "45.00"),
        ("-.50", "-0.50"),
        ("0.125", "0.125"),
        ("-0.5700", "-0.5700"),
        ("1234", "1234"),
        ("$45.00", None),
        ("", None),
        ("NaN", None),
        ("1e3", None),
        ("null", None),
        ("(45.00", None),
        ("-45.00-", None),
        ("12..34", None),
        ("1,65,0.00", None),
        ("1.650.00", None),
        ("45.", None),
        ("\uff11\uff12.00", None),
    ],
)
def test_amounts_read_right_or_not_at_all(
    write: Write, raw: str, wanted: str | None
) -> None:
    found = one(write(statement(transaction(TRNAMT=raw)).encode("utf-8")))
    assert amount(found["TRNAMT"]) == (None if wanted is None else Decimal(wanted))
    assert found["TRNAMT.RAW"] == raw
    if wanted is not None:
        assert found["TRNAMT"] == wanted


@pytest.mark.parametrize(
    ("other", "wanted"),
    [("10.50", "1650"), ("10,50", "1.650"), ("1,000,000", "1650"), ("10", None)],
)
def test_the_file_settles_what_one_amount_leaves_open(
    write: Write, other: str, wanted: str | None
) -> None:
    path = write(statement(transaction(TRNAMT="1,650") + transaction(TRNAMT=other)))
    first, _ = dicts(readers.read(path))
    assert amount(first["TRNAMT"]) == (None if wanted is None else Decimal(wanted))


def test_two_marks_in_one_file_settle_nothing_and_are_noted(write: Write) -> None:
    amounts = ("1,650", "10.50", "10,50")
    table = readers.read(
        write(statement("".join(transaction(TRNAMT=text) for text in amounts)))
    )
    read = [amount(found["TRNAMT"]) for found in dicts(table)]
    assert read == [None, Decimal("10.50"), Decimal("10.50")]
    assert any("both" in note for note in table.notes)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("20240102", "2024-01-02"),
        ("20240101235959[-5:EST]", "2024-01-01"),
        ("20240102000000[+9:JST]", "2024-01-02"),
        ("20240102[-5:EST]", "2024-01-02"),
        ("20240102[+2:CEST]", "2024-01-02"),
        ("20240101120000.000 GMT", "2024-01-01"),
        ("20240101235900[-5]", "2024-01-01"),
        ("20240101120000.000[-5:EST]", "2024-01-01"),
        ("202401011200", "2024-01-01"),
        ("2024-01-02", "2024-01-02"),
        ("00000000", None),
        ("", None),
        ("20240231", None),
        ("201120000000", None),
        ("2024010", None),
        ("202401021", None),
        ("Jan 2 2024", None),
    ],
)
def test_days_are_those_that_are_written(
    write: Write, raw: str, wanted: str | None
) -> None:
    found = one(write(statement(transaction(DTPOSTED=raw))))
    assert day(found["DTPOSTED"]) == (date.fromisoformat(wanted) if wanted else None)
    assert found["DTPOSTED.RAW"] == raw


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (transaction(FITID=""), {"FITID": "", "NAME": "ACME"}),
        (transaction(FITID=None), {"FITID": "", "NAME": "ACME"}),
        (transaction(NAME=""), {"NAME": "", "FITID": "F1"}),
        (transaction(NAME="N" * 60), {"NAME": "N" * 60}),
        (transaction("<CHECKNUM>\n<MEMO>m\n"), {"CHECKNUM": "", "MEMO": "m"}),
        (transaction("<MEMO/>\n<REFNUM>r\n"), {"MEMO": "", "REFNUM": "r"}),
        (transaction("<MEMO>A & B < C\n"), {"MEMO": "A & B < C"}),
        (
            transaction("<MEMO>A&amp;B &lt;C&gt; &#233; &f;\n"),
            {"MEMO": "A&B <C> é &f;"},
        ),
        (transaction("<MEMO>&amp;lt;\n"), {"MEMO": "&lt;"}),
        (
            transaction("<PAYEE><NAME>BIG CO<ADDR1>1 St<CITY>X</PAYEE>", NAME=None),
            {"NAME": "BIG CO", "PAYEE.ADDR": "1 St, X"},
        ),
        (transaction("<CARD>Visa\n"), {"NAME": "ACME", "TRNAMT": "10.00"}),
        (
            transaction().replace("STMTTRN", "StmtTrn").replace("TRNAMT", "TrnAmt"),
            {"TRNAMT": "10.00"},
        ),
        (
            transaction("<CORRECTFITID>F1\n<CORRECTACTION>DELETE\n", FITID="F2"),
            {"FITID": "F2", "CORRECTFITID": "F1", "CORRECTACTION": "DELETE"},
        ),
        (
            transaction("<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>"),
            {"CURRENCY": "EUR", "CURRATE": "1.1", "CURDEF": "USD", "TRNAMT": "10.00"},
        ),
        (
            transaction("<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>"),
            {"CURRENCY": "USD", "ORIGCURRENCY": "EUR", "ORIGCURRATE": "1.1"},
        ),
        (
            transaction(
                "<REFNUM>R9<BANKACCTTO><BANKID>9<ACCTID>99<ACCTTYPE>SAVINGS"
                "</BANKACCTTO><MEMO>after\n"
            ),
            {
                "REFNUM": "R9",
                "BANKACCTTO.BANKID": "9",
                "BANKACCTTO.ACCTID": "99",
                "ACCTID": "2",
                "BANKID": "1",
                "ACCTTYPE": "CHECKING",
                "MEMO": "after",
            },
        ),
        (
            transaction("<MEMO><![CDATA[A & B <tag>]]></MEMO>"),
            {"MEMO": "A & B <tag>"},
        ),
        (transaction("<MEMO><![CDATA[<STMTTRN>]]></MEMO>"), {"MEMO": "<STMTTRN>"}),
        (transaction(NAME="ACME\n   INC"), {"NAME": "ACME INC"}),
        (transaction("<!-- <TRNAMT>9.00 -->"), {"TRNAMT": "10.00"}),
    ],
)
def test_fields_keep_their_meaning(
    write: Write, content: str, wanted: dict[str, str]
) -> None:
    found = one(write(statement(content)))
    assert {name: found[name] for name in wanted} == wanted
    assert found["DTPOSTED"] == "20240102"


def test_one_bad_amount_leaves_the_other_rows_whole(write: Write) -> None:
    three = [("A", "1.00"), ("B", "x"), ("C", "3.00")]
    text = "".join(transaction(FITID=name, TRNAMT=raw) for name, raw in three)
    found = dicts(readers.read(write(statement(text))))
    assert [(row["FITID"], row["TRNAMT"]) for row in found] == three


def test_the_same_fitid_twice_is_two_rows(write: Write) -> None:
    text = transaction(TRNAMT="1.00") + transaction(TRNAMT="2.00")
    found = dicts(readers.read(write(statement(text))))
    assert [row["TRNAMT"] for row in found] == ["1.00", "2.00"]


def named(name: str, encoding: str, header: str = HEADER) -> bytes:
    return statement(transaction(NAME=name), header=header).encode(encoding)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (named("Café", "utf-8", HEADER.replace("USASCII", "UTF8")), "Café"),
        (named("Café", "cp1252", HEADER.replace(":1252", ":NONE")), "Café"),
        (named("Café", "cp1252", HEADER.replace(":1252", ":8859-1")), "Café"),
        (named("Ágata", "utf-8"), "Ágata"),
        (named("ACME", "utf-8-sig"), "ACME"),
        (named("ACME", "utf-8", "\r\n" + HEADER), "ACME"),
        (named("ACME", "utf-8", HEADER.replace("\n", " ")), "ACME"),
        (named("ACME", "utf-8", HEADER.replace("UID:NONE", "UID:2024:01")), "ACME"),
        (named("ACME", "utf-8", ""), "ACME"),
        (named("é", "utf-8", ""), "é"),
        (
            named(
                "é",
                "utf-8",
                '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200"?>',
            ),
            "é",
        ),
        (named("é", "utf-8", "<!-- OFXHEADER:100 CHARSET:NONE -->"), "é"),
        (named("é", "utf-16"), "é"),
        (named("é", "cp1252", HEADER.replace(":1252", ":HEX")), "é"),
        (named("čř", "cp1250", HEADER.replace(":1252", ":1250")), "čř"),
    ],
)
def test_headers_and_encodings(write: Write, content: bytes, name: str) -> None:
    assert one(write(content))["NAME"] == name


def test_two_documents_in_one_file_are_two_statements(write: Write) -> None:
    text = statement(transaction(FITID="A")) + statement(transaction(FITID="B"))
    assert [row["FITID"] for row in dicts(readers.read(write(text)))] == ["A", "B"]


def test_a_name_space_changes_nothing(write: Write) -> None:
    text = statement(transaction()).replace("<OFX>", '<OFX xmlns="http://x">')
    assert one(write(text))["NAME"] == "ACME"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            statement(
                transaction(), status="<STATUS><CODE>2000<SEVERITY>ERROR</STATUS>"
            ),
            "code 2000, severity ERROR",
        ),
        (
            statement(
                "",
                signon="<SONRS><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>no"
                "</STATUS></SONRS>",
            ),
            "log-in is an error: code 15500",
        ),
        (
            statement(transaction() + transaction(TRNAMT="2.00")).partition(
                "<FITID>F1"
            )[0],
            "no closing </OFX>",
        ),
        (
            statement(transaction() + transaction()).rpartition("<FITID>")[0],
            "this STMTTRN is never closed",
        ),
        (
            statement(transaction() + transaction()).replace("</STMTTRN>\n<", "<", 1),
            "this STMTTRN is never closed",
        ),
        (
            statement(transaction() + transaction()).replace(
                "</STMTTRN>\n<STMTTRN>", "", 1
            ),
            "this STMTTRN has 2 amounts",
        ),
        (
            statement(transaction() + transaction()).replace("<STMTTRN>", "", 1),
            "closed that was never opened",
        ),
        (
            '<!DOCTYPE OFX [<!ENTITY f "x">]>' + statement(transaction(NAME="&f;")),
            "declares a document type",
        ),
        ("<html><body>Please log in</body></html>", "an HTML page"),
        ("", "the file is empty"),
    ],
)
def test_what_is_not_whole_is_refused(write: Write, content: str, said: str) -> None:
    assert said in refusal(write(content))


def test_every_cut_is_refused(write: Write) -> None:
    text = statement(transaction() + transaction(FITID="F2"))
    end = text.index("</OFX>") + len("</OFX>")
    for cut in range(1, end):
        assert refusal(write(text[:cut]))


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_pieces_of_any_size_give_the_same(
    write: Write, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    extra = "<MEMO><![CDATA[a <b> & c]]></MEMO><!-- no\n -->"
    text = statement(
        transaction(extra) + transaction("<MEMO>A & B < C\n", FITID="F2") + "\n"
    )
    path = write(text)
    whole = list(readers.read(path).rows())
    monkeypatch.setattr("importer.readers.ofx_text._CHUNK", size)
    assert list(readers.read(path).rows()) == whole
    assert len(whole) == 2


def test_a_card_statement_closed_by_another_name_loses_nothing(write: Write) -> None:
    text = statement(transaction()).replace("<STMTRS>", "<CCSTMTRS>")
    table = readers.read(write(text))
    assert len(dicts(table)) == 1
    assert any("</STMTRS> closes" in note for note in table.notes)


@pytest.mark.parametrize("balance", ["", BALANCE.replace("1.00", "")])
def test_a_balance_that_is_not_stated_is_none(write: Write, balance: str) -> None:
    table = readers.read(write(statement(transaction(), balance=balance)))
    assert (len(dicts(table)), table.stated) == (1, ())


def test_no_log_in_is_needed(write: Write) -> None:
    assert one(write(statement(transaction(), signon="")))["NAME"] == "ACME"


def test_a_long_bank_id_is_kept_whole(write: Write) -> None:
    found = one(write(statement(transaction(), bank="1234567890")))
    assert found["BANKID"] == "1234567890"


def test_the_closing_balance_and_the_period_are_told(write: Write) -> None:
    table = readers.read(
        write(statement(transaction(), balance=BALANCE.replace("1.00", "1.234,50")))
    )
    assert [(one.what, one.text, one.account) for one in table.stated] == [
        ("closing", "1234.50", "2")
    ]
    assert "statement of 2 from 20240101 to 20240131" in table.notes


def test_no_note_names_a_whole_account(write: Write) -> None:
    text = statement(transaction()).replace("<ACCTID>2", "<ACCTID>9876543210")
    table = readers.read(write(text))
    assert "9876543210" not in " ".join(table.notes)
    assert table.stated == (Stated("closing", "1.00", 20, "9876543210"),)


def test_statements_of_one_file_keep_their_accounts_apart(write: Write) -> None:
    first = statement(transaction(FITID="A"))
    second = statement("", header="").replace("<ACCTID>2", "<ACCTID>3")
    third = statement(transaction(FITID="C"), header="").replace(
        "<ACCTID>2", "<ACCTID>4"
    )
    path = write(first + second + third)
    found = dicts(readers.read(path))
    assert [(row["FITID"], row["ACCTID"]) for row in found] == [("A", "2"), ("C", "4")]
    assert readers.glance(path).accounts == ("2", "3", "4")


def test_an_account_after_its_transactions_counts_all_the_same(write: Write) -> None:
    account = "<BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM>"
    text = statement(transaction())
    moved = text.replace(account, "").replace("</STMTRS>", f"{account}</STMTRS>")
    assert one(write(moved))["ACCTID"] == "2"


def test_cash_lines_of_an_investment_statement_are_rows(write: Write) -> None:
    text = (
        f"{HEADER}<OFX>{SIGNON}<INVSTMTMSGSRSV1><INVSTMTTRNRS>{STATUS}<INVSTMTRS>"
        "<CURDEF>USD<INVACCTFROM><BROKERID>b.com<ACCTID>77</INVACCTFROM><INVTRANLIST>"
        "<BUYSTOCK><INVBUY><INVTRAN><FITID>1<MEMO>buy</INVTRAN><TOTAL>-5.00</INVBUY>"
        f"</BUYSTOCK><INVBANKTRAN>{transaction()}<SUBACCTFUND>CASH</INVBANKTRAN>"
        "</INVTRANLIST></INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>"
    )
    table = readers.read(write(text))
    (found,) = dicts(table)
    assert (found["ACCTID"], found["BANKID"], found["MEMO"]) == ("77", "b.com", "")
    assert any("1 investment transactions" in note for note in table.notes)


def test_a_statement_without_transactions_is_an_empty_table(write: Write) -> None:
    table = readers.read(write(statement("")))
    assert (list(table.rows()), "TRNAMT" in table.header) == ([], True)


def test_rows_stand_on_the_line_of_their_tag(write: Write) -> None:
    text = statement(transaction() + transaction(FITID="F2"), header="")
    lines = [
        number for number, line in enumerate(text.split("\n"), 1) if "<STMTTRN>" in line
    ]
    assert [row.line for row in readers.read(write(text)).rows()] == lines


def test_glance_shows_columns_and_first_rows(write: Write) -> None:
    glance = readers.glance(write(statement(transaction() * 99)))
    head = glance.heads[0].rows
    assert (glance.format, len(head)) == ("ofx", 61)
    assert isinstance(head[0], Row)
    assert "TRNAMT" in head[0].cells


def test_a_stated_encoding_binds(write: Write) -> None:
    path = write(named("\u00e8", "cp1252"))
    (found,) = readers.read(path, Layout(encoding="cp1250")).rows()
    assert "č" in found.cells


def test_many_open_tags_take_no_longer_than_their_length(write: Write) -> None:
    """Shapes on which a careless pattern takes minutes."""
    for odd in ("<" * 100_000, "<A" * 50_000, "<![CDATA[" * 20_000, "<!--" * 50_000):
        with pytest.raises(FileRefused):
            readers.read(write(statement(odd)[:-7] + odd))


@pytest.mark.parametrize("edge", ["stmttrn", "STMTTRN ", "StmtTrn\n", "STMTTRN\t"])
def test_the_tags_of_transactions_may_be_written_in_any_way(
    write: Write, edge: str
) -> None:
    usual = statement(transaction() + transaction(FITID="F2"))
    odd = usual.replace("STMTTRN>", f"{edge}>")
    rows = [row.cells for row in readers.read(write(usual)).rows()]
    assert len(rows) == 2
    assert [row.cells for row in readers.read(write(odd)).rows()] == rows


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["NAME", "MEMO", "FITID", "CHECKNUM", "TRNAMT", "DTPOSTED"]),
        st.text(st.sampled_from("aZ0 .,-&;<>/\n\t\r\u00a0#x"), max_size=12),
    ),
    st.sampled_from(["", "</{}>"]),
)
def test_plain_transactions_read_like_any_other(
    tmp_path_factory: pytest.TempPathFactory, leaves: dict[str, str], end: str
) -> None:
    """Small letters in one tag take the general way; the row must be the same."""
    path = tmp_path_factory.mktemp("ofx") / "bank.ofx"
    rows = []
    for kind in ("TRNTYPE", "trntype"):
        body = "".join(
            f"<{tag}>{text}{end.format(tag)}\n" for tag, text in leaves.items()
        )
        one = f"<STMTTRN><{kind}>CREDIT\n{body}</STMTTRN>"
        path.write_text(statement(one), "utf-8", newline="")
        rows.append([row.cells for row in readers.read(path).rows()])
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("<STMTTRN><NAME>" + "x" * 6_000_000, "longer than any bank's"),
        ("<![CDATA[" + "x" * 6_000_000, "longer than any bank's"),
        ("<STMTTRN>" + "<NAME>x" * 900_000, "never closed, or larger"),
        ("<STMTRS>" * 2000, "more is open or stated"),
        ("<STMTRS></STMTRS>" * 20_000, "more is open or stated"),
    ],
    ids=range(5),
)
def test_what_has_no_end_is_refused_at_once(
    write: Write, content: str, sentence: str
) -> None:
    assert sentence in refusal(write(statement("").replace("</OFX>", content)))
