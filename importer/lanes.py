"""Which remittances go in order, and which may go side by side.

Pure.  Two that pay for the same customer stand in one lane, as do all that share a
customer with either of them.
"""

from collections import defaultdict
from collections.abc import Sequence

from importer.journal.entry import Entry


def lanes(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Group what must go in order: no customer stands in two lanes."""
    leaders: dict[str, str] = {}

    def leader(customer: str) -> str:
        while (other := leaders.setdefault(customer, customer)) != customer:
            customer = other
        return customer

    for entry in entries:
        first = leader(entry.parts[0].payment.customer)
        for part in entry.parts:
            leaders[leader(part.payment.customer)] = first
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[leader(entry.parts[0].payment.customer)].append(entry)
    return list(found.values())
