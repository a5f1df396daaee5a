"""What `remember` keeps: the bank's name of a remitter, and which customer that is."""

from collections.abc import Mapping
from dataclasses import dataclass

from importer.journal.entry import Entry
from importer.journal.orders import Verdict
from importer.model import Pay, Remittance
from importer.resolve.names import canonical
from importer.resolve.snapshot import Books
from importer.review.payments import UnsoundError
from importer.review.sheet import Said


@dataclass(frozen=True, slots=True)
class Remembered:
    """An alias that a person wants kept, and the remittance it comes from."""

    remitter: str
    customer: str
    remittance: str


def remembered(
    row: Said,
    entry: Entry,
    decided: Verdict,
    books: Books,
    others: Mapping[str, Remembered],
) -> Remembered | None:
    """Return the alias that a row asks for; raises `UnsoundError` where none can be.

    `others` are those of the rows before.
    """
    if row["decision"].casefold() != "remember" or not isinstance(decided, Pay):
        return None
    assert isinstance(entry.notice, Remittance), "only these can be paid"
    remitter = " ".join(entry.notice.remitter.split())
    customers = {one.customer for one in decided.payments}
    if not canonical(remitter):
        raise UnsoundError("the bank names no remitter to remember", "write post")
    if len(customers) > 1:
        raise UnsoundError(
            "a remitter that pays for several customers cannot be remembered",
            "write post",
        )
    (customer,) = customers
    known = {_id(one.customer, books) for one in books.aliases(remitter, "")}
    known |= {
        one.customer
        for one in others.values()
        if canonical(one.remitter) == canonical(remitter)
    }
    if other := known - {customer}:
        raise UnsoundError(
            f'"{remitter}" is remembered as customer {other.pop()} already',
            "write post, or change that line of mappings/customers.csv first",
        )
    # What stands in customers.csv already is not written a second time.
    return None if known else Remembered(remitter, customer, entry.id)


def _id(customer: str, books: Books) -> str:
    """Return the customer's id where an alias names the code."""
    found = books.customer(customer)
    return found.id if found else customer
