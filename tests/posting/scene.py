"""A real journal and an ERP in memory, with a clock that is moved by hand."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "journal"))

from fake import BookErp
from shelf import file, id_of, payment

from importer.erp import Erp, Request
from importer.errors import Fault, SettingsRefused, StoppedEarly
from importer.journal import Journal
from importer.journal.entry import Entry, Held
from importer.journal.orders import Item
from importer.model import Hold
from importer.posting import Terms, post

AWAY = StoppedEarly(Fault("", "the ERP is away"))
NO_ENTRY = SettingsRefused(Fault("", "the token is refused"))


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class Scene:
    """A real journal, the ERP in memory, and the clock between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.erp = BookErp()
        self.journal = self.open()
        self.files = 0

    def open(self) -> Journal:
        return Journal.open("sqlite:///journal.db", top=self.folder, now=self.clock)

    def take_in(self, *items: Item) -> None:
        self.files += 1
        self.journal.take_in(file(f"{self.files}.csv", len(items)), items)

    def post(self, *, workers: int = 1, calls: int = 1000, stop: bool = False) -> None:
        client: Erp = self.erp
        post(self.journal, client, Terms(workers, calls, self.clock, lambda: stop))

    def entry(self, number: int = 0) -> Entry:
        found = self.journal.entry(id_of(number))
        assert found
        return found

    def words(self) -> list[str]:
        return [one.status for one in self.journal.entries()]

    def hold(self, number: int = 0) -> Hold:
        state = self.entry(number).state
        assert isinstance(state, Held)
        return state.hold


def request_of(scene: Scene, number: int) -> Request:
    made = scene.erp.prepare(payment(number))
    assert isinstance(made, Request)
    return made
