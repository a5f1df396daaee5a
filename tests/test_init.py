"""The first quarter of an hour: a person at a terminal, from nothing to a first post.

A real terminal is played (a pseudo-terminal), and what the program asks is answered.
"""

import csv
import os
import pty
import re
import select
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from importer import workspaces
from importer.errors import SettingsRefused
from importer.settings import load
from importer.workspaces import ErpChoice

TOP = Path(__file__).parent.parent
STATEMENT = TOP / "samples" / "first_national" / "FNB_activity_2026-03-13.csv"
TODAY = date(2026, 3, 17)
PATIENCE_SECONDS = 60.0

LIST = """customer_code,customer_name,invoice_number,open
ROS,Rosewood Floral,70001,750.00
BLO,Bloom & Stem LLC,70002,4386.45
TUL,Tulip Time Garden Center,70003-A,375.00
"""
BANK = """Date;Payer;Text;Credit
02.03.2026;ROSEWOOD FLORAL;INV 70001;750,00
03.03.2026;BLOOM & STEM LLC;INVOICE 70002;4.386,45
04.03.2026;SOMEBODY;HELLO;12,00
"""


class Terminal:
    """The program at a terminal of its own, and what stands on the screen."""

    def __init__(self, folder: Path, *arguments: str | Path, **settings: str) -> None:
        self.screen = ""
        self._read = 0
        self._mine, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "importer", *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(TOP), "COLUMNS": "100", **settings},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def answer(self, question: str, text: str) -> None:
        """Wait until something is asked, and type an answer."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while question not in self.screen[self._read :]:
            assert self._hear(), self.screen
            assert time.monotonic() < ends, self.screen
        self._read = self.screen.index(question, self._read) + len(question)
        os.write(self._mine, f"{text}\n".encode())

    def ended(self) -> int:
        """Wait for the end; return the exit code."""
        while self._hear():
            pass
        os.close(self._mine)
        return self._process.wait(PATIENCE_SECONDS)

    def _hear(self) -> bool:
        if not select.select([self._mine], [], [], PATIENCE_SECONDS)[0]:
            return False
        try:
            heard = os.read(self._mine, 65536)
        except OSError:  # the other end is closed
            return False
        self.screen += heard.decode()
        return bool(heard)


def importer(
    folder: Path, *arguments: str | Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "importer", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TOP), **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def posted(root: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(root / "sandbox.db")) as book:
        return book.execute(
            "SELECT customer, cents FROM payment WHERE reference <> ''"
        ).fetchall()


def test_questions_lead_from_nothing_to_a_first_post(tmp_path: Path) -> None:
    """Her own bank file, her own open invoices, and nothing real is touched."""
    (tmp_path / "bank file.csv").write_text(BANK, encoding="utf-8")
    (tmp_path / "open.csv").write_text(LIST, encoding="utf-8")
    screen = Terminal(tmp_path, "init", "--workspace", "acme")
    screen.answer("Which ERP", "komet")
    screen.answer("Rehearse first", "y")
    screen.answer("A file from your bank", "no such file.csv")
    screen.answer("there is no such file", "'bank file.csv'")
    screen.answer("An open-invoice list", "open.csv")
    screen.answer("What do you call the account", "DE-SPK-7731")
    screen.answer("In which currency", "eur")
    screen.answer("Post it into the sandbox now?", "y")
    assert screen.ended() == 1, "one row waits for a person"

    said = screen.screen
    assert "the sandbox knows 2 of these invoices now; 1 it cannot hold" in said
    for command in (
        "$ importer sync --workspace acme --from open.csv",
        "$ importer check --workspace acme",
        "$ importer run --workspace acme --dry-run 'bank file.csv'",
        "$ importer run --workspace acme 'bank file.csv'",
        "next: importer watch --workspace acme",
        "next: importer init --workspace acme --erp KIND",
    ):
        assert command in said, said
    assert sorted(cents for _, cents in posted(tmp_path / "acme")) == [75000, 438645]
    (result,) = (tmp_path / "acme" / "results").glob("*.csv")
    with result.open(encoding="utf-8-sig", newline="") as file:
        statuses = [row["status"] for row in csv.DictReader(file)]
    assert statuses == ["held", "posted", "posted"]


def test_flags_lead_as_far_as_questions(tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text(BANK, encoding="utf-8")
    (tmp_path / "open.csv").write_text(LIST, encoding="utf-8")
    done = importer(
        tmp_path,
        *("init", "bank.csv", "--account", "DE-1", "--currency", "EUR", "--through"),
        *("--open-invoices", "open.csv"),
    )
    assert done.returncode == 1, done.stderr
    assert len(posted(tmp_path)) == 2
    again = importer(tmp_path, "init", "bank.csv")
    assert "bank.toml knows this file already" in again.stdout


def test_a_token_is_kept_where_only_its_owner_reads_it(tmp_path: Path) -> None:
    screen = Terminal(tmp_path, "init", "--erp", "komet")
    screen.answer("The address of its API", "https://erp.example/api")
    screen.answer("Where shall its token be kept?", "file")
    screen.answer("Its name", "")
    screen.answer("Token", "a-token-of-a-test")
    screen.answer("A file from your bank", "")
    assert screen.ended() == 0, screen.screen
    assert "a-token-of-a-test" not in screen.screen
    path = tmp_path / "token.txt"
    assert path.read_text("utf-8") == "a-token-of-a-test\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = load(tmp_path, {}).settings.erp
    assert (found.kind, found.url) == ("komet", "https://erp.example/api")
    assert found.token_file == "token.txt"
    assert "a-token" not in (tmp_path / "importer.toml").read_text("utf-8")


KEYRING = """
import json, pathlib
from keyring.backend import KeyringBackend

