"""Real files: what others wrote reads as the manifest says, or is refused by name.

The corpus is not part of this repository; without it these tests skip.
"""

import contextlib
import csv
import json
import os
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from importer import dates, money, readers
from importer.errors import FileRefused
from importer.readers import second
from importer.readers.shape import unwrapped
from importer.table import Layout, Table

TOP = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("REMITTANCE_CORPUS", TOP.parent / "shared" / "corpus"))
Figures = tuple[int, Decimal, str, str]
pytestmark = pytest.mark.skipif(
    not (FOLDER / "MANIFEST.csv").exists(), reason="the corpus is not here"
)


def files(*formats: str) -> list[dict[str, str]]:
    manifest = FOLDER / "MANIFEST.csv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as file:
        return [
            row
            for row in csv.DictReader(file)
            if row["format"] in formats or not formats
        ]


def refused_rows(table: Table) -> int:
    """Count the rows that a mapping would hold, for their amount or their day."""
    held = 0
    at = table.header.index
    for row in table.rows():
        try:
            money.read(row.cells[at("TRNAMT")])
            dates.read(row.cells[at("DTPOSTED")], "%Y%m%d")
        except ValueError:
            held += 1
    return held


def figures(table: Table) -> Figures:
    at = table.header.index
    cells = [row.cells for row in table.rows()]
    total = sum((money.read(row[at("TRNAMT")]) for row in cells), Decimal(0))
    days = sorted(dates.read(row[at("DTPOSTED")], "%Y%m%d") for row in cells)
    first, last = (str(days[0]), str(days[-1])) if days else ("", "")
    return len(cells), total, first, last


def shortfall(row: dict[str, str]) -> str:
    """Return why a file falls short of what the manifest says; empty if it does not."""
    try:
        table = readers.read(FOLDER / row["path"])
        held = refused_rows(table)
    except FileRefused as refused:
        return (
            "" if row["expect"] != "read" else f"refused: {refused.faults[0].sentence}"
        )
    if row["expect"] == "refuse":
        return "" if held else "read without a word"
    if held:
        return f"{held} rows would be held"
    wanted = (
        int(row["n_transactions"]),
        Decimal(row["sum_amounts"]),
        row["first_date"],
        row["last_date"],
    )
    got = figures(table)
    return "" if got == wanted else f"{got} is not {wanted}"


def test_every_ofx_file_reads_exactly_or_is_refused() -> None:
    rows = files("ofx")
    short = {row["path"]: why for row in rows if (why := shortfall(row))}
    told = [f"{len(rows) - len(short)} of {len(rows)} OFX files as the manifest says"]
    told += [f"  {path}: {why}" for path, why in short.items()]
    sys.stdout.write("\n".join(["", *told, ""]))
    assert not short


def test_the_second_reader_never_raises_and_mostly_agrees() -> None:
    agreed, others = 0, []
    for row in files("ofx"):
        if row["expect"] != "read":
            continue
        path = FOLDER / row["path"]
        table = readers.read(path)
        records, total, _, _ = figures(table)
        found = second.read(path, table, lambda _: None)
        if found.agrees(records, total):
            agreed += 1
        else:
            others.append(f"{row['path']}: {found}")
    sys.stdout.write("\n  ".join([f"\nofxparse agrees on {agreed}", *others, ""]))
    assert agreed >= 30


def layout(row: dict[str, str]) -> Layout:
    """Say what a mapping for this file would say, and call every odd row loose."""
    said = json.loads(row["layout"])
    delimiter = {"tab": "\t"}.get(said.get("delimiter"), said.get("delimiter"))
    names: tuple[str, ...] | None = None
    if said["header_row"] is not None and delimiter:
        path = FOLDER / row["path"]
        text = path.read_text(encoding=said["encoding"]).splitlines()
        cells = next(csv.reader(text[said["header_row"] :], delimiter=delimiter))
        names = tuple(map(unwrapped, cells))
    unnamed = tuple(f"c{number}" for number in range(said["width"]))
    return Layout(
        header=names,
        columns=unnamed if said["header_row"] is None else None,
        loose=lambda _: True,
    )


@pytest.mark.parametrize(
    "row",
    [row for row in files("csv", "excel") if row["layout"]],
    ids=lambda r: r["path"],
)
def test_tables_are_found_where_they_are(row: dict[str, str]) -> None:
    path = FOLDER / row["path"]
    said = json.loads(row["layout"])
    wanted = layout(row)
    if len(readers.glance(path).heads) > 1:
        wanted = Layout(sheet=readers.glance(path).heads[said["sheet"]].sheet)
    table = readers.read(path, wanted)
    cells = [one.cells for one in table.rows()]
    assert {len(one) for one in cells} == {len(table.header)}
    if row["n_transactions"]:
        dated = [one for one in cells if one[said["date_column"]].strip()]
        assert len(dated) >= int(row["n_transactions"])
    if table.format == "delimited":
        alike = {"ascii": "utf-8", "latin-1": "cp1252"}
        assert table.encoding == alike.get(row["encoding"], row["encoding"])


@pytest.mark.parametrize("row", files(), ids=lambda r: r["path"])
def test_nothing_but_a_refusal_comes_out_of_a_reader(row: dict[str, str]) -> None:
    path = FOLDER / row["path"]
    for act in (readers.glance, lambda one: list(readers.read(one).rows())):
        with contextlib.suppress(FileRefused):
            act(path)
