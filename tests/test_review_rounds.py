"""A clerk's whole way: a result CSV is filled in, dropped back, applied, and posted."""

import csv
import getpass
import io
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from importer import locks, rounds, shipped, workspaces
from importer.cli import session
from importer.errors import StoppedEarly
from importer.journal.entry import Entry
from importer.mapping.aliases import load_aliases
from importer.model import InDoubt, Posted, Remittance
from importer.rounds.reports import Bench, Decided, Round, TakenIn, Unusable
from importer.sandbox import Sandbox

NATIONAL = "FNB_activity_2026-03-13.csv"
BISCAYNE = "Biscayne_2026-03-13.qfx"
LOCKBOX = "LBX_2208_20260316.csv"
RHEINBANK = "Umsaetze_7731_2026-03.csv"

Rows = list[dict[str, str]]


@dataclass
class Desk:
    """A workspace, and what a clerk does at it."""

    bench: Bench

    def round(self) -> Round:
        """Take in all that lies in the inbox, and post."""
        ready = sorted(self.bench.workspace.inbox.iterdir())
        return rounds.from_inbox(self.bench, ready, post=True)

    def drop(self, name: str) -> None:
        """Drop a sample into the inbox."""
        (path,) = shipped.folder("samples").glob(f"*/{name}")
        shutil.copy(path, self.bench.workspace.inbox / name)

    def take(self, name: str) -> Round:
        """Drop a sample and do a round."""
        self.drop(name)
        return self.round()

    def result(self, name: str) -> Path:
        """Return the newest result CSV of a file."""
        found = self.bench.workspace.results.glob(f"{name}.*.csv")
        return max(found, key=lambda path: path.stat().st_mtime_ns)

    def filled(self, name: str, said: dict[str, dict[str, str]]) -> str:
        """Return the newest result CSV with cells filled in, by reference or row."""
        text = self.result(name).read_bytes().decode("utf-8-sig")
        rows: Rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        met = set()
        for row in rows:
            for key in (row["reference"], row["row"]):
                if key in said:
                    met.add(key)
                    row.update(said[key])
        assert met == said.keys()
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    def answer(self, name: str, said: dict[str, dict[str, str]]) -> Round:
        """Fill in the newest result CSV, drop it back, and do a round."""
        path = self.bench.workspace.inbox / "decided.csv"
        path.write_bytes(self.filled(name, said).encode("utf-8-sig"))
        return self.round()

    def refused(self, name: str, said: dict[str, dict[str, str]]) -> str:
        """Answer with what must be refused whole; return what is said about it."""
        before = self.versions()
        (report,) = self.answer(name, said).files
        assert isinstance(report, Unusable)
        assert self.versions() == before
        return str(report.error)

    def entry(self, name: str, key: str) -> Entry:
        """Return the remittance of a file with this reference, or in this row."""
        (found,) = (
            one
            for one in self.bench.journal.entries()
            if one.file.name == name
            and isinstance(one.notice, Remittance)
            and key in {one.notice.reference, str(one.notice.place.row)}
        )
        return found

    def versions(self) -> dict[str, int]:
        """Return every version: equal when nothing was applied meanwhile."""
        return {one.id: one.version for one in self.bench.journal.entries()}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    seed = shipped.folder("samples") / "books.json"
    with Sandbox(tmp_path / "sandbox.db", seed) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    workspaces.make(tmp_path)
    settings = tmp_path / "importer.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("[erp]\n", f'[erp]\nurl = "{sandbox.url}"\n', 1)
    settings.write_text(text, encoding="utf-8")
    mappings = shipped.folder("mappings")
    shutil.copytree(mappings, tmp_path / "mappings", dirs_exist_ok=True)
    with session.bench(session.workspace(tmp_path)) as bench:
        yield Desk(bench)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_an_untouched_result_applies_nothing_and_calls_no_erp(desk: Desk) -> None:
    desk.take(NATIONAL)
    versions = desk.versions()
    calls = desk.bench.journal.calls("komet", desk.bench.now().date())
    shutil.copy(desk.result(NATIONAL), desk.bench.workspace.inbox / "back.csv")
    (report,) = desk.round().files
    assert isinstance(report, Decided)
    assert report.decisions == 0
    assert desk.versions() == versions
    assert desk.bench.journal.calls("komet", desk.bench.now().date()) == calls


