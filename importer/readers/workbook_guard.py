"""Look into a workbook before anything opens it: is it safe, what would be hidden.

A workbook is a zip of XML.  Refused are: macros, links to other files, document
types, more entries or bytes than a statement has, an entry that is not what it
declares, and cells so far apart that a dense sheet would fill the memory.
Found are what a cell's value alone does not show: errors, formulas that nobody
has calculated, hidden rows.  OLE files (.xls) have no such parts to look into.
"""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from importer.errors import Fault, FileRefused
from importer.readers import workbook_binary, workbook_parts
from importer.readers.workbook_parts import Part
from importer.table import Bounds

MOST_ENTRIES = 200
_CHUNK = 1 << 22
_TYPE = b"<!DOCTYPE"
_RAISE = "check its origin, or raise [reading] unpacked_megabytes_most"
_SAVE = "open it in a spreadsheet, save it as .xlsx without them, and use that"
_BOOK, _BINARY, _CONTENT = "xl/workbook.xml", "xl/workbook.bin", "content.xml"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a workbook's parts, by the name of the sheet."""

    kind: str
    parts: Mapping[str, Part]


def unpacked(path: Path, bounds: Bounds) -> int:
    """Return how many bytes a zipped workbook would unpack to, by what it declares.

    Raises `FileRefused` for a zip that should not be unpacked.
    """
    with _opened(path) as archive:
        _check_entries(path.name, archive.infolist(), bounds)
        return sum(entry.file_size for entry in archive.infolist())


def examine(path: Path, bounds: Bounds) -> Examined:
    """Examine a workbook's parts; raises `FileRefused` for what is not safe."""
    with _opened(path) as archive:
        _check_entries(path.name, archive.infolist(), bounds)
        return _examined(path.name, archive, bounds)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip; whatever is wrong with it is a refusal."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileRefused:
        raise
    except Exception as error:  # a damaged zip raises a dozen kinds
        if isinstance(error, RuntimeError) and "encrypted" in str(error):
            raise FileRefused(locked(path.name)) from error
        sentence = f"the workbook is damaged or cut off: {_words(error)}"
        hint = "fetch the file again"
        raise FileRefused(Fault(path.name, sentence, hint=hint)) from error


def locked(file: str) -> Fault:
    """Say of a workbook that nobody opens without its password."""
    hint = "open it with its password and save it without one"
    return Fault(file, "the workbook is locked with a password", hint=hint)


def _words(error: Exception) -> str:
    """Say what is wrong with a zip; the library's first guess is a poor one."""
    is_cut = isinstance(error, zipfile.BadZipFile) and "not a zip" in str(error)
    return "its end is missing" if is_cut else str(error)


