"""What a payer is called: names made comparable, and similar ones as suggestions.

Only what cannot tell two payers apart is folded: case, punctuation, accents, what
banks put in front, and, where nothing else is called so, legal forms.  A look-alike
letter of another script is kept, so that it never decides.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

BANK_WORDS = re.compile(
    r"^(?:ORIG CO NAME|ORIG ID|CO NAME|INDN|DES|ACH (?:CREDIT|DEPOSIT|PAYMENT)|ACH|"
    r"ZELLE (?:PAYMENT |TRANSFER )?FROM|VENMO FROM|"
    r"(?:INCOMING |DOMESTIC |INTL )?WIRE(?: TRANSFER)?(?: FROM| IN| CREDIT)?|"
    r"CHECK DEPOSIT|MOBILE DEPOSIT|DEPOSIT|PAYMENT FROM|TRANSFER FROM|"
    r"FEDWIRE CREDIT VIA|EFT|CCD|CTX|PPD|"
    r"GUTSCHRIFT(?: VON)?|SEPA[- ](?:GUTSCHRIFT|UEBERWEISUNG|CREDIT TRANSFER)|"
    r"UEBERWEISUNG(?: VON)?|ÜBERWEISUNG(?: VON)?|"
    r"VIR(?:EMENT)?(?: SEPA)?(?: RECU)?(?: DE)?|"
    r"TRANSFERENCIA(?: RECIBIDA)?(?: DE)?|TRANSF\.? (?:DE|RECIBIDA)|"
    r"OVERBOEKING(?: VAN)?|BIJ(?:SCHRIJVING)? VAN|BONIFICO(?: DA)?)\b[\s:;,\-/.]*",
    re.IGNORECASE,
)
LEGAL = frozenset(
    (
        *("llc", "inc", "incorporated", "corp", "corporation", "co", "company"),
        *("ltd", "limited", "lp", "llp", "pllc", "plc", "dba", "the", "and"),
        *("gmbh", "mbh", "ag", "kg", "ohg", "ug", "ek", "und", "bv", "nv", "vof", "en"),
        *("sa", "sas", "sarl", "eurl", "et", "srl", "spa", "sl", "slu", "cv", "de"),
        *("ltda", "lda", "eireli", "y", "e"),
    )
)
TRUNCATED_AT = frozenset((16, 22, 27, 32, 35, 70))
"""Where formats cut a name off: NACHA, Zelle lists, MT940, OFX, SWIFT, SEPA."""
TRUNCATED_LEAST = 12
SCORE_LEAST = 80
CLOSE = 5
# A name inside another is less than the same name.
WITHIN = 0.9
SHORT = 4
_CANDIDATES_MOST = 500
_REMEMBERED = 1 << 16


def plain(name: str) -> str:
    """Return a name without what a bank puts in front of it."""
    name = name.strip()
    while (shorter := BANK_WORDS.sub("", name)) != name:
        name = shorter
    return name


@lru_cache(maxsize=_REMEMBERED)
def folded(name: str) -> str:
    """Return a name in words alone, without case, accents and punctuation."""
    spread = unicodedata.normalize("NFD", plain(name).casefold())
    letters = "".join(one for one in spread if not unicodedata.combining(one))
    for joiner in ("'", "’", "."):  # noqa: RUF001 -- the apostrophe that banks write
        letters = letters.replace(joiner, "")
    return " ".join(re.sub(r"[^\w]+|_", " ", letters).split())


@lru_cache(maxsize=_REMEMBERED)
def canonical(name: str) -> str:
    """Return a folded name without its legal form."""
    words = folded(name).split()
    return " ".join([word for word in words if word not in LEGAL] or words)


def beginning(name: str) -> str:
    """Return the folded beginning of a name that a format has cut off, else nothing."""
    bare = plain(name)
    is_cut = len(name.strip()) in TRUNCATED_AT or len(bare) in TRUNCATED_AT
    start = folded(name)
    return start if is_cut and len(start) >= TRUNCATED_LEAST else ""


def alike(one: str, other: str) -> int:
    """Score from 0 to 100 how like two canonical names are.

    They are compared word by word; one that is all within the other counts nearly
    as the same.
    """
    from rapidfuzz import fuzz  # noqa: PLC0415 -- only for what nobody recognised

    whole = max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))
    within = fuzz.token_set_ratio(one, other)
    is_short = min(len(one), len(other)) <= SHORT
    return round(whole if is_short else max(whole, within * WITHIN))


class Known:
    """The customers' names, to find those that are most like another."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Index customers and their names by the letters that the names hold."""
        self._names = [(customer, name, canonical(name)) for customer, name in names]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for place, (_, _, said) in enumerate(self._names):
            for gram in _grams(said):
                self._holding[gram].append(place)

    def similar(self, name: str) -> list[tuple[str, str, int]]:
        """Return (customer, its name, score) of the names most like this one.

        Scores run to 100; nearly equal ones all come back, for a person to choose.
        """
        wanted = canonical(name)
        near = (self._names[place] for place in self._candidates(wanted))
        scored = [(one, said, alike(wanted, folded)) for one, said, folded in near]
        best = max((score for *_, score in scored), default=0)
        if best < SCORE_LEAST:
            return []
        close = [one for one in scored if one[2] >= best - CLOSE]
        return sorted(close, key=lambda one: (-one[2], one[0]))[:3]

    def _candidates(self, wanted: str) -> set[int]:
        """Collect the names that share the rarest letters with this one."""
        lists = sorted(
            (self._holding[gram] for gram in _grams(wanted) if gram in self._holding),
            key=len,
        )
        found: set[int] = set()
        for places in lists:
            if len(found) + len(places) > _CANDIDATES_MOST and found:
                break
            found.update(places)
        return found


def _grams(name: str) -> set[str]:
    return {name[at : at + 3] for at in range(max(len(name) - 2, 1))}
