"""Real bank files, read as a person said they read, and as they are guessed.

The files are not part of the project: they are read where they lie, and where
they are absent these tests are skipped.  Each test prints how many files came
out exact, were refused with a reason, or came out wrong; names and figures only.
"""

import csv
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest

from importer import readers
from importer.dates import NotFormat
from importer.errors import FileRefused
from importer.guess import find_header, guess, write
from importer.guess.evidence import gather
from importer.guess.header import is_no_money
from importer.guess.remarks import sort_rows
from importer.mapping.claim import claim
from importer.mapping.claim import layout as layout_of
from importer.mapping.load import load
from importer.mapping.schema import (
    AmountColumns,
    DateColumn,
    FileSection,
    Mapping,
    ReadSection,
    Totals,
)
from importer.table import Glance, Layout, Table
from importer.transcribe import transcribe

BESIDE = Path(__file__).parents[2] / "shared" / "corpus"
CORPUS = Path(os.environ.get("REMITTANCE_CORPUS", BESIDE))
SHARE_OF_GUESSES = Decimal("0.9")

pytestmark = pytest.mark.skipif(
    not (CORPUS / "MANIFEST.csv").exists(),
    reason="the corpus of real bank files is not here; REMITTANCE_CORPUS names it",
)


@dataclass(frozen=True)
class Known:
    """One file of the corpus, and what a right reading gives; empty is not known."""

    path: Path
    format: str
    expect: str
    layout: Any
    currency: str
    count: str
    sum: str
    first: str
    last: str


@dataclass(frozen=True)
class Figures:
    """What a file's lines come to."""

    count: int
    sum: Decimal
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Refused:
    """A file that was not read to its end, or not every row of it, and why."""

    why: str


@dataclass(frozen=True)
class Outcome:
    """What came of one file; `why` is empty for an exact one."""

    file: Known
    what: Literal["exact", "refused", "wrong"]
    why: str = ""


Reading = Callable[[Known], Figures | Refused]


