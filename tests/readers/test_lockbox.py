"""Lockbox files are read check by check, and proven by their totals."""

from decimal import Decimal
from typing import Any

import pytest

from importer.transcribe import Standing

DAY = "260318"


def check(cents: int = 50000, item: int = 1, name: str = "ROSEWOOD FLORAL") -> str:
    payer = f"2313801040001234555{4471:010}031626"
    return f"6001{item:03}{cents:010}{payer}{name:30}{'FLORADA':20}"


def overflow(text: str, item: int = 1, number: int = 1) -> str:
    return f"4001{item:03}6{number:02}9{text}"


def listed(invoice: str, cents: int, width: int = 12, item: int = 1) -> str:
    return f"4001{item:03}601{invoice:{width}}{cents:010}"


def file(*records: str, count: int | None = None, total: int | None = None) -> str:
    checks = [one for one in records if one[0] == "6"]
    number = len(checks) if count is None else count
    cents = sum(int(one[7:17]) for one in checks) if total is None else total
    lines = [
        f"100{'FLORADA':10}{'BANK':10}{DAY}0900",
        f"2{'FLORADA':10}{'BANK':10}000000000040008000801",
        f"50000000002208{DAY}{'FLORADA':10}{'BANK':10}",
        *records,
        f"70010000002208{DAY}{number:03}{cents:010}",
        f"80000000002208{DAY}{number:04}{cents:010}",
    ]
    return "\n".join([*lines, f"9{len(lines) + 1:06}"]) + "\n"


def test_a_check_is_set_out_by_its_own_names(bank: Any) -> None:
    whole = bank.read(file(check(), overflow("INV 10233 10240")))
    (one,) = whole.cells
    assert {name: value for name, value in one.items() if value} == {
        "payment": "1",
        "account": "0002208",
        "currency": "USD",
        "booking date": "2026-03-18",
        "amount": "500.00",
        "kind": "check",
        "remitter": "ROSEWOOD FLORAL",
        "payer account": "231380104 0001234555",
        "check number": "4471",
        "text": "INV 10233 10240",
        "payee": "FLORADA",
        "check date": "2026-03-16",
        "batch": "001",
        "item": "001",
    }
    assert whole.totals.standing is Standing.PROVEN


@pytest.mark.parametrize("width", [10, 12, 15, 20])
def test_invoices_with_amounts_are_advice_where_they_tie(bank: Any, width: int) -> None:
    records = [
        check(),
        listed("10233", 40000, width),
        listed("10240-" + "7" * (width - 6), 10000, width),
        check(700, 2),
        listed("10251", 700, width, item=2),
    ]
    first, second = bank.read(file(*records)).remittances
    assert [(a.invoice, a.paid) for a in first.advice] == [
        ("10233", Decimal(400)),
        ("10240-" + "7" * (width - 6), Decimal(100)),
    ]
    assert [a.invoice for a in second.advice] == ["10251"]


def test_invoices_that_do_not_tie_are_text(bank: Any) -> None:
    (one,) = bank.read(file(check(), listed("10233", 40000))).remittances
    assert one.advice == ()
    assert "0233" in one.text


@pytest.mark.parametrize(
    ("more", "sentence"),
    [({"count": 2}, "states 2 checks"), ({"total": 1}, "checks of 0.01, and has")],
)
def test_totals_that_do_not_tie_refuse_the_file(
    bank: Any, more: Any, sentence: str
) -> None:
    assert sentence in bank.refused(file(check(), **more))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("\n9000007", "\n9000017", "states 17 records"),
        ("\n7001", "\n3001", "this line cannot follow"),
        ("\n5000", "\n8000", "cannot follow"),
        (f"70010000002208{DAY}", f"7001000000220x{DAY}", "total cannot be read"),
    ],
)
def test_what_is_out_of_place_refuses_the_file(
    bank: Any, old: str, new: str, sentence: str
) -> None:
    text = file(check())
    assert old in text
    assert sentence in bank.refused(text.replace(old, new))


def test_an_empty_lockbox_is_no_fault(bank: Any) -> None:
    assert bank.read(file()).count == 0


def test_a_file_that_is_cut_off_is_refused(bank: Any) -> None:
    text = file(check(), overflow("INV 10233"))
    bank.cut_anywhere(text, lambda end: {1} if end > len(text) - 9 else set())
