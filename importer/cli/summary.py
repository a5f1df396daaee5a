"""What became of one file, in five lines that a clerk understands."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from importer.rounds import NEEDS_A_PERSON
from importer.rounds.reports import Written

Sums = Mapping[tuple[str, str], Decimal]

WORDS = {
    "posted": "posted",
    "duplicate": "taken in before",
    "skipped": "not customer money",
    "ready": "decided, not yet sent",
    "posting": "being sent",
    "held": "held",
    "refused": "refused by the ERP",
    "in_doubt": "in doubt",
}
DONE = ("posted", "duplicate", "skipped")
UNDER_WAY = ("ready", "posting")


def lines(one: Written, counts: Mapping[str, int], sums: Sums) -> Iterator[str]:
    """Write what was read, what is done, what is left for whom, and what comes next."""
    record, book = one.record, one.path.with_suffix(".xlsx")
    opened = book if book.is_file() else one.path
    yield f"{record.name}: {_read(record.records, counts, sums)}; {record.totals}"
    yield f"  done      {_counted(DONE, counts, sums) or 'nothing'}"
    if under_way := _counted(UNDER_WAY, counts, sums):
        yield f"  under way {under_way}; importer post sends it"
    needed = _counted(NEEDS_A_PERSON, counts, sums)
    yield f"  for you   {needed or 'nothing'}"
    yield f"  open      {opened}" + (f" ({one.remark})" if one.remark else "")
    if needed:
        yield (
            "  then      write what to do into its last four columns, save it, and "
            "drop it into inbox/"
        )


def _read(records: int, counts: Mapping[str, int], sums: Sums) -> str:
    if not records:
        return "no rows in it"
    rows = "1 row" if records == 1 else f"{records} rows"
    return f"{rows}, {_money(sums, counts)}"


def _counted(words: Iterable[str], counts: Mapping[str, int], sums: Sums) -> str:
    """Write how many rows have each of these statuses, and how much money they are."""
    return ", ".join(
        f"{counts[word]} {WORDS[word]} ({_money(sums, (word,))})"
        for word in words
        if counts.get(word)
    )


def _money(sums: Sums, words: Iterable[str]) -> str:
    """Add up the money of some statuses, each currency by itself."""
    wanted = set(words)
    totals: dict[str, Decimal] = {}
    for (word, currency), amount in sums.items():
        if word in wanted:
            totals[currency] = totals.get(currency, Decimal(0)) + amount
    said = [f"{amount:,} {currency}" for currency, amount in sorted(totals.items())]
    return " + ".join(said) or "no readable amount"
