"""Rules: the first whose patterns are all found decides, and names what it found.

All patterns of one field go into one RE2 set, so that the cost of a text does
not grow with the number of rules; only patterns that hit are run for their
finds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from importer.mapping import patterns
from importer.mapping.schema import Mapping, Rule
from importer.model import Remittance, Tried

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
    """The rules of one mapping, compiled."""

    def __init__(self, mapping: Mapping) -> None:
        """Compile the sets; the mapping has proven that each pattern compiles."""
        self._mapping = mapping
        self._sets = {name: self._set(name) for name in FIELDS}
        self._searches: dict[str, Any] = {}

    def _set(self, name: str) -> tuple[Any, list[int]] | None:
        import re2  # noqa: PLC0415 -- what only lists commands must not load it

        numbers = [
            number
            for number, rule in enumerate(self._mapping.rule)
            if getattr(rule.when, name) is not None
        ]
        if not numbers:
            return None
        found = re2.Set.SearchSet(_options())
        for number in numbers:
            found.Add(getattr(self._mapping.rule[number].when, name))
        found.Compile()
        return found, numbers

    def first(
        self, remittance: Remittance, *, explain: bool
    ) -> tuple[Match | None, tuple[Tried, ...]]:
        """Return the deciding rule, and on demand why those before it did not."""
        hits = {name: self._hits(name, remittance) for name in FIELDS}
        tried: list[Tried] = []
        for number, rule in enumerate(self._mapping.rule):
            why = next(_misses(number, rule, hits, remittance), "")
            if not why:
                return self._match(rule, remittance), tuple(tried)
            if explain:
                tried.append(Tried(f'"{rule.name}"', why))
        return None, tuple(tried)

    def where(self, rule: Rule) -> str:
        """Name a rule with its file and line."""
        path = "/".join(self._mapping.path.replace("\\", "/").split("/")[-2:])
        return f'"{rule.name}" ({path}:{rule.line})'

    def _hits(self, name: str, remittance: Remittance) -> set[int]:
        if (compiled := self._sets[name]) is None:
            return set()
        found, numbers = compiled
        return {
            numbers[place] for place in found.Match(getattr(remittance, name)) or ()
        }

    def _match(self, rule: Rule, remittance: Remittance) -> Match:
        finds: dict[str, list[str]] = {}
        found: list[str] = []
        for name in FIELDS:
            pattern = getattr(rule.when, name)
            if pattern is None:
                continue
            search = self._search(pattern)
            for one in search.finditer(getattr(remittance, name)):
                named = {key: text for key, text in one.groupdict().items() if text}
                for key, text in named.items():
                    finds.setdefault(key, []).append(text)
                    begin, end = one.span(search.groupindex[key])
                    found.append(f'{key} "{text}" in {name} at {begin + 1}-{end}')
        return Match(
            rule, {key: tuple(texts) for key, texts in finds.items()}, tuple(found)
        )

    def _search(self, pattern: str) -> Any:
        if pattern not in self._searches:
            self._searches[pattern] = patterns.compiled(pattern)
        return self._searches[pattern]


def _options() -> Any:
    import re2  # noqa: PLC0415 -- what only lists commands must not load it

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return options


def _misses(
    number: int, rule: Rule, hits: dict[str, set[int]], remittance: Remittance
) -> Iterator[str]:
    for name in FIELDS:
        pattern = getattr(rule.when, name)
        if pattern is not None and number not in hits[name]:
            yield f"{name} is not like {pattern}"
    if rule.amount is not None:
        low, high = rule.amount
        if not low <= abs(remittance.amount) <= high:
            yield f"the amount is not between {low} and {high}"
    if rule.money == "in" and remittance.amount < 0:
        yield "it is money out"
    if rule.money == "out" and remittance.amount >= 0:
        yield "it is money in"
