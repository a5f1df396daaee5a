"""Walk through a CAMT message once: statements, balances, summaries and entries.

expat calls back for each tag; texts are gathered under the names that `camt_places`
gives them.  A name that comes twice keeps both texts, a line each.  Tags are taken
without their namespace, and what has no place is passed over.

A file cannot blow the memory up: what one payment or entry may hold is bounded, and
the payments of one entry are packed until their entry is whole.
"""

from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from importer.errors import Fault, FileRefused
from importer.readers.camt_pieces import (
    Balance,
    Entry,
    Payment,
    Piece,
    Statement,
    Summary,
    Unfit,
    Values,
)
from importer.readers.camt_places import MESSAGE, OUTSIDE, Part, Place
from importer.readers.encoding import Text
from importer.readers.shape import Faults

CHUNK = 1 << 16
LONGEST_TAG = 1 << 20
LONGEST_TEXT = 1 << 18
LONGEST_PART = 8 << 20
DEEPEST = 256
MOST_OUTSIDE = 10_000
MOST_NAMES = 4096
MOST_BALANCES = 10_000
MOST_STATEMENTS = 100_000
_MESSAGES = "BkToCstmr"
_CUT = (
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
)


def walk(text: Text, faults: Faults) -> Iterator[Piece]:
    """Yield the pieces of a message in order; refuses the file where it breaks off."""
    parser = expat.ParserCreate("utf-8")
    found = _Found(parser)
    try:
        with text.open() as file:
            fed = 0
            while chunk := file.read(CHUNK):
                content = chunk.encode()
                fed += len(content)
                parser.Parse(content, False)  # noqa: FBT003 more is to come
                yield from found.taken(len(content), fed - parser.CurrentByteIndex)
            parser.Parse(b"", True)  # noqa: FBT003 that was all
            yield from found.taken(0, 0)
    except Unfit as unfit:
        where = f"{text.path.name}:{parser.CurrentLineNumber}"
        hint = "fetch the file again; if it says the same, ask the bank"
        raise FileRefused(Fault(where, str(unfit), hint=hint)) from None
    except expat.ExpatError as error:
        yield from found.taken(0, 0)
        faults.add(*_said(error))
    if not found.statements:
        faults.add(0, f"no statement is in the file, whose root is <{found.root}>")


def _said(error: expat.ExpatError) -> tuple[int, str, str, str]:
    why = expat.ErrorString(error.code)
    sentence = f"the XML is broken: {why}"
    if error.code in _CUT:
        sentence = f"the file is cut off: {why}"
    return error.lineno, sentence, "", "fetch the file again"


