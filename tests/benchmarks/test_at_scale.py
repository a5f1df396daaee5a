"""How long a large company's file takes, all in, beside `csv.reader` and hledger.

100,000 remittances against 1,000 rules, 10,000 customers with 20,000 aliases and
200,000 open invoices: read, resolved, in the journal, and in the result CSV.
"""

import csv
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
ROWS = int(os.environ.get("BENCHMARK_ROWS", "100000"))
CUSTOMERS, EACH = 10_000, 20
RULES, HLEDGER_RULES = 1_000, 20
TIMES = 3
MAPPING = """
[file]
name = "*.csv"
[read]
account = "A"
currency = "USD"
date = { column = "Posted", format = "%m/%d/%Y" }
amount = { column = "Amount", decimal = "." }
remitter = "Payer"
text = "Details"
reference = "Ref"
"""


def amount(customer: int, place: int) -> str:
    return f"{customer % 800 + 100}.{(customer + place * 7) % 90 + 10}"


def number(customer: int, place: int) -> str:
    return str(200_000 + customer * EACH + place)


def workspace(root: Path) -> Path:
    """Make the workspace and return the bank file."""
    chance = random.Random(2026)
    mappings = root / "mappings"
    mappings.mkdir(parents=True)
    (root / "importer.toml").write_text('[erp]\nkind = "sandbox"\n')
    rules = "".join(
        f'[[rule]]\nname = "rule {place}"\nskip = true\n'
        f"when = {{ text = '\\bVENDOR{place:04} FEE\\b' }}\nmoney = 'in'\n"
        for place in range(RULES)
    )
    (mappings / "bank.toml").write_text(MAPPING + rules)
    with (mappings / "customers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["remitter", "account", "customer", "since", "by", "note"])
        for one in range(CUSTOMERS):
            writer.writerow([f"PAYER {one:05} HOLDINGS", "", one + 1, "", "", ""])
            writer.writerow([f"PAYER {one:05} TRADING LLC", "", one + 1, "", "", ""])
    with (root / "open.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["customer_id", "customer_name", "invoice_number", "invoice_date", "open"]
        )
        for one in range(CUSTOMERS):
            for place in range(EACH):
                name, when = f"Customer {one:05}", "2026-01-05"
                cells = (one + 1, name, number(one, place), when, amount(one, place))
                writer.writerow(cells)
    path = root / "bank.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        others = [f"Other {place}" for place in range(13)]
        writer.writerow([*["Posted", "Payer", "Details", "Amount", "Ref"], *others])
        for row in range(ROWS):
            one, place = row % CUSTOMERS, row // CUSTOMERS % EACH
            kind = chance.random()
            ours = kind < 0.8
            text = f"INV {number(one, place)} PAYMENT" if ours else "THANK YOU"
            fee = kind > 0.95
            writer.writerow(
                [
                    f"03/{row % 28 + 1:02}/2026",
                    f"ORIG CO NAME:PAYER {one:05} HOLDINGS",
                    f"VENDOR{row % RULES:04} FEE" if fee else text,
                    amount(one, place),
                    f"R{row}",
                    *("some more text" for _ in others),
                ]
            )
    return path


def importer(root: Path, *arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "importer", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - start


def bare(path: Path) -> float:
    start = time.perf_counter()
    with path.open(newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == ROWS + 1
    return time.perf_counter() - start


def hledger(root: Path, path: Path) -> float:
    rules = root / "bank.rules"
    rules.write_text(
        "skip 1\nfields date, payer, description, amount, ref\n"
        "date-format %m/%d/%Y\ncurrency $\naccount1 assets:bank\n"
        + "".join(
            f"if VENDOR{place:04} FEE\n account2 expenses:fees\n\n"
            for place in range(HLEDGER_RULES)
        )
    )
    start = time.perf_counter()
    subprocess.run(
        ["hledger", "-f", str(path), "--rules-file", str(rules), "print"],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def test_a_large_company_s_file(tmp_path: Path) -> None:
    root = tmp_path / "company"
    path = workspace(root)
    importer(root, "sync", "--from", "open.csv")
    ours, reader = [], []
    for _ in range(TIMES):
        for left in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (root / left).unlink(missing_ok=True)
        shutil.rmtree(root / "results", ignore_errors=True)
        reader.append(min(bare(path) for _ in range(3)))
        ours.append(importer(root, "run", "--no-post", str(path)))
    mine, peer = sorted(ours)[TIMES // 2], sorted(reader)[TIMES // 2]
    said = f"{ROWS:,} remittances, all in: {mine:.1f} s, {mine / peer:.0f} x csv.reader"
    if shutil.which("hledger"):
        theirs = hledger(root, path)
        said += f", hledger print {theirs:.1f} s, {theirs / mine:.1f} of ours"
    assert list((root / "results").glob("*.csv"))
    sys.stdout.write(f"\n{said}\n")
