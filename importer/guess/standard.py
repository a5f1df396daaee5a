"""The mappings of formats whose columns never differ, and patterns for names."""

import re
from pathlib import PurePath

from importer.mapping.schema import Mapping

_CHANGING = re.compile(r"\d{2,}(?:[-_. ]?\d{2,})*")


def mapping(form: str) -> Mapping | None:
    """Return the mapping of a format with fixed columns; None for all others."""
    return None


def name_pattern(file: str) -> str:
    """Turn a file's name into the pattern of its kind: figures may change."""
    name = PurePath(file).name
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return _CHANGING.sub("*", name)
    return f"{_CHANGING.sub('*', stem)}.{suffix}"
