"""The fault matrix H1-H15 as data: what befalls, and what it means for a payment.

The classes are those of the outcome table, written down here a second time, by
hand: the campaign compares them with what the program says.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from importer.sandbox.shapes import SHAPES

YES, NO, LATE, TWICE = "yes", "no", "late", "twice"
BOTH = (YES, NO, LATE)
POSTED = frozenset({"Posted"})
REFUSED = frozenset({"Refused"})
NOT_SENT = frozenset({"NotSent"})
IN_DOUBT = frozenset({"InDoubt"})
# The bytes may have left before the other side was gone: then it is a doubt.
UNSURE = NOT_SENT | IN_DOUBT

REFUSING = (400, 401, 403, 404, 405, 411, 412, 413, 414, 415, 422)
DOUBTFUL = (402, 406, 408, 409, 410, 418, 423, 425, 426, 428, 429, 431, 451)
BROKEN = (500, 501, 502, 503, 504, 505, 507, 508, 520, 599)
MOVED = (300, 301, 302, 303, 307, 308)
ALIVE = 0.9
"""How long a server says nothing, in seconds; a client that waits for less is short."""
PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that befalls a payment on its way, and its class.

    `how` are the arguments of the sandbox's accident, or of the way's mishap
    where `on_the_way`.  `sin` names the damage that the ERP itself does by it.
    """

    row: str
    name: str
    kind: str
    outcome: frozenset[str] = IN_DOUBT
    how: Mapping[str, Any] = field(default_factory=dict)
    applies: tuple[str, ...] = BOTH
    timeout: float = 5
    on_the_way: str = ""
    sin: str = ""


def _document(**keys: object) -> str:
    return json.dumps(keys)


SAYINGS: Mapping[str, str] = {
    "blanks": "  \n",
    "{}": "{}",
    "a list": "[]",
    "a text": '"success"',
    "a number": "1",
    "null": "null",
    "no control number": _document(status=1, message="success"),
    "an empty control number": _document(status=1, message="OK", controlNumber=""),
    "control number null": _document(status=1, message="OK", controlNumber=None),
    "control number 0": _document(status=1, message="OK", controlNumber=0),
    "control number abc": _document(status=1, message="OK", controlNumber="abc"),
    "control number 1.5": '{"status": 1, "message": "OK", "controlNumber": 1.5}',
    "control number true": _document(status=1, message="OK", controlNumber=True),
    "control number negative": _document(status=1, message="OK", controlNumber=-1),
    "control number in a list": _document(status=1, message="", controlNumber=[1]),
    "control number of 30 digits": _document(status=1, controlNumber="1" * 30),
    "no status": _document(message="success", controlNumber="88999"),
    "status 2": _document(status=2, message="OK", controlNumber="88999"),
    "status true": _document(status=True, message="OK", controlNumber="88999"),
    "status a word": _document(status="OK", message="OK", controlNumber="88999"),
    "status null": _document(status=None, message="OK", controlNumber="88999"),
    "status 1.0": '{"status": 1.0, "message": "OK", "controlNumber": "88999"}',
    "status 0 and nothing said": _document(status=0),
    "status 0 and a blank message": _document(status="0", message=" "),
    "status 0 and a control number": _document(
        status=0, message="Something is not right.", controlNumber="88999"
    ),
    "status twice": '{"status": 0, "status": 1, "message": "a", "controlNumber": "8"}',
    "control number twice": '{"status": 1, "controlNumber": 8, "controlNumber": 9}',
    "NaN": '{"status": 1, "message": "OK", "controlNumber": "88999", "x": NaN}',
    "Infinity": '{"status": 1, "controlNumber": "88999", "x": -Infinity}',
    "a byte order mark": "\ufeff" + _document(status=1, controlNumber="88999"),
    "two documents": _document(status=1, controlNumber="8") * 2,
    "a comma too many": '{"status": 1, "controlNumber": "88999",}',
    "words around": "success " + _document(status=1, controlNumber="88999"),
    "half a surrogate": '{"status": 1, "controlNumber": "8", "message": "\\ud800"}',
    "nesting": "[" * 100_000,
    "an envelope in a list": f"[{_document(status=1, controlNumber='88999')}]",
    "an envelope in a key": _document(data={"status": 1, "controlNumber": "8"}),
    "other names": _document(Status=1, Message="OK", ControlNumber="88999"),
    "a page": "<!DOCTYPE html><html><body>Please log in</body></html>",
    "a page that quotes success": "<html>" + _document(status=1, controlNumber="8"),
    "XML": "<?xml version='1.0'?><result><status>1</status></result>",
    "NUL": "\0",
}


def of_payments() -> Iterator[Fault]:
    """Yield what may befall payment.receive."""
    yield from _on_the_way()
    yield from _in_time()
    yield from _by_status()
    for name, body in SAYINGS.items():
        yield Fault("H9", f"says {name}", "says", how={"body": body})
    yield Fault("H9", "an empty body", "empty")
    for status in (201, 202, 204, 206):
        how = {"status": status, "body": ""}
        yield Fault("H9", f"{status} and nothing", "says", how=how)
    yield from _sins()


