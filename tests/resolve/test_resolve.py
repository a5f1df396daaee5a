"""Deciding: whose money it is, which invoices it pays, and when a person must look."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.mapping.schema import Mapping
from importer.model import (
    AdviceLine,
    Alias,
    Customer,
    Hold,
    Invoice,
    Pay,
    Place,
    Reason,
    Remittance,
    Resolution,
    Skip,
)
from importer.resolve import Limits, resolve
from importer.resolve.snapshot import Books

DAY = date(2026, 3, 16)
CUSTOMERS = (
    Customer("10442", "ROSEW", "Rosewood Floral"),
    Customer("10451", "BLOOM", "Bloom & Stem"),
    Customer("10460", "PETAT", "Petal Pushers of Tampa"),
    Customer("10461", "PETAO", "Petal Pushers of Orlando"),
    Customer("10499", "GONE", "Gone Flowers", active=False),
)
INVOICES = (
    Invoice("10233", "10442", Decimal("500.00"), issued=date(2026, 3, 10)),
    Invoice("10240", "10442", Decimal("245.00"), issued=date(2026, 3, 1)),
    Invoice("10250", "10442", Decimal("80.00"), issued=date(2026, 3, 20)),
    Invoice("10260", "10451", Decimal("310.10"), po_number="PO-7781"),
    Invoice("10261", "10451", Decimal("310.10")),
    Invoice("10270", "10451", Decimal("-40.00")),
    Invoice("10280", "10499", Decimal("10.00")),
)
ALIASES = (
    Alias("ROSEWOOD FLORAL LLC", "", "10442", "", "", "", 2),
    Alias("", "7781", "10451", "", "", "", 3),
)


def mapping(**tables: Any) -> Mapping:
    read = {
        "account": "A",
        "currency": "USD",
        "date": {"column": "D", "format": "%Y"},
        "amount": {"column": "X"},
    }
    said = {"file": {"name": "*"}, "read": read, **tables}
    return Mapping.model_validate({"name": "m", "path": "mappings/m.toml", **said})


def remittance(amount: str, text: str = "", **more: Any) -> Remittance:
    said: dict[str, Any] = {"remitter": "ROSEWOOD FLORAL", "reference": "R1", **more}
    return Remittance(
        place=Place("f.csv", 2),
        account="A",
        currency="USD",
        amount=Decimal(amount),
        value_date=DAY,
        booking_date=DAY,
        text=text,
        identity=(),
        **said,
    )


def books(**more: Any) -> Books:
    return Books(CUSTOMERS, INVOICES, ALIASES, **more)


def decide(one: Remittance, limits: Limits | None = None, **tables: Any) -> Resolution:
    pair = [("BK0", one)]
    (found,) = resolve(pair, mapping(**tables), books(), limits or Limits())
    return found


def paid(found: Resolution) -> list[tuple[str, dict[str, str], str]]:
    assert isinstance(found, Pay), found
    return [
        (
            one.customer,
            {
                part.invoice: f"{part.amount}/{part.discount}"
                for part in one.applications
            },
            str(one.unapplied),
        )
        for one in found.payments
    ]


def held(found: Resolution) -> Reason:
    assert isinstance(found, Hold), found
    return found.reason


def test_quoted_invoices_that_add_up_are_paid_with_the_evidence() -> None:
    found = decide(remittance("745.00", "INV 10233 INV 10240"))
    assert paid(found) == [("10442", {"10233": "500.00/0", "10240": "245.00/0"}, "0")]
    assert isinstance(found, Pay)
    assert "500.00 + 245.00 = 745.00" in found.evidence.found
    assert found.payments[0].marker == "BK0"


def test_the_owner_of_the_quoted_invoices_is_the_customer() -> None:
    found = decide(remittance("500.00", "INV 10233", remitter="SOMEBODY ELSE"))
    assert paid(found)[0][0] == "10442"


@pytest.mark.parametrize(
    ("amount", "text", "remitter", "expected"),
    [
        # The amount is open twice, so that a mistyped number would fit as well.
        ("310.10", "INV 10260", "SOMEBODY ELSE", Reason.NUMBER_ALONE),
        ("600.00", "INV 10233", "SOMEBODY ELSE", Reason.NUMBER_ALONE),
        ("400.00", "INV 10233", "SOMEBODY ELSE", Reason.NUMBER_ALONE),
        ("310.10", "INV 10260", "BLOOM AND STEM FLOWERS", None),
        ("620.20", "INV 10260, 10261", "SOMEBODY ELSE", None),
    ],
)
def test_a_number_alone_speaks_for_nobody_unless_something_bears_it_out(
    amount: str, text: str, remitter: str, expected: Reason | None
) -> None:
    found = decide(remittance(amount, text, remitter=remitter))
    if expected:
        assert held(found) is expected
    else:
        assert paid(found)[0][0] == "10451"


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (remittance("5.00", "hello", remitter="NOBODY"), Reason.NO_CUSTOMER),
        (
            remittance("745.00", "INV 10233 INV 10260", remitter="X"),
            Reason.TWO_CUSTOMERS,
        ),
        (remittance("700.00", "INV 10233 INV 10240"), Reason.SHORT),
        (remittance("80.00", "INV 10250"), Reason.INVOICE_LATER),
        (
            remittance("270.10", "INV 10260 INV 10270", remitter="X"),
            Reason.CREDIT,
        ),
        (remittance("10.00", "INV 10280", remitter="X"), Reason.INACTIVE_CUSTOMER),
        (remittance("99.00", "INV 10777"), Reason.NOT_OPEN),
        (remittance("800.00", "INV 10233 INV 10299"), Reason.NOT_OPEN),
        (remittance("310.10", "INV 10260"), Reason.OTHER_CUSTOMER),
        (remittance("310.10", "10299"), Reason.NOT_OPEN),
        (remittance("245.00", "thank you"), Reason.ONE_AMOUNT),
        (remittance("33.00", "thank you"), Reason.ON_ACCOUNT),
    ],
)
def test_what_is_not_sure_is_held(one: Remittance, reason: Reason) -> None:
    assert held(decide(one)) is reason


def test_more_than_is_open_stays_unapplied() -> None:
    assert paid(decide(remittance("520.00", "INV 10233"))) == [
        ("10442", {"10233": "500.00/0"}, "20.00")
    ]
    found = decide(remittance("520.00", "INV 10233"), policy={"quoted_over": "hold"})
    assert held(found) is Reason.OVER


def test_a_short_pay_is_posted_only_where_the_policy_says_so() -> None:
    found = decide(
        remittance("700.00", "INV 10233 INV 10240"), policy={"quoted_short": "post"}
    )
    assert paid(found) == [("10442", {"10233": "500.00/0", "10240": "200.00/0"}, "0")]


def test_a_difference_within_tolerance_does_not_matter() -> None:
    found = decide(remittance("499.70", "INV 10233"), policy={"tolerance": "0.50"})
    assert paid(found) == [("10442", {"10233": "499.70/0"}, "0")]
    found = decide(remittance("499.40", "INV 10233"), policy={"tolerance": "0.50"})
    assert held(found) is Reason.SHORT


def test_early_payment_discount_is_taken_within_its_days() -> None:
    terms = {"discount": {"percent": "2", "days": 10}}
    found = decide(remittance("490.00", "INV 10233"), policy=terms)
    assert paid(found) == [("10442", {"10233": "490.00/10.00"}, "0")]
    late = decide(remittance("240.10", "INV 10240"), policy=terms)
    assert held(late) is Reason.SHORT


def test_by_amount_alone_only_where_the_policy_says_so() -> None:
    found = decide(remittance("245.00", "x"), policy={"one_invoice_amount": "post"})
    assert paid(found) == [("10442", {"10240": "245.00/0"}, "0")]
    twins = decide(
        remittance("310.10", "x", payer_account="00007781"),
        policy={"one_invoice_amount": "post"},
    )
    assert held(twins) is Reason.ONE_AMOUNT


def test_oldest_first_and_on_account_are_policies() -> None:
    off = {"one_invoice_amount": "off", "combination": "off"}
    oldest = decide(remittance("300.00", "x"), policy={**off, "oldest_first": "post"})
    assert paid(oldest) == [
        ("10442", {"10240": "245.00/0", "10233": "55.00/0"}, "0.00")
    ]
    kept = decide(remittance("300.00", "x"), policy={**off, "on_account": "post"})
    assert paid(kept) == [("10442", {}, "300.00")]


def test_an_invoice_is_paid_once_in_a_run() -> None:
    pairs = [("BK0", remittance("500.00", "INV 10233"))] * 2
    first, second = resolve(pairs, mapping(), books(), Limits())
    assert isinstance(first, Pay)
    assert held(second) is Reason.ALREADY_PAID


def test_what_our_own_payments_took_since_the_sync_is_not_open() -> None:
    taken = books(taken={"10233": Decimal("500.00")})
    pairs = [("BK0", remittance("500.00", "INV 10233"))]
    (found,) = resolve(pairs, mapping(), taken, Limits())
    assert held(found) is Reason.NOT_OPEN


def test_a_limit_holds_what_is_above_it() -> None:
    limits = Limits(per_payment=Decimal("499.99"))
    assert held(decide(remittance("500.00", "INV 10233"), limits)) is Reason.LIMIT


def test_similar_names_are_suggested_and_near_ties_all_of_them() -> None:
    found = decide(remittance("5.00", "x", remitter="PETAL PUSHERS"))
    assert isinstance(found, Hold)
    assert "Tampa" in found.sentence
    assert "Orlando" in found.sentence
    assert found.suggestion == ()


def test_rules_decide_in_order_and_name_what_they_find() -> None:
    rules = [
        {"name": "fees", "when": {"text": "fee"}, "skip": True},
        {"name": "back", "when": {"text": "returned"}, "hold": "it came back"},
        {
            "name": "bloom",
            "when": {"remitter": "^bloom", "text": r"NR (?P<invoice>\d+)"},
            "customer": "BLOOM",
            "method": "wire",
        },
    ]
    assert isinstance(decide(remittance("-5.00", "WIRE FEE"), rule=rules), Skip)
    assert held(decide(remittance("-5.00", "RETURNED ITEM"), rule=rules)) is Reason.RULE
    found = decide(remittance("310.10", "NR 10261", remitter="BLOOM CO"), rule=rules)
    assert paid(found) == [("10451", {"10261": "310.10/0"}, "0")]
    assert isinstance(found, Pay)
    assert found.payments[0].kind == "wire"
    assert found.evidence.rule == '"bloom" (mappings/m.toml:0)'


def test_money_out_that_no_rule_decides_is_skipped() -> None:
    assert isinstance(decide(remittance("-5.00", "INV 10233")), Skip)


def advised(amount: str, *lines: tuple[str, str, str]) -> Remittance:
    advice = tuple(
        AdviceLine(number, Decimal(whole), Decimal(off), 2)
        for number, whole, off in lines
    )
    return remittance(amount, "list", advice=advice)


def test_the_lines_of_a_list_are_paid_as_listed() -> None:
    found = decide(
        advised("745.00", ("10233.0", "500.00", "0"), ("10240", "245.00", "0"))
    )
    assert paid(found) == [
        ("10442", {"10233": "500.00/0", "10240": "245.00/0"}, "0.00")
    ]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (
            advised("700.00", ("10233", "500.00", "0"), ("10240", "245.00", "0")),
            Reason.SUM,
        ),
        (advised("490.00", ("10233", "490.00", "10.00")), Reason.DISCOUNT),
        (advised("400.00", ("10233", "400.00", "0")), Reason.SHORT),
        (advised("600.00", ("10233", "600.00", "0")), Reason.SUM),
        (advised("500.00", ("10777", "500.00", "0")), Reason.NOT_OPEN),
        (
            advised("450.00", ("10233", "500.00", "0"), ("10240", "-50.00", "0")),
            Reason.CREDIT,
        ),
        (advised("310.10", ("10260", "310.10", "0")), Reason.OTHER_CUSTOMER),
    ],
)
def test_a_list_that_does_not_fit_is_held(one: Remittance, reason: Reason) -> None:
    assert held(decide(one)) is reason


TEXTS = st.lists(
    st.sampled_from(
        [
            "INV",
            "10233",
            "10240",
            "10250",
            "10260",
            "10270",
            "10299",
            "500.00",
            "-",
            "/",
        ]
    ),
    max_size=6,
).map(" ".join)
AMOUNTS = st.sampled_from(["500.00", "745.00", "310.10", "0.01", "80.00", "1000.00"])
NAMES = st.sampled_from(["ROSEWOOD FLORAL", "NOBODY", "PETAL PUSHERS", "BLOOM"])
POLICIES = st.fixed_dictionaries(
    {
        name: st.sampled_from(["post", "hold", "off"])
        for name in (
            *("quoted_exact", "quoted_short", "quoted_over", "one_invoice_amount"),
            *("combination", "oldest_first", "on_account"),
        )
    }
)


@given(TEXTS, AMOUNTS, NAMES, POLICIES)
def test_cents_are_conserved_and_invoices_belong_to_who_pays(
    text: str, amount: str, name: str, policy: dict[str, str]
) -> None:
    found = decide(remittance(amount, text, remitter=name), policy=policy)
    if isinstance(found, Pay):
        assert sum(one.total for one in found.payments) == Decimal(amount)
        owners = {one.number: one.customer for one in INVOICES}
        for payment in found.payments:
            assert payment.unapplied >= 0
            for part in payment.applications:
                assert owners[part.invoice] == payment.customer


@given(TEXTS, AMOUNTS, NAMES, POLICIES, st.randoms(use_true_random=False))
def test_what_has_nothing_to_do_with_it_never_moves_money_to_another(
    text: str, amount: str, name: str, policy: dict[str, str], random: Any
) -> None:
    one = remittance(amount, text, remitter=name)
    before = decide(one, policy=policy)
    customers = [*CUSTOMERS, Customer("20001", "ZZZZ", "Unrelated Gardens")]
    invoices = [*INVOICES, Invoice("77777", "20001", Decimal("13.37"))]
    random.shuffle(customers)
    random.shuffle(invoices)
    more = Books(customers, invoices, ALIASES)
    (after,) = resolve([("BK0", one)], mapping(policy=policy), more, Limits())
    if isinstance(before, Pay) and isinstance(after, Pay):
        assert {p.customer for p in before.payments} == {
            p.customer for p in after.payments
        }
        assert sum(p.total for p in after.payments) == Decimal(amount)


def test_several_customers_are_paid_where_the_policy_says_so() -> None:
    said = remittance("810.10", "INV 10233 AND 10260", remitter="BUYING GROUP")
    found = decide(said)
    assert held(found) is Reason.TWO_CUSTOMERS
    assert isinstance(found, Hold)
    assert [one.customer for one in found.suggestion] == ["10442", "10451"]
    split = decide(said, policy={"several_customers": "post"})
    assert paid(split) == [
        ("10442", {"10233": "500.00/0"}, "0"),
        ("10451", {"10260": "310.10/0"}, "0"),
    ]
    assert isinstance(split, Pay)
    assert len({one.marker for one in split.payments}) == 2
    short = decide(
        remittance("810.00", "INV 10233 AND 10260", remitter="BUYING GROUP"),
        policy={"several_customers": "post"},
    )
    assert held(short) is Reason.TWO_CUSTOMERS


def test_what_is_over_beside_another_customer_s_invoice_is_not_kept() -> None:
    said = remittance("810.10", "INV 10233 INV 10260")
    assert held(decide(said)) is Reason.TWO_CUSTOMERS
    exact = decide(remittance("500.00", "INV 10233 FOR 10260 MAIN STREET"))
    assert paid(exact) == [("10442", {"10233": "500.00/0"}, "0")]


def test_a_deduction_that_a_rule_names_is_accepted_up_to_its_amount() -> None:
    rules = [{"name": "freight", "when": {"text": "freight"}, "deduction": "25.00"}]
    found = decide(remittance("480.00", "INV 10233 LESS FREIGHT"), rule=rules)
    assert paid(found) == [("10442", {"10233": "480.00/20.00"}, "0")]
    assert isinstance(found, Pay)
    assert 'rule "freight" accepts 20.00 as not paid' in str(found.evidence)
    for amount, text in (
        ("474.99", "INV 10233 LESS FREIGHT"),
        ("480.00", "INV 10233"),
        ("730.00", "INV 10233 10240 LESS FREIGHT"),
    ):
        assert held(decide(remittance(amount, text), rule=rules)) is Reason.SHORT


def test_what_is_missing_may_be_an_open_credit_and_is_said() -> None:
    found = decide(remittance("270.10", "INV 10260", remitter="", payer_account="7781"))
    assert held(found) is Reason.CREDIT
    assert isinstance(found, Hold)
    assert "40.00 are missing" in found.sentence
    assert "the open credit 10270" in found.sentence


def test_a_difference_is_tolerated_up_to_the_smaller_limit() -> None:
    for policy, posted in (
        ({"tolerance_percent": "1"}, "495.00"),
        ({"tolerance_percent": "1", "tolerance": "2.00"}, "498.00"),
        ({"tolerance": "2.00"}, "498.00"),
    ):
        amount = Decimal(posted)
        assert paid(decide(remittance(posted, "INV 10233"), policy=policy))
        short = remittance(str(amount - Decimal("0.01")), "INV 10233")
        assert held(decide(short, policy=policy)) is Reason.SHORT


def test_closed_months_are_not_paid_into() -> None:
    limits = Limits(closed_until=DAY)
    assert held(decide(remittance("500.00", "INV 10233"), limits)) is Reason.CLOSED
    open_day = Limits(closed_until=date(2026, 3, 15))
    assert paid(decide(remittance("500.00", "INV 10233"), open_day))


def test_a_customer_may_have_a_policy_of_its_own() -> None:
    own = Alias("", "", "ROSEW", "", "", "", 4, policy="quoted_short=post")
    terms = Alias("", "", "10451", "", "", "", 5, policy="discount=2/60")
    known = Books(CUSTOMERS, INVOICES, (*ALIASES, own, terms))

    def one(said: Remittance) -> Resolution:
        (found,) = resolve([("BK0", said)], mapping(), known, Limits())
        return found

    assert paid(one(remittance("100.00", "INV 10233"))) == [
        ("10442", {"10233": "100.00/0"}, "0")
    ]
    other = remittance("100.00", "INV 10260", remitter="", payer_account="7781")
    assert held(one(other)) is Reason.SHORT
    assert held(decide(remittance("100.00", "INV 10233"))) is Reason.SHORT


def test_stated_amounts_are_taken_where_they_make_the_amount() -> None:
    text = "INV 10233 300.00, 10240 245.00 less 5.00"
    found = decide(
        remittance("540.00", text),
        policy={"quoted_short": "post", "tolerance": "5.00"},
    )
    assert paid(found) == [
        ("10442", {"10233": "300.00/0", "10240": "240.00/5.00"}, "0.00")
    ]
    assert held(decide(remittance("540.00", text))) is Reason.DISCOUNT
    assert held(decide(remittance("541.00", text))) is Reason.SHORT


def test_what_is_guessed_counts_only_for_a_known_customer_and_an_exact_sum() -> None:
    assert paid(decide(remittance("500.00", "INV 1O233"))) == [
        ("10442", {"10233": "500.00/0"}, "0")
    ]
    assert held(decide(remittance("400.00", "INV 1O233"))) is Reason.NOT_OPEN
    unknown = remittance("500.00", "INV 1O233", remitter="SOMEBODY ELSE")
    assert held(decide(unknown)) is Reason.NO_CUSTOMER
    both = decide(remittance("745.00", "INV 1O233 AND 10240"))
    assert paid(both) == [("10442", {"10240": "245.00/0", "10233": "500.00/0"}, "0")]


def test_an_order_of_the_customer_counts_where_the_sum_is_exact() -> None:
    for text in ("PO-7781", "po 7781 thanks", "PO7781", "#7781"):
        said = remittance("310.10", text, remitter="BLOOM AND STEM")
        assert paid(decide(said)) == [("10451", {"10260": "310.10/0"}, "0")], text
    short = remittance("300.00", "PO-7781", remitter="BLOOM AND STEM")
    assert held(decide(short)) is Reason.NOT_OPEN
    nobody = remittance("310.10", "PO-7781", remitter="SOMEBODY ELSE")
    assert held(decide(nobody)) is Reason.NO_CUSTOMER
    off = decide(
        remittance("310.10", "PO-7781", remitter="BLOOM AND STEM"),
        invoices={"po": False},
    )
    assert held(off) is not Reason.NOT_OPEN


def test_a_rule_may_name_what_is_paid_on_each_invoice() -> None:
    pays = r"(?P<invoice>\d{5}) pays (?P<paid>[\d.]+)(?: off (?P<discount>[\d.]+))?"
    rule = {"name": "list", "when": {"text": pays}}
    found = decide(
        remittance("540.00", "10233 pays 300.00 and 10240 pays 240.00"),
        rule=[rule],
        policy={"quoted_short": "post"},
    )
    assert paid(found) == [
        ("10442", {"10233": "300.00/0", "10240": "240.00/0"}, "0.00")
    ]
    uneven = remittance("540.00", "10233 pays 300.00 and 10240 pays 235.00 off 5.00")
    assert held(decide(uneven, rule=[rule])) is Reason.RULE
    both = remittance("540.00", "10233 pays 300.00 off 0 10240 pays 240.00 off 5.00")
    assert held(decide(both, rule=[rule])) is Reason.DISCOUNT
    none = remittance("540.00", "10233 pays 3.0.0 and 10240 pays 240.00")
    assert held(decide(none, rule=[rule])) is Reason.RULE


def test_a_number_beside_an_invoice_that_fits_exactly_may_be_mistyped() -> None:
    later = DAY.replace(day=20)
    for amount, text, suggested in (
        ("500.00", "INV 10240", ["10233"]),
        ("745.00", "INV 10240", ["10240", "10233"]),
        ("80.00", "INV 10233", ["10250"]),
    ):
        said = replace(remittance(amount, text), value_date=later)
        found = decide(said, policy={"quoted_short": "post"})
        assert held(found) is Reason.SUM
        assert isinstance(found, Hold)
        (share,) = found.suggestion
        assert [one.invoice for one in share.applications] == suggested
    over = decide(remittance("500.01", "INV 10240"))
    assert paid(over) == [("10442", {"10240": "245.00/0"}, "255.01")]


def test_money_in_a_currency_that_the_erp_is_not_paid_in_waits() -> None:
    said = remittance("500.00", "INV 10233")
    assert held(decide(said, Limits(currency="EUR"))) is Reason.CURRENCY
    assert paid(decide(said, Limits(currency="USD")))
    assert isinstance(decide(remittance("-5.00"), Limits(currency="EUR")), Skip)
