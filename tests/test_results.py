"""Result CSVs: exact, harmless to open, and decided on by a clerk."""

import csv
import hashlib
import io
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "posting"))

from stage import SEED, Stage, payment, payments

from importer import ledger, results, review
from importer.cells import DANGEROUS, PLAIN_NUMBER, decode_cell, encode_cell
from importer.errors import FileRefused
from importer.journal.entry import Entry
from importer.model import Alias, Customer, Invoice
from importer.resolve.snapshot import Books
from importer.results import COLUMNS


@given(st.text(max_size=60))
def test_a_cell_comes_back_as_it_was_and_never_begins_dangerously(text: str) -> None:
    cell = encode_cell(text)
    assert decode_cell(cell) == text
    number = PLAIN_NUMBER.fullmatch(cell)
    assert number or not cell.startswith(DANGEROUS) or cell.startswith("'")


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30", "-cmd", "@SUM(A1)", "\tx", "'quoted"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert encode_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-45.00", "1200.50", "10233=500.00", "INV 1"])
def test_numbers_and_plain_texts_stay_bare(text: str) -> None:
    assert encode_cell(text) == text


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as one:
        yield one


def books(taken: Decimal = Decimal(0)) -> Books:
    customers = [
        Customer(one["id"], one["code"], one["name"]) for one in SEED["customers"]
    ]
    invoices = [
        Invoice(str(one["number"]), one["customerId"], Decimal(one["open"]) - taken)
        for one in SEED["invoices"]
    ]
    return Books(customers, invoices)


def written(stage: Stage) -> tuple[Path, list[dict[str, str]]]:
    path = results.write(
        results.rows(stage.journal.entries()),
        stage.folder / "results",
        "bank.csv",
        stage.now(),
        stage.journal.head(),
    )
    text = path.read_bytes().decode("utf-8-sig")
    return path, list(csv.DictReader(io.StringIO(text, newline="")))


def held(stage: Stage) -> Entry:
    """Make one refused payment: the invoice is another customer's."""
    stage.take_in(payment(0, customer=10451))
    stage.post()
    (entry,) = stage.journal.entries()
    assert entry.status == "refused"
    return entry


def decide(stage: Stage, **cells: str) -> review.Reviewed:
    """Fill the clerk's cells of the first row and drop the file back."""
    path, rows = written(stage)
    rows[0] |= cells
    save(path, rows)
    return review.apply(path, stage.journal, books())


