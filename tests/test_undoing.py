"""What a file has put into the ERP, as a list for whoever has to take it out."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from clerk import STATEMENT, Clerk, read, workplace

EXACT = "STEMS DIRECT|INV 10244|1118.20|A1"
OTHER = "BLOOM & STEM LLC|INV 10205|1240.00|A2"
HELD = "JKL HOLDINGS|TRACE 0911|1150.00|A3"


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with workplace(tmp_path) as one:
        yield one


def undo(clerk: Clerk, *more: str, file: str = STATEMENT) -> tuple[int, str]:
    told = clerk.importer("ledger", "--file", file, "--undo", *more)
    return told.code, told.text


def test_every_control_number_is_listed_with_what_to_do(clerk: Clerk) -> None:
    clerk.taken(EXACT, OTHER, HELD)
    split = "10443: 10251=812.60 / 10470: 10217=300.00; unapplied 37.40"
    clerk.decides("A3", decision="post", set_invoices=split)
    code, text = undo(clerk, "--out", str(clerk.root / "undo.csv"))
    assert code == 1
    assert "posted: cancel it in Komet Sales" in text
    assert "posted: 4 payments, 3,508.20 USD" in text
    lines = read(clerk.root / "undo.csv")
    booked = {str(one["control"]): one for one in clerk.booked()}
    assert {line["control_number"] for line in lines} == booked.keys()
    for line in lines:
        there = booked[line["control_number"]]
        assert line["amount"] == there["total"]
        assert line["customer"] == str(there["customer"])
        assert line["reference"] == there["reference"]
        assert line["day"] == there["date"]
        assert line["control_number"] in text
    (last,) = (line for line in lines if line["customer"] == "10470")
    assert last["invoices"] == "10217=300.00; unapplied 37.40"


def test_the_list_is_one_json_document(clerk: Clerk) -> None:
    clerk.taken(EXACT)
    document = json.loads(undo(clerk, "--json")[1])
    (line,) = document["undo"]
    assert document["sums"] == {
        "posted": {"USD": "1118.20"},
        "in doubt": {},
        "ready": {},
    }
    assert (line["amount"], line["day"]) == ("1118.20", "2026-03-16")
    assert line["stands"] == "posted"


def test_what_is_in_doubt_is_said_with_what_to_look_for(clerk: Clerk) -> None:
    clerk.sandbox.accident("drop", applies="no")
    clerk.taken(EXACT)
    key = clerk.rows()["A1"]["remittance"]
    code, text = undo(clerk)
    assert code == 1
    assert "in doubt: importer settle finds out whether it is in the ERP" in text
    assert f"for the reference {key}" in text
    assert "in doubt: 1 payments, 1,118.20 USD" in text
    # Held by a person's first order, it may be there as before.
    clerk.decides("A1", decision="send again")
    assert "in doubt: 1 payments, 1,118.20 USD" in undo(clerk)[1]


def test_what_would_be_sent_yet_is_said(clerk: Clerk) -> None:
    path = clerk.statement(EXACT, HELD)
    clerk.importer("run", "--no-post", path)
    code, text = undo(clerk)
    assert code == 1
    assert "ready: nothing is in the ERP yet: write skip into its result" in text
    assert "JKL" not in text


def test_what_a_person_entered_by_hand_is_part_of_it(clerk: Clerk) -> None:
    clerk.taken(HELD)
    number = clerk.sandbox.enter("10568", "10245", "1150.00")
    clerk.decides("A3", decision=f"posted {number}", note="typed in")
    text = undo(clerk)[1]
    assert str(number) in text
    assert "row 2: a person saw it in the ERP: typed in" in text


def test_nothing_in_the_erp_is_nothing_to_undo(clerk: Clerk) -> None:
    clerk.taken(HELD)
    assert undo(clerk)[0] == 0
    assert "nothing of it is in the ERP, and nothing would be sent" in undo(clerk)[1]


def test_of_two_files_with_one_name_the_digest_says_which(clerk: Clerk) -> None:
    clerk.taken(EXACT)
    clerk.taken(OTHER)
    code, text = undo(clerk)
    assert code == 2
    assert f'2 files are called "{STATEMENT}"' in text
    digests = [line.split()[0] for line in text.splitlines() if "1 remittances" in line]
    assert len(digests) == 2
    assert "10205" in undo(clerk, file=digests[1])[1]
    assert "10205" not in undo(clerk, file=digests[0])[1]


def test_a_file_that_nobody_knows_is_answered_with_those_that_are(clerk: Clerk) -> None:
    clerk.taken(EXACT)
    code, text = undo(clerk, file="FNB_tody.csv")
    assert code == 2
    assert 'no file called "FNB_tody.csv" was taken in' in text
    assert f"1 remittances  {STATEMENT}" in text


def test_crmcom_has_words_of_its_own(tmp_path: Path) -> None:
    with workplace(tmp_path, crmcom=True) as clerk:
        clerk.taken(OTHER)
        assert "posted: cancel it in CRM.COM, by its payment number" in undo(clerk)[1]


@pytest.mark.parametrize(
    "options", [("--undo",), ("--file", "a", "--undo", "--to", "2026-03-01")]
)
def test_without_a_file_or_with_days_it_is_no_list(
    clerk: Clerk, options: tuple[str, ...]
) -> None:
    told = clerk.importer("ledger", *options)
    assert (told.code, "--undo needs --file NAME" in told.text) == (2, True)
