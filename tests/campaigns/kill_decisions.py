"""What a person decides in the kill campaigns, and whether all of it came to pass.

held        remember, and post
in doubt    posted, with the number that the ERP has; send again, for the second time
"""

import csv
import io
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from importer.journal import Journal
from importer.model import Reason

DECIDED = "bank0.csv.decided.csv"  # by its name it comes before today's file
ASKED = "bank0.csv.asked.csv"
Row = dict[str, str]


def order(result: Path, inbox: Path) -> None:
    """Order all that is in doubt, and not in the ERP, to be sent again."""
    rows = _read(result)
    # The ERP has the first of them, and shows it to the person who looks.
    doubtful = [row for row in rows if row["status"] == "in_doubt"]
    max(doubtful, key=lambda row: int(row["row"]))["decision"] = "send again"
    _write(rows, inbox / ASKED)


def decide(result: Path, inbox: Path, booked: Mapping[str, int]) -> None:
    """Decide about each row that waits, as a clerk does, and drop the file again.

    `booked` are the control numbers of the ERP, by the bank's reference.
    """
    rows = _read(result)
    words = iter(("remember", "post"))
    for row in sorted(rows, key=lambda row: int(row["row"])):
        match row["status"]:
            case "in_doubt":
                (number,) = (
                    n for said, n in booked.items() if row["remittance"] in said
                )
                row["decision"] = f"posted {number}"
            case "held" if row["reason"].startswith(Reason.NOT_FOUND.value):
                row["decision"] = "send again"
            case "held":
                row["decision"] = next(words)
    assert sum(bool(row["decision"]) for row in rows) == 4
    _write(rows, inbox / DECIDED)
    _write(rows, inbox.parent.parent / DECIDED)


def orders(top: Path) -> Counter[str]:
    """Return how often each remittance was ordered to be sent again."""
    with closing(sqlite3.connect(top / "journal.db")) as database:
        rows = database.execute("select remittance from event where kind = 'again'")
        return Counter(key for (key,) in rows)


def wrong(top: Path, journal: Journal) -> Iterator[str]:
    """See whether all decisions came to pass, or none, and the file was refused."""
    sheet = top.parent / DECIDED
    if not sheet.is_file():
        return
    digest = sha256(sheet.read_bytes()).hexdigest()
    rows = [row for row in _read(sheet) if row["decision"]]
    done = {
        row["decision"]: journal.was_decided_by(digest, row["remittance"])
        for row in rows
    }
    (remitter,) = (row["remitter"] for row in rows if row["decision"] == "remember")
    aliases = (top / "mappings" / "customers.csv").read_text(encoding="utf-8")
    done["the name kept"] = remitter in aliases
    if len(set(done.values())) > 1:
        yield f"of what was decided only a part was done: {done}"
    if not any(done.values()) and not list((top / "refused").glob(f"*{DECIDED}")):
        yield "what was decided was neither done nor refused"


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(rows: list[Row], path: Path) -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
