"""What people decide again and again is proposed, and never anything else."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from importer.journal.entry import Done, Entry, FileRecord, Part, Plan, Skipped, State
from importer.mapping import patterns
from importer.mapping.aliases import load_aliases
from importer.mapping.load import load
from importer.model import (
    Alias,
    Customer,
    Evidence,
    Payment,
    Place,
    Posted,
    Remittance,
    Skip,
)
from importer.proposals import proposals
from importer.resolve.snapshot import Books

DAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
FILE = FileRecord("00", "a.csv", NOW, "first_bank", "", "A", "", 1)
CUSTOMERS = (
    Customer("10442", "ROSE", "Rosewood Floral"),
    Customer("10451", "", "Bloom"),
)
MAPPING = """
[file]
name = "*.csv"
[read]
account = "A"
currency = "USD"
date = { column = "D", format = "%Y-%m-%d" }
amount = { column = "X" }
"""


def paid(*customers: str) -> State:
    parts = tuple(
        Part(Payment(f"BK{one}", one, "", "USD", DAY, "", "", "", (), Decimal(1)))
        for one in customers
    )
    return Done(Plan(parts, Evidence()), (Posted("1"),))


def entry(remitter: str, state: State, by: str = "mk", number: int = 0) -> Entry:
    said = Remittance(
        Place("a.csv", number), "A", "USD", Decimal(1), DAY, DAY, remitter, "", "", ()
    )
    return Entry(f"BK{number}", FILE, said, state, 2, NOW, decided_by=by)


def books(*aliases: Alias) -> Books:
    return Books(CUSTOMERS, (), aliases)


def test_three_decisions_for_one_customer_propose_the_line(tmp_path: Path) -> None:
    names = ("JKL, HOLDINGS", "Jkl, Holdings LLC", "ACH CREDIT JKL, HOLDINGS")
    decided = [
        entry(name, paid("10442"), number=number) for number, name in enumerate(names)
    ]
    assert proposals(decided[:2], books()) == ()
    (found,) = proposals(decided, books())
    assert found.sentence == (
        '"ACH CREDIT JKL, HOLDINGS" was decided 3 times'
        " as customer 10442 Rosewood Floral"
    )
    assert found.remittances == ("BK0", "BK1", "BK2")
    path = tmp_path / "customers.csv"
    header = "remitter,account,customer,since,by,note"
    path.write_text(f"{header}\n{found.line}\n", encoding="utf-8")
    aliases = load_aliases(path)
    known = books(*aliases).sightings("JKL HOLDINGS", "")
    assert [customer for customer, _ in known] == ["10442"]
    assert [(one.since, one.by) for one in aliases] == [("2026-03-16", "mk")]
    assert proposals(decided, books(*aliases)) == ()
    (other,) = proposals(decided, books(), "customer;by;remitter;policy")
    assert other.line == "10442;mk;ACH CREDIT JKL, HOLDINGS;"


def test_who_was_decided_in_two_ways_is_not_proposed() -> None:
    same = [entry("JKL", paid("10442"), number=number) for number in range(5)]
    for other in (paid("10451"), paid("10442", "10451"), Skipped(Skip("", Evidence()))):
        assert proposals([*same, entry("JKL", other)], books()) == ()
        assert proposals([entry("JKL", other), *same], books()) == ()
    assert len(proposals([*same, entry("OTHER", paid("10451"))], books())) == 1


def test_what_rules_decided_and_whom_the_bank_does_not_name_is_not_proposed() -> None:
    rules = [entry("JKL", paid("10442"), by="") for _ in range(3)]
    nobody = [entry(" ", paid("10442")) for _ in range(3)]
    assert proposals([*rules, *nobody], books()) == ()


def test_three_skips_propose_a_rule_that_loads_and_finds(tmp_path: Path) -> None:
    remitter = "O'NEIL (CARD) FEES+TAX"
    skips = [entry(remitter, Skipped(Skip("", Evidence()))) for _ in range(3)]
    (found,) = proposals(skips, books())
    assert found.file == "mappings/first_bank.toml"
    path = tmp_path / "first_bank.toml"
    path.write_text(f"{MAPPING}\n{found.line}\n", encoding="utf-8")
    (rule,) = load(path).rule
    assert rule.skip
    assert patterns.compiled(rule.when.remitter or "").search(remitter)
    assert not patterns.compiled(rule.when.remitter or "").search("O'NEIL CARD FEES")
