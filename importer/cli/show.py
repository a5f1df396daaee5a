"""Tables and sums for people: aligned on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import click

from importer.cli import printable
from importer.report.terms import MEANINGS

NOTHING = Decimal("0.00")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; without heads the rows alone."""
    if sys.stdout.isatty():
        _rich(heads, rows)
        return
    every = (heads, *rows) if heads else tuple(rows)
    shown = [[printable(cell) for cell in row] for row in every]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _rich(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.box import SIMPLE  # noqa: PLC0415 -- only on a terminal
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(*heads, box=SIMPLE, show_header=bool(heads))
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    for column in drawn.columns[:1]:
        column.no_wrap = True  # It names the row: the others give way to it.
    Console().print(drawn)


def standing(
    counts: Mapping[str, int], sums: Mapping[tuple[str, str], Decimal]
) -> list[list[str]]:
    """Return one line per status that occurs: word, number, money, meaning."""
    lines = []
    for word, meaning in MEANINGS.items():
        if not counts.get(word):
            continue
        money = [
            f"{amount:,} {currency}"
            for (status, currency), amount in sorted(sums.items())
            if status == word
        ]
        lines.append([word, str(counts[word]), ", ".join(money), meaning])
    return lines


def sums_by_status(sums: Mapping[tuple[str, str], Decimal]) -> dict[str, object]:
    """Return sums keyed by status: one amount, or one per currency where several."""
    found: dict[str, dict[str, Decimal]] = {}
    for (status, currency), amount in sorted(sums.items()):
        found.setdefault(status, {})[currency] = amount
    one_currency = len({currency for _, currency in sums}) <= 1
    return {
        status: next(iter(amounts.values())) if one_currency else amounts
        for status, amounts in found.items()
    }
