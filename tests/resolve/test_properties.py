"""What holds of every decision: no cent is lost, and nothing else moves money.

Whatever has nothing to do with a remittance may turn a payment into a question or a
question into a payment, and never moves money to another customer.
"""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from importer.mapping.schema import Mapping
from importer.model import (
    Alias,
    Customer,
    Hold,
    Invoice,
    Pay,
    Place,
    Remittance,
    Resolution,
)
from importer.resolve import Limits, Run, resolve
from importer.resolve.ahead import ahead, mended
from importer.resolve.snapshot import Books

DAY = date(2026, 3, 16)
NAMES = ("Rosewood Floral LLC", "Bloom & Stem Inc", "Petal Pushers", "Green Garden")
ALLOW = some.sampled_from(("post", "hold", "off"))
KEYS = (
    *("quoted_exact", "quoted_short", "quoted_over", "one_invoice_amount"),
    *("combination", "oldest_first", "on_account", "several_customers"),
)
POLICIES = some.fixed_dictionaries(
    {
        **dict.fromkeys(KEYS, ALLOW),
        "tolerance": some.sampled_from(("0", "0.50", "5.00")),
    }
)
RULES: list[dict[str, Any]] = [
    {"name": "fees", "when": {"text": "service charge"}, "skip": True},
    {
        "name": "theirs",
        "when": {"remitter": "^petal", "text": r"P(?P<invoice>\d{5})"},
        "customer": "3",
    },
    {"name": "freight", "when": {"text": "freight"}, "deduction": "20.00"},
]


@some.composite
def worlds(draw: Any) -> tuple[list[Customer], list[Invoice], list[Alias]]:
    """Draw customers, what they owe in few different amounts, and aliases."""
    customers = [Customer(str(n), f"C{n}", name) for n, name in enumerate(NAMES, 1)]
    amounts = some.sampled_from(
        ("100.00", "245.10", "500.00", "745.10", "33.33", "-40")
    )
    invoices = [
        Invoice(
            str(10230 + place),
            str(draw(some.integers(1, 4))),
            Decimal(draw(amounts)),
            issued=draw(some.sampled_from((DAY, date(2026, 3, 1), None))),
            po_number=draw(some.sampled_from(("", f"PO-77{place:02}"))),
        )
        for place in range(draw(some.integers(2, 9)))
    ]
    aliases = [
        Alias("SOMEBODY ELSE", "", draw(some.sampled_from("1234")), "", "", "", 2)
    ]
    return customers, invoices, draw(some.sampled_from((aliases, [])))


@some.composite
def remittances(draw: Any, number: int = 0) -> Remittance:
    """Draw a bank line whose text is made of what payers write."""
    numbers = some.integers(10228, 10240).map(str)
    words = some.one_of(
        numbers,
        numbers.map("INV {}".format),
        numbers.map("P{}".format),
        some.tuples(numbers, numbers).map("-".join),
        some.tuples(numbers, some.integers(1, 99).map(str)).map("/".join),
        numbers.map(lambda one: f"{one[:2]} {one[2:]}"),
        numbers.map(lambda one: f"{one} 245.10"),
        some.sampled_from(("CHECK 10233", "PO-7702", "1O233", "freight", "thanks")),
        some.sampled_from(("service charge", "TEL 305-410-2339", "10231 MAIN STREET")),
    )
    text = " ".join(draw(some.lists(words, max_size=4)))
    amounts = ("100.00", "245.10", "500.00", "745.10", "845.10", "60.00", "0.00", "-5")
    remitter = draw(
        some.sampled_from((*NAMES, *(n.upper() for n in NAMES), "SOMEBODY ELSE", ""))
    )
    return Remittance(
        place=Place("f.csv", number),
        account="A",
        currency="USD",
        amount=Decimal(draw(some.sampled_from(amounts))),
        value_date=DAY,
        booking_date=DAY,
        remitter=remitter,
        text=text,
        reference=f"R{number}",
        identity=(),
    )


