"""How long reading and transcribing takes, and how soon the program starts.

Ratios against a named peer in the same run, medians of alternating runs; the
machine is shared, so that only ratios mean anything and none is asserted.
"""

import csv
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from importer import readers
from importer.mapping.claim import layout
from importer.mapping.load import load
from importer.transcribe import transcribe

TOP = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(
    not os.environ.get("BENCHMARKS"), reason="set BENCHMARKS=1 to measure"
)
MAPPING = """
[file]
name = "*.csv"
[read]
account = "A"
currency = "USD"
date = { column = "Posted", format = "%m/%d/%Y" }
amount = { column = "Amount", decimal = ".", thousands = "," }
remitter = "Payer"
text = ["Details", "Memo"]
reference = "Ref"
kind = "Type"
payer_account = "Account"
"""
COLUMNS = ("Posted", "Type", "Payer", "Details", "Memo", "Amount", "Ref", "Account")


def bank_file(folder: Path, rows: int) -> Path:
    """Write a file of 18 columns, eight of which the mapping reads."""
    path = folder / f"{rows}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *(f"Other {number}" for number in range(10))])
        for row in range(rows):
            day, cents = row % 28 + 1, row % 90 + 10
            writer.writerow(
                [
                    f"03/{day:02}/2026",
                    "WIRE IN",
                    f"CUSTOMER {row % 997} LLC",
                    f"INV {10000 + row} PAYMENT",
                    "THANK YOU",
                    f"1,{row % 900 + 100}.{cents}",
                    f"R{row}",
                    f"{row % 9999:04}",
                    *("some more text" for _ in range(10)),
                ]
            )
    return path


def bare(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def whole(path: Path, mapping: Path) -> None:
    loaded = load(mapping)
    for _ in transcribe(readers.read(path, layout(loaded)), loaded):
        pass


def seconds(deed: Callable[[], object]) -> float:
    begin = time.perf_counter()
    deed()
    return time.perf_counter() - begin


def ratio(ours: Callable[[], object], peer: Callable[[], object], runs: int) -> float:
    pairs = [(seconds(ours), seconds(peer)) for _ in range(runs)]
    mine = statistics.median(own for own, _ in pairs)
    return mine / statistics.median(other for _, other in pairs)


def test_reading_and_transcribing_against_a_bare_csv_reader(tmp_path: Path) -> None:
    path, mapping = bank_file(tmp_path, 100_000), tmp_path / "m.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    found = ratio(lambda: whole(path, mapping), lambda: bare(path), 7)
    print(f"\nCSV, 100,000 rows: read + transcribe {found:.2f} x csv.reader")  # noqa: T201 -- what is measured


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    for rows in (100_000, 1_000_000):
        path = bank_file(tmp_path, rows)
        script = (
            "import resource, sys; from pathlib import Path\n"
            f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            "from test_whole_way import whole\n"
            "whole(Path(sys.argv[1]), Path(sys.argv[2]))\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(path), str(mapping)],
            env={**os.environ, "PYTHONPATH": str(TOP)},
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"\n{rows:,} rows: {done.stdout.strip()} MiB at most")  # noqa: T201 -- what is measured


def test_help_against_an_empty_program() -> None:
    def started(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": str(TOP)},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    found = ratio(started("-m", "importer", "--help"), started("-c", "pass"), 25)
    print(f"\nimporter --help {found:.2f} x python -c pass")  # noqa: T201 -- what is measured
