"""What `remember` keeps: the bank's name of a remitter, and which customer that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from importer.journal.entry import Entry
from importer.journal.orders import Verdict
from importer.model import Alias, Pay, Remittance
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

    def alias(self, day: str, by: str) -> Alias:
        """Return the line: who said so, when, and about which remittance."""
        note = f"review of {self.remittance}"
        return Alias(self.remitter, "", self.customer, day, by, note, 0)


def remembered(
    row: Said,
    entry: Entry,
    decided: Verdict,
    books: Books,
    others: Sequence[Remembered],
) -> Remembered | None:
    """Return the alias that a row asks for, unless it is known already.

    `others` are those of the rows above.  Raises `UnsoundError` where there is
    nobody to remember, or the remitter is another customer.
    """
    if row["decision"].casefold() != "remember" or not isinstance(decided, Pay):
        return None
    assert isinstance(entry.notice, Remittance), "only these can be paid"
    remitter = " ".join(entry.notice.remitter.split())
    customers = {one.customer for one in decided.payments}
    named = canonical(remitter)
    if not named:
        raise UnsoundError("the bank names no remitter to remember", "write post")
    if len(customers) > 1:
        raise UnsoundError(
            "a remitter that pays for several customers cannot be remembered",
            "write post",
        )
    (customer,) = customers
    known = books.aliases(remitter, "")
    for one in known:
        if _id(one.customer, books) != customer:
            raise UnsoundError(
                f'"{remitter}" is remembered as customer {one.customer} already, by '
                f"customers.csv:{one.line}",
                "write post, or change that line first",
            )
    above = {one.customer for one in others if canonical(one.remitter) == named}
    if above - {customer}:
        raise UnsoundError(
            f'"{remitter}" is customer {above.pop()} already in a row above',
            "write post in one of them",
        )
    return None if known or above else Remembered(remitter, customer, entry.id)


def _id(customer: str, books: Books) -> str:
    """Return the customer's id where an alias names the code."""
    found = books.customer(customer)
    return found.id if found else customer