def _check_entries(file: str, entries: list[zipfile.ZipInfo], bounds: Bounds) -> None:
    names = [entry.filename for entry in entries]
    total = sum(entry.file_size for entry in entries)
    largest = max((entry.file_size for entry in entries), default=0)
    troubles = (
        (len(names) > MOST_ENTRIES, f"it has {len(names)} entries", ""),
        (total > bounds.unpacked, f"it would unpack to {total >> 20} MiB", _RAISE),
        (largest > bounds.unpacked // 2, f"a part has {largest >> 20} MiB", _RAISE),
        (len(set(names)) != len(names), "two entries have the same name", ""),
        (_has(names, "vbaProject"), "it holds macros", _SAVE),
        (_has(names, "externalLinks/"), "it takes values from other files", _SAVE),
        (
            not any(name in names for name in (_BOOK, _BINARY, _CONTENT)),
            "no workbook is in it",
            "",
        ),
    )
    faults = [
        Fault(file, f"the workbook is refused: {why}", hint=hint or "check its origin")
        for wrong, why, hint in troubles
        if wrong
    ]
    if faults:
        raise FileRefused(*faults)


def _has(names: list[str], part: str) -> bool:
    return any(part.lower() in name.lower() for name in names)


def _examined(file: str, archive: zipfile.ZipFile, bounds: Bounds) -> Examined:
    """Read every entry to its end, so that what it declares is proven."""
    names = set(archive.namelist())
    kind = "xlsb" if _BINARY in names else "xlsx" if _BOOK in names else "ods"
    sheets = {} if kind == "ods" else _sheet_entries(archive, kind)
    parts: dict[str, Part] = {}
    for entry in archive.infolist():
        with archive.open(entry) as stream:
            chunks = _checked(file, entry.filename, stream)
            parts |= _scanned(entry.filename, sheets.get(entry.filename), chunks)
            for _ in chunks:
                pass
    for sheet, part in parts.items():
        _check_extent(file, sheet, part, bounds)
    return Examined(kind, parts)


def _scanned(entry: str, sheet: str | None, chunks: Iterator[bytes]) -> dict[str, Part]:
    if entry == _CONTENT:
        return workbook_parts.ods(b"".join(chunks))
    if sheet is None:
        return {}
    if entry.endswith(".bin"):
        return {sheet: workbook_binary.scan(b"".join(chunks))}
    return {sheet: workbook_parts.xlsx(chunks)}


def _checked(file: str, name: str, stream: IO[bytes]) -> Iterator[bytes]:
    """Yield an entry's bytes; XML with a document type or in UTF-16 is refused.

    What others put beside a workbook (`customXml`, `docProps`) nobody reads.
    """
    is_read = not name.startswith(("customXml/", "docProps/"))
    is_xml = is_read and name.lower().endswith((".xml", ".rels"))
    tail = b""
    while chunk := stream.read(_CHUNK):
        odd = not tail and chunk.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"))
        if is_xml and (odd or _TYPE in chunk or _TYPE in tail + chunk[:16]):
            sentence = f'"{name}" in the workbook is XML that no spreadsheet writes'
            raise FileRefused(Fault(file, sentence, hint="check its origin"))
        yield chunk
        tail = chunk[-16:]


def _check_extent(file: str, sheet: str, part: Part, bounds: Bounds) -> None:
    if part.height * part.width > bounds.cells:
        raise FileRefused(
            Fault(
                file,
                f'sheet "{sheet}" reaches to row {part.height}, column {part.width}:'
                f" more than {bounds.cells:,} cells",
                hint="delete what stands far off, or raise [reading] cells_most",
            )
        )
    if part.lost:
        raise FileRefused(
            Fault(
                file,
                f'sheet "{sheet}" has formulas without a value in cells without a'
                " place",
                hint="open it in a spreadsheet and save it, so that it is calculated",
            )
        )


def _sheet_entries(archive: zipfile.ZipFile, kind: str) -> dict[str, str]:
    """Map the entries of sheets to the sheets' names, as the workbook says them."""
    book = _BINARY if kind == "xlsb" else _BOOK
    folder, name = book.split("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return {}
    sheets = (
        workbook_binary.sheets(archive.read(book))
        if kind == "xlsb"
        else {
            one.get(_RELATION, ""): one.get("name", "")
            for one in _tree(archive, book).iter()
            if one.get(_RELATION)
        }
    )
    return {
        _entry(one.get("Target", "")): sheets[one.get("Id")]
        for one in _tree(archive, relations).iter()
        if one.get("Id") in sheets
    }


def _entry(target: str) -> str:
    """Name the entry that a relation of the workbook points to."""
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _tree(archive: zipfile.ZipFile, name: str) -> Any:
    """Parse one small part; a document type or an entity in it is refused."""
    from defusedxml import ElementTree  # noqa: PLC0415 loaded for workbooks alone
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 the same

    try:
        return ElementTree.fromstring(archive.read(name), forbid_dtd=True)
    except (DefusedXmlException, ElementTree.ParseError) as error:
        raise zipfile.BadZipFile(f'"{name}" cannot be read ({error})') from error
