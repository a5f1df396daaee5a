"""What waits for a person's approval, as one digest for each file.

    digest = SHA-256 of the file, and of each of its remittances: id, version,
             status, and the exact bytes that would be sent

(1) Any change gives another digest: of a row, a decision, a setting that goes into
    a request.  An approval under an older digest approves nothing.
(2) An approval is an event on each remittance, with who and when, and names the
    payloads.  `posting` sends no other payload under it.
(3) What a person has decided in a result CSV is approved by that.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from importer.erp import Erp, Request
from importer.errors import Fault, SettingsRefused
from importer.journal import Journal
from importer.journal.entry import Entry, FileRecord
from importer.journal.orders import Approve, Decision
from importer.systems import person

SHOWN = 16
LEAST = 12


@dataclass(frozen=True, slots=True)
class Proposal:
    """What of a file is ready and nobody has approved, with its digest in hex."""

    file: FileRecord
    digest: str
    entries: tuple[Entry, ...]
    payloads: Mapping[str, tuple[str, ...]]

    @property
    def sums(self) -> Mapping[str, Decimal]:
        """Return the money of it by currency."""
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for entry in self.entries:
            for part in entry.parts:
                found[part.payment.currency] += part.payment.total
        return found

    def __str__(self) -> str:
        """Say what waits, and how it is approved."""
        sums = (f"{total:,} {currency}" for currency, total in self.sums.items())
        return (
            f"{self.file.name}: {len(self.entries)} remittances, {', '.join(sums)}, "
            f"wait for approval: importer post --approve {self.digest[:SHOWN]}"
        )


def proposals(journal: Journal, erp: Erp) -> tuple[Proposal, ...]:
    """Return what waits for approval, by file, in the order taken in."""
    ready: dict[str, list[Entry]] = {}
    for entry in journal.entries(statuses=("ready",)):
        if not entry.decided_by:
            ready.setdefault(entry.file.sha256, []).append(entry)
    return tuple(_proposal(journal, erp, entries) for entries in ready.values())


def _proposal(journal: Journal, erp: Erp, ready: list[Entry]) -> Proposal:
    file = ready[0].file
    payloads = {entry.id: _payloads(erp, entry) for entry in ready}
    rows = [
        [one.id, one.version, one.status, payloads.get(one.id, ())]
        for one in journal.entries(file=file.sha256)
    ]
    said = json.dumps([file.sha256, rows], separators=(",", ":"))
    digest = hashlib.sha256(said.encode()).hexdigest()
    return Proposal(file, digest, tuple(ready), payloads)


def _payloads(erp: Erp, entry: Entry) -> tuple[str, ...]:
    prepared = [erp.prepare(part.payment) for part in entry.parts]
    return tuple(one.digest if isinstance(one, Request) else "" for one in prepared)


def approve(journal: Journal, erp: Erp, digest: str) -> Proposal:
    """Approve what has this digest, or begins so; refuses what has changed since."""
    said = digest.strip().lower()
    found = [one for one in proposals(journal, erp) if one.digest.startswith(said)]
    if len(said) < LEAST or len(found) != 1:
        sentence = f'nothing waits for approval under "{said[:SHOWN]}"'
        hint = "it has changed or was approved already; importer post shows what waits"
        raise SettingsRefused(Fault("", sentence, hint=hint))
    (one,) = found
    rejected = journal.decide(
        [
            Decision(
                entry.id,
                entry.version,
                Approve(one.payloads[entry.id]),
                person(),
            )
            for entry in one.entries
        ]
    )
    if rejected:
        sentence = f"{one.file.name} has changed while it was approved"
        hint = "nothing was approved; importer post shows what waits"
        raise SettingsRefused(Fault("", sentence, hint=hint))
    return one
