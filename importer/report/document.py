"""The figures as one document for programs: the same as on the page, in full."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from importer.report.figures import Figures, Rate, Tally, Through, payers_most

PLACES = Decimal("0.0001")


def document(found: Figures) -> dict[str, Any]:
    """Return what the page says; shares are of one, and null where there is none."""
    scope = found.scope
    return {
        "made": scope.now.isoformat(timespec="seconds"),
        "from": scope.first,
        "until": scope.last,
        "journal": {"position": found.head.position, "hash": found.head.hash},
        "files": found.files,
        "read": _tally(found.read),
        "conserved": found.is_conserved,
        "statuses": _tallies(found.statuses),
        "straight_through": {
            "all": _through(found.through),
            "days": {
                str(day): _through(one) for day, one in sorted(found.days.items())
            },
            "mappings": {
                name: _through(one) for name, one in sorted(found.mappings.items())
            },
        },
        "waiting": {
            "all": _tally(found.waiting),
            "elsewhere": found.waiting_elsewhere,
            "reasons": {
                code: _tally(one) for code, one in sorted(found.reasons.items())
            },
            "days_at_least": {str(age): _tally(one) for age, one in found.ages.items()},
            "payers": {
                currency: [{"payer": payer, **_tally(one)} for payer, one in named]
                for currency, named in payers_most(found).items()
            },
        },
        "calls": {
            "erp": scope.erp,
            "limit": scope.daily_calls,
            "days": {str(day): number for day, number in found.calls.items()},
        },
        "watcher": scope.watcher or None,
    }


def _tally(one: Tally) -> dict[str, Any]:
    return {"rows": one.rows, "sums": dict(sorted(one.money.items()))}


def _tallies(several: Mapping[Any, Tally]) -> dict[str, Any]:
    return {str(key): _tally(one) for key, one in sorted(several.items())}


def _through(one: Through) -> dict[str, Any]:
    return {
        "remittances": _rate(one.remittances),
        "invoices": _rate(one.invoices),
        "money": {
            currency: _rate(rate) for currency, rate in sorted(one.money.items())
        },
        "lines": _rate(one.lines),
    }


def _rate(one: Rate) -> Mapping[str, Any]:
    share = None if one.share is None else one.share.quantize(PLACES)
    return {"part": one.part, "whole": one.whole, "share": share}
