"""Find rules that can never decide, and aliases that say the same twice.

A rule is in the shadow of an earlier one when whatever fits it fits that one: each
condition of the earlier rule is a condition of the later one, too.  Patterns are
compared as they are written; that one pattern lies within another is not looked for.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from importer.mapping.aliases import alike
from importer.mapping.schema import Mapping, Rule, When
from importer.model import Alias

Range = tuple[Decimal, Decimal]


def shadowed(mapping: Mapping) -> Iterator[tuple[Rule, Rule]]:
    """Yield each rule that can never decide, and the earlier one that always does."""
    for number, rule in enumerate(mapping.rule):
        for earlier in mapping.rule[:number]:
            if _covers(earlier, rule):
                yield rule, earlier
                break


def doubled(aliases: Iterable[Alias]) -> Iterator[tuple[Alias, Alias]]:
    """Yield each alias that says what an earlier one says, and that one."""
    known: dict[tuple[str, str], Alias] = {}
    for alias in aliases:
        key = alike(alias.remitter), alike(alias.account)
        if (first := known.setdefault(key, alias)) is not alias:
            yield alias, first


def _covers(earlier: Rule, later: Rule) -> bool:
    """Say whether whatever fits the later rule fits the earlier one."""
    patterns = (
        (getattr(earlier.when, name), getattr(later.when, name))
        for name in When.model_fields
    )
    return (
        all(one is None or one == other for one, other in patterns)
        and earlier.money in (None, later.money)
        and _within(later.amount, earlier.amount)
    )


def _within(inner: Range | None, outer: Range | None) -> bool:
    """Say whether a range of amounts lies in another; none is all amounts."""
    if outer is None:
        return True
    return inner is not None and outer[0] <= inner[0] and inner[1] <= outer[1]
