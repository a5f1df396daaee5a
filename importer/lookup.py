"""What the lists of an ERP say about a payment of ours.

Presence is told by the marker alone, compared exactly: an ERP may answer with
what is only like the reference it was asked for.  Whether it is there as we sent
it is told by customer and amount.

Pure: it must never ask the ERP, the journal or the clock.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta

from importer.identity import markers_in
from importer.model import Found, Payment

AROUND = timedelta(days=2)
"""What the date of a payment may be off: the ERP's day may be another zone's."""
WINDOW = timedelta(days=30) - 2 * AROUND


def windows(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Cut the days concerned, and those around them, into windows of 31 at most."""
    group: list[date] = []
    for day in sorted(set(days)):
        if group and day - group[0] > WINDOW:
            yield group[0] - AROUND, group[-1] + AROUND
            group = []
        group.append(day)
    if group:
        yield group[0] - AROUND, group[-1] + AROUND


def marked(found: Iterable[Found], marker: str) -> list[Found]:
    """Return what carries this marker, reversals included."""
    return [one for one in found if marker in _marks(one)]


def _marks(found: Found) -> tuple[str, ...]:
    return markers_in(f"{found.reference} {found.notes}")


class Listed:
    """What the ERP has on the days concerned: ours by marker, others by amount."""

    def __init__(
        self,
        found: Iterable[Found],
        knows: Callable[[str, Sequence[str]], bool] = lambda *_: True,
    ) -> None:
        """Sort what was listed by whose it is; windows that overlap list it twice.

        `knows` says whether the journal has a payment with this control number, or
        one of these markers.
        """
        self._knows = knows
        self._ours: dict[str, list[Found]] = defaultdict(list)
        self._numbered: dict[str, list[Found]] = defaultdict(list)
        self._others: dict[str, list[Found]] = defaultdict(list)
        every = {(one.control_number, one.date, one.total): one for one in found}
        for one in every.values():
            self._numbered[one.control_number].append(one)
            for mark in _marks(one):
                self._ours[mark].append(one)
            if one.total > 0:
                self._others[one.customer_name.casefold()].append(one)

    def ours(self, marker: str, control_number: str = "") -> list[Found]:
        """Return what carries this marker, reversals included; else the number."""
        return self._ours.get(marker) or self._numbered.get(control_number) or []

    def by_marker(self) -> Iterable[tuple[str, list[Found]]]:
        """Return all that carries a marker of ours."""
        return self._ours.items()

    def by_hand(self, payment: Payment) -> Found | None:
        """Find a payment that looks like this one, and is none of the journal's.

        A person typed it in, or a journal that was lost sent it under other words of
        the bank.  Each is found only once.
        """
        if not payment.customer_name:
            return None
        same_name = self._others[payment.customer_name.casefold()]
        for one in same_name:
            quoted = payment.reference and payment.reference in one.reference
            if not is_like(one, payment) or not (
                one.date == payment.value_date or quoted
            ):
                continue
            marks = _marks(one)
            if not marks or not self._knows(one.control_number, marks):
                same_name.remove(one)
                return one
        return None


def is_as_sent(found: Found, payment: Payment) -> bool:
    """Say whether the ERP's payment is this one down to the cents on each invoice."""
    sent = {one.invoice: one.amount for one in payment.applications}
    applied = dict(found.applied)
    return is_like(found, payment) and applied in ({}, sent)


def is_like(found: Found, payment: Payment) -> bool:
    """Say whether the ERP's payment has this customer's name, if known, and amount.

    The list's total may leave out what is unapplied (it is nothing then for a
    payment without invoices), so what is applied counts as well.
    """
    names = {found.customer_name.casefold(), payment.customer_name.casefold()}
    if len(names - {""}) > 1:
        return False
    applied = {one.invoice: one.amount for one in payment.applications}
    return found.total == payment.total or (
        found.total == payment.total - payment.unapplied
        and dict(found.applied) == applied
    )