def _on_the_way() -> Iterator[Fault]:
    """Yield what may befall the connection, plain or secure, once or twice."""
    for where, tries in product(("plain", "secure"), (1, 2)):
        outcomes: dict[str, frozenset[str]] = {
            "gone": NOT_SENT,
            "reset": UNSURE,
            "mute": IN_DOUBT,
        }
        if where == "secure":
            papers = ("plain", "expired", "self-signed", "another host")
            outcomes = dict.fromkeys((*outcomes, *papers), NOT_SENT)
        if tries > 1:
            # Who is not there is not there for a time, however often he is called.
            del outcomes["gone"]
        for kind, outcome in outcomes.items():
            is_mute = kind == "mute"
            yield Fault(
                row="H1",
                name=f"{kind} on a {where} way, {tries} times",
                kind=kind,
                outcome=outcome,
                how={"times": tries, "seconds": ALIVE if is_mute else PATIENCE},
                applies=(NO,),
                timeout=PATIENCE if is_mute else 5,
                on_the_way=where,
            )


def _in_time() -> Iterator[Fault]:
    """Yield what may befall the request and its answer."""
    slow = {"seconds": ALIVE}
    for kind in ("cut", "half"):
        yield Fault("H2", kind, kind, applies=(NO,))
    yield Fault("H2", "stall", "stall", how=slow, applies=(NO,), timeout=PATIENCE)
    for kind in ("drop", "reset"):
        yield Fault("H3", kind, kind)
    for kind in ("hang", "slow"):
        yield Fault("H4", kind, kind, how=slow, timeout=PATIENCE)
    yield Fault("H4", "slow but in time", "slow", POSTED, {"seconds": 0.1}, (YES,))
    yield Fault("H5", "drip", "drip", how={"seconds": 0.05}, timeout=PATIENCE)
    yield Fault("H5", "100 and no more", "continue", how=slow, timeout=PATIENCE)
    for kind in (
        *("headed", "short", "truncated", "open", "chunks", "gzip", "garbage"),
        *("bare", "huge"),
    ):
        yield Fault("H5", kind, kind)
    # The first whole answer counts: a second one says nothing about the payment.
    for kind in ("continued", "twice"):
        yield Fault("H5", kind, kind, POSTED, applies=(YES,))


def _by_status() -> Iterator[Fault]:
    """Yield every status, with the documented envelope and without."""
    for status in MOVED:
        yield Fault("H6", f"{status} elsewhere", "redirect", how={"status": status})
    for status in REFUSING:
        # Refused and applied later is a lie that no look can see at once.
        how = {"status": status}
        name = f"{status} with the envelope"
        yield Fault("H7", name, "refuse", REFUSED, how, (NO, YES))
        yield Fault("H7", f"{status} with a page", "status", how=how)
    yield Fault("H7", "200 with a refusal", "refuse", REFUSED, {}, (NO, YES))
    for status in (*DOUBTFUL, *BROKEN):
        row = "H8" if status in BROKEN else "H7"
        how = {"status": status}
        yield Fault(row, f"{status} with the envelope", "refuse", how=how)
        yield Fault(row, f"{status} with a page", "status", how=how)
    yield Fault("H15", "quota 429", "quota", how={"body": "429"})
    yield Fault("H15", "quota html", "quota", how={"body": "html"})
    for way in ("403", "200"):
        said = {"body": way}
        yield Fault("H15", f"quota {way}", "quota", REFUSED, said, (NO, YES))


def _sins() -> Iterator[Fault]:
    """Yield what an ERP or a middle box does of its own: it is seen, not prevented."""
    others = {
        "customer": ("wrong customer", {"customerId": 10449, "invoices": []}),
        "sum": ("wrong amount", {"totalPayment": 250, "invoices": []}),
    }
    for name, (damage, change) in others.items():
        yield Fault(
            *("H10", f"booked with another {name}, answer lost", "drop"),
            how={"change": change},
            applies=(YES,),
            sin=damage,
        )
    title = "sent twice by a proxy, answer lost"
    yield Fault("H11", title, "drop", applies=(TWICE,), sin="doubled")


LIST_KINDS: Mapping[str, Mapping[str, Any]] = {
    "drop": {},
    "reset": {},
    "hang": {"seconds": ALIVE},
    "headed": {},
    "truncated": {},
    "short": {},
    "chunks": {},
    "garbage": {},
    "empty": {},
    "html": {},
    "status": {"status": 503},
    "redirect": {},
    "error": {},
    "refuse": {},
    "fewer": {},
    "lag": {"seconds": 3600},
    "unfiltered": {},
    "quota": {"applies": NO},
    "quota html": {"applies": NO, "body": "html"},
    "quota 200": {"applies": NO, "body": "200"},
    "404": {"kind": "refuse", "status": 404},
    "error 500": {"kind": "error", "status": 500},
    "says {}": {"kind": "says", "body": "{}"},
    "says []": {"kind": "says", "body": "[]"},
    "payments twice": {
        "kind": "says",
        "body": '{"status": 1, "payments": [], "payments": []}',
    },
    "not a list": {"kind": "says", "body": '{"status": 1, "payments": "none"}'},
}


@dataclass(frozen=True, slots=True)
class ListFault:
    """Something that befalls payment.list.

    `hides` says that a payment may be there and not be seen, with nothing to tell.
    """

    row: str
    name: str
    how: Mapping[str, Any]
    hides: bool = False
    timeout: float = 5


def of_lists() -> Iterator[ListFault]:
    """Yield what may befall payment.list."""
    for name, how in LIST_KINDS.items():
        kind = str(how.get("kind", name.split(" ", maxsplit=1)[0]))
        row = "H15" if kind == "quota" else "H14" if kind == "error" else "H12"
        timeout = PATIENCE if kind == "hang" else 5
        hides = kind in ("fewer", "lag")
        yield ListFault(row, name, {**how, "kind": kind}, hides, timeout)
    for shape in SHAPES:
        how = {"kind": "shape", "body": shape}
        hides = shape in ("cut", "unmarked")
        yield ListFault("H14" if hides else "H12", f"shape {shape}", how, hides)
