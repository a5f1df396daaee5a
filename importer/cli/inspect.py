"""`importer inspect`: how a file was read, and why, with a second reader's figures."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import click

from importer import inspection
from importer.cli import options, printable, session, show
from importer.guess.fields import NO_ACCOUNT, NO_CURRENCY
from importer.inspection import Inspection
from importer.mapping import load
from importer.model import Notice, Remittance
from importer.readers.second import Second
from importer.transcribe import Tally

KEYS = ("records", "sum", "credits", "debits", "first_date", "last_date")


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@options.workspace
@options.as_json
def command(file: Path, root: Path, wants_json: bool) -> int:  # noqa: FBT001 -- a flag
    """Show how FILE is read: format, encoding, header, dates, marks, totals."""
    here = session.workspace(root)
    found = inspection.look(file, load.load_folder(here.mappings), session.bounds(here))
    said = _said(found)
    if wants_json:
        options.say(said)
    else:
        _show(said, found)
    if found.refused:
        click.echo(f"importer: {printable(str(found.refused))}", err=True)
        return 2
    return 1 if found.unreadable else 0


def _said(found: Inspection) -> dict[str, object]:
    tallies = found.tallies
    whole = _figures(tallies.values())
    accounts = sorted({account for account, _ in tallies})
    currencies = sorted({currency for _, currency in tallies})
    said: dict[str, object] = {
        "file": found.table.file,
        "format": found.table.format,
        "encoding": found.table.encoding,
        "account": ", ".join(masked(one) for one in accounts if one != NO_ACCOUNT),
        "currency": ", ".join(one for one in currencies if one != NO_CURRENCY),
        **whole,
        "refused": len(found.unreadable),
        "totals": found.totals.standing.value if found.totals else "not stated",
        "mapping": "guessed" if found.guessed else found.mapping.name,
        "second_reader": _second(found, whole),
        "notes": _notes(found),
    }
    if len(tallies) > 1:
        said["statements"] = [
            {
                "account": masked(account),
                "currency": currency,
                **_figures([tally]),
            }
            for (account, currency), tally in tallies.items()
        ]
    return said


def _second(found: Inspection, whole: dict[str, object]) -> dict[str, object]:
    other = found.second
    said: dict[str, object] = {"by": other.by, "records": other.records}
    agrees = other.records is not None and (other.records, other.total) == (
        whole["records"],
        whole["sum"],
    )
    said |= {"sum": other.total, "agrees": agrees}
    return said | ({"why": other.why} if other.why else {})


def _opinion(other: Second, said: dict[str, object]) -> str:
    """Say what the second reader found, and where it differs."""
    if other.records is None or other.total is None:
        return f"{other.by or 'none'}: {other.why}"
    found = f"{other.by}: {other.records} records, sum {other.total}"
    if (other.records, other.total) == (said["records"], said["sum"]):
        return f"{found}; agrees"
    return f"{found}; DIFFERS"


def _figures(tallies: Iterable[Tally]) -> dict[str, object]:
    several = list(tallies)
    firsts = [one.first_date for one in several if one.first_date]
    lasts = [one.last_date for one in several if one.last_date]
    zero = Decimal("0.00")
    return {
        "records": sum(one.count for one in several),
        "sum": sum((one.sum for one in several), zero),
        "credits": sum((one.credits for one in several), zero),
        "debits": sum((one.debits for one in several), zero),
        "first_date": min(firsts) if firsts else None,
        "last_date": max(lasts) if lasts else None,
    }


def _notes(found: Inspection) -> list[str]:
    notes = list(found.table.notes)
    if found.guessed:
        notes += [*found.guessed.because]
        notes += [f"unsure: {one}" for one in found.guessed.unsure]
    if found.totals:
        notes.append(found.totals.sentence)
    notes += [f"{one.place}: {one.why}" for one in found.unreadable]
    if found.refused:
        notes += [
            f"refused: {fault.where}: {fault.sentence}"
            for fault in found.refused.faults
        ]
    return notes


def masked(account: str) -> str:
    """Show the last four characters of what may be a whole account number."""
    digits = sum(letter.isdigit() for letter in account)
    return account if digits <= 6 else f"…{account[-4:]}"  # noqa: PLR2004 -- too short


def _show(said: dict[str, object], found: Inspection) -> None:
    shown = said | {"second_reader": _opinion(found.second, said)}
    for key, value in shown.items():
        if key not in ("notes", "statements"):
            click.echo(f"{key + ':':15}{'' if value is None else value}".rstrip())
    for note in _notes(found):
        click.echo(f"  - {printable(note)}")
    click.echo("first rows as understood:")
    show.table(
        ("row", "date", "amount", "remitter", "text"),
        [_row(one) for one in found.first],
    )


def _row(one: Notice) -> list[str]:
    place = str(one.place.row)
    if isinstance(one, Remittance):
        day, amount = one.booking_date.isoformat(), f"{one.amount} {one.currency}"
        return [place, day, amount, one.remitter[:30], one.text[:50]]
    return [place, "", "", "cannot be read:", one.why]
