"""A rule may be passed over only where its pattern cannot be found: against RE2."""

from hypothesis import example, given
from hypothesis import strategies as some

from importer.mapping import patterns
from importer.resolve.literals import Index, folded, required

LETTERS = "aAbB\u017fsSkK\u212a1 .-"


def _pieces() -> some.SearchStrategy[str]:
    plain = some.text("abskABSK1 -", min_size=1, max_size=6)
    atoms = some.sampled_from(
        [".", r"\d", r"\b", r"\s", "[ab]", "[^s]", r"\.", r"\-", "^", "$", "[]a]"]
    )
    base = plain | atoms
    return some.recursive(
        base,
        lambda inner: (
            some.lists(inner, min_size=1, max_size=3).map("".join)
            | some.lists(inner, min_size=1, max_size=3).map(
                lambda parts: f"(?:{'|'.join(parts)})"
            )
            | some.tuples(
                inner, some.sampled_from(["?", "*", "+", "{0,2}", "{2}"])
            ).map(lambda one: f"(?:{one[0]}){one[1]}")
            | some.tuples(plain, some.sampled_from(["?", "*", "+", "{2}"])).map("".join)
            | inner.map("({})".format)
        ),
        max_leaves=8,
    )


@given(_pieces(), some.text(LETTERS, max_size=20), some.text(LETTERS, max_size=8))
@example("long s", "LONG \u017f", "")
@example("(?i)abs", "ABS", "")
@example("a|bsk", "a", "")
@example("(?:abs){0,2}1", "1", "")
def test_what_is_found_holds_what_is_required(
    pattern: str, text: str, more: str
) -> None:
    try:
        search = patterns.compiled(pattern)
    except patterns.NotPattern:
        return
    literals = required(pattern)
    # Half of the texts are made of the pattern's own letters, so that many match.
    for one in (text, f"{more}{pattern}{text}", pattern.upper() + more):
        if literals and search.search(one) is not None:
            assert any(literal in folded(one) for literal in literals), one
            assert 7 in Index({7: literals, 8: frozenset(("zzzz",))}).keys(folded(one))


def test_a_rule_that_names_somebody_requires_the_name() -> None:
    assert required("^rosewood floral") == {"rosewood floral"}
    assert required(r"\b(service charge|wire fee)\b") == {"service charge", "wire fee"}
    assert required(r"INV[ -]?(?P<invoice>\d{5,7})") == {"inv"}
    assert required(r"customer no\. 4711\b") == {"customer no. 4711"}
    assert required("abc(def)?ghij") == {"ghij"}


def test_nothing_is_required_where_nothing_is_sure() -> None:
    for pattern in (
        r"\d{5}",
        "ab",
        "acme|x",
        "(acme)?",
        r"\pL+",
        "(?s)acme.",
        r"\x41bc",
    ):
        assert required(pattern) == frozenset(), pattern
    assert required("x{0}abc") == {"abc"}
