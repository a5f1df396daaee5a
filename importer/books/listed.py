"""The exported list of open invoices: a table with one row per invoice.

    customer_id, customer_code, customer_name, invoice_number, invoice_date,
    due_date, total, open, po_number, location

Needed are `customer_id` or `customer_code`, `invoice_number` and `open`; other
headers are known by the table of synonyms below.  One way to write dates and
one way to write amounts is found for the whole file: it must read every cell,
and where two ways do and differ, the file is refused.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from importer import dates, money
from importer.errors import Fault, FileRefused
from importer.model import Customer, Invoice
from importer.table import Row

_NAMES: Mapping[str, str] = {
    "customer_id": "customerid custid clientid",
    "customer_code": "customercode custcode code customerno customernumber customer"
    " clientcode account accountno accountnumber",
    "customer_name": "customername custname name client clientname company",
    "invoice_number": "invoicenumber invoiceno invoicenum invoice invoiceid invno inv"
    " number order orderno ordernumber document documentno documentnumber",
    "invoice_date": "invoicedate date shipdate orderdate documentdate issued",
    "due_date": "duedate due dueon",
    "total": "total invoicetotal invoiceamount amount originalamount ordertotal",
    "open": "open openamount openbalance balance amountdue outstanding"
    " outstandingamount remaining balancedue",
    "po_number": "ponumber pono po customerpo customerponumber customerpono"
    " purchaseorder",
    "location": "location locationcode branch",
}
_DATES = (
    *("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d", "%Y%m%d"),
    *("%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y", "%d-%b-%Y"),
    *("%d %b %Y", "%b %d, %Y", "%m/%d/%y", "%d/%m/%y"),
)
_MARKS = ((".", ","), (",", "."), (",", " "), (".", "'"), (".", " "))
_CURRENCIES = ("$", "€", "£", "USD", "EUR", "GBP")
_DATED = ("invoice_date", "due_date")
_AMOUNTS = ("open", "total")

Value = TypeVar("Value", date, Decimal)
Way = tuple[str, Callable[[str], Value]]


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says, and how it was understood.

    `customers` are those given and those that only the list has.  `understood`
    are sentences: each column's meaning, the ways to write, what was left out.
    """

    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]
    understood: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One row: its line in the file, and its cells by the names above."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def is_header(cells: Sequence[str]) -> bool:
    """Say whether a row names the columns that a list needs."""
    return not _missing(_known(cells))


def from_list(
    file: str,
    header: Sequence[str],
    rows: Iterable[Row],
    customers: Iterable[Customer] = (),
) -> Listed:
    """Read a list; `customers` are those known already, by whose codes it may speak.

    Raises `FileRefused` with all faults of the list.
    """
    at_of = columns(file, header)
    lines = [
        _Line(row.line, {name: row.cells[at].strip() for name, at in at_of.items()})
        for row in rows
        if any(cell.strip() for cell in row.cells)
    ]
    days, days_said, unread_days = _read(file, lines, _DATED, _dates())
    amounts, amounts_said, unread = _read(file, lines, _AMOUNTS, _amounts())
    known = _Customers(file, customers)
    owners = [known.owner(line) for line in lines]
    faults = [*unread_days, *unread, *known.faults, *_wrong_numbers(file, lines)]
    if faults:
        raise FileRefused(*sorted(faults, key=lambda fault: _line_of(fault.where)))
    invoices = [
        Invoice(
            number=line["invoice_number"],
            customer=owner,
            open=amounts[line["open"]],
            total=amounts.get(line["total"]),
            issued=days.get(line["invoice_date"]),
            due=days.get(line["due_date"]),
            po_number=line["po_number"],
            location=line["location"],
        )
        for line, owner in zip(lines, owners, strict=True)
    ]
    still = tuple(one for one in invoices if one.open)
    said = [f'"{header[at]}" is {name}' for name, at in at_of.items()]
    if closed := len(invoices) - len(still):
        said.append(f"{closed} invoices with nothing open were left out")
    return Listed(known.all(), still, (*said, *days_said, *amounts_said))


def _known(header: Sequence[str]) -> dict[str, list[int]]:
    """Find which columns each name may be, by our own words before synonyms."""
    bare = [re.sub(r"[\W_]", "", cell.casefold()) for cell in header]
    found: dict[str, list[int]] = {}
    for name, synonyms in _NAMES.items():
        own = [at for at, cell in enumerate(bare) if cell == name.replace("_", "")]
        like = [at for at, cell in enumerate(bare) if cell in synonyms.split()]
        if own or like:
            found[name] = own or like
    return found


def _missing(found: Mapping[str, list[int]]) -> list[str]:
    missing = [name for name in ("invoice_number", "open") if name not in found]
    if "customer_id" not in found and "customer_code" not in found:
        missing.append("customer_id or customer_code")
    return missing


