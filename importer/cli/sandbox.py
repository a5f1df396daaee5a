"""`importer sandbox`: serve a local stand-in for the ERP."""

from pathlib import Path

import click

from importer import shipped
from importer.cli import options


@click.command("sandbox")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8377,
    help="The port on 127.0.0.1 (0: any free one).",
)
@options.workspace
def command(root: Path, port: int) -> None:
    """Serve the sandbox on loopback until stopped; its book is WORKSPACE/sandbox.db."""
    from importer.sandbox import serve  # noqa: PLC0415 -- a server only when asked

    seed = shipped.folder("samples") / "books.json"
    serve.serve(root / "sandbox.db", seed, port, click.echo)
