"""The five lines in which a clerk is told what became of a file."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from importer.cli import summary
from importer.journal.entry import FileRecord
from importer.rounds.reports import Written

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
SUMS = {
    ("posted", "USD"): Decimal("1118.20"),
    ("held", "USD"): Decimal("800.00"),
    ("held", "EUR"): Decimal("12.00"),
    ("skipped", "USD"): Decimal("-30.00"),
}
COUNTS = {"posted": 1, "held": 2, "skipped": 1, "ready": 0, "in_doubt": 0}


THEN = (
    "  then      write what to do into its last four columns, save it, and drop it "
    "into inbox/"
)


def written(folder: Path, remark: str = "") -> Written:
    record = FileRecord("ab12", "bank.csv", AT, "bank", "cd34", "A", "sum as stated", 4)
    return Written(record, folder / "bank.csv.20260316-090000.csv", remark)


def test_five_lines_say_what_is_done_and_what_is_left(tmp_path: Path) -> None:
    one = written(tmp_path)
    assert list(summary.lines(one, COUNTS, SUMS)) == [
        "bank.csv: 4 rows, 12.00 EUR + 1,888.20 USD; sum as stated",
        "  done      1 posted (1,118.20 USD), 1 not customer money (-30.00 USD)",
        "  for you   2 held (12.00 EUR + 800.00 USD)",
        f"  open      {one.path}",
        THEN,
    ]


def test_the_workbook_is_what_a_clerk_opens_where_there_is_one(tmp_path: Path) -> None:
    one = written(tmp_path, "ledger.csv is not brought up to date now")
    one.path.with_suffix(".xlsx").touch()
    (line,) = [each for each in summary.lines(one, COUNTS, SUMS) if "open " in each]
    assert ".xlsx (ledger.csv is not brought up to date now)" in line


def test_who_is_not_needed_is_not_sent_anywhere(tmp_path: Path) -> None:
    said = list(summary.lines(written(tmp_path), {"ready": 4}, SUMS))
    assert "  for you   nothing" in said
    assert "under way 4 decided, not yet sent" in said[2]
    assert "importer post sends it" in said[2]
    assert not [line for line in said if "then" in line]
