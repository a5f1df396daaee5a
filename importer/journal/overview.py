"""The journal looked over from above: where every row stands, without folding any.

Rows come in pages, so that memory stays flat, and a hundred thousand of them are
walked in seconds.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from importer.journal.database import Database, Row

PAGE = 2_000
WAITING = ("held", "refused", "in_doubt")
_REASON = re.compile(r'\{"hold":\{"reason":"([a-z-]+)"')
# JSON escapes a quote inside a text: these keys are found where they are keys.
_STANDINGS = """select r.place, r.readable, r.currency, r.amount, s.status,
    exists (select 1 from event e where e.remittance = r.id and e.seq > 1
        and e.kind not in ('posting', 'looked', 'verified', 'noted')
        and e.body like '%"by":"%' and e.body not like '%"by":""%'),
    (select length(e.body) - length(replace(e.body, '"invoice":', '_________'))
        from event e where e.remittance = r.id and e.kind in ('ready', 'held')
        order by e.seq desc limit 1),
    case when s.status = 'held' then (select substr(e.body, 1, 64) from event e
        where e.remittance = r.id and e.kind = 'held'
        order by e.seq desc limit 1) end,
    case when s.status in ('held', 'refused', 'in_doubt') then r.body end
    from file f join remittance r on r.file = f.number
    join standing s on s.remittance = r.id
    where f.sha256 = ? and r.place > ? order by r.place limit ?"""
_TAKEN_IN = """select case when r.readable = 1 then r.currency else '' end,
    r.amount, count(*) from remittance r join file f on f.number = r.file
    where f.sha256 = ? group by 1, 2"""
_CALLS = """select day, sum(calls) from call where erp = ?
    group by day order by day"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of a file as it stands, as far as figures need it.

    `by_person` says that a person has decided about it or approved it, `invoices`
    how many its last plan or suggestion names, `reason` the code for which it is
    held.  A row that nobody can read has no currency; `payer` and `payer_account`
    are told of what waits for a person alone.
    """

    currency: str
    amount: Decimal
    status: str
    by_person: bool
    invoices: int
    reason: str = ""
    payer: str = ""
    payer_account: str = ""


class Overview:
    """Looks over an open journal."""

    def __init__(self, database: Database) -> None:
        """Look at this one."""
        self._database = database

    def standings(self, sha256: str) -> Iterator[Standing]:
        """Stream the rows of a file as they stand, in the order of the file."""
        last = -1
        while page := self._database.execute(_STANDINGS, (sha256, last, PAGE)):
            last = page[-1][0]
            yield from map(_standing, page)

    def taken_in(self, sha256: str) -> Mapping[str, tuple[int, Decimal]]:
        """Return the rows and the money of a file by currency, wherever they stand.

        It looks at nothing but what was taken in, so that it can be held against
        sums over where the rows stand.
        """
        rows: defaultdict[str, int] = defaultdict(int)
        money: defaultdict[str, Decimal] = defaultdict(Decimal)
        for currency, amount, count in self._database.execute(_TAKEN_IN, (sha256,)):
            rows[currency] += count
            money[currency] += Decimal(amount) * count if currency else 0
        return {currency: (rows[currency], money[currency]) for currency in rows}

    def calls_by_day(self, erp: str) -> Mapping[date, int]:
        """Return the calls of every day that had some, the oldest first."""
        rows = self._database.execute(_CALLS, (erp,))
        return {date.fromisoformat(day): int(calls) for day, calls in rows}


def _standing(row: Row) -> Standing:
    _, readable, currency, amount, status, by_person, invoices, hold, body = row
    reason = _REASON.match(hold or "")
    said = json.loads(body) if body and readable else {}
    return Standing(
        currency=currency if readable else "",
        amount=Decimal(amount) if readable else Decimal(0),
        status=status,
        by_person=bool(by_person),
        invoices=invoices or 0,
        reason=reason[1] if reason else "",
        payer=said.get("remitter", ""),
        payer_account=said.get("payer_account", ""),
    )
