"""QIF is read record by record; what the whole file settles is settled once."""

from decimal import Decimal
from typing import Any

import pytest


def file(*records: str, head: str = "!Type:Bank") -> str:
    return f"{head}\n" + "".join(f"{record}\n^\n" for record in records)


FULL = (
    "D12/19'26\nU-1,234.56\nT-1,234.56\nCX\nN4471\nPROSEWOOD\nMINVOICE 10233\n"
    "LSales\nAMain St 1\nATampa\nSSales\nEone\n$-1,000.00\nSFees\n$-234.56"
)


def test_a_record_is_set_out_by_its_own_names(bank: Any) -> None:
    (one,) = bank.read(file(FULL)).cells
    assert {name: value for name, value in one.items() if value} == {
        "booking date": "2026-12-19",
        "date as written": "12/19'26",
        "amount": "-1234.56",
        "remitter": "ROSEWOOD",
        "check number": "4471",
        "text": "INVOICE 10233",
        "category": "Sales",
        "cleared": "X",
        "address": "Main St 1, Tampa",
        "splits": "Sales one -1,000.00; Fees -234.56",
    }


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (["03/04/26", "12/19/26"], "2026-03-04"),
        (["03/04/26", "19/12/26"], "2026-04-03"),
        (["2026-03-04"], "2026-03-04"),
        (["5/5/2026"], "2026-05-05"),
        (["1/ 2' 6", "1/31' 6"], "2006-01-02"),
        (["12.31.99"], "1999-12-31"),
    ],
)
def test_the_whole_file_settles_the_order_of_day_and_month(
    bank: Any, dates: list[str], first: str
) -> None:
    whole = bank.read(file(*(f"D{day}\nT1.00" for day in dates)))
    assert whole.cells[0]["booking date"] == first


@pytest.mark.parametrize("dates", [["03/04/26"], ["03/04/26", "19/12/26", "12/19/26"]])
def test_what_stays_open_is_refused_with_both_readings(
    bank: Any, dates: list[str]
) -> None:
    said = bank.refused(file(*(f"D{day}\nT1.00" for day in dates * 2)))
    assert "03/04/26 is 2026-03-04 or 2026-04-03" in said


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (["1,650", "2.50"], "1652.50"),
        (["1.650", "2,50"], "1652.50"),
        (["-1,234.56", "34.56"], "-1200.00"),
        (["10"], "10"),
    ],
)
def test_the_decimal_mark_is_settled_by_the_whole_file(
    bank: Any, amounts: list[str], total: str
) -> None:
    records = (f"D2026-03-18\nT{amount}" for amount in amounts)
    assert bank.read(file(*records)).sum == Decimal(total)


def test_an_amount_that_could_be_two_is_held(bank: Any) -> None:
    whole = bank.read(file("D2026-03-18\nT1,650"))
    assert (whole.held, whole.count) == (1, 0)


def test_a_second_t_line_is_text_and_u_stands_for_t(bank: Any) -> None:
    first, second = bank.read(
        file("D2026-03-18\nT5.00\nTINVOICE 1", "D2026-03-18\nU7.00")
    ).cells
    assert (first["amount"], first["text"]) == ("5.00", "INVOICE 1")
    assert second["amount"] == "7.00"


def test_accounts_and_lists(bank: Any) -> None:
    text = (
        "!Option:AutoSwitch\n!Account\nNSavings\nTBank\n^\n!Clear:AutoSwitch\n"
        + file("D2026-03-18\nT5.00")
        + file("NFood\nE", head="!Type:Cat")
        + file("D2026-03-18\nNBuy\nT9.00", head="!Type:Invst")
        + file("D2026-03-18\nT1.00", head="!Type:CCard")
    )
    whole = bank.read(text)
    assert [one["account"] for one in whole.cells] == ["Savings", "Savings"]
    assert whole.sum == Decimal(6)
    said = '1 records of the list "invst" are no cash lines, and are not read'
    assert said in whole.table.notes


def test_parts_that_do_not_make_the_amount_are_noted(bank: Any) -> None:
    whole = bank.read(file("D2026-03-18\nT5.00\nSA\n$4.00"))
    assert "line 2: the parts make 4.00 of 5.00" in whole.table.notes


def test_what_is_no_payment_says_so(bank: Any) -> None:
    opening, twice, plain = bank.read(
        file(
            "D2026-03-18\nT900.00\nPOpening Balance\nL[Savings]",
            "D2026-03-18\nU6.00\nT5.00",
            "D2026-03-18\nU7.00\nT+7.00",
        )
    ).cells
    assert opening["caution"] == "this is the account's opening balance, no payment"
    assert twice["caution"] == "two amounts: T says 5.00, U says 6.00"
    assert plain["caution"] == ""


def test_money_of_an_unknown_kind_is_never_passed_over(bank: Any) -> None:
    known = file("D2026-03-18\nT5.00")
    assert bank.read(known + file("NA\nE", head="!Type:Novel")).count == 1
    said = bank.refused(known + file("D2026-03-18\nT5.00", head="!Type:Novel"))
    assert 'unknown kind, "novel"' in said


@pytest.mark.parametrize("before", ["# made by a tool\n", "^\n", "\n\n"])
def test_what_stands_before_the_first_header_is_passed_over(
    bank: Any, before: str
) -> None:
    assert bank.read(before + file("D2026-03-18\nT5.00")).sum == Decimal("5.00")


@pytest.mark.parametrize("day", ["123/01/26", "01/01/101", "32/01/26", "2026-13-01"])
def test_what_is_no_date_is_held_as_it_stands(bank: Any, day: str) -> None:
    whole = bank.read(file(f"D{day}\nT5.00"))
    assert (whole.cells[0]["booking date"], whole.held) == (day, 1)


@pytest.mark.parametrize("part", ["9e9999999", "NaN", "sNaN", "Infinity", "x", ""])
def test_a_part_that_is_no_amount_proves_nothing(bank: Any, part: str) -> None:
    assert bank.read(file(f"D2026-03-18\nT5.00\nSA\n${part}")).sum == Decimal(5)


@pytest.mark.parametrize("end", [1, 2, 3, 10, 20])
def test_a_record_that_is_not_closed_is_cut_off(bank: Any, end: int) -> None:
    text = file("D2026-03-18\nT5.00", "D2026-03-18\nT6.00\nPROSEWOOD FLORAL SHOP")
    assert "not closed by ^" in bank.refused(text[: -1 - end])


def test_a_record_that_the_next_header_cuts_off_is_not_lost(bank: Any) -> None:
    cut = file("D2026-03-18\nT5.00").removesuffix("^\n")
    assert "2: the file is cut off" in bank.refused(cut + file("D2026-03-18\nT1.00"))


def test_endless_records_are_refused(bank: Any) -> None:
    assert "more than 4096 lines" in bank.refused(file("Mx\n" * 5000))
    long = "M" + "x" * 60_000 + "\n"
    assert "or 1 MiB" in bank.refused(file("D2026-03-18\nT1.00\n" + long * 20))
    assert "letters and more" in bank.refused(file("M" + "x" * 70000))
