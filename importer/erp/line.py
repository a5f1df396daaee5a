"""The way of one exchange: a thread, a gate and a connection for it alone.

    new ── carry ─────────────▶ connects, sends, and ends
     └──── go ahead ─▶ connects, waits ── carry ─▶ sends, and ends
                                 └─────── nobody came in time ─▶ ends

(1) A line carries one exchange, or none.
(2) A line that waits has one taker: an exchange, or its own end.
(3) A connection made ahead is used only while servers have patience with one that says
    nothing, and if nothing came on it; else the line connects anew.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from importer.erp.gate import Gate, GatedAdapter

Exchanging = Callable[[GatedAdapter], None]
"""What does one exchange, and raises nothing."""
PATIENCE = 4.0
"""Seconds that a line waits: few servers leave a silent connection before five."""


class Line:
    """What carries one exchange; all that is sent passes its `gate`."""

    def __init__(
        self,
        url: str,
        ca_file: str,
        timeout: float,  # seconds
    ) -> None:
        """Make a line that is not connected yet, and connects within the timeout."""
        self.gate = Gate()
        self._adapter = GatedAdapter(self.gate, url, ca_file)
        self._timeout = timeout
        self._exchanges: queue.SimpleQueue[Exchanging] = queue.SimpleQueue()
        self._taken = threading.Lock()
        self._waits = False

    def go_ahead(self) -> None:
        """Connect, and wait for an exchange."""
        self._waits = True
        _begin(self._wait)

    def take(self) -> bool:
        """Say whether it is the caller's: it is so once."""
        return self._taken.acquire(blocking=False)

    def carry(self, exchange: Exchanging) -> None:
        """Let the thread that waits, or a new one, do the exchange."""
        if self._waits:
            self._exchanges.put(exchange)
        else:
            _begin(lambda: exchange(self._adapter))

    def _wait(self) -> None:
        with suppress(Exception):
            # The exchange connects anew, and tells why it cannot.
            self._adapter.connect(self._timeout)
        if exchange := self._given():
            if not self._adapter.is_fresh():
                self._adapter.close()
            exchange(self._adapter)
        else:
            self._adapter.close()

    def _given(self) -> Exchanging | None:
        try:
            return self._exchanges.get(timeout=PATIENCE)
        except queue.Empty:
            return None if self.take() else self._exchanges.get()


def _begin(life: Callable[[], None]) -> None:
    threading.Thread(target=life, name="exchange", daemon=True).start()
