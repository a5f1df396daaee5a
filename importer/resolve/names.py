"""What a payer is called: names made comparable, and similar ones as suggestions.

Only what cannot tell two payers apart is folded: case, punctuation, accents,
legal forms, and what banks put in front.  A look-alike letter of another script
is kept, so that it never decides.
"""

import re
import unicodedata
from collections.abc import Iterable

BANK_WORDS = re.compile(
    r"^(?:ORIG CO NAME|ORIG ID|CO NAME|ACH CREDIT|ACH DEPOSIT|ACH|"
    r"ZELLE (?:PAYMENT )?FROM|WIRE (?:TRANSFER )?(?:FROM|IN)|INCOMING WIRE|WIRE|"
    r"CHECK DEPOSIT|DEPOSIT|PAYMENT FROM|TRANSFER FROM|FEDWIRE CREDIT VIA|EFT|"
    r"CCD|CTX|PPD)\b[\s:;\-/]*",
    re.IGNORECASE,
)
LEGAL = frozenset(
    (
        *("llc", "inc", "incorporated", "corp", "corporation", "co", "company"),
        *("ltd", "limited", "lp", "llp", "plc", "gmbh", "ag", "kg", "bv", "nv", "sa"),
        *("sas", "sarl", "srl", "spa", "sl", "ltda", "the", "and"),
    )
)
SCORE_LEAST = 80
CLOSE = 5
# A name inside another is less than the same name.
WITHIN = 0.9
SHORT = 4


def canonical(name: str) -> str:
    """Return a name as it is compared."""
    name = name.strip()
    while (shorter := BANK_WORDS.sub("", name)) != name:
        name = shorter
    spread = unicodedata.normalize("NFD", name.casefold())
    folded = "".join(one for one in spread if not unicodedata.combining(one))
    for joiner in ("'", "’", "."):  # noqa: RUF001 -- the apostrophe that banks write
        folded = folded.replace(joiner, "")
    words = re.sub(r"[^\w]+", " ", folded).split()
    kept = [word for word in words if word not in LEGAL]
    return " ".join(kept or words)


def _alike(one: str, other: str) -> float:  # a ratio
    """Compare word by word; a name that is all within the other counts nearly full."""
    from rapidfuzz import fuzz  # noqa: PLC0415 -- only for what nobody recognised

    whole = fuzz.token_sort_ratio(one, other)
    within = fuzz.token_set_ratio(one, other)
    return max(whole, within * WITHIN) if min(len(one), len(other)) > SHORT else whole


def similar(name: str, known: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Return (customer, its name, score) of the names most like this one.

    Scores run to 100; nearly equal ones all come back, for a person to choose.
    """
    wanted = canonical(name)
    if not wanted:
        return []
    scored = [
        (customer, said, round(_alike(wanted, canonical(said))))
        for customer, said in known
    ]
    best = max((score for *_, score in scored), default=0)
    if best < SCORE_LEAST:
        return []
    near = [one for one in scored if one[2] >= best - CLOSE]
    return sorted(near, key=lambda one: (-one[2], one[0]))[:3]
