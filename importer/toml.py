"""TOML files with the line of every key, so that an error can name its place.

Numbers are Decimal, never float.  What pydantic finds wrong becomes one `Fault`
per finding, with the line of the key and, for an unknown one, the keys there are.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from importer.errors import Fault, ImporterError

Location = tuple[int | str, ...]

MUST = {
    "string_type": "must be text in quotes",
    "string_too_short": "is empty",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "tuple_type": 'must be a list like ["A", "B"]',
    "model_type": "must be a table like { key = value }",
    "model_attributes_type": "must be a table like { key = value }",
    "dict_type": "must be a table like { key = value }",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "decimal_type": 'must be a number like "0.50"',
    "decimal_parsing": 'must be a number like "0.50"',
    "finite_number": 'must be a number like "0.50"',
    "date_type": "must be a day like 2026-03-31",
    "date_parsing": "must be a day like 2026-03-31",
    "date_from_datetime_parsing": "must be a day like 2026-03-31",
    "date_from_datetime_inexact": "must be a day like 2026-03-31",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
}
"""What a value must be, where pydantic's own words are none of a person's."""


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file: its path as messages show it, its text, and its values."""

    path: str
    text: str
    values: Mapping[str, Any]


def read(path: Path, refused: type[ImporterError]) -> Document:
    """Parse the file, or raise `refused` with the line that cannot be parsed."""
    name = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        values = tomllib.loads(text, parse_float=Decimal)
    except IsADirectoryError:
        hint = "move it away, or name another workspace"
        raise refused(Fault(name, "is a folder, not a file", hint=hint)) from None
    except OSError as error:
        raise refused(
            Fault(name, f"cannot be read: {error.strerror}", hint=_RIGHTS)
        ) from None
    except UnicodeDecodeError as error:
        raise refused(
            Fault(
                name,
                f"is not UTF-8 at byte {error.start + 1}",
                hint="save it as UTF-8",
            )
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise refused(_syntax(name, text, error)) from None
    return Document(name, text, values)


def _syntax(name: str, text: str, error: tomllib.TOMLDecodeError) -> Fault:
    message = str(error)
    place = re.search(r"line (\d+)", message)
    line = int(place[1]) if place else len(text.splitlines())
    lines = text.splitlines() or [""]
    sentence = message.partition(" (at ")[0]
    return Fault(
        f"{name}:{line}",
        f"is not TOML: {sentence[:1].lower()}{sentence[1:]}",
        lines[min(line, len(lines)) - 1].strip(),
        "text stands in quotes; a pattern in single ones: 'INV (\\d+)'",
    )


def line_of(document: Document, location: Location) -> int:
    """Find the line of a key; of the nearest table above it where it has none."""
    table: list[str] = []
    counts: dict[str, int] = {}
    best, depth = 1, -1
    wanted = [str(part) for part in location]
    for number, line in enumerate(document.text.splitlines(), start=1):
        here: list[str] | None = None
        if header := re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line):
            table = [part.strip(" \"'") for part in header[2].split(".")]
            if header[1] == "[[":
                name = ".".join(table)
                counts[name] = counts.get(name, -1) + 1
                table = [*table, str(counts[name])]
            here = table
        elif key := re.match(r"\s*([\w-]+|\"[^\"]+\"|'[^']+')\s*=", line):
            here = [*table, key[1].strip("\"'")]
        if here is not None and here == wanted[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best


_RIGHTS = "check the path, and give the program the right to read it"


def must(detail: Any) -> str:
    """Say what a value must be: `must be a whole number`."""
    said = MUST.get(detail["type"]) or str(detail["msg"])
    for name, value in detail.get("ctx", {}).items():
        said = said.replace(f"{{{name}}}", str(value))
    return said.replace("Input should ", "must ").replace("'", '"')


def shown(value: Any) -> str:
    """Write a value as the file would."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return "a list"
        case dict():
            return "a table"
    return str(value)


def faults(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    elsewhere: Mapping[Location, str] | None = None,
) -> tuple[Fault, ...]:
    """Turn everything pydantic found into faults, in the order of the file.

    `elsewhere` names the place of each value that does not stand in the file.
    """
    found = []
    lines = document.text.splitlines()
    for detail in error.errors(include_url=False):
        location = tuple(detail["loc"])
        if outside := (elsewhere or {}).get(location):
            sentence, hint = _said(detail, location, model)
            found.append(Fault(outside, sentence, hint=hint))
            continue
        number = line_of(document, location) if lines else 0
        where = f"{document.path}:{number}" if number else document.path
        excerpt = lines[number - 1].strip() if number else ""
        sentence, hint = _said(detail, location, model)
        # What a line says that may not be there may be the token itself.
        is_known = detail["type"] != "extra_forbidden"
        found.append(Fault(where, sentence, excerpt if is_known else "", hint))
    return tuple(sorted(found, key=lambda fault: _number(fault.where)))


def _number(where: str) -> int:
    tail = where.rpartition(":")[2]
    return int(tail) if tail.isdigit() else 0


def _said(detail: Any, location: Location, model: type[BaseModel]) -> tuple[str, str]:
    """Say what is wrong with a key, and what to do about it."""
    table, *keys = (str(part) for part in location if not isinstance(part, int))
    name = " ".join([f"[{table}]", ".".join(keys)]).strip()
    match detail["type"]:
        case "extra_forbidden":
            known = _keys(model, location[:-1])
            near = difflib.get_close_matches(str(location[-1]), known, 1)
            guess = f'did you mean "{near[0]}"? ' if near else ""
            what = "keys here" if keys else "tables"
            hint = f"{guess}the {what} are: {', '.join(known)}"
            return f"there is no {name}", hint
        case "missing":
            return f"{name} is missing", "add it"
        case "value_error":
            return f"{name}: {detail['ctx']['error']}", ""
        case _:
            return f"{name} is {shown(detail['input'])} and {must(detail)}", ""


def _keys(model: type[BaseModel], location: Location) -> list[str]:
    """List the keys of the table at a location, walking down the models."""
    here: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        field = getattr(here, "model_fields", {}).get(part)
        here = _model_in(field.annotation) if field else None
    return sorted(getattr(here, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    """Find the model inside an annotation such as `tuple[Rule, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if found := _model_in(part):
            return found
    return None
