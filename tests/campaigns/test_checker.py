"""Each kind of damage is seen by the checker, and where there is none, none."""

import ast
import csv
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from checker import KINDS, Verdict, check

BANK = """Date,Reference,Customer,Payer,Invoice,Paid
2026-03-16,R1,10442,Rosewood,10201,100.00
2026-03-16,R2,10451,Bloom & Stem,10202,60.00
2026-03-16,R2,10451,Bloom & Stem,10203,40.00
2026-03-16,R3,10442,Rosewood,10204,30.00
2026-03-16,R3,10451,Bloom & Stem,10205,20.00
"""
COLUMNS = ("remittance", "status", "reference", "control_number", "file")
MARK = "BK7QDM2XW0C5V3K9AH1Z"[:19]


class Desk:
    """A bank file, the ERP's book and a result that agree, until something is done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bank = folder / "bank.csv"
        self.bank.write_text(BANK, encoding="utf-8")
        self.book = folder / "sandbox.db"
        self.results = folder / "results"
        self.results.mkdir()
        self.write(
            "CREATE TABLE payment (id INTEGER PRIMARY KEY, control INTEGER,"
            " customer INTEGER, cents INTEGER, reference TEXT, received_at TEXT,"
            " applied_at TEXT, cancelled INTEGER DEFAULT 0)"
        )
        self.write("CREATE TABLE applied (payment INTEGER, invoice INT, cents INT)")
        self.books(1, "R1", 10442, {10201: 10000})
        self.books(2, "R2", 10451, {10202: 6000, 10203: 4000})
        self.books(3, "R3", 10442, {10204: 3000})
        self.books(4, "R3", 10451, {10205: 2000})
        self.tells("M1", "posted", "R1", "88001")
        self.tells("M2", "posted", "R2", "88002")
        self.tells("M3", "posted", "R3", "88003 / 88004")

    def write(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.book)) as database, database:
            database.execute(statement, values)

    def books(
        self, number: int, reference: str, customer: int, on: dict[int, int]
    ) -> None:
        said = (number, 88000 + number, customer, sum(on.values()), reference)
        self.write(
            "INSERT INTO payment VALUES (?, ?, ?, ?, ? || ' ' || ?, '9:00', '9:01', 0)",
            *(*said, MARK),
        )
        for invoice, cents in on.items():
            self.write("INSERT INTO applied VALUES (?, ?, ?)", number, invoice, cents)

    def tells(self, *cells: str, stamp: str = "20260317-090000") -> None:
        path = self.results / f"bank.csv.{stamp}.csv"
        is_new = not path.exists()
        with path.open("a", encoding="utf-8-sig" if is_new else "utf-8") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(COLUMNS)
            writer.writerow([*cells, "bank.csv"])

    def verdict(self) -> Verdict:
        return check([self.bank], self.book, self.results)

    def kinds(self) -> list[str]:
        return sorted({one.kind for one in self.verdict().damages})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


LATER = "20260317-100000"


def test_where_all_is_well_no_damage_is_seen(desk: Desk) -> None:
    found = desk.verdict()
    assert found.damages == ()
    assert (found.remittances, found.statuses) == (3, {"posted": 3})
    assert "doubled 0; lost 0; false-posted 0" in str(found)


def test_a_second_payment_is_seen(desk: Desk) -> None:
    desk.books(5, "R1", 10442, {10201: 10000})
    assert desk.kinds() == ["doubled"]
    assert "booked 9:01" in desk.verdict().damages[0].sentence


def test_a_second_payment_under_another_mark_is_seen(desk: Desk) -> None:
    desk.books(5, "R1", 10442, {10201: 10000})
    other = f"R1 BK{'A' * 17}"
    desk.write("UPDATE payment SET reference = ? WHERE id = 5", other)
    assert desk.kinds() == ["doubled"]


def test_what_a_clerk_took_back_was_doubled_all_the_same(desk: Desk) -> None:
    desk.books(5, "R1", 10442, {10201: 10000})
    desk.write("UPDATE payment SET cancelled = 1 WHERE id = 5")
    assert desk.kinds() == ["doubled"]


def test_a_reversal_is_no_second_payment(desk: Desk) -> None:
    desk.books(5, "R1", 10442, {10201: -10000})
    assert desk.kinds() == []


def test_a_remittance_that_no_result_tells_of_is_lost(desk: Desk) -> None:
    more = "2026-03-16,R4,10442,Rosewood,10209,7.00\n"
    desk.bank.write_text(BANK + more, encoding="utf-8")
    assert desk.kinds() == ["lost"]


def test_a_result_of_another_file_does_not_tell_of_this_one(desk: Desk) -> None:
    other = desk.folder / "other.csv"
    other.write_text(BANK, encoding="utf-8")
    found = check([desk.bank, other], desk.book, desk.results)
    assert found.count("lost") == 3


@pytest.mark.parametrize("word", ["skipped", "duplicate"])
def test_what_is_dropped_and_was_never_paid_is_lost(desk: Desk, word: str) -> None:
    desk.write("DELETE FROM payment WHERE id = 1")
    desk.tells("M1", word, "R1", "", stamp=LATER)
    assert desk.kinds() == ["lost"]


def test_a_duplicate_of_what_is_paid_is_not_lost(desk: Desk) -> None:
    desk.tells("M9", "duplicate", "R1", "")
    assert desk.kinds() == []


def test_posted_without_a_payment_is_seen(desk: Desk) -> None:
    desk.write("DELETE FROM payment WHERE id = 1")
    assert desk.kinds() == ["false-posted"]


@pytest.mark.parametrize(
    "numbers",
    ["", "99999", "88002", "88003"],
    ids=["none", "none in the book", "another's", "another's second"],
)
def test_posted_under_a_number_that_is_not_its_own_is_seen(
    desk: Desk, numbers: str
) -> None:
    desk.tells("M1", "posted", "R1", numbers, stamp=LATER)
    assert "false-posted" in desk.kinds()


@pytest.mark.parametrize("numbers", ["88003", "88003 / 88003"])
def test_posted_with_half_of_its_payments_is_seen(desk: Desk, numbers: str) -> None:
    desk.tells("M3", "posted", "R3", numbers, stamp=LATER)
    assert desk.kinds() == ["false-posted"]


def test_two_that_claim_one_payment_typed_in_by_hand_are_seen(desk: Desk) -> None:
    desk.write("UPDATE payment SET reference = 'by hand' WHERE id = 1")
    assert desk.kinds() == []
    desk.tells("M2", "posted", "R2", "88001", stamp=LATER)
    assert "false-posted" in desk.kinds()


def test_a_reversal_is_no_proof_of_a_payment(desk: Desk) -> None:
    desk.write("UPDATE payment SET cents = -cents WHERE id = 1")
    assert desk.kinds() == ["false-posted"]


@pytest.mark.parametrize("word", ["refused", "ready", "skipped"])
def test_what_is_denied_and_there_all_the_same_is_seen(desk: Desk, word: str) -> None:
    desk.tells("M1", word, "R1", "", stamp=LATER)
    assert desk.kinds() == ["denied"]


@pytest.mark.parametrize("word", ["held", "in_doubt", "posting"])
def test_what_waits_for_a_person_is_no_damage(desk: Desk, word: str) -> None:
    desk.tells("M1", word, "R1", "", stamp=LATER)
    assert desk.kinds() == []


def test_money_of_another_customer_is_seen(desk: Desk) -> None:
    desk.write("UPDATE payment SET customer = 10460 WHERE id = 1")
    assert desk.kinds() == ["wrong customer"]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE payment SET cents = 10001 WHERE id = 1",
        "UPDATE applied SET cents = 9999 WHERE payment = 1",
        "UPDATE applied SET invoice = 10299 WHERE payment = 1",
        "DELETE FROM applied WHERE invoice = 10203",
    ],
)
def test_another_amount_or_invoice_is_seen(desk: Desk, harm: str) -> None:
    desk.write(harm)
    assert desk.kinds() == ["wrong amount"]


def test_the_newest_result_counts_and_an_apostrophe_is_none_of_the_text(
    desk: Desk,
) -> None:
    desk.tells("M1", "ready", "R1", "", stamp="20260317-080000")
    desk.tells("M1", "posted", "'R1", "88001", stamp=f"{LATER}-2")
    desk.tells("M1", "in_doubt", "R1", "", stamp=LATER)
    assert desk.verdict().statuses == {"posted": 3}
    assert desk.kinds() == []


def test_it_runs_as_a_program_and_shares_no_code(desk: Desk) -> None:
    script = Path(__file__).parent / "checker.py"
    desk.books(5, "R1", 10442, {10201: 10000})
    done = subprocess.run(
        [sys.executable, "-I", script, desk.book, desk.results, desk.bank],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("doubled: R1: 2 payments for 1")
    assert all(kind in done.stdout for kind in KINDS)
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        names = [one.name for one in getattr(node, "names", [])]
        names.append(str(getattr(node, "module", "")))
        assert not [name for name in names if "importer" in name]
