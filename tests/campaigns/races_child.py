"""One process of a race: the program's own command line, in a process to be killed.

It is forked from one that has loaded the program already, so that a race costs what
it does, and not what Python's start costs.
"""

import os
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from importer.cli import main

TOP = Path(__file__).parents[2]
LOADED = ("importer.cli.run", "importer.cli.watch", "importer.erp.komet", "psycopg")


def run(arguments: list[str], said: Path) -> None:
    """Run one command; all that it says goes to a file."""
    descriptor = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    main(arguments)


def started(arguments: list[str], said: Path) -> ForkServerProcess:
    """Start one command in a process of its own."""
    os.environ["PYTHONPATH"] = os.pathsep.join((str(TOP), str(Path(__file__).parent)))
    context = get_context("forkserver")
    context.set_forkserver_preload([*LOADED, __name__])
    process = context.Process(target=run, args=(arguments, said))
    process.start()
    return process
