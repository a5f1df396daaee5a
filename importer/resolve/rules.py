"""Rules: the first whose patterns are all found decides, and names what it found.

A rule is looked at only where a text holds the letters that one of its patterns
cannot do without (`literals`), so that the cost of a remittance does not grow with the
number of rules.  Rules that require no letters are looked at every time.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from importer.mapping import patterns
from importer.mapping.schema import Mapping, Rule
from importer.model import Remittance, Tried
from importer.resolve.literals import Index, folded, required

FIELDS = ("remitter", "text", "reference", "payer_account", "kind")


@dataclass(frozen=True, slots=True)
class Match:
    """The rule that decides, what its patterns found, and in words where."""

    rule: Rule
    finds: dict[str, tuple[str, ...]]
    found: tuple[str, ...]

    def value(self, name: str) -> tuple[str, ...]:
        """Return what the rule says of a name: its template filled, or its finds."""
        template: str | None = getattr(self.rule, name)
        if template is None:
            return self.finds.get(name, ())
        wanted = [one for one in self.finds if f"{{{one}}}" in template]
        if not wanted:
            return (template,)
        count = max(len(self.finds[one]) for one in wanted)
        return tuple(
            template.format_map({one: _nth(self.finds[one], place) for one in wanted})
            for place in range(count)
        )


def _nth(finds: tuple[str, ...], place: int) -> str:
    return finds[min(place, len(finds) - 1)]


class RuleBook:
    """The rules of one mapping, found by what a text must hold for them."""

    def __init__(self, mapping: Mapping) -> None:
        """Index the rules; the mapping has proven that each pattern compiles."""
        self._mapping = mapping
        self._searches: dict[str, Any] = {}
        self._always: list[int] = []
        found: dict[str, dict[int, frozenset[str]]] = {name: {} for name in FIELDS}
        for number, chosen in enumerate(_chosen(mapping)):
            if chosen is None:
                self._always.append(number)
            else:
                name, literals = chosen
                found[name][number] = literals
        self._indexes = [
            (name, Index(literals)) for name, literals in found.items() if literals
        ]

    def first(
        self, remittance: Remittance, *, explain: bool
    ) -> tuple[Match | None, tuple[Tried, ...]]:
        """Return the deciding rule, and on demand why those before it did not."""
        every = self._mapping.rule
        tried: list[Tried] = []
        for number in range(len(every)) if explain else self._possible(remittance):
            rule = every[number]
            why = next(self._misses(rule, remittance), "")
            if not why:
                return self._match(rule, remittance), tuple(tried)
            if explain:
                tried.append(Tried(f'"{rule.name}"', why))
        return None, tuple(tried)

    def _possible(self, remittance: Remittance) -> list[int]:
        """Return the rules that could decide, in their order."""
        found = set(self._always)
        for name, index in self._indexes:
            if text := getattr(remittance, name):
                found.update(index.keys(folded(text)))
        return sorted(found)

    def where(self, rule: Rule) -> str:
        """Name a rule with its file and line."""
        path = "/".join(self._mapping.path.replace("\\", "/").split("/")[-2:])
        return f'"{rule.name}" ({path}:{rule.line})'

    def _match(self, rule: Rule, remittance: Remittance) -> Match:
        finds: dict[str, list[str]] = {}
        found: list[str] = []
        for name, pattern in _patterns(rule):
            search = self._search(pattern)
            if not search.groupindex:
                continue
            for one in search.finditer(getattr(remittance, name)):
                named = {key: text for key, text in one.groupdict().items() if text}
                for key, text in named.items():
                    finds.setdefault(key, []).append(text)
                    begin, end = one.span(search.groupindex[key])
                    found.append(f'{key} "{text}" in {name} at {begin + 1}-{end}')
        return Match(
            rule, {key: tuple(texts) for key, texts in finds.items()}, tuple(found)
        )

    def _misses(self, rule: Rule, remittance: Remittance) -> Iterator[str]:
        for name, pattern in _patterns(rule):
            if self._search(pattern).search(getattr(remittance, name)) is None:
                yield f"{name} is not like {pattern}"
        if rule.amount is not None:
            low, high = rule.amount
            if not low <= abs(remittance.amount) <= high:
                yield f"the amount is not between {low} and {high}"
        if rule.money == "in" and remittance.amount < 0:
            yield "it is money out"
        if rule.money == "out" and remittance.amount >= 0:
            yield "it is money in"

    def _search(self, pattern: str) -> Any:
        if pattern not in self._searches:
            self._searches[pattern] = patterns.compiled(pattern)
        return self._searches[pattern]


def _patterns(rule: Rule) -> Iterator[tuple[str, str]]:
    """Stream the fields of a rule that have a pattern."""
    return ((name, found) for name in FIELDS if (found := getattr(rule.when, name)))


def _chosen(mapping: Mapping) -> Iterator[tuple[str, frozenset[str]] | None]:
    """Choose for each rule the field by which it is looked up, the rarest first."""
    every = [
        [
            (name, literals)
            for name, pattern in _patterns(rule)
            if (literals := required(pattern))
        ]
        for rule in mapping.rule
    ]
    often = Counter(one for fields in every for one in fields)
    for fields in every:
        yield min(
            fields,
            key=lambda one: (often[one], -min(map(len, one[1]))),
            default=None,
        )
