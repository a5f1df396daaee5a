"""HTML as values: what is not HTML yet is escaped, so that no text becomes any."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """A text that is HTML; only `element` and `join` make it."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str) -> Html:
    """Make an element; an attribute without a value is left out.

    `class_` is written `class`, and `data_name` is written `data-name`.
    """
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{escape(_harmless(value))}"'
        for key, value in attributes.items()
        if value
    )
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Iterable[str]) -> Html:
    """Put elements and texts behind one another; texts are escaped."""
    return Html(
        "".join(
            one if isinstance(one, Html) else escape(_harmless(one)) for one in children
        )
    )


def _harmless(text: str) -> str:
    """Replace what is no character to be shown, such as half ones and controls."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