def mapping(policy: dict[str, str], rules: list[dict[str, Any]]) -> Mapping:
    read = {
        "account": "A",
        "currency": "USD",
        "date": {"column": "D", "format": "%Y"},
        "amount": {"column": "X"},
    }
    said = {"file": {"name": "*"}, "read": read, "policy": policy, "rule": rules}
    return Mapping.model_validate({"name": "m", "path": "m.toml", **said})


def moved(found: Resolution) -> set[str]:
    """Return the customers that get money."""
    payments = found.payments if isinstance(found, Pay) else ()
    return {one.customer for one in payments}


World = tuple[list[Customer], list[Invoice], list[Alias]]


@settings(max_examples=300)
@given(worlds(), remittances(), POLICIES)
def test_cents_are_conserved_and_no_invoice_is_overpaid(
    world: World, one: Remittance, policy: dict[str, str]
) -> None:
    customers, invoices, aliases = world
    books = Books(customers, invoices, aliases)
    (found,) = resolve([("BK0", one)], mapping(policy, RULES), books, Limits())
    owed = {invoice.number: invoice for invoice in invoices}
    if isinstance(found, Pay):
        assert sum(each.total for each in found.payments) == one.amount > 0
        for payment in found.payments:
            assert payment.unapplied >= 0
            for part in payment.applications:
                assert owed[part.invoice].customer == payment.customer
                assert 0 <= part.amount + part.discount <= owed[part.invoice].open
    if isinstance(found, Hold):
        for share in found.suggestion:
            assert share.unapplied >= 0


@settings(max_examples=300)
@given(worlds(), remittances(), POLICIES, some.integers(0, 3), some.randoms())
def test_what_has_nothing_to_do_with_it_moves_no_money_to_another(
    world: World, one: Remittance, policy: dict[str, str], at: int, chance: Random
) -> None:
    customers, invoices, aliases = world
    rules = mapping(policy, RULES)
    (before,) = resolve([("BK0", one)], rules, Books(*world), Limits())
    other = Customer("9", "C9", "Quartz Clearing Services")
    unrelated = {"name": "no", "when": {"text": "zzzz unheard of"}, "customer": "9"}
    more = mapping(policy, [*RULES[:at], unrelated, *RULES[at:]])
    books = Books(
        chance.sample([*customers, other], len(customers) + 1),
        chance.sample(
            [*invoices, Invoice("77777", "9", Decimal("13.37"))], len(invoices) + 1
        ),
        chance.sample(aliases, len(aliases)),
    )
    (after,) = resolve([("BK0", one)], more, books, Limits())
    if moved(before) and moved(after):
        assert moved(before) == moved(after)


@settings(max_examples=200)
@given(
    worlds(),
    some.lists(remittances(), min_size=2, max_size=5),
    POLICIES,
    some.randoms(),
)
def test_rows_in_another_order_move_no_money_to_another(
    world: World, rows: list[Remittance], policy: dict[str, str], chance: Random
) -> None:
    books, rules = Books(*world), mapping(policy, RULES)
    keyed = [(f"BK{place}", one) for place, one in enumerate(rows)]
    shuffled = chance.sample(keyed, len(keyed))

    def decided(items: list[tuple[str, Remittance]]) -> dict[str, Resolution]:
        found = resolve(items, rules, books, Limits())
        return {key: one for (key, _), one in zip(items, found, strict=True)}

    first, second = decided(keyed), decided(shuffled)
    for key in first:
        if moved(first[key]) and moved(second[key]):
            assert moved(first[key]) == moved(second[key])
    for decisions in (first, second):
        paid: dict[str, Decimal] = {}
        for one in decisions.values():
            for payment in one.payments if isinstance(one, Pay) else ():
                for part in payment.applications:
                    gone = part.amount + part.discount
                    paid[part.invoice] = paid.get(part.invoice, Decimal(0)) + gone
        owed = {invoice.number: invoice.open for invoice in world[1]}
        assert all(gone <= owed[number] for number, gone in paid.items())


