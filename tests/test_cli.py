"""Every command as people and schedulers use it: a process, its output, its exit code.

A workspace is made and synced once, and copied for each test.  The ERP is the
embedded sandbox; nothing is reached but loopback.
"""

import csv
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importer import inspection
from importer.errors import FileRefused
from importer.mapping.load import load_folder
from importer.sandbox import Sandbox

TOP = Path(__file__).parent.parent
SAMPLES = TOP / "samples"
BROKEN = TOP / "tests" / "errors" / "files"
STATEMENT = SAMPLES / "first_national" / "FNB_activity_2026-03-13.csv"
CORPUS = Path(os.environ.get("REMITTANCE_CORPUS", TOP.parent / "shared" / "corpus"))
STATUSES = {
    *("ready", "held", "skipped", "duplicate"),
    *("posting", "posted", "refused", "in_doubt"),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process said, and the exit code that it left with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return the one JSON document that is all of standard output."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace, and the command line in it."""

    root: Path

    def __call__(self, *arguments: str | Path, **settings: str) -> Ended:
        """Run `importer` in the workspace; settings come as in the environment."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("IMPORTER_")
        }
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "importer", *map(str, arguments)],
            cwd=self.root,
            env={
                **inherited,
                "PYTHONPATH": str(TOP),
                "TMPDIR": str(self.root),
                **settings,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def rows(self, table: str) -> int:
        """Count what the journal holds of something; 0 where there is no journal."""
        path = self.root / "journal.db"
        if not path.is_file():
            return 0
        with sqlite3.connect(path) as journal:
            (count,) = journal.execute(f"SELECT count(*) FROM {table}").fetchone()
        journal.close()
        return int(count)

    def payments(self) -> int:
        """Count the payments in the book of the sandbox."""
        with Sandbox(self.root / "sandbox.db", SAMPLES / "books.json") as sandbox:
            return len(sandbox.book()["payments"])

    def results(self) -> list[Path]:
        """Return the result CSVs that were written."""
        return sorted((self.root / "results").glob("*.csv"))


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workspace with the mappings that ship, and sync it."""
    desk = Desk(tmp_path_factory.mktemp("synced"))
    made = desk("init")
    assert made.code == 0, made.err
    assert "next: importer init FILE" in made.out
    shutil.copytree(TOP / "mappings", desk.root / "mappings", dirs_exist_ok=True)
    done = desk("sync")
    assert done.code == 0, done.err
    assert "108 open invoices of 31 customers from sandbox" in done.out
    return desk.root


@pytest.fixture
def desk(synced: Path, tmp_path: Path) -> Desk:
    root = tmp_path / "desk"
    shutil.copytree(synced, root)
    return Desk(root)


def test_init_makes_folders_and_settings_and_never_writes_over_them(
    desk: Desk,
) -> None:
    for name in ("mappings", "inbox", "archive", "refused", "results"):
        assert (desk.root / name).is_dir(), name
    before = (desk.root / "importer.toml").read_bytes()
    again = desk("init")
    assert (again.code, again.out) == (2, "")
    assert "there is a workspace here already" in again.err
    assert (desk.root / "importer.toml").read_bytes() == before


def test_init_with_a_file_writes_a_mapping_that_reads_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    done = desk("init", STATEMENT)
    assert "read with it: 16 rows, sum -4650.41 XXX" in done.out
    assert done.code == 1, "a currency that the file does not say is for a person"
    (mapping,) = (tmp_path / "mappings").glob("*.toml")
    assert f"wrote {mapping.relative_to(tmp_path)}" in done.out
    assert load_folder(tmp_path / "mappings")


def test_check_counts_mappings_rules_tests_and_aliases(desk: Desk) -> None:
    done = desk("check", "--online")
    assert done.code == 0, done.err
    texts = [path.read_text("utf-8") for path in (TOP / "mappings").glob("*.toml")]
    rules = sum(text.count("\n[[rule]]\n") for text in texts)
    aliases = len((TOP / "mappings" / "customers.csv").read_text().splitlines()) - 1
    said = (
        rf"{len(texts)} mappings, {rules} rules, \d\d tests \(0 failed\), {aliases} al"
    )
    assert re.search(said, done.out)
    assert len(done.out.splitlines()) > 1, "the ERP's set-up is told as well"


def test_check_reads_every_sample_by_its_mapping(desk: Desk) -> None:
    shutil.copytree(SAMPLES, desk.root / "samples")
    (desk.root / "samples" / "books.json").unlink()
    said = desk("check")
    assert said.code == 0, said.err
    assert ", 8 samples read, 0 refused" in said.out
    (path,) = (desk.root / "samples").glob("*/Alster*.sta")
    path.write_bytes(path.read_bytes()[:-40])
    said = desk("check")
    assert said.code == 2
    assert "7 samples read, 1 refused" in said.out
    assert path.name in said.err


def test_check_names_rules_in_the_shadow_and_aliases_said_twice(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk("init").code == 0
    folder = tmp_path / "mappings"
    text = (TOP / "mappings" / "ofx_statement.toml").read_text("utf-8")
    again = '[[rule]]\nname = "all fees"\nwhen = { kind = "^(fee|srvchg|int)$" }\n'
    again += 'hold = "look"\n'
    (folder / "ofx_statement.toml").write_text(f"{text}\n{again}", "utf-8")
    with (folder / "customers.csv").open("a", encoding="utf-8") as file:
        file.write("ACME,,1,,,\nACME ,,1,,,\n")
    done = desk("check")
    assert '"all fees" can never decide' in done.out
    assert "customers.csv:3: says the same as line 2" in done.out


def test_check_replays_the_archive_by_today_s_mappings(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk("init").code == 0
    folder = tmp_path / "mappings"
    shutil.copytree(TOP / "mappings", folder, dirs_exist_ok=True)
    assert desk("run", STATEMENT).code == 1
    same = desk("check", "--replay", "archive")
    assert (same.code, same.err) == (0, "")
    assert "replayed 1 files: 16 remittances decided, 0 otherwise" in same.out
    assert 'rule "returned debits" decided nothing in the archive' in same.out
    mapping = folder / "first_national.toml"
    text = mapping.read_text("utf-8")
    text = text.replace("[policy]", '[policy]\nquoted_short = "post"', 1)
    mapping.write_text(text, "utf-8")
    other = desk("check", "--replay", "archive")
    assert other.code == 1
    assert "csv:9: hold (short) -> post 10443: 10251=800.00" in other.out
    assert desk.rows("file") == 1


def test_check_of_the_journal_says_where_it_was_touched(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk("init").code == 0
    shutil.copytree(TOP / "mappings", tmp_path / "mappings", dirs_exist_ok=True)
    assert desk("run", STATEMENT).code == 1
    sound = desk("check", "--journal")
    assert (sound.code, sound.err) == (0, "")
    head = sound.out.rpartition(" ")[2].strip()
    assert desk("check", "--head", head).code == 0
    raw = sqlite3.connect(tmp_path / "journal.db")
    raw.execute("drop trigger event_no_update")
    raw.execute("update event set body = replace(body, '10442', '10443')")
    raw.commit()
    raw.close()
    touched = desk("check", "--journal")
    assert touched.code == 2
    assert "SOMEBODY HAS TOUCHED IT" in touched.out
    assert "was changed" in touched.err


def test_check_refuses_faults_of_mappings_and_run_records_nothing(desk: Desk) -> None:
    for name, wrong in (("one", "skp = true"), ("two", "when = { text = '(?=x)' }")):
        text = (TOP / "mappings" / "rheinbank.toml").read_text("utf-8")
        text += f'\n[[rule]]\nname = "a new one"\n{wrong}\n'
        (desk.root / "mappings" / f"{name}.toml").write_text(text, "utf-8")
    checked = desk("check")
    assert (checked.code, checked.out) == (2, "")
    assert "one.toml:" in checked.err
    assert "two.toml:" in checked.err
    ran = desk("run", STATEMENT, "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "one.toml:" in ran.err
    assert desk.rows("remittance") == 0
    assert desk.results() == []


def test_check_fails_for_a_rule_whose_test_fails(desk: Desk) -> None:
    path = desk.root / "mappings" / "first_national.toml"
    text = path.read_text(encoding="utf-8")
    assert "=> 10442: 10233, 10240" in text
    path.write_text(text.replace("=> 10442: 10233", "=> 10442: 10234"), "utf-8")
    done = desk("check")
    assert done.code == 2
    assert "(1 failed)" in done.out
    assert "first_national.toml:" in done.err


def test_sync_takes_a_list_of_open_invoices(desk: Desk) -> None:
    listed = desk.root / "open.csv"
    listed.write_text(
        "Invoice Number,Customer Id,Customer Name,Open Amount\n"
        "10233,10442,Rosewood Floral,500.00\n"
        "10240,10442,Rosewood Floral,250.00\n",
        encoding="utf-8",
    )
    done = desk("sync", "--from", listed)
    assert done.code == 0, done.err
    assert "2 open invoices of" in done.out


def test_run_stops_where_it_is_told_and_post_goes_on(desk: Desk) -> None:
    dry = desk("run", "--dry-run", STATEMENT, "--json")
    assert dry.code == dry.document["exit"] == 1
    (told,) = dry.document["files"]
    assert (told["file"], told["status"]) == (STATEMENT.name, "dry run")
    assert told["counts"] == {"ready": 5, "held": 7, "skipped": 4}
    assert desk.rows("remittance") == 0
    assert desk.results() == []

    taken = desk("run", "--no-post", STATEMENT, "--json").document
    assert set(taken) >= {"files", "counts", "sums", "calls", "exit"}
    (told,) = taken["files"]
    assert set(told) >= {"file", "status", "results", "counts", "sums"}
    assert told["status"] == "taken in"
    assert Path(told["results"]).is_file()
    assert (taken["counts"]["ready"], taken["counts"]["posted"]) == (5, 0)
    assert taken["sums"]["ready"] == "8664.40"

    posted = desk("post", "--json")
    assert posted.code == posted.document["exit"] == 1
    assert posted.document["counts"]["posted"] == 5
    assert posted.document["sums"]["posted"] == "8664.40"
    assert posted.document["calls"] > taken["calls"]
    payments = desk.payments()
    assert payments == 5

    again = desk("run", STATEMENT)
    assert again.code == 1
    assert f"{STATEMENT.name}: taken in before" in again.out
    assert (desk.rows("remittance"), desk.payments()) == (16, payments)

    settled = desk("settle", "--json")
    assert (settled.code, settled.document["files"]) == (0, [])

    status = desk("status", "--json").document
    assert set(status) == {
        *(
            "counts",
            "sums",
            "waiting",
            "calls_today",
            "calls_left",
            "last_run",
            "watcher",
        )
    }
    assert set(status["counts"]) == STATUSES
    assert sum(status["counts"].values()) == 16
    assert sum(map(Decimal, status["sums"].values())) == Decimal("-4650.41")
    assert [one["row"] for one in status["waiting"]] == [9, 12, 13, 14, 15, 16, 21]
    assert status["calls_today"] + status["calls_left"] == 1000
    assert status["last_run"]

    ledger = desk("ledger")
    assert ledger.code == 0
    with (desk.root / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("-4650.41")


def test_what_was_posted_into_the_sandbox_is_never_taken_for_the_real_erp(
    desk: Desk,
) -> None:
    """The same file is known there, and would never be paid in the ERP."""
    assert desk("run", STATEMENT).code == 1
    real = {"IMPORTER_ERP_KIND": "komet", "IMPORTER_ERP_URL": "https://erp.example"}
    for command in (("run", STATEMENT), ("post",), ("settle",), ("watch", "--once")):
        refused = desk(*command, **real)
        assert refused.code == 2, refused.out
        assert 'in "the sandbox, playing komet", and [erp] names "komet' in refused.err
        assert "importer init --erp KIND" in refused.err
    assert desk("status", **real).code == 0, "who only looks may look"


def test_run_ends_with_0_when_nobody_is_needed(desk: Desk) -> None:
    good = desk.root / "good.csv"
    good.write_text(
        "Posted,Type,Payer,Details,Amount,Ref\n"
        "03/09/2026,ACH CREDIT,ROSEWOOD FLORAL,INV 10233 INV-10240,750.00,1\n",
        encoding="utf-8",
    )
    done = desk("run", good)
    assert done.code == 0, done.out + done.err
    assert done.err == ""
    assert "posted" in done.out


def test_explain_tells_one_row_and_every_rule_tried(desk: Desk) -> None:
    done = desk("explain", f"{STATEMENT}:9", "--json")
    assert done.code == 0, done.err
    (told,) = done.document
    assert set(told) == {
        *("row", "remittance", "amount", "text", "decision", "reason", "customer"),
        *("applications", "unapplied", "suggestion", "rule", "evidence", "tried"),
    }
    assert told["applications"] == ""
    assert told["suggestion"] == "10443: 10251=800.00"
    assert (told["row"], told["decision"]) == (9, "held")
    assert told["reason"].startswith("short: ")
    assert {one["rule"] for one in told["tried"]}
    assert desk.rows("remittance") == 0


@pytest.mark.parametrize("then", ["status", "sync"])
def test_explain_tells_of_a_file_taken_in_what_it_told_before(
    desk: Desk, then: str
) -> None:
    """What its own payments took of the invoices is open to it again."""
    before = desk("explain", STATEMENT, "--json").document
    posted = desk("run", STATEMENT)
    assert posted.code == 1, posted.out + posted.err
    assert desk(then).code == 0
    after = desk("explain", STATEMENT, "--json").document
    assert after == before
    assert sum(one["decision"] == "ready" for one in after) > 3


@pytest.mark.parametrize(
    ("file", "shape"),
    [
        (STATEMENT, ("delimited", 16, "-4650.41", "proven", "first_national")),
        (
            SAMPLES / "orchard_remittance" / "Orchard_remittance_2026-03-12.xlsx",
            ("xlsx", 6, "8245.20", "proven", "orchard_remittance"),
        ),
        (
            SAMPLES / "ofx_statement" / "Biscayne_2026-03-13.qfx",
            ("ofx", 11, "-666.24", "not stated", "ofx_statement"),
        ),
    ],
    ids=["csv", "xlsx", "ofx"],
)
def test_inspect_tells_how_a_file_was_read(
    desk: Desk, file: Path, shape: tuple[str, int, str, str, str]
) -> None:
    done = desk("inspect", file, "--json")
    assert done.code == 0, done.err
    told = done.document
    assert set(told) == {
        *("file", "format", "encoding", "account", "currency", "records", "refused"),
        *("sum", "credits", "debits", "first_date", "last_date", "totals"),
        *("mapping", "second_reader", "notes"),
    }
    keys = ("format", "records", "sum", "totals", "mapping")
    assert tuple(told[key] for key in keys) == shape
    credits_, debits = Decimal(told["credits"]), Decimal(told["debits"])
    assert credits_ + debits == Decimal(told["sum"])
    assert (told["file"], told["currency"], told["refused"]) == (file.name, "USD", 0)
    assert set(told["second_reader"]) >= {"records", "sum", "agrees"}
    assert desk.rows("remittance") == 0


def _copy_under_names_that_are_no_text(inbox: Path) -> int:
    """Drop a good and a bad file so named; return how many remittances they have."""
    good = SAMPLES / "rheinbank" / "Umsaetze_7731_2026-03.csv"
    try:
        shutil.copy(good, inbox / os.fsdecode(b"a\xff.csv"))
        shutil.copy(BROKEN / "empty.csv", inbox / os.fsdecode(b"b\xff.csv"))
    except OSError:  # this file system keeps no such names
        return 0
    return 13


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("CELLS_MOST", "20", "more than 20 cells"),
        ("SECONDS_MOST", "-1", "must be more than 0"),
        ("MEMORY_MEGABYTES_MOST", "64", ""),
    ],
)
def test_what_a_file_may_take_is_a_setting(
    desk: Desk, setting: str, value: str, said: str
) -> None:
    book = SAMPLES / "orchard_remittance" / "Orchard_remittance_2026-03-12.xlsx"
    for command in (("inspect", book), ("run", "--dry-run", book)):
        told = desk(*command, **{f"IMPORTER_READING_{setting}": value})
        assert said in told.err
        assert (told.code == 2) == bool(said)


def test_watch_takes_a_good_file_and_sets_a_bad_one_aside(desk: Desk) -> None:
    inbox = desk.root / "inbox"
    shutil.copy(STATEMENT, inbox)
    shutil.copy(BROKEN / "wrong_total.csv", inbox)
    more = _copy_under_names_that_are_no_text(inbox)
    done = desk("watch", "--once", IMPORTER_INBOX_QUIET_SECONDS="0")
    assert done.code == 2
    assert list(inbox.iterdir()) == []
    why = desk.root / "refused" / "wrong_total.csv.why.txt"
    assert why.with_name("wrong_total.csv").is_file()
    assert "wrong_total.csv" in why.read_text(encoding="utf-8")
    (archived, *_) = (desk.root / "archive").glob(f"*/{STATEMENT.name}.*")
    assert archived.read_bytes() == STATEMENT.read_bytes()
    assert desk.rows("remittance") == 16 + more
    assert len(desk.results()) == (2 if more else 1)


def test_demo_tells_the_whole_story(tmp_path: Path) -> None:
    done = Desk(tmp_path)("demo")
    assert (done.code, done.err) == (0, "")
    assert "posted, with the ERP's control numbers:" in done.out
    assert "88001 " in done.out
    (made,) = tmp_path.glob("importer-demo-*")
    found = sorted((made / "results").glob("*.csv"))
    samples = [one for one in SAMPLES.glob("*/*") if ".expected." not in one.name]
    assert len(found) == len(samples)
    for path in found:
        assert str(path) in done.out


def test_demo_tells_the_story_with_crmcom_too(tmp_path: Path) -> None:
    done = Desk(tmp_path)("demo", "--erp", "crmcom")
    assert (done.code, done.err) == (0, "")
    assert "the sandbox plays CRM.COM" in done.out
    assert "it has no list of all" in done.out
    assert "10205=1240.00; 10211=1986.45; 10226=1160.00" in done.out
    assert "4386.45 USD  Bloom & Stem LLC" in done.out
    assert "not-payable: 20.00 is over" in done.out
    assert done.out.count("no single customer") == 1, "a code, which it has not"
    (book,) = tmp_path.glob("importer-demo-*/sandbox.db")
    with closing(sqlite3.connect(book)) as database:
        rows = database.execute(
            "SELECT count(*), count(DISTINCT reference) FROM payment"
            " WHERE reference LIKE 'BK%'"
        )
        payments, codes = rows.fetchone()
    assert payments == codes > 30


# What goes wrong.


def test_a_missing_file_is_said_in_one_sentence(desk: Desk) -> None:
    done = desk("inspect", "nowhere.csv")
    assert (done.code, done.out) == (2, "")
    (head,) = _heads(done.err)
    assert head == "nowhere.csv: there is no such file"


REFUSED = {
    "empty.csv": "the file is empty",
    "truncated.ofx": "is never closed",
    "wrong_width.csv": "the row has 7 cells instead of 6",
    "no_mapping.csv": "no mapping claims this file",
    "wrong_total.csv": "the file declares the sum 3952.53, and its rows make 3952.35",
    "missing.csv": "there is no such file",
    ".": "is a folder",
}


def _heads(text: str) -> list[str]:
    """Return the first line of each error."""
    mark = "importer: "
    return [
        line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark)
    ]


def test_run_refuses_each_unusable_file_with_a_sentence_and_records_nothing(
    desk: Desk,
) -> None:
    done = desk("run", *(BROKEN / name for name in REFUSED))
    assert (done.code, done.out) == (2, "")
    heads = _heads(done.err)
    assert len(heads) == len(REFUSED)
    for head, (name, word) in zip(heads, REFUSED.items(), strict=True):
        assert (BROKEN / name).name in head
        assert word in head
    assert desk.rows("remittance") == desk.rows("file") == 0
    assert desk.results() == []


def test_an_unusable_file_does_not_stop_the_others(desk: Desk) -> None:
    done = desk("run", BROKEN / "empty.csv", STATEMENT, "--no-post", "--json")
    assert done.code == done.document["exit"] == 2
    found = {one["file"]: one["status"] for one in done.document["files"]}
    assert found == {"empty.csv": "refused", STATEMENT.name: "taken in"}
    assert desk.rows("remittance") == 16


def test_a_file_that_two_mappings_claim_is_refused(desk: Desk) -> None:
    first = desk.root / "mappings" / "first_national.toml"
    shutil.copy(first, first.with_name("second_national.toml"))
    done = desk("run", STATEMENT)
    assert (done.code, done.out) == (2, "")
    (head,) = _heads(done.err)
    assert "first_national" in done.err
    assert "second_national" in done.err
    assert STATEMENT.name in head
    assert desk.rows("remittance") == 0


@pytest.fixture
def nobody() -> Iterator[str]:
    """Yield an address at which nobody listens: bound, so that nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/api"


def test_without_an_erp_at_the_address_nothing_is_in_doubt(
    desk: Desk, nobody: str
) -> None:
    done = desk("run", STATEMENT, "--json", IMPORTER_ERP_URL=nobody)
    assert done.code == done.document["exit"] == 3
    assert done.document["stopped"]
    counts = done.document["counts"]
    assert (counts["ready"], counts["in_doubt"], counts["posting"]) == (5, 0, 0)
    assert desk("post", "--json").document["counts"]["posted"] == 5


def test_a_wrong_token_ends_with_2_and_is_never_shown(desk: Desk) -> None:
    with Sandbox(desk.root / "other.db", SAMPLES / "books.json") as sandbox:
        settings = {
            "IMPORTER_ERP_URL": sandbox.url,
            "IMPORTER_ERP_TOKEN_ENV": "FLOWER_TOKEN",
            "FLOWER_TOKEN": "TOK-that-nobody-gave",
        }
        done = desk("run", STATEMENT, **settings)
        assert done.code == 2
        (_,) = _heads(done.err)
        assert "TOK-that-nobody-gave" not in done.out + done.err
        assert sandbox.book()["payments"] == []
    assert re.search(r"under way \d+ decided, not yet sent", done.out)
    assert not re.search("in doubt|being sent|posted", done.out)


def test_status_says_what_the_erp_said_and_why_there_is_doubt(desk: Desk) -> None:
    with Sandbox(desk.root / "sandbox.db", SAMPLES / "books.json") as sandbox:
        sandbox.accident("refuse", times=1, applies="no")
        # One request at a time, so that the accident meets the first payment.
        settings = {"IMPORTER_ERP_URL": sandbox.url, "IMPORTER_POSTING_WORKERS": "1"}
        done = desk("run", STATEMENT, **settings)
        assert done.code == 1, done.err
        waiting = desk("status", "--json").document["waiting"]
    (refused,) = [one for one in waiting if one["status"] != "held"]
    assert refused["status"] in {"refused", "in_doubt"}
    assert "Something is not right." in refused["reason"]
    assert refused["reason"] in done.out


def _corpus() -> list[Path]:
    return [
        path
        for kind in ("csv", "ofx", "excel")
        for path in sorted((CORPUS / kind).rglob("*"))
        if path.is_file()
    ]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_any_file_of_the_corpus_is_read_or_refused() -> None:
    mappings = load_folder(TOP / "mappings")
    files = _corpus()
    read, faults = 0, []
    for path in files:
        try:
            inspection.look(path, mappings)
        except FileRefused:
            continue
        except Exception as error:  # noqa: BLE001 -- which is what must not be
            faults.append(f"{path.name}: {error!r}")
        else:
            read += 1
    assert faults == []
    assert read > len(files) // 2


def test_what_one_file_may_pay_and_closed_months_are_settings(desk: Desk) -> None:
    free = desk("run", "--dry-run", "--json", STATEMENT)
    ready = free.document["files"][0]["counts"]["ready"]
    total = Decimal(free.document["files"][0]["sums"]["ready"])
    assert ready
    for settings, left in (
        ({"IMPORTER_POSTING_LIMIT_PER_FILE": str(total)}, ready),
        ({"IMPORTER_POSTING_LIMIT_PER_FILE": str(total - Decimal("0.01"))}, 0),
        ({"IMPORTER_POSTING_CLOSED_UNTIL": "2026-02-28"}, ready),
        ({"IMPORTER_POSTING_CLOSED_UNTIL": "2026-03-31"}, 0),
    ):
        done = desk("run", "--dry-run", "--json", STATEMENT, **settings)
        assert done.document["files"][0]["counts"].get("ready", 0) == left
    told = desk("run", "--no-post", STATEMENT, IMPORTER_POSTING_LIMIT_PER_FILE="1.00")
    assert f"the file would pay {total}, above the limit of 1.00" in told.out
