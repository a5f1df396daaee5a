"""Run the `test` lines of a mapping: what its rules find in these texts.

    'ROSEWOOD FLORAL | INV 10233 INV-10240 => 10442: 10233, 10240'

No books are needed: a test says what the rules decide, not what is open.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from importer.errors import Fault
from importer.mapping.check import (
    ExpectHold,
    ExpectPay,
    ExpectSkip,
    TestLine,
    parse_test,
)
from importer.mapping.schema import Mapping, Rule
from importer.model import Place, Remittance
from importer.resolve.rules import Match, RuleBook


def run_tests(mapping: Mapping) -> tuple[Fault, ...]:
    """Return a fault for each test line that does not come out as it says."""
    rules = RuleBook(mapping)
    return tuple(
        fault
        for rule in mapping.rule
        for line in rule.test
        for fault in _failed(mapping, rules, rule, line)
    )


def _failed(
    mapping: Mapping, rules: RuleBook, rule: Rule, line: str
) -> Iterator[Fault]:
    test = parse_test(line)
    match = _decided(rules, rule, test)
    if match is not None and match.rule is rule and _is_expected(match, test):
        return
    got = "no rule" if match is None else f'rule "{match.rule.name}": {_said(match)}'
    yield Fault(
        f"{mapping.path}:{rule.line}",
        f'the test of rule "{rule.name}" comes out otherwise: {got}',
        line,
        "mend the rule or the test",
    )


def _decided(rules: RuleBook, rule: Rule, test: TestLine) -> Match | None:
    """Decide a remittance of the rule's own direction and a fitting amount."""
    amount = rule.amount[0] if rule.amount else Decimal(1)
    sign = -1 if rule.money == "out" else 1
    day = date(2000, 1, 1)
    remittance = Remittance(
        place=Place(rule.name, rule.line),
        account="",
        currency="XXX",
        amount=sign * max(amount, Decimal(1)),
        value_date=day,
        booking_date=day,
        remitter=test.remitter,
        text=test.text,
        reference=test.text,
        identity=(),
        kind=test.text,
    )
    match, _ = rules.first(remittance, explain=False)
    return match


def _is_expected(match: Match, test: TestLine) -> bool:
    rule = match.rule
    match test.expected:
        case ExpectSkip():
            return rule.skip
        case ExpectHold():
            return rule.hold is not None
        case ExpectPay(customer, invoices):
            stated = match.value("customer")
            found = tuple(dict.fromkeys(match.value("invoice")))
            return (not customer or stated == (customer,)) and set(found) == set(
                invoices
            )


def _said(match: Match) -> str:
    if match.rule.skip:
        return "skip"
    if match.rule.hold is not None:
        return "hold"
    customer = ", ".join(match.value("customer")) or "(nobody)"
    return f"{customer}: {', '.join(match.value('invoice'))}"
