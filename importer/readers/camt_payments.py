"""Say what each payment of an entry is worth, and what it says it pays.

The entry's amount is what the bank booked.  Its payments have amounts of their own
only where these make it to the cent; otherwise the entry stays one payment, for a
split that the bank does not state would be invented.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from importer import money
from importer.readers.camt_pieces import Entry, Payment, Values

SHARED_LETTERS = 10_000
_AMOUNTS = ("amount", "transaction amount", "instructed amount")
_OF_MONEY = {*_AMOUNTS, *(f"{name} in" for name in _AMOUNTS), "side"}


@dataclass(frozen=True, slots=True)
class Advice:
    """An invoice with what is paid on it, as texts."""

    invoice: str = ""
    paid: str = ""
    discount: str = ""


def signed(written: str, side: str) -> str:
    """Return an amount with the sign of its side; what is none so that it reads so.

    The format has no sign of its own, so `-5.00` says nothing that is sure.
    """
    number = money.plain(written)
    if number is None or written[0] in "+-" or side not in ("CRDT", "DBIT"):
        return f"{written} {side}{money.UNSURE}" if written else ""
    return f"-{written}" if side == "DBIT" and number else written


def shares(entry: Entry, whole: str) -> Sequence[str]:
    """Return the amount of each of several payments; none where they make no whole."""
    total = money.plain(whole)
    if total is None or len(entry.payments) < 2:  # noqa: PLR2004 one is the whole
        return ()
    side, currency = entry.values.get("side", ""), entry.values.get("amount in", "")
    parts = [_own(payment.values, side, currency) for payment in entry.payments]
    made = Decimal(0)
    for part in parts:
        number = money.plain(part)
        if number is None:
            return ()
        made += number
    return parts if made == total else ()


def _own(values: Values, side: str, currency: str) -> str:
    """Return the amount of one payment in the entry's currency."""
    for name in _AMOUNTS:
        if name in values and values.get(f"{name} in", currency) == currency:
            return signed(values[name], values.get("side", side))
    return ""


def joined(payments: Iterable[Payment]) -> Payment:
    """Join what several payments say that are one row; of their amounts nothing."""
    texts: dict[str, dict[str, None]] = {}
    room = SHARED_LETTERS
    for payment in payments:
        said = list(payment.values.items())
        for one in payment.documents:
            said += (("text", one[name]) for name in _DOCUMENTED if name in one)
        for name, text in said:
            known = texts.setdefault(name, {})
            if name in _OF_MONEY or text in known:
                continue
            room -= len(text)
            if room < 0:
                known["…"] = None
                break
            known[text] = None
        if room < 0:
            break
    return Payment(0, {name: "\n".join(known) for name, known in texts.items()})


_DOCUMENTED = ("reference", "invoice", "addition")


def said(payment: Payment, currency: str) -> tuple[str, Sequence[Advice]]:
    """Return the text of a payment, and its documents where each has an amount."""
    values = payment.values
    if not payment.documents:
        texts = [values.get("text", ""), values.get("addition", "")]
        return "\n".join(filter(None, texts)), ()
    documents = [one for one in payment.documents if "invoice" in one]
    advices = [found for one in documents if (found := _advice(one, currency))]
    listed = advices if len(advices) == len(documents) else []
    texts = [values.get("text", "")]
    for one in payment.documents:
        texts.append(one.get("reference", ""))
        if not listed:
            texts.append(one.get("invoice", ""))
        texts.append(one.get("addition", ""))
    texts.append(values.get("addition", ""))
    return "\n".join(dict.fromkeys(filter(None, texts))), listed


def _advice(one: Values, currency: str) -> Advice | None:
    """Read a document that is one, and has an amount in the payment's currency.

    A credit note lowers what is paid.
    """
    name = "paid" if "paid" in one else "credit"
    invoice, paid = one["invoice"], one.get(name, "")
    discount = _sum(one.get("discount", ""))
    amounts = [key for key in (name, "discount") if key in one]
    foreign = any(
        set(one.get(f"{key} in", currency).split("\n")) != {currency} for key in amounts
    )
    if not paid or discount is None or foreign or "\n" in f"{invoice}{paid}":
        return None
    if (name == "credit" or one.get("kind") == "CREN") and paid[0].isdigit():
        paid = f"-{paid}"
    return Advice(invoice, paid, discount)


def _sum(discounts: str) -> str | None:
    """Add up the discounts on one document; None where one of several is no number."""
    if "\n" not in discounts:
        return discounts
    numbers = [money.plain(one) for one in discounts.split("\n")]
    known = [one for one in numbers if one is not None]
    return money.write(sum(known, Decimal(0))) if known == numbers else None
