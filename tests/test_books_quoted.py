"""What a file names that the books do not know, asked for once: plain values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from importer import shipped
from importer.books import Stored
from importer.books.quoted import MOST_OF_A_TEXT, Quote, asked, named, quotes
from importer.mapping.load import load_folder
from importer.mapping.schema import Mapping
from importer.model import (
    AdviceLine,
    Alias,
    Customer,
    Invoice,
    Notice,
    Place,
    Remittance,
    Unreadable,
)
from importer.resolve.snapshot import Books

DAY = date(2026, 3, 18)
ACME = Customer("10", "ACME", "Acme Ltd")
KNOWN = Invoice("70001", "10", Decimal(5), po_number="970001")
ALIASES = [
    Alias("ACME", "", "ACME", "", "", "", 2),
    Alias("NEW ONE", "", "11", "", "", "", 3),
]
BOOKS = Books([ACME], [KNOWN], ALIASES)


def plain() -> Mapping:
    """Return a mapping whose rules name no customer."""
    mappings = load_folder(shipped.folder("mappings"))
    return next(one for one in mappings if not named([one], ()))


def said(
    text: str = "",
    remitter: str = "ACME",
    amount: str = "5",
    customer: str = "",
    advice: tuple[AdviceLine, ...] = (),
) -> Remittance:
    return Remittance(
        place=Place("bank.csv", 2),
        account="A",
        currency="USD",
        amount=Decimal(amount),
        value_date=DAY,
        booking_date=DAY,
        remitter=remitter,
        text=text,
        reference="",
        identity=(text,),
        customer=customer,
        advice=advice,
    )


def wanted(*notices: Notice) -> tuple[Quote, ...]:
    return quotes(plain(), notices, BOOKS)


def test_a_number_that_the_books_do_not_know_is_asked_for_once() -> None:
    assert wanted(said("INV 70002"), said("70002 AGAIN")) == (Quote("10", "70002"),)


def test_what_is_known_by_number_or_by_reference_is_not_asked_for() -> None:
    assert wanted(said("INV 70001 AND 970001")) == ()


def test_numbers_with_letters_and_those_that_the_file_states_are_asked_for() -> None:
    line = AdviceLine("F-77/A", Decimal(5), Decimal(0), 3)
    found = {one.number for one in wanted(said("INV I00000294", advice=(line,)))}
    assert found == {"F-77/A", "I00000294"}


def test_no_more_of_a_text_than_it_may_cost() -> None:
    text = " ".join(str(80000 + number) for number in range(40))
    assert len(wanted(said(text))) == MOST_OF_A_TEXT


def test_a_new_customer_is_asked_for_and_not_his_numbers() -> None:
    assert wanted(said("INV 70002", remitter="NEW ONE")) == (Quote("11"),)
    assert wanted(said("INV 70002", remitter="", customer="12")) == (Quote("12"),)
    assert wanted(said("70002", remitter="", customer="ACME"))[0].customer == "10"


def test_nothing_is_asked_for_nobody_for_money_out_or_for_what_is_not_read() -> None:
    unread = Unreadable(Place("bank.csv", 3), "70002", "no amount", "")
    out = said("70002", amount="-5")
    assert wanted(said("70002", remitter="NOBODY"), out, unread) == ()


def test_rules_and_aliases_name_customers_and_templates_do_not() -> None:
    mappings = load_folder(shipped.folder("mappings"))
    found = named(mappings, ALIASES)
    assert found[:2] == ("ACME", "11")
    assert len(set(found)) == len(found) > 2
    assert not [one for one in found if "{" in one]


@dataclass
class Ledger:
    """An ERP that knows one customer and one invoice more."""

    asked: list[object] = field(default_factory=list)

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        self.asked.append(known)
        yield from (Customer(one, "", "New") for one in known if one == "11")

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        assert first == last == DAY
        yield from (Invoice("80001", one, Decimal(9)) for one in known)

    def quoted(self, number: str, customer: str) -> Invoice | None:
        self.asked.append(number)
        return Invoice(number, customer, Decimal(7)) if number == "70002" else None


def test_what_is_found_is_put_to_the_books_and_what_is_not_is_left() -> None:
    at = datetime(2026, 3, 17, tzinfo=UTC)
    stored, erp = Stored((ACME,), (KNOWN,), at, "crmcom"), Ledger()
    some = (Quote("10", "70002"), Quote("10", "70003"), Quote("11"), Quote("12"))
    found = asked(stored, some[:3], erp, DAY)
    assert [one.id for one in found.customers] == ["10", "11"]
    assert [one.number for one in found.invoices] == ["70001", "70002", "80001"]
    assert (found.synced_at, found.source) == (at, "crmcom")
    assert erp.asked == ["70002", "70003", ("11",)]
    assert asked(stored, some[3:], erp, DAY) == stored
    assert asked(stored, (), erp, DAY) == stored