def test_a_suggestion_for_two_customers_is_posted_as_two_payments(desk: Desk) -> None:
    desk.take(BISCAYNE)
    desk.answer(BISCAYNE, {"260312003": {"decision": "post"}})
    entry = desk.entry(BISCAYNE, "260312003")
    assert entry.status == "posted"
    paid = {part.payment.customer: part.payment.total for part in entry.parts}
    assert {key: str(total) for key, total in paid.items()} == {
        "10483": "810.00",
        "10503": "560.00",
    }


def test_what_is_above_the_open_amount_of_an_invoice_is_refused(desk: Desk) -> None:
    desk.take(NATIONAL)
    said = {"decision": "post", "set_invoices": "10251=812.61; unapplied 0"}
    why = desk.refused(NATIONAL, {"5521": said})
    assert "812.61" in why


def test_two_rows_cannot_take_more_than_is_open_on_one_invoice(desk: Desk) -> None:
    desk.take(NATIONAL)
    said = {"decision": "post", "set_customer": "10443"}
    # 812.60 are open: each row alone would fit.
    rows = {
        "12": {**said, "set_invoices": "10251=480.00"},
        "13": {**said, "set_invoices": "10251=480.00"},
    }
    why = desk.refused(NATIONAL, rows)
    assert "10251" in why
    assert "decided.csv:" in why


def test_two_rows_may_share_an_invoice_that_is_open_for_both(desk: Desk) -> None:
    desk.take(NATIONAL)
    said = {"decision": "post", "set_customer": "10443"}
    rows = {
        "12": {**said, "set_invoices": "10251=480.00"},
        "13": {**said, "set_invoices": "10251=332.60; unapplied 147.40"},
    }
    done = desk.answer(NATIONAL, rows)
    assert isinstance(done.files[0], Decided)
    assert desk.entry(NATIONAL, "12").status == "posted"
    assert desk.entry(NATIONAL, "13").status == "posted"


@pytest.mark.parametrize("written", ["on account", "unapplied 642.10", ""])
def test_money_that_went_out_cannot_be_posted(desk: Desk, written: str) -> None:
    desk.take(NATIONAL)
    said = {"decision": "post", "set_customer": "10497", "set_invoices": written}
    why = desk.refused(NATIONAL, {"20455": said})
    assert "decided.csv:" in why


def test_an_invoice_cannot_be_made_larger_by_a_payment(desk: Desk) -> None:
    desk.take(NATIONAL)
    invoices = "10251=-100.00; unapplied 900.00"
    said = {"decision": "post", "set_invoices": invoices}
    why = desk.refused(NATIONAL, {"5521": said})
    assert "10251" in why


def test_remember_appends_one_alias_that_decides_from_then_on(desk: Desk) -> None:
    desk.take(NATIONAL)
    aliases = desk.bench.workspace.aliases
    before = aliases.read_bytes()
    said = {"set_customer": "10568", "set_invoices": "on account"}
    done = desk.answer(NATIONAL, {"4410083": {"decision": "remember", **said}})
    assert isinstance(done.files[0], Decided)
    assert aliases.read_bytes().startswith(before)
    found = [one for one in load_aliases(aliases) if one.remitter == "JKL HOLDINGS"]
    (line,) = found
    assert (line.customer, line.by) == ("10568", getpass.getuser())
    assert line.since == desk.bench.now().date().isoformat()
    assert line.note == f"review of {desk.entry(NATIONAL, '4410083').id}"
    (known,) = desk.bench.rules().books.aliases("Jkl Holdings", "")
    assert known.customer == "10568"


