"""Writers of bank files, second by second: in one piece, in pieces, and worse.

A writer is a list of deeds at their seconds.  What it may do, it does to real files;
only the time is not real, and is put on each file that it touches.
"""

import csv
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import IO

QUIET = 5
STALL = 28
DEAD = 100
START_NS = 1_700_000_000_000_000_000
COLUMNS = ("Date", "Reference", "Customer", "Payer", "Invoice", "Paid")
KINDS = (
    *("fast", "steady", "stalls", "dies for long", "two phases", "rewritten"),
    *("renamed", "replaced", "appended", "given up", "kept open"),
)
MARKED = ("ofx", "xlsx", "xml")
"""The formats with a mark at their end."""

Deed = Callable[[], None]


@dataclass(slots=True)
class Written:
    """What one writer wants to have written, and what it does at which second.

    `rows` are the amounts by reference, of a table; `before` is another whole file
    that had the name earlier.
    """

    kind: str
    path: Path
    content: bytes
    rows: dict[str, str] = field(default_factory=dict)
    before: bytes = b""
    deeds: dict[int, Deed] = field(default_factory=dict)
    closed: int = 0
    file: IO[bytes] | None = None

    @property
    def is_table(self) -> bool:
        """Say whether nothing but its lines shows where it ends."""
        return self.path.suffix == ".csv"

    def act(self, second: int) -> None:
        """Do what there is to do at this second."""
        if deed := self.deeds.get(second):
            deed()
            for path in (self.path, _part(self.path)):
                # The clock of the file system moves with the writer's.
                moment = START_NS + second * 10**9
                if path.exists():
                    os.utime(path, ns=(moment, moment))


def drawn(chance: random.Random, folder: Path, name: str, start: int) -> Written:
    """Draw a writer that begins at a second."""
    kind = chance.choice(KINDS)
    form = chance.choice(("csv", "csv", *MARKED))
    path = folder / f"{name}.{form}"
    if form != "csv":
        made = Written(kind, path, _marked(form, chance))
        made.before = _marked(form, chance)
    else:
        rows = {
            f"R{name}-{number}": f"{chance.randint(100, 9999999) / 100:.2f}"
            for number in range(chance.randint(2, 30))
        }
        quoted = csv.QUOTE_ALL if chance.random() < 0.3 else csv.QUOTE_MINIMAL
        made = Written(kind, path, _table(rows, quoted), rows)
        less = list(rows)[: max(len(rows) // 2, 1)]
        made.before = _table({one: rows[one] for one in less}, quoted)
    made.deeds = dict(_deeds(made, chance, start))
    made.closed = max(made.deeds)
    return made


def _table(rows: dict[str, str], quoted: int) -> bytes:
    out = StringIO()
    writer = csv.writer(out, quoting=quoted, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerow(COLUMNS)
    for key, amount in rows.items():
        writer.writerow(("2026-03-16", key, 10442, "Orchard 0 & Sons", 10200, amount))
    return out.getvalue().encode()


def _marked(form: str, chance: random.Random) -> bytes:
    """Write a file of a format with an end; what is in it does not matter here."""
    if form == "xlsx":
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as book:
            book.writestr("xl/worksheets/sheet1.xml", chance.randbytes(2000))
        return out.getvalue()
    amounts = [f"{chance.randint(1, 9999)}.00" for _ in range(30)]
    if form == "ofx":
        lines = "".join(f"<STMTTRN><TRNAMT>{one}</STMTTRN>\n" for one in amounts)
        return f"OFXHEADER:100\n\n<OFX><STMTRS>\n{lines}</STMTRS></OFX>\n".encode()
    lines = "".join(f"<Ntry><Amt>{one}</Amt></Ntry>\n" for one in amounts)
    return f'<?xml version="1.0"?>\n<Document>{lines}</Document>'.encode()


def _deeds(  # noqa: C901 -- a table of what writers do
    made: Written, chance: random.Random, at: int
) -> Iterator[tuple[int, Deed]]:
    whole = partial(made.path.write_bytes, made.content)
    match made.kind:
        case "fast":
            yield at, _done(whole)
        case "steady":
            yield from _pieces(made, chance, at, QUIET - 1)
        case "stalls":
            yield from _pieces(made, chance, at, STALL)
        case "dies for long":
            yield from _pieces(made, chance, at, DEAD)
        case "two phases":
            head = made.content.find(b"\n") + 1 or 1
            yield at, _done(partial(made.path.write_bytes, made.content[:head]))
            yield at + chance.randint(1, STALL), _done(whole)
        case "rewritten":
            yield at, _done(whole)
            yield from _pieces(made, chance, at + chance.randint(1, QUIET - 1), 4)
        case "renamed":
            part = _part(made.path)
            cut = chance.randint(0, len(made.content))
            yield at, _done(partial(part.write_bytes, made.content[:cut]))
            at += chance.randint(1, DEAD)
            yield at, _done(partial(_renamed, made))
        case "replaced":
            yield at, _done(partial(made.path.write_bytes, made.before))
            yield at + chance.randint(1, 20), _done(partial(_renamed, made))
        case "appended":
            yield at, _done(partial(made.path.write_bytes, made.before))
            more = partial(_appended, made, made.content[len(made.before) :])
            # Only a text grows at its end.
            yield at + chance.randint(1, 20), _done(more if made.is_table else whole)
        case "given up":
            cut = chance.randint(1, len(made.content) - 1)
            yield at, _done(partial(made.path.write_bytes, made.content[:cut]))
            yield at + chance.randint(1, DEAD), _done(whole)
        case _:
            yield from _kept_open(made, chance, at)


def _done(deed: Callable[[], object]) -> Deed:
    def act() -> None:
        deed()

    return act


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _renamed(made: Written) -> None:
    part = _part(made.path)
    part.write_bytes(made.content)
    part.replace(made.path)


def _appended(made: Written, more: bytes) -> None:
    with made.path.open("ab") as file:
        file.write(more)


def _cuts(size: int, chance: random.Random) -> list[int]:
    return sorted(
        {*(chance.randint(0, size) for _ in range(chance.randint(1, 6))), size}
    )


def _pieces(
    made: Written, chance: random.Random, at: int, stall: int
) -> Iterator[tuple[int, Deed]]:
    """Write more and more of it, each time all of what is there by then."""
    for cut in _cuts(len(made.content), chance):
        yield at, _done(partial(made.path.write_bytes, made.content[:cut]))
        at += chance.randint(1, stall)


def _kept_open(
    made: Written, chance: random.Random, at: int
) -> Iterator[tuple[int, Deed]]:
    """Open once, write in pieces, and close at the end."""

    def begin() -> None:
        made.file = made.path.open("wb", buffering=0)

    def write(first: int, last: int) -> None:
        assert made.file is not None
        made.file.write(made.content[first:last])
        moment = START_NS + made.closed * 10**9 + last
        os.utime(made.file.fileno(), ns=(moment, moment))

    def end(first: int, last: int) -> None:
        write(first, last)
        assert made.file is not None
        made.file.close()

    yield at, begin
    before = 0
    cuts = _cuts(len(made.content), chance)
    for cut in cuts:
        at += chance.randint(1, DEAD)
        yield at, partial(end if cut == cuts[-1] else write, before, cut)
        before = cut
