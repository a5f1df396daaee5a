"""A clerk at a workspace: drops files, opens results, decides; never a terminal.

What the clerk's program would do is done over the real command line, against the
sandbox over HTTP; `book` is what the ERP has in the end.
"""

import csv
import io
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from importer import cli, shipped, workspaces
from importer.sandbox import Sandbox
from importer.workspaces import ErpChoice

HEADER = '"Posted","Type","Payer","Details","Amount","Ref"\n'
STATEMENT = "FNB_today.csv"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said, and the exit code that it left with."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Clerk:
    """One workspace, and the ERP beside it."""

    root: Path
    sandbox: Sandbox

    def importer(self, *arguments: str | Path) -> Told:
        """Run a command in the workspace, as a scheduler or an administrator does."""
        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        words = [*map(str, arguments), "--workspace", str(self.root)]
        with redirect_stdout(said), redirect_stderr(said):
            try:
                cli.main(words)
            except SystemExit as end:
                said.seek(0)
                return Told(int(end.code or 0), said.read())

    def statement(self, *rows: str, name: str = STATEMENT) -> Path:
        """Write the bank's file: a row is payer, details, amount and reference."""
        total = sum(Decimal(row.split("|")[2]) for row in rows)
        lines = []
        for row in rows:
            payer, details, amount, reference = row.split("|")
            lines.append(
                f'"03/16/2026","ACH CREDIT","{payer}","{details}","{amount}",'
                f'"{reference}"'
            )
        lines.append(f'"Total","","","","{total}",""')
        path = self.root / name
        path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    def watch(self) -> Told:
        """Let the watcher empty the inbox."""
        return self.importer("watch", "--once")

    def taken(self, *rows: str, name: str = STATEMENT) -> Told:
        """Run a statement."""
        return self.importer("run", self.statement(*rows, name=name))

    def result(self, name: str = STATEMENT) -> Path:
        """Return the newest result CSV of a bank file."""
        found = (self.root / "results").glob(f"{name}.*.csv")
        return max(found, key=lambda path: path.stat().st_mtime_ns)

    def rows(self, name: str = STATEMENT) -> dict[str, Row]:
        """Open the newest result CSV; its rows by the bank's reference."""
        return {row["reference"]: row for row in read(self.result(name))}

    def saved(
        self, said: dict[str, Row], name: str = STATEMENT, to: str = "decided.csv"
    ) -> Path:
        """Fill in cells of the newest result CSV, by reference, and save it."""
        rows = self.rows(name)
        for reference, cells in said.items():
            rows[reference] |= cells
        return self.save(list(rows.values()), to)

    def save(self, rows: list[Row], to: str = "decided.csv") -> Path:
        """Save rows as a spreadsheet does."""
        path = self.root / to
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return path

    def decides(self, reference: str, **cells: str) -> Told:
        """Decide about one row of the newest result CSV, and run it."""
        return self.importer("run", self.saved({reference: cells}))

    def refused(self, reference: str, **cells: str) -> str:
        """Decide what must be refused whole, and return what is said about it."""
        before, booked = self.rows(), self.booked()
        line = 2 + list(before).index(reference)
        told = self.decides(reference, **cells)
        assert told.code == 2, told
        assert (self.rows(), self.booked()) == (before, booked)
        assert f"decided.csv:{line}: " in told.text, told
        return told.text

    def booked(self) -> list[dict[str, Any]]:
        """Return the payments that the ERP has in its book."""
        rows = self.sandbox.book()["payments"]
        assert isinstance(rows, list)
        return rows

    def ledger(self) -> dict[str, Row]:
        """Open the ledger; its rows by the bank's reference."""
        return {row["reference"]: row for row in read(self.root / "ledger.csv")}


def read(path: Path) -> list[Row]:
    """Read a CSV as a spreadsheet does."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@contextmanager
def workplace(root: Path, *, crmcom: bool = False) -> Iterator[Clerk]:
    """Make a workspace with the mappings that ship, and an ERP to post into."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    here = root / "workspace"
    here.mkdir()
    chosen = ErpChoice("sandbox", "crmcom" if crmcom else "komet")
    workspaces.make(here, workspaces.text(chosen))
    mappings = shipped.folder("mappings")
    shutil.copytree(mappings, here / "mappings", dirs_exist_ok=True)
    seed = shipped.folder("samples") / "books.json"
    with Sandbox(here / "sandbox.db", seed) as running:
        url = running.url_of("crmcom" if crmcom else "komet")
        _set(here, lambda text: text.replace("[erp]\n", f'[erp]\nurl = "{url}"\n', 1))
        _set(here, _without_quiet)
        clerk = Clerk(here, running)
        if not crmcom:
            assert clerk.importer("sync").code == 0
        yield clerk
    for number, handler in before.items():
        signal.signal(number, handler)


def _set(here: Path, change: Callable[[str], str]) -> None:
    path = here / "importer.toml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def _without_quiet(text: str) -> str:
    if "[inbox]" in text:
        return text.replace("quiet_seconds = 5", "quiet_seconds = 0")
    return f"{text}\n[inbox]\nquiet_seconds = 0\n"
