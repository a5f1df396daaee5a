"""The tokens of the CRM.COM that is played: given at a log-in, and dead one day."""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from threading import Lock

from importer.sandbox.crmcom_rules import Switches

LOG_IN = ("sandbox", "DEMO")


class Tokens:
    """The tokens that are alive, with when they die; safe to share."""

    def __init__(self) -> None:
        """Begin with none: who was logged in before a restart is no more."""
        self._lock = Lock()
        self._dies_at: dict[str, float] = {}  # seconds
        self._given = 0

    def give(self, switches: Switches) -> str:
        """Make a token, as the release has it."""
        with self._lock:
            self._given += 1
            given = int(time.time())
            claims = {"jti": self._given, "iat": given, "usr": LOG_IN[0]}
            claims["exp"] = given + switches.token_seconds
            digest = hashlib.sha256(json.dumps(claims).encode()).hexdigest()
            token = digest[:32].upper()
            if switches.token_kind == "jwt":  # noqa: S105 -- a kind, not a token
                parts = ({"alg": "HS256", "typ": "JWT"}, claims)
                token = ".".join((*(_segment(one) for one in parts), digest))
            self._dies_at[token] = time.monotonic() + switches.token_seconds
        return token

    def is_alive(self, token: object, switches: Switches) -> bool:
        """Say whether a token is known; the old kind lives on by being used."""
        with self._lock:
            moment = time.monotonic()
            if self._dies_at.get(str(token), 0) <= moment:
                return False
            if switches.token_kind != "jwt":  # noqa: S105 -- a kind, not a token
                self._dies_at[str(token)] = moment + switches.token_seconds
            return True

    def kill(self) -> None:
        """Let all tokens die at once, as a restart of the server does."""
        with self._lock:
            self._dies_at.clear()


def _segment(claims: Mapping[str, object]) -> str:
    raw = json.dumps(claims).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
