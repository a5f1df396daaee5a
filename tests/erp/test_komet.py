"""A Komet that answers what no document says: every payment, whatever is asked."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from importer.erp import connect
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


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stubborn) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_payment_that_comes_in_several_windows_counts_once(url: str) -> None:
    komet = connect(
        "komet",
        url=url,
        token=Secret("CANARY-7f3a91c2"),
        methods={},
        location="",
        timeout=5,
        meter=lambda _: None,
    )
    found = komet.listed([date(2026, 1, 3), date(2026, 2, 13)], ())
    with_id = [one for one in found if one.control_number == "1"]
    assert sorted(one.total for one in with_id) == [-5, 5]
    assert len(found) == 4, "without an id nothing proves that two rows are one"
