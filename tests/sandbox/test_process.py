"""The stand-in as a process: it is ordered about by HTTP, and its book outlives it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from importer.errors import SettingsRefused
from importer.sandbox import Sandbox

TOP = Path(__file__).parents[2]
TOKEN = "TOK-sandbox-company-1"
SEED = {
    "customers": [{"id": 1, "name": "Anemone Ltd"}],
    "methods": [{"id": 12, "name": "Check"}],
    "invoices": [
        {"number": 1, "customerId": 1, "date": "2026-03-01", "total": 5, "open": 2}
    ],
}
PROGRAM = """
import sys
from pathlib import Path
from importer.sandbox.serve import serve
serve(Path(sys.argv[1]), Path(sys.argv[2]), 0, lambda url: print(url, flush=True))
"""

Started = Callable[[], tuple[subprocess.Popen[str], str]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """Start the server on one book, as often as wanted."""
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(SEED), encoding="utf-8")
    running = []

    def start() -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-W", "error", "-c", PROGRAM]
        process = subprocess.Popen(
            [*command, str(tmp_path / "s.db"), str(seed)],
            cwd=TOP,
            env={**os.environ, "PYTHONPATH": str(TOP)},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def order(url: str, what: str, **said: object) -> Any:
    address = f"{url.removesuffix('/api')}/_sandbox/{what}"
    content = json.dumps(said).encode() if said else None
    with urllib.request.urlopen(address, content) as answer:
        return json.load(answer)


def pay(url: str, reference: str) -> None:
    body = {
        "authenticationToken": TOKEN,
        "customerId": 1,
        "methodId": 12,
        "date": "2026-03-18",
        "totalPayment": 1,
        "referenceNumber": reference,
    }
    with urllib.request.urlopen(
        f"{url}/payment.receive", json.dumps(body).encode()
    ) as answer:
        assert json.load(answer)["status"] == "1"


def references(url: str) -> list[str]:
    return [row["reference"] for row in order(url, "book")["payments"]]


def test_what_was_answered_outlives_a_killed_process(started: Started) -> None:
    process, url = started()
    for number in range(5):
        pay(url, f"R{number}")
    order(url, "accident", kind="drop", applies="late", late=0.2)
    with pytest.raises(ConnectionError):
        pay(url, "late")
    process.kill()
    process.wait()
    _, again = started()
    with suppress(OSError):
        pay(again, "after")
    found = references(again)
    while "late" not in found:
        found = references(again)
    assert sorted(found) == ["", "R0", "R1", "R2", "R3", "R4", "after", "late"]
    invoices = order(again, "book")["invoices"]
    assert [(one["total"], one["open"]) for one in invoices] == [("5.00", "2.00")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_told_to(started: Started, number: signal.Signals) -> None:
    process, url = started()
    pay(url, "R")
    process.send_signal(number)
    assert process.wait(timeout=5) == 0


def test_a_client_that_stays_connected_does_not_keep_it_from_stopping(
    tmp_path: Path,
) -> None:
    start = time.monotonic()
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        host = urllib.parse.urlsplit(sandbox.url)
        client = http.client.HTTPConnection(str(host.hostname), host.port)
        for _ in range(2):
            client.request("GET", "/_sandbox/book")
            assert client.getresponse().read()
    assert time.monotonic() - start < 5
    client.close()


def test_accidents_meet_the_requests_that_they_are_meant_for(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        sandbox.accident("drop", after=1, times=2)
        sandbox.accident("status", status=502, method="location.list")
        lost = 0
        for number in range(5):
            try:
                pay(sandbox.url, f"R{number}")
            except OSError:
                lost += 1
        assert lost == 2
        met = [row["accident"] for row in sandbox.book()["requests"]]
        assert met == ["", "drop", "drop", "", ""]


def test_an_accident_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        with pytest.raises(SettingsRefused, match="earthquake"):
            sandbox.accident("earthquake")
        with pytest.raises(urllib.error.HTTPError) as caught:
            order(sandbox.url, "accident", kind="earthquake")
        caught.value.close()


def test_the_book_keeps_every_request_and_no_token(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "s.db", SEED) as sandbox:
        pay(sandbox.url, "R1")
        (row,) = sandbox.book()["requests"]
        assert json.loads(row["body"])["referenceNumber"] == "R1"
        payments = sandbox.book()["payments"]
    assert payments[-1]["request"] == row["id"]
    assert payments[-1]["received_at"] <= payments[-1]["applied_at"]
    for path in tmp_path.iterdir():
        assert TOKEN.encode() not in path.read_bytes()
