"""How long reading takes, beside the named libraries, in one run.

    BENCHMARKS=1 pytest tests/benchmarks -s

Ratios of medians over alternating runs; nothing is asserted about time, for
machines differ.  What is asserted is that both read the same number of rows.
"""

import csv
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from importer import readers

pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
ROWS = 100_000
FEW = 10_000
HEADER = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\n"
    "CHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
STATUS = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
SIGNON = (
    f"<SIGNONMSGSRSV1><SONRS>{STATUS}<DTSERVER>20260318</DTSERVER><LANGUAGE>ENG"
    "</LANGUAGE></SONRS></SIGNONMSGSRSV1>"
)
BALANCE = "<LEDGERBAL><BALAMT>1.00</BALAMT><DTASOF>20260331</DTASOF></LEDGERBAL>"
Run = Callable[[], int]


def say(*parts: object) -> None:
    sys.stdout.write(" ".join(map(str, parts)) + "\n")


def compare(title: str, rows: int, runs: dict[str, Run], times: int = 5) -> None:
    """Time all in turn, and print each median and its ratio to the first's."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(times):
        for name, run in runs.items():
            start = time.perf_counter()
            assert run() == rows, name
            taken[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(all_of) for name, all_of in taken.items()}
    ours = next(iter(medians.values()))
    say(f"\n{title}, {rows:,} rows, medians of {times} alternating runs")
    for name, median in medians.items():
        say(f"  {name:32} {median:8.3f} s   {median / ours:6.2f} of ours")


def rows_of(path: Path) -> Run:
    return lambda: sum(1 for _ in readers.read(path).rows())


def days(number: int) -> date:
    return date(2024, 1, 1) + timedelta(days=number % 300)


def delimited(path: Path, rows: int) -> Path:
    chance = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f"Column {number}" for number in range(18)])
        for number in range(rows):
            amount = f"{chance.randrange(1, 9_999_999) / 100:.2f}"
            payer = f"CUSTOMER {number % 977} LTD"
            texts = [f"INV {100_000 + number}", f"REF{number}", "USD", "", "wire"]
            filler = [f"x{number}"] * 10
            writer.writerow([days(number), amount, payer, *texts, *filler])
    return path


def ofx(path: Path, rows: int, *, closed: bool) -> Path:
    with path.open("w", encoding="ascii") as file:
        file.write(
            f"{HEADER}<OFX>{SIGNON}<BANKMSGSRSV1><STMTTRNRS><TRNUID>1</TRNUID>{STATUS}"
            "<STMTRS><CURDEF>USD</CURDEF><BANKACCTFROM><BANKID>1</BANKID><ACCTID>2"
            "</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM><BANKTRANLIST>"
            "<DTSTART>20240101</DTSTART><DTEND>20241231</DTEND>\n"
        )
        for number in range(rows):
            leaves = {
                "TRNTYPE": "CREDIT",
                "DTPOSTED": f"{days(number):%Y%m%d}120000[-5:EST]",
                "TRNAMT": f"{number % 9999 + 1}.{number % 100:02}",
                "FITID": f"F{number}",
                "NAME": f"CUSTOMER {number % 977} LTD",
                "MEMO": f"INV {100_000 + number}",
            }
            end = "</{}>" if closed else ""
            body = "".join(
                f"<{tag}>{text}{end.format(tag)}\n" for tag, text in leaves.items()
            )
            file.write(f"<STMTTRN>\n{body}</STMTTRN>\n")
        file.write(
            f"</BANKTRANLIST>{BALANCE}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
        )
    return path


def workbook(path: Path, rows: int) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Payments")
    sheet.append([f"Column {number}" for number in range(10)])
    for number in range(rows):
        texts = [f"CUSTOMER {number % 977} LTD", f"INV {number}", f"REF{number}", "USD"]
        more = [number * 1.5, "wire", number, f"x{number}"]
        sheet.append([days(number), number + 0.25, *texts, *more])
    book.save(path)
    return path


def test_delimited_beside_the_bare_csv_reader(tmp_path: Path) -> None:
    path = delimited(tmp_path / "bank.csv", ROWS)

    def bare() -> int:
        with path.open(newline="", encoding="utf-8") as file:
            return sum(1 for _ in csv.reader(file)) - 1

    def dicts() -> int:
        with path.open(newline="", encoding="utf-8") as file:
            return sum(1 for _ in csv.DictReader(file))

    runs: dict[str, Run] = {"ours": rows_of(path), "csv.reader": bare}
    compare("CSV", ROWS, runs | {"csv.DictReader": dicts})


def of_ofxparse(path: Path) -> Run:
    import ofxparse  # noqa: PLC0415 slow to load, and only here

    def run() -> int:
        with path.open("rb") as file:
            found = ofxparse.OfxParser.parse(file)
        return len(found.account.statement.transactions)

    return run


@pytest.mark.filterwarnings("ignore")
def test_ofx_beside_ofxparse(tmp_path: Path) -> None:
    """With all tags closed, where ofxparse is linear; 10,000 rows, so that it ends."""
    path = ofx(tmp_path / "closed.ofx", FEW, closed=True)
    runs = {"ours": rows_of(path), "ofxparse": of_ofxparse(path)}
    compare("OFX, tags closed", FEW, runs, times=3)


@pytest.mark.filterwarnings("ignore")
def test_ofx_with_open_tags_beside_ofxparse(tmp_path: Path) -> None:
    """The usual SGML form, where ofxparse is quadratic: 2,000 rows."""
    path = ofx(tmp_path / "open.ofx", 2_000, closed=False)
    runs = {"ours": rows_of(path), "ofxparse": of_ofxparse(path)}
    compare("OFX, tags open", 2_000, runs, times=3)


def of_ofxtools(path: Path, folder: Path) -> float:
    """Time ofxtools (GPL, so in an environment of its own), parsed and converted."""
    environment = folder / "ofxtools"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "ofxtools"]
    if subprocess.run(install, check=False, capture_output=True).returncode:
        pytest.skip("ofxtools cannot be installed here")
    code = (
        "import sys, time\nfrom ofxtools.Parser import OFXTree\n"
        "start = time.perf_counter()\ntree = OFXTree()\ntree.parse(sys.argv[1])\n"
        "found = tree.convert().statements[0].transactions\n"
        "print(len(found), time.perf_counter() - start)"
    )
    run = [str(python), "-c", code, str(path)]
    done = subprocess.run(run, capture_output=True, check=True, text=True)
    number, seconds = done.stdout.split()
    assert int(number) == ROWS
    return float(seconds)


def test_ofx_beside_ofxtools(tmp_path: Path) -> None:
    path = ofx(tmp_path / "closed.ofx", ROWS, closed=True)
    theirs = of_ofxtools(path, tmp_path)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        assert rows_of(path)() == ROWS
        taken.append(time.perf_counter() - start)
    ours = statistics.median(taken)
    say(f"\nOFX, tags closed, {ROWS:,} rows: ours {ours:.2f} s,")
    say(f"  ofxtools, converted {theirs:.2f} s, {theirs / ours:.1f} of ours")


def test_ofx_is_linear(tmp_path: Path) -> None:
    for closed in (True, False):
        for rows in (FEW, ROWS):
            path = ofx(tmp_path / f"{rows}{closed}.ofx", rows, closed=closed)
            form = "closed" if closed else "open"
            compare(f"OFX, tags {form}", rows, {"ours": rows_of(path)}, times=3)


def test_workbook_beside_openpyxl_and_calamine(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bank.xlsx", ROWS)

    def read_only() -> int:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        number = sum(1 for _ in book["Payments"].iter_rows(values_only=True))
        book.close()
        return number - 1

    def calamine() -> int:
        from python_calamine import CalamineWorkbook  # noqa: PLC0415 only here

        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        return sum(1 for _ in sheet.iter_rows()) - 1

    runs: dict[str, Run] = {"ours": rows_of(path), "openpyxl, read only": read_only}
    compare("xlsx", ROWS, runs | {"calamine, iterated": calamine}, times=3)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom importer import readers\n"
        "rows = sum(1 for _ in readers.read(Path(sys.argv[1])).rows())\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(rows, status.partition('VmHWM:')[2].split()[0])"
    )
    say("\npeak memory of a process that reads the file")
    for rows in (ROWS, 10 * ROWS):
        for path in (
            delimited(tmp_path / f"{rows}.csv", rows),
            ofx(tmp_path / f"{rows}.ofx", rows, closed=False),
        ):
            done = subprocess.run(
                [sys.executable, "-c", code, str(path)],
                capture_output=True,
                check=True,
                text=True,
            )
            read, peak = map(int, done.stdout.split())
            assert read == rows
            say(f"  {path.suffix} {rows:>9,} rows {peak / 1024:6.1f} MiB")
