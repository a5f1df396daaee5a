"""What a person's decision about one remittance comes to, or why it cannot be taken."""

from decimal import Decimal

from importer import notation
from importer.identity import part_marker
from importer.journal.entry import Doubt, Entry, Held, Refusal
from importer.journal.orders import Again
from importer.model import (
    ZERO,
    Evidence,
    Hold,
    Pay,
    Payment,
    Posted,
    Reason,
    Remittance,
    Share,
    Skip,
)
from importer.resolve.snapshot import Books
from importer.review.sheet import Said

UNSURE = (Reason.NOT_FOUND, Reason.DIFFERS_IN_ERP)
ON_ACCOUNT = "on account"
ASKED_ONCE = "send again was asked once"
NOTES_MOST = 200


class UnsoundError(ValueError):
    """A decision cannot be taken as it is written."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        """Say why, and what to write instead."""
        super().__init__(sentence)
        self.hint = hint


def verdict(
    row: Said, entry: Entry, books: Books
) -> Pay | Skip | Hold | Posted | Again:
    """Return the verdict of a row that has a decision; raises `UnsoundError`."""
    said = row["decision"].casefold()
    unsure = isinstance(entry.state, Doubt) or (
        isinstance(entry.state, Held) and entry.state.hold.reason in UNSURE
    )
    if said == "skip":
        if unsure or not isinstance(entry.state, Held | Refusal):
            raise UnsoundError(f"what is {entry.status} cannot be skipped")
        if not row["note"]:
            raise UnsoundError("skip needs a reason in note")
        return Skip(row["note"], Evidence(rule="decided by a person"))
    if said.startswith("posted"):
        number = row["decision"][len("posted") :].strip()
        if not unsure or not number:
            raise UnsoundError(
                "posted is for what is in doubt, with the control number",
                "write for example: posted 88123",
            )
        return Posted(number, f"a person saw it in the ERP: {row['note'] or 'no note'}")
    if said == "send again":
        return _again(entry, unsure=unsure)
    if said in {"post", "remember"}:
        if unsure or not isinstance(entry.state, Held | Refusal):
            raise UnsoundError(
                f"what is {entry.status} cannot be posted",
                "in doubt takes: posted 88123, or send again",
            )
        return _pay(row, entry, books)
    raise UnsoundError(
        f'no decision is called "{row["decision"]}"',
        "decision takes post, remember, skip, posted 88123, send again",
    )


def _again(entry: Entry, *, unsure: bool) -> Hold | Again:
    """Send again on the second order; answer the first with what it may do."""
    if not unsure:
        raise UnsoundError("send again is for what is in doubt")
    state = entry.state
    if isinstance(state, Held) and ASKED_ONCE in state.hold.sentence:
        return Again()
    why = state.hold.sentence if isinstance(state, Held) else "it is in doubt"
    sentence = (
        f"{ASKED_ONCE}: {why}. If the ERP has it after all, the customer's money is "
        "booked twice. Look for the reference there, then write send again once more"
    )
    return Hold(Reason.NOT_FOUND, sentence, entry.evidence)


def _pay(row: Said, entry: Entry, books: Books) -> Pay:
    notice = entry.notice
    if not isinstance(notice, Remittance):
        raise UnsoundError("a row that cannot be read has no amount to post")
    if notice.amount <= 0:
        raise UnsoundError(
            f"{notice.amount} is no money that came in and cannot be posted",
            "do in the ERP what it asks for, then skip this row",
        )
    shares = _shares(row, entry, books, notice.amount)
    whole = sum((_total(one) for one in shares), ZERO)
    if whole != notice.amount:
        raise UnsoundError(
            f"the invoices come to {whole}, the remittance is {notice.amount}",
            f"write the rest as: unapplied {notice.amount - whole}",
        )
    payments = []
    for place, share in enumerate(shares):
        customer = books.customer(share.customer)
        if customer is None:
            raise UnsoundError(f'no customer has the id or code "{share.customer}"')
        _check_invoices(share, customer.id, books)
        payments.append(
            Payment(
                marker=part_marker(entry.id, place),
                customer=customer.id,
                customer_name=customer.name,
                currency=notice.currency,
                value_date=notice.value_date,
                kind=notice.kind,
                reference=notice.reference,
                notes=" ".join(f"{notice.remitter} {notice.text}".split())[:NOTES_MOST],
                applications=share.applications,
                unapplied=share.unapplied,
                location=notice.location,
            )
        )
    found = (f"decided by a person: {row['note'] or 'no note'}",)
    return Pay(tuple(payments), Evidence("decided by a person", found))


def _shares(
    row: Said, entry: Entry, books: Books, amount: Decimal
) -> tuple[Share, ...]:
    """Take what the clerk wrote, and the suggestion for what they left out."""
    written, named = row["set_invoices"], row["set_customer"]
    suggested = (
        entry.state.hold.suggestion
        if isinstance(entry.state, Held)
        else tuple(
            Share(
                part.payment.customer, part.payment.applications, part.payment.unapplied
            )
            for part in entry.parts
        )
    )
    fallback = named or (suggested[0].customer if len(suggested) == 1 else "")
    if written.casefold() == ON_ACCOUNT:
        shares: tuple[Share, ...] = (Share(fallback, (), amount),)
    elif written:
        try:
            shares = notation.read(written)
        except ValueError as error:
            raise UnsoundError(f"set_invoices: {error}") from None
    elif named and (len(suggested) != 1 or books.customer(named) is None):
        raise UnsoundError(
            "set_customer is filled, but set_invoices is empty",
            "write the invoices, or: on account",
        )
    elif named and suggested[0].applications and _other(suggested[0], named, books):
        raise UnsoundError(
            "the suggested invoices are of another customer", "write set_invoices too"
        )
    else:
        shares = suggested
    if not shares:
        raise UnsoundError(
            "there is no suggestion to post",
            "fill set_customer and set_invoices, for example 10233=500.00",
        )
    return tuple(
        Share(named or one.customer or fallback, one.applications, one.unapplied)
        if len(shares) == 1
        else one
        for one in shares
    )


def _other(share: Share, named: str, books: Books) -> bool:
    customer = books.customer(named)
    return customer is None or customer.id != share.customer


def _check_invoices(share: Share, customer: str, books: Books) -> None:
    for one in share.applications:
        invoice = books.invoice(one.invoice)
        if invoice is None:
            raise UnsoundError(f"invoice {one.invoice} is not open")
        if invoice.customer != customer:
            raise UnsoundError(
                f"invoice {one.invoice} is of customer {invoice.customer}"
            )
        if one.amount * invoice.open < 0:
            raise UnsoundError(
                f"{one.amount} cannot be put on {one.invoice}, "
                f"of which {invoice.open} is open"
            )
        if abs(one.amount + one.discount) > abs(invoice.open):
            raise UnsoundError(
                f"{one.amount + one.discount} is more than is open on "
                f"{one.invoice}, which is {invoice.open}"
            )


def _total(share: Share) -> Decimal:
    return sum((one.amount for one in share.applications), share.unapplied)