@given(worlds(), remittances(), POLICIES)
def test_the_same_gives_the_same_in_every_letter(
    world: World, one: Remittance, policy: dict[str, str]
) -> None:
    rules = mapping(policy, RULES)
    for explain in (False, True):
        first, second = (
            list(
                resolve([("BK0", one)], rules, Books(*world), Limits(), explain=explain)
            )
            for _ in range(2)
        )
        assert repr(first) == repr(second)


class Counted(Run):
    """A run that counts what it decides."""

    decided = 0

    def decide(self, key: str, remittance: Remittance) -> Resolution:
        self.decided += 1
        return super().decide(key, remittance)


def in_parts(
    items: list[tuple[str, Remittance]], cuts: list[int], rules: Mapping, books: Books
) -> tuple[list[Resolution], int]:
    """Decide parts as if each stood alone, mend them, and count what was mended."""
    ends = sorted({0, len(items), *cuts})
    parts = [items[begin:end] for begin, end in pairwise(ends)]
    alone = [ahead(part, Run(rules, books, Limits())) for part in parts]
    run = Counted(rules, books, Limits())
    both = zip(parts, alone, strict=True)
    made = [one for part, found in both for one in mended(part, found, run)]
    return made, run.decided


@settings(max_examples=300, deadline=None)
@given(
    worlds(),
    some.lists(remittances(), min_size=1, max_size=10),
    POLICIES,
    some.lists(some.integers(0, 20), max_size=3),
)
def test_parts_decided_at_once_come_out_as_one_after_the_other(
    world: World, lines: list[Remittance], policy: dict[str, str], cuts: list[int]
) -> None:
    # Each line comes twice: the second finds what the first has taken.
    items = [(f"BK{place}", one) for place, one in enumerate([*lines, *lines])]
    cuts = [*(min(one, len(items)) for one in cuts), len(lines)]
    rules, books = mapping(policy, RULES), Books(*world)
    made, _ = in_parts(items, cuts, rules, books)
    assert made == list(resolve(items, rules, books, Limits()))


@settings(deadline=None)
@given(worlds(), some.lists(remittances(), min_size=2, max_size=6), POLICIES)
def test_only_what_looks_at_a_taken_invoice_is_decided_again(
    world: World, lines: list[Remittance], policy: dict[str, str]
) -> None:
    customers, invoices, aliases = world
    rules, books = mapping(policy, RULES), Books(customers, invoices, aliases)
    items = [(f"BK{place}", one) for place, one in enumerate(lines)]
    made, again = in_parts(items, [1], rules, books)
    if not moved(made[0]):
        assert again == 0


def test_what_is_mended_may_take_what_a_later_row_was_to_have() -> None:
    """The second pays the next invoice, the first being paid; the third finds it so."""
    customers = [Customer("1", "C1", NAMES[0])]
    invoices = [
        Invoice(number, "1", Decimal(100), issued=date(2026, 3, day))
        for number, day in (("10230", 1), ("10231", 2))
    ]
    rules = mapping({"oldest_first": "post", "one_invoice_amount": "off"}, [])
    items = [
        (
            f"BK{place}",
            Remittance(
                place=Place("f.csv", place),
                account="A",
                currency="USD",
                amount=Decimal(100),
                value_date=DAY,
                booking_date=DAY,
                remitter=NAMES[0],
                text=text,
                reference="",
                identity=(),
            ),
        )
        for place, text in enumerate(("INV 10230", "thanks", "INV 10231"))
    ]
    made, again = in_parts(items, [1], rules, Books(customers, invoices))
    assert [type(one) for one in made] == [Pay, Pay, Hold]
    assert made == list(resolve(items, rules, Books(customers, invoices), Limits()))
    assert again == 2
