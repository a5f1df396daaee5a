"""Find the line on which a key of a TOML text stands.

`tomllib` gives values without places, and a message without a line makes a
person search.  This scan does not parse: it looks for table headers and keys
outside strings and comments, which is enough once `tomllib` has accepted the
text.
"""

import re

Path = tuple[str | int, ...]

# What may hold brackets, marks or line ends that are not structure.
_OPAQUE = re.compile(
    r"'''.*?'''|\"\"\"(?:\\.|.)*?\"\"\"|'[^'\n]*'|\"(?:\\.|[^\"\\\n])*\"|#[^\n]*",
    re.DOTALL,
)
_PART = r"""(?:[A-Za-z0-9_-]+|'[^'\n]*'|"[^"\n]*")"""
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*(?P<list>\[)?\[\s*(?P<name>{_NAME})\s*\]")
_KEY = re.compile(rf"(?:^|[{{,])\s*(?P<name>{_NAME})\s*=", re.MULTILINE)


def places(text: str) -> dict[Path, int]:
    """Map each table, key and key of an inline table to its line, from 1.

    The third `[[rule]]` is `("rule", 2)`, a key in it `("rule", 2, "when")`.
    """
    found: dict[Path, int] = {}
    lists: dict[str, int] = {}
    table: Path = ()
    depth = 0
    masked = _OPAQUE.sub(_mask, text)
    pairs = zip(text.split("\n"), masked.split("\n"), strict=True)
    key: Path = ()
    for number, (line, bare) in enumerate(pairs, start=1):
        header = _TABLE.match(line) if bare.lstrip().startswith("[") else None
        if header and depth == 0:
            table = _parts(header["name"])
            if header["list"]:
                name = header["name"]
                lists[name] = lists.get(name, -1) + 1
                found.setdefault(table, number)
                table = (*table, lists[name])
            elif table[0] in lists:
                table = (table[0], lists[str(table[0])], *table[1:])
            found.setdefault(table, number)
            continue
        for name in _KEY.finditer(line):
            if name.start("name") >= len(bare) or bare[name.end() - 1] != "=":
                continue
            inner = depth > 0 or name.start() > 0
            path = (*key, *_parts(name["name"])) if inner else ()
            if not inner:
                path = key = (*table, *_parts(name["name"]))
            found.setdefault(path, number)
        depth += sum(map(bare.count, "[{")) - sum(map(bare.count, "]}"))
    return found


def line(found: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest thing around it that has one."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def _parts(name: str) -> Path:
    return tuple(part.strip("'\"") for part in re.findall(_PART, name))


def _mask(found: re.Match[str]) -> str:
    """Blank out what is not structure, but keep every line and column."""
    return re.sub(r"[^\n]", "~", found[0])
