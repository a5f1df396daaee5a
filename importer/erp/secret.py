"""The token, in a wrapping that no log, traceback or journal can print."""

from typing import NoReturn, final

_SHORTEST_HIDDEN = 6


@final
class Secret:
    """A token that shows itself only to who asks for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap a token."""
        self._text = text

    def reveal(self) -> str:
        """Return the token itself, for the request it travels in and nothing else."""
        return self._text

    def hide(self, text: str) -> str:
        """Take the token out of a text that somebody else wrote.

        A token too short to be one is left: it would also stand inside words.
        """
        if len(self._text) < _SHORTEST_HIDDEN:
            return text
        return text.replace(self._text, "***")

    def __repr__(self) -> str:
        """Write three stars, whatever the token."""
        return "***"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied to where it would be written out."""
        raise TypeError("a secret is not written out")
