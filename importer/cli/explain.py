"""`importer explain`: how each row of a file was read and decided, rule by rule."""

from pathlib import Path

import click

from importer import notation, rounds
from importer.cli import options, printable, session, show
from importer.journal.entry import Duplicate
from importer.journal.orders import Item
from importer.model import Evidence, Hold, Pay, Remittance, Share, Skip


@click.command("explain")
@click.argument("file", metavar="FILE[:ROW]")
@options.workspace
@options.as_json
def command(file: str, root: Path, wants_json: bool) -> int:  # noqa: FBT001 -- a flag
    """Decide FILE as it would be decided now, and tell every step; record nothing.

    Of a file that was taken in before, what its own payments took is open again.
    """
    name, _, row = file.rpartition(":")
    wanted = int(row) if name and row.isdigit() else None
    path = Path(name if wanted is not None else file)
    here = session.workspace(root)
    with session.bench(here) as bench:
        plan = rounds.explain(bench, path)
    items = [one for one in plan.items if wanted in (None, one.notice.place.row)]
    told = [_told(one) for one in items]
    if wants_json:
        options.say(told)
        return 0
    for one in told:
        _show(one)
    if not told:
        click.echo(f"{path.name} has no remittance that begins in row {wanted}")
    return 0


def _told(item: Item) -> dict[str, object]:
    first = item.first
    shares: tuple[Share, ...] = ()
    suggestion = ""
    match first:
        case Pay():
            decision, reason, evidence = "ready", "", first.evidence
            shares = notation.shares(first)
        case Hold():
            decision, evidence = "held", first.evidence
            reason = f"{first.reason.value}: {first.sentence}"
            suggestion = notation.write(first.suggestion)
        case Skip():
            decision, reason, evidence = "skipped", first.sentence, first.evidence
        case Duplicate():
            decision, reason, evidence = "duplicate", first.sentence, Evidence()
    said = item.notice
    amount = f"{said.amount} {said.currency}" if isinstance(said, Remittance) else ""
    return {
        "row": said.place.row,
        "remittance": item.id,
        "amount": amount,
        "text": said.text,
        "decision": decision,
        "reason": reason,
        "customer": ", ".join(share.customer for share in shares),
        "applications": notation.write(shares),
        "unapplied": sum((share.unapplied for share in shares), start=show.NOTHING),
        "suggestion": suggestion,
        "rule": evidence.rule,
        "evidence": list(evidence.found),
        "tried": [{"rule": one.rule, "why": one.why} for one in evidence.tried],
    }


def _show(one: dict[str, object]) -> None:
    click.echo(printable(f"\nrow {one['row']}  {one['amount']}  {one['text']}"))
    click.echo(f"  {one['decision']}  {one['reason']}")
    if one["applications"]:
        click.echo(f"  {one['applications']}")
    if one["suggestion"]:
        click.echo(f"  to be put into set_invoices: {one['suggestion']}")
    if one["rule"]:
        click.echo(f"  decided by: {one['rule']}")
    for sentence in one["evidence"]:  # type: ignore[attr-defined] # a list, see above
        click.echo(printable(f"  - {sentence}"))
    for tried in one["tried"]:  # type: ignore[attr-defined] # a list, see above
        click.echo(printable(f"  x {tried['rule']}: {tried['why']}"))
