"""Take :86: apart: who, from which account, and the text a person meant.

    166?00GUTSCHRIFT?20SVWZ+Rechnung 10233?31DE…?32ROSEWOOD GMBH      German banks
    /EREF/A-17/BENM//NAME/J DOE/REMI/Invoice 10233                     Dutch banks
    INVOICE 10233 ROSEWOOD                                             all others

Banks break lines in the middle of words and numbers.  A piece that fills its width
goes on in the next one without a blank.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

_GERMAN = re.compile(r"([0-9]{3})([^\w\s])(?=[0-9]{2})").match
_PURPOSE = frozenset([*(f"{n}" for n in range(20, 30)), "60", "61", "62", "63"])
_KEYWORD = re.compile(
    r"(?:^|\s)(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF)\+"
)
_SLASHED = re.compile(
    r"/(EREF|REMI|NAME|IBAN|BIC|BENM|ORDP|ORDR|CSID|MARF|TRTP|TRCD|ISDT|PREF|RTRN|RTYP"
    r"|ADDR|PURP|CNTP|ULTD|ULTB|ID|OCMT|CHGS|EXCH|SVCL|STRD|USTD)(?=/)"
)
_KEYWORD_END = 4
_WIDTH_OF_PIECE = 27
_WIDTH_OF_LINE = 65
_NONE = ("NOTPROVIDED", "NONREF")


class Details(NamedTuple):
    """What :86: says; what it does not say is empty.  `raw` is all of it."""

    raw: str = ""
    text: str = ""
    remitter: str = ""
    account: str = ""
    end_to_end: str = ""
    mandate: str = ""
    booking: str = ""
    is_returned: bool = False


def parse(lines: Sequence[str]) -> Details:
    """Read the lines of one :86: by the structure that they show."""
    if not lines:
        return Details()
    whole = "".join(lines)
    if found := _GERMAN(whole):
        return _german(whole, found[2])
    if whole.lstrip().startswith("/") and _SLASHED.search(whole):
        return _slashed(whole)
    text = joined(lines, _WIDTH_OF_LINE)
    return Details(raw=text, text=text)


def joined(pieces: Sequence[str], width: int) -> str:
    """Join pieces; one that fills the width goes on without a blank."""
    text = ""
    for piece in pieces:
        text += piece if len(piece) >= width else f"{piece.rstrip()} "
    return text.strip()


def _german(whole: str, mark: str) -> Details:
    parts = _codes(mark)(whole)
    purpose: list[str] = []
    named: dict[str, str] = {}
    for code, text in zip(parts[1::2], parts[2::2], strict=True):
        if code in _PURPOSE:
            purpose.append(text)
        else:
            named[code] = text
    said = _keywords(purpose).get
    name = (named.get("32", "") + named.get("33", "")).strip()
    return Details(
        whole,
        said("SVWZ") or said("", ""),
        name or said("ABWA", ""),
        (named.get("31") or said("IBAN", "")).strip(),
        _known(said("EREF", "")),
        _known(said("MREF", "")),
        named.get("00", "").strip(),
        said("RREF") is not None,
    )


@lru_cache(maxsize=16)
def _codes(mark: str) -> Callable[[str], list[str]]:
    """Make the function that splits at this mark and two figures."""
    return re.compile(rf"{re.escape(mark)}([0-9]{{2}})").split


def _keywords(pieces: Sequence[str]) -> dict[str, str]:
    """Collect the text under its SEPA keywords; what stands before any under none."""
    text = ""
    for piece in pieces:
        # A keyword begins a field of its own, whatever the piece before it filled.
        if text and piece[_KEYWORD_END : _KEYWORD_END + 1] == "+":
            text += " "
        text += piece
        if len(piece) < _WIDTH_OF_PIECE:
            text = f"{text.rstrip()} "
    if "+" not in text:
        return {"": text.strip()}
    if text[_KEYWORD_END] == "+" and text.count("+") == 1 and _KEYWORD.match(text):
        return {text[:_KEYWORD_END]: text[_KEYWORD_END + 1 :].strip(), "": ""}
    parts = _KEYWORD.split(text)
    found = {"": parts[0].strip()}
    for keyword, said in zip(parts[1::2], parts[2::2], strict=True):
        found[keyword] = f"{found.get(keyword, '')} {said}".strip()
    return found


def _slashed(whole: str) -> Details:
    parts = _SLASHED.split(whole)
    said: dict[str, str] = {}
    for code, value in zip(parts[1::2], parts[2::2], strict=True):
        said.setdefault(code, value.strip(" /"))
    account, name = said.get("IBAN", ""), said.get("NAME", "")
    if counterparty := said.get("CNTP"):
        found = [*counterparty.split("/"), "", "", ""]
        account, name = account or found[0], name or found[2]
    pieces = (said.get(code, "") for code in ("REMI", "USTD", "STRD"))
    return Details(
        raw=whole,
        text=" ".join(filter(None, pieces)),
        remitter=name,
        account=account,
        end_to_end=_known(said.get("EREF", "")),
        mandate=_known(said.get("MARF", "")),
        booking=said.get("TRTP", ""),
        is_returned="RTRN" in said,
    )


def _known(reference: str) -> str:
    return reference if reference and reference.upper() not in _NONE else ""
