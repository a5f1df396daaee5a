"""The report says what the result CSVs say, harmlessly, on a screen and on paper."""

import csv
import json
import re
import shutil
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "journal"))

from server import Server, started
from shelf import CALL, HOLD, NOON, SKIP, file, id_of, item, opened, remittance, request

from importer.journal import Journal
from importer.journal.entry import Duplicate, Head
from importer.journal.orders import Item
from importer.journal.overview import Standing
from importer.model import InDoubt, Place, Posted, Refused, Unreadable
from importer.report import Figures, Scope, document, figures, page
from importer.report.figures import Rate

TOP = Path(__file__).parent.parent
SAMPLES = [
    one
    for one in sorted((TOP / "samples").glob("*/*"))
    if one.suffix != ".md" and not one.name.endswith(".expected.csv")
]
SCOPE = Scope(now=NOON + timedelta(hours=1), erp="komet", daily_calls=1000)
HOSTILE = """<script>alert("x")</script>"><img src='//evil' onerror=a()> &amp; ]]>"""
TAGS = """html head meta title style body header main footer section h1 h2 p ul li
    span b table caption thead tbody tr th td dl dt dd code bdi"""
ATTRIBUTES = """lang charset name content http-equiv class style scope role data-name
    aria-hidden"""


def tree(text: str) -> ET.Element:
    """Read a page as XML would: every element closed, every sign escaped."""
    whole = text.removeprefix("<!DOCTYPE html>\n")
    return ET.fromstring(re.sub("(<meta [^>]*)>", r"\1/>", whole))


def assert_harmless(text: str) -> None:
    """Nothing in the page runs, loads or leads anywhere."""
    for one in tree(text).iter():
        assert one.tag in TAGS.split()
        assert one.attrib.keys() <= set(ATTRIBUTES.split())
        assert not re.search(r"url\(|@import|//", one.get("style", ""))
        if one.tag == "style":
            assert not re.search(r"url\(|@import|//", one.text or "")
    assert "default-src 'none'" in text


def importer(folder: Path, *said: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "importer", *map(str, said)],
        cwd=folder,
        env={"PYTHONPATH": str(TOP), "PATH": "/usr/bin:/bin", "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workspace in which all samples were run against the sandbox."""
    root = tmp_path_factory.mktemp("played")
    assert importer(root, "init").returncode == 0
    shutil.copytree(TOP / "mappings", root / "mappings", dirs_exist_ok=True)
    assert importer(root, "run", *SAMPLES).returncode == 1
    return root


def test_figures_are_those_of_the_result_csvs(played: Path) -> None:
    rows: list[dict[str, str]] = []
    for path in (played / "results").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows += csv.DictReader(lines)
    told = json.loads(importer(played, "report", "--json").stdout)
    assert told["conserved"]
    assert told["read"]["rows"] == len(rows) > 60
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["status"], row["currency"]] += Decimal(row["amount"])
    assert sums == {
        (status, currency): Decimal(amount)
        for status, one in told["statuses"].items()
        for currency, amount in one["sums"].items()
    }
    reasons = Counter(
        row["reason"].partition(":")[0] for row in rows if row["status"] == "held"
    )
    said = told["waiting"]["reasons"]
    assert reasons == {code: one["rows"] for code, one in said.items()}
    through = told["straight_through"]["all"]
    whole = [row for row in rows if row["status"] not in {"skipped", "duplicate"}]
    posted = [row for row in whole if row["status"] == "posted"]
    for name, count in (
        ("remittances", lambda _: 1),
        ("invoices", _invoices),
    ):
        assert through[name]["part"] == sum(map(count, posted))
        assert through[name]["whole"] == sum(map(count, whole))
    incoming = sum(max(Decimal(row["amount"]), Decimal(0)) for row in whole)
    assert Decimal(through["money"]["USD"]["whole"]) == incoming
    assert through["lines"]["whole"] == len(rows)


def _invoices(row: dict[str, str]) -> int:
    return max((row["invoices"] or row["suggestion"]).count("="), 1)