def save(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def test_columns_order_and_mark_are_the_contract(stage: Stage) -> None:
    stage.take_in(*payments(range(2)))
    path, rows = written(stage)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfremittance,status,reason,amount,")
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["invoices"] == "10200=100.00"
    assert path.name.startswith("bank.csv.20260317-")


def test_what_needs_a_person_comes_first(stage: Stage) -> None:
    stage.take_in(*payments(range(3)), payment(4, customer=10460))
    stage.post()
    _, rows = written(stage)
    assert [row["status"] for row in rows] == ["refused", "posted", "posted", "posted"]


def test_rows_and_cents_read_equal_the_sums_over_all_statuses(stage: Stage) -> None:
    several = payments(range(5))
    stage.take_in(*several, payment(6, customer=10460))
    stage.post()
    assert sum(stage.journal.counts().values()) == 6
    assert sum(stage.journal.sums().values()) == sum(one.total for one in several) + 100


def test_a_file_that_comes_back_unchanged_changes_nothing(stage: Stage) -> None:
    entry = held(stage)
    path, _ = written(stage)
    assert review.recognise(path)
    assert review.apply(path, stage.journal, books()).decisions == ()
    assert stage.journal.entry(entry.id) == entry


def test_a_corrected_payment_is_posted_anew_and_once(stage: Stage) -> None:
    held(stage)
    decide(stage, decision="post", set_customer="10442", set_invoices="10200=100.00")
    stage.post()
    assert stage.statuses() == ["posted"]
    assert len(stage.booked()) == 1


def test_a_code_is_as_good_as_an_id_and_the_rest_may_stay_unapplied(
    stage: Stage,
) -> None:
    held(stage)
    decide(
        stage,
        decision="post",
        set_customer="C10442",
        set_invoices="10200=60.00; unapplied 40.00",
    )
    stage.post()
    (entry,) = stage.journal.entries()
    assert entry.parts[0].payment.unapplied == Decimal("40.00")


def test_a_payment_is_split_over_two_customers(stage: Stage) -> None:
    held(stage)
    split = "10442: 10200=60.00 / 10451: 10201=40.00"
    decide(stage, decision="post", set_invoices=split)
    stage.post()
    (entry,) = stage.journal.entries()
    assert entry.status == "posted"
    assert [part.payment.customer for part in entry.parts] == ["10442", "10451"]
    assert len(set(stage.booked())) == 2


def test_on_account_puts_it_on_no_invoice(stage: Stage) -> None:
    held(stage)
    decide(stage, decision="post", set_customer="10451", set_invoices="on account")
    stage.post()
    (entry,) = stage.journal.entries()
    assert entry.parts[0].payment.applications == ()
    assert entry.status == "posted"


def test_skip_needs_a_reason(stage: Stage) -> None:
    held(stage)
    with pytest.raises(FileRefused, match="skip needs a reason"):
        decide(stage, decision="skip")
    decide(stage, decision="skip", note="the customer took it back")
    assert stage.statuses() == ["skipped"]


def test_remember_asks_for_the_alias(stage: Stage) -> None:
    held(stage)
    reviewed = decide(
        stage, decision="remember", set_customer="10442", set_invoices="10200=100.00"
    )
    assert [(one.remitter, one.customer) for one in reviewed.aliases] == [
        ("Bloom & Stem", "10442")
    ]


def test_an_alias_of_another_customer_is_not_remembered(stage: Stage) -> None:
    entry = held(stage)
    path, rows = written(stage)
    rows[0] |= {
        "decision": "remember",
        "set_customer": "10442",
        "set_invoices": "10200=100.00",
    }
    save(path, rows)
    known = Books(
        books().customers.values(),
        books().open_of("10442"),
        [Alias("BLOOM & STEM LLC", "", "10451", "", "", "", 7)],
    )
    with pytest.raises(FileRefused, match="is remembered as customer 10451 already"):
        review.apply(path, stage.journal, known)
    assert stage.journal.entry(entry.id) == entry


def test_what_is_in_doubt_takes_a_control_number(stage: Stage) -> None:
    stage.sandbox.accident("drop", applies="no")
    stage.take_in(payment(0))
    stage.post()
    with pytest.raises(FileRefused, match="what is in_doubt cannot be posted"):
        decide(stage, decision="post")
    decide(stage, decision="posted 88123")
    _, rows = written(stage)
    assert (rows[0]["status"], rows[0]["control_number"]) == ("posted", "88123")


def test_send_again_is_asked_twice(stage: Stage) -> None:
    stage.sandbox.accident("drop", applies="no")
    stage.take_in(payment(0))
    stage.post()
    decide(stage, decision="send again")
    stage.post()
    assert (stage.statuses(), stage.booked()) == (["held"], [])
    _, rows = written(stage)
    assert "booked twice" in rows[0]["reason"]
    decide(stage, decision="send again")
    stage.post()
    assert stage.statuses() == ["posted"]
    assert len(stage.booked()) == 1


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"decision": "pots"}, 'no decision is called "pots"'),
        ({"decision": "post", "amount": "101.00"}, '"amount" was "100.00"'),
        ({"decision": "post", "version": "1"}, "has changed since it was written out"),
        ({"decision": "post", "remittance": "BK0"}, 'knows no remittance "BK0"'),
        ({"set_invoices": "10200=100.00"}, "decision is empty"),
        (
            {
                "decision": "post",
                "set_customer": "10442",
                "set_invoices": "10200=90.00",
            },
            "the invoices come to 90.00, the remittance is 100.00",
        ),
        (
            {
                "decision": "post",
                "set_customer": "10442",
                "set_invoices": "10201=100.00",
            },
            "invoice 10201 is of customer 10451",
        ),
        (
            {"decision": "post", "set_customer": "777", "set_invoices": "10200=100.00"},
            'no customer has the id or code "777"',
        ),
        (
            {
                "decision": "post",
                "set_customer": "10442",
                "set_invoices": "99999=100.00",
            },
            "invoice 99999 is not open",
        ),
    ],
)
def test_a_decision_that_is_not_sound_is_refused_by_name_and_nothing_happens(
    stage: Stage, cells: dict[str, str], sentence: str
) -> None:
    entry = held(stage)
    with pytest.raises(FileRefused) as caught:
        decide(stage, **cells)
    assert sentence in str(caught.value)
    assert ".csv:2" in str(caught.value)
    assert stage.journal.entry(entry.id) == entry


def test_all_faults_are_told_at_once_and_sound_rows_wait(stage: Stage) -> None:
    stage.take_in(*(payment(number, customer=10451) for number in (0, 3, 6)))
    stage.post()
    path, rows = written(stage)
    rows[0] |= {"decision": "skip", "note": "sound"}
    rows[1]["decision"] = "pots"
    rows[2]["decision"] = "skip"
    save(path, rows)
    with pytest.raises(FileRefused) as caught:
        review.apply(path, stage.journal, books())
    assert len(caught.value.faults) == 2
    assert stage.statuses() == ["refused"] * 3


@pytest.mark.parametrize(
    ("amount", "day"), [("100,00", "16.03.2026"), ("100", "16/3/2026")]
)
def test_what_a_spreadsheet_does_to_a_file_is_taken_as_it_comes(
    stage: Stage, amount: str, day: str
) -> None:
    held(stage)
    path, rows = written(stage)
    rows[0] |= {"amount": amount, "value_date": day, "decision": "skip", "note": "ü"}
    reordered = [{name: row[name] for name in reversed(COLUMNS)} for row in rows]
    for row in reordered:
        del row["evidence"]
    save(path, [*reordered, dict.fromkeys(reordered[0], "")], delimiter=";")
    path.write_bytes(path.read_bytes().decode("utf-8").encode("cp1252"))
    assert review.recognise(path)
    review.apply(path, stage.journal, books())
    assert stage.statuses() == ["skipped"]


