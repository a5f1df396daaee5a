"""Every decision as a clerk lives it, from the bank's file to the ERP's own book.

A story is told over the real command line: run, open the result, write a decision,
run that, and look into the book, the next result and the ledger.
"""

import getpass
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from clerk import Clerk, read, workplace

SHORT = "ROSEDALE FLORISTS INC|INV 10251|800.00|A1"
NOBODY = "JKL HOLDINGS|TRACE 0911|1150.00|A2"
KNOWN = "DAISY CHAIN FLORIST|MARCH|415.00|A3"
EXACT = "STEMS DIRECT|INV 10244|1118.20|A4"

Paid = dict[str, dict[str, str]]


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with workplace(tmp_path) as one:
        yield one


def only(clerk: Clerk) -> dict[str, Any]:
    """Return the only payment of the book."""
    (payment,) = clerk.booked()
    return payment


def on(**invoices: str) -> Paid:
    """Write what stands on invoices: their numbers, and amount or amount-discount."""
    paid = {}
    for name, said in invoices.items():
        amount, _, discount = said.partition("-")
        paid[name.removeprefix("i")] = {
            "amount": amount,
            "discount": discount or "0.00",
        }
    return paid


def assert_posted(clerk: Clerk, reference: str, *numbers: int) -> None:
    """See the same control numbers in the next result and in the ledger."""
    shown = " / ".join(map(str, numbers))
    row, line = clerk.rows()[reference], clerk.ledger()[reference]
    assert (row["status"], row["control_number"]) == ("posted", shown)
    assert (line["status"], line["control_number"]) == ("posted", shown)
    assert (row["decision"], row["set_customer"], row["set_invoices"]) == ("", "", "")


def test_post_takes_the_suggestion(clerk: Clerk) -> None:
    assert clerk.taken(SHORT).code == 1
    row = clerk.rows()["A1"]
    assert (row["status"], row["suggestion"]) == ("held", "10443: 10251=800.00")
    assert clerk.booked() == []
    told = clerk.decides("A1", decision="post")
    assert told.code == 0
    assert "decided.csv: 1 decisions applied" in told.text
    paid = only(clerk)
    assert (paid["customer"], paid["total"]) == (10443, "800.00")
    assert (paid["date"], paid["invoices"]) == ("2026-03-16", on(i10251="800.00"))
    assert paid["reference"] == f"A1 {row['remittance']}"
    assert_posted(clerk, "A1", paid["control"])


