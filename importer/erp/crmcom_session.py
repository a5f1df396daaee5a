"""Being logged in to CRM.COM: a token that dies, and a new one before it does.

Promises:
1. A token is asked for when it is first needed, and anew before it dies: two hours
   after it was given (its own `exp` says when), or an hour after its last use where
   it says nothing (before R12).
2. Many threads share one token; of several that find it dead, one logs in.
3. Neither the password nor any token is in an error, a log or a journal.
"""

import base64
import binascii
import time
from collections.abc import Callable
from threading import Lock

from pydantic import ValidationError

from importer.erp import Meter, crmcom_answers, exact_json
from importer.erp.crmcom_messages import Token
from importer.erp.crmcom_options import Options
from importer.erp.secret import Secret
from importer.erp.transport import Transport
from importer.errors import Fault, SettingsRefused

IDLE_SECONDS = 3600
LONGEST_SECONDS = 7200
BY_PASSWORD = "authentication/token"  # noqa: S105 -- the name of a method
BY_KEY = "authentication/web_api_key/token"
_PARTS_OF_JWT = 3
_SPARE_SECONDS = 30


class Session:
    """One log-in, shared by all threads of a client."""

    def __init__(  # noqa: PLR0913, PLR0917 -- what logging in takes
        self,
        transport: Transport,
        secret: Secret,
        options: Options,
        meter: Meter,
        timeout: float,  # seconds
        clock: Callable[[], float] = time.monotonic,  # seconds
    ) -> None:
        """Ask nothing yet; `secret` is the password, or the API key without a user."""
        self._transport = transport
        self._secret = secret
        self._options = options
        self._meter = meter
        self._spare = timeout + _SPARE_SECONDS
        self._clock = clock
        self._lock = Lock()
        self._tokens: list[Secret] = []
        self._seconds = 0.0
        self._is_idle_kind = False
        self._dies_at = 0.0

    def token(self) -> Secret:
        """Return a token that lives for one more exchange; logs in where needed."""
        with self._lock:
            now = self._clock()
            spare = min(self._spare, self._seconds / 2)
            if not self._tokens or now >= self._dies_at - spare:
                self._log_in()
            elif self._is_idle_kind:
                self._dies_at = now + self._seconds
            return self._tokens[-1]

    def renewed(self, dead: Secret) -> Secret:
        """Return a token that is not this one, which CRM.COM has refused."""
        with self._lock:
            if not self._tokens or self._tokens[-1] is dead:
                self._log_in()
            return self._tokens[-1]

    def hide(self, text: str) -> str:
        """Take the secret and every token out of a text that CRM.COM wrote."""
        for one in (self._secret, *self._tokens):
            text = one.hide(text)
        return text

    def _log_in(self) -> None:
        options, by_key = self._options, not self._options.user
        method = BY_KEY if by_key else BY_PASSWORD
        self._meter(method)
        said = {"unit": options.unit} if options.unit else {}
        headers = {}
        if by_key:
            pair = base64.b64encode(f"{self._secret.reveal()}:".encode())
            headers["Authorization"] = f"Basic {pair.decode('ascii')}"
        else:
            said = {
                "username": options.user,
                "password": self._secret.reveal(),
                "organisation": options.organisation,
                **said,
            }
        asked_at = self._clock()
        exchange = self._transport.post(method, exact_json.write(said), headers)
        try:
            found = crmcom_answers.data(exchange, method, (), self.hide)
            token = Token.model_validate(found).token
        except (crmcom_answers.TokenDeadError, ValidationError) as error:
            said_so = str(error) if not isinstance(error, ValidationError) else ""
            raise _no_entry(method, self.hide(said_so)) from None
        life = lifetime(token)
        self._is_idle_kind = life is None
        self._seconds = IDLE_SECONDS if life is None else life
        self._dies_at = asked_at + self._seconds
        # The last but one may still be under way in another thread, and be quoted.
        self._tokens = [*self._tokens[-1:], Secret(token)]


def lifetime(token: str) -> float | None:  # seconds
    """Return how long a token lives by its own word, nothing where it has none.

    Only the difference of its two times counts: CRM.COM's clock is not ours.
    """
    parts = token.split(".")
    if len(parts) != _PARTS_OF_JWT:
        return None
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = exact_json.read(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError):
        return None
    match claims:
        case {"iat": int(given), "exp": int(dies)} if dies > given:
            return min(dies - given, LONGEST_SECONDS)
        case _:
            return None


def _no_entry(method: str, said: str) -> SettingsRefused:
    sentence = f"the ERP refused {method}: the token cannot be had"
    hint = "check user, organisation and unit in [erp.options], and the secret"
    return SettingsRefused(Fault("importer.toml", sentence, said, hint))
