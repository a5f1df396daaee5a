"""The sandbox itself: one book, a server with two doors, and what a tester orders."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from importer.sandbox import crmcom_rules, seed
from importer.sandbox.book import Book, NewPayment, Part, cents, now
from importer.sandbox.crmcom import Organisation
from importer.sandbox.crmcom_tokens import Tokens
from importer.sandbox.doors import Door, Server
from importer.sandbox.komet import Company
from importer.sandbox.rules import Switches

ROOMS = {"komet": "api", "crmcom": "crmapi/rest/v2"}
FURTHER: dict[str, Callable[[Book, Mapping[str, str]], Door]] = {}
"""Doors to further ERPs: the room of each is its kind."""


class Sandbox:
    """The server on loopback, in a thread of its own; a context manager."""

    def __init__(
        self,
        book: Path,
        seed_of: Path | Mapping[str, Any],
        port: int = 0,
        tokens: Mapping[str, str] | None = None,
        crmcom: Mapping[str, Any] | None = None,
        **switches: Any,
    ) -> None:
        """Open the book, filled from the seed where it is new; listen on entering.

        `tokens` maps tokens to company, customer or vendor; `switches` are those
        of `rules.Switches`, `crmcom` those of `crmcom_rules.Switches`.
        """
        given = tokens or {seed.COMPANY_TOKEN: "company"}
        self.token = next(iter(given))
        self._book = Book(book, partial(seed.sow, seed=seed.read(seed_of)))
        self._tokens = given
        self.switches = Switches(**switches)
        self._logged_in = Tokens()
        self.crmcom = crmcom_rules.Switches(**crmcom or {})
        self._server = Server(
            ("127.0.0.1", port),
            self._book,
            {
                ROOMS["komet"]: self._company(),
                ROOMS["crmcom"]: self._organisation(),
                **{room: made(self._book, given) for room, made in FURTHER.items()},
            },
        )
        self._server.latency = self.switches.latency
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        """Return the address under which Komet's methods are."""
        return self.url_of("komet")

    def url_of(self, kind: str) -> str:
        """Return the address under which the methods of this kind of ERP are."""
        room = ROOMS.get(kind, kind)
        return f"http://127.0.0.1:{self._server.server_port}/{room}"

    def __enter__(self) -> Self:
        """Start to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, let go who still waits, and close the book."""
        self._server.stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hear_no_more()
        self._server.server_close()
        self._book.close()

    def accident(self, kind: str, **how: Any) -> None:
        """Order an accident; `how` are the fields of `accidents.Accident`."""
        self._server.accidents.expect(kind=kind, **how)

    def clear(self) -> None:
        """Expect no accident any more."""
        self._server.accidents.clear()

    def switch(self, **switches: Any) -> None:
        """Turn switches while it runs."""
        self.switches = replace(self.switches, **switches)
        self._server.doors[ROOMS["komet"]] = self._company()
        self._server.latency = self.switches.latency

    def switch_crmcom(self, **switches: Any) -> None:
        """Turn CRM.COM's switches while it runs."""
        self.crmcom = replace(self.crmcom, **switches)
        self._server.doors[ROOMS["crmcom"]] = self._organisation()

    def log_out(self) -> None:
        """Let all tokens of CRM.COM die, as a restart of its server does."""
        self._logged_in.kill()

    def _company(self) -> Company:
        return Company(self._book, self._tokens, self.switches)

    def _organisation(self) -> Organisation:
        return Organisation(self._book, self._tokens, self.crmcom, self._logged_in)

    def book(self) -> dict[str, Any]:
        """Return everything in the book, late payments that are due included."""
        self._server.apply_due()
        return self._book.everything()

    def stock(self, seed_of: Mapping[str, Any]) -> None:
        """Bring the book to a list of customers and open invoices, as of a seed."""
        seed.stock(self._book, seed_of)

    def cancel(self, control_number: str | int) -> None:
        """Void a payment, as a clerk does."""
        self._book.cancel(int(control_number))

    def edit(self, control_number: str | int, total: str) -> None:
        """Change the sum of a payment on one invoice, as a clerk does."""
        self._book.edit(int(control_number), cents(total))

    def enter(self, customer: int | str, invoice: int | str, amount: str) -> int:
        """Enter a payment on one invoice, as a clerk does; return its number."""
        paid = cents(amount)
        parts = (Part(int(invoice), paid, 0),)
        day = now()[:10]
        new = NewPayment(int(customer), 0, "", day, paid, "", "by hand", parts)
        return self._book.apply(new, now(), now(), 0)

    def reverse(self, control_number: str | int) -> int:
        """Enter the negative twin of a payment; return its control number."""
        return self._book.reverse(int(control_number))
