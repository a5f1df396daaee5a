"""NACHA files are read entry by entry, and proven by their control records."""

from decimal import Decimal
from typing import Any

import pytest

from importer.transcribe import Standing

ROUTING = "23138010"


def header(day: str = "260317") -> str:
    return f"101 231380104 121042882{day}0900A094101{'Bank':23}{'Company':23}{'':8}"


def batch(
    *records: str,
    kind: str = "CCD",
    day: str = "260318",
    description: str = "INVOICES",
    number: int = 1,
    **wrong: Any,
) -> list[str]:
    first = (
        f"5200{'ROSEWOOD FLORAL':16}{'':20}1210428822{kind}{description:10}{'':6}"
        f"{day:6}   112104288{number:07}"
    )
    return [first, *records, control(8, records, number=number, **wrong)]


def entry(
    cents: int = 50000, code: str = "22", name: str = "FLORADA", number: int = 1
) -> str:
    return (
        f"6{code}{ROUTING}4{'000123456789':17}{cents:010}{'INV 10233':15}{name:22}"
        f"  012104288{number:07}"
    )


def addenda(text: str, number: int = 1, kind: str = "05") -> str:
    return f"7{kind}{text:80}{number:04}{1:07}"


def sums(given: Any, **wrong: Any) -> dict[str, int]:
    entries = [one for one in given if one[0] == "6"]
    said = {
        "records": sum(one[0] in "67" for one in given),
        "hash": sum(int(one[3:11]) for one in entries) % 10**10,
        "debits": sum(int(one[29:39]) for one in entries if one[2] >= "5"),
        "credits": sum(int(one[29:39]) for one in entries if one[2] < "5"),
    }
    return said | wrong


def control(kind: int, given: Any, number: int = 1, **wrong: Any) -> str:
    said = sums(given, **wrong)
    if kind == 8:
        return (
            f"8200{said['records']:06}{said['hash']:010}{said['debits']:012}"
            f"{said['credits']:012}1210428822{'':25}12104288{number:07}"
        )
    return (
        f"9{number:06}{1:06}{said['records']:08}{said['hash']:010}{said['debits']:012}"
        f"{said['credits']:012}{'':39}"
    )


def file(*batches: list[str], **wrong: Any) -> str:
    records = [record for one in batches for record in one]
    lines = [header(), *records, control(9, records, number=len(batches), **wrong)]
    lines += ["9" * 94] * (-len(lines) % 10)
    assert {len(line) for line in lines} == {94}
    return "\n".join(lines) + "\n"


def test_an_entry_is_set_out_by_its_own_names(bank: Any) -> None:
    whole = bank.read(file(batch(entry())))
    (one,) = whole.cells
    assert {name: value for name, value in one.items() if value} == {
        "payment": "1",
        "account": "231380104 000123456789",
        "currency": "USD",
        "booking date": "2026-03-18",
        "amount": "500.00",
        "kind": "ach",
        "remitter": "ROSEWOOD FLORAL",
        "reference": "INV 10233",
        "bank reference": "012104288000000",
        "receiver": "FLORADA",
        "receiver id": "INV 10233",
        "company id": "1210428822",
        "entry class": "CCD",
        "entry description": "INVOICES",
        "transaction code": "22",
    } | {"bank reference": one["bank reference"]}
    assert whole.totals.standing is Standing.PROVEN


@pytest.mark.parametrize(
    ("code", "amount", "caution"),
    [
        ("22", "500.00", ""),
        ("32", "500.00", ""),
        ("27", "-500.00", ""),
        ("37", "-500.00", ""),
        ("21", "500.00", "a return or a notification"),
        ("23", "500.00", "prenote"),
        ("28", "-500.00", "prenote"),
    ],
)
def test_the_transaction_code_says_the_sign(
    bank: Any, code: str, amount: str, caution: str
) -> None:
    (one,) = bank.read(file(batch(entry(code=code)))).cells
    assert one["amount"] == amount
    assert caution in one["caution"]
    assert bool(one["caution"]) == bool(caution)


@pytest.mark.parametrize(
    ("records", "more", "caution"),
    [
        ([entry(), addenda("R01121042880000001", kind="99")], {}, "returned"),
        ([entry(), addenda("C01121042880000001", kind="98")], {}, "notification"),
        ([entry()], {"description": "REVERSAL"}, "reversal"),
        ([entry(cents=0)], {}, "zero"),
    ],
)
def test_what_is_no_plain_payment_waits_for_a_person(
    bank: Any, records: list[str], more: Any, caution: str
) -> None:
    (one,) = bank.read(file(batch(*records, **more))).remittances
    assert caution in one.caution


