"""Choose the date columns and their formats, from all rows.

One value above twelve settles the order of day and month for the whole file.
Where nothing does, both readings are shown and the file is not settled.
"""

from datetime import date

from importer import dates
from importer.errors import Fault, FileRefused
from importer.guess import words
from importer.guess.evidence import Column, Evidence
from importer.guess.said import NOTHING, Said, because, unsure
from importer.guess.words import Meaning
from importer.mapping.schema import DateColumn

_SWAPPED = str.maketrans("dm", "md")


def choose(evidence: Evidence, file: str) -> tuple[Column, DateColumn, Said]:
    """Choose the day the bank booked; raises `FileRefused` where there is none."""
    candidates = [
        column
        for column in sorted(evidence.columns, key=_rank)
        if column.days and (column.is_day or _rank(column)[0] < len(_ORDER))
    ]
    if not candidates:
        raise FileRefused(_no_dates(evidence, file))
    column = candidates[0]
    named = f'"{column.name}"'
    form, said = form_of(column, evidence, "date")
    others = [one.name for one in candidates[1:] if one.is_day]
    if others:
        listed = ", ".join(f'"{name}"' for name in others)
        said += because(f"date: {named} is the day; there are dates in {listed} too")
    return column, _date(column, form), said


def choose_value(
    evidence: Evidence, day: Column, rows: int
) -> tuple[DateColumn | None, Said]:
    """Choose the day the money counts; a row without one counts when it was booked.

    `rows` is the number of rows of money: what does not read as a day may stand
    in the other rows only.
    """
    for wanted in (Meaning.VALUE, Meaning.DAY, Meaning.BOOKED):
        for column in evidence.columns:
            meant = wanted in words.meanings(column.name)
            unread = column.filled - column.days
            others = evidence.rows - rows
            if column is day or not meant or not column.is_day or unread > others:
                continue
            form, said = form_of(column, evidence, "value_date")
            return _date(column, form), said
    return None, NOTHING


def _date(column: Column, form: str) -> DateColumn:
    return DateColumn(column=column.name, format=form, until=column.until)


_ORDER = (Meaning.BOOKED, Meaning.DAY, Meaning.VALUE)


def _rank(column: Column) -> tuple[int, int]:
    """Sort a column by what its name means; unnamed before wrongly named."""
    meant = words.meanings(column.name)
    for place, meaning in enumerate(_ORDER):
        if meaning in meant:
            return place, -column.days
    return len(_ORDER) + (1 if meant else 0), column.at


def _no_dates(evidence: Evidence, file: str) -> Fault:
    yearless = [column for column in evidence.columns if column.yearless]
    if yearless:
        column = yearless[0]
        return Fault(
            file,
            f'the dates in "{column.name}" have no year',
            column.example,
            "export the file again with whole dates; a year is never guessed",
        )
    return Fault(
        file,
        "no column reads as a date",
        hint="write the mapping by hand: [read] date names the column and its format",
    )


def form_of(column: Column, evidence: Evidence, key: str) -> tuple[str, Said]:
    """Choose the format that reads the most cells of a column, and say why."""
    best = column.days
    tied = [form for form, count in column.forms.items() if count == best]
    form = min(tied, key=_likeliness)
    said = NOTHING
    if best < column.dated:
        said += unsure(
            f'{key}: {column.dated - best} dates in "{column.name}" do not read as'
            f" {form} and will be held"
        )
    other = form.translate(_SWAPPED)
    if other not in tied or form[:2] == "%Y" or "." in form or other == form:
        count = f'{key}: {best} cells of "{column.name}" read as {form}'
        return form, said + because(count)
    if settled := _settled_elsewhere(column, evidence, form, other):
        return settled, said + because(f"{key}: another date column settles the order")
    form, other = _compact_first(column, form, other)
    cell = column.day_example
    first, second = (_written(dates.read(cell, one)) for one in (form, other))
    return form, said + unsure(
        f'{key}: "{cell}" may be {first} ({form}) or {second} ({other})'
    )


def _likeliness(form: str) -> int:
    """Prefer year first when it has four digits, last when it has two."""
    order = "".join(letter for letter in form if letter in "YymdbS")[:3]
    likely = ["Ymd", "dmY", "mdY", "dmy", "mdy", "ymd", "dYm", "mYd", "Ydm"]
    return likely.index(order) if order in likely else len(likely)


def _settled_elsewhere(
    column: Column, evidence: Evidence, form: str, other: str
) -> str | None:
    for one in evidence.columns:
        if one is not column and one.forms[form] != one.forms[other]:
            return form if one.forms[form] > one.forms[other] else other
    return None


def _compact_first(column: Column, form: str, other: str) -> tuple[str, str]:
    """Put first the reading under which the rows lie closer together."""
    cells = [cell for cell in column.values or () if _reads(cell, form, other)]
    spans = []
    for one in (form, other):
        days = [dates.read(cell, one) for cell in cells]
        spans.append((max(days) - min(days)).days if days else 0)
    return (form, other) if spans[0] < spans[1] else (other, form)


def _reads(cell: str, *forms: str) -> bool:
    try:
        return all(dates.read(cell, form) for form in forms)
    except dates.NotDate:
        return False


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