class Shelf(KeyringBackend):
    priority = 1
    path = pathlib.Path(__file__).with_name("kept.json")

    def set_password(self, service, username, password):
        self.path.write_text(json.dumps([service, username, password]))

    def get_password(self, service, username):
        kept = json.loads(self.path.read_text())
        return kept[2] if kept[:2] == [service, username] else None
"""


def test_a_token_is_kept_in_the_keyring_and_found_there(tmp_path: Path) -> None:
    (tmp_path / "shelf.py").write_text(KEYRING, encoding="utf-8")
    with_shelf = {
        "PYTHON_KEYRING_BACKEND": "shelf.Shelf",
        "PYTHONPATH": f"{TOP}{os.pathsep}{tmp_path}",
    }
    flags = ("--erp", "komet", "--url", "http://127.0.0.1:9/api")
    screen = Terminal(
        tmp_path,
        *("init", "--workspace", "acme", *flags, "--token-keyring", "acme"),
        **with_shelf,
    )
    screen.answer("Token", "a-token-of-a-test")
    screen.answer("A file from your bank", "")
    assert screen.ended() == 0, screen.screen
    assert "remittance-importer" in (tmp_path / "kept.json").read_text("utf-8")
    found = importer(tmp_path, "check", "--online", "--workspace", "acme", **with_shelf)
    assert found.returncode == 3, "the token was found; nobody is at the address"
    missing = importer(tmp_path, "check", "--online", "--workspace", "acme")
    assert missing.returncode == 2
    assert "the system's keyring cannot be used" in missing.stderr
    assert "a-token" not in f"{found}{missing}"


# ---- the end of a rehearsal


def test_real_work_begins_with_what_was_played_set_aside(tmp_path: Path) -> None:
    """The same file is new again: what the sandbox was paid is not paid."""
    importer(tmp_path, "init")
    shutil.copytree(TOP / "mappings", tmp_path / "mappings", dirs_exist_ok=True)
    assert importer(tmp_path, "run", STATEMENT).returncode == 1
    settings = tmp_path / "importer.toml"
    played = settings.read_text("utf-8").replace("workers = 4", "workers = 2")
    settings.write_text(played, "utf-8")
    (tmp_path / "inbox" / "waits.csv").write_text("x", encoding="utf-8")
    done = importer(
        tmp_path,
        *("init", "--erp", "komet", "--url", "https://erp.example/api"),
        *("--token-env", "T"),
    )
    assert done.returncode == 0, done.stderr
    assert "inbox/ holds 1 files: they will be posted for real" in done.stdout
    (aside,) = tmp_path.glob("rehearsal-*")
    for name in ("journal.db", "sandbox.db", "books.db", "ledger.csv"):
        assert (aside / name).is_file(), name
        assert not (tmp_path / name).exists(), name
    assert list((aside / "results").iterdir())
    assert not list((tmp_path / "results").iterdir())
    assert (aside / "importer.toml").read_text("utf-8").count('"sandbox"') == 1
    found = load(tmp_path, {}).settings
    assert (found.erp.kind, found.erp.token_env, found.posting.workers) == (
        *("komet", "T"),
        2,
    )
    status = importer(tmp_path, "status")
    assert "nothing was taken in yet" in status.stdout
    again = importer(tmp_path, "init", "--erp", "crmcom", "--url", "https://x.example")
    assert again.returncode == 2
    assert "posts into komet already" in again.stderr


def test_only_the_tables_of_the_erp_are_written_anew(tmp_path: Path) -> None:
    workspaces.make(tmp_path)
    path = tmp_path / "importer.toml"
    before = "# ours\n[posting]\nworkers = 7\n\n# when\n[inbox]\nquiet_seconds = 9\n"
    erp = '[erp]\nkind = "sandbox"\n[erp.methods]\ndefault = 3\n\n'
    path.write_text(before.replace("# when", f"{erp}# when"), encoding="utf-8")
    chosen = ErpChoice("komet", url="https://erp.example", kept=("token_env", "T"))
    workspaces.go_live(tmp_path, chosen, TODAY)
    now = path.read_text("utf-8")
    assert re.sub(r"(?s)\[erp\].*?default = 12\n\n", "", now) == before
    assert load(tmp_path, {}).settings.erp.kind == "komet"


@pytest.mark.parametrize("text", ['erp.kind = "sandbox"\n', 'erp = {kind = "sandbox"}'])
def test_an_erp_written_otherwise_is_left_to_a_person(
    tmp_path: Path, text: str
) -> None:
    workspaces.make(tmp_path)
    (tmp_path / "importer.toml").write_text(text, encoding="utf-8")
    (tmp_path / "journal.db").write_bytes(b"")
    with pytest.raises(SettingsRefused, match="cannot be written anew"):
        workspaces.go_live(tmp_path, ErpChoice("komet", kept=("token_env", "T")), TODAY)
    assert (tmp_path / "journal.db").is_file(), "nothing was set aside"


def test_a_second_rehearsal_of_a_day_is_set_aside_beside_the_first(
    tmp_path: Path,
) -> None:
    for count in (1, 2):
        (tmp_path / "importer.toml").unlink(missing_ok=True)
        workspaces.make(tmp_path)
        (tmp_path / "journal.db").write_bytes(b"%d" % count)
        workspaces.go_live(tmp_path, ErpChoice("komet", kept=("token_env", "T")), TODAY)
    assert (tmp_path / "rehearsal-20260317" / "journal.db").read_bytes() == b"1"
    assert (tmp_path / "rehearsal-20260317-2" / "journal.db").read_bytes() == b"2"
