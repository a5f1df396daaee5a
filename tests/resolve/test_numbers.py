"""Invoice numbers in free text: what counts, what is repaired, and what never is."""

import re
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.mapping.policy import InvoiceNumbers
from importer.model import Invoice
from importer.resolve.numbers import Numbers, Shelf, find
from importer.resolve.snapshot import Books

LETTERED = ("INV-2026-0417", "SI/2026/00418", "A10299", "2026-A-77")
OPEN = (
    *LETTERED,
    *("10233", "10234", "10235", "10240", "54064", "5406423", "6067132", "6136194"),
    *("6200122", "6032946", "5997137", "851333", "118407", "118408", "118411"),
)
BOOKS = Books((), [Invoice(number, "1", Decimal(100), po_number="") for number in OPEN])


def look(text: str, *hidden: str, **rules: object) -> Numbers:
    return find(
        text,
        Shelf(BOOKS.invoice, BOOKS.lengths, BOOKS.ending),
        InvoiceNumbers.model_validate(rules),
        hidden,
    )


def found(text: str, *hidden: str, **rules: object) -> list[str]:
    quoted = look(text, *hidden, **rules).quoted
    return [one.invoice.number for one in quoted if one.sure]


def guessed(text: str) -> list[str]:
    return [one.invoice.number for one in look(text).quoted if not one.sure]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("INV 10233", ["10233"]),
        ("inv10233 and INV-10240", ["10233", "10240"]),
        ("payment 10233, 10240", ["10233", "10240"]),
        ("Factuur 10233 / Rechnung Nr. 10240", ["10233", "10240"]),
        ("10233-10235", ["10233", "10234", "10235"]),
        ("invoices 10233 thru 10235", ["10233", "10234", "10235"]),
        ("RG-NR 118407/08/11", ["118407", "118408", "118411"]),
        ("10233,34,40", ["10233", "10234", "10240"]),
        ("0010233", ["10233"]),
        ("10233.0", ["10233"]),
        ("1.0233E+04", ["10233"]),
        ("540 6423", ["5406423"]),
        ("60-67132, 61-36194", ["6067132", "6136194"]),
        ("6 200 122", ["6200122"]),
        ("6.032946", ["6032946"]),
        ("599 7137", ["5997137"]),
        ("001*0050*0000851333", ["851333"]),
        ("INV 10233 INV 10233", ["10233"]),
        ("10233..10235", ["10233", "10234", "10235"]),
        ("10233 - 10235", ["10233", "10234", "10235"]),
        ("Rechnungen 10233 bis 10235", ["10233", "10234", "10235"]),
        ("facturas 10233 al 10235", ["10233", "10234", "10235"]),
        ("facturen 10233 t/m 10235", ["10233", "10234", "10235"]),
        ("10233 y 34", ["10233", "10234"]),
        ("INV 10233 500.00, 10240 245.00 less 5.00", ["10233", "10240"]),
        ("INV 102 33", ["10233"]),
        ("1-0233", ["10233"]),
        ("10.233", ["10233"]),
        ("000000010233", ["10233"]),
        ("inv. no. 10233", ["10233"]),
        ("#10233 #10240", ["10233", "10240"]),
        ("Fra. 10233", ["10233"]),
        ("PAGO FACT 10233 Y 10240", ["10233", "10240"]),
        ("INV-2026-0417", ["INV-2026-0417"]),
        ("inv 2026 0417", []),
        ("INV2026-0417", ["INV-2026-0417"]),
        ("inv/2026/0417", ["INV-2026-0417"]),
        ("SI 2026/00418", ["SI/2026/00418"]),
        ("a10299", ["A10299"]),
        ("2026-A-77 thanks", ["2026-A-77"]),
    ],
)
def test_what_payers_write_is_found(text: str, numbers: list[str]) -> None:
    assert sorted(found(text)) == sorted(numbers)


@pytest.mark.parametrize(
    "text",
    [
        "9910233",
        "102331",
        "A10233B",
        "account 44-10233-7781",
        "USD 10233.00",
        "$10,233.50",
        "305-410-2339",
        "(305) 410-2339",
        "10233%",
        "12/10/2331",
        "10 2",
        "nothing at all",
        "ACCT 10233",
        "account no. 10233",
        "CHECK #10233",
        "chk 10233",
        "TRACE 10233",
        "conf no 10233",
        "tel 10233",
        "10233 MAIN STREET",
        "10240 NW Seventh Ave",
        "MIAMI FL 10233",
        "+49 10233 10240",
        "10233.00",
        "1.023,30",
        "10 233 456",
        "2026-10-23 3",
        "A102991",
    ],
)
def test_what_only_looks_like_a_number_of_ours_is_not_found(text: str) -> None:
    assert found(text) == []


