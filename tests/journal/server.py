"""A PostgreSQL of our own: the server that the wheel `pgserver` carries.

It listens on a socket in its own folder and nowhere else, and runs without any
set-up; as root it runs as the user nobody, since it will not run as root.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65534


@dataclass(frozen=True)
class Server:
    """A running server; `url(name)` is a database of its own in it."""

    folder: Path
    programs: Path

    def url(self, name: str) -> str:
        """Make a database that is empty, and return its address."""
        self._run("createdb", "-h", str(self.folder), "-U", "importer", name)
        return f"postgresql:///{name}?host={self.folder}&user=importer"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=60"
        log = self.folder / "log"
        self._run(
            "pg_ctl", "-D", str(self.data), "-w", "-l", str(log), "-o", options, "start"
        )

    def stop(self, how: str = "fast") -> None:
        """Stop: `fast` lets nobody finish, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", how, "stop")

    @property
    def data(self) -> Path:
        """Return where its files are."""
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        root = os.geteuid() == 0
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            user=NOBODY if root else None,
            group=NOBODY if root else None,
            extra_groups=[] if root else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()

    def close(self) -> None:
        """Stop, and take its files away."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


def started() -> Server:
    """Make a server in a folder of its own, and start it."""
    spec = find_spec("pgserver")
    assert spec, "the wheel pgserver belongs to what the tests need"
    assert spec.submodule_search_locations
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    # The path of a socket may not be long, so not under pytest's own folders.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    server = Server(folder, programs)
    server._run(  # noqa: SLF001 its own maker
        "initdb", "-D", str(server.data), "-U", "importer", "-A", "trust", "--no-sync"
    )
    server.start()
    return server
