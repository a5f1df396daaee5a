"""How long the first rule takes to find, beside a loop over compiled `re`."""

import os
import random
import re
import statistics
import sys
import time
from datetime import date
from decimal import Decimal

import pytest

from importer.mapping.schema import Mapping
from importer.model import Place, Remittance
from importer.resolve.rules import RuleBook

pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
DAY = date(2026, 3, 16)
TEXTS = 2000
LOOPED = 100
TIMES = 5


def words(chance: random.Random) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [
        "".join(chance.choices(letters, k=chance.randint(4, 9))) for _ in range(30000)
    ]


def mapping(names: list[str], count: int) -> Mapping:
    """Make rules that each name somebody, anywhere in the text."""
    rules = [
        {
            "name": f"rule {place}",
            "when": {"text": rf"\b{names[place]} {names[place + 1]}\b"},
            "customer": str(place),
        }
        for place in range(count)
    ]
    read = {
        "account": "A",
        "currency": "USD",
        "date": {"column": "D", "format": "%Y"},
        "amount": {"column": "X"},
    }
    return Mapping.model_validate(
        {"name": "m", "file": {"name": "*"}, "read": read, "rule": rules}
    )


def remittances(
    names: list[str], count: int, chance: random.Random
) -> list[Remittance]:
    """Make texts of about 120 characters; half of them name somebody of a rule."""
    made = []
    for place in range(TEXTS):
        named = chance.randrange(count if place % 2 else len(names) - 1)
        rest = " ".join(chance.choices(names, k=12))
        text = f"CCD PAYMENT {place * 7919} {names[named]} {names[named + 1]} {rest}"
        made.append(
            Remittance(
                Place("f", place), "A", "USD", Decimal(1), DAY, DAY, "", text, "", ()
            )
        )
    return made


def test_rules_beside_a_loop() -> None:
    chance = random.Random(2026)
    names = words(chance)
    taken: dict[int, float] = {}
    for count in (10, 1000, 10000):
        book = RuleBook(mapping(names, count))
        texts = remittances(names, count, chance)
        runs = []
        for _ in range(TIMES):
            start = time.perf_counter()
            for one in texts:
                book.first(one, explain=False)
            runs.append((time.perf_counter() - start) / TEXTS)
        taken[count] = statistics.median(runs)
    loop = [
        re.compile(one.when.text or "", re.IGNORECASE)
        for one in mapping(names, 1000).rule
    ]
    texts = remittances(names, 1000, chance)[:LOOPED]
    start = time.perf_counter()
    for one in texts:
        next((rule for rule in loop if rule.search(one.text)), None)
    looped = (time.perf_counter() - start) / LOOPED
    said = ", ".join(f"{count:,}: {each * 1e6:.1f} µs" for count, each in taken.items())
    sys.stdout.write(
        f"\nrules, a text of 120 characters: {said};"
        f" 10,000 are {taken[10000] / taken[10]:.2f} of 10;"
        f" a loop of `re` at 1,000 is {looped / taken[1000]:.0f} of ours\n"
    )
