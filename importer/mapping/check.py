"""Read the `test` lines of rules; what they expect is tried where rules resolve.

ROSEWOOD FLORAL | INV 10233 INV-10240 => 10442: 10233, 10240
ROSEWOOD FLORAL | on account          => 10442
FIRST NATIONAL  | WIRE FEE            => skip
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExpectPay:
    """A rule shall find this customer and exactly these invoices, in any order."""

    customer: str
    invoices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectSkip:
    """A rule shall say that this is not customer money."""


@dataclass(frozen=True, slots=True)
class ExpectHold:
    """A rule shall hold this for a person."""


Expected = ExpectPay | ExpectSkip | ExpectHold


@dataclass(frozen=True, slots=True)
class TestLine:
    """What a remitter and a text must lead to."""

    remitter: str
    text: str
    expected: Expected


class NotTest(ValueError):
    """A line is not a test of a rule; says why."""


def parse_test(line: str) -> TestLine:
    """Read one line, `REMITTER | TEXT => CUSTOMER: INVOICE, …` or `=> skip | hold`."""
    given, arrow, wanted = line.rpartition("=>")
    remitter, bar, text = given.partition("|")
    if not arrow or not bar:
        raise NotTest(f'cannot read "{line}" as REMITTER | TEXT => CUSTOMER: INVOICE')
    return TestLine(remitter.strip(), text.strip(), _expected(wanted.strip(), line))


def _expected(wanted: str, line: str) -> Expected:
    match wanted.lower():
        case "skip":
            return ExpectSkip()
        case "hold":
            return ExpectHold()
        case "":
            raise NotTest(f'"{line}" expects nothing; write skip, hold or a customer')
    customer, _, listed = wanted.partition(":")
    invoices = tuple(one.strip() for one in listed.split(",") if one.strip())
    if not customer.strip():
        raise NotTest(f'"{line}" expects invoices of no customer')
    return ExpectPay(customer.strip(), invoices)
