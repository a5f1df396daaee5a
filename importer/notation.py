"""How applications are written in a cell, by the program and by people.

    10233=500.00; 10240=245.00 disc 5.00; unapplied 50.00
    10442: 10233=500.00 / 10451: "A=7"=20.00; unapplied 1.50
    10442:
    10442 · Rosewood Floral

One customer's invoices stand between semicolons, each with the money applied
and the discount taken; customers stand between ` / `.  A name that has a mark
of the notation in it, or reads as a word of it, is quoted as in a CSV.
What is written reads back as the same shares.  Where a customer alone is named, the
name may stand behind the id, for people; only the id counts.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from importer import money
from importer.model import ZERO, Application, Hold, Pay, Payment, Share

_BARE = re.compile(r"[^\W_][\w.#+/-]*")
_NAME = r'(?P<name>"(?:[^"]|"")+"|[^"=:;]+?)'
_UNQUOTED = r'(?=[^"]*(?:"[^"]*"[^"]*)*\Z)'
_BETWEEN_SHARES = re.compile(f" / {_UNQUOTED}")
_BETWEEN_PIECES = re.compile(f";{_UNQUOTED}")
_CUSTOMER = re.compile(rf"\s*{_NAME}\s*:(?P<rest>.*)", re.DOTALL)
_APPLIED = re.compile(
    rf"{_NAME}\s*=\s*(?P<amount>[^\s=]+)(?:\s+disc\s+(?P<discount>[^\s=]+))?",
    re.IGNORECASE | re.DOTALL,
)
_UNAPPLIED = re.compile(r"unapplied\s+(?P<amount>[^\s=]+)", re.IGNORECASE)
_NAMED = " \u00b7 "
_HOW = "write 10233=500.00; 10240=245.00 disc 5.00; unapplied 50.00"


class NotShares(ValueError):
    """A text is not in the notation; names the piece and says what is wrong."""


def together(payments: Iterable[Payment]) -> tuple[Share, ...]:
    """Return what each customer gets of these payments, however they were cut."""
    found: dict[str, Share] = {}
    for one in payments:
        before = found.get(one.customer, Share(one.customer, ()))
        found[one.customer] = Share(
            one.customer,
            before.applications + one.applications,
            before.unapplied + one.unapplied,
        )
    return tuple(found.values())


def shares(resolution: Pay | Hold) -> tuple[Share, ...]:
    """Return a resolution's payments, or its suggestion, as a person may post it."""
    match resolution:
        case Hold(suggestion=suggestion):
            return suggestion
        case Pay(payments=payments):
            return together(payments)


def write(shares: tuple[Share, ...]) -> str:
    """Write what each customer gets; several shares need their customers."""
    return " / ".join(_share(share) for share in shares)


def read(text: str) -> tuple[Share, ...]:
    """Read what each customer gets; `customer` is empty where none is named.

    Raises `NotShares` for the first piece that is not in the notation.
    """
    if text.count('"') % 2:
        raise NotShares(f"a quote is opened and not closed in {text.strip()}")
    shares = tuple(
        _read_share(part) for part in _BETWEEN_SHARES.split(text) if part.strip()
    )
    customers = [share.customer for share in shares]
    if len(shares) > 1 and "" in customers:
        raise NotShares(
            "several customers need their names: write 10442: 10233=500.00 / 10451: …"
        )
    _refuse_twice(customers, "customer")
    return shares


def named(customer: str, name: str) -> str:
    """Write a customer as people like to choose it: `10442 · Rosewood Floral`."""
    return f"{customer}{_NAMED}{name}" if name else customer


def unnamed(text: str) -> str:
    """Return the customer's id or code of what `named` has written."""
    return text.partition(_NAMED)[0].rstrip()


def _share(share: Share) -> str:
    pieces = [_applied(part) for part in share.applications]
    if share.unapplied:
        pieces.append(f"unapplied {money.write(share.unapplied)}")
    customer = f"{_quoted(share.customer)}: " if share.customer else ""
    return (customer + "; ".join(pieces)).rstrip()


def _applied(part: Application) -> str:
    applied = f"{_quoted(part.invoice)}={money.write(part.amount)}"
    if part.discount:
        return f"{applied} disc {money.write(part.discount)}"
    return applied


def _quoted(name: str) -> str:
    if _BARE.fullmatch(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def _bare(name: str) -> str:
    if name.startswith('"'):
        return name[1:-1].replace('""', '"')
    return name.strip()


def _read_share(text: str) -> Share:
    found = _CUSTOMER.fullmatch(text)
    customer = _bare(found["name"]) if found else ""
    rest = found["rest"] if found else text
    applications: list[Application] = []
    unapplied = None
    for piece in (one.strip() for one in _BETWEEN_PIECES.split(rest)):
        if not piece:
            continue
        if applied := _APPLIED.fullmatch(piece):
            applications.append(_read_applied(applied))
        elif (left := _UNAPPLIED.fullmatch(piece)) and unapplied is None:
            unapplied = _amount(left["amount"], piece)
            if unapplied < 0:
                raise NotShares(f'"{piece}" is less than nothing')
        else:
            raise NotShares(_why(piece, twice=left is not None))
    _refuse_twice([part.invoice for part in applications], "invoice")
    return Share(customer, tuple(applications), unapplied or ZERO)


def _read_applied(found: re.Match[str]) -> Application:
    discount = _amount(found["discount"] or "0", found[0])
    if discount < 0:
        raise NotShares(f'"{found[0]}" has a discount less than nothing')
    amount = _amount(found["amount"], found[0])
    return Application(_bare(found["name"]), amount, discount)


def _amount(text: str, piece: str) -> Decimal:
    try:
        return money.read(text)
    except money.NotMoney as error:
        raise NotShares(f'{error} in "{piece}"; {_HOW}') from error


def _why(piece: str, *, twice: bool) -> str:
    if twice:
        return f'"{piece}" stands a second time for one customer'
    if "=" not in piece:
        return f'"{piece}" says no amount; {_HOW}'
    return f'cannot read "{piece}"; {_HOW}'


def _refuse_twice(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise NotShares(f'{what} "{name}" stands twice')
