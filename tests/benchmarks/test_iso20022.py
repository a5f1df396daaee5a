"""How long reading CAMT takes, beside a bare walk that only counts, in one run."""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from importer import readers

pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
ENTRIES = 100_000
TIMES = 3
ENTRY = (
    '<Ntry><NtryRef>R{0}</NtryRef><Amt Ccy="EUR">{1}.50</Amt><CdtDbtInd>CRDT'
    "</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-18</Dt></BookgDt><ValDt>"
    "<Dt>2026-03-18</Dt></ValDt><AcctSvcrRef>A{0}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT"
    "</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    "<NtryDtls><TxDtls><Refs><EndToEndId>E{0}</EndToEndId></Refs><Amt Ccy="
    '"EUR">{1}.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>CUSTOMER'
    " {0}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>XX00TEST{0}</IBAN></Id></DbtrAcct>"
    "</RltdPties><RltdAgts><DbtrAgt><FinInstnId><BICFI>TESTDEFF</BICFI></FinInstnId>"
    "</DbtrAgt></RltdAgts><RmtInf><Ustrd>INVOICE {0}</Ustrd></RmtInf></TxDtls>"
    "</NtryDtls></Ntry>\n"
)


def written(path: Path, entries: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:'
            '20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id>'
            "<IBAN>XX00TEST0001</IBAN></Id></Acct>\n"
        )
        file.writelines(ENTRY.format(n, n % 900 + 1) for n in range(entries))
        file.write("</Stmt></BkToCstmrStmt></Document>\n")
    return path


def bare(path: Path) -> int:
    """Count the entries, and let each go."""
    count = 0
    for _, element in ET.iterparse(path):
        if element.tag.endswith("}Ntry"):
            count += 1
            element.clear()
    return count


def test_camt_beside_a_bare_walk(tmp_path: Path) -> None:
    path = written(tmp_path / "bank.xml", ENTRIES)
    runs: dict[str, Callable[[], int]] = {
        "ours": lambda: sum(1 for _ in readers.read(path).rows()),
        "bare": lambda: bare(path),
    }
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(TIMES):
        for name, run in runs.items():
            start = time.perf_counter()
            assert run() == ENTRIES
            taken[name].append(time.perf_counter() - start)
    ours, theirs = (statistics.median(taken[name]) for name in runs)
    sys.stdout.write(
        f"\nCAMT, {ENTRIES:,} entries: ours {ours:.2f} s, bare iterparse"
        f" {theirs:.2f} s, ours is {ours / theirs:.2f} of it\n"
    )
