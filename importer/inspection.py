"""Tell how a file was read, why, and whether a second reader agrees.

Works with the mapping that claims the file and, where none does, with a guessed
one.  Nothing is recorded, and nothing here decides about money.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importer import readers
from importer.errors import FileRefused
from importer.guess import Guess, find_header, guess
from importer.mapping.claim import claim, layout, refusal
from importer.mapping.schema import Mapping
from importer.model import Notice, Unreadable
from importer.readers import second
from importer.readers.second import Second
from importer.table import BOUNDS, Bounds, Glance, Table
from importer.transcribe import Proof, Tally, Transcript, money_of, transcribe

FIRST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen in a file.

    `guessed` is set where no mapping claims it; `refused` holds the faults of a
    file that would not be taken in, with what was counted up to there.
    """

    table: Table
    mapping: Mapping
    guessed: Guess | None
    tallies: dict[tuple[str, str], Tally]
    unreadable: tuple[Unreadable, ...]
    first: tuple[Notice, ...]
    totals: Proof | None
    second: Second
    refused: FileRefused | None


def look(
    path: Path, mappings: Sequence[Mapping], bounds: Bounds = BOUNDS
) -> Inspection:
    """Read a file to its end; raises `FileRefused` when it is no table at all."""
    glance = readers.glance(path, bounds)
    guessed = None
    if any(not refusal(glance, one.file) for one in mappings):
        mapping = claim(glance, mappings)
        table = readers.read(path, layout(mapping), bounds)
    else:
        guessed, table = guess_from(path, glance, bounds)
        mapping = guessed.mapping
        if table.format == "delimited" or table.sheet:
            table = readers.read(path, layout(mapping), bounds)
    transcript = transcribe(table, mapping)
    notices, refused = _read(transcript)
    return Inspection(
        table=table,
        mapping=mapping,
        guessed=guessed,
        tallies=transcript.tallies,
        unreadable=tuple(one for one in notices if isinstance(one, Unreadable)),
        first=tuple(notices[:FIRST_ROWS]),
        totals=transcript.totals,
        second=_second(path, table, mapping, refused),
        refused=refused,
    )


def _second(
    path: Path, table: Table, mapping: Mapping, refused: FileRefused | None
) -> Second:
    if refused is not None:
        return Second("nobody", why="the file is refused")
    if mapping.read.group and not table.adjacent:
        return Second("nobody", why="rows are grouped by the mapping")
    return second.read(path, table, money_of(table, mapping))


def guess_from(
    path: Path, glance: Glance, bounds: Bounds = BOUNDS
) -> tuple[Guess, Table]:
    """Guess a mapping for a file that none claims."""
    found, _ = find_header(glance)
    table = readers.read(path, found, bounds)
    return guess(table), table


def _read(transcript: Transcript) -> tuple[list[Notice], FileRefused | None]:
    notices: list[Notice] = []
    try:
        for notice in transcript:
            if len(notices) < FIRST_ROWS or isinstance(notice, Unreadable):
                notices.append(notice)
    except FileRefused as error:
        return notices, error
    return notices, None
