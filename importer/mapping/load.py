"""Load mappings from TOML files, with every fault of every file at once.

    mappings/fnb.toml:14: cannot use pattern "(?=INV)": RE2 has no look-ahead; …

A mapping that loads can be used: its patterns compile, its templates have what
they name, its formats tell a day, its columns stand in its header.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from importer import toml
from importer.errors import Fault, MappingRefused
from importer.mapping import lines, soundness, wording
from importer.mapping.schema import FILLED_IN, Mapping


def load(path: Path) -> Mapping:
    """Load one mapping; raises `MappingRefused` with all its faults."""
    document = toml.read(path, MappingRefused)
    data = dict(document.values)
    places = lines.places(document.text)
    if taken := [*_filled_in(data, str(path), places)]:
        raise MappingRefused(*taken)
    try:
        mapping = Mapping.model_validate(_with_lines(data, places))
    except ValidationError as error:
        found = wording.faults(error, data, Mapping, str(path), places)
        raise MappingRefused(*_by_line(found)) from error
    if complaints := _by_line(
        Fault(f"{path}:{lines.line(places, at)}", sentence, hint=hint)
        for at, sentence, hint in soundness.complaints(mapping)
    ):
        raise MappingRefused(*complaints)
    digest = hashlib.sha256(document.text.encode()).hexdigest()
    named = {"name": path.stem, "path": str(path), "digest": digest}
    return mapping.model_copy(update=named)


def load_folder(folder: Path) -> tuple[Mapping, ...]:
    """Load each `*.toml` of a folder, by name; raises with the faults of all."""
    mappings: list[Mapping] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            mappings.append(load(path))
        except MappingRefused as error:
            faults += error.faults
    if faults:
        raise MappingRefused(*faults)
    return tuple(mappings)


def _with_lines(data: dict[str, Any], places: dict[lines.Path, int]) -> dict[str, Any]:
    """Give each rule its line, so that evidence can name it."""
    rules = data.get("rule")
    if not isinstance(rules, list):
        return data
    numbered = [
        {**rule, "line": lines.line(places, ("rule", number))}
        if isinstance(rule, dict)
        else rule
        for number, rule in enumerate(rules)
    ]
    return {**data, "rule": numbered}


def _filled_in(
    data: dict[str, Any], file: str, places: dict[lines.Path, int]
) -> Iterator[Fault]:
    """Refuse the keys that loading fills in; a mapping cannot say them itself."""
    rules = data.get("rule")
    tables: list[tuple[lines.Path, Any]] = [((), data)]
    if isinstance(rules, list):
        tables += [(("rule", number), rule) for number, rule in enumerate(rules)]
    for path, table in tables:
        for key in ("line",) if path else FILLED_IN:
            if isinstance(table, dict) and key in table:
                where = f"{file}:{lines.line(places, (*path, key))}"
                sentence = f'{wording.label(path, data)} has no key "{key}"'
                yield Fault(
                    where, sentence, hint="the program fills it in; take the line out"
                )


def _by_line(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: int(fault.where.rpartition(":")[2]))
