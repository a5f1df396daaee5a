"""The command line as its users meet it: real processes, real exit codes."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from importer import inspection
from importer.errors import FileRefused

TOP = Path(__file__).parent.parent
SAMPLES = TOP / "samples"
FNB = SAMPLES / "first_national" / "FNB_activity_2026-03-13.csv"
BROKEN = TOP / "tests" / "errors" / "files"
CORPUS = Path(os.environ.get("REMITTANCE_CORPUS", TOP.parent / "shared" / "corpus"))

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make a workspace with the mappings that ship, in a path with a blank."""
    root = tmp_path / "a company"
    assert run(tmp_path, "init", "--workspace", str(root)).returncode == 0
    shutil.copytree(TOP / "mappings", root / "mappings", dirs_exist_ok=True)
    return root


def run(folder: Path, *arguments: str, **environment: str) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "importer", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TOP), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def document(done: Done) -> Any:
    """Return the one JSON document that stands on standard output."""
    return json.loads(done.stdout)


def test_a_file_goes_from_init_to_posted(here: Path) -> None:
    assert run(here, "check").stdout.startswith("5 mappings, ")
    dry = run(here, "run", "--dry-run", str(FNB))
    assert dry.returncode == 1
    assert "16 remittances (dry run)" in dry.stdout
    held_back = document(run(here, "run", "--no-post", "--json", str(FNB)))
    assert held_back["counts"]["ready"] == 5
    assert held_back["exit"] == 1
    posted = document(run(here, "post", "--json"))
    assert posted["counts"]["posted"] == 5
    again = run(here, "run", str(FNB))
    assert "taken in before" in again.stdout
    known = document(run(here, "status", "--json"))
    keys = {"counts", "sums", "waiting", "calls_today", "calls_left", "last_run"}
    assert known.keys() == keys
    assert known["counts"]["posted"] == 5
    assert len(known["waiting"]) == 7
    assert run(here, "settle").returncode == 0
    assert "16 remittances" in run(here, "ledger").stdout


def test_run_tells_files_counts_sums_calls_and_exit(here: Path) -> None:
    done = run(here, "run", "--json", str(FNB), str(BROKEN / "empty.csv"))
    told = document(done)
    assert told.keys() >= {"files", "counts", "sums", "calls", "exit"}
    assert done.returncode == told["exit"] == 2
    refused = next(one for one in told["files"] if one["status"] == "refused")
    taken = next(one for one in told["files"] if one["status"] == "taken in")
    assert refused["file"] == "empty.csv"
    assert taken.keys() >= {"file", "status", "results", "counts", "sums"}
    assert taken["sums"]["posted"] == "8664.40"
    assert Path(taken["results"]).is_file()


def test_explain_tells_every_step(here: Path) -> None:
    told = document(run(here, "explain", f"{FNB}:9", "--json"))
    (one,) = told
    assert one.keys() >= {
        *("row", "remittance", "decision", "reason", "customer", "applications"),
        *("unapplied", "evidence", "tried"),
    }
    assert one["decision"] == "held"
    assert one["reason"].startswith("short: 12.60 are missing")
    assert one["tried"][0]["rule"] == '"bank charges and interest"'
    words = run(here, "explain", f"{FNB}:9").stdout
    assert "held  short: 12.60 are missing" in words


@pytest.mark.parametrize(
    ("file", "figures"),
    [
        (FNB, ("16", "-4650.41", "2026-03-09", "2026-03-13", "proven", True)),
        (
            SAMPLES / "ofx_statement" / "Biscayne_2026-03-13.qfx",
            ("11", None, None, "2026-03-13", None, True),
        ),
        (
            SAMPLES / "orchard_remittance" / "Orchard_remittance_2026-03-12.xlsx",
            ("6", None, None, "2026-03-12", "proven", None),
        ),
    ],
    ids=["csv", "ofx", "xlsx"],
)
def test_inspect_tells_what_was_read(
    here: Path, file: Path, figures: tuple[Any, ...]
) -> None:
    told = document(run(here, "inspect", str(file), "--json"))
    assert told.keys() >= {
        *("file", "format", "encoding", "account", "currency", "records", "refused"),
        *("sum", "credits", "debits", "first_date", "last_date", "totals", "mapping"),
        *("second_reader", "notes"),
    }
    records, total, first, last, totals, agrees = figures
    assert str(told["records"]) == records
    for name, wanted in (("sum", total), ("first_date", first), ("last_date", last)):
        assert wanted in (None, told[name])
    assert totals in (None, told["totals"])
    assert agrees in (None, told["second_reader"]["agrees"])


