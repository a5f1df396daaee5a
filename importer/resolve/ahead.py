"""Decide a part of a file before what stands above it is, and mend it afterwards.

    the part alone ─ahead─▶ Ahead …        what is above ─▶ Run
                              └───────── mended ──────────────┘

So that the parts of a large file can be decided at once.  Promises:
1. What comes out is what deciding one after the other gives, word for word.
2. A decision is kept only where all invoices that it looked at are left by the rows
   above as they were foreseen; any other is made anew.

Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from importer.model import Remittance, Resolution
from importer.resolve import Run, applied

Items = Iterable[tuple[str, Remittance]]


class Ahead(NamedTuple):
    """A decision as if a part stood alone, and the invoices that it looked at."""

    resolution: Resolution
    looked: tuple[str, ...]


class _Watched(dict[str, Decimal]):
    """What was taken of each invoice, and after which of them somebody has asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, None] = {}

    def get(self, invoice: str, default: Decimal | None = None) -> Decimal | None:  # type: ignore[override] # as it is called here
        self.asked[invoice] = None
        return super().get(invoice, default)


def ahead(items: Items, run: Run) -> list[Ahead]:
    """Decide a part as if nothing stood above it; `run` has taken nothing yet."""
    assert not run.taken, "a part that stands alone finds all invoices as they are"
    watched = run.taken = _Watched()
    found = []
    for key, remittance in items:
        watched.asked.clear()
        resolution = run.decide(key, remittance)
        found.append(Ahead(resolution, tuple(watched.asked)))
        run.take(resolution)
    return found


def mended(items: Items, found: Sequence[Ahead], run: Run) -> Iterator[Resolution]:
    """Keep what is decided so below what `run` has taken, and decide the rest anew."""
    otherwise = set(run.taken)
    for (key, remittance), one in zip(items, found, strict=True):
        resolution = one.resolution
        if not otherwise.isdisjoint(one.looked):
            resolution = run.decide(key, remittance)
            both = (*applied(one.resolution), *applied(resolution))
            otherwise.update(part.invoice for part in both)
        run.take(resolution)
        yield resolution
