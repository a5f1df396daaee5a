"""What the answers of all ERPs share: texts that drift, and words to be quoted."""

from collections.abc import Callable

_QUOTED_MOST = 60

Hide = Callable[[str], str]
"""Takes the secret out of a text."""


def text(value: object) -> object:
    """Return a text that may come as a number or as nothing."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def is_success(status: int) -> bool:
    """Say whether an HTTP status is one of success."""
    return 200 <= status < 300  # noqa: PLR2004 -- HTTP's own


def start_of(body: bytes, hide: Hide) -> str:
    """Quote how a body begins, on one line and harmless, for a person to judge."""
    said = hide(body[:4096].decode("utf-8", "replace"))
    if said.count("\ufffd") > 1:
        return ": bytes that are no text"
    shown = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return f': "{shown[:_QUOTED_MOST]}"' if shown else ""
