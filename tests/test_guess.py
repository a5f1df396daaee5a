"""What is guessed from an unknown file, and what is left to a person."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import FileRefused
from importer.guess import Guess, find_header, guess, write
from importer.guess.cells import look
from importer.guess.words import Meaning, meanings
from importer.mapping.load import load
from importer.mapping.schema import Column
from importer.model import Remittance
from importer.table import Glance, Head, Row, Table
from importer.transcribe import transcribe


def rows_of(text: str, mark: str = ",") -> tuple[Row, ...]:
    lines = text.strip("\n").splitlines()
    return tuple(
        Row(number, tuple(cell.strip() for cell in line.split(mark)))
        for number, line in enumerate(lines, start=1)
    )


def table_of(text: str, mark: str = ",", preamble: str = "") -> Table:
    """Make a table whose first line is the header; `_` stands for no header."""
    header, *rows = rows_of(text, mark)
    return Table(
        "Bank_2026-04.csv",
        "delimited",
        "utf-8",
        header.cells,
        lambda: iter(rows),
        preamble=rows_of(preamble) if preamble else (),
    )


def headerless(text: str, mark: str = ",") -> Table:
    rows = rows_of(text, mark)
    columns = tuple(f"column {n}" for n in range(1, len(rows[0].cells) + 1))
    return Table(
        "moves_20260401.csv", "delimited", "utf-8", columns, lambda: iter(rows)
    )


def glance_of(*texts: str) -> Glance:
    heads = tuple(
        Head(f"Sheet{number}" if len(texts) > 1 else "", rows_of(text))
        for number, text in enumerate(texts, start=1)
    )
    return Glance("x.csv", "delimited", "utf-8", ",", heads)


def about(guessed: Guess, key: str) -> list[str]:
    return [one for one in guessed.unsure if one.startswith(f"{key}:")]


@pytest.mark.parametrize(
    "header",
    [
        "Posted Date,Description,Amount",
        "Fecha,Concepto,Importe",
        "Buchungstag;Verwendungszweck;Betrag (EUR)".replace(";", ","),
        "Date opération,Libellé,Débit,Crédit",
        "Datum,Omschrijving,Bedrag",
        "Data Mov.,Descrição,Montante",
        "记账日期,摘要,交易金额",
        "Bokföringsdag,Meddelande,Belopp",
        "Data księgowania,Tytuł,Kwota",
        "Datum zaúčtování,Popis,Částka",
    ],
)
def test_finds_the_header_below_titles_in_many_languages(header: str) -> None:
    data = ",".join(["02.04.2026", "rent", "-5.00", ""][: header.count(",") + 1])
    layout, notes = find_header(glance_of(f"My bank\n\nAccount,123\n{header}\n{data}"))
    assert layout.header == tuple(header.split(","))
    assert layout.columns is None
    assert "row 4 is the header" in notes[0]


def test_passes_over_a_summary_block_that_has_a_header_of_its_own() -> None:
    layout, _ = find_header(
        glance_of(
            """Description,,Summary Amt.