def test_the_same_dropped_into_the_inbox_of_a_watcher(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    path = clerk.saved({"A1": {"decision": "post"}})
    path.rename(clerk.root / "inbox" / path.name)
    assert clerk.watch().code == 0
    assert list((clerk.root / "inbox").iterdir()) == []
    assert_posted(clerk, "A1", only(clerk)["control"])


def test_post_with_another_customer(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    said = {"set_customer": "10470", "set_invoices": "10217=610.25; unapplied 189.75"}
    assert clerk.decides("A1", decision="post", **said).code == 0
    paid = only(clerk)
    assert (paid["customer"], paid["total"]) == (10470, "800.00")
    assert paid["invoices"] == on(i10217="610.25")
    assert_posted(clerk, "A1", paid["control"])
    assert clerk.rows()["A1"]["unapplied"] == "189.75"


def test_the_customer_may_be_named_by_code_and_in_the_invoices(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    said = "MAGNO: 10217=610.25; unapplied 189.75"
    assert clerk.decides("A1", decision="post", set_invoices=said).code == 0
    assert only(clerk)["customer"] == 10470


def test_post_with_other_invoices_amounts_and_discounts(clerk: Clerk) -> None:
    clerk.taken("MAGNOLIA ST FLOWERS|MARCH|1300.00|A1")
    said = "10217=600.00 disc 10.25; 10218=700.00 disc 12.00"
    assert clerk.decides("A1", decision="post", set_invoices=said).code == 1 - 1
    paid = only(clerk)
    assert paid["total"] == "1300.00"
    assert paid["invoices"] == on(i10217="600.00-10.25", i10218="700.00-12.00")
    assert clerk.rows()["A1"]["invoices"] == said


def test_a_split_over_two_customers_is_two_payments(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    said = "10443: 10251=500.00; unapplied 20.00 / 10470: 10217=280.00"
    assert clerk.decides("A1", decision="post", set_invoices=said).code == 0
    first, second = clerk.booked()
    assert (first["customer"], first["total"]) == (10443, "520.00")
    assert (second["customer"], second["total"]) == (10470, "280.00")
    assert (first["invoices"], second["invoices"]) == (
        on(i10251="500.00"),
        on(i10217="280.00"),
    )
    assert_posted(clerk, "A1", first["control"], second["control"])
    row = clerk.rows()["A1"]
    assert (row["customer"], row["invoices"]) == ("10443 / 10470", said)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("10443: 10251=500.00 / 10470: 10217=280.00", "write the rest as: unapplied"),
        ("10443: 10251=520.01 / 10470: 10217=280.00", "come to 800.01"),
        ("10443: 10251=520.00 / 10470: 10244=280.00", "10244 is of customer 10560"),
        ("10443: 10251=400.00 / 10443: 10251=400.00", "stands twice"),
        ("10443: 10251=520.00 10470: 10217=280.00", "set_invoices"),
        ("10251=five hundred", "set_invoices"),
        ("99999=800.00", "invoice 99999 is not open"),
        ("10443: 10251=520.005 / 10470: 10217=279.995", "USD has no amount of"),
    ],
)
def test_a_split_that_is_not_sound_is_refused(
    clerk: Clerk, said: str, sentence: str
) -> None:
    clerk.taken(SHORT)
    why = clerk.refused("A1", decision="post", set_invoices=said)
    assert sentence in why
    assert "hint: " in why


def test_on_account(clerk: Clerk) -> None:
    clerk.taken(NOBODY)
    said = {"set_customer": "10568", "set_invoices": "on account"}
    assert clerk.decides("A2", decision="post", **said).code == 0
    paid = only(clerk)
    assert (paid["customer"], paid["total"]) == (10568, "1150.00")
    assert paid["invoices"] == {}
    assert_posted(clerk, "A2", paid["control"])
    assert clerk.rows()["A2"]["unapplied"] == "1150.00"


def test_skip_takes_a_reason_and_only_with_one(clerk: Clerk) -> None:
    clerk.taken(NOBODY)
    assert "skip needs a reason in note" in clerk.refused("A2", decision="skip")
    note = "rent, see the contract"
    assert clerk.decides("A2", decision="skip", note=note).code == 0
    row = clerk.rows()["A2"]
    assert (row["status"], row["reason"], row["note"]) == ("skipped", note, note)
    assert clerk.booked() == []


def test_remember_posts_and_decides_the_next_file(clerk: Clerk) -> None:
    clerk.taken(NOBODY)
    key = clerk.rows()["A2"]["remittance"]
    said = {"set_customer": "DAISY", "set_invoices": "on account"}
    assert clerk.decides("A2", decision="remember", **said).code == 0
    (alias,) = (
        row
        for row in read(clerk.root / "mappings" / "customers.csv")
        if row["remitter"] == "JKL HOLDINGS"
    )
    today = datetime.now(UTC).date().isoformat()
    assert alias | {"note": ""} == {
        **{"remitter": "JKL HOLDINGS", "account": "", "customer": "10568"},
        **{"since": today, "by": getpass.getuser(), "note": ""},
    }
    assert alias["note"] == f"review of {key}"
    clerk.taken("JKL HOLDINGS|INV 10245|1.00|B1", name="FNB_next.csv")
    assert "10568" in clerk.rows("FNB_next.csv")["B1"]["evidence"]


def test_who_is_known_otherwise_is_not_remembered(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    said = {"set_customer": "10470", "set_invoices": "on account"}
    why = clerk.refused("A1", decision="remember", **said)
    assert "remembered as customer 10443 already, by customers.csv:2" in why
    assert "hint: write post" in why
