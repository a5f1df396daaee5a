"""Amounts: what reads, what is refused, and that nothing is rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import money

AMOUNTS = st.decimals(
    min_value=Decimal("-99999999999.99"), max_value=Decimal("99999999999.99"), places=2
)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.56", "1234.56"),
        ("1234.56", "1234.56"),
        ("-45.00", "-45"),
        ("+45.00", "45"),
        ("45.00-", "-45"),
        ("45.00 -", "-45"),
        ("\u2212300.00", "-300"),
        ("(300.00)", "-300"),
        ("($300.00)", "-300"),
        ("$(300.00)", "-300"),
        ("- $220.00", "-220"),
        ("+ $1,150.00", "1150"),
        ("-$7,971.39", "-7971.39"),
        ("$-5.00", "-5"),
        ("USD 123.18", "123.18"),
        ("USD13.50", "13.5"),
        ("5.00 USD", "5"),
        ("$5.00 USD", "5"),
        ("-18.00\t\t", "-18"),
        ("\u00a012.50", "12.5"),
        (".50", "0.5"),
        ("-10", "-10"),
        ("512.0", "512"),
        ("-0.00", "0"),
    ],
)
def test_an_amount_reads_as_banks_write_it(text: str, amount: str) -> None:
    assert money.read(text, ".", ",", money.marks("USD")) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "1e3",
        "1E+999999999",
        "1_000",
        "\uff11\uff12",
        "\u0661\u0662",
        "12..34",
        "1,23.00",
        "1,2345.00",
        "12,34,567.00",
        "0,125",
        "1.234,50",
        "1 234.50",
        "1,234.",
        ",123",
        "-5-",
        "--5",
        "(-5)",
        "-(5)",
        "(5",
        "5)",
        "5 CR",
        "5 DR",
        "EUR 5.00",
        "€5.00",
        "$$5.00",
        "131.77(5.00)",
        "5.00\n",
        "5.00\x00",
        "1234567890123456",
        "0.12345678901",
        "9" * 100_000,
        "null",
        "-",
        ".",
        "",
        " ",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(money.NotMoney):
        money.read(text, ".", ",", money.marks("USD"))


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "amount"),
    [
        ("1.234,56", ",", ".", "1234.56"),
        ("1 234,56", ",", " ", "1234.56"),
        ("1\u202f234\u00a0567,80", ",", " ", "1234567.8"),
        ("1'234.50", ".", "'", "1234.5"),
        ("1\u2019234.50", ".", "'", "1234.5"),
        ("1,650", ",", "", "1.65"),
        ("1,650", ".", ",", "1650"),
    ],
)
def test_the_marks_are_those_that_the_caller_names(
    text: str, decimal: str, thousands: str, amount: str
) -> None:
    assert money.read(text, decimal, thousands) == Decimal(amount)


def test_a_refusal_says_the_text() -> None:
    with pytest.raises(money.NotMoney, match=r'^cannot read amount "1\.234,5O"$'):
        money.read("1.234,5O")
    with pytest.raises(money.NotMoney, match=r"^the amount is empty$"):
        money.read("  ")


def test_more_decimals_than_the_currency_has_are_refused_unless_zeros() -> None:
    dollars = money.reader(places=2)
    assert str(dollars("5")) == "5.00"
    assert str(dollars("5.1000")) == "5.10"
    with pytest.raises(money.NotMoney, match=r'"40\.008" has more than 2 decimals'):
        dollars("40.008")
    assert str(money.reader(places=0)("1000.00")) == "1000"
    assert str(money.reader(places=3)("1.5")) == "1.500"


def test_currencies_have_their_own_decimals() -> None:
    assert [money.places(code) for code in ("USD", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    assert money.fits(Decimal("1.250"), "USD")
    assert not money.fits(Decimal("1.255"), "USD")
    assert not money.fits(Decimal("0.5"), "JPY")


def test_a_sign_agrees_with_every_currency_that_uses_it() -> None:
    assert "$" in money.marks("COP")
    assert "€" not in money.marks("USD")
    assert money.marks("XYZ") == ("XYZ",)


def test_writing_never_rounds() -> None:
    assert money.write(Decimal(5)) == "5.00"
    assert money.write(Decimal("-0")) == "0.00"
    assert money.write(Decimal("1.005")) == "1.005"
    assert money.write(Decimal("1E+3")) == "1000.00"
    assert money.write(Decimal(1000), places=0) == "1000"


@given(AMOUNTS)
def test_what_is_written_reads_back_exact(amount: Decimal) -> None:
    assert money.read(money.write(amount)) == amount


@given(AMOUNTS, st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'")]))
def test_grouped_amounts_read_back_exact(
    amount: Decimal, marks: tuple[str, str]
) -> None:
    decimal, thousands = marks
    swap = {",": thousands, ".": decimal}
    written = "".join(swap.get(letter, letter) for letter in f"{amount:,.2f}")
    assert money.read(written, decimal, thousands) == amount


@given(st.text(max_size=20))
def test_any_text_reads_or_is_refused_and_never_fails_otherwise(text: str) -> None:
    try:
        amount = money.read(text, ".", ",", money.marks("USD"))
    except money.NotMoney:
        return
    assert amount.is_finite()
