"""Bank lines with known truth: who paid what, and whether a person must tell it.

Shares of the mix, in a thousand (modelled on published surveys of how payers quote):

    one number 190   several 120   prefixes 60   range 30   suffixes 30   zeros 30
    spread 30   spreadsheet 20   split 20   letters 30   order 30   stated 20
    discount 40   over 30   decoys 60   by amount 70   combination 15
    stranger with number 25   misspelt with number 30                  decidable
    short 30   late discount 10   typo 30   several customers 20   credit 15
    nothing 25   unknown 20   decoy alone 20   too early 10   twin 10
    neighbour 10   wrong payer 10   fee netted 10   one mistaken 10     a person
    fee 20   transfer 10   return 10                                   no payment
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

import payers
from debtors import TODAY, Company, Debtor, Owed
from payers import Written

Parts = dict[str, tuple[Decimal, Decimal]]
CENT = Decimal("0.01")
_RANGE_MOST = 90
_FEW = 0.02


@dataclass(frozen=True, slots=True)
class Truth:
    """What the payer meant: customer, amount and discount by invoice, and the rest.

    `decidable` says by what it could be told without a person: `quoted`, `amount`, or
    not at all (empty); `skip` where it is no payment.
    """

    customer: str = ""
    parts: tuple[tuple[str, Decimal, Decimal], ...] = ()
    rest: Decimal = Decimal(0)
    decidable: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One bank line and the truth about it."""

    kind: str
    amount: Decimal
    day: date
    remitter: str
    account: str
    text: str
    reference: str
    truth: Truth


def notices(world: Company, chance: random.Random, count: int) -> list[Notice]:
    """Invent bank lines."""
    kinds = list(MIX)
    shares = [MIX[kind][0] for kind in kinds]
    every = list(world.debtors.values())
    made: list[Notice] = []
    while len(made) < count:
        (kind,) = chance.choices(kinds, shares)
        scenes = (Scene(kind, world, chance.choice(every), chance) for _ in range(50))
        found = (one for one in map(MIX[kind][1], scenes) if one is not None)
        made.extend(islice(found, 1))
    return made


@dataclass(slots=True)
class Scene:
    """Where a line is made: the kind, the company, one customer, and chance."""

    kind: str
    world: Company
    debtor: Debtor
    chance: random.Random
    day: date = TODAY

    def pick(self, count: int, *, figures: bool = True) -> list[Owed]:
        """Pick open invoices, in the order of their numbers."""
        fit = self.pick_from(figures=figures)
        if len(fit) < count:
            return []
        return sorted(self.chance.sample(fit, count), key=lambda one: one.number)

    def pick_from(self, *, figures: bool) -> list[Owed]:
        """Return what is open under numbers with or without letters."""
        return [one for one in self.debtor.owed if one.number.isdigit() == figures]

    def line(  # noqa: PLR0913 -- everything a line has
        self,
        owed: list[Owed],
        text: str,
        *,
        by: str = "quoted",
        written: Written | None = None,
        amount: Decimal | None = None,
        parts: tuple[tuple[str, Decimal, Decimal], ...] | None = None,
        rest: Decimal = Decimal(0),
    ) -> Notice:
        """Write a line that pays these invoices."""
        who = written or payers.known(self.world, self.debtor, self.chance)
        if parts is None:
            parts = tuple((one.number, one.amount, Decimal(0)) for one in owed)
        total = sum((one for _, one, _ in parts), rest)
        return Notice(
            self.kind,
            total if amount is None else amount,
            self.day,
            who.name,
            who.account,
            text,
            f"{self.chance.randint(10**8, 10**9 - 1)}",
            Truth(self.debtor.id, parts, rest, by),
        )


def _said(scene: Scene, *numbers: str) -> str:
    """Write numbers as people do, with something around them."""
    chance = scene.chance
    joined = chance.choice((" ", ", ", " / ", " & ", ",")).join(numbers)
    before = chance.choice(("INV ", "", "INVOICES ", "PAYMENT ", "Rechnung ", "Fact. "))
    after = chance.choice(("", "", " THANK YOU", " MAY ORDER", " gracias", " bedankt"))
    return f"{before}{joined}{after}"


