"""Resolve invented bank lines and hold the decisions against the truth.

    python truth.py [SEED] [COUNT] [KIND]

Prints, by kind, how many were posted right, held though decidable, held rightly and
posted wrong, and the shares in four denominators: remittances, invoices, money, and
lines of the file (with those that are no payment).  With KIND, ten of that kind that
were held though decidable.  Exits with 1 if one was posted wrong.
"""

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from debtors import Company, company
from notices import Notice, notices

from importer.mapping.schema import Mapping
from importer.model import (
    Alias,
    Customer,
    Hold,
    Invoice,
    Pay,
    Place,
    Remittance,
    Resolution,
    Skip,
)
from importer.resolve import Limits, resolve
from importer.resolve.snapshot import Books

TERMS = {"percent": "2", "days": 10, "grace": 2}
CAREFUL: dict[str, Any] = {"discount": TERMS}
BY_AMOUNT = CAREFUL | {"one_invoice_amount": "post", "combination": "post"}
RULES = [
    {
        "name": "bank charges",
        "when": {"text": r"\b(service charge|wire fee|interest paid)\b"},
        "skip": True,
    },
    {
        "name": "our own transfers",
        "when": {"text": "transfer to savings"},
        "skip": True,
    },
    {"name": "returned", "when": {"text": "returned item"}, "hold": "a returned item"},
]
SHOWN = 10


@dataclass(slots=True)
class Tally:
    """What came of the lines of one kind, in four denominators."""

    lines: Counter[str] = field(default_factory=Counter)
    invoices: Counter[str] = field(default_factory=Counter)
    money: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def mapping(policy: dict[str, Any]) -> Mapping:
    """Make a mapping with this policy and the few rules that every bank needs."""
    return Mapping.model_validate(
        {
            "name": "bench",
            "path": "bench.toml",
            "file": {"name": "*"},
            "read": {
                "account": "A",
                "currency": "USD",
                "date": {"column": "D", "format": "%Y"},
                "amount": {"column": "X"},
            },
            "policy": policy,
            "rule": RULES,
        }
    )


def books(world: Company) -> Books:
    """Put the company into the books as an ERP and accounting would have it."""
    every = world.debtors.values()
    owed = [
        Invoice(
            one.number,
            one.customer,
            one.amount.quantize(Decimal("0.01")),
            issued=one.issued,
            po_number=one.order,
        )
        for debtor in every
        for one in (*debtor.owed, *([debtor.credit] if debtor.credit else []))
    ]
    aliases = [
        Alias(name, account, one.id, "", "", "", line)
        for line, one in enumerate(every, start=2)
        for name, account in ((one.holder, ""), ("", one.account))
        if name or account
    ]
    return Books((Customer(one.id, "", one.name) for one in every), owed, aliases)


def remittance(number: int, one: Notice) -> Remittance:
    """Set a line out as transcribing would."""
    return Remittance(
        place=Place("bench.csv", number),
        account="A",
        currency="USD",
        amount=one.amount,
        value_date=one.day,
        booking_date=one.day,
        remitter=one.remitter,
        text=one.text,
        reference=one.reference,
        identity=(),
        payer_account=one.account,
    )


def judge(one: Notice, found: Resolution, *, decidable: Iterable[str]) -> str:
    """Hold a decision against the truth."""
    truth = one.truth
    match found:
        case Pay(payments=payments):
            paid = [
                (
                    each.customer,
                    sorted(
                        (p.invoice, p.amount, p.discount) for p in each.applications
                    ),
                    each.unapplied,
                )
                for each in payments
            ]
            meant = [(truth.customer, sorted(truth.parts), truth.rest)]
            return "right" if paid == meant else "WRONG"
        case Hold():
            return "missed" if truth.decidable in decidable else "held"
        case Skip():
            return "held" if truth.decidable == "skip" else "LOST"


def run(
    world: Company, lines: list[Notice], policy: dict[str, Any]
) -> dict[str, Tally]:
    """Decide every line against the same books, and tell them apart by kind."""
    found: dict[str, Tally] = defaultdict(Tally)
    rules, known = mapping(policy), books(world)
    for number, one in enumerate(lines):
        said = remittance(number, one)
        (decided,) = resolve([(f"BK{number}", said)], rules, known, Limits())
        verdict = judge(one, decided, decidable=("quoted", "amount"))
        tally = found[one.kind]
        tally.lines[verdict] += 1
        tally.invoices[verdict] += len(one.truth.parts)
        tally.money[verdict] += int(abs(one.amount) * 100)
        told = f"{one.amount} | {one.remitter} | {one.account} | {one.text}"
        truth = f"meant {one.truth.customer} {one.truth.parts} {one.truth.rest}"
        if verdict in ("WRONG", "LOST"):
            tally.wrong.append(f"{told}\n      {decided}\n      {truth}")
        if verdict == "missed" and isinstance(decided, Hold):
            tally.missed.append(
                f"{told}\n      {decided.reason.value}: {decided.sentence}\n"
                f"      {truth}"
            )
    return found


def share(tallies: Iterable[Counter[str]]) -> str:
    """Write which part of the decidable was posted."""
    total = sum(tallies, Counter())
    decidable = total["right"] + total["missed"]
    return f"{100 * total['right'] / decidable:.2f} %" if decidable else "-"


def wrong(found: dict[str, Tally]) -> list[str]:
    """Return what was posted wrong, or taken for no payment."""
    return [one for tally in found.values() for one in tally.wrong]


def told(name: str, found: dict[str, Tally]) -> str:
    """Write the table of one policy."""
    words = ("right", "missed", "held", "WRONG", "LOST")
    lines = [f"\n{name:24}" + "".join(f"{word:>9}" for word in words)]
    for kind, tally in sorted(found.items()):
        lines.append(
            f"{kind:24}" + "".join(f"{tally.lines[word]:>9,}" for word in words)
        )
    total = sum((tally.lines for tally in found.values()), Counter())
    lines.append(f"{'all':24}" + "".join(f"{total[word]:>9,}" for word in words))
    all_lines = total.total()
    lines.append(
        "posted of the decidable: remittances "
        f"{share(one.lines for one in found.values())}, invoices "
        f"{share(one.invoices for one in found.values())}, money "
        f"{share(one.money for one in found.values())}; of all lines "
        f"{100 * total['right'] / all_lines:.2f} %"
    )
    return "\n".join(lines)


def main(seed: int, count: int, kind: str) -> int:
    """Run both policies and print their tables."""
    chance = random.Random(seed)
    world = company(chance, max(count // 10, 200))
    lines = notices(world, chance, count)
    failed = 0
    for name, policy in (("careful", CAREFUL), ("with amount rules", BY_AMOUNT)):
        start = time.monotonic()
        found = run(world, lines, policy)
        sys.stdout.write(told(name, found))
        seconds = time.monotonic() - start
        sys.stdout.write(f"\nseed {seed}, {count:,} remittances, {seconds:.0f} s\n")
        bad = wrong(found)
        failed += len(bad)
        sys.stdout.write("".join(f"  WRONG {one}\n" for one in bad[:SHOWN]))
        for one in found[kind].missed[:SHOWN] if kind else ():
            sys.stdout.write(f"  missed {one}\n")
    return int(failed > 0)


if __name__ == "__main__":
    given = [*sys.argv[1:], "", "", ""]
    sys.exit(main(int(given[0] or 2026), int(given[1] or 100_000), given[2]))
