"""The pieces of a CAMT message, as texts under the names of `camt_places`."""

import marshal
from collections.abc import Iterator
from dataclasses import dataclass, field

Values = dict[str, str]

LARGEST_ENTRY = 128 << 20
_EACH = 64


class Unfit(Exception):
    """The file holds what no bank writes; says what."""


@dataclass(slots=True)
class Statement:
    """A statement begins: what stands in it before its entries, as it is read."""

    line: int
    values: Values


@dataclass(slots=True)
class Balance:
    """A balance of the statement."""

    line: int
    values: Values


@dataclass(slots=True)
class Summary:
    """What the statement says of the numbers and sums of its entries."""

    line: int
    values: Values


@dataclass(slots=True)
class Payment:
    """One payment of an entry (`TxDtls`), and its structured documents (`Strd`)."""

    line: int
    values: Values = field(default_factory=dict)
    documents: list[Values] = field(default_factory=list)


class Payments:
    """The payments of one entry, in order; all but the first are packed."""

    __slots__ = ("_first", "_packed", "_size")

    def __init__(self) -> None:
        """Begin with none."""
        self._first: Payment | None = None
        self._packed: list[bytes] = []
        self._size = 0

    def add(self, payment: Payment) -> None:
        """Add one; more than memory should hold is unfit."""
        if self._first is None:
            self._first = payment
            return
        packed = marshal.dumps((payment.line, payment.values, payment.documents))
        self._packed.append(packed)
        self._size += len(packed) + _EACH
        if self._size > LARGEST_ENTRY:
            raise Unfit("one entry with more payments than this program can hold")

    def __len__(self) -> int:
        """Return how many there are."""
        return (self._first is not None) + len(self._packed)

    def __iter__(self) -> Iterator[Payment]:
        """Yield them, one unpacked at a time."""
        if self._first is not None:
            yield self._first
        for packed in self._packed:
            yield Payment(*marshal.loads(packed))  # noqa: S302 we packed it


@dataclass(slots=True)
class Entry:
    """One bank line: its statement, its own values, and its payments."""

    line: int
    statement: Statement
    values: Values = field(default_factory=dict)
    payments: Payments = field(default_factory=Payments)


Piece = Statement | Balance | Summary | Entry
