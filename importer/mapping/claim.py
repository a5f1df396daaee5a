"""Find the one mapping that a file is for.

All that `[file]` says must hold.  None or two: the file is refused, because a
mapping that only looks right would read amounts of another bank's columns.
"""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

from importer.errors import Fault, FileRefused
from importer.mapping import patterns
from importer.mapping.schema import FileSection, Mapping
from importer.table import Glance, Head, Layout, Row, is_header

_NEAR = "is most like its header but"


def claim(glance: Glance, mappings: Sequence[Mapping]) -> Mapping:
    """Return the mapping that claims the file; raises `FileRefused` for none or two."""
    reasons = {mapping.name: refusal(glance, mapping.file) for mapping in mappings}
    claiming = [mapping for mapping in mappings if not reasons[mapping.name]]
    match claiming:
        case [mapping]:
            return mapping
        case []:
            raise FileRefused(_none(glance, reasons))
    names = " and ".join(f'"{mapping.name}"' for mapping in claiming)
    paths = " or ".join(mapping.path for mapping in claiming)
    sentence = f"{len(claiming)} mappings claim this file: {names}"
    hint = f"say more under [file] in {paths}: name, header, account or sheet"
    raise FileRefused(Fault(glance.file, sentence, hint=hint))


def layout(mapping: Mapping) -> Layout:
    """Say what a mapping knows about a file's bytes and cells."""
    file = mapping.file
    return Layout(
        encoding=file.encoding,
        delimiter=file.delimiter,
        header=file.header,
        columns=file.columns,
        sheet=file.sheet,
        loose=_loose(mapping),
    )


def _loose(mapping: Mapping) -> Callable[[tuple[str, ...]], bool] | None:
    """Recognise the rows that the mapping takes out, whatever their width."""
    totals = mapping.read.totals
    named = (totals.footer, totals.count, totals.opening, totals.closing)
    given = [one for one in (*named, *mapping.read.ignore) if one]
    searches = [patterns.compiled(one).search for one in given]

    def known(cells: tuple[str, ...]) -> bool:
        joined = " | ".join(cells)
        return any(search(joined) for search in searches)

    return known if searches else None


def refusal(glance: Glance, file: FileSection) -> str:
    """Say why `[file]` does not claim a file; empty when it does."""
    return next(_refusals(glance, file), "")


def _refusals(glance: Glance, file: FileSection) -> Iterator[str]:
    name = PurePath(glance.file).name
    heads = glance.heads
    if file.name and not fnmatchcase(name.lower(), file.name.lower()):
        yield f'name is not like "{file.name}"'
    if file.format and file.format.lower() != glance.format.lower():
        yield f'format is "{glance.format}", not "{file.format}"'
    if file.account and _bare(file.account) not in map(_bare, glance.accounts):
        yield "the file does not state this account"
    if file.sheet:
        heads = tuple(head for head in heads if head.sheet == file.sheet)
        if not heads:
            names = [f'"{head.sheet}"' for head in glance.heads if head.sheet]
            there = f"there are {', '.join(names)}" if names else "it has no sheets"
            yield f'no sheet is named "{file.sheet}"; {there}'
    if file.header and not any(_has_header(head, file.header) for head in heads):
        yield _nearest(heads, file.header)
    if file.columns and not any(_has_width(head, file.columns) for head in heads):
        width = max(map(_width, heads), default=0)
        yield f"the first row has {width} cells, not {len(file.columns)}"


def _has_header(head: Head, header: Sequence[str]) -> bool:
    return any(is_header(row.cells, header) for row in head.rows)


def _has_width(head: Head, columns: Sequence[str]) -> bool:
    return _width(head) == len(columns)


def _width(head: Head) -> int:
    return len(head.rows[0].cells) if head.rows else 0


def _bare(account: str) -> str:
    return "".join(account.split()).upper()


def _nearest(heads: Sequence[Head], header: Sequence[str]) -> str:
    """Say how the row that is most like the header differs from it."""
    rows = [row for head in heads for row in head.rows]
    names = set(header)
    row = max(rows, key=lambda one: len(names & _names(one)), default=None)
    if row is None or not names & _names(row):
        return f"no row has its header {','.join(header)}"
    missing = [name for name in header if name not in _names(row)]
    more = [name for name in row.cells if name.strip() and name.strip() not in names]
    parts = []
    if missing:
        parts.append("has no " + ", ".join(f'"{name}"' for name in missing))
    if more:
        parts.append("has besides " + ", ".join(f'"{one.strip()}"' for one in more))
    difference = " and ".join(parts) or "has the names in another order"
    return f"line {row.line} {_NEAR} {difference}"


def _names(row: Row) -> set[str]:
    return {cell.strip() for cell in row.cells}


def _none(glance: Glance, reasons: dict[str, str]) -> Fault:
    excerpt = "\n".join(f"{name}: {why}" for name, why in reasons.items())
    sentence = "no mapping claims this file" if reasons else "there is no mapping yet"
    near = [name for name, why in reasons.items() if _NEAR in why]
    mend = f"mend header in [file] of {' or '.join(near)}, or " if near else ""
    hint = f"{mend}guess a mapping for it: importer init {PurePath(glance.file).name}"
    return Fault(glance.file, sentence, excerpt, hint)
