"""What people have decided again and again, as a line that would decide it alone.

Nothing is learned by itself: a proposal is shown, and counts once a person has put
its line where it belongs.  Who was decided in two ways is never proposed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from importer.journal.entry import Entry, Skipped
from importer.mapping.aliases import written
from importer.model import Alias, Remittance
from importer.resolve.names import canonical
from importer.resolve.snapshot import Books

OFTEN = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A remitter whom people decided the same way, how often, and the line for it.

    `line` belongs into `file`; `remittances` are those that were decided so.
    """

    remitter: str
    sentence: str
    file: str
    line: str
    remittances: tuple[str, ...]


def proposals(
    decided: Iterable[Entry], books: Books, header: str = ""
) -> tuple[Proposal, ...]:
    """Propose what people decided the same way at least three times.

    `decided` are the entries that people decided, the oldest first; `header` is that of
    the table of aliases.
    """
    by_payer: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for entry in decided:
        if isinstance(entry.notice, Remittance) and entry.decided_by:
            payer = canonical(entry.notice.remitter)
            if payer:
                by_payer[payer].append((_way(entry), entry))
    found = (_proposal(ways, books, header) for ways in by_payer.values())
    return tuple(one for one in found if one is not None)


def _way(entry: Entry) -> str:
    """Return the one customer, `skip`, or nothing where it was neither."""
    if isinstance(entry.state, Skipped):
        return "skip"
    customers = {part.payment.customer for part in entry.parts}
    return customers.pop() if len(customers) == 1 else ""


def _proposal(
    ways: list[tuple[str, Entry]], books: Books, header: str
) -> Proposal | None:
    way, last = ways[-1]
    if len(ways) < OFTEN or not way or {one for one, _ in ways} != {way}:
        return None
    assert isinstance(last.notice, Remittance), "only these are grouped"
    remitter = " ".join(last.notice.remitter.split())
    times = f'"{remitter}" was decided {len(ways)} times as'
    keys = tuple(entry.id for _, entry in ways)
    if way == "skip":
        file = f"mappings/{last.file.mapping}.toml"
        return Proposal(remitter, f"{times} no payment", file, _rule(remitter), keys)
    if books.sightings(remitter, ""):
        return None
    customer = books.customers.get(way)
    name = f" {customer.name}" if customer else ""
    sentence = f"{times} customer {way}{name}"
    by, since = last.decided_by, last.changed_at.date().isoformat()
    alias = Alias(remitter, "", way, since, by, "decided so by hand", 0)
    line = written(header, alias)
    return Proposal(remitter, sentence, "mappings/customers.csv", line, keys)


def _rule(remitter: str) -> str:
    """Write a rule that skips what this remitter is in."""
    pattern = re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", remitter)
    quote = "'''" if "'" in pattern else "'"
    name = remitter.replace("\\", "").replace('"', "")
    return (
        f'[[rule]]\nname = "{name}"\n'
        f"when = {{ remitter = {quote}^{pattern}{quote} }}\nskip = true"
    )
