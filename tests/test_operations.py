"""The administrator's recipes, run as they stand in the pages, against the sandbox."""

import csv
import json
import os
import plistlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click
import pytest

from importer import shipped
from importer.cli import importer
from importer.identity import markers_in
from importer.journal import Journal
from importer.sandbox import Sandbox
from importer.settings.sections import LogSection, NotifySection

TOP = Path(__file__).parent.parent
PAGES = TOP / "docs"
SERVICES = PAGES / "services"
SAMPLES = TOP / "samples"
BOOKS = shipped.folder("samples") / "books.json"
FIRST = SAMPLES / "first_national" / "FNB_activity_2026-03-13.csv"
SECOND = SAMPLES / "ofx_statement" / "Biscayne_2026-03-20.ofx"
THIRD = SAMPLES / "harbor_lockbox" / "LBX_2208_20260316.csv"
PATIENCE_SECONDS = 60
SQLITE = """#!{python}
import sqlite3, sys
sqlite3.connect(sys.argv[-2], timeout=60).execute(sys.argv[-1])
"""

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None, reason="the recipes are for a POSIX shell"
)


def recipes(page: str, heading: str) -> list[str]:
    """Return the commands of each console block under a heading."""
    text = (PAGES / page).read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    found = [
        "\n".join(re.findall(r"^\$ (.*)", block, re.MULTILINE)) for block in blocks
    ]
    assert found, f"no recipe under {heading}"
    return found


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace, and a shell in it that knows the command `importer`."""

    root: Path
    path: Path

    def shell(self, commands: str, code: int = 0) -> str:
        """Run a recipe to its end; return what it said."""
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith("IMPORTER")
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.root,
            env={
                **inherited,
                "PATH": f"{self.path}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(TOP),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stdout, done.stdout
        assert done.returncode == code, done.stdout
        return done.stdout

    def payments(self) -> Counter[str]:
        """Count the payments that the ERP has by the marker that they carry."""
        with Sandbox(self.root / "sandbox.db", BOOKS) as sandbox:
            rows = sandbox.book()["payments"]
        assert isinstance(rows, list)
        return Counter(mark for row in rows for mark in markers_in(str(row)))

    def posted(self) -> set[str]:
        """Return what is posted by the journal."""
        with Journal.open("sqlite:///journal.db", top=self.root) as journal:
            return {one.id for one in journal.entries(statuses=["posted"])}


@pytest.fixture(params=["komet"])
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    commands = {"importer": f'#!/bin/sh\nexec {sys.executable} -m importer "$@"\n'}
    if shutil.which("sqlite3") is None:
        commands["sqlite3"] = SQLITE.format(python=sys.executable)
    for name, text in commands.items():
        (bin_ / name).write_text(text, encoding="utf-8")
        (bin_ / name).chmod(0o755)
    made = Desk(tmp_path / "acme", bin_)
    made.root.mkdir()
    made.shell(f"importer init --plays {request.param} && rm mappings/customers.csv")
    shutil.copytree(TOP / "mappings", made.root / "mappings", dirs_exist_ok=True)
    made.shell("importer sync")
    return made


def drop(desk: Desk, path: Path) -> None:
    """Drop a file into the inbox, and let the watcher work it off."""
    shutil.copy(path, desk.root / "inbox")
    desk.shell("IMPORTER_INBOX_QUIET_SECONDS=0 importer watch --once", code=1)


def decide(desk: Desk, decision: str) -> str:
    """Let a clerk decide on a row that is held; return its remittance."""
    newest = max((desk.root / "results").glob("FNB*.csv"))
    with newest.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    row = next(one for one in rows if one["status"] == "held" and one["suggestion"])
    row |= {"decision": decision, "note": "as the customer says"}
    with (desk.root / "inbox" / newest.name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows(rows)
    desk.shell("IMPORTER_INBOX_QUIET_SECONDS=0 importer watch --once", code=1)
    return row["remittance"]


@pytest.mark.parametrize(
    ("desk", "decision"),
    [("komet", "post"), ("crmcom", "skip")],
    indirect=["desk"],
)
def test_what_was_paid_after_an_old_backup_is_paid_once(
    desk: Desk, decision: str
) -> None:
    """The disaster: a disk is lost a day after the backup, and a day of payments."""
    drop(desk, FIRST)
    backup, restore = recipes("operations.md", "Back up, and restore")
    assert "nobody has touched it; 1 result CSVs say where it ended" in (
        desk.shell(backup)
    )
    before = desk.posted()
    drop(desk, SECOND)
    decided = decide(desk, decision)
    after, paid = desk.posted(), desk.payments()
    assert told(desk)[decided][0] == {"post": "posted", "skip": "skipped"}[decision]
    assert len(after) > len(before)
    ledger = told(desk)
    (desk.root / "ledger.csv").unlink()
    desk.shell(restore)
    assert desk.posted() == after
    assert desk.payments() == paid
    assert set(paid.values()) == {1}
    assert told(desk) == ledger


def told(desk: Desk) -> dict[str, tuple[str, str]]:
    """Return where each remittance stands by the ledger, and its control number."""
    with (desk.root / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        return {
            row["remittance"]: (row["status"], row["control_number"])
            for row in csv.DictReader(file)
        }


def test_a_backup_while_the_watcher_posts_is_sound_and_disturbs_nobody(
    desk: Desk,
) -> None:
    backup, _ = recipes("operations.md", "Back up, and restore")
    watch = "IMPORTER_INBOX_QUIET_SECONDS=0 importer watch --quiet & echo $! >watch.pid"
    desk.shell(f"({watch}) 2>log >/dev/null")
    try:
        for path in (FIRST, SECOND, THIRD):
            shutil.copy(path, desk.root / "inbox")
            desk.shell(backup)
        wait_until(lambda: len(list((desk.root / "results").glob("*.csv"))) >= 3)
    finally:
        os.kill(int((desk.root / "watch.pid").read_text()), signal.SIGTERM)
    wait_until(lambda: "ended exit=0" in (desk.root / "log").read_text())
    assert set(desk.payments().values()) == {1}
    assert len(desk.payments()) == len(desk.posted()) == 12


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def test_a_service_logs_and_tells_no_name_of_a_customer(desk: Desk) -> None:
    said = desk.shell(f"importer run --quiet '{FIRST}'", code=1)
    assert len(said.splitlines()) > 5
    for line in said.splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\S+Z (info|warning) \w+: ", line), line
    assert "ROSEDALE" not in said
    with (desk.root / "importer.toml").open("a", encoding="utf-8") as settings:
        settings.write('[log]\nfile = "logs/a.log"\n')
    assert desk.shell("importer settle --sweep 7 --quiet") == ""
    assert "read back from the ERP seen=5" in (desk.root / "logs/a.log").read_text()
    # Who only looks, such as a monitor, leaves no trace.
    before = (desk.root / "logs/a.log").read_text()
    desk.shell("importer status && importer check --journal")
    assert (desk.root / "logs/a.log").read_text() == before


def test_a_closed_year_that_a_file_reaches_back_into_is_not_paid_again(
    desk: Desk,
) -> None:
    drop(desk, FIRST)
    (close,) = recipes("operations.md", "Keep and forget")
    posted, paid = desk.posted(), desk.payments()
    desk.shell(close)
    assert not desk.posted()
    drop(desk, FIRST)
    assert desk.posted() == posted
    assert desk.payments() == paid


def test_an_older_program_refuses_a_newer_journal_and_changes_nothing(
    desk: Desk,
) -> None:
    drop(desk, FIRST)
    with closing(sqlite3.connect(desk.root / "journal.db")) as raw:
        raw.execute("pragma user_version = 99")
    before = (desk.root / "journal.db").read_bytes()
    for command in ("run archive/*/*", "watch --once", "post", "status"):
        said = desk.shell(f"importer {command}", code=2)
        assert 'was written by a newer program (journal version "99")' in said
    assert (desk.root / "journal.db").read_bytes() == before


def test_the_script_of_the_nightly_backup_is_the_recipe() -> None:
    backup, _ = recipes("operations.md", "Back up, and restore")
    script = (SERVICES / "backup.sh").read_text(encoding="utf-8")
    assert script.endswith(f"set -eu\n{backup}\n")


def test_every_key_of_notify_and_log_is_shown_with_its_default() -> None:
    page = (PAGES / "operations.md").read_text(encoding="utf-8")
    shown: dict[str, Any] = {}
    for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
        shown |= tomllib.loads(block)
    notify = NotifySection.model_validate(shown["notify"])
    assert set(NotifySection.model_fields) - {"urls_env"} == set(shown["notify"])
    assert notify == NotifySection(urls_file=notify.urls_file)
    log = LogSection.model_validate(shown["log"])
    assert set(LogSection.model_fields) == set(shown["log"])
    assert log == LogSection(file=log.file)


def commands_of_services() -> list[list[str]]:
    """Return what the files for services and containers start, by our own command."""
    units = "\n".join(one.read_text("utf-8") for one in SERVICES.glob("*.service"))
    found = [
        line.split() for line in re.findall(r"^ExecStart=(.*)$", units, re.MULTILINE)
    ]
    plist = plistlib.loads((SERVICES / "importer.plist").read_bytes())
    found.append(plist["ProgramArguments"])
    task = ET.fromstring((SERVICES / "importer.task.xml").read_text("utf-8"))
    found.append([one.text or "" for one in task.iter() if one.tag.endswith("Command")])
    arguments = [one.text or "" for one in task.iter() if one.tag.endswith("Arguments")]
    found[-1] += arguments[0].split()
    container = (SERVICES / "Containerfile").read_text("utf-8")
    entry, *others = (json.loads(one) for one in re.findall(r"\[.*\]", container)[::-1])
    check = next(one for one in (entry, *others) if "--alive" in one)
    watch = next(one for one in (entry, *others) if "watch" in one)
    found += [check, ["importer", *watch]]
    return [one for one in found if "bash" not in one[0]]


def test_what_services_and_containers_start_is_there() -> None:
    found = commands_of_services()
    assert {one[1] for one in found} == {"watch", "sync", "settle", "report", "status"}
    for program, name, *arguments in found:
        assert re.split(r"[/\\]", program)[-1].removesuffix(".exe") == "importer"
        command = importer.get_command(click.Context(importer), name)
        assert command is not None
        command.make_context(name, arguments)


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
def test_systemd_takes_the_units_and_calls_them_hardened(tmp_path: Path) -> None:
    for path in SERVICES.glob("importer*@.*"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("/opt/importer/.venv/bin/importer", "/bin/true")
        (tmp_path / path.name.replace("@.", "@acme.")).write_text(text)
    units = sorted(map(str, tmp_path.iterdir()))
    assert len(units) == 5
    verified = systemd("verify", *units)
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in units:
        if unit.endswith(".service"):
            found = systemd("security", "--offline=true", "--threshold=20", unit)
            assert found.returncode == 0, found.stdout


def systemd(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