Beginning balance as of 06/01/2026,,100.00
Date,,Amount
Date,Text,Amount,Balance
06/01/2026,Beginning balance,,100.00
06/02/2026,deposit,50.00,150.00"""
        )
    )
    assert layout.header == ("Date", "Text", "Amount", "Balance")


def test_does_not_eat_the_first_row_of_a_file_without_header() -> None:
    layout, notes = find_header(glance_of("01/15/2026,-45.23,*,shop\n01/18/2026,5,*,x"))
    assert layout.header is None
    assert layout.columns == ("column 1", "column 2", "column 3", "column 4")
    assert "no header row" in notes[0]


def test_takes_names_of_an_unknown_language_right_above_the_data() -> None:
    layout, _ = find_header(glance_of("päivä,selite,määrä\n2026-04-01,vuokra,-5.00"))
    assert layout.header == ("päivä", "selite", "määrä")


def test_chooses_the_sheet_with_a_header_and_names_the_others() -> None:
    data = "Date,Text,Amount\n2026-04-01,x,1.00"
    layout, notes = find_header(glance_of("About,this file", data, data))
    assert layout.sheet == "Sheet2"
    assert '"Sheet3" could be meant' in notes[1]


def test_says_that_nothing_is_there() -> None:
    layout, notes = find_header(glance_of("<html>,,\n"))
    assert layout.header is None
    assert layout.columns is None
    assert notes


def test_one_value_above_twelve_settles_the_order_for_all_rows() -> None:
    rows = "\n".join(f"0{day}/04/2026,x,-1.00" for day in range(1, 10))
    guessed = guess(table_of(f"Date,Text,Amount\n{rows}\n13/04/2026,x,1.00"))
    assert guessed.mapping.read.date.format == "%d/%m/%Y"
    assert not about(guessed, "date")


def test_shows_both_readings_of_a_date_that_nothing_settles() -> None:
    guessed = guess(table_of("Date,Text,Amount\n03/04/2026,x,-1.00"))
    assert "3 April 2026" in about(guessed, "date")[0]
    assert "4 March 2026" in about(guessed, "date")[0]


def test_another_date_column_may_settle_the_order() -> None:
    guessed = guess(
        table_of("Date,Text,Due date,Amount\n03/04/2026,x,03/28/2026,-1.00")
    )
    assert guessed.mapping.read.date.format == "%m/%d/%Y"
    assert not about(guessed, "date")


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("2026-04-03", "%Y-%m-%d"),
        ("20260403", "%Y%m%d"),
        ("3 Apr 2026", "%d %b %Y"),
        ("03-abr-26", "%d-%b-%y"),
        ("03.04.26", "%d.%m.%y"),
        ("2026-04-03T23:59:59-05:00", "%Y-%m-%dT%H:%M:%S%z"),
        ("Apr 3, 2026", "%b %d, %Y"),
    ],
)
def test_knows_the_ways_banks_write_a_day(cell: str, form: str) -> None:
    guessed = guess(table_of(f"Date|Text|Amount\n{cell}|x|-1.00", "|"))
    assert guessed.mapping.read.date.format == form
    assert not about(guessed, "date")


def test_a_second_date_in_the_same_cell_is_not_read() -> None:
    guessed = guess(
        table_of("Date,Text,Amount\n04/17/2026 as of 04/15/2026,x,-1\n04/18/2026,x,1")
    )
    assert guessed.mapping.read.date.format == "%m/%d/%Y"
    assert guessed.mapping.read.date.until == " as of "


def test_books_on_the_booking_date_and_keeps_the_other_as_value_date() -> None:
    guessed = guess(
        table_of(
            "Transaction Date,Post Date,Text,Amount\n2026-04-01,2026-04-03,x,-1.00"
        )
    )
    assert guessed.mapping.read.date.column == "Post Date"
    assert guessed.mapping.read.value_date is not None
    assert guessed.mapping.read.value_date.column == "Transaction Date"


def test_a_value_date_may_be_empty_but_not_unreadable() -> None:
    text = "Booked,Value date,T,Amount\n2026-04-01,2026-04-02,x,1\n2026-04-01,,x,-1"
    assert guess(table_of(text)).mapping.read.value_date is not None
    soon = guess(table_of(f"{text}\n2026-04-01,2026-04-02,x,1\n2026-04-01,soon,x,2"))
    assert soon.mapping.read.value_date is None


def test_refuses_dates_without_a_year_and_says_so() -> None:
    with pytest.raises(FileRefused, match="no year"):
        guess(table_of("Date,Text,Amount\n12/29,x,-1.00"))


@pytest.mark.parametrize(
    ("amounts", "decimal", "thousands", "is_sure"),
    [
        (("-1.234,56", "3.500,00"), ",", ".", True),
        (("-1,234.56", "3,500"), ".", ",", True),
        (("1 234,50", "-7,00"), ",", " ", True),
        (("1'234.50", "-7.00"), ".", "'", True),
        (("-10", "250"), ".", ",", True),
        (("-1,650", "2,300"), ".", ",", False),
        (("1.650", "-2.300"), ".", "", False),
    ],
)
def test_all_amounts_settle_the_decimal_mark_or_it_is_left_open(
    amounts: tuple[str, ...], decimal: str, thousands: str, is_sure: object
) -> None:
    rows = "\n".join(f"2026-04-01|x|{amount}" for amount in amounts)
    guessed = guess(table_of(f"Date|Text|Amount\n{rows}", "|"))
    chosen = guessed.mapping.read.amount
    assert chosen is not None
    assert (not about(guessed, "amount")) is is_sure
    if is_sure:
        assert (chosen.decimal, chosen.thousands) == (decimal, thousands)


def test_takes_the_amount_and_not_balance_fee_net_or_foreign_money() -> None:
    guessed = guess(
        table_of(
            "Date,Original amount,Fee,Balance,Gross,Net,Text\n"
            "2026-04-01,90.00,-1.00,200.00,-100.00,-101.00,x\n"
            "2026-04-02,40.00,-1.00,150.00,50.00,49.00,x"
        )
    )
    assert guessed.mapping.read.amount is not None
    assert guessed.mapping.read.amount.column == "Gross"
    assert any('"Net"' in one for one in about(guessed, "amount"))


def test_debit_and_credit_columns_are_named_in_any_order() -> None:
    guessed = guess(table_of("Datum;Haben;Soll;Text\n01.04.2026;5,00;;x", ";"))
    chosen = guessed.mapping.read.amount
    assert chosen is not None
    assert (chosen.credit, chosen.debit) == ("Haben", "Soll")


@pytest.mark.parametrize(
    ("out", "into"),
    [("D", "C"), ("Af", "Bij"), ("S", "H"), ("借 Dr", "贷 Cr"), ("支出", "收入")],
)
def test_a_flag_gives_the_sign_to_amounts_without_one(out: str, into: str) -> None:
    guessed = guess(
        table_of(
            f"Date,Text,Amount,Way\n2026-04-01,x,5.00,{out}\n2026-04-01,x,7.00,{into}"
        )
    )
    chosen = guessed.mapping.read.amount
    assert chosen is not None
    assert (chosen.flag, chosen.negative, chosen.positive) == ("Way", (out,), (into,))
    assert not about(guessed, "amount")


def test_a_flag_beside_signed_amounts_is_not_used_twice() -> None:
    guessed = guess(
        table_of("Date,Text,Amount,D/C\n2026-04-01,x,-5.00,D\n2026-04-01,x,7.00,C")
    )
    assert guessed.mapping.read.amount is not None
    assert guessed.mapping.read.amount.flag is None


def test_a_flag_value_that_is_neither_in_nor_out_is_shown() -> None:
    guessed = guess(
        table_of(
            "Date,Text,Amount,D/C\n2026-04-01,x,5,D\n2026-04-01,x,7,C\n2026-04-01,x,7,/"
        )
    )
    assert any('"/"' in one for one in about(guessed, "amount"))


def test_amounts_that_are_never_negative_may_be_charges_of_a_card() -> None:
    guessed = guess(table_of("Date,Text,Amount\n2026-04-01,x,5.00"))
    assert any("inverse = true" in one for one in about(guessed, "amount"))


@pytest.mark.parametrize(
    ("preamble", "rows"),
    [
        ("Credit card 1234", "2026-04-01,shop,5.00\n2026-04-02,other,-7.00"),
        ("", "2026-04-01,shop,5.00\n2026-04-02,PAYMENT - THANK YOU,-7.00"),
    ],
)
def test_a_card_may_write_charges_without_a_minus(preamble: str, rows: str) -> None:
    guessed = guess(table_of(f"Date,Text,Amount\n{rows}", preamble=preamble))
    assert any("inverse = true" in one for one in about(guessed, "amount"))


def test_running_balances_tell_the_amount_in_a_file_without_header() -> None:
    guessed = guess(
        headerless(
            "2026-04-03,165.00,rent,55.00\n"
            "2026-04-02,110.00,fee,60.00\n"
            "2026-04-01,50.00,pay,50.00"
        )
    )
    assert guessed.mapping.read.amount is not None
    assert guessed.mapping.read.amount.column == "column 4"
    assert guessed.mapping.file.columns is not None
    assert guessed.mapping.file.name == "moves_*.csv"


def test_running_balances_are_checked_only_where_they_follow() -> None:
    kept = (
        "Date,Text,Amount,Balance\n2026-04-01,x,5,5\n2026-04-02,x,-1,4\n2026-04-03,x,2,"
    )
    assert guess(table_of(kept + "6")).mapping.read.totals.balance == "Balance"
    assert guess(table_of(kept + "7")).mapping.read.totals.balance is None


def test_two_unnamed_columns_of_money_are_left_open() -> None:
    guessed = guess(headerless("2026-04-01,x,,5.00\n2026-04-02,x,7.00,"))
    assert any("does not say which" in one for one in about(guessed, "amount"))


def test_rows_that_are_no_money_are_recognised_by_pattern() -> None:
    guessed = guess(
        table_of(
            "Date|Text|Amount\n"
            "Posted Transactions||\n"
            "2026-04-01|Opening balance|100.00\n"
            "2026-04-02|wire|-5.00\n"
            "2026-04-03|wire|15.00\n"
            "Transactions Total||10.00\n"
            "Date downloaded 04/05/2026||",
            "|",
        )
    )
    read = guessed.mapping.read
    assert len(read.ignore) == 2
    assert read.totals.opening == r"(^|\|)\s*Opening balance\s*($|\|)"
    assert read.totals.footer == r"^\s*Transactions Total"
    assert not about(guessed, "date")


def test_a_row_with_half_of_what_it_needs_is_never_ignored() -> None:
    guessed = guess(
        table_of(
            "Date,Text,Amount\n2026-04-01,x,-5.00\nPending,x,7.00\n2026-04-02,x,12..34"
        )
    )
    assert not guessed.mapping.read.ignore
    assert "2 rows" in about(guessed, "date")[0]


@pytest.mark.parametrize("row", ["31/12/2026,x,n/a", ",x,12..34"])
def test_a_row_that_may_be_money_gone_wrong_is_never_ignored(row: str) -> None:
    guessed = guess(table_of(f"Date,Text,Amount\n2026-04-01,x,-5.00\n{row}"))
    assert not guessed.mapping.read.ignore
    assert about(guessed, "date")


@pytest.mark.parametrize(
    ("table", "currency"),
    [
        ("Date,Amount (EUR)\n2026-04-01,-5.00", "EUR"),
        ("Date,Amount CZK\n2026-04-01,-5.00", "CZK"),
        ("Date,Amount,Currency\n2026-04-01,-5.00,USD", Column(column="Currency")),
        ("Date,Amount\n2026-04-01,-€5.00", "EUR"),
        ("日期,金额,币种\n2026-04-01,-5.00,人民币", "CNY"),
        ("Date,Amount\n2026-04-01,-$5.00", "USD"),
        ("Date,Amount\n2026-04-01,-5.00", "XXX"),
    ],
)
def test_finds_the_currency_where_the_file_says_it(
    table: str, currency: object
) -> None:
    guessed = guess(table_of(table))
    assert guessed.mapping.read.currency == currency
    assert bool(about(guessed, "currency")) is (currency in ("USD", "XXX"))


def test_columns_of_who_and_why_are_taken_by_meaning() -> None:
    guessed = guess(
        table_of(
            "Date,Payee,Memo,Reference,Transaction ID,Type,Payer account,Amount\n"
            "2026-04-01,Rose,INV 1,R1,T1,WIRE,DE1,-5.00\n"
            "2026-04-01,Rose,INV 1,R1,T2,CHECK,DE1,5.00"
        )
    )
    read = guessed.mapping.read
    assert (read.remitter, read.text, read.reference) == ("Payee", "Memo", "Reference")
    assert (read.bank_id, read.payer_account) == (
        "Transaction ID",
        "Payer account",
    )
    assert read.identity == ("reference", "text")
    assert read.kind is not None
    assert not isinstance(read.kind, str)
    assert read.kind.values == {"WIRE": "wire", "CHECK": "check"}


def test_an_id_that_repeats_is_not_trusted() -> None:
    guessed = guess(
        table_of("Date,Memo,ID,Amount\n2026-04-01,x,7,-5.00\n2026-04-01,y,7,5.00")
    )
    assert guessed.mapping.read.bank_id is None


def test_a_list_with_one_row_per_invoice_is_grouped() -> None:
    guessed = guess(
        table_of(
            "Payment Date,Check Number,Payer,Check Amount,Invoice,Paid,Discount\n"
            "2026-04-01,771,Rose,90.00,10233,50.00,1.00\n"
            "2026-04-01,771,Rose,90.00,10240,40.00,\n"
            "2026-04-02,772,Lily,15.00,10250,15.00,"
        )
    )
    read = guessed.mapping.read
    assert read.group == "Check Number"
    assert read.invoice is not None
    assert (read.invoice.number, read.invoice.paid) == ("Invoice", "Paid")
    assert read.amount is not None
    assert (read.amount.column, read.amount.per) == ("Check Amount", "group")


def test_a_list_without_totals_of_its_payments_adds_the_rows_up() -> None:
    guessed = guess(
        table_of(
            "Date,Check No,Invoice,Gross,Discount,Net Paid\n"
            "2026-04-01,771,10233,51.00,1.00,50.00\n"
            "2026-04-01,771,10240,40.00,0.00,40.00"
        )
    )
    read = guessed.mapping.read
    assert read.invoice is not None
    assert (read.invoice.paid, read.invoice.discount) == ("Net Paid", "Discount")
    assert read.amount is not None
    assert (read.amount.column, read.amount.per) == ("Net Paid", "row")


def test_invoice_numbers_of_payments_in_single_rows_are_text() -> None:
    guessed = guess(
        table_of(
            "Date,Ref,Invoice,Amount,Net\n2026-04-01,R1,10233,5,5\n2026-04-01,R2,10234,5,5"
        )
    )
    assert guessed.mapping.read.group is None
    assert guessed.mapping.read.text == "Invoice"


def test_a_word_with_two_meanings_is_settled_by_its_cells() -> None:
    assert set(meanings("Valor")) == {Meaning.VALUE, Meaning.AMOUNT}
    guessed = guess(table_of("Data;Valor;Descrição\n2026-04-01;-5,00;x", ";"))
    assert guessed.mapping.read.amount is not None
    assert guessed.mapping.read.amount.column == "Valor"


def ofx(row: str) -> Table:
    header = (
        "DTPOSTED|TRNAMT|NAME|MEMO|CHECKNUM|REFNUM|FITID|TRNTYPE|BANKACCTTO.ACCTID|ACCTID"
        "|CURDEF|CURRENCY"
    )
    return replace(table_of(f"{header}\n{row}", "|"), format="ofx")


def test_ofx_needs_no_guess() -> None:
    table = ofx("20260402|-5.00|Rose|INV 1|77||F1|CHECK||123|USD|USD")
    guessed = guess(table)
    assert not guessed.unsure
    assert guessed.mapping.file.format == "ofx"
    (one,) = transcribe(table, guessed.mapping)
    assert isinstance(one, Remittance)
    assert (one.amount, one.kind, one.reference) == (Decimal("-5.00"), "check", "77")
    assert one.currency == "USD"


def test_an_ofx_row_in_a_currency_of_its_own_keeps_it() -> None:
    table = ofx("20260402|-5.00|Rose|INV 1|||F1|CHECK||123|USD|EUR")
    (one,) = transcribe(table, guess(table).mapping)
    assert isinstance(one, Remittance)
    assert one.currency == "EUR"


def test_ofx_without_account_or_currency_asks_for_them() -> None:
    guessed = guess(ofx("20260402|-5.00|Rose|INV 1|||F1|CHECK||||"))
    assert about(guessed, "account")
    assert about(guessed, "currency")


def test_no_pattern_is_kept_that_matches_a_row_of_money() -> None:
    guessed = guess(
        table_of("Text,Date,Amount\nwire,,\nwire in,2026-04-01,-5\nnote,,\n")
    )
    assert guessed.mapping.read.ignore == (r"^\s*note",)


def test_two_rows_prove_no_running_balance() -> None:
    text = "Date,Text,Amount,Balance\n2026-04-01,x,5,5\n2026-04-02,x,-1,4"
    assert guess(table_of(text)).mapping.read.totals.balance is None


def test_a_short_word_inside_a_longer_name_means_nothing() -> None:
    assert meanings("In") == (Meaning.CREDIT,)
    assert meanings("System in use") == ()


def test_amounts_with_two_decimal_marks_are_left_open() -> None:
    guessed = guess(
        table_of("Date|Text|Amount\n2026-04-01|x|-1.234,56\n2026-04-01|x|1,234.56", "|")
    )
    assert any("will be held" in one for one in about(guessed, "amount"))


def test_dates_in_two_formats_are_left_open() -> None:
    guessed = guess(
        table_of("Date,Text,Amount\n2026-04-01,x,-1\n2026-04-02,x,1\n04/03/2026,x,1")
    )
    assert any("do not read as" in one for one in about(guessed, "date"))


@pytest.mark.parametrize(
    "cell", ["12..34", "EUR 5 USD", "--5", "1,23,456", "1e3", "NaN"]
)
def test_what_is_no_amount_is_none(cell: str) -> None:
    assert look(cell).amount is None


def test_patterns_are_written_in_single_quotes() -> None:
    guessed = guess(table_of("Date,Text,Amount\n2026-04-01,x,-1\nPosted items,,"))
    assert r"ignore = ['^\s*Posted items']" in write(guessed)


MESSY = st.text(max_size=12)


@given(
    st.lists(MESSY, min_size=3, max_size=3, unique_by=str.strip),
    st.lists(st.tuples(MESSY, MESSY), min_size=1, max_size=5),
)
def test_what_is_written_loads_as_the_same_mapping(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    cells: list[tuple[str, str]],
) -> None:
    header = (
        "Date",
        *(name.strip() or f"column {at}" for at, name in enumerate(names)),
    )
    header = (*header, "Amount")
    if len(set(header)) < len(header):
        return
    rows = [
        Row(at, ("2026-04-01", *pair, "x", "5.00")) for at, pair in enumerate(cells, 2)
    ]
    rows.append(Row(99, ("", "odd 'row' \\", "", "", "")))
    table = Table("a.csv", "delimited", "utf-8", header, lambda: iter(rows))
    guessed = guess(table)
    path = tmp_path_factory.mktemp("mappings") / "guessed.toml"
    path.write_text(write(guessed), encoding="utf-8")
    plain = load(path).model_copy(update={"name": "", "path": "", "digest": ""})
    assert plain == guessed.mapping


def test_what_is_unsure_stands_above_its_key(tmp_path: Path) -> None:
    guessed = guess(table_of("Date,Text,Amount\n03/04/2026,x,-1.00"))
    lines = write(guessed).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("date = "))
    assert any("UNSURE" in line and "may be" in line for line in lines[at - 2 : at])
    path = tmp_path / "guessed.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert load(path).read.date.column == "Date"


@given(st.text(max_size=30))
def test_every_cell_can_be_looked_at(cell: str) -> None:
    seen = look(cell)
    assert seen.amount is None or seen.amount.readings


def test_an_account_that_some_rows_leave_empty_is_the_payer_s() -> None:
    table = table_of(
        "Date,Payee,Account number,Amount (EUR)\n"
        "2026-01-05,A,DE1,12.50\n2026-01-06,B,,-1.00\n2026-01-13,C,DE2,2.00"
    )
    found = guess(table).mapping.read
    assert found.account == "NAME-THIS-ACCOUNT"
    assert found.payer_account == "Account number"
    filled = table_of(
        "Date,Payee,Account number,Amount (EUR)\n"
        "2026-01-05,A,DE1,12.50\n2026-01-16,B,DE1,-1.00"
    )
    assert guess(filled).mapping.read.account == Column(column="Account number")
