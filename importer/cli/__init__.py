"""One module per command: arguments, progress, exit codes; no logic.

A command is imported when it is used, so that `importer --help` is instant.
Exit codes: 0 all done · 1 a person is needed · 2 a file, mapping or setting
cannot be used · 3 stopped early, run again.
"""

import gc
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from importer import __version__

COMMANDS = {
    "run": "take in files, post, and write results",
    "post": "post what is ready",
    "watch": "do the same for whatever is dropped into the inbox",
    "settle": "find out about payments in doubt",
    "status": "counts and sums by status, and what waits for a person",
    "report": "how much goes through by itself and what waits, as one page",
    "explain": "how each row of a file was read and decided",
    "inspect": "how a file was read, and why",
    "check": "test settings, mappings and aliases",
    "init": "make a workspace, or guess a mapping from a file",
    "sync": "refresh customers and open invoices",
    "ledger": "write every remittance ever taken in",
    "sandbox": "serve a local stand-in for the ERP",
    "demo": "the whole story on samples, in a temporary folder",
}

_OBJECTS_BETWEEN_LOOKS = 100_000


class Commands(click.Group):
    """The commands by name; each one's module is loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        """List the commands in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 -- click's
        """Load one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"importer.cli.{name}").command
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list from the literal above, without loading any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="importer")
def importer() -> None:
    """Read bank files, resolve them, and post each remittance at most once.

    Every command takes --workspace DIR (default: the current folder).
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command; print what is wrong, and leave with the exit code it has."""
    # A run keeps what it makes: looking through all of it again and again for what
    # goes in circles takes a fifth of its time.
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    try:
        returned: Any = importer.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("importer: stopped; what was begun is in the journal", err=True)
        sys.exit(3)
    except Exception as error:
        # Our errors know how to end the program; any other is a fault of ours.
        exit_code = getattr(error, "exit_code", None)
        if isinstance(error, OSError):
            exit_code, error = 2, _outside(error)
        if exit_code is None:
            raise
        click.echo(f"importer: {printable(str(error))}", err=True)
        sys.exit(exit_code)
    sys.exit(returned if isinstance(returned, int) else 0)


def _outside(error: OSError) -> Exception:
    """Say what the operating system refuses: a full disk, a folder without rights."""
    from importer.errors import Fault, SettingsRefused  # noqa: PLC0415 -- rare

    sentence = f"cannot be written or read: {error.strerror or error}"
    hint = "see to the disk or the rights, then run it again; nothing is sent twice"
    return SettingsRefused(
        Fault(str(error.filename or "the disk"), sentence, hint=hint)
    )


def printable(text: str) -> str:
    """Show control characters instead of sending them to the terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}"
        for char in text
    )
