"""What a person says to have seen in the ERP, held against what the ERP shows.

(1) A control number is taken only where the ERP shows a payment under it: money
    that came in, of the remittance's amount, and of its customer where the ERP
    says whose it is.
(2) A payment that carries the marker of another remittance is that one's.

Pure: the asking is the caller's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from importer import money
from importer.identity import markers_in
from importer.journal.entry import Entry, Held
from importer.lookup import is_as_sent, is_like
from importer.model import Found, InDoubt, Payment, Posted, Remittance, Share
from importer.review.payments import UnsoundError
from importer.review.sheet import Said
from importer.review.worktop import Worktop

LATE = "look the number up there again; what was entered a moment ago may come late"
OTHERWISE = (
    "see whether the number is right; where the customer is another, name it in "
    "set_customer; where the amount is, mend it in the ERP"
)


def owners(found: Iterable[Found], entries: Iterable[Entry]) -> dict[str, str]:
    """Say of which remittance each marker is that a payment carries."""
    carried = {mark for one in found for mark in _marks(one)}
    return {
        mark: entry.id
        for entry in entries
        for mark in (entry.id, *(part.payment.marker for part in entry.parts))
        if mark in carried
    }


def confirmed(number: str, row: Said, entry: Entry, worktop: Worktop) -> Found | None:
    """Return what the ERP shows under a number; raises `UnsoundError` if not this one.

    Nothing is returned where nobody could look.
    """
    sights = worktop.sights
    if sights is None:
        return None
    same = [one for one in sights.found if one.control_number == number]
    if not same:
        raise UnsoundError(f"the ERP shows no payment {number}{sights.where}", LATE)
    one = same[0]
    for mark in _marks(one):
        if (owner := sights.owners.get(mark, entry.id)) != entry.id:
            sentence = f"{number} is the payment of another remittance, {owner}"
            raise UnsoundError(sentence, "write the number of this one's own payment")
    if one.total < 0:
        sentence = f"{number} is no money that came in: the ERP shows {shown(one)}"
        raise UnsoundError(sentence, "write the number of the payment itself")
    wanted = tuple(_wanted(row, entry, worktop))
    if wanted and not any(is_like(one, payment) for payment in wanted):
        here = " or ".join(
            f"{payment.customer_name or 'nobody known'}, {money.write(payment.total)}"
            for payment in wanted
        )
        sentence = f"the ERP shows {number} as {shown(one)}; this is {here}"
        raise UnsoundError(sentence, OTHERWISE)
    return one


def part_of(found: Found, entry: Entry) -> int | None:
    """Return which of several payments this is, where one of them is in doubt.

    The others stay as they are, and are decided by the next result.  Where none is in
    doubt, what is left would be sent: nothing is returned, and one number is refused.
    """
    if not any(isinstance(part.outcome, InDoubt) for part in entry.parts):
        return None
    like = [
        (place, part.payment)
        for place, part in enumerate(entry.parts)
        if not isinstance(part.outcome, Posted) and is_like(found, part.payment)
    ]
    exact = [(place, one) for place, one in like if is_as_sent(found, one)]
    return next((place for place, _ in exact or like), None)


def _marks(found: Found) -> tuple[str, ...]:
    return markers_in(f"{found.reference} {found.notes}")


def shown(found: Found) -> str:
    """Say whose a payment is, of how much and of which day."""
    day = f" of {found.date}" if found.date else ""
    return ", ".join(
        filter(None, (found.customer_name, f"{money.write(found.total)}{day}"))
    )


def _wanted(row: Said, entry: Entry, worktop: Worktop) -> Iterator[Payment]:
    """Yield what may stand under the number: what is open of it, or the whole.

    A customer that the clerk names counts more than the one that was meant.
    """
    named = worktop.customer(row["set_customer"]) if row["set_customer"] else None
    if row["set_customer"] and named is None:
        sentence = f'no customer has the id or code "{row["set_customer"]}"'
        raise UnsoundError(sentence, "importer sync refreshes the customers")
    meant = [
        part.payment for part in entry.parts if not isinstance(part.outcome, Posted)
    ]
    for one in meant or _whole(entry, worktop):
        yield replace(one, customer_name=named.name) if named else one


def _whole(entry: Entry, worktop: Worktop) -> Iterator[Payment]:
    """Yield the remittance as one payment, of the customer that is suggested."""
    notice, state = entry.notice, entry.state
    if not isinstance(notice, Remittance):
        return
    shares = state.hold.suggestion if isinstance(state, Held) else ()
    share = shares[0] if len(shares) == 1 else Share("", (), notice.amount)
    customer = worktop.customer(share.customer) if share.customer else None
    yield Payment(
        marker=entry.id,
        customer=share.customer,
        customer_name=customer.name if customer else "",
        currency=notice.currency,
        value_date=notice.value_date,
        kind=notice.kind,
        reference=notice.reference,
        notes="",
        applications=share.applications,
        unapplied=share.unapplied,
    )