def one_number(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    return scene.line(owed, _said(scene, owed[0].number)) if owed else None


def several(scene: Scene) -> Notice | None:
    owed = scene.pick(scene.chance.randint(2, 5))
    return (
        scene.line(owed, _said(scene, *(one.number for one in owed))) if owed else None
    )


def prefixes(scene: Scene) -> Notice | None:
    owed = scene.pick(2)
    words = ("INV", "INV-", "inv#", "Rg.Nr. ", "FAC ", "Factura no. ", "factuur ", "RE")
    word = scene.chance.choice(words)
    text = " ".join(f"{word}{one.number}" for one in owed)
    if not owed:
        return None
    return scene.line(
        owed, f"{text} {scene.chance.choice(('', 'vielen Dank', 'PAGO'))}"
    )


def in_range(scene: Scene) -> Notice | None:
    """Pay all that is open between two numbers."""
    numbers = sorted(int(one.number) for one in scene.pick_from(figures=True))
    near = [
        (low, high)
        for low, high in zip(numbers, numbers[2:], strict=False)
        if high - low < _RANGE_MOST
    ]
    if not near:
        return None
    low, high = scene.chance.choice(near)
    owed = [
        one
        for one in scene.debtor.owed
        if one.number.isdigit() and low <= int(one.number) <= high
    ]
    to = scene.chance.choice(
        ("-", " - ", " to ", " thru ", " bis ", " al ", "..", " t/m ")
    )
    return scene.line(owed, _said(scene, f"{low}{to}{high}"))


def suffixes(scene: Scene) -> Notice | None:
    owed = scene.pick(2)
    if not owed:
        return None
    first, second = (one.number for one in owed)
    keep = next(at for at in range(7) if first[at : at + 1] != second[at : at + 1])
    if len(first) != len(second) or len(first) - keep > 4:
        return None
    mark = scene.chance.choice(("/", ", ", "&", " and "))
    return scene.line(owed, _said(scene, f"{first}{mark}{second[keep:]}"))


def zeros(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    return scene.line(
        owed, _said(scene, f"{'0' * scene.chance.randint(1, 4)}{owed[0].number}")
    )


def spread(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    at = scene.chance.randint(1, 4)
    number, mark = owed[0].number, scene.chance.choice((" ", "-", ".", " "))
    return scene.line(owed, f"INV {number[:at]}{mark}{number[at:]} THANKS")


def spreadsheet(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    number = owed[0].number
    odd = (
        f"{number}.0"
        if scene.chance.random() < 0.5
        else f"{number[0]}.{number[1:]}E+05"
    )
    return scene.line(owed, f"INVOICE {odd}")


def split(scene: Scene) -> Notice | None:
    owed = scene.pick(2)
    if not owed:
        return None
    first, second = (one.number for one in owed)
    at = scene.chance.randint(1, 4)
    return scene.line(owed, f"PAYMENT OF INVOICES {first}, {second[:at]} {second[at:]}")


def letters(scene: Scene) -> Notice | None:
    owed = scene.pick(1, figures=False)
    if not owed:
        return None
    number = owed[0].number
    ways = (number, number.lower(), number.replace("-", "/"), number.replace("-", ""))
    return scene.line(owed, _said(scene, scene.chance.choice(ways)))


def order(scene: Scene) -> Notice | None:
    known = [one for one in scene.debtor.owed if one.order]
    if not known:
        return None
    one = scene.chance.choice(known)
    who = payers.known(scene.world, scene.debtor, scene.chance)
    bare = one.order.removeprefix("PO-").removeprefix("PO")
    text = scene.chance.choice((one.order, f"PO {bare}", f"YOUR ORDER {bare}"))
    return scene.line([one], text, by="quoted" if who.is_telling else "", written=who)


def stated(scene: Scene) -> Notice | None:
    owed = scene.pick(2)
    if not owed:
        return None
    text = ", ".join(f"{one.number} {one.amount}" for one in owed)
    return scene.line(owed, f"INV {text}")


def discount(scene: Scene, *, late: bool = False) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    (one,) = owed
    scene.day = one.issued + timedelta(days=25 if late else scene.chance.randint(1, 12))
    off = (one.amount * 2 / 100).quantize(CENT, rounding="ROUND_HALF_UP")
    parts = ((one.number, one.amount - off, off),)
    text = _said(scene, one.number) + scene.chance.choice(
        ("", " LESS 2%", " 2% SKONTO")
    )
    return scene.line(owed, text, parts=parts, by="" if late else "quoted")


def over(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    who = payers.known(scene.world, scene.debtor, scene.chance)
    rest = Decimal(scene.chance.randint(101, 9_999)) / 100
    text = f"INV {owed[0].number}"
    by = "quoted" if who.is_telling else ""
    return scene.line(owed, text, rest=rest, written=who, by=by)


def decoys(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    return scene.line(owed, f"INV {owed[0].number} {_decoy(scene)}")


def _decoy(scene: Scene) -> str:
    """Write something that has the figures of another customer's invoice."""
    other = scene.chance.choice(list(scene.world.owners))[-6:]
    ways = (
        f"CK {other}",
        f"CHECK NO. {other}",
        f"TEL 305-{other[:3]}-{other[2:]}",
        f"ACCT {other}",
        f"{other} MAIN STREET",
        f"TRACE {other}4471",
        f"USD {other}.00",
        f"9{other}21",
    )
    return scene.chance.choice(ways)


def by_amount(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    who = payers.known(scene.world, scene.debtor, scene.chance)
    if not owed:
        return None
    same = [one for one in scene.debtor.owed if one.amount == owed[0].amount]
    by = "amount" if len(same) == 1 and who.is_telling else ""
    text = scene.chance.choice(("PAYMENT", "JUNE FLOWERS", "", "pago", "betaling"))
    return scene.line(owed, text, by=by, written=who)


def combination(scene: Scene) -> Notice | None:
    """Pay two of at most five invoices with odd cents: nothing else can be meant."""
    every = scene.debtor.owed
    owed = scene.pick(2)
    who = payers.known(scene.world, scene.debtor, scene.chance)
    if len(owed) < 2:
        return None
    total = owed[0].amount + owed[1].amount
    sums = [Decimal(0)]
    for one in every[:10]:
        sums += [so_far + one.amount for so_far in sums]
    odd = all(one.amount * 100 % 5 for one in every)
    alone = len(every) <= 5 and odd and sums.count(total) == 1
    by = "amount" if alone and who.is_telling else ""
    return scene.line(owed, "PAYMENT", by=by, written=who)


def stranger_with_number(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    by = "quoted" if scene.world.times[owed[0].amount] == 1 else ""
    who = payers.stranger(scene.chance)
    return scene.line(owed, f"INV {owed[0].number}", by=by, written=who)


def misspelt_with_number(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    who = payers.misspelt(scene.debtor, scene.chance)
    return scene.line(owed, f"INV {owed[0].number}", written=who) if owed else None


def short(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed or owed[0].amount < 50:
        return None
    off = Decimal(scene.chance.randint(500, 3_000)) / 100
    parts = ((owed[0].number, owed[0].amount - off, Decimal(0)),)
    why = scene.chance.choice((" LESS FREIGHT", " DAMAGED BOX", "", " short 1 box"))
    return scene.line(owed, f"INV {owed[0].number}{why}", parts=parts, by="")


def late(scene: Scene) -> Notice | None:
    return discount(scene, late=True)


def typo(scene: Scene) -> Notice | None:
    """Mistype one figure, so that the number is nobody's or somebody else's."""
    owed = scene.pick(1)
    if not owed:
        return None
    number = list(owed[0].number)
    at = scene.chance.randrange(len(number))
    number[at] = str((int(number[at]) + scene.chance.randint(1, 9)) % 10)
    return scene.line(owed, f"INV {''.join(number)}", by="")


def several_customers(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    other = scene.chance.choice(list(scene.world.debtors.values()))
    theirs = [one for one in other.owed if one.number.isdigit()]
    if not owed or not theirs or other.id == scene.debtor.id:
        return None
    both = owed[0].amount + theirs[0].amount
    text = f"INV {owed[0].number} AND {theirs[0].number}"
    return scene.line(owed, text, amount=both, by="")


def credit(scene: Scene) -> Notice | None:
    with_memo = [one for one in scene.world.debtors.values() if one.credit]
    scene.debtor = scene.chance.choice(with_memo)
    memo = scene.debtor.credit
    fit = [one for one in scene.pick(1) if memo and one.amount > -memo.amount]
    if not fit or memo is None:
        return None
    named = scene.chance.choice((f" CM {memo.number}", f" less {memo.number}", ""))
    paid = fit[0].amount + memo.amount.quantize(CENT)
    return scene.line(fit, f"INV {fit[0].number}{named}", amount=paid, by="")


def nothing(scene: Scene) -> Notice | None:
    amount = Decimal(scene.chance.randint(1_000, 2_000_000)) / 100
    return scene.line([], "ON ACCOUNT", amount=amount, parts=(), by="", rest=amount)


def unknown(scene: Scene) -> Notice | None:
    who = payers.stranger(scene.chance)
    amount = Decimal(scene.chance.randint(1_000, 900_000)) / 100
    return scene.line([], "PAYMENT", amount=amount, parts=(), by="", written=who)


def decoy_alone(scene: Scene) -> Notice | None:
    amount = Decimal(scene.chance.randint(1_000, 900_000)) / 100
    who = scene.chance.choice(
        (
            payers.stranger(scene.chance),
            payers.known(scene.world, scene.debtor, scene.chance),
        )
    )
    return scene.line([], _decoy(scene), amount=amount, parts=(), by="", written=who)


def too_early(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    scene.day = owed[0].issued - timedelta(days=5)
    return scene.line(owed, f"INV {owed[0].number}", by="")


def twin(scene: Scene) -> Notice | None:
    """Mistype a number so that it is another customer's invoice of the same amount."""
    theirs = [
        one
        for other in scene.world.debtors.values()
        if other.id != scene.debtor.id and scene.chance.random() < _FEW
        for one in other.owed
        if any(own.amount == one.amount for own in scene.debtor.owed)
    ]
    if not theirs:
        return None
    owed = [one for one in scene.debtor.owed if one.amount == theirs[0].amount][:1]
    who = scene.chance.choice(
        (
            payers.known(scene.world, scene.debtor, scene.chance),
            payers.misspelt(scene.debtor, scene.chance),
            payers.stranger(scene.chance),
        )
    )
    return scene.line(owed, f"INV {theirs[0].number}", by="", written=who)


def neighbour(scene: Scene) -> Notice | None:
    """Write the number of another open invoice of one's own."""
    owed = scene.pick(2)
    if not owed or owed[0].amount == owed[1].amount:
        return None
    return scene.line(owed[:1], f"INV {owed[1].number}", by="")


def wrong_payer(scene: Scene) -> Notice | None:
    """Pay an invoice of one's own beside the number of somebody else's, with a rest."""
    owed = scene.pick(1)
    other = scene.chance.choice(list(scene.world.owners))
    if not owed or scene.world.owners[other] == scene.debtor.id:
        return None
    rest = Decimal(scene.chance.randint(101, 99_999)) / 100
    text = f"INV {owed[0].number} AND {other}"
    amount = owed[0].amount + rest
    return scene.line(owed, text, amount=amount, by="")


def fee_netted(scene: Scene) -> Notice | None:
    """Pay less the bank's fee, in the words of a rule that skips fees."""
    owed = scene.pick(1)
    if not owed or owed[0].amount < 50:
        return None
    off = Decimal(scene.chance.choice((15, 25, 30)))
    parts = ((owed[0].number, owed[0].amount - off, Decimal(0)),)
    text = scene.chance.choice(("INV {} LESS WIRE FEE {}.00", "WIRE FEE DEDUCTED {}"))
    return scene.line(owed, text.format(owed[0].number, off), parts=parts, by="")


def one_mistaken(scene: Scene) -> Notice | None:
    """Mean two invoices, and write the number of a third for the second."""
    meant = scene.pick(3)
    if not meant:
        return None
    first, second, written = scene.chance.sample(meant, 3)
    if second.amount == written.amount:
        return None
    return scene.line([first, second], f"INV {first.number} {written.number}", by="")


def fee(scene: Scene) -> Notice | None:
    return _out(
        scene, scene.chance.choice(("SERVICE CHARGE", "WIRE FEE", "INTEREST PAID"))
    )


def transfer(scene: Scene) -> Notice | None:
    return _out(scene, "TRANSFER TO SAVINGS 7781")


def _out(scene: Scene, text: str) -> Notice:
    amount = -Decimal(scene.chance.randint(100, 90_000)) / 100
    who = Written("FIRST BANK", "", is_telling=False)
    return scene.line([], text, amount=amount, parts=(), by="skip", written=who)


def returned(scene: Scene) -> Notice | None:
    owed = scene.pick(1)
    if not owed:
        return None
    text = f"RETURNED ITEM INV {owed[0].number}"
    return scene.line(owed, text, amount=-owed[0].amount, parts=(), by="")


MIX: dict[str, tuple[int, Callable[[Scene], Notice | None]]] = {
    "one number": (190, one_number),
    "several": (120, several),
    "prefixes": (60, prefixes),
    "range": (30, in_range),
    "suffixes": (30, suffixes),
    "zeros": (30, zeros),
    "spread": (30, spread),
    "spreadsheet": (20, spreadsheet),
    "split": (20, split),
    "letters": (30, letters),
    "order": (30, order),
    "stated": (20, stated),
    "discount": (40, discount),
    "over": (30, over),
    "decoys": (60, decoys),
    "by amount": (70, by_amount),
    "combination": (15, combination),
    "stranger with number": (25, stranger_with_number),
    "misspelt with number": (30, misspelt_with_number),
    "short": (30, short),
    "late discount": (10, late),
    "typo": (30, typo),
    "several customers": (20, several_customers),
    "credit": (15, credit),
    "nothing": (25, nothing),
    "unknown": (20, unknown),
    "decoy alone": (20, decoy_alone),
    "too early": (10, too_early),
    "twin": (10, twin),
    "neighbour": (10, neighbour),
    "wrong payer": (10, wrong_payer),
    "fee netted": (10, fee_netted),
    "one mistaken": (10, one_mistaken),
    "fee": (20, fee),
    "transfer": (10, transfer),
    "return": (10, returned),
}