def test_init_guesses_a_mapping_and_says_what_is_open(tmp_path: Path) -> None:
    done = run(tmp_path, "init", str(FNB))
    assert done.returncode == 1
    assert "read with it: 16 rows, sum -4650.41" in done.stdout
    assert "unsure: account" in done.stdout
    mapping = tmp_path / "mappings" / "fnb_activity_2026_03_13.toml"
    assert "# UNSURE" in mapping.read_text(encoding="utf-8")
    refused = run(tmp_path, "run", str(FNB))
    assert refused.returncode == 2
    assert "still to be filled in" in refused.stderr
    assert "already" in run(tmp_path, "init", str(FNB)).stderr


def test_an_open_invoice_list_takes_the_place_of_the_erp(here: Path) -> None:
    listed = here / "open.csv"
    listed.write_text(
        "customer_id,customer_name,invoice_number,open\n"
        "10442,Rosewood Floral,10233,5.00\n",
        encoding="utf-8",
    )
    done = run(here, "sync", "--from", "open.csv")
    assert done.returncode == 0
    assert "1 open invoices of 1 customers" in done.stdout
    assert "of 1000" in run(here, "sync").stdout


def test_watch_empties_the_inbox(here: Path) -> None:
    shutil.copy(FNB, here / "inbox")
    shutil.copy(BROKEN / "wrong_total.csv", here / "inbox")
    done = run(here, "watch", "--once", IMPORTER_INBOX_QUIET_SECONDS="0")
    assert done.returncode == 2
    assert not list((here / "inbox").iterdir())
    assert (here / "refused" / "wrong_total.csv.why.txt").is_file()
    assert "waiting for: nothing" in (here / "heartbeat").read_text(encoding="utf-8")


def test_demo_tells_the_whole_story(tmp_path: Path) -> None:
    done = run(tmp_path, "demo", TMPDIR=str(tmp_path))
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.search(r"^88\d{3}\s+750\.00 USD", done.stdout, re.MULTILINE)
    assert "held for a person, and why:" in done.stdout
    for path in re.findall(r"^  (/.*\.csv)$", done.stdout, re.MULTILINE):
        assert Path(path).is_file()


def test_without_settings_the_sandbox_is_said_loudly(tmp_path: Path) -> None:
    done = run(tmp_path, "status")
    assert done.returncode == 0
    assert "everything runs against the embedded SANDBOX" in done.stderr


def test_a_missing_file_or_folder_says_what_to_do(here: Path) -> None:
    done = run(here, "run", "nowhere.csv")
    assert done.returncode == 2
    assert "nowhere.csv" in done.stderr
    assert "check the path" in done.stderr
    done = run(here, "status", "--workspace", "no/such/folder")
    assert done.returncode == 2
    assert "importer init" in done.stderr


def test_an_erp_that_is_away_stops_early_with_nothing_in_doubt(here: Path) -> None:
    assert run(here, "sync").returncode == 0
    away = {"IMPORTER_ERP_URL": "http://127.0.0.1:9/api"}
    done = run(here, "run", str(FNB), "--json", **away)
    assert done.returncode == 3
    assert document(done)["counts"]["in_doubt"] == 0
    assert document(done)["counts"]["ready"] == 5
    back = document(run(here, "post", "--json"))
    assert back["counts"]["posted"] == 5


def test_a_mapping_in_error_names_file_and_line(here: Path) -> None:
    (here / "mappings" / "bad.toml").write_text(
        "[file]\nname = 'x'\nnmae = 'y'\n[read]\naccount='a'\ncurrency='USD'\n"
        "date={column='D',format='%Y'}\namount={column='A'}\n"
        "[[rule]]\nname='r'\nwhen={text='(?=x)'}\nskip=true\n",
        encoding="utf-8",
    )
    done = run(here, "run", str(FNB))
    assert done.returncode == 2
    assert "bad.toml:3: " in done.stderr
    assert 'did you mean "name"?' in done.stderr


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not here")
def test_inspecting_any_real_file_ends_in_figures_or_a_refusal() -> None:
    for folder in ("csv", "excel", "ofx"):
        for path in sorted((CORPUS / folder).iterdir()):
            with suppress(FileRefused):
                inspection.look(path, ())
