"""What a person decides: checked against the books, the journal, and itself."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

sys.path.insert(0, str(Path(__file__).parent / "posting"))

from stage import SEED, Stage, payment, remittance_of

from importer import results, review
from importer.errors import FileRefused
from importer.identity import part_marker
from importer.journal.entry import Entry, FileRecord
from importer.journal.orders import Call, Item, Taken
from importer.model import (
    Alias,
    Application,
    Customer,
    Evidence,
    Hold,
    InDoubt,
    Invoice,
    Pay,
    Payment,
    Place,
    Posted,
    Reason,
    Refused,
    Remittance,
    Share,
    Unreadable,
)
from importer.resolve.snapshot import Books
from importer.review.likeness import is_same
from importer.review.sheet import read

AT = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
GOOD = {"set_customer": "10442", "set_invoices": "10200=100.00"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as one:
        yield one


def books(*extra: Invoice, aliases: tuple[Alias, ...] = ()) -> Books:
    customers = [
        Customer(one["id"], one["code"], one["name"]) for one in SEED["customers"]
    ]
    invoices = [
        Invoice(str(one["number"]), one["customerId"], Decimal(one["open"]))
        for one in SEED["invoices"]
    ]
    return Books(customers, [*invoices, *extra], aliases)


def hold(*shares: Share, reason: Reason = Reason.SHORT) -> Hold:
    return Hold(reason, "a test", Evidence("a test"), shares)


def notice(number: int = 0, **changes: Any) -> Remittance:
    return replace(remittance_of(payment(number), number + 2), **changes)


def take_in(
    stage: Stage, *items: tuple[Remittance | Unreadable, Hold | Pay]
) -> tuple[Entry, ...]:
    record = FileRecord("a" * 64, "bank.csv", AT, "m", "d", "A", "", len(items))
    made = tuple(
        Item(part_marker("BK", row + 1), said, first)
        for row, (said, first) in enumerate(items)
    )
    assert stage.journal.take_in(record, made) is Taken.IN
    return tuple(stage.journal.entries())


def one_held(stage: Stage, *shares: Share, **changes: Any) -> Entry:
    (entry,) = take_in(stage, (notice(**changes), hold(*shares)))
    return entry


def rows_of(stage: Stage) -> tuple[Path, list[dict[str, str]]]:
    path = results.write(
        results.rows(stage.journal.entries()),
        stage.folder / "results",
        "bank.csv",
        stage.now(),
        stage.journal.head(),
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        return path, list(csv.DictReader(file))


def save(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def decide(stage: Stage, **cells: str) -> review.Reviewed:
    """Fill cells of every row and drop the file back."""
    return decide_by(books(), stage, **cells)


def decide_by(known: Books, stage: Stage, **cells: str) -> review.Reviewed:
    path, rows = rows_of(stage)
    save(path, [row | cells for row in rows])
    return review.apply(path, stage.journal, known)


def paid(reviewed: review.Reviewed) -> tuple[Payment, ...]:
    (decision,) = reviewed.decisions
    assert isinstance(decision.verdict, Pay)
    return decision.verdict.payments


SHARE = Share("10442", (Application("10200", Decimal("100.00")),))


def test_post_takes_the_suggestion(stage: Stage) -> None:
    one_held(stage, SHARE)
    (made,) = paid(decide(stage, decision="post"))
    assert made.applications == SHARE.applications
    assert made.customer_name == "Rosewood Floral"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("suggestion", "10203=100.00"),
        ("invoices", "10203=100.00"),
        ("customer", "10451"),
        ("control_number", "88123"),
        ("status", "posted"),
        ("currency", "EUR"),
        ("remitter", "Somebody else"),
        ("reason", "all is well"),
    ],
)
def test_a_cell_that_is_not_the_clerks_is_refused_by_its_name(
    stage: Stage, column: str, cell: str
) -> None:
    entry = one_held(stage, SHARE)
    with pytest.raises(FileRefused, match=f'"{column}" was'):
        decide(stage, decision="post", **{column: cell})
    assert stage.journal.entry(entry.id) == entry


def test_a_sorted_column_is_found_also_where_nothing_is_decided(stage: Stage) -> None:
    take_in(stage, *((notice(n), hold(SHARE)) for n in range(2)))
    path, rows = rows_of(stage)
    rows[0]["row"], rows[1]["row"] = rows[1]["row"], rows[0]["row"]
    save(path, rows)
    with pytest.raises(FileRefused, match='"row" was'):
        review.apply(path, stage.journal, books())


def test_a_reference_that_a_spreadsheet_took_for_a_date_changes_nothing(
    stage: Stage,
) -> None:
    one_held(stage, SHARE, reference="3-14", text="0091")
    assert paid(decide(stage, decision="post", reference="14. Mrz", text="91"))


def test_rows_together_never_put_more_on_an_invoice_than_is_open(stage: Stage) -> None:
    take_in(stage, *((notice(n), hold(SHARE)) for n in range(2)))
    with pytest.raises(FileRefused, match="is more than is open on 10200, which is 0"):
        decide(stage, decision="post")
    assert stage.journal.counts()["held"] == 2


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("10200=100.00; 10203=9.00; 10206=-9.00", "be put on an invoice: 10206"),
        ("10200=100.00; 10203=0.00", "0.00 cannot be put on an invoice"),
        ("10200=50.005; unapplied 49.995", "USD has no amount of"),
        ("10200=50.00; 010200=50.00", "invoice 10200 stands twice"),
        ("10200=99.00 disc 1.01; unapplied 1.00", "more than is open on 10200"),
        ("10442: 10200=50.00 / 10451: 10201=50.00", "set_customer names one"),
        ("10451: 10201=100.00", 'set_invoices says "10451"'),
        ("900=-20.00; 10200=100.00; 10203=20.00", "more than is open on 900"),
    ],
)
def test_amounts_that_are_not_sound_are_refused(
    stage: Stage, written: str, sentence: str
) -> None:
    one_held(stage)
    credit = Invoice("900", "10442", Decimal("-10.00"))
    with pytest.raises(FileRefused) as caught:
        decide_by(
            books(credit),
            stage,
            decision="post",
            set_customer="10442",
            set_invoices=written,
        )
    assert sentence in str(caught.value)


def test_a_customer_who_is_named_by_id_and_by_code_stands_twice(stage: Stage) -> None:
    one_held(stage)
    twice = "10442: 10200=50.00 / C10442: 10203=50.00"
    with pytest.raises(FileRefused, match="customer 10442 stands twice"):
        decide(stage, decision="post", set_invoices=twice)


def test_a_credit_may_be_used_up_to_what_it_is(stage: Stage) -> None:
    one_held(stage)
    credit = Invoice("900", "10442", Decimal("-10.00"))
    (made,) = paid(
        decide_by(
            books(credit),
            stage,
            decision="post",
            set_customer="10442",
            set_invoices="10200=100.00; 10203=10.00; 900=-10.00",
        )
    )
    assert made.total == Decimal("100.00")


def test_an_invoice_is_posted_under_the_number_that_the_books_have(
    stage: Stage,
) -> None:
    one_held(stage)
    (made,) = paid(
        decide(
            stage, decision="post", set_customer="C10442", set_invoices="0010200=100"
        )
    )
    assert made.applications[0].invoice == "10200"


def test_a_row_that_cannot_be_read_may_be_skipped_or_was_posted_by_hand(
    stage: Stage,
) -> None:
    row = Unreadable(Place("bank.csv", 9), "1.2.3,4,5", "why", "hint")
    take_in(stage, (row, hold(reason=Reason.UNREADABLE)))
    with pytest.raises(FileRefused, match="has no amount to post"):
        decide(stage, decision="post", **GOOD)
    decide(stage, decision="posted 88123")
    (entry,) = stage.journal.entries()
    assert entry.status == "posted"


def test_a_remittance_stands_once_in_a_file(stage: Stage) -> None:
    one_held(stage, SHARE)
    path, rows = rows_of(stage)
    save(path, [rows[0] | {"decision": "skip", "note": "x"}, rows[0]])
    with pytest.raises(FileRefused, match=r":3: BK.* stands in line 2 already"):
        review.apply(path, stage.journal, books())


@pytest.mark.parametrize("said", ["posted", "posted by me yesterday", "posted 1 2"])
def test_prose_is_no_control_number(stage: Stage, said: str) -> None:
    one_held(stage, SHARE)
    with pytest.raises(FileRefused, match="the control number, and nothing else"):
        decide(stage, decision=said)


@pytest.mark.parametrize("said", ["skip", "posted 88123", "send again"])
def test_invoices_beside_a_decision_that_does_not_look_at_them_are_refused(
    stage: Stage, said: str
) -> None:
    one_held(stage, SHARE)
    with pytest.raises(FileRefused):
        decide(stage, decision=said, note="x", **GOOD)


def test_what_a_person_typed_in_by_hand_takes_its_control_number(stage: Stage) -> None:
    take_in(stage, (notice(), hold(SHARE, reason=Reason.POSSIBLY_BY_HAND)))
    decide(stage, decision="Posted 88123")
    stage.post()
    (entry,) = stage.journal.entries()
    assert (entry.status, stage.booked()) == ("posted", [])


def two_parts(stage: Stage) -> Entry:
    """Take in one remittance that pays for two customers, 60.00 and 40.00."""
    first = payment(0, amount="60.00")
    second = payment(1, amount="40.00")
    key = part_marker("BK", 1)
    parts = (
        replace(first, marker=key),
        replace(second, marker=part_marker(key, 1)),
    )
    (entry,) = take_in(stage, (notice(), Pay(parts, Evidence("a test"))))
    return entry


def sent(stage: Stage, entry: Entry, part: int, outcome: Any) -> None:
    """Record that a part was sent and what came of it."""
    erp = stage.erp()
    request: Any = erp.prepare(entry.parts[part].payment)
    current = stage.journal.entry(entry.id)
    assert current is not None
    call = Call("komet", date(2026, 3, 17), "payment.receive")
    claimed = stage.journal.claim(entry.id, current.version, part, request, call)
    assert claimed is not None
    stage.journal.finish(entry.id, part, outcome)


def test_a_control_number_goes_to_the_payment_that_is_in_doubt(stage: Stage) -> None:
    entry = two_parts(stage)
    sent(stage, entry, 0, Posted("77"))
    sent(stage, entry, 1, InDoubt("no answer"))
    decide(stage, decision="posted 88123")
    (entry,) = stage.journal.entries()
    numbers = [
        part.outcome.control_number
        for part in entry.parts
        if isinstance(part.outcome, Posted)
    ]
    assert (entry.status, numbers) == ("posted", ["77", "88123"])


def test_one_control_number_is_not_enough_for_two_payments(stage: Stage) -> None:
    entry = two_parts(stage)
    stage.journal.hold(entry.id, entry.version, hold(reason=Reason.POSSIBLY_BY_HAND))
    with pytest.raises(FileRefused, match="it makes 2 payments"):
        decide(stage, decision="posted 88123")


def test_a_refused_part_is_mended_and_the_posted_one_stays(stage: Stage) -> None:
    entry = two_parts(stage)
    sent(stage, entry, 0, Posted("77"))
    sent(stage, entry, 1, Refused("no such invoice"))
    with pytest.raises(FileRefused, match="a part of it is posted already"):
        decide(stage, decision="post", **GOOD)
    mended = "10442: 10200=60.00 / 10460: 10202=40.00"
    made = paid(decide(stage, decision="post", set_invoices=mended))
    assert [one.marker for one in made] == [part.payment.marker for part in entry.parts]
    stage.post()
    assert stage.statuses() == ["posted"]
    assert stage.booked() == [part_marker(entry.id, 1)]


def test_what_a_rule_said_of_kind_and_reference_holds_after_a_decision(
    stage: Stage,
) -> None:
    one = replace(payment(0), marker="BK1", kind="wire", reference="from a rule")
    (entry,) = take_in(stage, (notice(), Pay((one,), Evidence("a test"))))
    stage.journal.hold(entry.id, entry.version, hold(SHARE, reason=Reason.UNPAYABLE))
    (made,) = paid(decide(stage, decision="post"))
    assert (made.kind, made.reference) == ("wire", "from a rule")


def test_remember_keeps_the_name_as_the_bank_writes_it(stage: Stage) -> None:
    one_held(stage, SHARE, remitter="  ROSEWOOD   FLORAL ")
    (alias,) = decide(stage, decision="remember").aliases
    assert (alias.remitter, alias.customer) == ("ROSEWOOD FLORAL", "10442")


def test_nobody_cannot_be_remembered(stage: Stage) -> None:
    one_held(stage, SHARE, remitter="")
    with pytest.raises(FileRefused, match="names no remitter to remember"):
        decide(stage, decision="remember")


def test_a_remitter_is_never_remembered_as_another_customer(stage: Stage) -> None:
    one_held(stage, SHARE, remitter="Acme")
    known = Alias("ACME", "", "C10451", "2026-01-01", "review", "", 2)
    with pytest.raises(FileRefused, match='"Acme" is remembered as customer C10451'):
        decide_by(books(aliases=(known,)), stage, decision="remember")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda line: line.replace("note", "decision"), "has columns twice: decision"),
        (lambda line: line.replace("note", "colour"), "no result CSV has: colour"),
        (lambda line: line + ",,more", "cells under a header of 24"),
        (lambda line: line.replace('"', "") + '"', "is no sound CSV"),
    ],
)
def test_a_file_that_is_no_result_any_more_is_refused(
    stage: Stage, change: Any, sentence: str
) -> None:
    one_held(stage, SHARE)
    path, _ = rows_of(stage)
    head, row, _ = path.read_text(encoding="utf-8-sig").split("\n")
    if "columns" in sentence or "result CSV" in sentence:
        head = change(head.rstrip("\r"))
    else:
        row = change(row.rstrip("\r"))
    path.write_text(f"{head}\n{row}\n", encoding="utf-8")
    with pytest.raises(FileRefused, match=sentence):
        review.apply(path, stage.journal, books())


def test_a_bank_file_whose_words_are_alike_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text("remittance advice,conversion,decision date\n1,2,3\n")
    assert not review.recognise(path)
    path.write_text("remittance,version\n1,2\n")
    assert not review.recognise(path)
    assert not review.recognise(tmp_path / "not there")


def test_a_result_saved_as_unicode_text_is_read(stage: Stage) -> None:
    one_held(stage, SHARE)
    path, rows = rows_of(stage)
    lines = ["\t".join(rows[0]), "\t".join((rows[0] | {"decision": "post"}).values())]
    path.write_text("\r\n".join(lines), encoding="utf-16")
    assert review.recognise(path)
    assert paid(review.apply(path, stage.journal, books()))


def test_a_result_saved_as_a_workbook_is_read(stage: Stage) -> None:
    one_held(stage, SHARE)
    path, rows = rows_of(stage)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    cells: dict[str, Any] = {**rows[0], "decision": "post"}
    typed = {"amount": 100, "value_date": date(2026, 3, 16), "row": 2, "version": 1}
    sheet.append(list(cells))
    sheet.append([typed.get(name, cell) for name, cell in cells.items()])
    saved = path.with_suffix(".xlsx")
    book.save(saved)
    assert review.recognise(saved)
    assert paid(review.apply(saved, stage.journal, books()))


def test_a_workbook_of_a_bank_is_no_result(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Date", "Amount"])
    book.save(tmp_path / "bank.xlsx")
    assert not review.recognise(tmp_path / "bank.xlsx")
    (tmp_path / "bank.xlsx").write_bytes(b"PK\x03\x04 and no more")
    assert not review.recognise(tmp_path / "bank.xlsx")


@pytest.mark.parametrize(
    ("cell", "was"),
    [
        ("1500", "1500.00"),
        ("1.500,00", "1500.00"),
        ("1.500", "1500.00"),
        ("$1,500.00", "1500.00"),
        ("09.03.26", "2026-03-09"),
        ("1 500,00", "1500.00"),
        ("1,500", "1.500"),
        ("-45", "-45.00"),
        ("(45.00)", "-45.00"),
        ("91", "0091"),
        ("1.23457E+15", "1234567890123456"),
        ("1,23457E+15", "1234567890123456"),
        ("16.03.2026", "2026-03-16"),
        ("3/16/26", "2026-03-16"),
        ("2026-03-16 00:00:00", "2026-03-16"),
        ("INV  1\nx", "INV 1 x"),
        ("? Caf\u00e9", "\u0141 Caf\u00e9"),
    ],
)
def test_what_a_spreadsheet_retypes_is_the_same(cell: str, was: str) -> None:
    assert is_same(cell, was, "USD")


@pytest.mark.parametrize(
    ("cell", "was"),
    [
        ("1500.01", "1500.00"),
        ("", "1500.00"),
        ("0", ""),
        ("150000", "1500.00"),
        ("45.00", "-45.00"),
        ("1.23458E+15", "1234567890123456"),
        ("17.03.2026", "2026-03-16"),
        ("16.03.2027", "2026-03-16"),
        ("INV 2", "INV 1"),
        ("NaN", "1500.00"),
    ],
)
def test_what_a_person_changed_is_not(cell: str, was: str) -> None:
    assert not is_same(cell, was, "USD")


def test_rows_are_told_by_the_line_that_a_spreadsheet_shows(stage: Stage) -> None:
    one_held(stage, SHARE, text="two\nlines")
    path, _ = rows_of(stage)
    assert [row.line for row in read(path)] == [2]
