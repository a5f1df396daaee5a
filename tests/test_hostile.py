"""Files made to harm change nothing but themselves: refused fast, in little memory.

Each is read in a process of its own, whose memory and time are measured; `pytest -s`
prints them.  Sizes are those that the inbox takes at most, or what unpacks to more.
"""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "fuzz"))

from seeds import BAI2, CAMT, CSV, HTML, MT940, OFX2, QIF, SHEET, X12, nacha, xlsx

from importer.readers import second
from importer.table import Table

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="asks Linux for the peak of a process"
)
TOP = Path(__file__).parent.parent
MEMORY_MIB = 300
SECONDS = 10  # the machine is shared; alone, each takes less than two
MANY = 1_000_000
CODE = """
import resource, sys, time
from pathlib import Path
from importer import inspection
from importer.errors import FileRefused
started = time.monotonic()
try:
    found = inspection.look(Path(sys.argv[1]), ())
    said = str(found.refused or "read")
except FileRefused as error:
    said = str(error)
own = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
peak = max(int(own), children) // 1024
print(peak, time.monotonic() - started, said.splitlines()[0])
"""
ENTITIES = "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8)
)
LAUGHS = f'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]>'
STRANGER = '<!DOCTYPE l [<!ENTITY i SYSTEM "file:///etc/hostname">]>'


def sheet(change: Callable[[bytes], bytes]) -> bytes:
    """Change the first sheet inside a workbook."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if "sheet1" in name else part)
    return out.getvalue()


def inserted(part: bytes, content: bytes) -> bytes:
    return part.replace(b"</sheetData>", content + b"</sheetData>")


FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
CASES: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "zip bomb": (
        lambda: sheet(lambda part: inserted(part, b"<row><c/></row>" * 20 * MANY)),
        "unpack",
    ),
    "dimension bomb": (lambda: sheet(lambda part: inserted(part, FAR)), "cells"),
    "laughs in a workbook": (
        lambda: sheet(lambda part: LAUGHS.encode() + part),
        "XML that no spreadsheet writes",
    ),
    "laughs in CAMT": (
        lambda: CAMT.replace("<Document", f"{LAUGHS}<Document").replace("INV", "&i;"),
        "document type",
    ),
    "laughs in OFX": (lambda: OFX2.replace("<OFX>", f"{LAUGHS}<OFX>"), "entities"),
    "laughs in SpreadsheetML": (
        lambda: SHEET.replace("<Workbook", f"{LAUGHS}<Workbook"),
        "document type",
    ),
    "a stranger's entity": (
        lambda: CAMT.replace("<Document", f"{STRANGER}<Document").replace("INV", "&i;"),
        "document type",
    ),
    "deep CAMT": (lambda: CAMT.replace("<Ntry>", "<a>" * MANY), "nested"),
    "deep SpreadsheetML": (lambda: SHEET.replace("<Row>", "<a>" * MANY), "nested"),
    "deep HTML": (lambda: HTML.replace("<tr>", "<table>" * MANY), "deep"),
    "a tag without end": (
        lambda: CAMT.replace("<Ntry>", f"<a b='{'x' * 20 * MANY}"),
        "does not end",
    ),
    "a line without end": (lambda: CSV + "x" * 20 * MANY + ",1\n", "characters"),
    "a million columns": (lambda: ",".join(["c"] * MANY) + "\n1,2\n", "cells"),
    "a quote without end": (lambda: CSV + '1,"' + "x,\n" * 5 * MANY, "characters"),
    "a NUL": (lambda: CSV.replace("TULIP", "TU\0LIP"), "NUL"),
    "an endless QIF record": (lambda: QIF + "Mx\n" * 5 * MANY, "lines"),
    "an endless BAI2 record": (
        lambda: BAI2.replace("88,", "88,x\n" * 3 * MANY),
        "continuations",
    ),
    "an endless MT940 field": (
        lambda: MT940.replace("fee\n", "fee\n" * 5 * MANY),
        "lines",
    ),
    "an endless 820": (
        lambda: X12.replace("RMR*IV*10240**100.00~", "RMR*IV*1**1~" * MANY),
        "segments",
    ),
    "a NACHA file of one entry": (
        lambda: "\n".join(nacha().split("\n")[:3] + nacha().split("\n")[3:4] * 20_000),
        "addenda",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_refused_fast_and_in_little_memory(
    name: str, tmp_path: Path
) -> None:
    make, sentence = CASES[name]
    content = make()
    path = tmp_path / "bank.file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    peak, seconds, said = probed(path)
    print(f"\n{name}: {seconds:.1f} s, {peak} MiB")  # noqa: T201 what is measured
    assert sentence in said
    assert peak < MEMORY_MIB
    assert seconds < SECONDS


def test_a_gigabyte_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text(CSV)
    os.truncate(path, 1 << 30)
    peak, _, said = probed(path)
    assert "the file has 1024 MiB; the most is 512" in said
    assert peak < MEMORY_MIB


def probed(path: Path) -> tuple[int, float, str]:
    """Read a file in a process; return its peak, its seconds and its first words."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(path)],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert not done.stderr
    peak, seconds, said = done.stdout.split(" ", 2)
    return int(peak), float(seconds), said


def test_the_second_reader_prints_nothing_of_a_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The library logs the whole of what it cannot read, payers and all."""
    path = tmp_path / "bank.sta"
    path.write_text(MT940.replace(":61:26", ":61:x6").replace("10233", "SECRET"))
    table = Table("bank.sta", "mt940", "utf-8", (), lambda: iter(()))
    second.read(path, table, lambda _: None)
    said = capfd.readouterr()
    assert "SECRET" not in said.out + said.err
