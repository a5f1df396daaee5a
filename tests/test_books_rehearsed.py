"""The stand-in is told what it can hold of a company's own customers and invoices."""

from datetime import date
from decimal import Decimal

from importer.books.rehearsed import seed
from importer.model import Customer, Invoice

TODAY = date(2026, 3, 16)


def invoice(number: str, customer: str) -> Invoice:
    return Invoice(number=number, customer=customer, open=Decimal("5.00"))


def test_numbers_that_differ_in_zeros_alone_are_given_to_the_first() -> None:
    customers = [Customer("007", "", "Petal"), Customer("7", "", "Rosewood")]
    invoices = [invoice("0012", "007"), invoice("12", "007"), invoice("13", "7")]
    given = seed(customers, invoices, TODAY)
    assert [one["id"] for one in given["customers"]] == ["007"]
    assert [one["number"] for one in given["invoices"]] == ["0012"]
