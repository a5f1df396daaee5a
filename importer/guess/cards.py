"""Notice that a file may be of a card, where charges often have no minus.

Whether a positive amount came in or was spent cannot be seen in the amount.
The titles, the names and the texts of payments to the card give it away.
"""

import re

from importer.guess.evidence import Evidence
from importer.guess.proof import amount_reader
from importer.guess.said import Said, because, unsure
from importer.mapping.schema import AmountColumns
from importer.table import Table

_CARD = re.compile(
    r"\b(?:credit |debit )?cards?\b|tarjeta|kreditkart|carte (?:bancaire|de credit)"
    r"|cartao|信用卡|卡号",
    re.IGNORECASE,
)
_PAID_TO_CARD = re.compile(
    r"(?:payment|pago|zahlung|paiement|betaling)\b.*"
    r"(?:thank|received|danke|gracias|merci|bedankt)|autopay|还款",
    re.IGNORECASE,
)


def sign(amount: AmountColumns, evidence: Evidence, table: Table) -> Said:
    """Say whether the sign of a signed column can be relied on."""
    column = next(one for one in evidence.columns if one.name == amount.column)
    if not column.negative:
        return unsure(
            f'amount: no amount in "{column.name}" is negative; it may be money in, or'
            " charges of a card (then inverse = true)"
        )
    if found := _speaks_of_card(amount, evidence, table):
        return unsure(
            f'amount: "{found}" speaks of a card; a positive amount may be money in,'
            " or a charge (then inverse = true)"
        )
    return because(f'amount: "{column.name}" has its sign')


def _speaks_of_card(amount: AmountColumns, evidence: Evidence, table: Table) -> str:
    """Return the first words that give a card away; empty where none do."""
    titles = [cell.strip() for row in table.preamble for cell in row.cells]
    for words in (*titles, *table.header):
        if _CARD.search(words):
            return words
    signed = amount_reader(amount, evidence)
    for row in table.rows():
        value = signed(row)
        if value is None or value >= 0:
            continue
        for cell in row.cells:
            if _PAID_TO_CARD.search(cell):
                return cell.strip()
    return ""
