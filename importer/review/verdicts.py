"""What a person's decision about one remittance comes to, or why it cannot be taken.

ready                  post (approved as it is)   skip
held, refused          post   remember   skip   posted 88123
in doubt, not found    posted 88123   send again (asked twice)
"""

import re

from importer.journal.entry import Doubt, Entry, Held, Ready, Refusal
from importer.journal.orders import Again, Approve, Decision, Verdict
from importer.model import Evidence, Hold, InDoubt, Pay, Posted, Reason, Skip
from importer.review.payments import UnsoundError, payments
from importer.review.sheet import Said
from importer.review.worktop import Worktop

UNSURE = (Reason.NOT_FOUND, Reason.DIFFERS_IN_ERP)
ASKED_ONCE = "send again was asked once"
BY_A_PERSON = "decided by a person"
POSTED = re.compile(r"posted\s*(?P<number>[\w./#-]{1,50})", re.IGNORECASE)
TAKES = "decision takes post, remember, skip, posted 88123, send again"


def verdict(row: Said, entry: Entry, worktop: Worktop, by: str) -> Decision:
    """Return what a row with a decision orders; raises `UnsoundError`."""
    said = " ".join(row["decision"].casefold().split())
    note = row["note"]
    waits = isinstance(entry.state, Held | Refusal)
    unsure, is_ready = _is_unsure(entry), isinstance(entry.state, Ready)
    decided: Verdict
    match said:
        case "post" if is_ready and not (row["set_customer"] or row["set_invoices"]):
            decided = Approve()
        case "skip" | "post" | "remember" if unsure or not (waits or is_ready):
            done = "skipped" if said == "skip" else "posted"
            raise UnsoundError(
                f"what is {entry.status} cannot be {done}",
                "in doubt takes: posted 88123, or send again" if unsure else "",
            )
        case "skip":
            if not note:
                raise UnsoundError("skip needs a reason in note")
            decided = Skip(note, Evidence(rule=BY_A_PERSON))
        case "post" | "remember":
            found = (f"{BY_A_PERSON}: {note or 'no note'}",)
            evidence = Evidence(BY_A_PERSON, found)
            decided = Pay(payments(row, entry, worktop), evidence)
        case "send again":
            decided = _again(entry, unsure=unsure)
        case _ if said.startswith("posted"):
            if not (unsure or waits):
                raise UnsoundError(f"what is {entry.status} cannot be posted")
            decided = _seen(row)
        case _:
            raise UnsoundError(f'no decision is called "{row["decision"]}"', TAKES)
    if row["set_customer"] or row["set_invoices"]:
        _refuse_filled(said)
    return Decision(entry.id, entry.version, decided, by, note)


def _is_unsure(entry: Entry) -> bool:
    """Say whether the ERP may have it, as far as anybody knows."""
    if isinstance(entry.state, Doubt):
        return True
    if any(isinstance(part.outcome, InDoubt) for part in entry.parts):
        return True
    return isinstance(entry.state, Held) and entry.state.hold.reason in UNSURE


def _refuse_filled(said: str) -> None:
    """Refuse invoices beside a decision that would not look at them."""
    if said not in {"post", "remember"}:
        raise UnsoundError(
            f"set_customer and set_invoices mean nothing with {said}",
            "take them out, or write post",
        )


def _again(entry: Entry, *, unsure: bool) -> Hold | Again:
    """Send again on the second order; answer the first with what it may do."""
    if not unsure:
        raise UnsoundError("send again is for what is in doubt")
    state = entry.state
    if isinstance(state, Held) and ASKED_ONCE in state.hold.sentence:
        return Again()
    why = state.hold.sentence if isinstance(state, Held) else "it is in doubt"
    sentence = (
        f"{ASKED_ONCE}: {why}. If the ERP has it after all, the customer's money is "
        "booked twice. Look for the reference there, then write send again once more"
    )
    return Hold(Reason.NOT_FOUND, sentence, entry.evidence)


def _seen(row: Said) -> Posted:
    """Return what a person saw in the ERP, under which control number."""
    found = POSTED.fullmatch(row["decision"])
    if found is None:
        raise UnsoundError(
            "posted needs the control number, and nothing else",
            "write for example: posted 88123",
        )
    return Posted(
        found["number"], f"a person saw it in the ERP: {row['note'] or 'no note'}"
    )
