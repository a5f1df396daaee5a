"""Lists as another ERP, or another version of this one, might write them.

Every shape still tells the truth, to who reads it with care; `cut` and `unmarked`
tell less of it.
"""

import html
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from importer.sandbox.wire import Document

_AMOUNTS = ("appliedCredits", "appliedAmount", "paymentTotal")

Shape = Callable[[Document], Document]


def _each(change: Callable[[Document], Document]) -> Shape:
    """Make a shape that changes each payment of a list."""

    def shaped(document: Document) -> Document:
        rows = document.get("payments")
        if not isinstance(rows, list):
            return document
        return {**document, "payments": [{**row, **change(row)} for row in rows]}

    return shaped


def _reference(change: Callable[[str], str]) -> Shape:
    return _each(lambda row: {"checkReference": change(str(row["checkReference"]))})


def _amounts(change: Callable[[Decimal], object]) -> Shape:
    def changed(row: Document) -> Document:
        parts = row["invoices"]
        return {key: change(row[key]) for key in _AMOUNTS} | {
            "invoices": [{**one, "payment": change(one["payment"])} for one in parts]
        }

    return _each(changed)


def _days_off(days: int) -> Shape:
    def moved(row: Document) -> Document:
        day = date.fromisoformat(row["date"]) + timedelta(days=days)
        return {"date": f"{day.isoformat()}T23:30:00"}

    return _each(moved)


def _turned(document: Document) -> Document:
    return {
        key: rows[::-1] if isinstance(rows, list) else rows
        for key, rows in document.items()
    }


def _said(**words: object) -> Shape:
    """Make a shape that says this, and leaves the list out."""
    return lambda _: dict(words)


SHAPES: Mapping[str, Shape] = {
    "upper": _reference(str.upper),
    "lower": _reference(str.lower),
    "escaped": _reference(lambda text: html.escape(f"<{text}>")),
    "padded": _reference(lambda text: f"  {text}\n"),
    "cut": _reference(lambda text: text[:20]),
    "unmarked": _reference(lambda _: ""),
    "bare": _amounts(lambda amount: int(amount) if amount % 1 == 0 else amount),
    "texts": _amounts(lambda amount: f"{amount:.2f}"),
    "yesterday": _days_off(-1),
    "tomorrow": _days_off(1),
    "turned": _turned,
    "unnamed": _each(lambda _: {"customer": ""}),
    "failed 0": _said(status=0, message="The payments could not be read."),
    "failed 1": _said(status=1, message="The payments could not be read."),
    "unsaid": _said(message="OK"),
    "null": lambda document: {**document, "payments": None},
    "odd": lambda document: {**document, "payments": {"rows": []}},
    "holed": _each(lambda _: {"controlNumber": None}),
    "nothing": lambda _: {},
}
