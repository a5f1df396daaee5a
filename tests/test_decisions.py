"""Every decision as a clerk lives it, from the bank's file to the ERP's own book.

A story is told over the real command line: run, open the result, write a decision,
run that, and look into the book, the next result and the ledger.
"""

import getpass
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from clerk import Clerk, read, workplace

from importer.journal import Journal

SHORT = "ROSEDALE FLORISTS INC|INV 10251|800.00|A1"
NOBODY = "JKL HOLDINGS|TRACE 0911|1150.00|A2"
KNOWN = "DAISY CHAIN FLORIST|MARCH|415.00|A3"
EXACT = "STEMS DIRECT|INV 10244|1118.20|A4"

PATIENCE_SECONDS = 120

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
    assert clerk.decides("A1", decision="post", set_invoices=said).code == 0
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
    assert "skip needs a reason" in clerk.refused("A2", decision="skip")
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
        "remitter": "JKL HOLDINGS",
        "account": "",
        "customer": "10568",
        "since": today,
        "by": getpass.getuser(),
        "note": "",
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


def in_doubt(clerk: Clerk, row: str = EXACT) -> dict[str, str]:
    """Let a payment's answer be lost, and the payment with it."""
    clerk.sandbox.accident("drop", applies="no")
    assert clerk.taken(row).code == 1
    found = clerk.rows()[row.rpartition("|")[2]]
    assert found["status"] == "in_doubt"
    return found


def test_in_doubt_and_entered_by_hand_takes_its_number(clerk: Clerk) -> None:
    in_doubt(clerk)
    number = clerk.sandbox.enter("10560", "10244", "1118.20")
    note = "entered it myself"
    assert clerk.decides("A4", decision=f"posted {number}", note=note).code == 0
    assert only(clerk)["control"] == number
    assert_posted(clerk, "A4", number)


def test_a_number_that_the_erp_does_not_show_is_refused(clerk: Clerk) -> None:
    in_doubt(clerk)
    why = clerk.refused("A4", decision="posted 88123")
    assert "the ERP shows no payment 88123 within a month of its day" in why
    assert "hint: look the number up there again" in why


@pytest.mark.parametrize(
    ("customer", "invoice", "amount", "sentence"),
    [
        ("10560", "10244", "1118.00", "Stems Direct, 1118.00 of "),
        ("10443", "10251", "812.60", "Rosedale Florists, 812.60 of "),
        ("10470", "10218", "1118.20", "Magnolia Street Flowers, 1118.20 of "),
    ],
)
def test_the_number_of_another_payment_is_refused(
    clerk: Clerk, customer: str, invoice: str, amount: str, sentence: str
) -> None:
    in_doubt(clerk)
    number = clerk.sandbox.enter(customer, invoice, amount)
    why = clerk.refused("A4", decision=f"posted {number}")
    assert f"the ERP shows {number} as {sentence}" in why
    assert "this is Stems Direct, 1118.20" in why


def test_the_number_of_another_remittance_is_refused(clerk: Clerk) -> None:
    same = "PALMETTO GROCERS|STANDING ORDER|480.00|"
    clerk.taken(f"{same}P1", f"{same}P2")
    assert clerk.decides("P1", decision="post").code == 1
    number = only(clerk)["control"]
    why = clerk.refused("P2", decision=f"posted {number}")
    assert f"{number} is the payment of another remittance, BK" in why


def test_a_reversal_is_no_payment(clerk: Clerk) -> None:
    in_doubt(clerk)
    number = clerk.sandbox.enter("10560", "10244", "1118.20")
    twin = clerk.sandbox.reverse(number)
    assert "is no money that came in" in clerk.refused("A4", decision=f"posted {twin}")


def test_no_number_is_believed_while_the_erp_is_away(clerk: Clerk) -> None:
    in_doubt(clerk)
    before = clerk.rows()
    clerk.sandbox.accident("status", status=500, method="payment.list", times=9)
    told = clerk.decides("A4", decision="posted 88001")
    assert told.code == 3
    assert clerk.rows() == before


def test_what_is_held_and_entered_by_hand_takes_its_number(clerk: Clerk) -> None:
    clerk.taken(SHORT, NOBODY)
    first = clerk.sandbox.enter("10443", "10251", "800.00")
    second = clerk.sandbox.enter("10568", "10245", "1150.00")
    assert clerk.decides("A1", decision=f"posted {first}").code == 1
    assert clerk.decides("A2", decision=f"posted {second}").code == 0
    assert_posted(clerk, "A1", first)
    assert_posted(clerk, "A2", second)
    assert len(clerk.booked()) == 2


