"""CRM.COM: payments/pay_invoice to post, show to prove, lists of one debtor each.

Promises:
1. pay_invoice has no amount, so the invoice is shown first: POSTED, and exactly
   our amount outstanding, to the cent, and in the list of the debtor who pays it.
   It is then paid by the id that was shown.
2. What was paid is compared with what was meant; a difference is an alarm.
3. `back_office_code` is our marker alone, unique there, and proves what was sent.
   So a payment whose code is not found may be sent again under the same code.
4. A token that has died is renewed, and the call made once more; a payment only
   after a look under its code.

There is no list of all debtors, invoices or payments: debtors are those whom the
aliases name, invoices theirs, or the ones that somebody quotes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from importer.erp import (
    Meter,
    Parts,
    Request,
    Traits,
    Unpayable,
    crmcom_answers,
    crmcom_options,
    crmcom_payment,
    exact_json,
)
from importer.erp.crmcom_messages import InvoiceShort, Receivable
from importer.erp.crmcom_messages import Payment as Shown
from importer.erp.crmcom_questions import Questions
from importer.erp.crmcom_session import Session
from importer.erp.secret import Secret
from importer.erp.transport import Exchange, Transport
from importer.errors import ImporterError
from importer.identity import suffixed
from importer.model import (
    ZERO,
    Customer,
    Found,
    Invoice,
    NotSent,
    Outcome,
    Payment,
    Refused,
)

_METHOD = "payments/pay_invoice"


class Crmcom:
    """One organisation of a CRM.COM."""

    traits = Traits(
        "crmcom",
        _METHOD,
        takes_once=True,
        lists_all=False,
        parts=Parts(crmcom_payment.parts, suffixed),
        undo="cancel it in CRM.COM, by its payment number",
    )

    def __init__(  # noqa: PLR0913 -- each is one key of [erp]
        self,
        *,
        url: str,
        token: Secret,
        methods: Mapping[str, int | str],
        location: str,
        timeout: float,  # seconds
        meter: Meter,
        options: Mapping[str, object],
        ca_file: str = "",
    ) -> None:
        """Check the settings and ask nothing yet; raises `errors.SettingsRefused`.

        `token` is the password of the user that `options` name, or a web API key
        where they name none.  CRM.COM has no `location`.
        """
        del location
        self._options = crmcom_options.read(options)
        self._transport = Transport(url, timeout, ca_file)
        self._session = Session(self._transport, token, self._options, meter, timeout)
        self._methods = {kind.casefold(): str(name) for kind, name in methods.items()}
        self._meter = meter
        self._questions = Questions(
            self._transport, self._session, self._options, meter
        )
        self._quoted: dict[str, InvoiceShort | None] = {}

    def prepare(self, payment: Payment) -> Request | Unpayable:
        """Show the invoice, and build the body for it if it may be paid now."""
        if why := crmcom_payment.not_one(payment):
            return why
        named = {"number": payment.applications[0].invoice}
        wanted = crmcom_payment.prepared(payment, self._methods, self._options, named)
        if isinstance(wanted, Unpayable):
            return wanted
        found = self._questions.invoice(named)
        if why := crmcom_payment.unpayable(payment, found):
            return why
        assert found is not None, "what is not there cannot be paid"
        if not self._questions.owns(payment.customer, found):
            return Unpayable(
                f"invoice {found.number} is not among those of the accounts receivable "
                f"{payment.customer} in CRM.COM"
            )
        if found.id:
            named = {"id": found.id}
        return crmcom_payment.prepared(payment, self._methods, self._options, named)

    def send(self, request: Request) -> Outcome:
        """Send a payment at most once and say what is known afterwards."""
        try:
            token = self._session.token()
        except ImporterError as error:
            return NotSent(error.faults[0].sentence)
        exchange = self._post(request, token)
        outcome = self._outcome(exchange, request)
        if isinstance(outcome, Refused) and crmcom_answers.is_about_token(exchange):
            return self._sent_once_more(request, token, outcome)
        return outcome

    def _sent_once_more(
        self, request: Request, dead: Secret, refused: Refused
    ) -> Outcome:
        """Send again what the token alone kept out, after a look under its code."""
        try:
            token = self._session.renewed(dead)
            if self.search(request.reference):
                return refused
            self._meter(_METHOD)
        except ImporterError:
            return refused
        return self._outcome(self._post(request, token), request)

    def _post(self, request: Request, token: Secret) -> Exchange:
        written = exact_json.write(token.reveal())
        body = b'{"token":' + written + b"," + request.body.removeprefix(b"{")
        return self._transport.post(_METHOD, body)

    def _outcome(self, exchange: Exchange, request: Request) -> Outcome:
        wanted = request.payment.total
        return crmcom_answers.outcome(exchange, wanted, self._session.hide)

    def listed(self, days: Iterable[date], markers: Sequence[str]) -> tuple[Found, ...]:
        """Show what is there under these codes, one call for each."""
        del days
        return tuple(one for each in markers for one in self.search(each))

    def search(self, reference: str) -> tuple[Found, ...]:
        """Show the payment with this back office code, if there is one."""
        query = {"payment_identifier": f"back_office_code={reference}"}
        shown = self._questions.shown("payments/show", query, Shown)
        if shown is None:
            return ()
        if shown.back_office_code.casefold() not in ("", reference.casefold()):
            raise crmcom_answers.stopped(
                f"asked for {reference}, the ERP shows {shown.back_office_code}"
            )
        return (_found(shown, reference),)

    def numbered(
        self, numbers: Sequence[str], days: Iterable[date]
    ) -> tuple[Found, ...]:
        """Show the payments with these numbers, one call for each."""
        del days
        shown = (
            self._questions.shown(
                "payments/show", {"payment_identifier": f"number={number}"}, Shown
            )
            for number in numbers
        )
        return tuple(_found(one, one.back_office_code) for one in shown if one)

    def customers(self, known: Sequence[str]) -> Iterator[Customer]:
        """Show the debtors with these numbers; one that is not there is left out."""
        for number in known:
            query = {"accounts_receivable_identifier": f"number={number}"}
            shown = self._questions.shown("accounts_receivable/show", query, Receivable)
            if shown:
                yield Customer(shown.number, "", shown.name)

    def open_invoices(
        self, first: date, last: date, known: Sequence[str]
    ) -> Iterator[Invoice]:
        """Read what is open of these debtors' invoices, whenever they were issued."""
        del first, last
        for number in known:
            for one in self._questions.invoices_of(number):
                if _is_open(one):
                    yield _invoice(one, number)

    def quoted(self, number: str, customer: str) -> Invoice | None:
        """Ask for one invoice by its number, else its reference number.

        CRM.COM does not say whose it is, so it must stand in this debtor's list.
        """
        if number not in self._quoted:
            named = ({"number": number}, {"reference_number": number})
            found = (self._questions.invoice(one) for one in named)
            self._quoted[number] = next((one for one in found if one), None)
        shown = self._quoted[number]
        if shown is None or not _is_open(shown):
            return None
        is_theirs = self._questions.owns(customer, shown)
        return _invoice(shown, customer) if is_theirs else None

    def check(self) -> Sequence[str]:
        """Log in, and look for a payment that cannot be there.

        Names of types and methods cannot be asked for: CRM.COM shows no list.
        """
        self._session.token()
        self.search("BK-check")
        return (
            "authentication/token answered",
            "payments/show answered",
            "types, methods and units cannot be checked: the first payment will",
        )


def _is_open(one: InvoiceShort) -> bool:
    is_posted = one.life_cycle_state == crmcom_payment.POSTED
    return is_posted and one.outstanding_amount > ZERO


def _invoice(one: InvoiceShort, customer: str) -> Invoice:
    """Give an invoice to the books; its reference number counts as an order's."""
    return Invoice(
        number=one.number,
        customer=customer,
        open=one.outstanding_amount,
        total=one.total_amount,
        issued=one.issued_on,
        due=one.due_on,
        po_number=one.reference_number,
    )


def _found(shown: Shown, reference: str) -> Found:
    """Give a payment as it is there; one that does not count has no amount."""
    invoices = [one.number for one in shown.invoices_to_pay_set or () if one.number]
    counts = shown.life_cycle_state in ("", crmcom_payment.POSTED)
    amount = shown.payment_amount if counts else ZERO
    return Found(
        control_number=shown.number,
        date=shown.received_on,
        customer_name="",
        reference=reference,
        notes=f"{shown.notes} {'' if counts else shown.life_cycle_state}".strip(),
        total=amount,
        applied={invoices[0]: amount} if len(invoices) == 1 else {},
    )
