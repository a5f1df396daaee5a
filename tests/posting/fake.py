"""An ERP in memory, told what to answer: for faults that no server can time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from threading import Lock

from importer.erp import Request, Traits, Unpayable
from importer.identity import markers_in
from importer.lookup import windows
from importer.model import (
    Customer,
    Found,
    InDoubt,
    Invoice,
    NotSent,
    Outcome,
    Payment,
    Posted,
    Refused,
)

Answer = Outcome | Exception | Callable[[Request], Outcome]


class BookErp:
    """Books what it is sent, unless the next of its answers says otherwise."""

    traits = Traits("komet", "payment.receive")

    def __init__(self) -> None:
        self.book: list[Found] = []
        self.sent: list[str] = []
        self.asked: list[str] = []
        self.answers: deque[Answer] = deque()
        self.list_trouble: Exception | None = None
        self.unpayable: set[str] = set()
        self._lock = Lock()

    def prepare(self, payment: Payment) -> Request | Unpayable:
        if payment.marker in self.unpayable:
            return Unpayable("the reference is too long")
        return Request(
            payment, f"{payment.reference} {payment.marker}", b"{}", "d" * 64
        )

    def send(self, request: Request) -> Outcome:
        with self._lock:
            self.sent.append(request.payment.marker)
            answer = self.answers.popleft() if self.answers else None
        match answer:
            case None:
                return Posted(self.booked(request).control_number)
            case Exception():
                raise answer
            case Posted() | Refused() | NotSent() | InDoubt():
                return answer
            case _:
                return answer(request)

    def booked(self, request: Request, *, total: str = "", customer: str = "") -> Found:
        """Book a request, perhaps otherwise than it was sent."""
        payment = request.payment
        with self._lock:
            found = Found(
                control_number=str(88000 + len(self.book)),
                date=payment.value_date,
                customer_name=customer or payment.customer_name,
                reference=request.reference,
                notes="",
                total=type(payment.total)(total) if total else payment.total,
                applied={one.invoice: one.amount for one in payment.applications},
            )
            self.book.append(found)
        return found

    def lost(self, request: Request) -> Outcome:
        """Book it and lose the answer."""
        self.booked(request)
        return InDoubt("no answer within 60 seconds")

    def listed(self, days: Iterable[date], markers: Sequence[str]) -> tuple[Found, ...]:
        self._raise_trouble()
        assert markers is not None
        return tuple(one for some in windows(days) for one in self._dated(*some))

    def numbered(
        self, numbers: Sequence[str], days: Iterable[date]
    ) -> tuple[Found, ...]:
        return tuple(o for o in self.listed(days, ()) if o.control_number in numbers)

    def _dated(self, first: date, last: date) -> tuple[Found, ...]:
        self.asked.append(f"{first} {last}")
        return tuple(one for one in self.book if one.date and first <= one.date <= last)

    def search(self, reference: str) -> tuple[Found, ...]:
        """Answer as a LIKE does: with more than was asked for."""
        self.asked.append(reference)
        self._raise_trouble()
        return tuple(one for one in self.book if one.reference[:3] == reference[:3])

    def _raise_trouble(self) -> None:
        if self.list_trouble:
            raise self.list_trouble

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        assert not known
        return iter(())

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        assert first <= last
        assert not known
        return iter(())

    def quoted(self, number: str, customer: str) -> Invoice | None:
        assert number
        assert customer
        return None

    def check(self) -> Sequence[str]:
        return ()

    def markers(self) -> list[str]:
        """Return the marker of every payment that came in, once for each."""
        return [
            mark
            for one in self.book
            if one.total > 0
            for mark in markers_in(one.reference)
        ]