def test_the_reference_itself_counts_only_behind_a_prefix() -> None:
    assert found("CHECK 10233", "10233") == []
    assert found("INV 10233", "10233") == ["10233"]


def test_a_prefix_that_the_mapping_asks_for_must_be_there() -> None:
    assert found("10233 INV 10240", prefixes=("INV",)) == ["10240"]


def test_lengths_that_the_mapping_names_are_kept_to() -> None:
    assert found("10233 851333", digits=(6,)) == ["851333"]


def test_without_repair_a_number_stands_for_itself_alone() -> None:
    assert found("540 6423 0010240 10234", repair=False) == ["10234"]


def test_a_range_needs_both_ends_open() -> None:
    assert found("10230-10233") == []
    assert found("invoices 10233-10999") == ["10233"]


def test_numbers_called_invoices_that_are_not_open_are_told() -> None:
    assert look("INV 10999").unknown == ("10999",)


def test_each_find_says_where_it_stands() -> None:
    (one,) = look("WIRE INV 10233 THANKS").quoted
    assert one.found == '"10233" in the text at 10-14'


def test_what_could_be_read_otherwise_is_only_guessed() -> None:
    for text, numbers in (
        ("10233-35", ["10233", "10234", "10235"]),
        ("INV 1O233", ["10233"]),
        ("no. 0417", ["INV-2026-0417"]),
        ("2026-0417", []),
        ("20260417", ["INV-2026-0417"]),
        # The last figure is a check digit (Luhn).
        ("102335", ["10233"]),
    ):
        assert guessed(text) == numbers, text
        assert found(text) == [], text
    assert guessed("102334") == []


def test_a_number_that_goes_on_with_a_list_is_called_an_invoice() -> None:
    assert look("INV 10233, 10240 and 10998").unknown == ("10998",)
    assert look("10233 for 10998").alike == ("10998",)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        (
            "INV 10233 500.00, 10240 245.00 less 5.00",
            {"10233": "500.00", "10240": "245.00-5.00"},
        ),
        ("10233: $1,500.00", {"10233": "1500.00"}),
        ("10233 (EUR 1.500,00)", {"10233": "1500.00"}),
        ("10233=500.00; 10240=1 245.00", {"10233": "500.00", "10240": "1245.00"}),
        ("RG 10233 500,00 Skonto 10,00", {"10233": "500.00-10.00"}),
        ("INV 10233 AND 500.00", {}),
    ],
)
def test_amounts_beside_numbers_are_read(text: str, stated: dict[str, str]) -> None:
    assert {
        one.invoice.number: f"{one.paid}-{one.less}" if one.less else f"{one.paid}"
        for one in look(text).quoted
        if one.paid is not None
    } == stated


@given(
    st.sampled_from(("10233", "5406423", "851333")),
    st.text("0123456789", min_size=1, max_size=5),
    st.text("0123456789", max_size=5),
)
def test_no_number_is_found_inside_a_longer_one(
    number: str, before: str, after: str
) -> None:
    text = f"{before}{number}{after}"
    for one in look(f"PAYMENT {text} THANKS").quoted:
        assert not one.sure or one.invoice.number == text.lstrip("0")


@given(
    st.lists(st.sampled_from(OPEN[4:]), min_size=1, max_size=4, unique=True),
    st.randoms(),
)
def test_the_order_of_quotes_changes_nothing(
    numbers: list[str], chance: Random
) -> None:
    shuffled = chance.sample(numbers, len(numbers))
    first = " INV ".join(["", *numbers])
    second = " INV ".join(["", *shuffled])
    assert sorted(found(first)) == sorted(found(second)) == sorted(numbers)


@given(st.text("INV 0123456789.,-/$#abK", max_size=40))
def test_any_text_is_searched_and_each_find_is_where_it_says(text: str) -> None:
    for one in look(text).quoted:
        place = re.search(r" in the text at (\d+)-(\d+)", one.found)
        assert place
        begin, end = int(place[1]) - 1, int(place[2])
        assert one.found.startswith(f'"{text[begin:end]}"')
