"""A result CSV that a spreadsheet has saved: right, or refused row by row.

What comes back is held against what the untouched file decides: the very same
decisions, or a refusal that names the rows.  Never another amount, customer or row.
"""

import csv
import io
import re
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from office import (
    COMMA,
    CP1252,
    SEMICOLON,
    TAB,
    UTF_8,
    UTF_16,
    Habits,
    csv_options,
    needs_office,
    saved_as,
)

from importer import results, review, workbook
from importer.errors import FileRefused
from importer.journal.entry import (
    Done,
    Entry,
    FileRecord,
    Head,
    Held,
    Part,
    Plan,
    State,
)
from importer.journal.orders import Decision
from importer.model import (
    Application,
    Customer,
    Evidence,
    Hold,
    Invoice,
    Pay,
    Payment,
    Place,
    Posted,
    Reason,
    Remittance,
    Share,
)
from importer.resolve.snapshot import Books
from importer.review.sheet import read
from importer.review.worktop import Worktop

AT = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
HEAD = Head(7, "0f" * 32)
FILE = FileRecord("a" * 64, "bank.csv", AT, "m", "d", "A", "", 1)
LONG = "1234567890123456789"
Row = dict[str, str]

# A payer, a text, an amount and a reference: whatever spreadsheets like to re-type.
SAID = (
    ("Rosewood Floral", "INV 10200", "1234.50", "0091"),
    (
        "Rosewood \u00a0Floral",
        "\u201cMarch\u201d \u2013 it\u2019s due",
        "12.05",
        "3-14",
    ),
    ("\u0141\u00f3d\u017a Kwiaty; Sp. z o.o.", 'say "hello", twice', "0.10", "1E5"),
    ("=1+1", "+49 30 1234", "1500.00", LONG),
    ("Bl\u00fcte & S\u00f6hne", "two\nlines", "1000000.00", "1/2"),
    ("1.234,50", "03/04/2026", "3.26", "03/04/2026"),
    ("-5", "$5", "99.99", "50%"),
    ("TRUE", "Mar 4", "7.00", "12:30"),
    ("4 MAR", "SEP2", "70.00", "1.0E+05"),
    ("'quoted", "  blanks  ", "700.00", "00123"),
)
BOOKS = Books(
    (
        Customer("10442", "C10442", "Rosewood Floral"),
        Customer("10451", "C10451", "Bloom & Stem"),
    ),
    tuple(
        Invoice(str(10200 + row), "10442", Decimal(amount))
        for row, (*_, amount, _) in enumerate(SAID)
    ),
)


def entry(row: int, state: State | None = None) -> Entry:
    """Return one remittance, held with a suggestion that makes it."""
    remitter, text, amount, reference = SAID[row]
    notice = Remittance(
        place=Place("bank.csv", row + 2),
        account="A",
        currency="USD",
        amount=Decimal(amount),
        value_date=date(2026, 3, 4),
        booking_date=date(2026, 3, 4),
        remitter=remitter,
        text=text,
        reference=reference,
        identity=(),
    )
    suggested = Share("10442", (Application(str(10200 + row), Decimal(amount)),))
    hold = Hold(Reason.SHORT, "a test", Evidence("a test", (text,)), (suggested,))
    return Entry(f"BK{row}", FILE, notice, state or Held(hold), 3, AT)


def posted(row: int) -> Entry:
    """Return one that is in the ERP under a number longer than spreadsheets keep."""
    remitter, text, amount, reference = SAID[row]
    payment = Payment(
        marker=f"BK{row}",
        customer="10442",
        customer_name="24/7",
        currency="USD",
        value_date=date(2026, 3, 4),
        kind="",
        reference=reference,
        notes=text,
        applications=(Application("10250", Decimal(amount)),),
        unapplied=Decimal("0.50"),
    )
    part = Part(payment, outcome=Posted(LONG))
    return entry(row, Done(Plan((part,), Evidence(remitter)), ()))