def test_addenda_are_joined_and_what_fills_its_width_goes_on(bank: Any) -> None:
    first = "INVOICES " + "1" * 71
    records = [entry(), addenda(first), addenda("0233 AND 10240", 2), entry(number=2)]
    one, other = bank.read(file(batch(*records))).remittances
    assert one.text == f"{first}0233 AND 10240"
    assert other.text == ""


def test_an_820_in_the_addenda_is_advice(bank: Any) -> None:
    said = (
        r"ISA~\ST*820*1\RMR*IV*10233**400.00*410.00*10.00\RMR*IV*10240**100.00\SE*4*1\\"
    )
    said = said.removeprefix("ISA~\\")
    records = [entry(), addenda(said[:80]), addenda(said[80:], 2)]
    (one,) = bank.read(file(batch(*records, kind="CTX"))).remittances
    assert [(a.invoice, a.paid, a.discount) for a in one.advice] == [
        ("10233", Decimal("400.00"), Decimal("10.00")),
        ("10240", Decimal("100.00"), Decimal(0)),
    ]
    assert (one.amount, one.caution) == (Decimal("500.00"), "")


def test_an_820_that_does_not_make_the_amount_is_for_a_person(bank: Any) -> None:
    said = r"RMR*IV*10233**510.00*500.00*10.00\\"
    (one,) = bank.read(file(batch(entry(), addenda(said)))).remittances
    assert one.advice == ()
    assert "make 510.00 of 500.00, and would make it if paid and total" in one.caution
    assert "10233" in one.text


@pytest.mark.parametrize("day", ["      ", "000000"])
def test_a_blank_day_is_the_day_the_file_was_made(bank: Any, day: str) -> None:
    (one,) = bank.read(file(batch(entry(), day=day))).cells
    assert one["booking date"] == "2026-03-17"


def test_a_file_without_line_ends_is_read(bank: Any) -> None:
    text = file(batch(entry(), entry(100, number=2)))
    assert bank.read(text.replace("\n", "")).sum == Decimal("501.00")
    assert bank.read(text.replace("\n", "\r\n")).sum == Decimal("501.00")


def test_blanks_that_were_taken_away_are_put_back(bank: Any) -> None:
    text = "\n".join(line.rstrip() for line in file(batch(entry())).split("\n"))
    assert bank.read(text).count == 1


@pytest.mark.parametrize("name", ["records", "hash", "debits", "credits"])
def test_controls_that_do_not_tie_refuse_the_file(bank: Any, name: str) -> None:
    records = batch(entry(), entry(7, "27", number=2))
    right = sums(records)[name]
    more: dict[str, Any] = {name: right + 1}
    is_money = name in ("debits", "credits")
    shown = f"{right // 100}.{right % 100:02}" if is_money else f"{right}"
    for wrong in (
        file(batch(entry(), entry(7, "27", number=2), **more)),
        file(records, **more),
    ):
        assert f"make {shown}" in bank.refused(wrong)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("\n6", "\n4", 'no record of type "4"'),
        ("\n6", "\nX\n6", 'no record of type "X"'),
        ("\n8", "\n5", "cannot follow"),
        ("FLORADA", "FLORADA" + " " * 20 + "x", "letters, not 94"),
    ],
)
def test_what_is_out_of_place_refuses_the_file(
    bank: Any, old: str, new: str, sentence: str
) -> None:
    assert sentence in bank.refused(file(batch(entry())).replace(old, new, 1))


def test_addenda_out_of_sequence_refuse_the_file(bank: Any) -> None:
    text = file(batch(entry(), addenda("one"), addenda("three", 3)))
    assert "addenda 0003 stands where 0002 should be" in bank.refused(text)


def test_an_amount_of_no_figures_is_never_zero(bank: Any) -> None:
    text = file(batch(entry()))
    assert "cannot be read" in bank.refused(text.replace("0000050000", "00000x0000"))


def test_a_file_that_is_cut_off_is_refused(bank: Any) -> None:
    text = file(batch(entry(), entry(number=2)))
    ends = text.index("\n9") + 56
    bank.cut_anywhere(text, lambda end: {2} if end >= ends else set())
