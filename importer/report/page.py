"""The page: one self-contained HTML file, without a script, a link or a picture.

Figures and bars say the same thing side by side; nothing is told by a colour alone.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from importer.report.figures import Figures, Rate, Through, payers_most
from importer.report.markup import Html, element
from importer.report.pieces import (
    NONE,
    Cell,
    age,
    bar,
    lines,
    money_of,
    monies,
    percent,
    section,
    share,
    table,
    tallied,
    unbroken,
    word,
)
from importer.report.style import STYLE
from importer.report.terms import DEFINITIONS, MEANINGS, REASONS

DAYS_SHOWN = 31
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(found: Figures) -> str:
    """Write the whole page."""
    title = f"Remittances, {_period(found)}"
    head = element(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        element("title", title),
        element("style", Html(STYLE)),
    )
    body = element("body", _top(found, title), element("main", *_sections(found)))
    whole = element("html", head, body, lang="en")
    return f"<!DOCTYPE html>\n{whole}\n"


def _sections(found: Figures) -> Iterable[Html]:
    if not found.files:
        yield element("section", element("p", _nothing(found)))
    else:
        yield _statuses(found)
        yield _waiting(found)
        yield _through(found)
    yield _work(found)
    yield _definitions()
    yield _bottom(found)


def _nothing(found: Figures) -> str:
    if found.scope.first or found.scope.last:
        return "No file was taken in on these days."
    return "Nothing was taken in yet; next: importer run FILE"


def _top(found: Figures, title: str) -> Html:
    made = f"Made {found.scope.now:%Y-%m-%d %H:%M} UTC from {_files(found.files)}"
    through, parts = found.through, []
    for name, rate in (
        ("remittances", through.remittances),
        ("invoices", through.invoices),
        ("lines", through.lines),
    ):
        if rate.whole:
            parts.append(_card(name, rate, f"{rate.part:,} of {rate.whole:,}"))
    for currency, rate in sorted(through.money.items()):
        said = f"{money_of(rate.part, currency)} of {money_of(rate.whole, currency)}"
        parts.insert(-1, _card(f"money, {currency}", rate, said))
    return element(
        "header",
        element("h1", unbroken(title)),
        element("p", f"{made}.", class_="soft"),
        _verdict(found),
        element("ul", *parts, class_="cards") if parts else "",
    )


def _card(name: str, rate: Rate, of: str) -> Html:
    return element(
        "li",
        element("span", f"straight through, of {name}", class_="name"),
        element("span", percent(rate), class_="large"),
        element("span", of, class_="of"),
        bar(rate.share),
    )


def _verdict(found: Figures) -> Html:
    """Say whether all that was read is somewhere, and how much of it waits."""
    parts = [
        f"{found.statuses[status].rows:,} {word(status)}"
        for status in MEANINGS
        if found.statuses[status].rows
    ]
    if not found.is_conserved:
        said = (
            f"{found.read.rows:,} rows were read, and they are NOT the rows or the "
            f"money of all statuses ({' + '.join(parts)}). Verify the journal: "
            "importer check --journal"
        )
        return element("p", said, class_="verdict broken", role="alert")
    if not parts:
        return Html("")
    sums = "; ".join(monies(found.read)) or "no money"
    said = (
        f"Nothing is lost: {found.read.rows:,} rows read = {' + '.join(parts)}; "
        f"to the cent in each currency ({sums})."
    )
    return element("p", said, class_="verdict")


def _statuses(found: Figures) -> Html:
    rows = [
        (word(status), meaning, *tallied(tally), share(tally, found.read))
        for status, meaning in MEANINGS.items()
        if (tally := found.statuses[status]).rows
    ]
    total = ("read", "all rows of all files", *tallied(found.read), ("wide", ""))
    heads = ("status", "meaning", "rows", "money", "share of rows")
    return section(
        "Where everything stands",
        "Money as the bank wrote it: what goes out counts with its minus.",
        table("Rows and money by status", heads, rows, total),
    )


def _waiting(found: Figures) -> Html:
    waiting = found.waiting
    elsewhere = (
        f" {found.waiting_elsewhere:,} more wait of files that were taken in on other "
        "days."
        if found.waiting_elsewhere
        else ""
    )
    if not waiting.rows:
        return section("What waits for a person", f"Nothing waits.{elsewhere}")
    said = f"{waiting.rows:,} rows: {', '.join(monies(waiting)) or 'no money'}."
    by_reason = sorted(found.reasons.items(), key=lambda one: (-one[1].rows, one[0]))
    reasons = [
        (
            element("span", reason, class_="together"),
            REASONS.get(reason, ""),
            *tallied(tally),
            share(tally, waiting),
        )
        for reason, tally in by_reason
    ]
    ages = [
        (age(least), *tallied(tally), share(tally, waiting))
        for least, tally in found.ages.items()
        if tally.rows
    ]
    return section(
        "What waits for a person",
        f"{said}{elsewhere} Open the newest CSVs in results/ to decide.",
        table(
            "By reason",
            ("reason", "meaning", "rows", "money", "share of what waits"),
            reasons,
        ),
        table(
            "By age, since the file was taken in",
            ("waiting", "rows", "money", "share of what waits"),
            ages,
        ),
        _payers(found),
    )


def _payers(found: Figures) -> Html:
    rows = [
        (element("bdi", payer or "no name in the file"), *tallied(tally))
        for named in payers_most(found).values()
        for payer, tally in named
    ]
    if not rows:
        return Html("")
    said = "Of whom most money waits, by currency"
    return table(said, ("payer", "rows", "money"), rows)


def _through(found: Figures) -> Html:
    heads = ("remittances", "invoices", "money", "lines")
    mappings = [(name, *_rates(one)) for name, one in sorted(found.mappings.items())]
    days = [(name, *_rates(one)) for name, one in _days(found)]
    return section(
        "Straight through",
        "Posted without any person; what exactly is counted stands below.",
        table("By mapping", ("mapping", *heads), mappings),
        table("By the day a file was taken in (UTC)", ("day", *heads), days),
    )


def _days(found: Figures) -> list[tuple[str, Through]]:
    """Return the newest days, and what is older by months."""
    days = sorted(found.days.items(), reverse=True)
    shown = [(day.isoformat(), one) for day, one in days[:DAYS_SHOWN]]
    older = groupby(days[DAYS_SHOWN:], key=lambda one: f"{one[0]:%Y-%m}")
    for month, several in older:
        total = Through()
        for _, one in several:
            total.take(one)
        shown.append((f"{month}, older days", total))
    return shown


def _rates(one: Through) -> Sequence[Cell]:
    money = [
        lines(percent(rate), f"of {money_of(rate.whole, currency)}")
        for currency, rate in sorted(one.money.items())
    ]
    return (
        _rated(one.remittances),
        _rated(one.invoices),
        ("number", element("span", *money) if money else NONE),
        _rated(one.lines),
    )


def _rated(rate: Rate) -> Cell:
    if not rate.whole:
        return "number", NONE
    return "number", lines(percent(rate), f"of {rate.whole:,}")


def _work(found: Figures) -> Html:
    """Show the calls of the ERP, and what the watcher does."""
    parts, scope = [], found.scope
    days = sorted(found.calls.items(), reverse=True)[:DAYS_SHOWN]
    if days:
        heads = ("day", "calls", "of the limit", "share")
        rows = [_called(day, calls, scope.daily_calls) for day, calls in days]
        parts.append(table(f"Calls of {scope.erp} by day (UTC)", heads, rows))
    else:
        parts.append(element("p", "The ERP was not called on these days."))
    watcher = scope.watcher or "watcher: none has run here"
    return section(
        "The program at work",
        f"The limit is {scope.daily_calls:,} calls a day; posting stops at nine "
        "tenths of it.",
        *parts,
        element("p", element("bdi", watcher)),
    )


def _called(day: date, calls: int, limit: int) -> Sequence[Cell]:
    rate = Rate(Decimal(calls), Decimal(limit))
    share = ("number", percent(rate))
    return day.isoformat(), ("number", f"{calls:,}"), share, ("wide", bar(rate.share))


def _definitions() -> Html:
    terms = [
        element(name, text)
        for term, meaning in DEFINITIONS.items()
        for name, text in (("dt", term), ("dd", meaning))
    ]
    return section("What exactly is counted", "", element("dl", *terms))


def _bottom(found: Figures) -> Html:
    head = found.head
    journal = f"event {head.position:,}" if head.position else "no event yet"
    digest = element("code", head.hash)
    said = f"The journal ends at {journal}"
    looked = f". It can be looked for: importer check --head {head.hash[:8]}…"
    note = (" with the hash ", digest, looked) if head.hash else (".",)
    return element("footer", element("p", said, *note))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _period(found: Figures) -> str:
    first, last = found.scope.first, found.scope.last
    match first, last:
        case None, None:
            first, last = min(found.days, default=None), max(found.days, default=None)
            if first is None:
                return "all days"
        case _, None:
            return f"since {first}"
        case None, _:
            return f"until {last}"
    return f"{first} to {last}" if first != last else f"{first}"
