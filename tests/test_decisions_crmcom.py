"""A clerk's decisions where the ERP is CRM.COM: no amounts, and each code only once."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from clerk import Clerk, workplace

EXACT = "BLOOM & STEM LLC|INV 10205|1240.00|A1"
THREE = "KEY WEST BLOSSOMS|MARCH|1236.25|A2"
PAY = "payments/pay_invoice"


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with workplace(tmp_path, crmcom=True) as one:
        yield one


def doubtful(clerk: Clerk) -> None:
    """Let a payment's answer be lost, and the payment with it."""
    clerk.sandbox.accident("drop", method=PAY, applies="no")
    assert clerk.taken(EXACT).code == 1
    assert clerk.rows()["A1"]["status"] == "in_doubt"


def test_other_invoices_are_as_many_payments(clerk: Clerk) -> None:
    clerk.taken(THREE)
    said = {
        "set_customer": "10497",
        "set_invoices": "10232=642.10; 10234=318.75; 10238=275.40",
    }
    assert clerk.decides("A2", decision="post", **said).code == 0
    booked = clerk.booked()
    assert [one["total"] for one in booked] == ["642.10", "318.75", "275.40"]
    row = clerk.rows()["A2"]
    numbers = " / ".join(str(one["control"]) for one in booked)
    assert (row["status"], row["control_number"]) == ("posted", numbers)
    assert clerk.ledger()["A2"]["control_number"] == numbers


def test_a_split_over_two_customers(clerk: Clerk) -> None:
    clerk.taken("KEY WEST BLOSSOMS|MARCH|1882.10|A2")
    said = "10497: 10232=642.10 / 10451: 10205=1240.00"
    assert clerk.decides("A2", decision="post", set_invoices=said).code == 0
    assert [one["customer"] for one in clerk.booked()] == [10497, 10451]


def test_less_than_is_outstanding_is_refused_with_what_to_do(clerk: Clerk) -> None:
    clerk.taken(THREE)
    said = {
        "set_customer": "10497",
        "set_invoices": "10232=642.00; 10234=318.75; 10238=275.50",
    }
    why = clerk.refused("A2", decision="post", **said)
    assert "1236.25 USD, KEY WEST BLOSSOMS, A2" in why
    assert "hint: " in why


def test_a_number_is_shown_and_taken(clerk: Clerk) -> None:
    doubtful(clerk)
    number = clerk.sandbox.enter("10451", "10205", "1240.00")
    assert clerk.decides("A1", decision=f"posted {number}").code == 0
    assert len(clerk.booked()) == 1
    assert clerk.rows()["A1"]["control_number"] == str(number)


def test_a_number_that_is_not_there_or_of_another_amount_is_refused(
    clerk: Clerk,
) -> None:
    doubtful(clerk)
    assert "the ERP shows no payment 88123" in clerk.refused(
        "A1", decision="posted 88123"
    )
    number = clerk.sandbox.enter("10451", "10211", "1986.45")
    why = clerk.refused("A1", decision=f"posted {number}")
    assert f"the ERP shows {number} as 1986.45 of " in why
    assert "this is Bloom & Stem LLC, 1240.00" in why


def test_the_payment_of_another_remittance_is_refused(clerk: Clerk) -> None:
    doubtful(clerk)
    clerk.taken("BLOOM & STEM LLC|INV 10211|1986.45|B1", name="FNB_other.csv")
    number = clerk.booked()[0]["control"]
    why = clerk.refused("A1", decision=f"posted {number}")
    assert f"{number} is the payment of another remittance, BK" in why


def test_send_again_is_asked_twice_and_then_sent_once(clerk: Clerk) -> None:
    doubtful(clerk)
    assert clerk.decides("A1", decision="send again").code == 1
    assert "send again was asked once" in clerk.rows()["A1"]["reason"]
    assert clerk.booked() == []
    assert clerk.decides("A1", decision="send again").code == 0
    assert len(clerk.booked()) == 1
    assert clerk.rows()["A1"]["status"] == "posted"