def test_who_was_meant_to_pay_may_be_another(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    number = clerk.sandbox.enter("10470", "10217", "800.00")
    decision = f"posted {number}"
    assert "set_customer" in clerk.refused("A1", decision=decision)
    assert clerk.decides("A1", decision=decision, set_customer="MAGNO").code == 0
    assert_posted(clerk, "A1", number)


def test_send_again_is_asked_twice_and_then_sent_once(clerk: Clerk) -> None:
    in_doubt(clerk)
    assert clerk.decides("A4", decision="send again").code == 1
    row = clerk.rows()["A4"]
    assert row["status"] == "held"
    assert "send again was asked once" in row["reason"]
    assert "booked twice" in row["reason"]
    assert "write send again once more" in row["reason"]
    assert clerk.booked() == []
    assert clerk.decides("A4", decision="send again").code == 0
    assert_posted(clerk, "A4", only(clerk)["control"])


def test_the_first_order_given_twice_is_still_the_first(clerk: Clerk) -> None:
    in_doubt(clerk)
    order = clerk.saved({"A4": {"decision": "send again"}})
    assert clerk.importer("run", order).code == 1
    told = clerk.importer("run", order)
    assert (told.code, clerk.booked()) == (1, [])
    assert "decided.csv: its decisions were applied before" in told.text
    # Saved anew, it is another file; the row has another version by now.
    order.write_bytes(order.read_bytes() + b"\r\n")
    told = clerk.importer("run", order)
    assert (told.code, clerk.booked()) == (2, [])
    assert "has changed since it was written out; take a new result" in told.text


def test_send_again_finds_what_has_come_in_meanwhile(clerk: Clerk) -> None:
    clerk.sandbox.accident("drop", applies="late", late=0.2)
    clerk.taken(EXACT)
    clerk.decides("A4", decision="send again")
    time.sleep(0.3)
    clerk.sandbox.book()
    clerk.decides("A4", decision="send again")
    assert_posted(clerk, "A4", only(clerk)["control"])


@pytest.mark.parametrize("said", ["post", "remember", "skip"])
def test_in_doubt_takes_no_other_decision(clerk: Clerk, said: str) -> None:
    in_doubt(clerk)
    why = clerk.refused("A4", decision=said, note="n")
    assert "the ERP may have it" in why
    assert "hint: in doubt takes: posted 88123, or send again" in why


def refuse(clerk: Clerk) -> None:
    """Let the ERP say no to the next payment."""
    clerk.sandbox.accident("refuse", applies="no")


def test_what_was_refused_is_corrected_and_posted_anew(clerk: Clerk) -> None:
    refuse(clerk)
    assert clerk.taken(EXACT).code == 1
    row = clerk.rows()["A4"]
    assert row["status"] == "refused"
    assert "Something is not right" in row["reason"]
    said = {"decision": "post", "set_invoices": "10244=1000.00; unapplied 118.20"}
    assert clerk.decides("A4", **said).code == 0
    assert only(clerk)["invoices"] == on(i10244="1000.00")
    assert_posted(clerk, "A4", only(clerk)["control"])


def test_what_was_refused_is_posted_as_it_was(clerk: Clerk) -> None:
    refuse(clerk)
    clerk.taken(EXACT)
    assert clerk.decides("A4", decision="post").code == 0
    assert only(clerk)["total"] == "1118.20"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pots", "post"),
        ("psoted 88123", "posted"),
        ("sikp", "skip"),
        ("remeber", "remember"),
        ("sned again", "send again"),
    ],
)
def test_a_typing_error_is_answered_with_what_was_meant(
    clerk: Clerk, typed: str, meant: str
) -> None:
    clerk.taken(SHORT)
    why = clerk.refused("A1", decision=typed, note="n")
    assert f'no decision is called "{typed}"' in why
    assert f"hint: did you mean {meant}? decision takes post, remember" in why


