"""What all commands share: the workspace, and one JSON document on demand."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

LOG_LEVEL = "importer.log_level"
QUIET = "importer.quiet"

F = TypeVar("F", bound=Callable[..., Any])


def workspace(command: F) -> F:
    """Add --workspace DIR, and --log-level for what is logged of the work in it."""
    wanted = click.option(
        "--workspace",
        "root",
        type=click.Path(path_type=Path),
        default=Path(),
        help="The folder with importer.toml (default: the current folder).",
    )
    return wanted(_log_level(command))


_log_level = click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    expose_value=False,
    callback=lambda ctx, _, value: ctx.meta.update({LOG_LEVEL: value}),
    help="Log from this level on, to standard error or [log] file.",
)


def quiet(command: F) -> F:
    """Add --quiet, for a service: what becomes of each row is for files alone."""
    return click.option(
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=lambda ctx, _, value: ctx.meta.update({QUIET: value}),
        help="Log by ids and counts what is done, and tell nothing else.",
    )(command)


def is_quiet() -> bool:
    """Say whether the command at work was asked to tell nothing."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(QUIET))


def as_json(command: F) -> F:
    """Add --json."""
    return click.option(
        "--json",
        "wants_json",
        is_flag=True,
        help="Print one JSON document and nothing else.",
    )(command)


def say(document: Any) -> None:
    """Print one JSON document; money as text with its decimals, dates as ISO."""
    text = json.dumps(document, default=_plain, ensure_ascii=False, indent=2)
    # UTF-8 whatever the terminal speaks; half a surrogate, out of a file's name,
    # becomes the escape that JSON has for it.
    click.echo(text.encode("utf-8", "backslashreplace"))


def _plain(value: Any) -> str:
    assert not isinstance(value, (str, bytes)), "json writes texts itself"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
