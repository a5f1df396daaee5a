"""Know the words with which a row states a balance or a total instead of money."""

import re
from enum import Enum

from importer.table import Row


class Kind(Enum):
    """What a row of a bank file is."""

    MONEY = "money"
    OPENING = "an opening balance"
    CLOSING = "a closing balance"
    TOTAL = "a total"
    REMARK = "a remark"
    ODD = "half of what money needs"


_OPENING = r"""
    (?:opening|beginning|starting|previous|initial|old)\ (?:ledger\ )?balance
  | balance\ brought\ forward | balance\ at\ start | saldo\ (?:inicial|anterior|initial)
  | saldo\ ant\.? | anfangssaldo | anfangsbestand | alter\ (?:kontostand|saldo)
  | ancien\ solde | solde\ (?:initial|precedent|précédent) | beginsaldo
  | ingående\ saldo | saldo\ początkowe | počáteční\ zůstatek | 期初余额"""
_CLOSING = r"""
    (?:closing|ending|final|new)\ (?:ledger\ )?balance
  | balance\ carried\ forward | balance\ at\ end | saldo\ (?:final|actual)
  | endsaldo | endbestand | neuer\ (?:kontostand|saldo) | nouveau\ solde
  | solde\ final | eindsaldo | utgående\ saldo | saldo\ końcowe | konečný\ zůstatek
  | 期末余额"""
_TURNOVER = r"""
    (?:debit\ |credit\ )?turnover | total\ (?:debits|credits|deposits|withdrawals)"""
_WHEN = r"(?:\s+(?:as\ of|at|on|am|al|au|per|per\ den|op|em)\s.*)?"
_WHOLE_CELLS = {
    kind: re.compile(f"(?:{words}){_WHEN}", re.IGNORECASE | re.VERBOSE)
    for kind, words in (
        (Kind.OPENING, _OPENING),
        (Kind.CLOSING, _CLOSING),
        (Kind.TOTAL, _TURNOVER),
    )
}
_TOTAL = re.compile(
    r"\b(?:sub)?total\b|\bsumme\b|\bgesamt|\bsuma\b|合计|总计", re.IGNORECASE
)


def stated(row: Row) -> tuple[Kind, str] | None:
    """Return what a whole cell says that the row states, and that cell."""
    for cell in row.cells:
        for kind, pattern in _WHOLE_CELLS.items():
            if pattern.fullmatch(cell.strip()):
                return kind, cell.strip()
    return None


def speaks_of_total(row: Row) -> bool:
    """Say whether any cell has a word for a total in it."""
    return any(_TOTAL.search(cell) for cell in row.cells)
