"""What is written reads back as it was, and applying it changes nothing."""

import csv
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import files, results, review
from importer.cells import DANGEROUS, PLAIN_NUMBER
from importer.journal.entry import (
    Done,
    Doubt,
    Duplicate,
    Entry,
    FileRecord,
    Head,
    Held,
    Part,
    Plan,
    Posting,
    Ready,
    Refusal,
    Skipped,
    State,
)
from importer.model import (
    Application,
    Evidence,
    Hold,
    InDoubt,
    Payment,
    Place,
    Posted,
    Reason,
    Refused,
    Remittance,
    Share,
    Skip,
    Unreadable,
)
from importer.resolve.snapshot import Books
from importer.results import COLUMNS, OURS, row_of, without_head
from importer.review.likeness import is_same
from importer.review.sheet import read
from importer.review.worktop import Worktop

AT = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
# Half surrogate pairs stand in no text that was decoded.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WILD = TEXT | st.sampled_from(
    ["=1+1", "'=1+1", "''", "+49", "@SUM(A1)", "\t=x", "\r\nx", "a;b", '"', "\uff1d1"]
)
MONEY = st.decimals("0.01", "99999999.99", places=2)
SIGNED = st.decimals("-99999999.99", "99999999.99", places=2)
EVIDENCE = st.builds(Evidence, WILD, st.tuples(WILD))
APPLICATION = st.builds(Application, st.from_regex(r"\d{1,7}", fullmatch=True), MONEY)
SHARE = st.builds(Share, st.just("10442"), st.tuples(APPLICATION), MONEY)
PAYMENT = st.builds(
    Payment,
    marker=st.just("BK"),
    customer=st.just("10442"),
    customer_name=WILD,
    currency=st.just("USD"),
    value_date=st.dates(),
    kind=st.just(""),
    reference=WILD,
    notes=WILD,
    applications=st.tuples(APPLICATION),
    unapplied=st.just(Decimal(0)) | MONEY,
)
OUTCOME = st.builds(Posted, st.just("88123")) | st.builds(Refused, WILD)
PART = st.builds(Part, PAYMENT, outcome=OUTCOME | st.builds(InDoubt, WILD))
PLAN = st.builds(Plan, st.tuples(PART), EVIDENCE)
HOLD = st.builds(Hold, st.sampled_from(Reason), WILD, EVIDENCE, st.tuples(SHARE))
STATE: st.SearchStrategy[State] = st.one_of(
    st.builds(Ready, PLAN),
    st.builds(Held, HOLD),
    st.builds(Skipped, st.builds(Skip, WILD, EVIDENCE)),
    st.builds(Duplicate, st.just("BK0"), WILD),
    st.builds(Posting, PLAN),
    st.builds(Done, PLAN, st.just(())),
    st.builds(Refusal, PLAN),
    st.builds(Doubt, PLAN),
)
PLACE = st.builds(Place, WILD, st.integers(1, 99999))
REMITTANCE = st.builds(
    Remittance,
    place=PLACE,
    account=st.just("A"),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    amount=SIGNED,
    value_date=st.dates(),
    booking_date=st.dates(),
    remitter=WILD,
    text=WILD,
    reference=WILD | st.from_regex(r"0\d{3,20}", fullmatch=True),
    identity=st.just(()),
    payer_account=st.just("") | st.just("DE89370400440532013000"),
)
NOTICE = REMITTANCE | st.builds(Unreadable, PLACE, WILD, WILD, WILD)
FILE = FileRecord("a" * 64, "bank.csv", AT, "m", "d", "A", "", 1)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    return [
        Entry(
            id=f"BK{number}",
            file=FILE,
            notice=draw(NOTICE),
            state=draw(STATE),
            version=draw(st.integers(1, 99)),
            changed_at=AT,
            note=draw(WILD),
            alarms=draw(st.tuples(WILD)),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


HEAD = Head(7, "0f" * 32)


@given(entries())
def test_writing_and_reading_without_an_edit_is_the_identity(some: list[Entry]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = results.write(results.rows(some), Path(folder), "bank.csv", AT, HEAD)
        assert review.recognise(path)
        rows = {row["remittance"]: row.cells for row in read(path)}
    rows = {
        key: {**cells, "evidence": without_head(cells["evidence"])}
        for key, cells in rows.items()
    }
    assert rows == {one.id: row_of(one) for one in some}


@given(entries(), st.sampled_from([",", ";", "\t"]), st.permutations(COLUMNS))
def test_applying_what_was_not_edited_changes_nothing(
    some: list[Entry], delimiter: str, order: list[str]
) -> None:
    """Also when a spreadsheet has moved the columns and saved in another dialect."""
    with tempfile.TemporaryDirectory() as folder:
        path = results.write(results.rows(some), Path(folder), "bank.csv", AT, HEAD)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, order, delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        said = read(path)
    known = {one.id: one for one in some}
    worktop = Worktop(Books([], []))
    reviewed = review.plan("bank.csv", said, known, worktop, "somebody")
    assert (reviewed.decisions, reviewed.aliases) == ((), ())


@given(entries())
def test_no_cell_begins_as_a_formula_does(some: list[Entry]) -> None:
    for one in some:
        for cell in results.encoded(row_of(one)):
            is_number = PLAIN_NUMBER.fullmatch(cell)
            dangerous = tuple(mark for mark in DANGEROUS if mark != "'")
            assert is_number or not cell.startswith(dangerous)


@given(MONEY | SIGNED, st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "")]))
def test_an_amount_is_the_same_in_every_shape_of_a_spreadsheet(
    amount: Decimal, shape: tuple[str, str]
) -> None:
    decimal, thousands = shape
    usual = f"{amount:,.2f}"
    cell = usual.translate({ord(","): thousands, ord("."): decimal})
    assert is_same(cell, f"{amount:.2f}")


