"""One module per command: arguments, progress, exit codes; no logic.

A command is imported when it is used, so that `importer --help` is instant.
Exit codes: 0 all done · 1 a person is needed · 2 a file, mapping or setting
cannot be used · 3 stopped early, run again.
"""

import gc
import os
import re
import sys
from difflib import get_close_matches
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

# What click says of a value, and what a person understands.
_OUR_WORDS = (
    (r'does not match the format "%Y-%m-%d"', "is no day like 2026-03-31"),
    (r"is not a valid integer( range)?", "is no whole number"),
    (r"in the range (\d+)<=x<=(\d+)", r"a number from \1 to \2"),
    (r'Directory ("[^"]*") does not exist', r"there is no folder \1"),
    (r"got unexpected extra argument", "this is one too many:"),
)
_OBJECTS_BETWEEN_LOOKS = 100_000


class Commands(click.Group):
    """The commands by name; each one's module is loaded when it is called."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of a name that is misspelt, say which may be meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            meant = f'did you mean "{near[0]}"? ' if near else ""
            hint = f"{meant}the commands are {', '.join(COMMANDS)}"
            raise _wrong("", f'there is no command "{args[0]}"', hint)
        return super().resolve_command(ctx, args)

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
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows its number instead.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    try:
        returned: Any = importer.main(arguments, "importer", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        _leave(2, error)
    except (click.Abort, KeyboardInterrupt) as error:
        _say("stopped; what was begun is in the journal")
        _leave(3, error)
    except BrokenPipeError:
        # Nobody has heard the end: a person should look.
        _say_no_more()
        _leave(1)
    except Exception as error:  # noqa: BLE001 -- whatever it is, a person gets a sentence
        known = _known(error)
        _say(printable(str(known)))
        _leave(known.exit_code, error)
    _leave(returned if isinstance(returned, int) else 0)


def _leave(code: int, error: BaseException | None = None) -> NoReturn:
    # Where no command has begun there is no log, and --help stays instant.
    if logs := sys.modules.get("importer.logs"):
        logs.ended(code, error)
    sys.exit(code)


def _known(error: Exception) -> Any:
    """Return the error as one of ours, which knows what to say and how to end."""
    match error:
        case click.ClickException():
            return _misused(error)
        case OSError():
            sentence = f"cannot be written or read: {error.strerror or error}"
            hint = "see to the disk or the rights, then run it again; "
            hint += "nothing is sent twice"
            return _wrong(str(error.filename or "the disk"), sentence, hint)
    if hasattr(error, "exit_code"):
        return error
    from importer.cli import crash  # noqa: PLC0415 -- it never happens

    return _wrong("", *crash.told(error))


def _misused(error: click.ClickException) -> Exception:
    """Say in our own words what click found wrong with a command line."""
    context = getattr(error, "ctx", None)
    name = context.command_path if context else "importer"
    sentence, _, meant = error.format_message().partition(". Did you mean ")
    sentence = f"{sentence[:1].lower()}{sentence[1:]}".rstrip(".").replace("'", '"')
    for theirs, ours in _OUR_WORDS:
        sentence = re.sub(theirs, ours, sentence)
    hint = f"did you mean {meant.rstrip('?')}? " if meant else ""
    hint = f"{hint}what may be said: {name} --help".replace("'", '"')
    return _wrong("", sentence, hint)


def _wrong(where: str, sentence: str, hint: str) -> Exception:
    from importer.errors import Fault, SettingsRefused  # noqa: PLC0415 -- rare

    return SettingsRefused(Fault(where, sentence, hint=hint))


def _say(sentence: str) -> None:
    """Tell it, if anybody still listens; the exit code says it in any case."""
    try:
        click.echo(f"importer: {sentence}", err=True)
    except OSError:
        _say_no_more()


def _say_no_more() -> None:
    """Say nothing more to who has stopped listening, not even at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        os.dup2(nowhere, stream.fileno())


def printable(text: str) -> str:
    """Show control characters instead of sending them to the terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}"
        for char in text
    )