def test_two_rows_that_remember_one_remitter_append_one_alias(desk: Desk) -> None:
    aliases = desk.bench.workspace.aliases
    text = aliases.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if "PALMETTO" not in line]
    aliases.write_text("".join(lines), encoding="utf-8")
    desk.take(NATIONAL)
    said = {"decision": "remember", "set_customer": "10547"}
    one = {**said, "set_invoices": "on account"}
    desk.answer(NATIONAL, {"12": one, "13": one})
    assert desk.entry(NATIONAL, "13").status == "posted"
    found = aliases.read_text(encoding="utf-8").count("PALMETTO")
    assert found == 1


def test_one_remitter_is_not_remembered_as_two_customers_at_once(desk: Desk) -> None:
    aliases = desk.bench.workspace.aliases
    text = aliases.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if "PALMETTO" not in line]
    aliases.write_text("".join(lines), encoding="utf-8")
    before = aliases.read_bytes()
    desk.take(NATIONAL)
    said = {"decision": "remember", "set_invoices": "on account"}
    rows = {
        "12": {**said, "set_customer": "10547"},
        "13": {**said, "set_customer": "10568"},
    }
    why = desk.refused(NATIONAL, rows)
    assert "PALMETTO GROCERS" in why
    assert aliases.read_bytes() == before


def test_a_payment_of_two_customers_cannot_be_remembered(desk: Desk) -> None:
    desk.take(BISCAYNE)
    before = desk.bench.workspace.aliases.read_bytes()
    why = desk.refused(BISCAYNE, {"260312003": {"decision": "remember"}})
    assert "several customers" in why
    assert desk.bench.workspace.aliases.read_bytes() == before


def test_an_alias_that_names_the_customer_by_code_is_no_other_customer(
    desk: Desk,
) -> None:
    aliases = desk.bench.workspace.aliases
    text = aliases.read_text(encoding="utf-8")
    changed = text.replace("PALMETTO GROCERS,,10547", "PALMETTO GROCERS,,PALME")
    aliases.write_text(changed, encoding="utf-8")
    desk.take(NATIONAL)
    (report,) = desk.answer(NATIONAL, {"12": {"decision": "remember"}}).files
    assert isinstance(report, Decided)
    assert desk.entry(NATIONAL, "12").status == "posted"
    assert aliases.read_text(encoding="utf-8") == changed


def test_a_stale_result_is_refused_by_name_and_the_next_file_is_taken(
    desk: Desk,
) -> None:
    desk.take(NATIONAL)
    old = desk.filled(NATIONAL, {"5521": {"decision": "post"}})
    desk.answer(NATIONAL, {"5521": {"decision": "skip", "note": "a mistake"}})
    entry = desk.entry(NATIONAL, "5521")
    assert entry.status == "skipped"
    inbox = desk.bench.workspace.inbox
    (inbox / "0-old.csv").write_text(old, encoding="utf-8")
    desk.drop(LOCKBOX)
    stale, taken = desk.round().files
    assert isinstance(stale, Unusable)
    assert isinstance(taken, TakenIn)
    why = desk.bench.workspace.refused / "0-old.csv.why.txt"
    assert f"{entry.id} has changed" in why.read_text(encoding="utf-8")
    assert desk.entry(NATIONAL, "5521") == entry


