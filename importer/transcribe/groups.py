"""Make one remittance of the rows that share a check or trace number.

What the rows say about payer and day must agree.  Texts are joined, each once;
the amount is the one that each row repeats, or the sum of the rows.
"""

from collections.abc import Sequence
from dataclasses import replace

from importer.model import ZERO, Remittance
from importer.table import Row
from importer.transcribe.amounts import Unclear

Member = tuple[Row, Remittance | Unclear]

_AGREED = (
    "account",
    "currency",
    "booking_date",
    "value_date",
    "remitter",
    "payer_account",
    "kind",
    "location",
    "customer",
)
_JOINED = ("text", "reference", "bank_id")


def merged(
    members: Sequence[Member], identity: Sequence[str], *, repeats: bool
) -> Remittance:
    """Merge rows in their order; with `repeats` each states the whole amount.

    Raises `Unclear` where one cannot be read or two contradict each other.
    """
    _refuse_unclear(members)
    rows = [one for _, one in members if isinstance(one, Remittance)]
    if len(rows) == 1:
        return rows[0]
    for name in (*_AGREED, "amount") if repeats else _AGREED:
        _agree(rows, name)
    first = rows[0]
    text, reference, bank_id = (_joined(rows, name) for name in _JOINED)
    whole = replace(
        first,
        amount=first.amount if repeats else sum((row.amount for row in rows), ZERO),
        text=text,
        reference=reference,
        bank_id=bank_id,
        advice=tuple(line for row in rows for line in row.advice),
    )
    return replace(whole, identity=tuple(getattr(whole, name) for name in identity))


def _refuse_unclear(members: Sequence[Member]) -> None:
    """Say of a whole group which of its rows cannot be read."""
    troubles = [(row, one) for row, one in members if isinstance(one, Unclear)]
    if troubles and len(members) == 1:
        raise troubles[0][1]
    if troubles:
        whys = (f"in row {row.line}, {error.sentence}" for row, error in troubles)
        raise Unclear("; ".join(whys), troubles[0][1].hint)


def _agree(rows: Sequence[Remittance], name: str) -> None:
    first = rows[0]
    for row in rows[1:]:
        if getattr(row, name) != getattr(first, name):
            raise Unclear(
                f"rows {first.place.row} and {row.place.row} of one group differ in"
                f' {name.replace("_", " ")}: "{getattr(first, name)}" and'
                f' "{getattr(row, name)}"'
            )


def _joined(rows: Sequence[Remittance], name: str) -> str:
    """Join what the rows say, each text once."""
    return " ".join(dict.fromkeys(filter(None, (getattr(row, name) for row in rows))))
