"""What the world outside does to a program: no traceback ever reaches a person."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from importer import cli, systems

TOP = Path(__file__).parent.parent
IMPORTER = [sys.executable, "-m", "importer"]
TOKEN = "SECRET-of-a-customer"


def started(
    folder: Path, *arguments: str, stdout: int = subprocess.DEVNULL, **more: str
) -> subprocess.Popen[str]:
    settings = {**os.environ, "PYTHONPATH": str(TOP), "TMPDIR": str(folder)}
    return subprocess.Popen(
        [*IMPORTER, *arguments],
        cwd=folder,
        env={**settings, **more},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )


def test_whoever_stops_listening_hears_no_traceback(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    running = started(tmp_path, "--help", stdout=writing)
    os.close(writing)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (1, "")


def test_a_closed_standard_output_is_none(tmp_path: Path) -> None:
    line = f"exec {sys.executable} -m importer status >&-"
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "SANDBOX" in done.stderr
    assert "failed" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_terminal_without_our_letters_shows_their_numbers(
    tmp_path: Path, encoding: str
) -> None:
    name = "Überweisungen 収入.csv"
    running = started(tmp_path, "run", name, PYTHONIOENCODING=encoding)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "there is no such file" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_is_told_to_stop_stops_without_a_word_too_much(
    tmp_path: Path, number: signal.Signals
) -> None:
    running = started(tmp_path, "watch")
    deadline = time.monotonic() + 60
    while not (tmp_path / "heartbeat").exists():
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode in (0, 3)
    assert "Traceback" not in said


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Put a command in that ends in an error that nobody has foreseen."""

    def put(error: Exception) -> None:
        @click.command()
        def command() -> None:
            raise error

        module = SimpleNamespace(command=command)
        monkeypatch.setattr(cli, "import_module", lambda _: module)

    return put


def test_a_fault_of_the_program_is_one_sentence_and_a_file_without_data(
    failing: Callable[[Exception], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    failing(ValueError(TOKEN))
    with pytest.raises(SystemExit) as left:
        cli.main(["status"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    (file,) = tmp_path.glob("importer-*.txt")
    assert said.startswith("importer: the program has failed: ValueError at ")
    assert f"report it with {file}, in which no data stands" in said
    assert len(said.splitlines()) == 2
    text = file.read_text("utf-8")
    assert "raise error" in text
    assert TOKEN not in said + text


def test_without_room_for_the_file_the_sentence_is_told_all_the_same(
    failing: Callable[[Exception], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    failing(RecursionError())
    with pytest.raises(SystemExit) as left:
        cli.main(["status"])
    assert left.value.code == 2
    assert "RecursionError at" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="users have numbers there alone")
def test_in_a_container_a_user_without_a_name_has_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert systems.person() == "user 4000000"
