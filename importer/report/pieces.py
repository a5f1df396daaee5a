"""The pieces of the page: sections, tables, bars, and how figures are written."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from importer import money
from importer.report.figures import AGES, Rate, Tally
from importer.report.markup import Html, element
from importer.report.terms import MEANINGS

NUMBERS = {
    *("rows", "money", "calls", "of the limit"),
    *("remittances", "invoices", "lines"),
}
NONE = "\u2013"
Cell = str | tuple[str, str]
"""What stands in a cell; of a pair the first is its class."""


def section(title: str, said: str, *parts: Html) -> Html:
    """Make a section: its title, a sentence, and what it shows."""
    lead = element("p", said, class_="soft") if said else ""
    return element("section", element("h2", title), lead, *parts)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    total: Sequence[Cell] = (),
) -> Html:
    """Make a table that stays one for screen readers where a phone shows blocks."""
    top = [
        element("th", one, scope="col", role="columnheader", class_=_side(one))
        for one in heads
    ]
    body = [_row(heads, cells) for cells in rows]
    body += [_row(heads, total, "total")] if total else []
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *top, role="row"), role="rowgroup"),
        element("tbody", *body, role="rowgroup"),
        role="table",
    )


def _side(head: str) -> str:
    return "number" if head in NUMBERS else ""


def _row(heads: Sequence[str], cells: Sequence[Cell], kind: str = "") -> Html:
    first, *others = cells
    assert isinstance(first, str), "a row begins with its name"
    made = [element("th", first, scope="row", role="rowheader")]
    for name, cell in zip(heads[1:], others, strict=True):
        side, text = ("", cell) if isinstance(cell, str) else cell
        made.append(element("td", text, role="cell", class_=side, data_name=name))
    return element("tr", *made, role="row", class_=kind)


def tallied(tally: Tally) -> tuple[Cell, Cell]:
    """Make the cells of a tally: its rows, and its money by currency."""
    lines = [element("span", one, class_="money") for one in monies(tally)]
    return ("number", f"{tally.rows:,}"), ("number", element("span", *lines))


def share(tally: Tally, whole: Tally) -> Cell:
    """Make the cell that draws a tally's rows as a part of others."""
    return "wide", bar(Rate(Decimal(tally.rows), Decimal(whole.rows)).share)


def bar(share: Decimal | None) -> Html:
    """Draw a share; the figure stands beside it, so that it is no news to readers."""
    width = min(max(share or Decimal(0), Decimal(0)), Decimal(1)) * 100
    inside = element("span", style=f"inline-size:{width:.1f}%")
    return element("span", inside, class_="bar", aria_hidden="true")


def percent(rate: Rate) -> str:
    """Write a share; neither all nor nothing is said of what is only nearly so."""
    if rate.share is None:
        return NONE
    if 0 < rate.share < Decimal("0.001"):
        return "under 0.1 %"
    if Decimal("0.999") < rate.share < 1:
        return "over 99.9 %"
    return f"{rate.share * 100:.1f} %" if rate.share != 1 else "100 %"


def monies(tally: Tally) -> list[str]:
    """Write the money of a tally, currency by currency."""
    return [money_of(amount, key) for key, amount in sorted(tally.money.items())]


def money_of(amount: Decimal | int, currency: str) -> str:
    """Write an amount with its currency, its thousands grouped."""
    written = money.write(Decimal(amount), money.places(currency))
    return f"{Decimal(written):,} {currency}"


def lines(first: str, second: str) -> Html:
    """Write a figure, and under it what it is a part of."""
    return element(
        "span", element("b", first), " ", element("span", second, class_="of")
    )


def age(least: int) -> str:
    """Write for how long something waits at least, and at most."""
    if least == AGES[-1]:
        return f"{least} days or more"
    most = next(one for one in AGES if one > least)
    return f"{least} to {most} days" if least else "less than a day"


def word(code: str) -> str:
    """Write a status as words; a reason's code stays as docs have it."""
    return code.replace("_", " ") if code in MEANINGS else code


def unbroken(text: str) -> Html:
    """Keep each word on one line: no day or code is broken at its hyphens."""
    words = (element("span", one, class_="together") for one in text.split())
    return Html(" ".join(words))