class _Found:
    """What the parser calls, and what it has found since it was last asked.

    `_place` is where we are, `_passed` how many tags deep we are in what has no
    place; `_values` takes the texts.
    """

    def __init__(self, parser: Any) -> None:
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.letters
        parser.StartDoctypeDeclHandler = self.doctype
        self._parser = parser
        self.statements = 0
        self.root = ""
        self._pieces: list[Piece] = []
        self._still = 0
        self._names: set[str] = set()
        self._place = OUTSIDE
        self._passed = self._outside = 0
        self._values: Values = {}
        self._around: list[Values] = []
        self._text = ""
        self._statement = Statement(0, {})
        self._entry = Entry(0, self._statement)
        self._payment = Payment(0)
        self._balance: Balance | Summary = Balance(0, {})
        self._balances = 0

    def taken(self, fed: int, waiting: int) -> list[Piece]:
        """Hand over what was found; `waiting` bytes are of a tag that is open."""
        self._still += fed
        if waiting > LONGEST_TAG or self._still > LONGEST_PART:
            what = "a tag that does not end" if waiting > LONGEST_TAG else _TOO_MUCH
            raise Unfit(what)
        pieces, self._pieces = self._pieces, []
        return pieces

    def doctype(self, *_: object) -> None:
        raise Unfit("the file declares a document type or entities")

    def letters(self, text: str) -> None:
        if self._place.name and not self._passed:
            self._text += text
            if len(self._text) > LONGEST_TEXT:
                raise Unfit(_TOO_MUCH)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        inside = self._place.inside
        place = None if self._passed else inside.get(tag) or inside.get(_local(tag))
        if place is None:
            self._elsewhere(tag, attributes)
            return
        self._place = place
        if attributes:
            self._attributes(place, attributes)
        if place.part:
            self._begin(place.part)

    def end(self, _: str) -> None:
        if self._passed:
            self._passed -= 1
            return
        place = self._place
        self._place = place.around
        if place.name:
            text, self._text = self._text.strip(), ""
            if text:
                self._keep(place.name, text)
        elif place.part:
            self._end(place.part)

    def _keep(self, name: str, text: str) -> None:
        """Keep a text under its name, below what is there already."""
        values = self._values
        if name in values:
            text = f"{values[name]}\n{text}"
            if len(text) > LONGEST_TEXT:
                raise Unfit(_TOO_MUCH)
        values[name] = text

    def _attributes(self, place: Place, attributes: dict[str, str]) -> None:
        if place.name and "Ccy" in attributes:
            self._keep(f"{place.name} in", attributes["Ccy"].strip())
        for name in attributes:
            self._known(name)

    def _elsewhere(self, tag: str, attributes: dict[str, str]) -> None:
        """Go on around a message, or pass over what has no place in it."""
        self.root = self.root or _local(tag)[:80]
        for name in (tag, *attributes):
            self._known(name)
        if self._place is not OUTSIDE:
            self._passed += 1
        elif _local(tag).startswith(_MESSAGES):
            self._place = MESSAGE
        else:
            self._outside += 1
        if self._passed > DEEPEST:
            raise Unfit("tags are nested deeper than any bank writes")
        if self._outside > MOST_OUTSIDE:
            raise Unfit("more tags around the message than any bank writes")

    def _known(self, name: str) -> None:
        """Bound the names that the parser keeps; no entry may stand out of place."""
        if name in self._names:
            return
        self._names.add(name)
        if len(self._names) > MOST_NAMES:
            raise Unfit("more kinds of tags than the format has")
        if _local(name) == "Ntry":
            raise Unfit("an entry (Ntry) stands where none may, outside a statement")

    def _begin(self, part: Part) -> None:
        """Begin to gather for a part."""
        line, values = self._parser.CurrentLineNumber, Values()
        match part:
            case Part.STATEMENT:
                self._count_statement()
                values |= self._values
                self._statement = Statement(line, values)
                self._pieces.append(self._statement)
            case Part.BALANCE | Part.SUMMARY:
                self._balances += 1
                if self._balances > MOST_BALANCES:
                    raise Unfit("more balances than any bank writes")
                kind = Balance if part is Part.BALANCE else Summary
                self._balance = kind(line, values)
            case Part.ENTRY:
                self._entry = Entry(line, self._statement, values)
            case Part.PAYMENT:
                self._payment = Payment(line, values)
            case Part.DOCUMENT:
                self._payment.documents.append(values)
            case Part.RETURN:
                values = self._values
                values["returned"] = "yes"
        self._around.append(self._values)
        self._values = values

    def _count_statement(self) -> None:
        self.statements += 1
        self._balances = self._still = 0
        if self.statements > MOST_STATEMENTS:
            raise Unfit("more statements than any bank writes")

    def _end(self, part: Part) -> None:
        """Close a part, and go on gathering for the one around it."""
        self._values = self._around.pop()
        match part:
            case Part.ENTRY:
                self._pieces.append(self._entry)
                self._still = 0
            case Part.PAYMENT:
                self._entry.payments.add(self._payment)
                self._still = 0
            case Part.BALANCE | Part.SUMMARY:
                self._pieces.append(self._balance)
            case _:
                pass


_TOO_MUCH = "more in one place than any bank writes"


def _local(name: str) -> str:
    """Return a tag without its prefix."""
    return name.rpartition(":")[2]
