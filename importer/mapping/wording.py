"""Say what pydantic found wrong in a mapping so that a person can mend it.

Each fault names the table, the key and the value, stands on its line, and lists
the keys that there are with the nearest first.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from importer import toml
from importer.errors import Fault
from importer.mapping import lines
from importer.mapping.lines import Path
from importer.mapping.schema import FILLED_IN, SHAPES


def faults(
    error: ValidationError,
    data: dict[str, Any],
    model: type[BaseModel],
    file: str,
    places: dict[Path, int],
) -> Iterator[Fault]:
    """Turn each of pydantic's errors into a fault on its line."""
    for one in error.errors():
        path = tuple(part for part in one["loc"] if part not in SHAPES)
        where = f"{file}:{lines.line(places, path)}"
        sentence, hint = _sentence(one, path, data, model)
        yield Fault(where, sentence, hint=hint)


def label(path: Path, data: dict[str, Any]) -> str:
    """Name a table or a key as the file writes it: `[read] amount decimal`."""
    if not path:
        return "a mapping"
    if path[0] == "rule" and len(path) > 1 and isinstance(path[1], int):
        rule = data["rule"][path[1]]
        name = rule.get("name") if isinstance(rule, dict) else None
        head = f'[[rule]] "{name}"' if name else f"[[rule]] number {path[1] + 1}"
        return " ".join([head, *map(_nth, path[2:])])
    return " ".join([f"[{path[0]}]", *map(_nth, path[1:])])


def _nth(part: str | int) -> str:
    return f"value {part + 1}" if isinstance(part, int) else part


def _sentence(
    one: Any, path: Path, data: dict[str, Any], model: type[BaseModel]
) -> tuple[str, str]:
    """Say what is wrong, and the keys that there are where one is unknown."""
    around, key = label(path[:-1], data), path[-1] if path else ""
    at, value = label(path, data), _value(data, path)
    hint = ""
    match one["type"]:
        case "extra_forbidden":
            fields = _class_at(path[:-1], model).model_fields
            known = sorted(name for name in fields if not _is_filled_in(name, path))
            near = get_close_matches(str(key), known, n=1)
            hint = f'did you mean "{near[0]}"? ' if near else ""
            hint += f"{around} has {', '.join(known)}"
            sentence = f'{around} has no key "{key}"'
        case "missing":
            wanted = f"{key + 1} values" if isinstance(key, int) else f'"{key}"'
            sentence = f"{around} needs {f'[{key}]' if len(path) == 1 else wanted}"
        case "value_error":
            sentence = str(one["ctx"]["error"])
        case "tuple_type" if path == ("rule",):
            sentence = "a rule is written [[rule]], with two brackets"
        case "union_tag_not_found":
            field = _class_at(path[:-1], model).model_fields[str(key)]
            has_column = _model_in(field.annotation)
            form = '{ column = "A" }' if has_column else '["A", "B"]'
            sentence = f"{at} is {toml.shown(value)} and must be text in quotes or"
            sentence += f" {form}"
        case _:
            sentence = f"{at} is {toml.shown(value)} and {toml.must(one)}"
    return sentence, hint


def _is_filled_in(name: str, path: Path) -> bool:
    """Say whether a key of this table is ours to fill in, not the file's to say."""
    return name == "line" or (len(path) == 1 and name in FILLED_IN)


def _value(data: Any, path: Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _class_at(path: Path, model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the innermost table around a path."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside a list or a union, where there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Annotated, Union, UnionType, tuple):
        found = (_model_in(argument) for argument in get_args(annotation))
        return next((one for one in found if one), None)
    return None
