"""What all commands share: the workspace, and one JSON document on demand."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def workspace(command: F) -> F:
    """Add --workspace DIR."""
    return click.option(
        "--workspace",
        "root",
        type=click.Path(path_type=Path),
        default=Path(),
        help="The folder with importer.toml (default: the current folder).",
    )(command)


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
    # Half a surrogate, out of a file's name, becomes the escape that JSON has for it.
    click.echo(text.encode(errors="backslashreplace").decode())


def _plain(value: Any) -> str:
    assert not isinstance(value, (str, bytes)), "json writes texts itself"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