def test_what_is_nothing_is_answered_with_all_there_is(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    assert "hint: decision takes post, remember" in clerk.refused("A1", decision="??")


@pytest.mark.parametrize("said", ["post", "skip", "posted 88001", "send again"])
def test_what_is_posted_takes_no_decision(clerk: Clerk, said: str) -> None:
    clerk.taken(EXACT)
    number = only(clerk)["control"]
    why = clerk.refused("A4", decision=said, note="n")
    assert f"it is posted under {number}" in why
    assert "hint: take the decision out" in why


def test_the_same_file_dropped_twice_is_applied_once(clerk: Clerk) -> None:
    clerk.taken(NOBODY)
    said = {"set_customer": "10568", "set_invoices": "on account"}
    path = clerk.saved({"A2": {"decision": "remember", **said}})
    again = path.read_bytes()
    clerk.importer("run", path)
    before = clerk.rows(), clerk.booked()
    aliases = clerk.root / "mappings" / "customers.csv"
    text = aliases.read_text(encoding="utf-8")
    assert text.count("JKL HOLDINGS") == 1
    # What was taken back by hand stays so.
    aliases.write_text(text.replace("JKL HOLDINGS", "JKL"), encoding="utf-8")
    (clerk.root / "inbox" / "under another name.csv").write_bytes(again)
    told = clerk.watch()
    assert told.code == 0
    assert "its decisions were applied before" in told.text
    assert (clerk.rows(), clerk.booked()) == before
    assert "JKL HOLDINGS" not in aliases.read_text(encoding="utf-8")


def test_what_cannot_be_remembered_is_not_posted_either(clerk: Clerk) -> None:
    clerk.taken(NOBODY)
    (clerk.root / "mappings" / ".customers.csv.tmp").mkdir()
    said = {"set_customer": "10568", "set_invoices": "on account"}
    told = clerk.decides("A2", decision="remember", **said)
    assert told.code == 2
    assert "what is remembered cannot be written" in told.text
    assert clerk.rows()["A2"]["status"] == "held"
    assert clerk.booked() == []


def test_of_two_clerks_with_one_file_the_second_is_told_which_row(clerk: Clerk) -> None:
    clerk.taken(SHORT, NOBODY, KNOWN)
    said = {"decision": "skip", "note": "n"}
    first = clerk.saved({"A1": {"decision": "post"}, "A2": said}, to="anna.csv")
    second = clerk.saved({"A2": said, "A3": said}, to="ben.csv")
    third = clerk.saved({"A3": said}, to="carl.csv")
    line = 2 + list(clerk.rows()).index("A2")
    assert clerk.importer("run", first).code == 1
    told = clerk.importer("run", second)
    assert told.code == 2
    assert f"ben.csv:{line}: " in told.text
    assert "1150.00 USD, JKL HOLDINGS, A2" in told.text
    assert "take a new result" in told.text
    assert clerk.rows()["A3"]["status"] == "held"
    # Who decided about other rows is not in the way.
    assert clerk.importer("run", third).code == 0
    assert clerk.rows()["A3"]["status"] == "skipped"


def test_one_sheet_may_decide_about_several_files(clerk: Clerk) -> None:
    clerk.taken(SHORT)
    clerk.taken(NOBODY, name="FNB_other.csv")
    rows = [clerk.rows()["A1"], clerk.rows("FNB_other.csv")["A2"]]
    rows[0]["decision"] = "post"
    rows[1] |= {"decision": "skip", "note": "rent"}
    told = clerk.importer("run", clerk.save(rows))
    assert (told.code, len(clerk.booked())) == (0, 1)
    assert "FNB_today.csv: 1 row, 800.00 USD" in told.text
    assert "FNB_other.csv: 1 row," in told.text
    assert_posted(clerk, "A1", only(clerk)["control"])
    assert clerk.rows("FNB_other.csv")["A2"]["status"] == "skipped"


def test_several_wrong_rows_are_all_named_at_once(clerk: Clerk) -> None:
    clerk.taken(SHORT, NOBODY, KNOWN)
    path = clerk.saved(
        {
            "A1": {"decision": "pots"},
            "A2": {"decision": "skip"},
            "A3": {"decision": "", "set_customer": "10568"},
        }
    )
    told = clerk.importer("run", path)
    assert told.code == 2
    for said in (", A1\n", ", A2\n", ", A3\n", '"set_customer" is filled, but'):
        assert said in told.text
    assert {row["status"] for row in clerk.rows().values()} == {"held"}


def test_what_differs_in_the_erp_is_mended_there_first(clerk: Clerk) -> None:
    clerk.sandbox.accident("drop", applies="yes")
    how = {"method": "payment.list", "status": 500, "after": 1, "times": 9}
    clerk.sandbox.accident("status", **how)
    assert clerk.taken(EXACT).code == 3
    clerk.sandbox.clear()
    number = only(clerk)["control"]
    clerk.sandbox.edit(number, "1118.00")
    assert clerk.importer("settle").code == 1
    row = clerk.rows()["A4"]
    assert row["status"] == "held"
    assert row["reason"].startswith("differs-in-erp: ")
    decision = f"posted {number}"
    assert "mend it in the ERP" in clerk.refused("A4", decision=decision)
    clerk.sandbox.edit(number, "1118.20")
    assert clerk.decides("A4", decision=decision).code == 0
    assert_posted(clerk, "A4", number)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_each_of_two_payments_takes_the_number_that_is_its_own(
    clerk: Clerk, order: tuple[int, int]
) -> None:
    """The first has no answer, so that the second is not sent; both are entered."""
    clerk.taken(SHORT)
    clerk.sandbox.accident("drop", applies="no")
    said = "10443: 10251=500.00 / 10470: 10217=300.00"
    clerk.decides("A1", decision="post", set_invoices=said)
    assert clerk.rows()["A1"]["status"] == "in_doubt"
    numbers = (
        clerk.sandbox.enter("10443", "10251", "500.00"),
        clerk.sandbox.enter("10470", "10217", "300.00"),
    )
    first, second = (numbers[place] for place in order)
    clerk.decides("A1", decision=f"posted {first}")
    row = clerk.rows()["A1"]
    assert row["status"] in {"held", "in_doubt"}
    assert row["control_number"] == str(first)
    clerk.decides("A1", decision=f"posted {second}")
    assert_posted(clerk, "A1", *numbers)
    assert len(clerk.booked()) == 2


def test_the_rest_of_what_a_person_entered_is_sent_on_their_word_alone(
    clerk: Clerk,
) -> None:
    clerk.taken(SHORT)
    clerk.sandbox.accident("drop", applies="no")
    said = "10443: 10251=500.00 / 10470: 10217=300.00"
    clerk.decides("A1", decision="post", set_invoices=said)
    number = clerk.sandbox.enter("10443", "10251", "500.00")
    assert clerk.decides("A1", decision=f"posted {number}").code == 1
    row = clerk.rows()["A1"]
    assert f"a person saw {number} in the ERP; the rest was not sent" in row["reason"]
    assert "10470: 10217=300.00. Write post to send it" in row["reason"]
    assert len(clerk.booked()) == 1
    assert clerk.decides("A1", decision="post").code == 0
    assert_posted(clerk, "A1", number, clerk.booked()[-1]["control"])
    assert clerk.booked()[-1]["customer"] == 10470


def test_a_decision_given_while_the_watcher_sends_comes_too_late_or_counts(
    clerk: Clerk,
) -> None:
    """What is under way is not decided any more; what waits is."""
    path = clerk.statement(EXACT, "BLOOM & STEM LLC|INV 10205|1240.00|A5", SHORT)
    clerk.importer("run", "--no-post", path)
    late = clerk.saved({"A4": {"decision": "skip", "note": "n"}}, to="late.csv")
    good = clerk.saved({"A1": {"decision": "post"}}, to="good.csv")
    clerk.sandbox.accident("slow", seconds=3, times=2)
    with watching(clerk) as watcher:
        wait(lambda: "posting" in statuses(clerk))
        told = clerk.importer("run", "--no-post", late)
        assert told.code == 2
        assert "A4" in told.text
        assert "has changed since it was written out" in told.text
        (clerk.root / "inbox" / good.name).write_bytes(good.read_bytes())
        wait(lambda: statuses(clerk) == {"posted"})
        assert watcher.poll() is None
    assert sorted(one["total"] for one in clerk.booked()) == [
        *("1118.20", "1240.00", "800.00")
    ]


def statuses(clerk: Clerk) -> set[str]:
    """Ask the journal how remittances stand."""
    with Journal.open(f"sqlite:///{clerk.root / 'journal.db'}") as journal:
        return {one.status for one in journal.entries()}


@contextmanager
def watching(clerk: Clerk) -> "Iterator[subprocess.Popen[bytes]]":
    """Let a watcher work in the workspace, as a process of its own."""
    command = [sys.executable, "-m", "importer", "watch", "--workspace"]
    with subprocess.Popen(
        [*command, str(clerk.root)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield process
        process.terminate()


def wait(until: Callable[[], bool]) -> None:
    """Wait for what must come to pass soon."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
