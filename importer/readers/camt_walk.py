"""Walk through a CAMT message once: statements, balances, summaries and entries.

expat calls back for each tag; what stands in a container is gathered as paths below
it (`/RltdPties/Dbtr/Nm`), each with its text.  A path that comes twice keeps both
texts, a line each.  Names are taken without their namespace.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from importer.errors import Fault, FileRefused
from importer.readers.encoding import Text
from importer.readers.shape import Faults

Values = dict[str, str]

CHUNK = 1 << 16
LONGEST_TEXT = LONGEST_TAG = 1 << 20
LONGEST_AGAIN = 1 << 16
LONGEST_PATH = 1024
MOST_NAMES = 4096
MOST_DETAILS = 200_000
_STATEMENTS = {"Stmt", "Rpt", "Ntfctn"}
_CUT = (
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
)


@dataclass(slots=True)
class Statement:
    """A statement begins: what stands in it before its entries, as it is read."""

    line: int
    values: Values


@dataclass(slots=True)
class Balance:
    """A balance of the statement, or its summary of entries."""

    line: int
    name: str
    values: Values


@dataclass(slots=True)
class Detail:
    """One payment of an entry, and its structured remittance informations."""

    values: Values = field(default_factory=dict)
    structured: list[Values] = field(default_factory=list)
    is_returned: bool = False
    line: int = 0


@dataclass(slots=True)
class Entry:
    """One bank line: its statement, its own values, and its payments."""

    line: int
    statement: Statement
    values: Values = field(default_factory=dict)
    details: list[Detail] = field(default_factory=list)


Piece = Statement | Balance | Entry


def walk(text: Text, faults: Faults) -> Iterator[Piece]:
    """Yield the pieces of a message in order; refuses the file where it breaks off."""
    found = _Found()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.letters
    parser.StartDoctypeDeclHandler = found.doctype
    found.parser = parser
    try:
        with text.open() as file:
            fed = 0
            while chunk := file.read(CHUNK):
                content = chunk.encode()
                fed += len(content)
                parser.Parse(content, False)  # noqa: FBT003 more is to come
                yield from found.taken(fed - parser.CurrentByteIndex)
            parser.Parse(b"", True)  # noqa: FBT003 that was all
            yield from found.taken(0)
    except _Unfit as unfit:
        where = f"{text.path.name}:{parser.CurrentLineNumber}"
        raise FileRefused(Fault(where, str(unfit))) from None
    except expat.ExpatError as error:
        yield from found.taken(0)
        faults.add(*_said(error))
    if not found.statements:
        faults.add(0, "no statement is in the file")


def _said(error: expat.ExpatError) -> tuple[int, str, str, str]:
    why = expat.ErrorString(error.code)
    sentence = f"the XML is broken: {why}"
    if error.code in _CUT:
        sentence = f"the file is cut off: {why}"
    return error.lineno, sentence, "", "fetch the file again"


class _Unfit(Exception):
    """The file holds what no bank writes; says what."""


class _Found:
    """What the parser calls, and what it has found since it was last asked.

    `path` is where we are below the container whose `values` are being gathered.
    """

    def __init__(self) -> None:
        self.parser: Any = None
        self.statements = 0
        self._pieces: list[Piece] = []
        self._names: dict[str, str] = {}
        self._values: Values = {}
        self._path = ""
        self._text = ""
        self._above: list[str] = []
        self._outer: list[Values] = []
        self._statement = Statement(0, {})
        self._entry: Entry | None = None
        self._detail: Detail | None = None
        self._balance: Balance | None = None

    def taken(self, waiting: int) -> list[Piece]:
        """Hand over what was found; so many bytes of an open tag are waiting."""
        if waiting > LONGEST_TAG:
            raise _Unfit("a tag that does not end")
        pieces, self._pieces = self._pieces, []
        return pieces

    def doctype(self, *_: object) -> None:
        raise _Unfit("the file declares a document type or entities")

    def letters(self, text: str) -> None:
        self._text += text
        if len(self._text) > LONGEST_TEXT:
            raise _Unfit("more text in one place than any bank writes")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._names.get(name) or self._local(name)
        self._text = ""
        self._above.append(self._path)
        if local in _CONTAINERS and self._begins(local):
            return
        self._path = path = f"{self._path}/{local}"
        if len(path) > LONGEST_PATH:
            raise _Unfit("tags are nested deeper than any bank writes")
        if attributes and (currency := attributes.get("Ccy")):
            self._values[f"{path}@"] = currency

    def end(self, name: str) -> None:
        path, self._path = self._path, self._above.pop()
        if not path:
            self._ends(self._names[name])
        elif self._text and (text := self._text.strip()):
            self._text = ""
            values = self._values
            if path in values:
                self._again(path, text)
            else:
                values[path] = text

    def _again(self, path: str, text: str) -> None:
        """Keep a second text under the same path, and bound what one may hold."""
        self._values[path] += f"\n{text}"
        if len(self._values[path]) > LONGEST_AGAIN:
            raise _Unfit("more text in one place than any bank writes")

    def _local(self, name: str) -> str:
        if len(self._names) > MOST_NAMES:
            raise _Unfit("more kinds of tags than the format has")
        self._names[name] = name.rpartition(":")[2]
        return self._names[name]

    def _begins(self, local: str) -> bool:
        """Begin to gather for a container; False where it is none in this place."""
        line = self.parser.CurrentLineNumber
        values: Values = {}
        match local:
            case "Stmt" | "Rpt" | "Ntfctn" if self._entry is None:
                self.statements += 1
                self._statement = Statement(line, values)
                self._pieces.append(self._statement)
            case "Ntry" if self._entry is None and self.statements:
                self._entry = Entry(line, self._statement, values)
            case "TxDtls" if self._entry is not None and self._detail is None:
                self._detail = Detail(values, line=line)
            case "RtrInf" if self._detail is not None:
                self._detail.is_returned = True
                return False
            case "Strd" if self._detail is not None:
                self._detail.structured.append(values)
            case "Bal" | "TxsSummry" if self._entry is None and self.statements:
                self._balance = Balance(line, local, values)
            case _:
                return False
        self._outer.append(self._values)
        self._values, self._path = values, ""
        return True

    def _ends(self, local: str) -> None:
        """Close a container, and go on gathering for the one around it."""
        if not self._outer:
            return
        self._values = self._outer.pop()
        match local:
            case "Bal" | "TxsSummry" if self._balance is not None:
                self._pieces.append(self._balance)
                self._balance = None
            case "Ntry":
                assert self._entry is not None, "an entry was open"
                self._pieces.append(self._entry)
                self._entry = None
            case "TxDtls":
                assert self._entry is not None, "an entry was open"
                assert self._detail is not None, "a detail was open"
                self._entry.details.append(self._detail)
                self._detail = None
                if len(self._entry.details) > MOST_DETAILS:
                    raise _Unfit(f"an entry of more than {MOST_DETAILS} payments")


_CONTAINERS = {*_STATEMENTS, "Ntry", "TxDtls", "Strd", "RtrInf", "Bal", "TxsSummry"}