def columns(file: str, header: Sequence[str]) -> dict[str, int]:
    """Find the column of each name; `FileRefused` where one is missing or twice."""
    found = _known(header)
    shown = " | ".join(header)
    faults = [
        Fault(file, f'no column is "{name}"', shown, f"name one of them {name}")
        for name in _missing(found)
    ]
    for name, places in found.items():
        if len(places) > 1:
            which = " and ".join(f'"{header[at]}"' for at in places)
            hint = f"name one of them {name} and the others something else"
            faults.append(Fault(file, f"{which} may both be {name}", shown, hint))
    if faults:
        raise FileRefused(*faults)
    return {name: places[0] for name, places in found.items()}


def _read(
    file: str, lines: Sequence[_Line], names: Sequence[str], ways: Sequence[Way[Value]]
) -> tuple[dict[str, Value], list[str], list[Fault]]:
    """Find the one way that reads every cell of these columns, and read by it."""
    cells = [(line, line[name]) for name in names for line in lines if line[name]]
    texts = {text for _, text in cells}
    if not texts:
        return {}, [], []
    readings = {name: _readings(texts, way) for name, way in ways}
    chosen = max(readings, key=lambda name: len(readings[name]))
    found = readings[chosen]
    for line, text in cells:
        for name, other in readings.items():
            if len(other) == len(found) and other.get(text) != found.get(text):
                fault = _two_ways(f"{file}:{line.number}", text, (chosen, name))
                return found, [], [fault]
    faults = [
        Fault(
            f"{file}:{line.number}",
            f'"{text}" cannot be read as the others are ({chosen})',
        )
        for line, text in cells
        if text not in found
    ]
    return found, [f"{' and '.join(names)} read as {chosen}"], faults


def _readings(texts: Iterable[str], way: Callable[[str], Value]) -> dict[str, Value]:
    found = {}
    for text in texts:
        try:
            found[text] = way(text)
        except (dates.NotDate, money.NotMoney):
            continue
    return found


def _two_ways(where: str, text: str, ways: tuple[str, str]) -> Fault:
    return Fault(
        where,
        f'"{text}" and all others read in two ways ({ways[0]} and {ways[1]})',
        hint="export the list with dates as 2026-03-31 and amounts as 1234.50",
    )


def _dates() -> list[Way[date]]:
    return [(form, dates.reader(form)) for form in _DATES]


def _amounts() -> list[Way[Decimal]]:
    return [
        (
            f"1{thousands}234{decimal}50",
            money.reader(decimal, thousands, _CURRENCIES, 2),
        )
        for decimal, thousands in _MARKS
    ]


class _Customers:
    """Who owns a row: the ids and codes that are known, and those the list adds."""

    def __init__(self, file: str, known: Iterable[Customer]) -> None:
        self._file = file
        self._by_id = {one.id: one for one in known}
        self._by_code: dict[str, list[Customer]] = {}
        for one in self._by_id.values():
            if one.code:
                self._by_code.setdefault(one.code.casefold(), []).append(one)
        self.faults: list[Fault] = []

    def all(self) -> tuple[Customer, ...]:
        return tuple(self._by_id.values())

    def owner(self, line: _Line) -> str:
        """Return the customer's id, and keep a fault where it cannot be told."""
        id_, code = line["customer_id"], line["customer_code"]
        same_code = self._by_code.get(code.casefold(), []) if code else []
        if not id_:
            return self._by_its_code(line, code, same_code)
        if same_code and id_ not in {one.id for one in same_code}:
            other = same_code[0].id
            self._wrong(line, f'code "{code}" is of customer "{other}", not "{id_}"')
        if id_ not in self._by_id:
            self._by_id[id_] = Customer(id_, code, line["customer_name"])
        return id_

    def _by_its_code(self, line: _Line, code: str, same: Sequence[Customer]) -> str:
        if len(same) == 1:
            return same[0].id
        if not code:
            self._wrong(line, "the row names no customer")
        elif same:
            self._wrong(line, f'{len(same)} customers have the code "{code}"')
        else:
            hint = "read the customers from the ERP first: importer sync"
            self._wrong(line, f'no customer has the code "{code}"', hint)
        return ""

    def _wrong(self, line: _Line, sentence: str, hint: str = "") -> None:
        self.faults.append(Fault(f"{self._file}:{line.number}", sentence, hint=hint))


def _wrong_numbers(file: str, lines: Sequence[_Line]) -> list[Fault]:
    """Find rows without a number or an open amount, and numbers that stand twice."""
    faults = []
    first: dict[str, int] = {}
    for line in lines:
        where, number = f"{file}:{line.number}", line["invoice_number"]
        if not number:
            hint = "take out rows that are no invoices, such as totals"
            faults.append(Fault(where, "the row has no invoice number", hint=hint))
        elif number in first:
            sentence = f'invoice "{number}" stands in line {first[number]}, too'
            faults.append(Fault(where, sentence))
        if not line["open"]:
            faults.append(Fault(where, "the row does not say what is open"))
        first.setdefault(number, line.number)
    return faults


def _line_of(where: str) -> int:
    return int(where.rpartition(":")[2])
