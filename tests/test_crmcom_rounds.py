"""Whole rounds against CRM.COM's part of the sandbox: a file, a clerk, the books."""

import csv
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from importer import books, rounds, settings, shipped, workspaces
from importer.books.quoted import Quote, named, quotes
from importer.cli import session
from importer.erp import crmcom_options
from importer.erp.crmcom_payment import FILLS
from importer.errors import FileRefused, SettingsRefused, StoppedEarly
from importer.mapping.load import load_folder
from importer.model import Alias
from importer.resolve.snapshot import Books
from importer.rounds.reports import Bench, Unusable
from importer.sandbox import Sandbox
from importer.workspaces import ErpChoice

CRMCOM = workspaces.text(ErpChoice("sandbox", "crmcom"))

HEADER = '"Posted","Type","Payer","Details","Amount","Ref"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    here = tmp_path / "workspace"
    here.mkdir()
    workspaces.make(here, CRMCOM)
    shutil.copytree(shipped.folder("mappings"), here / "mappings", dirs_exist_ok=True)
    return here


@contextmanager
def bench(root: Path) -> Iterator[Bench]:
    with session.bench(session.workspace(root)) as opened:
        yield opened


def statement(root: Path, *rows: str, name: str = "FNB_test.csv") -> Path:
    """Write a statement of the bank; a row is payer, details, amount and reference."""
    total = sum(Decimal(row.split("|")[2]) for row in rows)
    lines = []
    for row in rows:
        payer, details, amount, reference = row.split("|")
        lines.append(
            f'"03/16/2026","ACH CREDIT","{payer}","{details}","{amount}","{reference}"'
        )
    lines.append(f'"Total","","","","{total}",""')
    path = root / name
    path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def result(root: Path) -> tuple[Path, list[dict[str, str]]]:
    """Read the newest result CSV."""
    path = max(
        (root / "results").glob("*.csv"),
        key=lambda one: (one.stat().st_mtime_ns, one.name),
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        return path, list(csv.DictReader(file))


def decide(root: Path, **cells: str) -> Path:
    """Fill in the first row of the newest result, as a clerk does."""
    path, rows = result(root)
    rows[0] |= cells
    answer = root / "answer.csv"
    with answer.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert path.is_file()
    return answer


def calls(opened: Bench) -> dict[str, int]:
    return dict(opened.journal.calls("crmcom", opened.now().date()))


def test_a_remittance_for_three_invoices_is_three_payments(root: Path) -> None:
    text = "INV 10205 10211 10226"
    path = statement(root, f"BLOOM & STEM LLC|{text}|4386.45|A1")
    with bench(root) as opened:
        rounds.work(opened, [path], post=True)
        made = calls(opened)
    (row,) = result(root)[1]
    assert row["status"] == "posted"
    assert len(row["control_number"].split(" / ")) == 3
    assert row["invoices"] == "10205=1240.00; 10211=1986.45; 10226=1160.00"
    assert (row["customer"], row["customer_name"]) == ("10451", "Bloom & Stem LLC")
    assert made["payments/pay_invoice"] == 3


def test_a_clerk_posts_what_was_held_and_it_is_cut_as_well(root: Path) -> None:
    path = statement(root, "KEY WEST BLOSSOMS|MARCH|1236.25|A1")
    with bench(root) as opened:
        rounds.work(opened, [path], post=True)
        (row,) = result(root)[1]
        assert row["status"] == "held"
        invoices = "10232=642.10; 10234=318.75; 10238=275.40"
        back = decide(
            root, decision="post", set_customer="10497", set_invoices=invoices
        )
        rounds.work(opened, [back], post=True)
    (row,) = result(root)[1]
    assert (row["status"], row["invoices"]) == ("posted", invoices)
    with Sandbox(root / "sandbox.db", {}) as sandbox:
        rows = sandbox.book()["payments"]
    codes = [one["reference"] for one in rows if one["reference"]]
    key = row["remittance"]
    assert codes == [key, f"{key}-2", f"{key}-3"]


@pytest.mark.parametrize(
    ("invoices", "said"),
    [
        ("10232=642.10; 10234=318.75; 10238=275.39; unapplied 0.01", "is over"),
        ("on account", "on no invoice"),
        ("10232=642.10; 10234=594.15", "more than is open"),
    ],
)
def test_a_clerk_cannot_post_what_pay_invoice_cannot_say(
    root: Path, invoices: str, said: str
) -> None:
    path = statement(root, "KEY WEST BLOSSOMS|MARCH|1236.25|A1")
    with bench(root) as opened:
        rounds.work(opened, [path], post=True)
        back = decide(
            root, decision="post", set_customer="10497", set_invoices=invoices
        )
        done = rounds.work(opened, [back], post=True)
    (file,) = done.files
    assert isinstance(file, Unusable)
    assert isinstance(file.error, FileRefused)
    assert said in str(file.error)


def test_one_of_three_that_somebody_else_paid_is_held_and_then_posted_by_hand(
    root: Path,
) -> None:
    text = "INV 10205 10211 10226"
    path = statement(root, f"BLOOM & STEM LLC|{text}|4386.45|A1")
    with bench(root) as opened:
        rounds.work(opened, [path], post=False)
        with Sandbox(root / "sandbox.db", {}) as sandbox:
            by_hand = sandbox.enter(10451, 10226, "1160.00")
        rounds.work(opened, [], post=True)
        (row,) = result(root)[1]
        assert row["status"] == "held"
        assert "2 of 3 payments are posted: 10205 as" in row["reason"]
        assert "nothing is outstanding on 10226" in row["reason"]
        rounds.work(opened, [decide(root, decision=f"posted {by_hand}")], post=True)
    (row,) = result(root)[1]
    assert row["status"] == "posted"
    assert row["control_number"].endswith(f" / {by_hand}")


def test_an_invoice_that_is_newer_than_the_books_is_asked_for_by_its_number(
    root: Path,
) -> None:
    """By its number or its reference number, once, and kept in the books."""
    with bench(root) as opened:
        opened.rules()
        here = opened.workspace
        stored = books.load(here.books)
        left = [one for one in stored.invoices if one.number not in {"10205", "10211"}]
        books.save(here.books, stored.customers, left, stored.synced_at, "crmcom")
        path = statement(
            root,
            "BLOOM & STEM LLC|INV 10205|1240.00|A1",
            "BLOOM & STEM LLC|REF 910211|1986.45|A2",
            "BLOOM & STEM LLC|INV 10205 AND 77777|99.00|A3",
        )
        before = calls(opened)
        rounds.work(opened, [path], post=False)
        made = calls(opened)
        kept = {one.number for one in books.load(here.books).invoices}
    assert {"10205", "10211"} <= kept
    shown = made["invoices/show"] - before.get("invoices/show", 0)
    assert shown == 5, "10205 once; 910211 and 77777 as number and as reference"
    found = {row["reference"]: row["status"] for row in result(root)[1]}
    assert (found["A1"], found["A2"]) == ("ready", "ready")


def test_a_customer_that_an_alias_names_anew_is_asked_for(root: Path) -> None:
    with bench(root) as opened:
        opened.rules()
        aliases = opened.workspace.aliases
        with aliases.open("a", encoding="utf-8") as file:
            file.write("ROSEW BUYS,,10442,2026-03-01,Dana,\n")
        path = statement(root, "ROSEW BUYS|INV 10233|5.00|A1")
        stored = books.load(opened.workspace.books)
        some = [one for one in stored.customers if one.id != "10442"]
        rest = [one for one in stored.invoices if one.customer != "10442"]
        books.save(opened.workspace.books, some, rest, stored.synced_at, "crmcom")
        rounds.work(opened, [path], post=False)
        known = books.load(opened.workspace.books)
    assert any(one.id == "10442" for one in known.customers)
    assert any(one.customer == "10442" for one in known.invoices)
    (row,) = result(root)[1]
    assert "nobody is known" not in row["reason"]


def test_what_is_named_is_asked_for_once_and_templates_are_nobody() -> None:
    mappings = load_folder(shipped.folder("mappings"))
    alias = Alias("X", "", "10442", "", "", "", 2)
    found = named(mappings, [alias, alias])
    assert found.count("10442") == 1
    assert not [one for one in found if "{" in one]
    mapping = next(one for one in mappings if named([one], ()))
    wanted = quotes(mapping, (), Books((), ()))
    assert all(isinstance(one, Quote) and not one.number for one in wanted)


def test_a_clerk_may_name_a_customer_whom_nobody_has_named(root: Path) -> None:
    """Only the clerk knows the number: it is asked for, posted, and remembered."""
    with bench(root) as opened:
        opened.rules()
        books_of = opened.workspace.books
        stored = books.load(books_of)
        some = [one for one in stored.customers if one.id != "10497"]
        rest = [one for one in stored.invoices if one.customer != "10497"]
        books.save(books_of, some, rest, stored.synced_at, "crmcom")
        path = statement(root, "BLUE HERON|MARCH|642.10|A1")
        rounds.work(opened, [path], post=True)
        assert result(root)[1][0]["status"] == "held"
        back = decide(
            root,
            decision="remember",
            set_customer="10497",
            set_invoices="10232=642.10",
        )
        done = rounds.work(opened, [back], post=True)
        assert not [one for one in done.files if isinstance(one, Unusable)]
        aliases = opened.workspace.aliases.read_text(encoding="utf-8")
    (row,) = result(root)[1]
    assert (row["status"], row["customer_name"]) == ("posted", "Key West Blossoms")
    assert "BLUE HERON" in aliases


def test_what_a_clerk_names_in_vain_is_refused_by_name(root: Path) -> None:
    path = statement(root, "BLUE HERON|MARCH|642.10|A1")
    with bench(root) as opened:
        rounds.work(opened, [path], post=True)
        for cells, said in (
            ({"set_customer": "99999", "set_invoices": "10232=642.10"}, "99999"),
            ({"set_customer": "10497", "set_invoices": "77777=642.10"}, "77777"),
            ({"set_customer": "10497", "set_invoices": "10205=642.10"}, "10451"),
            ({"set_customer": "10497", "set_invoices": "nonsense"}, "nonsense"),
        ):
            back = decide(root, decision="post", **cells)
            (file,) = rounds.work(opened, [back], post=True).files
            assert isinstance(file, Unusable)
            assert said in str(file.error)


def test_an_erp_that_nobody_knows_is_a_setting_to_mend(root: Path) -> None:
    text = CRMCOM.replace('plays = "crmcom"', 'plays = "sapphire"')
    (root / "importer.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsRefused, match=r':6: .*no ERP is called "sapphire"'):
        session.workspace(root)


def test_the_page_of_crmcom_shows_settings_that_load_and_explains_every_key(
    tmp_path: Path,
) -> None:
    page = Path(__file__).parent.parent / "docs" / "crmcom.md"
    text = page.read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "importer.toml").write_text(shown, encoding="utf-8")
    section = settings.load(tmp_path, {}).settings.erp
    assert crmcom_options.read(section.options).release == (18, 0)
    for key in crmcom_options.Options.model_fields:
        assert f"`{key}`" in text, key
    for word in FILLS:
        assert f"`{{{word}}}`" in text, word


def test_options_and_methods_may_be_given_in_the_environment(root: Path) -> None:
    given = {
        "IMPORTER_ERP_OPTIONS_USER": "other",
        "IMPORTER_ERP_METHODS_WIRE": "Bank Transfer",
    }
    section = settings.load(root, given).settings.erp
    assert section.options["user"] == "other"
    assert section.options["organisation"] == "DEMO"
    assert section.methods["check"] == "Check"
    assert section.methods["wire"] == "Bank Transfer"


def test_an_erp_that_is_away_leaves_the_file_in_the_inbox(root: Path) -> None:
    with bench(root) as opened:
        opened.rules()
        path = statement(root, "BLOOM & STEM LLC|INV 55555|5.00|A1")
        dropped = opened.workspace.inbox / path.name
        shutil.copy(path, dropped)
    text = CRMCOM.replace("[erp]\n", '[erp]\nurl = "http://127.0.0.1:9/x"\n')
    (root / "importer.toml").write_text(text, encoding="utf-8")
    with bench(root) as opened:
        for done in (
            rounds.from_inbox(opened, [dropped], post=True),
            rounds.work(opened, [path], post=True),
        ):
            assert isinstance(done.stopped, StoppedEarly)
            assert rounds.exit_code(done, opened.journal) == 3
        assert dropped.is_file()
        assert list(opened.journal.entries()) == []
    (root / "importer.toml").write_text(
        workspaces.text(ErpChoice("sandbox", "crmcom")), encoding="utf-8"
    )
    with bench(root) as opened:
        done = rounds.from_inbox(opened, [dropped], post=True)
        assert done.stopped is None
        assert not dropped.exists()
        assert len(list(opened.journal.entries())) == 1
