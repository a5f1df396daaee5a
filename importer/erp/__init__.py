"""The seam to an ERP: what deciding, posting, settling and syncing ask of one.

Adding an ERP is one module here with a class of this Protocol, one entry in
`ERPS`, one part of the sandbox, and the contract suite (`tests/contract`);
docs/adding-an-erp.md leads through it.

`send` never raises for what an ERP answers: that is an `Outcome`.  All else that
asks raises `errors.StoppedEarly` when the ERP cannot be reached or answers
nonsense, and `errors.SettingsRefused` when the token or the address is wrong; an
error is never read as an empty list.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Protocol

from importer.erp.secret import Secret
from importer.identity import part_marker
from importer.model import Customer, Found, Invoice, Outcome, Payment, Share

ERPS: dict[str, tuple[str, str]] = {
    "komet": ("importer.erp.komet", "Komet"),
    "crmcom": ("importer.erp.crmcom", "Crmcom"),
}
"""Where the class of each kind of ERP is; loaded when it is first used."""


@dataclass(frozen=True, slots=True)
class Request:
    """A payment as it will be sent, without the token, so that it can be proven.

    `body` is the exact JSON less the secret, `digest` its SHA-256 in hex.
    """

    payment: Payment
    reference: str
    body: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Unpayable:
    """Say that the ERP cannot take a payment as it is, and why."""

    sentence: str


class Meter(Protocol):
    """Counts calls durably and says stop.

    Called with the method's name just before a request leaves; raises
    `errors.StoppedEarly` when the budget of the day for it is spent.
    """

    def __call__(self, method: str, /) -> None:
        """Count one call of `method`."""


Left = Callable[[str], Decimal | None]
"""What is open on an invoice by the books; nothing where they do not know it."""
Cut = Callable[[Share, Left], tuple[Share, ...] | Unpayable]


def whole(share: Share, left: Left) -> tuple[Share, ...] | Unpayable:
    """Leave a share as it is: one request takes all of it."""
    del left
    return (share,)


Mark = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Parts:
    """How a kind of ERP takes what one customer pays: pure.

    `cut` makes shares of it that single requests take, or says why none does;
    `mark` makes the marker of each of them from the remittance's id and its place.
    """

    cut: Cut
    mark: Mark = part_marker


WHOLE = Parts(whole)


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a kind of ERP before anything is connected.

    `method` is the name under which payments are counted.  `takes_once` says that
    the ERP refuses a second payment with the same marker, so that what is looked
    for and not found may be sent again.  `lists_all` says that customers, open
    invoices and the payments of a day can be listed; else customers and invoices
    are asked for as they are named and quoted, and payments each before it is sent.
    `parts` cuts what a customer pays into what single requests take.  `undo` says
    what a person does in the ERP to take a payment out.
    """

    kind: str
    method: str
    takes_once: bool = False
    lists_all: bool = True
    parts: Parts = WHOLE
    undo: str = "take it out in the ERP"


class Erp(Protocol):
    """One ERP company, over one connection setting."""

    traits: Traits

    def prepare(self, payment: Payment) -> Request | Unpayable:
        """Build the exact request, checked against every documented rule.

        Is called just before the request is sent, and may ask whether it fits.
        """

    def send(self, request: Request) -> Outcome:
        """Send it at most once and say what is known afterwards.

        Does not count the call: the caller has done so with the intent.
        """

    def listed(self, days: Iterable[date], markers: Sequence[str]) -> tuple[Found, ...]:
        """List, complete, what is there of these days and of those around them.

        Where the ERP has no list by days: what is there under these markers.
        """

    def search(self, reference: str) -> tuple[Found, ...]:
        """List the payments with this stored reference, or one like it."""

    def numbered(
        self, numbers: Sequence[str], days: Iterable[date]
    ) -> tuple[Found, ...]:
        """Show the payments with these control numbers.

        Where the ERP can only list by days: those of these days.
        """

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        """Read all customers, inactive ones included; else those that are known."""

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        """Read the invoices of the window with what is open on each.

        Where the ERP does not list all: what is open for the known customers.
        """

    def quoted(self, number: str, customer: str) -> Invoice | None:
        """Ask for one open invoice of this customer by a number that was quoted.

        Is asked only where the ERP does not list all.
        """

    def check(self) -> Sequence[str]:
        """Prove address, token and set-up by cheap calls; return what was seen."""


def client(kind: str) -> type[Erp]:
    """Return the class for a kind of ERP, which must be a key of `ERPS`."""
    module, name = ERPS[kind]
    found: type[Erp] = getattr(import_module(module), name)
    return found


def connect(  # noqa: PLR0913 -- each is one key of [erp], given by name
    kind: str,
    *,
    url: str,
    token: Secret,
    methods: Mapping[str, int | str],
    location: str,
    timeout: float,  # seconds
    meter: Meter,
    options: Mapping[str, object] | None = None,
) -> Erp:
    """Make the client of an ERP; raises `errors.SettingsRefused`, asks nothing yet.

    `kind` is a key of `ERPS`, the others are the keys of `[erp]`; `options` is
    what only this kind has.
    """
    made: Callable[..., Erp] = client(kind)
    return made(
        url=url,
        token=token,
        methods=methods,
        location=location,
        timeout=timeout,
        meter=meter,
        options=options or {},
    )