@given(MONEY, MONEY)
def test_another_amount_is_never_the_same(one: Decimal, other: Decimal) -> None:
    assert is_same(f"{one:.2f}", f"{other:.2f}") == (one == other)


@given(st.dates(date(1970, 1, 1), date(2099, 12, 31)), st.sampled_from("./-"))
def test_a_date_is_the_same_in_every_order(day: date, mark: str) -> None:
    for order in ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%m{0}%d{0}%y"):
        assert is_same(day.strftime(order.format(mark)), day.isoformat())


def test_a_payers_account_is_shown_by_its_end_alone() -> None:
    account = "DE89370400440532013000"
    grouped = "IBAN DE89 3704 0044 0532 0130 00 INV 1"
    notice = Remittance(
        place=Place("bank.csv", 2),
        account="A",
        currency="USD",
        amount=Decimal("1.00"),
        value_date=date(2026, 3, 16),
        booking_date=date(2026, 3, 16),
        remitter=f"ACME {account}",
        text=grouped,
        reference=account.lower(),
        identity=(),
        payer_account=account,
    )
    hold = Hold(Reason.SHORT, f"of {account}", Evidence(found=(account,)))
    entry = Entry("BK1", FILE, notice, Held(hold), 1, AT)
    row = row_of(entry)
    assert row["text"] == "IBAN \u20263000 INV 1"
    assert "0532" not in "".join(row[name] for name in OURS)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x.csv", "C__x.csv"),
        ("con.csv", "_con.csv"),
        ("LPT1", "_LPT1"),
        ("a\nb\u202e.csv", "a_b_.csv"),
        ("...", "file"),
        ("x" * 255, "x" * 120),
        ("M\u00e4rz 2026.csv", "M_rz 2026.csv"),
    ],
)
def test_names_of_files_are_made_safe(name: str, safe: str) -> None:
    assert files.safe_name(name) == safe
