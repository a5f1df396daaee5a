"""Every sentence that the program can say, found in its source.

A text of three words and more that is no documentation, no statement of a database and
no pattern is a sentence.  What is filled in stands as `{}`, or by its name as `{ge}`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parent.parent
NOT_HERE = TOP / "tests" / "errors" / "not-here.txt"
_WORDS_LEAST = 3
_NOT_SAID = re.compile(
    r"(select|insert|create|set [a-z_]+ ?=|set default_|pragma|delete from)\b"
    r"|(release|begin|rollback to|number +(integer|bigint))\b",
)
_WORDS_MOST = 60
_TWO_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text that may be said, and where it stands."""

    path: str
    line: int
    text: str

    def is_in(self, said: str) -> bool:
        """Tell whether it was said, with anything in its braces."""
        parts = map(re.escape, re.split(r"\{\w*\}", self.text))
        return re.search(".*?".join(parts), said, re.IGNORECASE) is not None


def sentences() -> list[Sentence]:
    """Return the sentences of all modules."""
    found = []
    for path in sorted((TOP / "importer").rglob("*.py")):
        shown = path.relative_to(TOP).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        found += [Sentence(shown, line, text) for line, text in _texts(tree)]
    return found


def not_here() -> dict[str, str]:
    """Return the sentences, and beginnings of paths, that have no case, and why."""
    found, reason = {}, ""
    for line in NOT_HERE.read_text("utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            found[line] = reason
    return found


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    unsaid = {id(one) for node in ast.walk(tree) for one in _unsaid(node)}
    for node in ast.walk(tree):
        if id(node) in unsaid:
            continue
        match node:
            case ast.Constant(value=str(text), lineno=line):
                pass
            case ast.JoinedStr(values=values, lineno=line):
                text = "".join(
                    str(one.value) if isinstance(one, ast.Constant) else "{}"
                    for one in values
                )
            case _:
                continue
        text = " ".join(text.split())
        if _is_sentence(text):
            yield line, text


def _is_sentence(text: str) -> bool:
    return (
        _WORDS_LEAST <= len(text.replace("{}", "x").split()) <= _WORDS_MOST
        and _TWO_WORDS.search(text) is not None
        and "(?" not in text
        and not text.startswith("#")
        and not _NOT_SAID.match(text)
    )


def _unsaid(node: ast.AST) -> Iterator[ast.AST]:
    """Return what stands in a node and is not said: documentation, help, asserts."""
    match node:
        case ast.Expr(value=ast.Constant() as text):
            yield text
        case ast.JoinedStr(values=values):
            yield from values
        case ast.Assert(msg=ast.expr() as text):
            yield from ast.walk(text)
        case ast.keyword(arg="help", value=text):
            yield from ast.walk(text)
