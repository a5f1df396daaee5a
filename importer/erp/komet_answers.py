"""What an answer of Komet means; the default is that it proves nothing.

To a payment:

    no byte left: name, connection, TLS, or time over before    NotSent
    2xx, status 1, a control number                             Posted
    2xx, status 0, a message, no control number                 Refused
    400 401 403 404 405 411-415 422, status 0 and a message     Refused
    the same without that envelope (a gateway's page)           InDoubt
    408 409 425 429, whatever it says                           InDoubt
    any 1xx, 3xx, 5xx, whatever it says                         InDoubt
    2xx otherwise: empty, HTML, no JSON, a key twice, no
      control number, status 1 and 0 at once, another type      InDoubt
    reset, cut off, too long, too late, anything else           InDoubt

To a question for a list: rows, or an exception.  An error is never read as an
empty list: empty is only `[]` with status 1, or a message of a known wording
("Payments not found.") with the list absent.
"""

import re
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from importer.erp import exact_json
from importer.erp.heard import Hide, is_success, start_of
from importer.erp.komet_messages import Envelope, Number
from importer.erp.transport import Answer, Exchange, NeverLeft, Unknown
from importer.errors import Fault, ImporterError, SettingsRefused, StoppedEarly
from importer.model import InDoubt, NotSent, Outcome, Posted, Refused

REFUSING = frozenset({400, 401, 403, 404, 405, 411, 412, 413, 414, 415, 422})
_ELSEWHERE = frozenset({404, 405, 410})
_NOT_ALLOWED = frozenset({401, 403})

_ABOUT_TOKEN = re.compile(
    r"token|authenti|authori[sz]|credential|permission|password|access denied"
    r"|not (?:allowed|granted)",
    re.IGNORECASE,
)
_ABOUT_QUOTA = re.compile(r"quota|limit|too many|exceed", re.IGNORECASE)
_NOTHING = (
    r"(?:no {0} (?:were |was )?found|{0} (?:were |was )?not found|there are no {0})\.?"
)
_NUMBER: TypeAdapter[int] = TypeAdapter(Number, config=ConfigDict(strict=True))

Row = TypeVar("Row", bound=BaseModel)


class TooLong(StoppedEarly):
    """A list is longer than is read at once: ask for fewer days."""


def outcome(exchange: Exchange, hide: Hide) -> Outcome:
    """Say what became of a payment; `hide` takes the token out of Komet's words."""
    match exchange:
        case NeverLeft(why):
            return NotSent(why)
        case Unknown(why):
            return InDoubt(why)
        case Answer(status, body) if is_success(status) or status in REFUSING:
            return _outcome_of(status, body, hide)
        case Answer(status, body):
            return InDoubt(f"it answered {status}{start_of(body, hide)}")


def _outcome_of(status: int, body: bytes, hide: Hide) -> Outcome:
    try:
        document = exact_json.read(body)
        envelope = Envelope.model_validate(document)
        control = _control_number(document)
    except (exact_json.NotJson, ValidationError):
        return InDoubt(f"it answered {status} and nonsense{start_of(body, hide)}")
    message = hide(envelope.message)
    if envelope.status == 1 and is_success(status) and control:
        return Posted(str(control))
    if envelope.status == 0 and message.strip() and not control:
        return Refused(message)
    return InDoubt(f"its answer {status} contradicts itself{start_of(body, hide)}")


def _control_number(document: object) -> int:
    """Return the control number, 0 where there is none; raises for anything else."""
    found = document.get("controlNumber") if isinstance(document, dict) else None
    return 0 if found in (None, "") else _NUMBER.validate_python(found)


def rows(
    exchange: Exchange, method: str, key: str, row: type[Row], hide: Hide
) -> tuple[Row, ...]:
    """Read the rows of a list, whole or not at all.

    Raises `SettingsRefused` when the token or the address is wrong, and
    `StoppedEarly` for everything else that is not a list or known to be empty, which
    is `TooLong` where not all of it was read.
    """
    match exchange:
        case NeverLeft(why):
            hint = "check the network and [erp] url, then run the same command again"
            sentence = f"the ERP cannot be reached for {method}: {why}"
            raise StoppedEarly(Fault("", sentence, hint=hint))
        case Unknown(why, is_too_long=True):
            hint = "run the same command again"
            sentence = f"the ERP gave no answer to {method}: {why}"
            raise TooLong(Fault("", sentence, hint=hint))
        case Unknown(why):
            raise _stopped(f"the ERP gave no answer to {method}: {why}")
        case Answer(status, body):
            document = _document(method, status, body, hide)
    found = document.get(key)
    if found in (None, []) and _says_nothing_found(document, key):
        return ()
    envelope = _envelope(method, document, hide)
    if envelope.status == 0:
        raise _failed(method, hide(envelope.message))
    if not isinstance(found, list):
        raise _stopped(f'the ERP answered {method} without "{key}"')
    try:
        return tuple(row.model_validate(one) for one in found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        sentence = f'the ERP answered {method}, and "{where}" in it cannot be read'
        raise _stopped(sentence) from None


def _document(method: str, status: int, body: bytes, hide: Hide) -> dict[str, object]:
    """Return the JSON object of an answer, or raise what its absence means."""
    try:
        document = exact_json.read(body)
    except exact_json.NotJson:
        document = None
    message = hide(_message(document))
    if status in _NOT_ALLOWED and not _ABOUT_QUOTA.search(message):
        raise _no_entry(f"the ERP answered {method} with {status}", message)
    if status in _ELSEWHERE or 300 <= status < 400:  # noqa: PLR2004 -- HTTP's own
        raise SettingsRefused(
            Fault(
                "importer.toml",
                f"the ERP answered {method} with {status}: the address is wrong",
                message,
                "check [erp] url",
            )
        )
    if is_success(status) and isinstance(document, dict):
        return document
    if message:
        raise _stopped(f"the ERP answered {method} with {status}", message)
    start = start_of(body, hide)
    nonsense = " and nonsense" if is_success(status) else ""
    raise _stopped(f"the ERP answered {method} with {status}{nonsense}{start}")


def _says_nothing_found(document: dict[str, object], key: str) -> bool:
    noun = f"(?:orders?|records?|results?|{key[:-1]}s?)"
    words = _NOTHING.format(noun)
    said = re.fullmatch(words, _message(document).strip(), re.IGNORECASE)
    return said is not None and document.get("status") in (0, 1, "0", "1")


def _envelope(method: str, document: dict[str, object], hide: Hide) -> Envelope:
    try:
        return Envelope.model_validate(document)
    except ValidationError:
        message = hide(_message(document))
        raise _stopped(f"the ERP answered {method} without a status", message) from None


def _failed(method: str, message: str) -> ImporterError:
    if _ABOUT_QUOTA.search(message) or not _ABOUT_TOKEN.search(message):
        return _stopped(f"the ERP refused {method}", message)
    return _no_entry(f"the ERP refused {method}", message)


def _no_entry(sentence: str, message: str) -> SettingsRefused:
    hint = "check the token that [erp] names, and which methods it is granted"
    return SettingsRefused(Fault("importer.toml", sentence, message, hint))


def _stopped(sentence: str, message: str = "") -> StoppedEarly:
    hint = "run the same command again"
    if _ABOUT_QUOTA.search(message):
        hint = "the calls of the day are spent: run it again tomorrow"
    return StoppedEarly(Fault("", sentence, message, hint))


def _message(document: object) -> str:
    found = document.get("message") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""
