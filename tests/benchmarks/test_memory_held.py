"""What a round holds in memory at most: the process itself, by the kernel's count.

10,000 remittances taken in, posted to a sandbox in a process of its own, read back,
and told; and 100,000 that are taken in and told, and not posted.
"""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
CUSTOMERS = 1_000
MOST = 200 << 10  # KiB
SERVER = """
import sys
from pathlib import Path
from importer.sandbox.serve import serve
book, seed, token = sys.argv[1:]
said = lambda url: print(url, flush=True)
serve(Path(book), Path(seed), 0, said, tokens={token: "company"})
"""
TOKEN = "CANARY-of-the-benchmark"
MAPPING = """
[file]
name = "*.csv"
[read]
account = "A"
currency = "USD"
date = { column = "Date", format = "%Y-%m-%d" }
amount = { column = "Paid", decimal = "." }
remitter = "Payer"
reference = "Reference"
customer = "Customer"
invoice = { number = "Invoice", paid = "Paid" }
"""
SETTINGS = """
[erp]
kind = "komet"
url = "{url}"
token_env = "BENCHMARK_TOKEN"
location = "MIA"
daily_calls = 1000000
methods = {{ default = 12 }}
"""


def seed(count: int) -> dict[str, object]:
    return {
        "customers": [
            {"id": one + 1, "code": f"C{one}", "name": f"Orchard {one} & Sons"}
            for one in range(CUSTOMERS)
        ],
        "locations": [{"id": 201, "code": "MIA", "name": "Miami"}],
        "methods": [{"id": 12, "name": "Check"}],
        "invoices": [
            {
                "number": 200_000 + one,
                "customerId": one % CUSTOMERS + 1,
                "date": "2026-02-10",
                "total": "100.00",
                "location": "MIA",
            }
            for one in range(count)
        ],
    }


def bank_file(path: Path, count: int) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        head = ("Date", "Reference", "Customer", "Payer", "Invoice", "Paid")
        writer.writerow(head)
        for one in range(count):
            key = one % CUSTOMERS
            payer = f"Orchard {key} & Sons"
            number = 200_000 + one
            cells = ("2026-03-16", f"CHK{one}", key + 1, payer, number, "100.00")
            writer.writerow(cells)
    return path


@contextmanager
def company(root: Path, count: int) -> Iterator[Path]:
    """Make a workspace against a sandbox of its own; give the bank file."""
    (root / "mappings").mkdir(parents=True)
    (root / "mappings" / "bank.toml").write_text(MAPPING)
    (root / "seed.json").write_text(json.dumps(seed(count)))
    about = (root / "sandbox.db", root / "seed.json", TOKEN)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, *about],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        (root / "importer.toml").write_text(SETTINGS.format(url=url))
        yield bank_file(root / "bank.csv", count)
        server.kill()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TOP), "BENCHMARK_TOKEN": TOKEN}


def importer(root: Path, *arguments: str) -> tuple[float, int]:
    """Run the program; return its seconds, and the KiB that it held at most."""
    start = time.perf_counter()
    with (root / "said.txt").open("wb") as said:
        program = subprocess.Popen(
            [sys.executable, "-m", "importer", *arguments],
            cwd=root,
            env=environment(),
            stdout=said,
            stderr=said,
        )
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == 0, (root / "said.txt").read_text()[-2000:]
    return time.perf_counter() - start, used.ru_maxrss


@pytest.mark.parametrize(("count", "posts"), [(10_000, True), (100_000, False)])
def test_what_a_round_holds_in_memory(
    tmp_path: Path, count: int, *, posts: bool
) -> None:
    root = tmp_path / "company"
    with company(root, count) as path:
        importer(root, "sync")
        how = () if posts else ("--no-post",)
        seconds, held = importer(root, "run", *how, str(path))
    (result,) = (root / "results").glob("bank*.csv")
    with result.open(newline="", encoding="utf-8-sig") as file:
        words = {row["status"] for row in csv.DictReader(file)}
    assert words == {"posted" if posts else "ready"}
    deed = "posted" if posts else "not posted"
    sys.stdout.write(
        f"\n{count:,} remittances, {deed}: {held / 1024:.0f} MiB at most, "
        f"{seconds:.0f} s\n"
    )
    if posts:
        assert held <= MOST
