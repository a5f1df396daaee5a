"""How a payer is written on a bank line, and whether that tells who it is."""

import random
from dataclasses import dataclass

from debtors import Company, Debtor

_PREFIXES = (
    *("ORIG CO NAME:", "ACH CREDIT ", "ZELLE PAYMENT FROM ", "INCOMING WIRE FROM "),
    *("GUTSCHRIFT VON ", "TRANSFERENCIA DE ", "OVERBOEKING VAN ", "CCD "),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A name and an account as a bank writes them.

    `is_telling` says that a careful person with the same lists knows the one customer.
    """

    name: str
    account: str
    is_telling: bool


def known(world: Company, one: Debtor, chance: random.Random) -> Written:
    """Write a customer so that, mostly, it is known."""
    if one.account and chance.random() < 0.5:
        shown = chance.choice((one.account, f"0210000{one.account}"))
        return Written(
            chance.choice(("", one.name.upper(), "PAYROLL SVC")), shown, is_telling=True
        )
    if one.holder and chance.random() < 0.7:
        return Written(_dressed(one.holder, chance), "", is_telling=True)
    twins = (
        [
            other.id
            for other in world.debtors.values()
            if other.base == one.base and other.id != one.id
        ]
        if one.legal and _has_twin(world, one)
        else []
    )
    written, telling = one.name, True
    roll = chance.random()
    if roll < 0.25 and one.legal:
        written, telling = one.base, not twins
    elif roll < 0.35:
        length = chance.choice((22, 35))
        written = one.name.upper()[:length]
        if len(one.name) > length:
            alike = sum(
                other.name.upper().startswith(written)
                for other in world.debtors.values()
            )
            return Written(written, "", alike == 1)
    return Written(_dressed(written, chance), "", telling)


def _has_twin(world: Company, one: Debtor) -> bool:
    number = int(one.id)
    near = (world.debtors.get(str(number + step)) for step in (-3, 3))
    return any(other is not None and other.base == one.base for other in near)


def misspelt(one: Debtor, chance: random.Random) -> Written:
    """Write a customer with a slip, so that it is only similar."""
    letters = list(one.name.upper())
    at = chance.randrange(1, len(letters) - 2)
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    slipped = "".join(letters)
    return Written(slipped, "", slipped == one.name.upper())


def stranger(chance: random.Random) -> Written:
    """Write somebody whom nobody knows."""
    first = chance.choice(("QUARTZ", "VOLT", "ZEPHYR", "KESTREL", "ONYX"))
    return Written(
        f"{first} {chance.randint(100, 999)} CLEARING SVCS", "", is_telling=False
    )


def _dressed(name: str, chance: random.Random) -> str:
    roll = chance.random()
    dressed = name.upper() if roll < 0.7 else name
    if chance.random() < 0.2:
        dressed = dressed.replace(".", "").replace(",", "")
    if chance.random() < 0.3:
        dressed = chance.choice(_PREFIXES) + dressed
    return dressed
