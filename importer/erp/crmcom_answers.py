"""What an answer of CRM.COM means; the default is that it proves nothing.

To payments/pay_invoice:

    no byte left: name, connection, TLS, or time over before    NotSent
    2xx, code OK, a number, POSTED or no state, our amount      Posted
    the same with another amount                                InDoubt, an alarm
    2xx or a refusing 4xx, another code, no data                Refused
    anything else                                               InDoubt

To a question: its data, nothing where it says that nothing is there, or an
exception.  Its codes are not documented: what is not understood is never nothing.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from pydantic import ValidationError

from importer.erp import exact_json
from importer.erp.crmcom_messages import Envelope, PaymentShort, Status
from importer.erp.heard import Hide, is_success, start_of
from importer.erp.transport import Answer, Exchange, NeverLeft, Unknown
from importer.errors import Fault, SettingsRefused, StoppedEarly
from importer.model import InDoubt, NotSent, Outcome, Posted, Refused

REFUSING = frozenset({400, 401, 403, 404, 405, 411, 412, 413, 414, 415, 422})
OK = "OK"
_NOT_ALLOWED = frozenset({401, 403})
_ELSEWHERE = frozenset({404, 405, 410})
_ABOUT_TOKEN = re.compile(
    r"token|authenti|authori[sz]|credential|session|log(?:ged)?[ _-]?(?:in|out)"
    r"|password|access[ _]denied",
    re.IGNORECASE,
)
_ABOUT_ABSENCE = re.compile(
    r"not[ _]?found|(?:does|do)(?: not|n'?t)[ _]exist|no[ _]such|could not be found"
    r"|no (?:payment|invoice|accounts? receivable)",
    re.IGNORECASE,
)


class TokenDeadError(Exception):
    """CRM.COM does not take the token; says so in its words."""


def outcome(exchange: Exchange, wanted: Decimal, hide: Hide) -> Outcome:
    """Say what became of a payment that was meant to be of this amount."""
    match exchange:
        case NeverLeft(why):
            return NotSent(why)
        case Unknown(why):
            return InDoubt(why)
        case Answer(status, body) if is_success(status) or status in REFUSING:
            return _outcome_of(status, body, wanted, hide)
        case Answer(status, body):
            return InDoubt(f"it answered {status}{start_of(body, hide)}")


def is_about_token(exchange: Exchange) -> bool:
    """Say whether an answer is a whole refusal because of the token."""
    if not isinstance(exchange, Answer):
        return False
    status, envelope = exchange.status, _envelope(exchange.body)
    if envelope is None or envelope.data or envelope.status.code == OK:
        return False
    words = _ABOUT_TOKEN.search(_said(envelope.status))
    return status in _NOT_ALLOWED or (
        words is not None and (is_success(status) or status in REFUSING)
    )


def data(
    exchange: Exchange, method: str, absent: Sequence[str], hide: Hide
) -> object | None:
    """Read what was asked for; nothing where CRM.COM says that it is not there.

    Raises `TokenDeadError`, `SettingsRefused` for a wrong address and
    `StoppedEarly` for everything else that is no answer.
    """
    match exchange:
        case NeverLeft(why):
            hint = "check the network and [erp] url, then run the same command again"
            sentence = f"the ERP cannot be reached for {method}: {why}"
            raise StoppedEarly(Fault("", sentence, hint=hint))
        case Unknown(why):
            raise stopped(f"the ERP gave no answer to {method}: {why}")
        case Answer(status, body):
            return _data_of(status, body, method, absent, hide)


def _data_of(
    status: int, body: bytes, method: str, absent: Sequence[str], hide: Hide
) -> object | None:
    envelope = _envelope(body)
    if envelope is None:
        if status in _ELSEWHERE or 300 <= status < 400:  # noqa: PLR2004 -- HTTP's own
            hint = "check [erp] url: it ends in /crmapi/rest/v2"
            sentence = f"the ERP answered {method} with {status}: the address is wrong"
            raise SettingsRefused(Fault("importer.toml", sentence, hint=hint))
        if status in _NOT_ALLOWED:
            raise TokenDeadError(f"the ERP answered {method} with {status}")
        start = start_of(body, hide)
        nonsense = " and nonsense" if is_success(status) else ""
        raise stopped(f"the ERP answered {method} with {status}{nonsense}{start}")
    said = hide(_said(envelope.status))
    if envelope.status.code == OK and is_success(status):
        if envelope.data is None:
            raise stopped(f"the ERP answered {method} without data", said)
        return envelope.data
    if _ABOUT_TOKEN.search(said) or status in _NOT_ALLOWED:
        raise TokenDeadError(said)
    if not envelope.data and _is_absence(envelope.status, absent):
        return None
    hint = "if it says that nothing is there, name it in [erp.options] absent"
    raise StoppedEarly(Fault("", f"the ERP refused {method}", said, hint))


def _is_absence(status: Status, absent: Sequence[str]) -> bool:
    if status.code == OK:
        return False
    words = (status.code, status.message, status.description)
    return any(word in absent for word in words if word) or bool(
        _ABOUT_ABSENCE.search(" ".join(words))
    )


def _outcome_of(status: int, body: bytes, wanted: Decimal, hide: Hide) -> Outcome:
    envelope = _envelope(body)
    if envelope is None:
        return InDoubt(f"it answered {status} and nonsense{start_of(body, hide)}")
    if envelope.status.code != OK and not envelope.data:
        return Refused(hide(_said(envelope.status)))
    try:
        paid = PaymentShort.model_validate(envelope.data)
    except ValidationError:
        paid = None
    if paid is None or envelope.status.code != OK or not is_success(status):
        start = start_of(body, hide)
        return InDoubt(f"its answer {status} contradicts itself{start}")
    if paid.payment_amount != wanted:
        alarm = (
            f"ALARM: CRM.COM has paid {paid.payment_amount} where {wanted} was meant: "
            f"cancel its payment {paid.number} there"
        )
        return InDoubt(f"its payment {paid.number} has another amount", alarm)
    if paid.life_cycle_state not in ("", "POSTED"):
        state = paid.life_cycle_state
        return InDoubt(
            f"its payment {paid.number} is {state}, not POSTED: see to it in CRM.COM"
        )
    return Posted(paid.number)


def _envelope(body: bytes) -> Envelope | None:
    try:
        return Envelope.model_validate(exact_json.read(body))
    except (exact_json.NotJson, ValidationError):
        return None


def _said(status: Status) -> str:
    """Join code and texts as a person reads them."""
    texts = [text.strip() for text in (status.message, status.description)]
    words = "; ".join(dict.fromkeys(text for text in texts if text))
    return f"{status.code}: {words}" if words else status.code


def stopped(sentence: str, said: str = "") -> StoppedEarly:
    """Return the error for an answer that is none."""
    return StoppedEarly(Fault("", sentence, said, "run the same command again"))
