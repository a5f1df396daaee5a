"""What can go wrong on the way: told in advance, per method, for some requests.

Before the request is there in full, so that nothing of it can be applied:

    cut        the head is read, then RST                half   the same in mid-body
    stall      half of the body, then nothing for `seconds`

In place of an answer:

    drop       read everything, close without a word     reset  the same by RST
    hang       say nothing for `seconds`, then close

The answer, spoilt on its way (`spoilt`):

    slow       after `seconds`                           drip   a byte every `seconds`
    short      length too long                           headed the head, then RST
    truncated  JSON cut off, length true                 open   the same, no length
    chunks     chunks, one of them broken                gzip   compressed
    garbage    bytes, not HTTP                           bare   a body without a head
    empty      200, no body                              huge   200 and 8 MiB of blanks
    continue   100 Continue, then nothing more           continued  100 Continue first
    twice      the whole answer two times

Another answer:

    says       `status` (200) and `body` as it stands    html   200, a page to log in
    status     `status` (500) with a page of HTML        quota  the calls are spent
    refuse     `status` (200) with status 0              error  an error, and no list
    redirect   `status` (307) to `to`

Lists only:

    fewer      half the rows                             lag    as it was `seconds` ago
    unfiltered whatever was asked for                    shape  changed as `body` says,
                                                                one of `shapes.SHAPES`

`applies` says what becomes of the request meanwhile: "yes" (before the answer),
"twice" (and the kind `double` is nothing else), "no", or "late" (`late` seconds
after it came, whatever was answered).  `change` is applied in place of what was
asked for.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from importer.errors import Fault, SettingsRefused
from importer.sandbox.komet import Call, quota_spent
from importer.sandbox.shapes import SHAPES
from importer.sandbox.wire import Document, Reply, failure

EARLY = frozenset({"cut", "half", "stall"})
KINDS = EARLY | {
    *("drop", "reset", "hang", "slow", "drip", "short", "headed", "truncated", "open"),
    *("chunks", "gzip", "garbage", "bare", "empty", "huge", "continue", "continued"),
    *("twice", "says", "html", "status", "quota", "refuse", "redirect", "error"),
    *("double", "fewer", "lag", "unfiltered", "shape"),
}
_PAGE = "<html><head><title>{0}</title></head><body>{0}</body></html>"


@dataclass(frozen=True, slots=True)
class Accident:
    """One accident: which requests it meets, and how; see the module."""

    kind: str
    method: str = "payment.receive"
    times: int = 1
    after: int = 0
    applies: str = "yes"
    seconds: float = 1  # seconds
    late: float = 1  # seconds
    status: int = 0
    to: str = ""
    body: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)


class Accidents:
    """The accidents that are still to come; safe to share between threads."""

    def __init__(self) -> None:
        """Expect none."""
        self._lock = threading.Lock()
        self._coming: list[Accident] = []

    def expect(self, **said: Any) -> None:
        """Add an accident; raises `SettingsRefused` for one that is not known."""
        kind = said.get("kind")
        known = KINDS if kind != "shape" else SHAPES.keys()
        name = kind if kind != "shape" else said.get("body")
        if name not in known:
            fault = Fault("", f'no accident is called "{name}"')
            raise SettingsRefused(replace(fault, hint=", ".join(sorted(known))))
        if kind == "quota" or kind in EARLY:
            said = {"applies": "no", **said}
        if kind == "double":
            said = {"applies": "twice", **said}
        with self._lock:
            self._coming.append(Accident(**said))

    def clear(self) -> None:
        """Expect none any more."""
        with self._lock:
            self._coming.clear()

    def meet(self, method: str) -> Accident | None:
        """Return what happens to this request, and count it."""
        with self._lock:
            for at, one in enumerate(self._coming):
                if one.method != method:
                    continue
                if one.after:
                    self._coming[at] = replace(one, after=one.after - 1)
                    continue
                if one.times > 1:
                    self._coming[at] = replace(one, times=one.times - 1)
                else:
                    del self._coming[at]
                return one
        return None


def asked(accident: Accident, call: Call) -> Call:
    """Return the request as it is understood on the other side."""
    if accident.change:
        body = {**json.loads(call.body), **accident.change}
        return replace(call, body=json.dumps(body))
    if accident.kind == "unfiltered":
        token = call.query.get("authenticationToken", "")
        everything = {"authenticationToken": token, "customer": "%"}
        return replace(call, query=everything)
    return call


def changed(
    accident: Accident, reply: Reply, no: Callable[[str], Document] = failure
) -> Reply:
    """Return what is answered in place of the true reply; `no` is the ERP's way."""
    status, document = accident.status, reply.document
    match accident.kind:
        case "fewer" if isinstance(document, dict):
            halves = {
                key: rows[: len(rows) // 2] if isinstance(rows, list) else rows
                for key, rows in document.items()
            }
            return Reply(reply.status, halves)
        case "shape" if isinstance(document, dict):
            return Reply(reply.status, SHAPES[accident.body](document))
        case "says":
            return Reply(status or 200, accident.body)
        case "status":
            return Reply(status or 500, _PAGE.format("Server Error"))
        case "refuse":
            return Reply(status or 200, no("Something is not right."))
        case "html":
            return Reply(200, _PAGE.format("Please log in"))
        case "redirect":
            return Reply(status or 307, _PAGE.format("Moved"))
        case "error":
            failed = {"status": 1, "message": "An unexpected error occurred."}
            return Reply(status or 200, failed)
        case "quota":
            return quota_spent(accident.body or str(status or 429))
        case _:
            return reply
