"""Questions to CRM.COM: each counted, asked with a token that lives, read whole.

A token that CRM.COM does not take is renewed and the question asked once more.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from importer.erp import Meter, crmcom_answers
from importer.erp.crmcom_messages import InvoiceShort
from importer.erp.crmcom_options import Options
from importer.erp.crmcom_session import Session
from importer.erp.secret import Secret
from importer.erp.transport import Transport
from importer.errors import StoppedEarly

PAGE = 100
PAGING_SINCE = (13, 0)

Row = TypeVar("Row", bound=BaseModel)


class Questions:
    """What is asked of one CRM.COM; the invoices of a debtor only once."""

    def __init__(
        self, transport: Transport, session: Session, options: Options, meter: Meter
    ) -> None:
        """Ask nothing yet."""
        self._transport = transport
        self._session = session
        self._options = options
        self._meter = meter
        self._theirs: dict[str, tuple[InvoiceShort, ...]] = {}
        self._owned: set[tuple[str, str, str]] = set()

    def shown(
        self, method: str, query: Mapping[str, str], row: type[Row]
    ) -> Row | None:
        """Ask for one thing; nothing where CRM.COM says that it is not there."""
        found = self._ask(method, query)
        return None if found is None else _read(method, found, row)

    def invoice(self, named: Mapping[str, str]) -> InvoiceShort | None:
        """Ask for an invoice by one of its fields."""
        ((field, value),) = named.items()
        query = {"invoice_identifier": f"{field}={value}"}
        return self.shown("invoices/show", query, InvoiceShort)

    def invoices_of(self, number: str) -> tuple[InvoiceShort, ...]:
        """Ask for all invoices of an accounts receivable."""
        if number not in self._theirs:
            self._theirs[number] = tuple(self._pages_of(number))
        return self._theirs[number]

    def owns(self, number: str, shown: InvoiceShort) -> bool:
        """Say whether an invoice stands in a debtor's list, read as far as it takes."""
        key = (number, shown.id, shown.number)
        if key not in self._owned:
            rows = self._theirs.get(number) or self._pages_of(number)
            same = ((one.id, one.number) == key[1:] for one in rows)
            if not any(same):
                return False
            self._owned.add(key)
        return True

    def _pages_of(self, number: str) -> Iterator[InvoiceShort]:
        """Read page by page, until one has nothing new: the sizes are not known."""
        seen: set[tuple[str, str]] = set()
        query = {"accounts_receivable_identifier": f"number={number}"}
        while True:
            if self._options.release >= PAGING_SINCE:
                query |= {"number_of_results": str(PAGE), "offset": str(len(seen))}
            rows = self._rows("invoices/list", query)
            new = [one for one in rows if (one.id, one.number) not in seen]
            yield from new
            seen.update((one.id, one.number) for one in new)
            if not new or self._options.release < PAGING_SINCE:
                return

    def _rows(self, method: str, query: Mapping[str, str]) -> tuple[InvoiceShort, ...]:
        """Read a list, which is all that is answered or stands under its own name."""
        found = self._ask(method, query)
        if found is None or found == {}:
            return ()
        values = found.values() if isinstance(found, dict) else (found,)
        lists = [one for one in values if isinstance(one, list)]
        if len(lists) != 1:
            raise crmcom_answers.stopped(f"the ERP answered {method} without a list")
        return tuple(_read(method, one, InvoiceShort) for one in lists[0])

    def _ask(self, method: str, query: Mapping[str, str]) -> object | None:
        """Ask once, and once more with a new token where the old one has died."""
        token = self._session.token()
        try:
            return self._answer(method, query, token)
        except crmcom_answers.TokenDeadError:
            token = self._session.renewed(token)
        try:
            return self._answer(method, query, token)
        except crmcom_answers.TokenDeadError as error:
            raise _not_granted(method, str(error)) from None

    def _answer(
        self, method: str, query: Mapping[str, str], token: Secret
    ) -> object | None:
        self._meter(method)
        exchange = self._transport.get(method, {"token": token.reveal(), **query})
        hide = self._session.hide
        return crmcom_answers.data(exchange, method, self._options.absent, hide)


def _read(method: str, found: object, row: type[Row]) -> Row:
    try:
        return row.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        sentence = f'the ERP answered {method}, and "{where}" in it cannot be read'
        raise crmcom_answers.stopped(sentence) from None


def _not_granted(method: str, said: str) -> StoppedEarly:
    sentence = f"the ERP takes no token for {method}, not even a new one"
    return crmcom_answers.stopped(sentence, said)
