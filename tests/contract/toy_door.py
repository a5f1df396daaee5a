"""The toy's part of the sandbox: what docs/adding-an-erp.md asks of a door."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from importer.sandbox.book import Book, NewPayment, Part, cents, now, written
from importer.sandbox.komet import Call
from importer.sandbox.wire import Document, Reply


class ToyDoor:
    """The toy's part of the sandbox."""

    closed = ""

    def __init__(self, book: Book, keys: Mapping[str, str], lag: float = 0) -> None:
        self._book, self._keys, self._lag = book, keys, lag

    def answer(self, call: Call) -> Reply:
        said = json.loads(call.body, parse_float=Decimal) if call.body else call.query
        if said.get("token") not in self._keys:
            return Reply(200, self.no("token"))
        match call.method:
            case "pay":
                return Reply(200, self._pay(said, call.request))
            case "paid":
                return self._list(self._paid())
            case "customers":
                every = self._book.rows("SELECT * FROM customer")
                rows = [[str(one["id"]), one["code"], one["name"]] for one in every]
                return self._list(rows)
            case "owed":
                every = self._book.everything()["invoices"]
                owed = [one for one in every if one["open"] != "0.00"]
                return self._list(
                    [[str(o["number"]), str(o["customer"]), o["open"]] for o in owed]
                )
        return Reply(404, self.no("method"))

    def _list(self, rows: object) -> Reply:
        return Reply(200, rows)  # type: ignore[arg-type] # a list is a document, too

    def _pay(self, said: Mapping[str, Any], request: int) -> Document:
        marker, customer, day, total, paid = said["paid"]
        if day[:7] == self.closed:
            return self.no("The month is closed.")
        parts = tuple(
            Part(int(key), cents(amount), cents(less))
            for key, (amount, less) in paid.items()
        )
        new = NewPayment(
            *(int(customer), 14, "MIA", day, cents(total), marker, "", parts)
        )
        return {"paid": self._book.apply(new, now(), now(), request)}

    def _paid(self) -> list[list[Any]]:
        seen = written(datetime.now(UTC) - timedelta(seconds=self._lag))
        every = self._book.rows("SELECT * FROM customer")
        names = {one["id"]: one["name"] for one in every}
        return [
            [
                *(str(one["control"]), one["date"], names[one["customer"]]),
                *(one["reference"], one["total"]),
                {key: paid["amount"] for key, paid in one["invoices"].items()},
            ]
            for one in self._book.everything()["payments"]
            if one["applied_at"] <= seen and not one["cancelled"]
        ]

    def lagging(self, seconds: float) -> "ToyDoor":
        return ToyDoor(self._book, self._keys, seconds)

    def apply_due(self) -> None:
        for late in self._book.take_due("pay"):
            self._pay(json.loads(late["body"], parse_float=Decimal), late["request"])

    def no(self, said: str) -> Document:
        return {"no": said}