def test_the_page_is_written_where_it_is_wanted_and_json_writes_none(
    played: Path, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    told = json.loads(importer(played, "report", "--json").stdout)
    assert not (played / "report.html").exists()
    done = importer(played, "report", "--to", path)
    assert (done.returncode, done.stdout.count(str(path))) == (0, 1)
    text = path.read_text("utf-8")
    assert_harmless(text)
    assert f"Nothing is lost: {told['read']['rows']} rows read" in text
    none = importer(played, "report", "--until", "2001-01-01", "--to", path)
    assert none.returncode == 0
    assert "No file was taken in on these days." in path.read_text("utf-8")
    wrong = importer(played, "report", "--from", "2026-02-02", "--until", "2026-02-01")
    assert wrong.returncode == 2


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = started()
    yield running
    running.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    url = "sqlite:///journal.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("server").url(f"report_{uuid4().hex}")
    with opened(tmp_path, url=url) as one:
        yield one


def filled(journal: Journal) -> Journal:
    """Take in one row of every kind, and an older file with one that waits."""
    bank = "bank.csv"
    held = replace(remittance(4, "7.50", "EUR"), remitter=HOSTILE)
    items = [
        item(0),
        Item(id_of(2), remittance(2, "-5.00"), SKIP),
        Item(id_of(3), remittance(3), Duplicate(id_of(0), "as before")),
        Item(id_of(4), held, HOLD),
        Item(id_of(5), Unreadable(Place(bank, 9), "?", "the amount", "mend"), HOLD),
        item(6),
        item(7),
    ]
    journal.take_in(file(bank, len(items)), items)
    for number, outcome in (
        (0, Posted("1")),
        (6, InDoubt("no answer")),
        (7, Refused("no")),
    ):
        found = journal.entry(id_of(number))
        assert found
        one = request(found.parts[0].payment)
        assert journal.claim(found.id, found.version, 0, one, CALL)
        journal.finish(found.id, 0, outcome)
    old = replace(file("old.csv"), taken_at=NOON - timedelta(days=10))
    journal.take_in(old, [Item(id_of(8), remittance(8, "20.00"), HOLD)])
    return journal


def test_every_status_is_counted_on_either_database(journal: Journal) -> None:
    told = document(figures(filled(journal), SCOPE))
    assert told["conserved"]
    assert told["files"] == 2
    assert {word: one["rows"] for word, one in told["statuses"].items()} == {
        **dict.fromkeys(("ready", "posting"), 0),
        **dict.fromkeys(("posted", "duplicate", "skipped", "in_doubt", "refused"), 1),
        "held": 3,
    }
    assert told["statuses"]["held"]["sums"] == {
        "EUR": Decimal("7.50"),
        "USD": Decimal("20.00"),
    }
    through = told["straight_through"]["all"]
    assert (through["remittances"]["part"], through["remittances"]["whole"]) == (1, 6)
    assert through["money"]["USD"]["whole"] == Decimal("320.00")
    assert (through["lines"]["part"], through["lines"]["whole"]) == (3, 8)
    ages = {age: one["rows"] for age, one in told["waiting"]["days_at_least"].items()}
    assert (ages["0"], ages["7"], sum(ages.values())) == (4, 1, 5)
    assert told["calls"]["days"] == {str(CALL.day): 3}


def counted(*rows: Standing, taken: timedelta = timedelta()) -> Figures:
    """Count rows of a file that was taken in so long ago."""
    found = Figures(SCOPE, Head(0, ""))
    for row in rows:
        found.add(replace(file("bank.csv"), taken_at=SCOPE.now - taken), row)
    return found


def standing(status: str, *, by_person: bool = False) -> Standing:
    return Standing("USD", Decimal(100), status, by_person, invoices=2)


def test_what_a_person_has_decided_goes_not_straight_through() -> None:
    found = counted(
        standing("posted"),
        standing("posted", by_person=True),
        standing("skipped"),
        standing("skipped", by_person=True),
        standing("duplicate"),
    ).through
    assert (found.remittances.part, found.remittances.whole) == (1, 3)
    assert (found.invoices.part, found.invoices.whole) == (2, 6)
    assert (found.lines.part, found.lines.whole) == (3, 5)
    assert (found.money["USD"].part, found.money["USD"].whole) == (100, 300)


def test_straight_through_is_told_by_day_and_by_mapping() -> None:
    found = counted(standing("posted"), standing("held"))
    day, rate = SCOPE.now.date(), Rate(1, 2)
    by_day, by_mapping = found.days, found.mappings
    assert {key: one.remittances for key, one in by_day.items()} == {day: rate}
    assert [one.remittances for one in by_mapping.values()] == [rate]


@pytest.mark.parametrize(
    ("taken", "least"),
    [
        (timedelta(hours=23), 0),
        (timedelta(days=1), 1),
        (timedelta(days=3), 3),
        (timedelta(days=6, hours=23), 3),
        (timedelta(days=7), 7),
        (timedelta(days=400), 30),
    ],
)
def test_what_waits_is_as_old_as_its_file(taken: timedelta, least: int) -> None:
    found = counted(standing("held"), taken=taken)
    assert [age for age, one in found.ages.items() if one.rows] == [least]


def test_days_choose_files_and_say_what_waits_elsewhere(journal: Journal) -> None:
    day = (NOON - timedelta(days=10)).date()
    found = figures(filled(journal), replace(SCOPE, last=day))
    assert (found.files, found.read.rows, found.waiting_elsewhere) == (1, 1, 4)
    assert "4 more wait of files" in page(found)
    nothing = figures(journal, replace(SCOPE, first=day, last=date(2001, 1, 1)))
    assert nothing.files == 0


def test_an_empty_journal_has_a_page_that_says_what_is_next(journal: Journal) -> None:
    text = page(figures(journal, SCOPE))
    assert_harmless(text)
    assert "Nothing was taken in yet; next: importer run FILE" in text


def test_a_hostile_name_is_text_and_nothing_else(tmp_path: Path) -> None:
    with opened(tmp_path) as one:
        text = page(figures(filled(one), replace(SCOPE, watcher=HOSTILE)))
    assert_harmless(text)
    names = ["".join(bdi.itertext()) for bdi in tree(text).iter("bdi")]
    assert names.count(HOSTILE) == 2
    assert "<script" not in text


@given(st.text(), st.text())
def test_no_text_of_a_bank_breaks_the_page(name: str, mapping: str) -> None:
    found = Figures(SCOPE, Head(0, ""))
    found.files = 1
    row = Standing("USD", Decimal(1), "held", by_person=False, invoices=1, payer=name)
    found.add(replace(file(), mapping=mapping), row)
    assert_harmless(page(found))


Chromium = Callable[..., str]


@pytest.fixture
def chromium(tmp_path: Path) -> Chromium:
    """Return a browser without a window: it is given flags and a page."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("Chromium is not installed here: nobody looks at the page")

    def looked(*flags: str) -> str:
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        usual = ("--headless", "--no-sandbox", "--hide-scrollbars", profile)
        return subprocess.run(
            [program, *usual, *flags],
            capture_output=True,
            encoding="utf-8",
            timeout=90,
            check=True,
        ).stdout

    return looked


def test_the_page_fits_a_phone_a_screen_and_paper(
    chromium: Chromium, tmp_path: Path
) -> None:
    with opened(tmp_path) as one:
        found = figures(filled(one), SCOPE)
    wide = Standing("USD", Decimal("987654321.99"), "held", by_person=False, invoices=1)
    found.add(replace(file(), mapping="m" * 80), replace(wide, payer="W" * 300))
    path = tmp_path / "page.html"
    path.write_text(page(found), "utf-8")
    for width in (360, 1280):
        assert _needed(chromium, path, width) == f"{width} of {width}"
    picture, paper = tmp_path / "page.png", tmp_path / "page.pdf"
    chromium(f"--screenshot={picture}", str(path))
    assert _shades(picture) > 30
    chromium(f"--screenshot={picture}", "about:blank")
    assert _shades(picture) < 10
    chromium(f"--print-to-pdf={paper}", str(path))
    assert paper.read_bytes().startswith(b"%PDF-")


def _needed(chromium: Chromium, path: Path, width: int) -> str:
    """Measure the page in a frame, for a window cannot be as narrow as a phone."""
    # What the page forbids itself is left out: the measuring is a script.
    free = re.sub("<meta http-equiv[^>]*>", "", path.read_text("utf-8"))
    frame = path.with_name("frame.html")
    frame.write_text(
        f'<iframe id="one" width="{width}" height="900" style="border: 0" '
        f'srcdoc="{escape(free)}"></iframe><script>onload = () => {{'
        "const one = document.getElementById('one').contentWindow;"
        "const needed = one.document.documentElement.scrollWidth;"
        "document.title = needed + ' of ' + one.innerWidth }</script>",
        "utf-8",
    )
    said = chromium("--window-size=1400,900", "--dump-dom", str(frame))
    return str(re.findall("<title>(.*?)</title>", said)[-1])


def _shades(picture: Path) -> int:
    """Count the different bytes in a PNG: on a blank page there is next to none."""
    raw, at, packed = picture.read_bytes(), 8, b""
    while at < len(raw):
        length, kind = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8]
        packed += raw[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    return len(set(zlib.decompress(packed)))
