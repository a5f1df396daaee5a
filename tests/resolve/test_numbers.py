"""Invoice numbers in free text: what counts, what is repaired, and what never is."""

from decimal import Decimal

import pytest

from importer.mapping.policy import InvoiceNumbers
from importer.model import Invoice
from importer.resolve.numbers import Numbers, find

OPEN = (
    *("10233", "10234", "10235", "10240", "54064", "5406423", "6067132", "6136194"),
    *("6200122", "6032946", "5997137", "851333", "118407", "118408", "118411"),
)
BOOKS = {number: Invoice(number, "1", Decimal(100)) for number in OPEN}


def look(text: str, *hidden: str, **rules: object) -> Numbers:
    return find(
        text,
        lambda number: BOOKS.get(number.lstrip("0")),
        InvoiceNumbers.model_validate(rules),
        hidden,
    )


def found(text: str, *hidden: str, **rules: object) -> list[str]:
    return [one.invoice.number for one in look(text, *hidden, **rules).quoted]


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
