r"""Read the texts of a row: remitter, text, reference and the rest.

    "  ROSEWOOD \t FLORAL"   becomes   "ROSEWOOD FLORAL"

Texts are folded as they are read, so that a remittance is the same remittance in
another export of the bank: composition of letters (NFC), control characters and
runs of blanks.  Case, digits and punctuation are never touched.  A text of several
columns has one blank between those that are not empty.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from importer.mapping.schema import KindColumn, ReadSection
from importer.mapping.soundness import FIELDS, listed

Cells = tuple[str, ...]
Texts = tuple[str, ...]

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def folded(text: str) -> str:
    """Fold what never tells two texts apart: composition, and runs of blanks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", text)).strip()


def texts(read: ReadSection, at: Mapping[str, int]) -> Callable[[Cells], Texts]:
    """Make the function that reads all texts of a row, in the order of `FIELDS`."""
    sources = [_columns(read, name) for name in FIELDS]
    used = sorted({at[name] for names in sources for name in names})
    pick = _picker(used)
    several = [names for names in sources if len(names) > 1]
    joins = [_join([used.index(at[name]) + 1 for name in names]) for names in several]

    def position(names: tuple[str, ...]) -> int:
        """Say where a field stands: after an empty text, the cells, then the joins."""
        if len(names) > 1:
            return len(used) + 2 + several.index(names)
        return used.index(at[names[0]]) + 1 if names else 0

    arrange = _picker([position(names) for names in sources])
    kinds = _kinds(read)

    def said(cells: Cells) -> Texts:
        found = ["", *pick(cells), ""]
        row = "|".join(found)
        # One look at all cells together: most rows have nothing to fold.
        if (
            not row.isascii()
            or not row.isprintable()
            or "  " in row
            or "| " in row
            or " |" in row
        ):
            found = [*map(folded, found)]
        for join in joins:
            found.append(join(found))
        return arrange(found)

    return said if kinds is None else lambda cells: kinds(said(cells))


def identity(names: Sequence[str]) -> Callable[[Texts], Texts]:
    """Make the function that picks the texts which tell remittances apart."""
    return _picker([FIELDS.index(name) for name in names])


def _columns(read: ReadSection, name: str) -> tuple[str, ...]:
    value = getattr(read, name)
    return listed((value.column if isinstance(value, KindColumn) else value) or ())


def _kinds(read: ReadSection) -> Callable[[Texts], Texts] | None:
    """Make the function that says what the values of the kind column mean."""
    if not isinstance(read.kind, KindColumn):
        return None
    meant = {folded(name).casefold(): value for name, value in read.kind.values.items()}
    at = FIELDS.index("kind")

    def kinds(said: Texts) -> Texts:
        return (*said[:at], meant.get(said[at].casefold(), said[at]), *said[at + 1 :])

    return kinds


def _join(columns: Sequence[int]) -> Callable[[Sequence[str]], str]:
    """Join what is not empty with a blank; two columns are the usual case."""
    pick = _picker(columns)

    def two(cells: Sequence[str]) -> str:
        one, other = pick(cells)
        return f"{one} {other}" if one and other else one or other

    if len(columns) == 2:  # noqa: PLR2004 the function beside says it
        return two
    return lambda cells: " ".join(filter(None, pick(cells)))


def _picker(columns: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Pick columns as a tuple, whatever their number."""
    match columns:
        case []:
            return lambda _: ()
        case [column]:
            return lambda cells: (cells[column],)
    return itemgetter(*columns)