def test_one_remittance_decided_in_two_rows_is_refused(desk: Desk) -> None:
    desk.take(NATIONAL)
    text = desk.filled(NATIONAL, {"5521": {"decision": "post"}})
    (line,) = (one for one in text.splitlines(keepends=True) if ",5521," in one)
    before = desk.versions()
    path = desk.bench.workspace.inbox / "decided.csv"
    path.write_text(text + line, encoding="utf-8", newline="")
    (report,) = desk.round().files
    assert isinstance(report, Unusable)
    assert desk.versions() == before


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(
            lambda text: text.replace(",post,", ",post,,,see, mail,"), id="wide"
        ),
        pytest.param(lambda text: text.replace(",evidence,", ",decision,"), id="twice"),
    ],
)
def test_cells_that_stand_under_no_column_of_their_own_are_refused(
    desk: Desk, changed: Callable[[str], str]
) -> None:
    desk.take(NATIONAL)
    text = changed(desk.filled(NATIONAL, {"5521": {"decision": "post"}}))
    before = desk.versions()
    path = desk.bench.workspace.inbox / "decided.csv"
    path.write_text(text, encoding="utf-8", newline="")
    (report,) = desk.round().files
    assert isinstance(report, Unusable)
    assert "decided.csv:" in str(report.error)
    assert desk.versions() == before


def test_of_two_payments_the_one_in_doubt_takes_the_control_number(
    desk: Desk, sandbox: Sandbox
) -> None:
    desk.take(BISCAYNE)
    # The first of the two payments arrives, the second is lost.
    sandbox.accident("drop", applies="no", after=1)
    desk.answer(BISCAYNE, {"260312003": {"decision": "post"}})
    first, second = desk.entry(BISCAYNE, "260312003").parts
    assert isinstance(first.outcome, Posted)
    assert isinstance(second.outcome, InDoubt)
    (application,) = second.payment.applications
    number = sandbox.enter(
        second.payment.customer, application.invoice, str(application.amount)
    )
    said = {"decision": f"posted {number}", "note": "seen"}
    desk.answer(BISCAYNE, {"260312003": said})
    entry = desk.entry(BISCAYNE, "260312003")
    assert entry.status == "posted"
    assert entry.parts[0].outcome == first.outcome
    assert isinstance(entry.parts[1].outcome, Posted)
    assert entry.parts[1].outcome.control_number == str(number)


def test_of_two_payments_only_the_one_in_doubt_is_sent_again_on_the_second_order(
    desk: Desk, sandbox: Sandbox
) -> None:
    desk.take(BISCAYNE)
    sandbox.accident("drop", applies="no", after=1)
    desk.answer(BISCAYNE, {"260312003": {"decision": "post"}})
    first, _ = desk.entry(BISCAYNE, "260312003").parts
    booked = len(sandbox.book()["payments"])
    desk.answer(BISCAYNE, {"260312003": {"decision": "send again"}})
    assert desk.entry(BISCAYNE, "260312003").status == "held"
    assert len(sandbox.book()["payments"]) == booked
    desk.answer(BISCAYNE, {"260312003": {"decision": "send again"}})
    entry = desk.entry(BISCAYNE, "260312003")
    assert entry.status == "posted"
    assert entry.parts[0].outcome == first.outcome
    assert len(sandbox.book()["payments"]) == booked + 1


def test_who_finds_another_posting_stops_and_writes_results_all_the_same(
    desk: Desk,
) -> None:
    with locks.only_one(desk.bench.workspace.root / "journal.db.sending", "noon"):
        done = desk.take(NATIONAL)
    assert isinstance(done.stopped, StoppedEarly)
    assert "since noon" in str(done.stopped)
    assert rounds.exit_code(done, desk.bench.journal) == 3
    assert desk.bench.journal.counts()["ready"] == 5
    assert desk.result(NATIONAL).is_file()
    assert desk.round().stopped is None
    assert desk.bench.journal.counts()["posted"] == 5


def test_a_link_and_a_pipe_in_the_inbox_are_left_where_they_lie(desk: Desk) -> None:
    desk.drop(LOCKBOX)
    inbox = desk.bench.workspace.inbox
    kept = inbox.parent / "elsewhere.csv"
    (inbox / LOCKBOX).rename(kept)
    (inbox / "link.csv").symlink_to(kept)
    os.mkfifo(inbox / "pipe.csv")
    done = desk.round()
    assert done.files == ()
    assert desk.bench.journal.files_taken() == 0
    assert sorted(one.name for one in inbox.iterdir()) == ["link.csv", "pipe.csv"]
