"""Invoice numbers in free text, found and repaired against what is open.

Promises:
1. A number counts only if an open invoice has it; a repair (`repairs`) only if it
   leads to open invoices and to nothing else.
2. Never: a number out of the middle of a longer one, and what `hidden` covers: a date,
   an amount, a telephone number, an address, the payer's account, the check.
3. What the text calls an invoice, or what looks like one, and is not open, is told:
   with such a number left, nothing is decided by amount.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from importer.mapping.policy import InvoiceNumbers
from importer.model import ZERO, Invoice
from importer.resolve import hidden, repairs
from importer.resolve.repairs import RUN, Find

PREFIX = re.compile(
    r"(?:^|[^A-Za-z])(?:invoices?|invs?|facturas?|factuur|facturen|factures?|fatture|"
    r"fattura|fatura|facts?|facs?|fras?|nota|notas|rechnung|rechnungen|rech|rgn?|re|"
    r"rn|nummer|number|num|nr|nro|no|bill|bills|orders?|ref|docs?|belege?|#)"
    r"[\s.:#\-]*$",
    re.IGNORECASE,
)
LETTERED = re.compile(
    r"(?<![A-Za-z\d])(?:[A-Za-z]{1,10}[\s\-/.#]{0,2})?\d[\dA-Za-z]*(?:[\-/.]\w+)*"
)
WORD = re.compile(r"^[A-Za-z]+[\s\-/.#]*")
IN_A_LIST = re.compile(r"(?:[\s,;/&+#~]|and|y|und|en|et|e|inv\b)*", re.IGNORECASE)
STATED = re.compile(
    r"[\s:=@(]*(?:USD|EUR|GBP|[$€£])?\s*"
    r"((?:\d{1,3}(?:[.,' ]\d{3})+|\d+)[.,]\d{2})(?!\d)\)?"
    r"(?:\s*(?:less|minus|disc(?:ount)?|dto|descuento|skonto|korting|-)"
    r"[^\d,;]{0,16}((?:\d{1,3}(?:[.,]\d{3})+|\d+)[.,]\d{2})(?!\d))?",
    re.IGNORECASE,
)
# A comma parts numbers of four figures and more; any other mark makes one amount.
MARKED_AFTER = re.compile(r"\.\d|,\d{1,3}(?!\d)")
MARKED_BEFORE = re.compile(r"(?:\d\.|(?<!\d)\d{1,3},)$")
POINTED = re.compile(r"(?<![\d.,])(\d{2,8})[.,](\d{2})(?![\d.,])")
# Figures near other figures, or touching letters that look like figures.
NEAR = re.compile(r"\d\D{1,12}\d|\d[OoIl]|[OoIl]\d")
BARE_LEAST = 4


@dataclass(frozen=True, slots=True)
class Quoted:
    """An open invoice that a text quotes, and in words where and how.

    What is not `sure` counts only for a known customer and an exact sum.  `paid` and
    `less` are what the text states beside the number.
    """

    invoice: Invoice
    found: str
    sure: bool = True
    paid: Decimal | None = None
    less: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a text quotes: open invoices, and others that may be invoices.

    `unknown` are numbers that the text calls invoices and that are not open;
    `alike` are bare ones that look like an invoice number and are none that is
    open.  With either nothing may be decided by amount.
    """

    quoted: tuple[Quoted, ...]
    unknown: tuple[str, ...]
    alike: tuple[str, ...] = ()


