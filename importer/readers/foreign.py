"""Say what a file looks like that no reader reads, and what a person can do."""

import re

_BINARY = (
    (b"%PDF", "a PDF document", "download the statement as CSV, Excel or OFX"),
    (b"{\\rtf", "a text document (RTF)", "download the statement as CSV"),
    (b"\x1f\x8b", "a compressed file (gzip)", "unpack it first"),
    (b"7z\xbc\xaf", "a compressed file (7z)", "unpack it first"),
    (b"Rar!", "a compressed file (RAR)", "unpack it first"),
    (b"\x89PNG", "a picture", "download the statement as CSV, Excel or OFX"),
    (b"\xff\xd8\xff", "a picture", "download the statement as CSV, Excel or OFX"),
)
_TEXT = (
    (
        r"(?is)\A\s*(?:<!--(?:[^-]|-(?!->))*-->\s*)*(?:<!doctype\s+html|<html|<head|<body|<table)",
        "an HTML page, perhaps the bank's log-in page",
        "log in to the bank again and download the statement itself",
    ),
    (
        r"(?s)\A\s*<.{0,4000}20022:tech:xsd:p[a-z]{3}\.\d",
        "an ISO 20022 payment order",
        "",
    ),
    (r"(?s)\A\s*<\?xml", "an XML document", ""),
    (r"(?s)\A\s*[{\[]\s*(?:[\"{\[]|\}|\])", "JSON", ""),
    (r"(?s)\A\s*:\d\d[A-Z]?:", "a piece of a SWIFT statement (MT940)", ""),
)
_ELSE = "download the statement as CSV, Excel (.xlsx) or OFX"


def kind(head: bytes) -> tuple[str, str]:
    """Name what a file looks like and what to do; two empty texts when unknown."""
    for magic, name, hint in _BINARY:
        if head.startswith(magic):
            return name, hint
    text = head.lstrip(b"\xef\xbb\xbf").replace(b"\0", b"").decode("latin-1")
    for pattern, name, hint in _TEXT:
        if re.search(pattern, text):
            return name, hint or _ELSE
    return "", ""


def guess(head: bytes) -> tuple[str, str]:
    """Name what an unreadable file looks like, in general words at the worst."""
    name, hint = kind(head)
    if name:
        return name, hint
    if _share_of_controls(head):
        return "binary data of no format that is known here", _ELSE
    return "text without columns", _ELSE


def _share_of_controls(head: bytes) -> bool:
    """Say whether a file has bytes that text does not have."""
    controls = sum(
        head.count(code) for code in range(32) if code not in (9, 10, 12, 13)
    )
    return controls > len(head) // 100
