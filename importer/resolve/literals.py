"""Which letters a text must hold for a pattern to be found in it at all.

Most rules name somebody or something, so that one look at a text's letters leaves
few of ten thousand rules to try.  Promises:
1. Where a pattern is found, the text, folded, holds one of its literals.
2. What this module does not understand of a pattern requires nothing.

Source: RE2's syntax (https://github.com/google/re2/wiki/Syntax).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

LEAST = 3
_LITERAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 _-/,:;&#@'\"=<>!%~`")
# How many letters a group has, and how far apart a text's groups begin.
_SHAPES = ((5, 4), (3, 1))
_OPTIONAL = ("?", "*", "{")
_REPEATED = (*_OPTIONAL, "+")
# These begin what is longer than two letters, or stand for what is not a letter.
_DEEP_ESCAPES = "QExpPCuUN"


def folded(text: str) -> str:
    """Fold a text as patterns do that are not case-sensitive.

    The long s is the one letter that RE2 takes for an ASCII one and `lower` keeps.
    """
    lower = text.lower()
    return lower if lower.isascii() else lower.replace("\u017f", "s")


def required(pattern: str) -> frozenset[str]:
    """Return literals one of which a text must hold; none when nothing is sure."""
    if "(?" in pattern.replace("(?P<", "").replace("(?:", "").replace("(?i)", ""):
        return frozenset()
    try:
        return _Reader(pattern).alternatives()
    except _Unknown:
        return frozenset()


class _Unknown(Exception):
    """The pattern holds what this module does not read."""


@dataclass(slots=True)
class _Sequence:
    """What stands one behind the other in one alternative."""

    best: frozenset[str] = frozenset()
    run: str = ""

    def end_run(self) -> None:
        """Take the letters so far, if they say more than what is known."""
        if self.run:
            self.offer(frozenset((self.run,)))
        self.run = ""

    def offer(self, found: frozenset[str]) -> None:
        """Keep the literals whose shortest is the longest."""
        if _worth(found) > _worth(self.best):
            self.best = found


def _worth(found: frozenset[str]) -> tuple[int, int]:
    shortest = min(map(len, found), default=0)
    return (shortest if shortest >= LEAST else 0, -len(found))


@dataclass(slots=True)
class _Reader:
    """A walk through a pattern, from left to right."""

    pattern: str
    at: int = 0
    depth: int = field(default=0)

    def alternatives(self) -> frozenset[str]:
        """Read to the end of the group, or of the pattern."""
        found: list[frozenset[str]] = []
        while True:
            found.append(self._sequence())
            if self._peek() != "|":
                break
            self.at += 1
        if self.depth == 0 and self.at < len(self.pattern):
            raise _Unknown
        if not all(_worth(one)[0] for one in found):
            return frozenset()
        return frozenset().union(*found)

    def _sequence(self) -> frozenset[str]:
        said = _Sequence()
        while (letter := self._peek()) not in ("", "|", ")"):
            self.at += 1
            if letter == "(":
                said.end_run()
                inside = self._group()
                if self._peek() not in _OPTIONAL:
                    said.offer(inside)
                self._skip_quantifier()
            elif letter in "^$":
                continue
            else:
                self._letter(letter, said)
        said.end_run()
        return said.best

    def _letter(self, letter: str, said: _Sequence) -> None:
        literal = ""
        if letter == "\\":
            literal = self._escaped()
            if literal == "b":
                return
        elif letter == "[":
            self._skip_class()
        elif letter != ".":
            literal = folded(letter)
        if literal not in _LITERAL and literal not in tuple(".()[]{}*+?|^$\\"):
            literal = ""
        after = self._peek()
        if literal and after not in _OPTIONAL:
            said.run += literal
        if not literal or after in _REPEATED:
            said.end_run()
        self._skip_quantifier()

    def _escaped(self) -> str:
        """Return what an escape stands for; `b` for the edge of a word."""
        letter = self._peek()
        self.at += 1
        if not letter or letter in _DEEP_ESCAPES:
            raise _Unknown
        if letter in "bAz":
            return "b"
        return "" if letter.isalnum() else letter

    def _group(self) -> frozenset[str]:
        for opening in ("?:", "?i)"):
            if self.pattern.startswith(opening, self.at):
                self.at += len(opening)
                if opening == "?i)":
                    return frozenset()
        if self.pattern.startswith("?P<", self.at):
            self.at = self.pattern.index(">", self.at) + 1
        inner = _Reader(self.pattern, self.at, self.depth + 1)
        found = inner.alternatives()
        self.at = inner.at
        if self._peek() != ")":
            raise _Unknown
        self.at += 1
        return found

    def _skip_class(self) -> None:
        if self._peek() == "^":
            self.at += 1
        if self._peek() == "]":
            self.at += 1
        while (letter := self._peek()) != "]":
            if not letter or (letter == "[" and self._peek(1) == ":"):
                raise _Unknown
            self.at += 2 if letter == "\\" else 1
        self.at += 1

    def _skip_quantifier(self) -> None:
        if self._peek() == "{":
            self.at = self.pattern.find("}", self.at) + 1 or len(self.pattern)
        elif self._peek() in ("?", "*", "+"):
            self.at += 1
        if self._peek() == "?":
            self.at += 1

    def _peek(self, ahead: int = 0) -> str:
        return self.pattern[self.at + ahead : self.at + ahead + 1]


class Index:
    """Keys found by what a text holds, each under a few letters of its literals.

    Of a long literal as many neighbouring groups of letters are kept as a text's
    groups lie apart, so that one of them is met wherever the literal stands.
    """

    def __init__(self, literals: dict[int, frozenset[str]]) -> None:
        """Index each key under every one of its literals."""
        every = [(one, key) for key, some in literals.items() for one in some]
        often = Counter(gram for one, _ in every for gram in _grams(one))
        self._found: dict[tuple[int, int], dict[str, list[tuple[str, int]]]] = {}
        for literal, key in every:
            shape = _shape(literal)
            found = self._found.setdefault(shape, {})
            grams = _grams(literal)
            near = shape[1]
            windows = [grams[at : at + near] for at in range(len(grams) - near + 1)]
            for gram in set(min(windows, key=lambda some: sum(often[g] for g in some))):
                found.setdefault(gram, []).append((literal, key))

    def keys(self, text: str) -> Iterator[int]:
        """Stream the keys one of whose literals a folded text holds."""
        for (size, stride), known in self._found.items():
            held = {text[at : at + size] for at in range(0, len(text), stride)}
            for gram in held & known.keys():
                for literal, key in known[gram]:
                    if literal in text:
                        yield key


def _shape(literal: str) -> tuple[int, int]:
    return next(one for one in _SHAPES if len(literal) >= sum(one) - 1)


def _grams(literal: str) -> list[str]:
    size, _ = _shape(literal)
    return [literal[at : at + size] for at in range(len(literal) - size + 1)]
