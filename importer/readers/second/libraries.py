"""What the libraries of a format find in a file: amounts, in the bank's own sign."""

import logging
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path


def ofx(path: Path) -> Iterator[Decimal]:
    """Yield the amounts that ofxparse finds; it is quadratic, so small files only."""
    import ofxparse  # noqa: PLC0415 loaded where a person asks for it

    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        found = ofxparse.OfxParser.parse(file)
    for account in found.accounts:
        for one in getattr(account.statement, "transactions", ()):
            if isinstance(one, ofxparse.Transaction):
                yield Decimal(one.amount)


def mt940(path: Path, encoding: str) -> Iterator[Decimal]:
    """Yield the amounts that mt-940 finds, with the sign of reversals turned."""
    import mt940 as library  # noqa: PLC0415 loaded where a person asks for it

    # It logs the whole text of what it cannot read.
    logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)
    options = library.Options.all()
    for one in library.parse(str(path), encoding=encoding, options=options):
        amount = one.data["amount"]
        yield Decimal(amount.amount)
