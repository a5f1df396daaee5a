"""What all tests share: one option, and a bank file to write and read."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings

from importer import readers
from importer.errors import FileRefused
from importer.guess import guess
from importer.model import Remittance
from importer.table import Table
from importer.transcribe import Proof, transcribe

# The machine may be busy: how long an example takes says nothing.
settings.register_profile("without deadline", settings(), deadline=None)
settings.load_profile("without deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `--rewrite` keep what the program does now as what is expected."""
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write the expected results beside the samples anew; read the diff",
    )


@dataclass(frozen=True)
class Whole:
    """A file that was read to its end by the standard mapping of its format."""

    table: Table
    cells: list[dict[str, str]]
    remittances: list[Remittance]
    count: int
    sum: Decimal
    held: int
    totals: Proof


class Bank:
    """A bank file of a test: write it, then read it or be told why not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, content: str | bytes) -> Whole:
        """Read a file that must be sound."""
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        table = readers.read(self.path)
        rows = [dict(zip(table.header, row.cells, strict=True)) for row in table.rows()]
        assert readers.glance(self.path).format == table.format
        transcript = transcribe(table, guess(table).mapping)
        found = [one for one in transcript if isinstance(one, Remittance)]
        assert transcript.totals is not None
        return Whole(
            table,
            rows,
            found,
            sum(tally.count for tally in transcript.tallies.values()),
            sum((tally.sum for tally in transcript.tallies.values()), Decimal(0)),
            transcript.unreadable,
            transcript.totals,
        )

    def refused(self, content: str | bytes) -> str:
        """Return all faults of a file that must be refused."""
        with pytest.raises(FileRefused) as error:
            self.read(content)
        return "\n".join(str(fault) for fault in error.value.faults)

    def cut_anywhere(self, content: str, records: Callable[[int], set[int]]) -> None:
        """Cut a file after each of its bytes: it is refused, or holds what it may."""
        raw = content.encode()
        for end in range(8, len(raw)):
            try:
                found = self.read(raw[:end]).count
            except FileRefused:
                continue
            assert found in records(end), (end, raw[:end][-40:])


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """Return a bank file that is not written yet."""
    return Bank(tmp_path / "bank.file")


CANARY = b"CANARY-"


@pytest.fixture(scope="session", autouse=True)
def no_token_is_in_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Search every byte that all tests wrote for the tokens they used.

    Journals, results, ledgers, books and whatever a program said into a file; only
    a file that is there to hold a token may have it.
    """
    yield
    found = [
        path
        for path in tmp_path_factory.getbasetemp().rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and "token" not in path.name
        and os.access(path, os.R_OK)
        and CANARY in path.read_bytes()
    ]
    assert found == []