def known(*formats: str) -> list[Known]:
    with (CORPUS / "MANIFEST.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["format"] in formats]
    return [
        Known(
            CORPUS / row["path"],
            row["format"],
            row["expect"],
            json.loads(row["layout"] or "null"),
            "".join(re.findall("^[A-Z]{3}", row["currency"])) or "EUR",
            row["n_transactions"],
            row["sum_amounts"],
            row["first_date"],
            row["last_date"],
        )
        for row in rows
    ]


def tables() -> list[Known]:
    return [file for file in known("csv", "excel") if file.layout]


def outcome(file: Known, reading: Reading) -> Outcome:
    """Read a file and hold what comes of it against what is known."""
    try:
        found = reading(file)
    except FileRefused as error:
        found = Refused(error.faults[0].sentence)
    except NotFormat as error:
        found = Refused(str(error))
    match found:
        case Refused(why):
            return Outcome(file, "refused", why)
        case Figures() if file.expect == "refuse":
            return Outcome(file, "wrong", "was read")
        case Figures() if why := differences(file, found):
            return Outcome(file, "wrong", why)
    return Outcome(file, "exact")


def differences(file: Known, found: Figures) -> str:
    """Say what is not as stated; where nothing is stated anything may come."""
    pairs = [
        ("count", file.count, str(found.count)),
        ("first", file.first, str(found.first)),
        ("last", file.last, str(found.last)),
    ]
    wrong = [
        f"{what} {got} not {want}" for what, want, got in pairs if want not in ("", got)
    ]
    if file.sum and Decimal(file.sum) != found.sum:
        wrong.append(f"sum {found.sum} not {file.sum}")
    return ", ".join(wrong)


def figures(table: Table, mapping: Mapping) -> Figures | Refused:
    """Transcribe a table whole; a row without an amount or a day was refused."""
    transcript = transcribe(table, mapping)
    for _ in transcript:
        pass
    tallies = transcript.tallies.values()
    counted = sum(tally.count for tally in tallies)
    lines = transcript.remittances + transcript.unreadable
    if transcript.unreadable and counted < lines:
        return Refused(f"{transcript.unreadable} rows are held")
    if transcript.unreadable and not all(tally.first_date for tally in tallies):
        return Refused(f"{transcript.unreadable} rows are held")
    return Figures(
        sum(tally.count for tally in tallies),
        sum((tally.sum for tally in tallies), Decimal(0)),
        min((tally.first_date for tally in tallies if tally.first_date), default=None),
        max((tally.last_date for tally in tallies if tally.last_date), default=None),
    )


def stated_layout(glance: Glance, layout: Any) -> Layout:
    """Find the header that the manifest counts, whose rows begin at 0."""
    head = glance.heads[layout.get("sheet") or 0]
    sheet = head.sheet or None
    if layout["header_row"] is None:
        columns = tuple(f"column {at}" for at in range(1, layout["width"] + 1))
        return Layout(columns=columns, sheet=sheet, loose=is_no_money)
    lines = {row.line: row for row in head.rows}
    cells = [cell.strip() for cell in lines[layout["header_row"] + 1].cells]
    while not cells[-1]:
        cells.pop()
    return Layout(header=tuple(cells), sheet=sheet, loose=is_no_money)


def stated_mapping(file: Known, table: Table) -> Mapping:
    """Write the manifest's layout as a mapping; patterns for remarks are found."""
    layout = file.layout
    day = DateColumn(
        column=table.header[layout["date_column"]],
        format=layout["date_format"].replace("cell", "%Y-%m-%d"),
        until=" as of ",
    )
    amount = stated_amount(layout, table.header)
    remarks = sort_rows(table.rows, day, amount, gather(table.header, table.rows()))
    ignore = remarks.ignore
    if rows := layout.get("rows"):
        before = r"[^|]*\|" * rows["column"]
        ignore = (*ignore, rf"^{before}\s*([^|\s{rows['equals'][0]}]|\||$)")
    totals = Totals(
        footer=remarks.footer, opening=remarks.opening, closing=remarks.closing
    )
    return Mapping(
        name="stated",
        file=FileSection(name="*"),
        read=ReadSection(
            account="A",
            currency=file.currency,
            date=day,
            amount=amount,
            identity=(),
            ignore=ignore,
            totals=totals,
        ),
    )


def stated_amount(layout: Any, header: tuple[str, ...]) -> AmountColumns:
    rule = layout["amount"]
    decimal = layout["decimal"].replace("cell", ".")
    said: dict[str, Any] = {"decimal": decimal, "thousands": ".,".replace(decimal, "")}
    if rule["rule"] == "debit and credit":
        said |= {key: header[rule[key]] for key in ("debit", "credit")}
    else:
        said["column"] = header[rule["column"]]
    if rule["rule"] == "flag":
        positive = rule["positive"] or ["the other word"]
        said |= {"flag": header[rule["flag"]], "positive": positive}
        said["negative"] = rule["negative"]
    return AmountColumns(**said)


def show(outcomes: Iterable[Outcome]) -> None:
    """Print the table of what came out, and name the files that fall short."""
    all_of_them = list(outcomes)
    lines = ["", "format    files  exact  refused  wrong"]
    for form in sorted({one.file.format for one in all_of_them}):
        what: list[str] = [o.what for o in all_of_them if o.file.format == form]
        exact, refused, wrong = map(what.count, ("exact", "refused", "wrong"))
        lines.append(f"{form:8} {len(what):6} {exact:6} {refused:8} {wrong:6}")
    lines += [
        f"  {one.what:8} {one.file.path.name} (expect {one.file.expect}): {_shown(one)}"
        for one in all_of_them
        if one.what != "exact"
    ]
    print("\n".join(lines))  # noqa: T201 the table is what is measured


def _shown(one: Outcome) -> str:
    """Leave the bank's own words out of a reason."""
    return re.sub(r"([Ee]rror:? \d+ ).*", r"\1…", re.sub('"[^"]*"', '"…"', one.why))


def unexpected(outcomes: Iterable[Outcome]) -> list[str]:
    """Name the files that came out wrong, or were refused and should be read."""
    return [
        f"{one.file.path.name}: {one.what}, {_shown(one)}"
        for one in outcomes
        if one.what == "wrong" or (one.what == "refused" and one.file.expect == "read")
    ]


def test_files_with_a_stated_layout_come_out_exact_or_are_refused() -> None:
    def reading(file: Known) -> Figures | Refused:
        layout = stated_layout(readers.glance(file.path), file.layout)
        table = readers.read(file.path, layout)
        return figures(table, stated_mapping(file, table))

    outcomes = [outcome(file, reading) for file in tables()]
    show(outcomes)
    assert not unexpected(outcomes)


STRUCTURED = ("ofx", "mt940", "camt", "nacha", "x12_820", "bai2", "lockbox", "qif")


def test_files_of_structured_formats_come_out_exact_or_are_refused() -> None:
    def reading(file: Known) -> Figures | Refused:
        table = readers.read(file.path, Layout())
        return figures(table, guess(table).mapping)

    outcomes = [outcome(file, reading) for file in known(*STRUCTURED)]
    show(outcomes)
    assert not unexpected(outcomes)


def test_guessed_mappings_are_exact_or_say_that_they_are_unsure() -> None:
    """The booking day may be another column than the manifest's: not compared here."""
    silent = []

    def reading(file: Known) -> Figures | Refused:
        layout, _ = find_header(readers.glance(file.path))
        table = readers.read(file.path, layout)
        guessed = guess(table)
        found = figures(table, guessed.mapping)
        money = [one for one in guessed.unsure if not one.startswith(("acc", "curr"))]
        is_right = isinstance(found, Refused) or found.sum == Decimal(file.sum or 0)
        if not is_right and file.sum and not money:
            silent.append(file.path.name)
        if isinstance(found, Refused):
            return found
        first, last = (
            date.fromisoformat(day) if day else None for day in (file.first, file.last)
        )
        return Figures(found.count, found.sum, first, last)

    judged = [file for file in tables() if file.sum]
    outcomes = [outcome(file, reading) for file in judged]
    show(outcomes)
    assert not silent
    exact = sum(one.what == "exact" for one in outcomes)
    assert exact >= SHARE_OF_GUESSES * len(judged)


def test_a_guess_that_is_written_claims_and_reads_its_file_again(
    tmp_path: Path,
) -> None:
    """Whatever the guess gives, the loaded mapping gives the same."""
    different = []
    for number, file in enumerate(file for file in tables() if file.sum):
        try:
            layout, _ = find_header(readers.glance(file.path))
            guessed = guess(readers.read(file.path, layout))
            before = figures(readers.read(file.path, layout), guessed.mapping)
        except FileRefused:
            continue
        path = tmp_path / f"{number}.toml"
        path.write_text(write(guessed), encoding="utf-8")
        mapping = load(path)
        if claim(readers.glance(file.path), [mapping]) is not mapping:
            different.append(f"{file.path.name} is not claimed")
        after = figures(readers.read(file.path, layout_of(mapping)), mapping)
        if before != after:
            different.append(f"{file.path.name}: {before} and then {after}")
    assert not different


def test_a_file_that_must_be_refused_is_never_guessed_smoothly() -> None:
    def reading(file: Known) -> Figures | Refused:
        layout, _ = find_header(readers.glance(file.path))
        table = readers.read(file.path, layout)
        return figures(table, guess(table).mapping)

    refused = [file for file in known("csv", "excel") if file.expect == "refuse"]
    outcomes = [outcome(file, reading) for file in refused]
    show(outcomes)
    assert not unexpected(outcomes)