def test_a_byte_order_mark_that_was_taken_for_letters_is_no_column(
    stage: Stage,
) -> None:
    held(stage)
    path, rows = written(stage)
    rows[0] |= {"decision": "skip", "note": "as LibreOffice saves it"}
    save(path, rows)
    path.write_text("\u00ef\u00bb\u00bf" + path.read_text(encoding="utf-8"), "utf-8")
    assert review.recognise(path)
    review.apply(path, stage.journal, books())
    assert stage.statuses() == ["skipped"]


def test_the_ledger_is_every_remittance_ever(stage: Stage) -> None:
    stage.take_in(*payments(range(3)))
    stage.take_in(*payments(range(3, 5)), name="other.csv")
    path = stage.folder / "ledger.csv"
    assert ledger.write(stage.journal, path) == 5
    assert ledger.write(stage.journal, path, file="other.csv") == 2
    assert "decision" not in path.read_text(encoding="utf-8-sig").partition("\n")[0]


def updated(stage: Stage, path: Path) -> int:
    return ledger.update(stage.journal, path, stage.journal.head(), {})


def test_the_ledger_is_brought_up_to_date_as_if_it_were_made_anew(
    stage: Stage,
) -> None:
    path, anew = stage.folder / "ledger.csv", stage.folder / "anew.csv"
    for name, some in (("one.csv", range(3)), ("other.csv", range(3, 5))):
        stage.take_in(*payments(some), name=name)
        assert updated(stage, path) == some.stop
    stage.post()
    updated(stage, path)
    ledger.write(stage.journal, anew)
    assert path.read_bytes() == anew.read_bytes()
    assert "posted" in path.read_text(encoding="utf-8-sig")


def test_a_ledger_of_rows_that_a_round_has_made_is_as_if_it_were_made_anew(
    stage: Stage,
) -> None:
    path, anew = stage.folder / "ledger.csv", stage.folder / "anew.csv"
    stage.take_in(*payments(range(3)))
    stage.take_in(payment(3, customer=10451), name="other.csv")
    stage.post()
    ledger.write(stage.journal, anew)
    entries = list(stage.journal.entries())
    for made in (results.rows(entries), results.rows(entries[1:3])):
        path.unlink(missing_ok=True)
        assert ledger.update(stage.journal, path, stage.journal.head(), made) == 4
        assert path.read_bytes() == anew.read_bytes()


def test_what_changed_after_the_round_looked_is_in_the_next_ledger(
    stage: Stage,
) -> None:
    path, anew = stage.folder / "ledger.csv", stage.folder / "anew.csv"
    stage.take_in(*payments(range(3)))
    head, made = stage.journal.head(), results.rows(stage.journal.entries())
    stage.post()
    ledger.update(stage.journal, path, head, made)
    assert "posted" not in path.read_text(encoding="utf-8-sig")
    updated(stage, path)
    ledger.write(stage.journal, anew)
    assert path.read_bytes() == anew.read_bytes()


@pytest.mark.parametrize("left", ["touched", "gone", "of another journal", "no csv"])
def test_a_ledger_that_is_not_ours_any_more_is_made_anew(
    stage: Stage, left: str
) -> None:
    path, upto = stage.folder / "ledger.csv", stage.folder / ".ledger.csv.upto"
    stage.take_in(*payments(range(3)))
    updated(stage, path)
    before = path.read_bytes()
    match left:
        case "touched":
            path.write_bytes(before.replace(b"\r\n", b"\n"))
        case "gone":
            path.unlink()
        case "of another journal":
            path.write_bytes(before + b"BK0,posted\r\n")
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            upto.write_text(f"1 {'0' * 64} {digest}\n")
        case _:
            upto.write_text("what is this")
            path.write_bytes(b'"')
    assert updated(stage, path) == 3
    assert path.read_bytes() == before


def test_a_result_csv_pins_where_the_journal_ended(stage: Stage) -> None:
    stage.take_in(*payments(range(2)))
    _, rows = written(stage)
    head = stage.journal.head()
    said = f"the journal ends at event {head.position}, {head.hash}"
    assert rows[0]["evidence"].endswith(said)
    assert said not in rows[1]["evidence"]
    assert list(results.heads(stage.folder / "results")) == [head.hash]
    assert stage.journal.audit(head.hash).faults == []
    (fault,) = stage.journal.audit(head.hash, "0" * 64).faults
    assert "is gone" in str(fault)


def test_a_ledger_with_a_cell_too_long_to_be_read_is_made_anew(stage: Stage) -> None:
    path = stage.folder / "ledger.csv"
    stage.take_in(payment(0))
    (entry,) = stage.journal.entries()
    stage.journal.note(entry.id, "x" * (csv.field_size_limit() + 1))
    updated(stage, path)
    stage.take_in(payment(1), name="other.csv")
    assert updated(stage, path) == 2
