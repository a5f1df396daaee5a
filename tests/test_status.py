"""What waits is told row by row while it is little, and by reason where it is much."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent / "journal"))

from shelf import HOLD, file, id_of, opened, remittance

from importer.cli import importer
from importer.journal.orders import Item


def status(folder: Path, *said: str) -> str:
    done = CliRunner().invoke(
        importer, ["status", "--workspace", str(folder), *said], standalone_mode=False
    )
    assert done.exception is None
    return done.stdout


def waiting(folder: Path, many: int) -> None:
    """Take in a file of which nothing can be posted."""
    items = [Item(id_of(one), remittance(one), HOLD) for one in range(many)]
    with opened(folder) as journal:
        journal.take_in(file(records=many), items)


@pytest.mark.parametrize("many", [1, 20])
def test_a_few_rows_are_told_one_by_one(tmp_path: Path, many: int) -> None:
    waiting(tmp_path, many)
    said = status(tmp_path)
    assert said.count("bank.csv:") == many
    assert "rows wait" not in said


def test_many_rows_are_counted_by_reason_and_the_newest_told(tmp_path: Path) -> None:
    many = 5000
    waiting(tmp_path, many)
    said = status(tmp_path)
    lines = [line for line in said.splitlines() if line.startswith("bank.csv:")]
    assert len(lines) == 20
    assert lines[-1].startswith(f"bank.csv:{many + 1} ")
    assert "no-invoice  5,000  the customer is known, and no invoice is quoted" in said
    assert "5,000 rows wait; the newest 20 of them" in said
    told = json.loads(status(tmp_path, "--json"))
    assert len(told["waiting"]) == many
    assert {one["code"] for one in told["waiting"]} == {"no-invoice"}
