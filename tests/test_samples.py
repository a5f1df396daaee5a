"""The samples are what samples/README.md says they are, line by line.

The README's tables are the expectation that a person reads; they are parsed here
and held against the files, the mappings, the books, and what the program makes of
them in one run against the sandbox.  Beside each sample stands its expected result
in full; `pytest tests/test_samples.py --rewrite` writes it anew.
"""

import csv
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer import notation, readers, results
from importer.errors import FileRefused
from importer.mapping.aliases import load_aliases
from importer.mapping.claim import claim, layout, refusal
from importer.mapping.load import load_folder
from importer.mapping.schema import Mapping
from importer.model import (
    Customer,
    Hold,
    Invoice,
    Notice,
    Reason,
    Remittance,
    Share,
)
from importer.resolve import Limits, proof, resolve
from importer.resolve.snapshot import Books
from importer.table import Table
from importer.transcribe import Transcript, transcribe

TOP = Path(__file__).parent.parent
SAMPLES = TOP / "samples"
BROKEN = TOP / "tests" / "errors" / "files"
MAKER: dict[str, Any] = runpy.run_path(str(TOP / "tests" / "make_samples.py"))
WORKBOOKS: dict[Path, Callable[[], bytes]] = MAKER["WORKBOOKS"]
SECTION = re.compile(r"^### (?P<file>\S+)$", re.MULTILINE)
FACTS = re.compile(
    r"^(?P<count>\d+) remittances, sum (?P<sum>\S+) (?P<currency>[A-Z]{3}),"
    r" totals (?P<totals>.+)\.$",
    re.MULTILINE,
)
# Not the same in two runs: what the ERP numbered, and how often a row was touched.
CHANGING = ("control_number", "version")
# What the program does not do yet, by file and row; the tables say what is right.
NOT_YET: dict[tuple[str, int], str] = {}
OUTCOMES = re.compile(r"posted|skipped|duplicate|held \((?P<reason>[a-z-]+)\)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what stands in the file, and what must come of it."""

    row: int
    remitter: str
    amount: Decimal
    outcome: str
    shares: tuple[Share, ...]
    shows: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample file as the README tells of it."""

    file: str
    count: int
    sum: Decimal
    currency: str
    totals: str
    lines: tuple[Line, ...]

    @property
    def path(self) -> Path:
        """Return where the file is."""
        return SAMPLES / self.file


def _cells(text: str) -> list[list[str]]:
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in rows[1:]]


def _line(cells: Sequence[str]) -> Line:
    row, remitter, amount, outcome, shares, shows = cells
    return Line(
        int(row), remitter, Decimal(amount), outcome, notation.read(shares), shows
    )


def _samples() -> tuple[Sample, ...]:
    text = (SAMPLES / "README.md").read_text(encoding="utf-8")
    starts = [*SECTION.finditer(text)]
    ends = [one.start() for one in starts[1:]] + [len(text)]
    found = []
    for start, end in zip(starts, ends, strict=True):
        # A section ends where the next folder's begins.
        section = text[start.end() : end].partition("\n## ")[0]
        facts = FACTS.search(section)
        assert facts, f"{start['file']} says no count and sum"
        lines = tuple(map(_line, _cells(section)))
        found.append(
            Sample(
                start["file"],
                int(facts["count"]),
                Decimal(facts["sum"]),
                facts["currency"],
                facts["totals"],
                lines,
            )
        )
    return tuple(found)


ALL = _samples()
BY_FILE = pytest.mark.parametrize("sample", ALL, ids=lambda one: one.path.name)


@pytest.fixture(scope="module")
def mappings() -> tuple[Mapping, ...]:
    return load_folder(TOP / "mappings")


@pytest.fixture(scope="module")
def books() -> dict[str, Any]:
    text = (SAMPLES / "books.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _read(path: Path, mappings: Sequence[Mapping]) -> tuple[Table, Mapping]:
    mapping = claim(readers.glance(path), mappings)
    return readers.read(path, layout(mapping)), mapping


def _notices(
    path: Path, mappings: Sequence[Mapping]
) -> tuple[Transcript, list[Notice]]:
    transcript = transcribe(*_read(path, mappings))
    return transcript, list(transcript)


def test_every_sample_has_a_table_and_every_table_a_sample() -> None:
    files = {
        path.relative_to(SAMPLES).as_posix()
        for path in SAMPLES.glob("*/*")
        if not path.name.endswith(".expected.csv")
    }
    assert files == {sample.file for sample in ALL}


@BY_FILE
def test_each_line_of_a_table_says_an_outcome_that_there_is(sample: Sample) -> None:
    assert all(OUTCOMES.fullmatch(line.outcome) for line in sample.lines)
    assert all(line.shows for line in sample.lines)


@BY_FILE
def test_a_table_makes_the_count_and_sum_above_it(sample: Sample) -> None:
    assert len(sample.lines) == sample.count
    assert sum(line.amount for line in sample.lines) == sample.sum


@BY_FILE
def test_exactly_the_mapping_of_its_folder_claims_a_sample(
    sample: Sample, mappings: tuple[Mapping, ...]
) -> None:
    glance = readers.glance(sample.path)
    claiming = [one.name for one in mappings if not refusal(glance, one.file)]
    assert claiming == [sample.path.parent.name]


def test_every_mapping_that_ships_has_a_sample(mappings: tuple[Mapping, ...]) -> None:
    folders = {sample.path.parent.name for sample in ALL}
    assert {one.name for one in mappings} == folders


@BY_FILE
def test_a_sample_reads_as_its_table_says(
    sample: Sample, mappings: tuple[Mapping, ...]
) -> None:
    transcript, notices = _notices(sample.path, mappings)
    remittances = [one for one in notices if isinstance(one, Remittance)]
    assert remittances == notices
    assert [(one.place.row, one.remitter, one.amount) for one in remittances] == [
        (line.row, line.remitter, line.amount) for line in sample.lines
    ]
    assert {one.currency for one in remittances} == {sample.currency}
    assert transcript.totals
    assert transcript.totals.standing.value == sample.totals


def test_two_identical_lines_are_two_remittances(
    mappings: tuple[Mapping, ...],
) -> None:
    path = SAMPLES / "first_national" / "FNB_activity_2026-03-13.csv"
    _, notices = _notices(path, mappings)
    alike = Counter(
        (one.amount, one.booking_date, one.identity)
        for one in notices
        if isinstance(one, Remittance)
    )
    assert max(alike.values()) == 2


def test_the_books_are_whole(books: dict[str, Any]) -> None:
    invoices, customers = books["invoices"], books["customers"]
    known = {one["id"] for one in customers}
    assert len(invoices) == len({one["number"] for one in invoices}) == 110
    assert len(customers) == len(known) == len({one["code"] for one in customers})
    assert {one["customerId"] for one in invoices} <= known
    places = {one["code"] for one in books["locations"]}
    assert {one["location"] for one in invoices} == places
    amounts = [one[key] for one in invoices for key in ("total", "open")]
    assert all(re.fullmatch(r"-?\d+\.\d\d", amount) for amount in amounts)
    assert sum(Decimal(one["open"]) < 0 for one in invoices) == 2
    days = [date.fromisoformat(one["date"]) for one in invoices]
    assert (min(days).month, max(days).month) == (2, 4)
    assert [one["name"] for one in customers if not one["active"]] == [
        "Old Town Petals"
    ]


def test_every_alias_is_a_customer_of_the_books(books: dict[str, Any]) -> None:
    known = {one[key] for one in books["customers"] for key in ("id", "code")}
    aliases = load_aliases(TOP / "mappings" / "customers.csv")
    assert {alias.customer for alias in aliases} <= known


@BY_FILE
def test_what_is_posted_or_suggested_is_open_and_makes_the_amount(
    sample: Sample, books: dict[str, Any], mappings: tuple[Mapping, ...]
) -> None:
    invoices = {str(one["number"]): one for one in books["invoices"]}
    _, notices = _notices(sample.path, mappings)
    for line, notice in zip(sample.lines, notices, strict=True):
        assert isinstance(notice, Remittance)
        assert line.shares or line.outcome != "posted"
        assert not line.shares or _money(line.shares) == line.amount
        for share in line.shares:
            for part in share.applications:
                invoice = invoices[part.invoice]
                assert invoice["customerId"] == share.customer
                assert part.amount + part.discount <= Decimal(invoice["open"])
                issued = date.fromisoformat(invoice["date"])
                assert issued <= notice.value_date or line.outcome != "posted"


def _money(shares: Sequence[Share]) -> Decimal:
    applied = [one.amount for share in shares for one in share.applications]
    return sum(applied + [share.unapplied for share in shares], Decimal(0))


def test_all_samples_together_pay_no_invoice_more_than_once_over(
    books: dict[str, Any],
) -> None:
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for line in (one for sample in ALL for one in sample.lines):
        for share in line.shares if line.outcome == "posted" else ():
            for part in share.applications:
                paid[part.invoice] += part.amount + part.discount
    open_ = {str(one["number"]): Decimal(one["open"]) for one in books["invoices"]}
    assert [number for number in paid if paid[number] > open_[number]] == []


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda one: one.name)
def test_a_committed_workbook_holds_what_its_maker_writes(
    path: Path, tmp_path: Path
) -> None:
    made = tmp_path / path.name
    made.write_bytes(WORKBOOKS[path]())
    assert _sheet(made) == _sheet(TOP / path)


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda one: one.name)
def test_a_committed_workbook_does_not_say_when_it_was_written(path: Path) -> None:
    with zipfile.ZipFile(TOP / path) as parts:
        times = {part.date_time for part in parts.infolist()}
        core = parts.read("docProps/core.xml")
    assert times == {MAKER["EPOCH"]}
    assert set(re.findall(rb"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {MAKER["WRITTEN"]}


def _sheet(path: Path) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return [tuple(cell.value for cell in row) for row in sheet.rows]


def test_all_tests_of_all_rules_hold(mappings: tuple[Mapping, ...]) -> None:
    assert [fault for one in mappings for fault in proof.run_tests(one)] == []


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """Take all samples in as a person would, and read the result CSVs."""
    top = tmp_path_factory.mktemp("workspace")
    _importer(top, "init")
    shutil.copytree(TOP / "mappings", top / "mappings", dirs_exist_ok=True)
    done = _importer(top, "run", *(str(sample.path) for sample in ALL))
    assert done.returncode == 1, done.stderr
    found = {}
    for path in (top / "results").glob("*.csv"):
        text = path.read_bytes().decode("utf-8-sig")
        # Where the workspace lies is no part of what is expected.
        text = text.replace(f"{top.resolve()}{os.sep}", "")
        # Nor is where the journal ended, which time has a part in.
        text, count = results.HEAD.subn("", text)
        assert count == 1
        rows = [*csv.DictReader(io.StringIO(text, newline=""))]
        found[rows[0]["file"]] = rows
    return found


def _importer(top: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "importer", *words)
    given = {**os.environ, "IMPORTER_POSTING_WORKERS": "1", "PYTHONPATH": str(TOP)}
    return subprocess.run(
        command, capture_output=True, text=True, env=given, cwd=top, check=False
    )


def _marks(file: str, row: int) -> tuple[pytest.MarkDecorator, ...]:
    why = NOT_YET.get((file, row))
    return (pytest.mark.xfail(reason=why, strict=True),) if why else ()


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        pytest.param(
            sample,
            line,
            id=f"{sample.path.name}:{line.row}",
            marks=_marks(sample.file, line.row),
        )
        for sample in ALL
        for line in sample.lines
    ],
)
def test_of_each_line_comes_what_its_table_says(
    sample: Sample, line: Line, run: dict[str, list[dict[str, str]]]
) -> None:
    (row,) = (one for one in run[sample.path.name] if one["row"] == str(line.row))
    said = row["status"]
    if said == "held":
        said += f" ({row['reason'].partition(':')[0]})"
    assert said == line.outcome
    assert _shares(row) == notation.write(line.shares)


def _shares(row: dict[str, str]) -> str:
    """Write what was posted or suggested as the tables do."""
    if row["suggestion"]:
        return row["suggestion"]
    parts = [row["invoices"]]
    if row["unapplied"]:
        parts.append(f"unapplied {row['unapplied']}")
    return f"{row['customer']}: {'; '.join(parts)}" if row["customer"] else ""


@BY_FILE
def test_the_result_is_the_expected_one_in_full(
    sample: Sample,
    run: dict[str, list[dict[str, str]]],
    request: pytest.FixtureRequest,
) -> None:
    columns = [name for name in results.COLUMNS if name not in CHANGING]
    rows = [{name: row[name] for name in columns} for row in run[sample.path.name]]
    expected = sample.path.with_name(f"{sample.path.name}.expected.csv")
    if request.config.getoption("--rewrite"):
        # Cells were made harmless once; a second time would change them.
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, columns, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        expected.write_bytes(out.getvalue().encode("utf-8-sig"))
    text = expected.read_bytes().decode("utf-8-sig")
    assert rows == [*csv.DictReader(io.StringIO(text, newline=""))]


def test_every_remittance_and_cent_of_the_samples_is_in_a_result(
    run: dict[str, list[dict[str, str]]],
) -> None:
    assert {sample.path.name: (sample.count, sample.sum) for sample in ALL} == {
        name: (len(rows), sum(Decimal(row["amount"]) for row in rows))
        for name, rows in run.items()
    }


def test_a_credit_memo_that_the_books_know_is_held_as_one(
    books: dict[str, Any], mappings: tuple[Mapping, ...]
) -> None:
    customers = [
        Customer(one["id"], one["code"], one["name"], one["active"])
        for one in books["customers"]
    ]
    invoices = [
        Invoice(str(one["number"]), one["customerId"], Decimal(one["open"]))
        for one in books["invoices"]
    ]
    path = SAMPLES / "orchard_remittance" / "Orchard_remittance_2026-03-12.xlsx"
    mapping = claim(readers.glance(path), mappings)
    _, notices = _notices(path, mappings)
    items = [
        (str(one.place.row), one) for one in notices if isinstance(one, Remittance)
    ]
    limits = Limits(per_payment=Decimal(50_000), location="MIA")
    decided = resolve(items, mapping, Books(customers, invoices), limits)
    by_row = dict(zip((key for key, _ in items), decided, strict=True))
    held = by_row["12"]
    assert isinstance(held, Hold)
    assert held.reason is Reason.CREDIT


def _broken() -> list[list[str]]:
    return _cells((BROKEN / "README.md").read_text(encoding="utf-8"))


def test_every_broken_file_is_told_of() -> None:
    told = {cells[0] for cells in _broken()}
    there = {path.name for path in BROKEN.iterdir()}
    assert there - told == {"README.md", ".gitattributes"}
    assert told <= there


@pytest.mark.parametrize(
    ("name", "mapping", "outcome"),
    [(cells[0], cells[1], cells[3]) for cells in _broken()],
    ids=[cells[0] for cells in _broken()],
)
def test_a_broken_file_is_refused_or_held_as_it_is_told(
    name: str, mapping: str, outcome: str, mappings: tuple[Mapping, ...]
) -> None:
    path = BROKEN / name
    if mapping:
        assert claim(readers.glance(path), mappings).name == mapping
    assert _comes_of(path, mappings) == outcome


def _comes_of(path: Path, mappings: Sequence[Mapping]) -> str:
    try:
        transcript, notices = _notices(path, mappings)
    except FileRefused:
        return "refused"
    if not notices:
        return "nothing to do"
    return f"{transcript.unreadable} of {len(notices)} held"
