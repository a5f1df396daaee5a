"""X12 820 is read payment by payment; its lines make the payment's amount."""

from decimal import Decimal
from typing import Any

import pytest

from importer.transcribe import Standing

ISA = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PAYEE          "
    "*260318*0900*U*00401*000000001*0*P*>~"
)
BPR = "BPR*C*500.00*C*ACH*CTX*01*123*DA*555*C1**01*231*DA*777*20260318~"


def interchange(*segments: str, count: int | None = None) -> str:
    inside = "".join(segments)
    number = inside.count("~") + 2 if count is None else count
    return (
        f"{ISA}GS*RA*PAYER*PAYEE*20260318*0900*1*X*004010~ST*820*0001~{inside}"
        f"SE*{number}*0001~GE*1*1~IEA*1*000000001~"
    )


def rmr(invoice: str, paid: str, total: str = "", discount: str = "") -> str:
    return f"RMR*IV*{invoice}**{paid}*{total}*{discount}~"


def test_a_payment_is_set_out_by_its_own_names(bank: Any) -> None:
    names = "TRN*1*T-9~N1*PR*ROSEWOOD FLORAL~N1*PE*FLORADA~"
    text = interchange(
        BPR, names, rmr("10233", "490.00", "500.00", "10.00"), "ADX*10*01~"
    )
    (one,) = bank.read(
        text.replace("ADX*10*01~", "").replace("500.00*C*ACH", "490.00*C*ACH")
    ).cells
    assert {name: value for name, value in one.items() if value} == {
        "payment": "1",
        "account": "777",
        "currency": "USD",
        "booking date": "2026-03-18",
        "amount": "490.00",
        "kind": "ach",
        "remitter": "ROSEWOOD FLORAL",
        "payer account": "555",
        "reference": "T-9",
        "invoice": "10233",
        "paid": "490.00",
        "discount": "10.00",
        "receiver": "FLORADA",
        "originator": "C1",
        "method": "ACH",
    }


def test_invoice_lines_are_advice(bank: Any) -> None:
    whole = bank.read(interchange(BPR, rmr("10233", "400.00"), rmr("10240", "100")))
    (one,) = whole.remittances
    assert [(a.invoice, a.paid) for a in one.advice] == [
        ("10233", Decimal(400)),
        ("10240", Decimal(100)),
    ]
    assert (whole.count, whole.sum) == (1, Decimal(500))
    assert whole.totals.standing is Standing.PROVEN


def test_an_adjustment_is_a_line_where_the_sum_needs_it(bank: Any) -> None:
    (one,) = bank.read(
        interchange(BPR, rmr("10233", "525.00"), "ADX*-25.00*01*CM*88~")
    ).remittances
    assert [(a.invoice, a.paid) for a in one.advice] == [
        ("10233", Decimal(525)),
        ("88", Decimal(-25)),
    ]
    (same,) = bank.read(
        interchange(BPR, rmr("10233", "500.00"), "ADX*-25.00*01*CM*88~")
    ).remittances
    assert len(same.advice) == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (rmr("10233", "300.00"), "its invoice lines make 300.00 of 500.00"),
        (rmr("10233", "510.00", "500.00"), "if paid and total were swapped"),
        (rmr("10233", "12..3"), "an amount of its invoice lines cannot be read"),
    ],
)
def test_lines_that_do_not_make_the_amount_refuse_the_file(
    bank: Any, line: str, sentence: str
) -> None:
    assert sentence in bank.refused(interchange(BPR, line))


def test_lines_without_amounts_are_text(bank: Any) -> None:
    (one,) = bank.read(interchange(BPR, "RMR*IV*10233~")).remittances
    assert (one.text, one.advice) == ("10233", ())


def test_money_out_and_another_currency(bank: Any) -> None:
    out = BPR.replace("500.00*C", "500.00*D")
    (one,) = bank.read(interchange(out, "CUR*PR*CAD~")).cells
    assert (one["amount"], one["currency"]) == ("-500.00", "CAD")


@pytest.mark.parametrize(
    ("element", "terminator"), [("|", "'"), ("*", "\\"), ("^", "~")]
)
def test_marks_are_read_out_of_isa(bank: Any, element: str, terminator: str) -> None:
    text = interchange(BPR, rmr("10233", "500.00"))
    text = text.replace("*", element).replace("~", f"{terminator}\r\n")
    assert bank.read(text + "\x1a").sum == Decimal(500)


def test_wrong_counts_are_noted(bank: Any) -> None:
    whole = bank.read(interchange(BPR, count=9))
    assert any(
        "states 9 segments, and there are 3" in note for note in whole.table.notes
    )


def test_several_payments_in_one_file(bank: Any) -> None:
    text = interchange(BPR, "SE*3*0001~ST*820*0002~", BPR, count=3)
    assert [
        one.cells if False else one.amount for one in bank.read(text).remittances
    ] == [
        Decimal(500),
        Decimal(500),
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("SE*3*0001~", "", "cut off: this ST"),
        ("GE*1*1~", "", "GS is never closed"),
        ("BPR", "BPX", "no payment (BPR)"),
        ("500.00", "5x0", "cannot read amount"),
        ("IEA*1", "GE*1", "closes nothing"),
    ],
)
def test_what_is_broken_is_refused(
    bank: Any, old: str, new: str, sentence: str
) -> None:
    assert sentence in bank.refused(interchange(BPR).replace(old, new))


def test_a_file_that_is_cut_off_is_refused(bank: Any) -> None:
    bank.cut_anywhere(interchange(BPR, rmr("1", "500.00")), lambda _: set())
