"""What a person's decision about one remittance comes to, or why it cannot be taken.

ready                  post (approved as it is)   skip
held, refused          post   remember   skip   posted 88123
in doubt, not found    posted 88123   send again (asked twice)
"""

import re
from dataclasses import replace
from difflib import get_close_matches

from importer import notation
from importer.journal.entry import Doubt, Entry, Held, Part, Ready
from importer.journal.orders import Again, Approve, Decision, Verdict
from importer.model import Evidence, Hold, InDoubt, Pay, Posted, Reason, Skip
from importer.notation import together
from importer.review.payments import UnsoundError, payments
from importer.review.sheet import Said
from importer.review.sights import confirmed, part_of, shown
from importer.review.worktop import Worktop

UNSURE = (Reason.NOT_FOUND, Reason.DIFFERS_IN_ERP)
ASKED_ONCE = "send again was asked once"
BY_A_PERSON = "decided by a person"
POSTED = re.compile(r"posted\s*(?P<number>[\w./#-]{1,50})", re.IGNORECASE)
WORDS = ("post", "remember", "skip", "posted", "send again")
TAKES = "decision takes post, remember, skip, posted 88123, send again"
IN_DOUBT_TAKES = "in doubt takes: posted 88123, or send again"
DONE = {
    "posted": "take the decision out; what is wrong with it is mended in the ERP",
    "posting": "take the decision out, and decide by the next result",
    "skipped": "take the decision out; what was skipped is entered in the ERP by hand",
    "duplicate": "take the decision out; what is no duplicate is entered by hand",
}


def verdict(row: Said, entry: Entry, worktop: Worktop, by: str) -> Decision:
    """Return what a row with a decision orders; raises `UnsoundError`."""
    said = " ".join(row["decision"].casefold().split())
    note = row["note"]
    unsure, is_ready = _is_unsure(entry), isinstance(entry.state, Ready)
    _refuse_late(entry, said)
    decided: Verdict
    part: int | None = None
    match said:
        case "post" if is_ready and not (row["set_customer"] or row["set_invoices"]):
            decided = Approve()
        case "skip" | "post" | "remember" if unsure:
            done = "skipped" if said == "skip" else "posted"
            sentence = f"what is {entry.status} cannot be {done}: the ERP may have it"
            raise UnsoundError(sentence, IN_DOUBT_TAKES)
        case "skip":
            if not note:
                raise UnsoundError("skip needs a reason", "write it into note")
            decided = Skip(note, Evidence(rule=BY_A_PERSON))
        case "post" | "remember":
            found = (f"{BY_A_PERSON}: {note or 'no note'}",)
            evidence = Evidence(BY_A_PERSON, found)
            decided = Pay(payments(row, entry, worktop), evidence)
        case "send again":
            decided = _again(entry, unsure=unsure)
        case _ if said.partition(" ")[0] == "posted" or POSTED.fullmatch(said):
            if is_ready:
                sentence = "it is ready, and would be sent all the same"
                raise UnsoundError(sentence, "skip it, with the number in note")
            decided, part = _seen(row, entry, worktop)
        case _:
            raise UnsoundError(
                f'no decision is called "{row["decision"]}"', _near(said)
            )
    if row["set_customer"] or row["set_invoices"]:
        _refuse_filled(row, said)
    return Decision(entry.id, entry.version, decided, by, note, part=part)


def _refuse_late(entry: Entry, said: str) -> None:
    """Refuse what is decided about a remittance that needs no decision any more."""
    if hint := DONE.get(entry.status):
        numbers = [
            part.outcome.control_number
            for part in entry.parts
            if isinstance(part.outcome, Posted)
        ]
        under = f" under {', '.join(numbers)}" if numbers else ""
        sentence = f'it is {entry.status}{under}, and takes no "{said}"'
        raise UnsoundError(sentence, hint)


def _near(said: str) -> str:
    """Name the decision that was meant, where one is near, and all others."""
    typed = said.rstrip("0123456789#./- ") or said
    near = get_close_matches(typed, WORDS, n=1)
    return f"did you mean {near[0]}? {TAKES}" if near else TAKES


def _is_unsure(entry: Entry) -> bool:
    """Say whether the ERP may have it, as far as anybody knows."""
    if isinstance(entry.state, Doubt):
        return True
    if any(isinstance(part.outcome, InDoubt) for part in entry.parts):
        return True
    return isinstance(entry.state, Held) and entry.state.hold.reason in UNSURE


def _refuse_filled(row: Said, said: str) -> None:
    """Refuse what stands beside a decision that would not look at it."""
    if said in {"post", "remember"}:
        return
    takes_customer = said.startswith("posted") and not row["set_invoices"]
    if not takes_customer:
        raise UnsoundError(
            f"set_customer and set_invoices mean nothing with {said}",
            "take them out, or write post",
        )


def _again(entry: Entry, *, unsure: bool) -> Hold | Again:
    """Send again on the second order; answer the first with what it may do."""
    if not unsure:
        hint = "to post it, write post"
        raise UnsoundError("send again is for what is in doubt", hint)
    state = entry.state
    if isinstance(state, Held) and ASKED_ONCE in state.hold.sentence:
        return Again()
    why = state.hold.sentence if isinstance(state, Held) else "it is in doubt"
    sentence = (
        f"{ASKED_ONCE}: {why}. If the ERP has it after all, the customer's money is "
        "booked twice. Look for the reference there, then write send again once more"
    )
    return Hold(Reason.NOT_FOUND, sentence, entry.evidence)


def _seen(row: Said, entry: Entry, worktop: Worktop) -> tuple[Posted, int | None]:
    """Return what a person saw in the ERP, and of which of several payments."""
    number = number_of(row)
    if not number:
        raise UnsoundError(
            "posted needs the control number, and nothing else",
            "write for example: posted 88123",
        )
    how = f"a person saw it in the ERP: {row['note'] or 'no note'}"
    found = confirmed(number, row, entry, worktop)
    if found is None:
        return Posted(number, how), None
    how = f"{how}; the ERP shows {shown(found)}"
    return Posted(number, how), part_of(found, entry)


def rest_of(entry: Entry, decision: Decision) -> Decision | None:
    """Hold what was not sent yet of a remittance, when a person has seen one payment.

    Who entered that one may have entered the others as well: they are not just sent.
    """
    if not isinstance(decision.verdict, Posted):
        return None
    doubtful = [n for n, one in enumerate(entry.parts) if _is_doubtful(one)]
    place = doubtful[0] if decision.part is None and doubtful else decision.part
    left = [
        part
        for at, part in enumerate(entry.parts)
        if at != place and not isinstance(part.outcome, Posted)
    ]
    if place is None or not left or any(_is_doubtful(one) for one in left):
        return None
    unsent = notation.write(together(part.payment for part in left))
    sentence = (
        f"a person saw {decision.verdict.control_number} in the ERP; the rest was not "
        f"sent: {unsent}. Write post to send it; or posted and its number"
    )
    shares = together(part.payment for part in entry.parts)
    hold = Hold(Reason.POSSIBLY_BY_HAND, sentence, entry.evidence, shares)
    return replace(decision, version=entry.version + 1, verdict=hold, part=None)


def _is_doubtful(part: Part) -> bool:
    return isinstance(part.outcome, InDoubt)


def number_of(row: Said) -> str:
    """Return the control number that a row's decision names, if it names one."""
    found = POSTED.fullmatch(row["decision"])
    return found["number"].removeprefix("#") if found else ""
