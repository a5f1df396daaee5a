"""The log: one line for each event, in the form asked for, and never an error."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.logs import Log, keeping, trouble
from importer.logs.keeping import Keeping

TOP = Path(__file__).parent.parent.parent
LINE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) \w+: .*"


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    keeping.end()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log" / "importer.log"


def lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()


def test_an_event_is_one_line_with_its_facts(file: Path) -> None:
    keeping.start(Keeping(file=file), {})
    Log("posting").info("payment posted", remittance="BK7Q", part=0, seconds=0.25012)
    (line,) = lines(file)
    assert re.fullmatch(LINE, line)
    assert line.endswith("payment posted remittance=BK7Q part=0 seconds=0.25")


def test_as_json_it_is_one_document_a_line(file: Path) -> None:
    keeping.start(Keeping(file=file, format="json"), {})
    Log("rounds").warning("file refused", file="1a2b", faults=2, place=None)
    (line,) = lines(file)
    said = json.loads(line)
    assert said.pop("at").endswith("Z")
    assert said == {
        "level": "warning",
        "room": "rounds",
        "event": "file refused",
        "process": os.getpid(),
        "file": "1a2b",
        "faults": 2,
    }


def test_no_fact_can_begin_a_line_or_fill_the_disk(file: Path) -> None:
    keeping.start(Keeping(file=file), {})
    Log("rounds").info("said", text="two\nlines\x1b[2J", long="x" * 10_000)
    (line,) = lines(file)
    assert r'text="two\nlines\u001b[2J"' in line
    assert len(line) < 400


def test_only_what_is_at_the_level_or_above_is_written(file: Path) -> None:
    keeping.start(Keeping(level="warning", file=file), {})
    log = Log("posting")
    for write in (log.debug, log.info, log.warning, log.error):
        write("said")
    assert [line.split()[1] for line in lines(file)] == ["warning", "error"]


def test_before_it_is_started_nothing_is_written(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Log("posting").error("said")
    assert capfd.readouterr() == ("", "")


def test_what_other_packages_log_is_written_nowhere(file: Path) -> None:
    keeping.start(Keeping(level="debug", file=file), {})
    logging.getLogger("urllib3.connectionpool").error("GET /list?token=CANARY-log")
    logging.getLogger().error("CANARY-log")
    assert lines(file) == []


def test_what_we_log_goes_to_no_other_handler(file: Path) -> None:
    said: list[str] = []
    other = logging.Handler()
    other.emit = lambda record: said.append(record.msg)  # type: ignore[method-assign] # a spy
    logging.getLogger().addHandler(other)
    try:
        keeping.start(Keeping(file=file), {})
        Log("posting").info("said")
    finally:
        logging.getLogger().removeHandler(other)
    assert (len(lines(file)), said) == (1, [])


def test_journald_is_given_the_priority_and_no_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "journald").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        status = os.fstat(stream.fileno())
        named = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        keeping.start(Keeping(level="debug"), named)
        log = Log("posting")
        for write in (log.debug, log.info, log.warning, log.error):
            write("said", part=1)
        assert [line[:3] for line in lines(tmp_path / "journald")] == [
            *("<7>", "<6>", "<4>", "<3>")
        ]
        # Somebody else's stream is none of journald's.
        keeping.start(Keeping(), {"JOURNAL_STREAM": f"{status.st_dev}:1"})
        log.info("said")
        assert re.fullmatch(LINE, lines(tmp_path / "journald")[-1])


def test_a_full_file_is_moved_away_and_the_oldest_is_dropped(file: Path) -> None:
    keeping.start(Keeping(file=file, megabytes=1, keep=2), {})
    log = Log("posting")
    for number in range(30_000):
        log.info("payment posted", remittance=f"BK{number:017}", part=0, control="88")
    found = sorted(file.parent.glob("importer.log*"))
    assert {one.name for one in found} - {"importer.log.lock"} == {
        *("importer.log", "importer.log.1", "importer.log.2")
    }
    assert all(one.stat().st_size <= 1 << 20 for one in found)


WRITER = """
import sys
from pathlib import Path
from importer.logs import Log, keeping
keeping.start(keeping.Keeping(file=Path(sys.argv[1]), megabytes=1, keep=50), {})
log = Log("posting")
for number in range(9000):
    log.info("payment posted", process=int(sys.argv[2]), number=number, text="x" * 80)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows moves no file that is open")
def test_of_processes_that_share_a_file_no_line_is_lost_or_torn(file: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), str(number)], env=environment
        )
        for number in range(3)
    ]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    files = [one for one in file.parent.glob("importer.log*") if one.suffix != ".lock"]
    assert len(files) >= 4
    every = [line for one in files for line in lines(one)]
    assert all(re.fullmatch(LINE, line) for line in every)
    said = {tuple(re.findall(r"(?:process|number)=(\d+)", line)) for line in every}
    assert len(said) == len(every) == 27_000


def test_a_log_that_cannot_be_opened_or_written_stops_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("no folder")
    keeping.start(Keeping(file=tmp_path / "taken" / "log"), {})
    Log("posting").info("said")
    assert "log file cannot be opened" in capfd.readouterr().err
    full = Path("/dev/full")
    if full.exists():
        keeping.start(Keeping(file=full), {})
        Log("posting").info("said")
    assert capfd.readouterr().err == ""


def test_a_log_whose_folder_goes_away_goes_on_when_it_is_back(file: Path) -> None:
    keeping.start(Keeping(file=file), {})
    log = Log("posting")
    log.info("first")
    file.unlink()
    file.parent.rmdir()
    log.info("lost")
    file.parent.mkdir()
    log.info("second")
    assert [line.split()[-1] for line in lines(file)] == ["second"]


def test_trouble_says_what_it_is_and_where_and_not_what_it_says() -> None:
    try:
        keeping.start(Keeping(level="CANARY-level"), {})  # type: ignore[arg-type] # wrong
    except ValueError as error:
        said = trouble(error)
    assert said["error"] == "ValueError"
    assert re.fullmatch(r"logs/keeping\.py:\d+", str(said["place"]))
    assert "CANARY" not in str(said)


def test_what_is_not_written_costs_next_to_nothing() -> None:
    log, start = Log("posting"), time.perf_counter()
    for _ in range(100_000):
        log.debug("payment claimed", remittance="BK7Q", part=0)
    assert time.perf_counter() - start < 1
