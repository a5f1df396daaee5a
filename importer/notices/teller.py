"""The thread that keeps news and sends them when they are due; nobody waits for it."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from importer import locks
from importer.errors import ImporterError, StoppedEarly
from importer.logs import Log, trouble
from importer.notices import News, addresses, courier, memory
from importer.notices.courier import SECONDS_MORE, SECONDS_MOST, Carried
from importer.notices.memory import Memory
from importer.settings import Workspace

LOOK_SECONDS = 5
# The message under way, and the last one.
PATIENCE_SECONDS = 2 * (SECONDS_MOST + SECONDS_MORE)
LOCK_SECONDS = 5
_log = Log("notices")

Now = Callable[[], datetime]
Tell = Callable[[Iterable[News]], None]


@contextmanager
def telling(
    here: Workspace, environment: Mapping[str, str], now: Now
) -> Iterator[Tell]:
    """Take news to tell; at the end what is due is sent, and waited for so long."""
    section = here.settings.notify
    if not (section.urls_env or section.urls_file):
        yield lambda _: None
        return
    teller = _Teller(here, environment, now)
    teller.start()
    try:
        yield teller.tell
    finally:
        teller.close()


def trouble_of(here: Workspace) -> str:
    """Say what went wrong with the last message, if anything did."""
    found = memory.read(_path(here))
    if not found.why or found.failed is None:
        return ""
    return f"messages: {found.why} (since {found.failed:%Y-%m-%d %H:%M} UTC)"


def send_a_test(here: Workspace, environment: Mapping[str, str]) -> Carried:
    """Send a message that says that messages arrive."""
    found = addresses.fetch(here, environment)
    title = f"{here.root.name}: a test"
    return _carry(
        here, environment, found, title, f"Messages arrive.\n\n{_where(here)}"
    )


class _Teller(threading.Thread):
    def __init__(
        self, here: Workspace, environment: Mapping[str, str], now: Now
    ) -> None:
        super().__init__(name="notices", daemon=True)
        self._here, self._environment, self._now = here, environment, now
        self._news: queue.SimpleQueue[tuple[News, ...] | None] = queue.SimpleQueue()

    def tell(self, news: Iterable[News]) -> None:
        """Take news; nothing is waited for, and nothing is raised."""
        try:
            self._news.put(tuple(news))
        except Exception as error:  # noqa: BLE001 -- what cannot be told stops nobody
            _log.error("news not told", **trouble(error))

    def close(self) -> None:
        """Send what is due, and end."""
        self._news.put(None)
        self.join(PATIENCE_SECONDS)

    def run(self) -> None:
        """Keep news and send what is due, until told to end."""
        is_open = True
        while is_open:
            heard: tuple[News, ...] | None = ()
            with suppress(queue.Empty):
                heard = self._news.get(timeout=LOOK_SECONDS)
            is_open = heard is not None
            try:
                if heard:
                    self._keep(heard)
                self._send()
            except Exception as error:  # noqa: BLE001 -- no fault here is one of the work
                _log.error("news not kept", **trouble(error))

    def _keep(self, news: tuple[News, ...]) -> None:
        wanted = self._here.settings.notify.on
        self._change(lambda before: memory.heard(before, news, wanted))

    def _send(self) -> None:
        """Send what is due, unless another process is at it."""
        here, section = self._here, self._here.settings.notify
        path = _path(here)
        if not memory.due(memory.read(path), self._now(), section):
            return
        beside = path.with_name(f"{path.name}.sending")
        try:
            with locks.only_one(beside, self._now().isoformat(timespec="seconds")):
                known = memory.read(path)
                if memory.due(known, self._now(), section):
                    self._sent(memory.message(known, here.root.name, _where(here)))
        except StoppedEarly:
            return

    def _sent(self, said: memory.Message) -> None:
        try:
            found = addresses.fetch(self._here, self._environment)
            done = _carry(self._here, self._environment, found, said.title, said.body)
        except ImporterError as error:
            done = Carried(0, tuple(one.sentence for one in error.faults))
        at, why = self._now(), "; ".join(done.faults)
        if done.taken:
            _log.info("message sent", news=len(said.news), addresses=done.taken)
            self._change(lambda before: memory.carried(before, said, at, why))
        else:
            self._change(lambda before: memory.failed(before, at, why))
        if why:
            _log.warning("message not taken by all", addresses=done.taken, why=why)

    def _change(self, change: Callable[[Memory], Memory]) -> None:
        """Change what is remembered, by one process at a time."""
        path, end = _path(self._here), time.monotonic() + LOCK_SECONDS
        beside = path.with_name(f"{path.name}.lock")
        while True:
            try:
                with locks.only_one(beside, "a moment ago"):
                    before = memory.read(path)
                    after = change(before)
                    if after != before:
                        memory.write(after, path)
                    return
            except StoppedEarly:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)


def _carry(
    here: Workspace,
    environment: Mapping[str, str],
    found: tuple[str, ...],
    title: str,
    body: str,
) -> Carried:
    """Carry a message by a process that knows nothing of the ERP."""
    hidden = {here.settings.erp.token_env, here.settings.notify.urls_env}
    known = {name: text for name, text in environment.items() if name not in hidden}
    return courier.carry(found, title, body, known)


def _path(here: Workspace) -> Path:
    return here.root / ".notices"


def _where(here: Workspace) -> str:
    return f"Open {here.results} on {socket.gethostname()}."
