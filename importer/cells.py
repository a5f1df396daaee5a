"""Texts as cells of a CSV or a workbook that no spreadsheet runs.  Pure.

(1) A text that would be run as a formula gets one apostrophe in front, and so does
    each part of it behind a semicolon, a tab or a line end, where a spreadsheet that
    takes another delimiter begins a cell.
(2) Reading takes these apostrophes away, so that every text comes back exactly.
"""

import re

BREAKS = "\t\r\n"
DANGEROUS = (*BREAKS, *"'=+-@\uff1d\uff0b\uff0d\uff20")  # full-width marks run as well
PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
# What may be overlooked in front of a formula: blanks, quotes, what nobody sees.
_UNSEEN = (
    rf"(?:[^\S{BREAKS}]|[\x00-\x08\x0e-\x1f\x7f-\x9f\"\u00ad\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u2064\ufeff])*"
)
_RUN = (
    rf"(?! *{PLAIN_NUMBER.pattern}(?:[;{BREAKS}]|\Z))"
    rf"(?={_UNSEEN}[{re.escape(''.join(DANGEROUS).lstrip(BREAKS))}])"
)
_IN_FRONT = re.compile(rf"(?=[{BREAKS}])|{_RUN}")
_WITHIN = re.compile(rf"([;{BREAKS}]){_RUN}")
_GUARDED = re.compile(rf"([;{BREAKS}])'")


def encode_cell(text: str) -> str:
    """Write a text so that no spreadsheet runs it, or a part of it."""
    front = "'" if text and _IN_FRONT.match(text) else ""
    return front + _WITHIN.sub(r"\1'", text)


def decode_cell(cell: str) -> str:
    """Read a text as it was before `encode_cell`."""
    if "'" not in cell:
        return cell
    return _GUARDED.sub(r"\1", cell.removeprefix("'"))
