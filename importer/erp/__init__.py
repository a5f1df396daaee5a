"""The seam to an ERP: what posting, settling and syncing ask of one.

Adding an ERP is one module here with a class of this Protocol, one entry in
`ERPS`, one part of the sandbox, and the contract suite (`tests/contract`).

No method raises for what an ERP answers to a payment: that is an `Outcome`.
Listing and reading raise `errors.StoppedEarly` when the ERP cannot be reached
or answers nonsense, and `errors.SettingsRefused` when the token or the address
is wrong; an error is never read as an empty list.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Protocol

from importer.erp.secret import Secret
from importer.model import Customer, Found, Invoice, Outcome, Payment

ERPS: Mapping[str, tuple[str, str]] = {
    "komet": ("importer.erp.komet", "Komet"),
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


class Erp(Protocol):
    """One ERP company, over one connection setting."""

    kind: str

    def prepare(self, payment: Payment) -> Request | Unpayable:
        """Build the exact request, checked against every documented rule."""

    def send(self, request: Request) -> Outcome:
        """Send it at most once and say what is known afterwards.

        Does not count the call: the caller has done so with the intent.
        """

    def listed(self, first: date, last: date) -> tuple[Found, ...]:
        """List all payments dated in the window, both days included, complete."""

    def search(self, reference: str) -> tuple[Found, ...]:
        """List the payments with this stored reference, or one like it."""

    def customers(self) -> Iterator[Customer]:
        """Read all customers, inactive ones included."""

    def open_invoices(self, first: date, last: date) -> Iterator[Invoice]:
        """Read the invoices of the window with what is open on each."""

    def check(self) -> Sequence[str]:
        """Prove address, token and set-up by cheap calls; return what was seen."""


def connect(  # noqa: PLR0913 -- each is one key of [erp], given by name
    kind: str,
    *,
    url: str,
    token: Secret,
    methods: Mapping[str, int],
    location: str,
    timeout: float,  # seconds
    meter: Meter,
) -> Erp:
    """Make the client of an ERP; raises `errors.SettingsRefused`, asks nothing yet.

    `kind` is a key of `ERPS`, the others are the keys of `[erp]`.
    """
    module, name = ERPS[kind]
    made: Erp = getattr(import_module(module), name)(
        url=url,
        token=token,
        methods=methods,
        location=location,
        timeout=timeout,
        meter=meter,
    )
    return made