NOBODY = Hold(Reason.SHORT, "a test", Evidence("a test"), (Share("10442", ()),))
ENTRIES = (
    *(entry(row) for row in range(len(SAID) - 2)),
    entry(len(SAID) - 2, Held(NOBODY)),
    posted(len(SAID) - 1),
)
KNOWN = {one.id: one for one in ENTRIES}
CLERKS: dict[str, Row] = {
    "BK0": {"decision": "post"},
    "BK1": {"decision": "skip", "note": "ours \u2013 \u201cquoted\u201d"},
    "BK2": {"decision": "post", "set_customer": "10442", "set_invoices": "10202=0.10"},
    "BK3": {"decision": "posted 88123", "note": "seen"},
    "BK4": {
        "decision": "post",
        "set_customer": "C10451",
        "set_invoices": "on account",
    },
    "BK5": {"decision": "post", "set_invoices": "10205=3.00; unapplied 0.26"},
}


def written(folder: Path, entries: tuple[Entry, ...] = ENTRIES) -> Path:
    """Write the result CSV as the program does."""
    return results.write(results.rows(entries), folder, "bank.csv", AT, HEAD)


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def decided_rows(folder: Path) -> list[Row]:
    """Return the result's rows with what a clerk writes into them."""
    rows = rows_of(written(folder))
    return [row | CLERKS.get(row["remittance"], {}) for row in rows]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is written."""

    delimiter: str = ","
    encoding: str = "utf-8-sig"
    line_end: str = "\r\n"

    def save(self, table: list[list[str]], path: Path) -> Path:
        """Save rows, the header first."""
        text = io.StringIO(newline="")
        writer = csv.writer(
            text, delimiter=self.delimiter, lineterminator=self.line_end
        )
        writer.writerows(table)
        path.write_bytes(text.getvalue().encode(self.encoding, "replace"))
        return path


def table_of(rows: list[Row]) -> list[list[str]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def decisions(path: Path) -> tuple[Decision, ...]:
    """Return what a file decides; raises `FileRefused` where it is not sound."""
    assert review.recognise(path)
    known = {one.id: one for one in ENTRIES}
    return review.plan(
        path.name, read(path), known, Worktop(BOOKS), "a clerk"
    ).decisions


def as_text(decided: tuple[Decision, ...]) -> dict[str, str]:
    """Say what is decided, but for blanks and letters that a note has lost."""
    return {one.id: re.sub(r"[^ -~]", "?", str(one.verdict)) for one in decided}


@pytest.fixture
def clean(tmp_path: Path) -> tuple[Decision, ...]:
    """Return what the file decides where nothing has happened to it."""
    folder = tmp_path / "clean"
    folder.mkdir()
    table = table_of(decided_rows(folder))
    decided = decisions(Dialect().save(table, folder / "decided.csv"))
    assert [one.id for one in decided] == list(CLERKS)
    return decided


# ---- what a real spreadsheet makes of it


@needs_office
@pytest.mark.parametrize(
    ("locale", "options"),
    [
        ("en-US", csv_options(COMMA, UTF_8)),
        ("en-US", csv_options(TAB, UTF_16)),
        ("de-DE", csv_options(SEMICOLON, CP1252)),
        ("de-DE", csv_options(TAB, UTF_8, as_shown=False)),
        ("es-ES", csv_options(SEMICOLON, UTF_16)),
        ("es-ES", csv_options(COMMA, CP1252)),
    ],
)
def test_a_csv_that_libreoffice_has_saved_decides_the_same(
    tmp_path: Path, clean: tuple[Decision, ...], locale: str, options: str
) -> None:
    table = table_of(decided_rows(tmp_path))
    path = Dialect().save(table, tmp_path / "decided.csv")
    back = saved_as(path, "csv", tmp_path / "office", options, Habits(locale))
    assert back.read_bytes() != path.read_bytes()
    assert as_text(decisions(back)) == as_text(clean)


@needs_office
@pytest.mark.parametrize("locale", ["de-DE", "es-ES"])
def test_a_workbook_that_was_saved_as_csv_decides_the_same(
    tmp_path: Path, locale: str
) -> None:
    path = workbook.write(ENTRIES, tmp_path / "x.csv", BOOKS, AT, HEAD)
    wanted = csv_options(SEMICOLON, CP1252)
    back = saved_as(path, "csv", tmp_path / "office", wanted, Habits(locale))
    assert "1.234,50" in back.read_text("cp1252")
    assert decisions(back) == ()


# ---- what people and other spreadsheets make of it: right


def grouped(text: str, decimal: str, thousands: str) -> str:
    """Write an amount as a country does."""
    usual = f"{Decimal(text):,.2f}"
    return usual.translate({ord(","): thousands, ord("."): decimal})


def with_cells(rows: list[Row], change: Callable[[str, str], str]) -> list[Row]:
    return [{name: change(name, cell) for name, cell in row.items()} for row in rows]


def amounts(decimal: str, thousands: str) -> Callable[[str, str], str]:
    def change(name: str, cell: str) -> str:
        if name in {"amount", "unapplied"} and cell:
            return grouped(cell, decimal, thousands)
        return cell

    return change


def days(form: str) -> Callable[[str, str], str]:
    def change(name: str, cell: str) -> str:
        if name == "value_date" and cell:
            return date.fromisoformat(cell).strftime(form)
        return cell

    return change


def without_zeros(_: str, cell: str) -> str:
    return cell.lstrip("0") if cell.isdigit() else cell


def shortened(_: str, cell: str) -> str:
    if not cell.isdigit() or len(cell) < 12:
        return cell
    return f"{Decimal(cell):.5E}"


def to_15_digits(_: str, cell: str) -> str:
    return cell[:15] + "0" * len(cell[15:]) if cell.isdigit() else cell


def other_blanks(_: str, cell: str) -> str:
    return cell.replace(" ", "\u00a0") + "\u00a0"


@pytest.mark.parametrize(
    "change",
    [
        amounts(",", "."),
        amounts(".", ","),
        amounts(",", "\u00a0"),
        amounts(",", "\u202f"),
        amounts(".", "'"),
        amounts(".", "\u2019"),
        days("%m/%d/%Y"),
        days("%d.%m.%y"),
        days("%d/%m/%Y 00:00"),
        days("%Y. %m. %d."),
        days("%d-%b-%y"),
        days("%-d. %B %Y"),
        without_zeros,
        shortened,
        to_15_digits,
        other_blanks,
    ],
    ids=str,
)
def test_what_spreadsheets_do_to_cells_decides_the_same(
    tmp_path: Path,
    clean: tuple[Decision, ...],
    change: Callable[[str, str], str],
) -> None:
    rows = with_cells(decided_rows(tmp_path), change)
    assert rows != decided_rows(tmp_path)
    path = Dialect().save(table_of(rows), tmp_path / "decided.csv")
    assert as_text(decisions(path)) == as_text(clean)


def without_mark(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf")


def mark_as_letters(content: bytes) -> bytes:
    return content.decode("cp1252", "replace").encode()


def with_empty_ends(content: bytes) -> bytes:
    lines = content.decode().splitlines(keepends=False)
    joined = content.decode().replace("\r\n", ",,\r\n")
    assert len(lines) > len(ENTRIES)
    return (joined + "," * 25 + "\r\n" + "\r\n").encode()


def with_bare_ends(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("change", [without_mark, with_empty_ends, with_bare_ends])
def test_what_spreadsheets_do_to_the_file_decides_the_same(
    tmp_path: Path, clean: tuple[Decision, ...], change: Callable[[bytes], bytes]
) -> None:
    path = Dialect().save(table_of(decided_rows(tmp_path)), tmp_path / "decided.csv")
    path.write_bytes(change(path.read_bytes()))
    assert decisions(path) == clean


OURS_TO_LOSE = sorted({*results.OURS} - {"remittance", "version"})


@given(st.data())
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_order_columns_and_dialect_never_change_a_decision(
    tmp_path: Path, clean: tuple[Decision, ...], data: st.DataObject
) -> None:
    rows = data.draw(st.permutations(decided_rows(tmp_path)))
    lost = data.draw(st.sets(st.sampled_from(OURS_TO_LOSE)))
    names = data.draw(st.permutations([one for one in rows[0] if one not in lost]))
    dialect = data.draw(
        st.builds(
            Dialect,
            st.sampled_from([",", ";", "\t"]),
            st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
            st.sampled_from(["\r\n", "\n"]),
        )
    )
    gone = data.draw(st.sets(st.sampled_from([one["remittance"] for one in rows])))
    kept = [row for row in rows if row["remittance"] not in gone]
    table = [names, *([row[name] for name in names] for row in kept)]
    path = dialect.save(table, tmp_path / "decided.csv")
    wanted = tuple(one for one in clean if one.id not in gone)
    assert as_text(tuple(sorted(decisions(path), key=lambda one: one.id))) == as_text(
        wanted
    )


# ---- and what nobody can be sure of: refused, with the rows


def changed(rows: list[Row], key: str, **cells: str) -> list[Row]:
    return [row | cells if row["remittance"] == key else row for row in rows]


def added(rows: list[Row]) -> list[Row]:
    return [*rows, dict.fromkeys(rows[0], "") | {"remitter": "Me", "amount": "5.00"}]


def copied(rows: list[Row]) -> list[Row]:
    return [*rows, rows[0]]


def ids_sorted_alone(rows: list[Row]) -> list[Row]:
    ids = [row["remittance"] for row in rows]
    return [
        row | {"remittance": id_}
        for row, id_ in zip(rows, [*ids[1:], ids[0]], strict=True)
    ]


def amounts_sorted_alone(rows: list[Row]) -> list[Row]:
    ordered = sorted((row["amount"] for row in rows), key=Decimal)
    return [row | {"amount": one} for row, one in zip(rows, ordered[::-1], strict=True)]


@pytest.mark.parametrize(
    ("change", "sentence", "line"),
    [
        (added, "the journal knows no remittance", 12),
        (copied, "stands in line 2 already", 12),
        (ids_sorted_alone, '"amount" was', 2),
        (amounts_sorted_alone, '"amount" was', 2),
        (lambda rows: changed(rows, "BK0", amount="12.345,00"), '"amount" was', 2),
        (lambda rows: changed(rows, "BK1", amount="12. Mai"), '"amount" was', 3),
        (lambda rows: changed(rows, "BK1", amount="46154"), '"amount" was', 3),
        (lambda rows: changed(rows, "BK0", value_date="05.03.2026"), "value_date", 2),
        (lambda rows: changed(rows, "BK0", value_date="46085"), "value_date", 2),
        (lambda rows: changed(rows, "BK0", remittance="1.0E+05"), "no remittance", 2),
        (lambda rows: changed(rows, "BK0", version="1.0E+05"), "has changed", 2),
        (lambda rows: changed(rows, "BK0", currency=""), '"currency" was', 2),
        (
            lambda rows: changed(rows, "BK2", set_customer="1.04E+04"),
            "no customer has the id",
            4,
        ),
        (
            lambda rows: changed(rows, "BK2", set_invoices="10202=0,10"),
            "0,10",
            4,
        ),
        (
            lambda rows: changed(rows, "BK2", set_invoices="1.02E+04=0.10"),
            "is not open",
            4,
        ),
        (lambda rows: changed(rows, "BK3", decision="posted 8.8E+04"), "posted", 5),
        (
            lambda rows: changed(rows, "BK9", control_number="1234567890123456000"),
            "control_number",
            11,
        ),
        (lambda rows: changed(rows, "BK9", unapplied="50"), '"unapplied" was', 11),
        (lambda rows: changed(rows, "BK8", suggestion="10451:00"), "suggestion", 10),
        (lambda rows: changed(rows, "BK8", suggestion="10442:01"), "suggestion", 10),
    ],
)
def test_what_is_not_sure_is_refused_with_its_row(
    tmp_path: Path,
    change: Callable[[list[Row]], list[Row]],
    sentence: str,
    line: int,
) -> None:
    rows = change(decided_rows(tmp_path))
    path = Dialect().save(table_of(rows), tmp_path / "decided.csv")
    with pytest.raises(FileRefused) as caught:
        decisions(path)
    faults = [one for one in str(caught.value).splitlines() if "decided.csv:" in one]
    assert sentence in next(one for one in faults if f"decided.csv:{line}:" in one)


@pytest.mark.parametrize("name", ["remittance", "version", "decision"])
def test_without_a_column_that_tells_a_row_it_is_refused_by_its_name(
    tmp_path: Path, name: str
) -> None:
    rows = [
        {key: cell for key, cell in row.items() if key != name}
        for row in decided_rows(tmp_path)
    ]
    path = Dialect().save(table_of(rows), tmp_path / "decided.csv")
    assert review.recognise(path)
    with pytest.raises(FileRefused, match=f"has lost columns: {name}"):
        read(path)


def test_letters_that_were_lost_name_their_rows(tmp_path: Path) -> None:
    path = Dialect().save(table_of(decided_rows(tmp_path)), tmp_path / "decided.csv")
    path.write_bytes(mark_as_letters(path.read_bytes()))
    with pytest.raises(FileRefused, match=r'decided\.csv:6: "remitter" was'):
        decisions(path)


CELL = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["1.234,50", "12,05", "3,26", "1E5", "0", "10442", "10451", "post"]
    ),
)


@given(st.data())
@settings(
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_cell_of_ours_never_leads_to_another_decision(
    tmp_path: Path, clean: tuple[Decision, ...], data: st.DataObject
) -> None:
    """Whatever stands in it: the same decisions, or none at all."""
    rows = decided_rows(tmp_path)
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.sampled_from(results.OURS))] = data.draw(CELL)
    path = Dialect().save(table_of(rows), tmp_path / "decided.csv")
    with suppress(FileRefused):
        by_id = {one.id: one for one in clean}
        assert all(by_id[one.id] == one for one in decisions(path))


def test_zeros_lost_in_front_of_a_customer_never_name_another(tmp_path: Path) -> None:
    """A spreadsheet makes 123 of the 00123 that was typed."""
    numbers = (Customer("00123", "", "Rosewood"), Customer("123", "", "Bloom"))
    codes = (Customer("7", "0123", "Rosewood"), Customer("123", "", "Bloom"))
    row = decided_rows(tmp_path)[0] | {"decision": "post"}

    def paid_by(books: Books, customer: str, invoices: str) -> str:
        cells = {"set_customer": customer, "set_invoices": invoices}
        path = Dialect().save(table_of([row | cells]), tmp_path / "decided.csv")
        (decided,) = review.plan("x", read(path), KNOWN, Worktop(books), "me").decisions
        assert isinstance(decided.verdict, Pay)
        return decided.verdict.payments[0].customer

    for several in (numbers, codes):
        books = Books(several, ())
        with pytest.raises(FileRefused, match="dropped zeros in front") as caught:
            paid_by(books, "123", "on account")
        assert "for example 123: " in str(caught.value)
        for named in ("", "123"):
            assert paid_by(books, named, "123: unapplied 1234.50") == "123"
    assert paid_by(Books(numbers, ()), "00123", "on account") == "00123"
    assert paid_by(Books(numbers[1:], ()), "123", "on account") == "123"


# ---- the workbook's own file


def test_the_sheet_of_a_workbook_fits_its_pages_and_amounts_are_exact(
    tmp_path: Path,
) -> None:
    path = workbook.write(ENTRIES, tmp_path / "x.csv", BOOKS, AT, HEAD)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<pageSetUpPr fitToPage="1"/>' in sheet
    for *_, amount, _ in SAID:
        assert f"<v>{amount}</v>" in sheet
    rows = {row["remittance"]: row for row in read(path)}
    for one in ENTRIES:
        was = results.row_of(one)["amount"]
        assert Decimal(rows[one.id]["amount"]) == Decimal(was)