Ending = Callable[[str], tuple[Invoice, ...]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where numbers are looked up, and how long those of invoices are.

    `invoice` finds one by its whole number, `ending` all whose numbers have letters
    and end so; `has_letters` says that there are such.
    """

    invoice: Find
    lengths: frozenset[int] = frozenset()
    ending: Ending = lambda _: ()
    has_letters: bool = True


def find(
    text: str, shelf: Shelf, rules: InvoiceNumbers, others: tuple[str, ...] = ()
) -> Numbers:
    """Find the open invoices that a text quotes; `others` are numbers that are none."""
    return _Search(text, shelf, rules, others).run()


class _Search:
    """One text while it is searched: what is not covered yet, and what was found."""

    def __init__(
        self, text: str, shelf: Shelf, rules: InvoiceNumbers, others: tuple[str, ...]
    ) -> None:
        self.text, self.shelf, self.rules = text, shelf, rules
        self.others = hidden.figures_of(others)
        self.seen = hidden.covered(text)
        self.found: dict[str, tuple[int, Quoted]] = {}
        self.unknown: list[str] = []
        self.alike: list[str] = []
        self.listed = -1

    def run(self) -> Numbers:
        self._lettered()
        self._pointed()
        for repair in repairs.REPAIRS if self._may_need_repair() else ():
            for one in list(repair(self.seen, self._invoice)):
                if self._may_be_ours(one.begin, one.end):
                    for invoice, how in one.several:
                        self._keep(one.begin, one.end, invoice, how, sure=one.sure)
                    self._list(one.begin, one.end)
                    self._cover(one.begin, one.end)
        for run in RUN.finditer(self.seen):
            if self._stands_alone(*run.span()):
                self._number(*run.span())
        return Numbers(tuple(self._stated()), tuple(self.unknown), tuple(self.alike))

    def _may_need_repair(self) -> bool:
        """Say whether anything stands near figures that a repair could be about."""
        return self.rules.repair and NEAR.search(self.seen) is not None

    def _invoice(self, number: str) -> Invoice | None:
        found = self.shelf.invoice(number)
        if found is None or (
            self.rules.digits and len(found.number) not in self.rules.digits
        ):
            return None
        return found if self.rules.repair or found.number == number else None

    def _keep(
        self, begin: int, end: int, invoice: Invoice, how: str, *, sure: bool = True
    ) -> None:
        said = f'"{self.text[begin:end]}" in the text at {begin + 1}-{end}{how}'
        _, known = self.found.get(invoice.number, (end, None))
        if known is None or (sure and not known.sure):
            self.found[invoice.number] = (end, Quoted(invoice, said, sure))

    def _cover(self, begin: int, end: int) -> None:
        self.seen = self.seen[:begin] + "~" * (end - begin) + self.seen[end:]

    def _lettered(self) -> None:
        """Find numbers with letters in them, however they are joined."""
        for span in LETTERED.finditer(self.seen if self.shelf.has_letters else ""):
            word = span[0].rstrip("-/.")
            without = WORD.sub("", word)
            for part in dict.fromkeys((word, without)):
                found = self.shelf.invoice(part)
                if found is not None and not found.number.isdigit():
                    end = span.start() + len(word)
                    begin = end - len(part)
                    self._keep(begin, end, found, _meaning(found, part))
                    self._cover(begin, end)
                    break

    def _pointed(self) -> None:
        """Guess at what is called an invoice and is written like an amount."""
        for span in POINTED.finditer(self.text if self.rules.repair else ""):
            found = self._invoice(span[1] + span[2])
            if found is not None and self._is_prefixed(span.start()):
                self._keep(*span.span(), found, _meaning(found, span[0]), sure=False)

    def _number(self, begin: int, end: int) -> None:
        """Take one run of figures that stands alone."""
        number = self.seen[begin:end]
        if hidden.is_called_otherwise(self.seen, begin):
            return
        if hidden.is_postal(self.seen, begin, end):
            # It may be an invoice as well, so that nothing is decided by amount.
            self.alike.append(number)
            return
        prefixed = self._list(begin, end)
        own = number not in self.others
        long = bool(self.rules.digits) or end - begin >= BARE_LEAST
        alone = own and long and not self._is_joined(begin, end)
        bare = alone and not self.rules.prefixes
        if (prefixed or bare) and (found := self._invoice(number)):
            self._keep(begin, end, found, _meaning(found, number))
        elif (prefixed or bare) and self._less_sure(begin, end, number):
            return
        elif prefixed and own and end - begin >= BARE_LEAST:
            self.unknown.append(number)
        elif own and end - begin in self.shelf.lengths:
            self.alike.append(number)

    def _less_sure(self, begin: int, end: int, number: str) -> bool:
        """Take what may be a number's end, or a number with a check digit."""
        if not self.rules.repair:
            return False
        ending = self.shelf.ending(number)
        if len(ending) == 1:
            (found,) = ending
            self._keep(begin, end, found, f", the end of {found.number}", sure=False)
            return True
        if checked := repairs.checked(number, self._invoice):
            how = f", which is {checked.number} and a check digit"
            self._keep(begin, end, checked, how, sure=False)
            # It may as well be another number altogether.
            self.alike.append(number)
            return True
        return False

    def _stated(self) -> Iterator[Quoted]:
        """Read the amount that stands behind a number, and what is taken off it."""
        for end, quoted in self.found.values():
            stated = STATED.match(self.text, end)
            if stated is None:
                yield quoted
                continue
            less = _amount(stated[2]) if stated[2] else ZERO
            yield replace(quoted, paid=_amount(stated[1]), less=less)

    def _may_be_ours(self, begin: int, end: int) -> bool:
        is_called = self._is_prefixed(begin) or not self.rules.prefixes
        return is_called and self._stands_alone(begin, end)

    def _list(self, begin: int, end: int) -> bool:
        """Say whether a number is called an invoice, or goes on with a list of such."""
        goes_on = IN_A_LIST.fullmatch(self.seen, self.listed, begin)
        is_called = self._is_prefixed(begin) or (
            self.listed >= 0 and goes_on is not None
        )
        if is_called:
            self.listed = end
        return is_called

    def _is_prefixed(self, begin: int) -> bool:
        before = self.seen[max(begin - 16, 0) : begin]
        if not self.rules.prefixes:
            return _is_prefix(before)
        bare = before.rstrip(" .:#-~").casefold()
        return any(bare.endswith(one.casefold()) for one in self.rules.prefixes)

    def _stands_alone(self, begin: int, end: int) -> bool:
        """Say that no letter or figure touches the number, but a known prefix."""
        text = self.seen
        before, after = text[max(begin - 1, 0) : begin], text[end : end + 1]
        if after.isalnum():
            return False
        near = text[max(begin - 6, 0) : begin]
        if MARKED_AFTER.match(text, end) or MARKED_BEFORE.search(near):
            return False
        return self._is_prefixed(begin) if before.isalpha() else True

    def _is_joined(self, begin: int, end: int) -> bool:
        """Say that a hyphen joins the number to other figures, as in an account."""
        before = self.seen[max(begin - 2, 0) : begin]
        after = self.seen[end : end + 2]
        return (before[-1:] == "-" and before[:1].isdigit()) or (
            after[:1] == "-" and after[1:].isdigit()
        )


@lru_cache(maxsize=4096)
def _is_prefix(before: str) -> bool:
    return PREFIX.search(before) is not None


def _meaning(found: Invoice, written: str) -> str:
    return "" if found.number == written else f", which is {found.number}"


def _amount(text: str) -> Decimal:
    """Read an amount with two decimals, whichever its marks are."""
    whole, cents = text[:-3], text[-2:]
    return Decimal("".join(filter(str.isdigit, whole)) + "." + cents)
