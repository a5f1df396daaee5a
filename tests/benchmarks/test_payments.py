"""How fast payments leave: beside what latency allows, and what safety costs.

The sandbox is a process of its own, so that it shares no interpreter with what is
measured.  With an answer after 100 ms: payments in a second ÷ (workers ÷ latency),
in the open and over TLS, where the latency is that of the answer alone, and that of a
whole bare exchange.  With an answer at once: the same run through a journal, and
without one.  What a commit of this disk and a bare exchange with this server cost
stands beside it: other work on the machine shows there, too.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "journal"))
sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import certificates
from server import started
from shelf import file, item

from importer import erp
from importer.erp import Erp, Request, Unpayable
from importer.erp.gate import trusted
from importer.erp.komet import Komet
from importer.erp.secret import Secret
from importer.journal import Journal
from importer.journal.orders import Item
from importer.model import Found, Outcome, Pay, Payment, Posted
from importer.posting import Terms, post

pytestmark = pytest.mark.skipif(
    os.environ.get("BENCHMARKS") != "1", reason="set BENCHMARKS=1 to measure"
)
SERVER = """
import json, ssl, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Komet(BaseHTTPRequestHandler):
    number = 0
    def do_GET(self):
        self.answer({"status": 1, "message": "success", "payments": []})
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(float(sys.argv[1]))
        Komet.number += 1
        self.answer({"status": 1, "message": "success", "controlNumber": Komet.number})
    def answer(self, said):
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

ThreadingHTTPServer.request_queue_size = 128
server = ThreadingHTTPServer(("127.0.0.1", 0), Komet)
if sys.argv[2:]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[2:])
    # The handshake is made by the first read, in the connection's own thread.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
print(server.server_port, flush=True)
server.serve_forever()
"""
LATENCY = 0.1
EACH_WORKER, FAST_COUNT = 100, 2000


@contextmanager
def serving(latency: float, *pair: Path) -> Iterator[str]:
    """Serve a Komet that takes everything, after so many seconds.

    Over TLS where it is given a pair of a certificate and its key.
    """
    command = [sys.executable, "-c", SERVER, str(latency), *map(str, pair)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        scheme = "https" if pair else "http"
        yield f"{scheme}://127.0.0.1:{server.stdout.readline().strip()}"
        server.kill()


def client(url: str, ca_file: str = "") -> Erp:
    return Komet(
        url=url,
        token=Secret("CANARY-of-the-benchmark"),
        methods={"default": 12, "check": 12, "wire": 14},
        location="MIA",
        timeout=20,
        meter=lambda _: None,
        options={},
        ca_file=ca_file,
    )


def of_many(number: int) -> Item:
    """Make a remittance of one of many customers, so that workers find work."""
    made = item(number)
    assert isinstance(made.first, Pay)
    customer = str(20_000 + number % 64)
    payments = tuple(replace(one, customer=customer) for one in made.first.payments)
    return replace(made, first=replace(made.first, payments=payments))


def posted(
    folder: Path, one: Erp, count: int, workers: int, url: str = "sqlite:///journal.db"
) -> float:
    """Post so many payments of many customers; return the seconds."""
    now = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
    terms = Terms(workers, 10 * count, lambda: now, lambda: False)
    with Journal.open(url, top=folder) as journal:
        journal.take_in(file("bank.csv", count), [of_many(n) for n in range(count)])
        start = time.perf_counter()
        post(journal, one, terms)
        seconds = time.perf_counter() - start
        assert journal.counts()["posted"] == count
    return seconds


class Instant:
    """An ERP in memory that takes everything at once."""

    traits = erp.Traits("komet", "payment.receive")

    def __init__(self) -> None:
        self._number, self._lock = 0, Lock()

    def prepare(self, payment: Payment) -> Request | Unpayable:
        return Request(payment, f"R {payment.marker}", b"{}", "d" * 64)

    def send(self, request: Request) -> Outcome:
        assert request.digest
        with self._lock:
            self._number += 1
            return Posted(str(self._number))

    def listed(self, *_: object) -> tuple[Found, ...]:
        return ()

    def search(self, reference: str) -> tuple[Found, ...]:
        raise AssertionError(reference)


def exchanged(url: str, ca_file: str = "") -> float:
    """Exchange as little as possible with the server; return the seconds."""
    host, port = url.partition("//")[2].split(":")
    start = time.perf_counter()
    way = socket.create_connection((host, int(port)))
    if ca_file:
        way = trusted(ca_file).wrap_socket(way, server_hostname=host)
    with way:
        way.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        assert way.recv(1 << 16).startswith(b"HTTP/1.0 200")
    return time.perf_counter() - start


def of_latency(folder: Path, workers: int, pair: tuple[Path, ...], ca_file: str) -> str:
    """Say how fast so many workers post, beside what the latency allows."""
    count = workers * EACH_WORKER
    with serving(LATENCY, *pair) as url:
        bare = statistics.median(exchanged(url, ca_file) for _ in range(20))
        seconds = posted(folder, client(url, ca_file), count, workers)
    rate = count / seconds / workers
    return (
        f"{rate * LATENCY:.1%} of what the latency allows, {rate * bare:.1%} of what "
        f"bare exchanges allow ({bare * 1000:.1f} ms each)"
    )


@pytest.mark.parametrize("workers", [1, 4, 8])
def test_payments_in_a_second_beside_what_latency_allows(
    tmp_path: Path, workers: int
) -> None:
    said = of_latency(tmp_path, workers, (), "")
    sys.stdout.write(f"\n{workers} workers, 100 ms: {said}\n")


@pytest.mark.parametrize("workers", [1, 4, 8])
def test_payments_over_tls_beside_what_latency_allows(
    tmp_path: Path, workers: int
) -> None:
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    (tmp_path / "certificates").mkdir()
    pairs, authority = certificates.made(tmp_path / "certificates")
    said = of_latency(tmp_path, workers, pairs["good"], str(authority))
    sys.stdout.write(f"\n{workers} workers, 100 ms, TLS: {said}\n")


@pytest.mark.parametrize("workers", [1, 4])
def test_what_safety_costs(tmp_path: Path, workers: int) -> None:
    seconds = posted(tmp_path, Instant(), FAST_COUNT, workers)  # type: ignore[arg-type] # all that posting asks for
    with serving(0) as url:
        (tmp_path / "whole").mkdir()
        whole = posted(tmp_path / "whole", client(url), FAST_COUNT, workers)
    sys.stdout.write(
        f"\n{workers} workers, answers at once: safety costs "
        f"{1000 * seconds / FAST_COUNT:.2f} ms a payment; with HTTP "
        f"{1000 * whole / FAST_COUNT:.2f} ms, 10,000 in "
        f"{10_000 * whole / FAST_COUNT:.0f} s\n"
    )


@pytest.mark.parametrize("workers", [1, 4])
def test_postgresql_beside_sqlite(tmp_path: Path, workers: int) -> None:
    ours = posted(tmp_path, Instant(), FAST_COUNT, workers)  # type: ignore[arg-type] # all that posting asks for
    with closing(started()) as server:
        url = server.url("payments")
        theirs = posted(tmp_path, Instant(), FAST_COUNT, workers, url)  # type: ignore[arg-type] # as above
    sys.stdout.write(
        f"\n{workers} workers, answers at once: PostgreSQL takes {theirs / ours:.2f} "
        f"of the time of SQLite\n"
    )
