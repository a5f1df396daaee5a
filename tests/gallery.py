"""The gallery of messages: what a person did, what the program says, what to do.

Every `tests/errors/*.md` is one family, written to be read.  A case is a section:

    ## What happened, in a line
    What it means and what to do, in a sentence or two.
    ```file statement.csv
    what lies in the folder
    ```
    ```python
    made("picture.png", PNG)             # what no text can say
    ```
    ```console
    $ importer run statement.csv
    importer: statement.csv: ...
    [2]
    ```

Each case gets a workspace of its own, synced with the sandbox, in which `importer`
runs, `NAME=value importer …` as in a shell; `[2]` is the exit code where it is not 0,
and `| grep WORD` or `>/dev/null` may follow.  `waiting` shows what the newest result
CSV says of what waits, `cell ROW COLUMN` one of its cells; `decide ROW column=text …`
fills its row in and saves it as `answers.csv`.  A block `first` leads up to a case and
is not in the page.

    make troubleshooting            what each case says now, and docs/troubleshooting.md
"""

import csv
import ctypes
import io
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from importer.cli import main
from importer.sandbox import Sandbox

TOP = Path(__file__).parent.parent
FOLDER = TOP / "tests" / "errors"
PAGE = TOP / "docs" / "troubleshooting.md"
SETTINGS = """\
[erp]
kind = "sandbox"
[erp.methods]
check = 12
ach = 13
wire = 14
default = 12
"""
_BLOCK = re.compile(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
# What differs from one run or machine to the next.
_CHANGING = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?", "TIME"),
    (r"\.20\d{6}-\d{6}(-\d+)?\b", ".TIME"),
    (r"\b[0-9a-f]{64}\b|\b[0-9a-f]{16}(?=…)", "DIGEST"),
    (r"--approve [0-9a-f]{16}\b", "--approve DIGEST"),
    (r"\brehearsal-20\d{6}\b", "rehearsal-DAY"),
    (r", \d+ s ago", ", SECONDS s ago"),
    (r"\bprocess \d+ on [^\s,;)]+", "process 4711 on HOST"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced piece of a case: its kind, what stands behind it, and its text."""

    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One section of a family."""

    family: str
    title: str
    source: str

    @property
    def blocks(self) -> list[Block]:
        """Return its fenced pieces in their order."""
        return [Block(*found) for found in _BLOCK.findall(self.source)]

    @property
    def said(self) -> str:
        """Return everything that its commands are expected to say."""
        return "".join(one.text for one in self.blocks if one.kind == "console")


def families() -> dict[str, str]:
    """Return the text of each family."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}


def cases() -> list[Case]:
    """Return every case of every family."""
    found = []
    for family, text in families().items():
        for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
            title, _, source = section.partition("\n")
            found.append(Case(family, title, source))
    return found


@dataclass(slots=True)
class Bench:
    """The workspace of one case, and what its Python may use."""

    root: Path
    stack: ExitStack
    environment: dict[str, str]
    names: dict[str, Any] = field(default_factory=dict)

    def python(self, source: str) -> None:
        """Do what no text can say."""
        names = {
            "made": self.made,
            "edited": self.edited,
            "erp": self.erp,
            "env": self.environment,
            "root": self.root,
            "after": self.stack.callback,
            "held": self.stack.enter_context,
            "no_override": no_override,
            "TOP": TOP,
            "Path": Path,
        }
        # What one piece has named, the next one knows.
        self.names.update(names)
        exec(compile(source, "case", "exec"), self.names)

    def made(self, name: str, content: bytes | str) -> Path:
        """Write a file of the case."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def edited(self, source: str, name: str, *changes: tuple[str, str]) -> Path:
        """Copy a sample with changes, each of which must find what it changes."""
        text = (TOP / source).read_bytes().decode("utf-8-sig")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return self.made(name, text)

    def erp(self, kind: str = "komet", **switches: Any) -> Sandbox:
        """Serve a sandbox that can be told what goes wrong; the settings name it."""
        seed = TOP / "samples" / "books.json"
        running = self.stack.enter_context(
            Sandbox(self.root / "sandbox.db", seed, **switches)
        )
        self.environment["IMPORTER_ERP_URL"] = running.url_of(kind)
        self.environment["IMPORTER_ERP_PLAYS"] = kind
        return running

    def run(self, line: str) -> str:
        """Run one line of a console, and return what a person sees."""
        line, _, wanted = line.partition(" | grep ")
        words = shlex.split(line)
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            os.environ[name] = value
        match words:
            case ["importer", *arguments]:
                with redirected() as said:
                    code = _importer([one for one in arguments if one != ">/dev/null"])
                shown = said.err if ">/dev/null" in words else said.both
                if wanted := wanted.strip('"'):
                    lines = said.both.splitlines(keepends=True)
                    shown, code = "".join(one for one in lines if wanted in one), 0
                return self._plain(shown) + (f"[{code}]\n" if code else "")
            case ["waiting"]:
                return self._plain("".join(self._waiting()))
            case ["cell", row, column]:
                (found,) = (one for one in self._newest() if one["row"] == row)
                return self._plain(found[column])
            case ["decide", row, *cells]:
                self._decide(row, dict(one.split("=", 1) for one in cells))
                return ""
        raise AssertionError(line)

    def _plain(self, text: str) -> str:
        for folder in {str(self.root.resolve()), str(self.root)}:
            text = text.replace(f"{folder}/", "").replace(folder, "WORKSPACE")
        # The Python of a check-out lies inside of it.
        text = text.replace(sys.executable, "python").replace(str(TOP), "PROGRAM")
        text = text.replace(f" of {datetime.now(UTC):%Y-%m-%d}", " of TODAY")
        for pattern, word in _CHANGING:
            text = re.sub(pattern, word, text)
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())

    def _newest(self) -> list[dict[str, str]]:
        results = list((self.root / "results").glob("*.csv"))
        assert results, "nothing was taken in"
        newest = max(results, key=lambda one: (one.stat().st_mtime_ns, one.name))
        if (answers := self.root / "answers.csv").exists():
            newest = answers
        with newest.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def _waiting(self) -> Iterator[str]:
        for row in self._newest():
            if row["status"] not in ("posted", "duplicate", ""):
                yield f"row {row['row']}, {row['status']}: {row['reason']}\n"
                if row["suggestion"]:
                    yield f"    suggestion: {row['suggestion']}\n"

    def _decide(self, number: str, cells: Mapping[str, str]) -> None:
        rows = self._newest()
        (wanted,) = (row for row in rows if row["row"] == number)
        wanted |= cells
        with (self.root / "answers.csv").open("w", encoding="utf-8", newline="") as to:
            writer = csv.DictWriter(to, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@dataclass(slots=True)
class Said:
    """What came out on both ways."""

    err: str = ""
    both: str = ""


class _Way(io.StringIO):
    """One of the two ways out, which also writes onto what both share."""

    def __init__(self, shared: io.StringIO) -> None:
        super().__init__()
        self._shared = shared

    def write(self, text: str) -> int:
        self._shared.write(text)
        return super().write(text)


@contextmanager
def redirected() -> Iterator[Said]:
    """Catch standard output and error, apart and as a terminal shows them."""
    said, shared = Said(), io.StringIO()
    out, err = _Way(shared), _Way(shared)
    with redirect_stdout(out), redirect_stderr(err):
        yield said
    said.err, said.both = err.getvalue(), shared.getvalue()


class _Capabilities(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


@contextmanager
def no_override() -> Iterator[None]:
    """Let the rights of files hold for root, too, as they do for everybody else."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)
    now = (_Capabilities * 2)()
    assert libc.capget(head, now) == 0
    all_of_them = now[0].effective
    now[0].effective &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(head, now) == 0
    try:
        yield
    finally:
        now[0].effective = all_of_them
        assert libc.capset(head, now) == 0


def _importer(arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1


@contextmanager
def _alone(root: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Be in a folder, with settings of the environment, and with nobody's signals."""
    before, cwd = dict(os.environ), Path.cwd()
    numbers = (signal.SIGTERM, signal.SIGINT)
    handlers = [signal.getsignal(number) for number in numbers]
    for name in before:
        if name.startswith("IMPORTER_"):
            del os.environ[name]
    os.environ.update({"COLUMNS": "200", **environment})
    os.chdir(root)
    try:
        yield
    finally:
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(before)
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


def workspace(folder: Path) -> Path:
    """Make the workspace that each case starts with a copy of."""
    (folder / "importer.toml").write_text(SETTINGS, "utf-8")
    shutil.copytree(TOP / "mappings", folder / "mappings")
    with _alone(folder, {}), redirected():
        code = _importer(["sync"])
    assert code == 0
    (folder / "journal.db").unlink()
    return folder


def played(case: Case, synced: Path, root: Path) -> str:
    """Play a case, and return its source with what its commands say now."""
    shutil.copytree(synced, root)
    if any(one.name.startswith("mappings/") for one in case.blocks):
        shutil.rmtree(root / "mappings")
    with ExitStack() as stack:
        bench = Bench(root, stack, {})

        def play(found: re.Match[str]) -> str:
            block = Block(*found.groups())
            match block.kind:
                case "file":
                    bench.made(block.name, block.text)
                case "python":
                    with _alone(root, {}):
                        bench.python(block.text)
                case "console" | "first" as kind:
                    text = "".join(_said(bench, block.text))
                    return f"```{kind}\n{text}```"
            return found.group()

        return _BLOCK.sub(play, case.source)


def _said(bench: Bench, text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("$ "):
            with _alone(bench.root, bench.environment):
                yield f"{line}\n{bench.run(line[2:])}"


def page() -> str:
    """Write the page for people: each case without what provokes it."""
    texts = families()
    parts = [texts.pop("README").split("<!-- page -->\n", 1)[1].strip()]
    link = r"\]\((\w+)\.md\)"
    order = re.findall(link, parts[0])
    assert sorted(order) == sorted(texts), "the README lists every family"
    parts[0] = re.sub(
        r"\]\((\w+)\.md\)", lambda one: f"](#{_anchor(texts[one[1]])})", parts[0]
    )
    for family in order:
        title, *sections = re.split(r"^## ", texts[family], flags=re.MULTILINE)
        parts.append(f"#{title.strip()}")
        parts += [_for_people(section) for section in sections]
    return "\n\n".join(parts) + "\n"


def _anchor(text: str) -> str:
    title = text.splitlines()[0].removeprefix("# ")
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def _for_people(section: str) -> str:
    def shown(found: re.Match[str]) -> str:
        kind, _, text = found.groups()
        if kind != "console":
            return ""
        said = "\n".join(_without_plumbing(text))
        return f"```text\n{said}\n```" if said else ""

    text = _BLOCK.sub(shown, section)
    return re.sub(r"\n{3,}", "\n\n", f"### {text.strip()}")


def _without_plumbing(text: str) -> Iterator[str]:
    """Leave out where output goes, and commands that say nothing."""
    before = ""
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *said = re.sub(
            r"^\[\d\]\n", "", piece, flags=re.MULTILINE
        ).splitlines()
        command = re.sub(r" >/dev/null$| \| grep .*$|^waiting$|^cell .*", "", command)
        if not said:
            continue
        if command and command != before:
            yield f"$ {command}"
        elif before:
            yield ""
        before = command
        yield from said


def written(say: Callable[[str], object]) -> None:
    """Play every case, write down what it says now, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        synced = Path(folder) / "synced"
        synced.mkdir()
        workspace(synced)
        for number, case in enumerate(cases()):
            path = FOLDER / f"{case.family}.md"
            now = played(case, synced, Path(folder) / str(number))
            if now != case.source:
                say(f"{case.family}: {case.title}\n")
                path.write_text(
                    path.read_text("utf-8").replace(case.source, now), "utf-8"
                )
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    written(sys.stdout.write)
