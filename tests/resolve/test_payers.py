"""Whose money it is: accounts, remembered names, names cut off, and look-alikes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from importer.model import Alias, Customer, Invoice
from importer.resolve.names import canonical
from importer.resolve.snapshot import Books

CUSTOMERS = (
    Customer("1", "ROSE", "Rosewood Floral Wholesale of Tampa, LLC"),
    Customer("2", "GREENL", "Green Garden LLC"),
    Customer("3", "GREENI", "Green Garden Inc."),
    Customer("4", "MUEL", "Blumen Müller GmbH & Co. KG"),
    Customer("5", "HARB", "Harbor Lights Events Orlando"),
    Customer("6", "HARB2", "Harbor Lights Events Ocala"),
    Customer("7", "PEPE", "Flores de Pepe, S.A. de C.V."),
)


def alias(remitter: str, account: str, customer: str, line: int = 2) -> Alias:
    return Alias(remitter, account, customer, "", "", "", line)


def known(remitter: str, account: str = "", *aliases: Alias) -> list[str]:
    books = Books(CUSTOMERS, (), aliases)
    return [customer for customer, _ in books.sightings(remitter, account)]


@pytest.mark.parametrize(
    ("remitter", "customers"),
    [
        ("ROSEWOOD FLORAL WHOLESALE OF TAMPA", ["1"]),
        ("ORIG CO NAME:ROSEWOOD FLORAL WHOLESALE OF TAMPA LLC", ["1"]),
        ("Zelle payment from Rosewood Floral Wholesale of Tampa", ["1"]),
        ("BLUMEN MULLER GMBH & CO KG", ["4"]),
        ("Blumen Müller", ["4"]),
        ("GUTSCHRIFT VON Blumen Müller und Co", ["4"]),
        ("TRANSFERENCIA RECIBIDA DE FLORES DE PEPE SA DE CV", ["7"]),
        # As it is written, of two that differ in their legal form alone.
        ("GREEN GARDEN LLC", ["2"]),
        ("GREEN GARDEN, INC", ["3"]),
        ("GREEN GARDEN", ["2", "3"]),
        # Cut off at 16 and 22 characters.
        ("ROSEWOOD FLORAL ", []),
        ("ROSEWOOD FLORAL WHOLES", ["1"]),
        ("ROSEWOOD FLORAL WH", []),
        ("HARBOR LIGHTS EVENTS O", ["6", "5"]),
        # One letter is Cyrillic.
        ("GREEN G\u0410RDEN LLC", []),
        ("ROSEWOOD FLORAL WHOLESALE OF TAMPE", []),
        ("", []),
    ],
)
def test_the_erp_s_own_names_are_known(remitter: str, customers: list[str]) -> None:
    assert known(remitter) == customers


def test_what_is_remembered_goes_before_the_erp_s_own_name() -> None:
    remembered = alias("Green Garden LLC", "", "7")
    assert known("GREEN GARDEN LLC", "", remembered) == ["7"]
    # Without its legal form it may be any of the three.
    assert known("GREEN GARDEN", "", remembered) == ["7", "2", "3"]
    # The name of another customer, letter by letter, is not what was remembered.
    assert known("GREEN GARDEN INC", "", remembered) == ["3"]


@pytest.mark.parametrize(
    ("remembered", "account", "is_known"),
    [
        ("DE00 1234 5678 9012 3456 78", "DE00123456789012345678", True),
        ("021000021-4471203", "0210000214471203", True),
        ("4471203886", "021000021 4471203886", True),
        ("xxxx7781", "XXXX7781", True),
        ("7781", "****7781", True),
        ("7781", "00007781", True),
        # Four figures of a whole account are anybody's.
        ("7781", "0210000217781", False),
        ("778", "778", True),
        ("4471203886", "1203886", False),
        ("", "1203886", False),
    ],
)
def test_an_account_is_known_by_its_end(
    remembered: str, account: str, *, is_known: bool
) -> None:
    found = known("SOMEBODY", account, alias("", remembered, "4"))
    assert found == (["4"] if is_known else [])


def test_the_longest_end_of_an_account_is_the_payer() -> None:
    two = (alias("", "44712038", "4"), alias("", "9944712038", "7", 3))
    assert known("", "1199-44712038", *two) == ["7"]
    assert known("", "1188-44712038", *two) == ["4"]


def test_one_name_with_two_accounts_is_two_customers() -> None:
    two = (alias("PETAL", "xxxx6612", "5"), alias("PETAL", "xxxx6619", "6", 3))
    assert known("Petal", "0210-6612", *two) == ["5"]
    assert known("Petal", "0210-6619", *two) == ["6"]
    assert known("Petal", "", *two) == []


def test_similar_names_are_found_with_their_score() -> None:
    books = Books(CUSTOMERS, ())
    assert books.similar("ROSEWOD FLORAL WHOLESALE TAMPA") == [
        ("1", "Rosewood Floral Wholesale of Tampa, LLC", 94)
    ]
    assert [one for one, *_ in books.similar("HARBOR LIGHTS EVENT")] == ["6", "5"]
    assert books.similar("ZZZZZZ") == []
    assert books.similar("") == []


@given(some.text(min_size=1, max_size=40))
def test_a_name_compares_equal_to_itself_however_it_is_set(name: str) -> None:
    assert canonical(name) == canonical(f"  {name}  ") == canonical(canonical(name))


@given(some.lists(some.sampled_from("ABCDEFGH"), min_size=12, max_size=34))
def test_another_customer_only_ever_makes_a_name_ambiguous(letters: list[str]) -> None:
    name = "".join(letters)
    one = Customer("1", "", name)
    for other in (f"{name} LLC", f"{name}X", name[:-1], "UNRELATED"):
        both = Books((one, Customer("2", "", other)), ())
        assert "1" in [customer for customer, _ in both.sightings(name, "")]


def test_open_amounts_are_counted_over_all_customers() -> None:
    books = Books(
        CUSTOMERS,
        [
            Invoice(str(number), str(number % 3), Decimal(amount))
            for number, amount in enumerate(("10.00", "10.00", "10.01"))
        ],
    )
    assert books.times_open(Decimal("10.00")) == 2
    assert books.times_open(Decimal("10.02")) == 0


def test_a_number_that_two_invoices_share_is_nobody_s() -> None:
    """Unless one is called exactly so."""
    books = Books(
        CUSTOMERS,
        [
            Invoice("0010233", "1", Decimal(10)),
            Invoice("10233", "2", Decimal(10)),
            Invoice("10240", "1", Decimal(10)),
            Invoice("10240", "2", Decimal(10)),
            Invoice("A-10250", "1", Decimal(10)),
        ],
    )
    assert [books.invoice(number) for number in ("010233", "10240", "0010240")] == [
        None,
        None,
        None,
    ]
    found = [books.invoice(number) for number in ("0010233", "a10250")]
    assert [one.customer for one in found if one] == ["1", "1"]
