"""What a payment's lines in the log cost, beside the posting of it."""

import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import company
from company import Company

from importer.logs import Log, keeping
from importer.logs.keeping import Keeping
from importer.sandbox import Sandbox

pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
LINES, MANY = 2, 400


def test_what_the_lines_of_a_payment_cost(tmp_path: Path) -> None:
    tokens = {company.TOKEN: "company"}
    with (
        Sandbox(tmp_path / "sandbox.db", company.seed(), tokens=tokens) as running,
        Company(tmp_path, running.url) as here,
    ):
        start = time.perf_counter()
        here.drop(range(MANY))
        posting = time.perf_counter() - start
    keeping.start(Keeping(level="debug", file=tmp_path / "importer.log"), {})
    start = time.perf_counter()
    for _ in range(LINES * MANY):
        Log("posting").info("payment posted", remittance="BK7Q2M", part=0, seconds=0.25)
    lines = time.perf_counter() - start
    keeping.end()
    sys.stdout.write(
        f"\na payment's {LINES} lines: {1_000_000 * lines / MANY:.0f} us, "
        f"{lines / posting:.1%} of its posting\n"
    )
