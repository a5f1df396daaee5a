"""Find what is wrong in a mapping although each of its keys has the right shape.

Patterns that RE2 has not, finds that no template knows, templates over names that
nothing finds, columns that the header has not, formats that tell no day: all of
them are refused when the mapping loads, none when the first file comes.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from difflib import get_close_matches

from importer import dates
from importer.mapping import check, patterns
from importer.mapping.lines import Path
from importer.mapping.policy import Names
from importer.mapping.schema import KindColumn, Mapping, Rule, When
from importer.table import charset

FIELDS = (
    "remitter",
    "text",
    "reference",
    "payer_account",
    "bank_id",
    "kind",
    "location",
    "customer",
)
_ONE_OR_MORE = (*FIELDS, "group")
_IN_A_TABLE = ("column", "credit", "debit", "flag", "number", "paid", "discount")
TEMPLATES = ("customer", "invoice", "paid", "discount", "reference", "location")
_BRACES = re.compile(r"\{([^{}]*)\}")

_SHOWN = 60
"""How much is shown of a pattern that is too long."""

Complaint = tuple[Path, str, str]


def complaints(mapping: Mapping) -> Iterator[Complaint]:
    """Yield where, what and a hint for everything that cannot work."""
    yield from _file(mapping)
    yield from _formats(mapping)
    yield from _columns(mapping)
    yield from _read_patterns(mapping)
    yield from _names_twice(mapping.rule)
    for number, rule in enumerate(mapping.rule):
        last = number == len(mapping.rule) - 1
        yield from _rule(rule, ("rule", number), last=last)


def columns(mapping: Mapping) -> Iterator[tuple[Path, str]]:
    """Yield every column name that `[read]` uses, with the key that names it."""
    read = mapping.read
    for key in _ONE_OR_MORE:
        value = getattr(read, key)
        if value is not None and not isinstance(value, KindColumn):
            yield from ((("read", key), name) for name in listed(value))
    tables = ("account", "currency", "kind", "date", "value_date", "amount", "invoice")
    for table in tables:
        for key in _IN_A_TABLE:
            if name := getattr(getattr(read, table), key, None):
                yield ("read", table, key), name
    if read.totals.balance:
        yield ("read", "totals", "balance"), read.totals.balance


def listed(names: str | Names) -> Names:
    """Return one name or several as several."""
    return (names,) if isinstance(names, str) else names


def nearest(name: str, known: Sequence[str]) -> str:
    """Write a hint that asks for the nearest name and lists all there are."""
    near = get_close_matches(name, known, n=1)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    every = list(dict.fromkeys(known))
    return f"{guess}there {'is' if len(every) == 1 else 'are'} {', '.join(every)}"


def _file(mapping: Mapping) -> Iterator[Complaint]:
    file = mapping.file
    if file.encoding and charset(file.encoding) is None:
        sentence = f'no encoding is named "{file.encoding}"'
        yield ("file", "encoding"), sentence, "such as utf-8 or cp1252"
    if file.name and ("/" in file.name or "\\" in file.name):
        sentence = f'[file] name "{file.name}" names a folder; it is the file\'s own'
        yield ("file", "name"), sentence, ""


def _formats(mapping: Mapping) -> Iterator[Complaint]:
    read = mapping.read
    for key, column in (("date", read.date), ("value_date", read.value_date)):
        try:
            dates.reader(column.format if column else "%Y%m%d")
        except dates.NotFormat as error:
            yield ("read", key, "format"), str(error), ""
    if isinstance(read.currency, str) and not re.fullmatch("[A-Z]{3}", read.currency):
        sentence = f'currency "{read.currency}" is no code of three letters like "USD"'
        yield ("read", "currency"), sentence, 'a column is currency = { column = "…" }'
    if read.group and read.totals.balance:
        sentence = "a running balance cannot be proven where rows are grouped"
        yield ("read", "totals", "balance"), sentence, ""
    for name in read.identity:
        if name not in FIELDS:
            sentence = f'identity "{name}" is no field of a remittance'
            yield ("read", "identity"), sentence, nearest(name, FIELDS)


def _columns(mapping: Mapping) -> Iterator[Complaint]:
    header = mapping.file.header or mapping.file.columns
    if not header:
        return
    key = "header" if mapping.file.header else "columns"
    for path, name in columns(mapping):
        if name not in header:
            sentence = f'[file] {key} has no column "{name}"'
            yield path, sentence, nearest(name, header)
        elif header.count(name) > 1:
            sentence = f'[file] {key} has column "{name}" more than once'
            yield path, sentence, "a column that is read needs a name of its own"


def _read_patterns(mapping: Mapping) -> Iterator[Complaint]:
    totals = mapping.read.totals
    for key in ("footer", "count", "opening", "closing"):
        if pattern := getattr(totals, key):
            path: Path = ("read", "totals", key)
            allowed = ("count",) if key == "count" else ()
            names = yield from _pattern(path, pattern, allowed)
            if key == "count" and not names:
                sentence = f'"{pattern}" does not name where the count stands'
                yield path, sentence, r"write (?P<count>\d+) in it"
    for pattern in mapping.read.ignore:
        yield from _pattern(("read", "ignore"), pattern, ())


def _pattern(
    path: Path, pattern: str, allowed: Names
) -> Generator[Complaint, None, Names]:
    """Compile one pattern and return what it finds, less what it may not find."""
    try:
        names = patterns.names(pattern)
    except patterns.NotPattern as error:
        cut = len(pattern) > patterns.LONGEST
        shown = f"{pattern[:_SHOWN]}…" if cut else pattern
        yield path, f'cannot use pattern "{shown}": {error}', ""
        return allowed
    for name in names:
        if name not in allowed:
            sentence = f'"{pattern}" finds "{name}", which nothing reads here'
            yield path, sentence, nearest(name, allowed) if allowed else ""
    return names


def _names_twice(rules: Sequence[Rule]) -> Iterator[Complaint]:
    names = [rule.name for rule in rules]
    for number, name in enumerate(names):
        if name in names[:number]:
            sentence = f'a rule before this one is named "{name}" as well'
            yield ("rule", number, "name"), sentence, ""


def _rule(rule: Rule, path: Path, *, last: bool) -> Iterator[Complaint]:
    found: list[str] = []
    for key in When.model_fields:
        if pattern := getattr(rule.when, key):
            at = (*path, "when", key)
            found += yield from _pattern(at, pattern, patterns.FINDS)
    for key in TEMPLATES:
        if template := getattr(rule, key):
            yield from _template((*path, key), template, found)
    narrows = rule.amount or rule.money or any(rule.when.model_dump().values())
    if not last and not narrows:
        sentence = f'rule "{rule.name}" fits everything, so none after it is tried'
        yield path, sentence, "say when, amount or money, or move it to the end"
    if rule.amount and not 0 <= rule.amount[0] <= rule.amount[1]:
        sentence = f'rule "{rule.name}" has an amount range that nothing is in'
        yield (*path, "amount"), sentence, "write [least, most], without signs"
    for test in rule.test:
        try:
            check.parse_test(test)
        except check.NotTest as error:
            yield (*path, "test"), str(error), ""


def _template(path: Path, template: str, found: Sequence[str]) -> Iterator[Complaint]:
    """Refuse a template over what the rule's patterns cannot find."""
    for name in _BRACES.findall(template):
        if name not in found:
            sentence = f'template "{template}" uses "{name}", which no pattern finds'
            hint = nearest(name, found) if found else "name it in when: (?P<name>…)"
            yield path, sentence, hint
    if re.search(r"[{}]", _BRACES.sub("", template)):
        yield path, f'template "{template}" has a brace without its partner', ""
