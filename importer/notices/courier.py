"""The process that carries a message: whatever a server does to it, it ends in time.

`carry` starts it; what it needs comes through a pipe, so that no address is seen in a
list of processes.  Each address is told by a thread of its own: one that hangs holds up
no other.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SECONDS_MOST = 15
# Python and apprise are loaded first.
SECONDS_MORE = 10
NOT_INSTALLED = f"apprise is not installed: {sys.executable} -m pip install apprise"


@dataclass(frozen=True, slots=True)
class Carried:
    """How many addresses took the message, and what went wrong with the others."""

    taken: int
    faults: tuple[str, ...] = ()


def carry(
    addresses: Sequence[str], title: str, body: str, environment: Mapping[str, str]
) -> Carried:
    """Carry a message to all addresses, within a bounded time."""
    said = {
        "addresses": list(addresses),
        "title": title,
        "body": body,
        "seconds": SECONDS_MOST,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "importer.notices.courier"],
            input=json.dumps(said),
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=SECONDS_MOST + SECONDS_MORE,
            start_new_session=True,
            check=False,
        )
        found = json.loads(done.stdout)
        return Carried(int(found["taken"]), tuple(map(str, found["faults"])))
    except subprocess.TimeoutExpired:
        return Carried(0, ("it could not be sent in time",))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Carried(0, (f"it could not be sent ({type(error).__name__})",))


def main() -> None:
    """Carry the message that comes through standard input; say what came of it."""
    said = json.load(sys.stdin)
    addresses: list[str] = said["addresses"]
    results = ["no answer came in time"] * len(addresses)

    apprise = _loaded()

    def tell(place: int) -> None:
        results[place] = _told(apprise, addresses[place], said["title"], said["body"])

    threads = [
        threading.Thread(target=tell, args=(place,), daemon=True)
        for place in range(len(addresses))
    ]
    end = time.monotonic() + said["seconds"]
    for one in threads:
        one.start()
    for one in threads:
        one.join(max(end - time.monotonic(), 0))
    faults = [
        f"address {place} ({_scheme(address)}): {result}"
        for place, (address, result) in enumerate(
            zip(addresses, results, strict=True), start=1
        )
        if result
    ]
    taken = len(addresses) - len(faults)
    sys.stdout.write(json.dumps({"taken": taken, "faults": faults}))
    sys.stdout.flush()
    # A thread that hangs is not waited for.
    os._exit(0)


def _loaded() -> Any:
    """Load the package, where it is installed: it is an extra, and slow to load."""
    try:
        import apprise  # noqa: PLC0415 -- only here
    except ImportError:
        return None
    return apprise


def _told(apprise: Any, address: str, title: str, body: str) -> str:
    """Tell one address; return what went wrong, in no words of anybody else."""
    if apprise is None:
        return NOT_INSTALLED
    try:
        one = apprise.Apprise(asset=apprise.AppriseAsset(app_id="remittance-importer"))
        if not one.add(address):
            return "it is no address that apprise knows"
        taken = one.notify(body, title, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001 -- whatever a plugin does is its own
        return f"it could not be told ({type(error).__name__})"
    return "" if taken else "it did not take the message"


def _scheme(address: str) -> str:
    """Return what kind of address it is, and nothing else of it."""
    kind = address.partition("://")[0]
    return kind if kind.isalnum() and len(kind) < len(address) else "unknown"


if __name__ == "__main__":
    main()
