"""A Komet that answers what no document says: every payment, whatever is asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from importer.erp import Erp, connect
from importer.erp.komet import DATED_MOST
from importer.erp.secret import Secret

ROWS = [
    {"id": 7, "controlNumber": "1", "date": "2026-01-05", "paymentTotal": 5},
    {"id": 8, "controlNumber": "1", "date": "2026-01-05", "paymentTotal": -5},
    {"controlNumber": "2", "date": None, "paymentTotal": "1.50"},
]


class Stubborn(BaseHTTPRequestHandler):
    """Ignores all filters."""

    def do_GET(self) -> None:
        """Answer with the same list."""
        body = json.dumps({"status": 1, "payments": ROWS}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Keep quiet."""


class Busy(Stubborn):
    """Has one payment a day, each of them larger than half of what is read at once."""

    asked: ClassVar[list[tuple[date, date]]] = []

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        first, last = (
            date.fromisoformat(query[key][0]) for key in ("dateFrom", "dateTo")
        )
        self.asked.append((first, last))
        count = (last - first).days + 1
        rows = [
            {
                "id": (first + timedelta(days=day)).toordinal(),
                "controlNumber": "1",
                "date": (first + timedelta(days=day)).isoformat(),
                "paymentTotal": 5,
                "notes": "n" * (DATED_MOST * 6 // 10),
            }
            for day in range(min(count, 2))
        ]
        body = json.dumps({"status": 1, "payments": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Stubborn) as one:
        yield one


def client(url: str, meter: Callable[[str], None] = lambda _: None) -> Erp:
    return connect(
        "komet",
        url=url,
        token=Secret("CANARY-7f3a91c2"),
        methods={},
        location="",
        timeout=30,
        meter=meter,
    )


def test_a_list_that_is_too_long_is_asked_for_by_fewer_days_and_never_cut() -> None:
    counted: list[str] = []
    with serving(Busy) as url:
        komet = client(url, counted.append)
        found = komet.listed([date(2026, 1, 5)], ())
    days = {one.date for one in found}
    assert days == {date(2026, 1, day) for day in range(3, 8)}
    assert len(Busy.asked) == len(counted) == 9, "five days, and four times too many"


def test_a_payment_that_comes_in_several_windows_counts_once(url: str) -> None:
    komet = client(url)
    found = komet.listed([date(2026, 1, 3), date(2026, 2, 13)], ())
    with_id = [one for one in found if one.control_number == "1"]
    assert sorted(one.total for one in with_id) == [-5, 5]
    assert len(found) == 4, "without an id nothing proves that two rows are one"
