"""The watched folder: whole files only, each once, and nothing that blocks."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from importer import locks
from importer.errors import Fault, FileRefused, StoppedEarly
from importer.inbox import Inbox, Still

AT = datetime(2026, 3, 18, tzinfo=UTC)
Seen = dict[Path, Still]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return Inbox(
        folder=folder,
        archive=tmp_path / "archive",
        refused=tmp_path / "refused",
        spool=tmp_path / ".spool",
        quiet_seconds=5,
        bytes_most=1 << 20,
    )


def ready_at(inbox: Inbox, *moments: float) -> list[list[str]]:
    seen: Seen = {}
    found = []
    for moment in moments:
        seen, ready = inbox.scan(seen, moment)
        found.append([path.name for path in ready])
    return found


def test_a_file_is_taken_when_it_has_been_still(inbox: Inbox) -> None:
    (inbox.folder / "a.csv").write_text("a,b\n1,2\n")
    assert ready_at(inbox, 0, 3, 6) == [[], [], ["a.csv"]]


def test_a_file_that_grows_is_waited_for(inbox: Inbox) -> None:
    path = inbox.folder / "a.csv"
    path.write_text("a,b\n1,2\n")
    seen, _ = inbox.scan({}, 0)
    path.write_text("a,b\n1,2\n3,4\n")
    seen, ready = inbox.scan(seen, 6)
    assert ready == []
    _, ready = inbox.scan(seen, 12)
    assert ready == [path]


def test_a_text_without_a_line_end_is_waited_for_longer(inbox: Inbox) -> None:
    (inbox.folder / "a.csv").write_bytes(b"a,b\n1,2")
    assert ready_at(inbox, 0, 6, 29, 31) == [[], [], [], ["a.csv"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ofx", b"OFXHEADER:100\n<OFX><BANKMSGSRSV1>\n"),
        ("a.xlsx", b"PK\x03\x04 and not yet its end"),
    ],
)
def test_a_file_without_its_mark_is_told_of_after_an_hour(
    inbox: Inbox, name: str, content: bytes
) -> None:
    (inbox.folder / name).write_bytes(content)
    assert ready_at(inbox, 0, 31, 3599, 3600) == [[], [], [], [name]]


@pytest.mark.parametrize(
    "name", [".hidden.csv", "~$a.xlsx", "a.csv.part", "a.csv.tmp", "a.crdownload"]
)
def test_names_that_are_not_finished_are_left_alone(inbox: Inbox, name: str) -> None:
    (inbox.folder / name).write_text("a\n")
    assert ready_at(inbox, 0, 60) == [[], []]


def test_links_pipes_and_folders_are_never_followed(inbox: Inbox) -> None:
    secret = inbox.folder.parent / "secret.csv"
    secret.write_text("a\n")
    (inbox.folder / "link.csv").symlink_to(secret)
    os.mkfifo(inbox.folder / "pipe.csv")
    (inbox.folder / "folder.csv").mkdir()
    assert ready_at(inbox, 0, 60) == [[], []]
    assert inbox.take(inbox.folder / "link.csv") is None
    assert inbox.take(inbox.folder / "pipe.csv") is None


def test_what_is_taken_is_a_copy_and_the_original_goes_to_the_archive(
    inbox: Inbox,
) -> None:
    path = inbox.folder / "a b.csv"
    path.write_bytes(b"a\n")
    dropped = inbox.take(path)
    assert dropped is not None
    assert dropped.path.read_bytes() == b"a\n"
    assert dropped.path.name == "a b.csv"
    kept = inbox.accept(dropped, AT)
    assert kept == inbox.archive / "2026-03-18" / f"a b.csv.{dropped.sha256[:8]}"
    assert kept.read_bytes() == b"a\n"
    assert not path.exists()
    assert not dropped.path.exists()


def test_what_comes_back_out_of_the_archive_has_the_name_it_was_dropped_under(
    inbox: Inbox,
) -> None:
    path = inbox.folder / "a.csv"
    path.write_text("a,b\n1,2\n")
    dropped = inbox.take(path)
    assert dropped
    archived = inbox.accept(dropped, AT)
    again = inbox.take(archived)
    assert again
    assert (again.name, again.path.name) == ("a.csv", "a.csv")
    assert again.path.read_text() == "a,b\n1,2\n"
    assert inbox.accept(again, AT) == archived
    # A name that only looks so is kept: those are not the bytes that it stands for.
    other = inbox.folder / f"b.csv{archived.suffix}"
    other.write_text("c,d\n")
    taken = inbox.take(other)
    assert taken
    assert taken.name == other.name


def test_a_file_that_is_too_large_is_refused_unread(inbox: Inbox) -> None:
    (inbox.folder / "big.csv").write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(FileRefused, match="megabytes_most"):
        inbox.take(inbox.folder / "big.csv")


def test_a_refused_file_lies_beside_its_reason(inbox: Inbox) -> None:
    error = FileRefused(Fault("a.csv:3", "has 2 cells", "1,2", "mend it"))
    for _ in range(2):
        path = inbox.folder / "a.csv"
        path.write_text("x\n")
        inbox.refuse(path, error)
    names = sorted(path.name for path in inbox.refused.iterdir())
    assert names == ["2-a.csv", "2-a.csv.why.txt", "a.csv", "a.csv.why.txt"]
    why = (inbox.refused / "a.csv.why.txt").read_text()
    assert why == "a.csv:3: has 2 cells\n    1,2\nhint: mend it\n"


def test_an_inbox_that_is_gone_is_empty(inbox: Inbox) -> None:
    inbox.folder.rmdir()
    assert ready_at(inbox, 0, 60) == [[], []]


def test_only_one_process_holds_the_lock_and_death_gives_it_back(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "lock"
    script = (
        "import sys, time; from pathlib import Path; from importer import locks\n"
        "with locks.only_one(Path(sys.argv[1]), 'then'):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    top = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock)],
        env={**os.environ, "PYTHONPATH": str(top)},
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(StoppedEarly, match=f"process {holder.pid} on"),
            locks.only_one(lock, "now"),
        ):
            pass
        holder.kill()
    with locks.only_one(lock, "now"):
        pass


def test_what_is_written_while_the_copy_is_worked_on_stays_in_the_inbox(
    inbox: Inbox,
) -> None:
    path = inbox.folder / "today.csv"
    path.write_text("first\n")
    dropped = inbox.take(path)
    assert dropped is not None
    path.write_text("first\nsecond\n")
    archived = inbox.accept(dropped, AT)
    assert archived.read_text() == "first\n"
    assert path.read_text() == "first\nsecond\n"


def test_a_name_that_is_no_utf8_is_taken_under_one_that_is(inbox: Inbox) -> None:
    path = inbox.folder / os.fsdecode(b"Ums\xe4tze.csv")
    path.write_text("a,b\n1,2\n")
    dropped = inbox.take(path)
    assert dropped is not None
    assert dropped.name.encode()
    assert dropped.name.endswith("tze.csv")


def test_a_file_that_is_gone_before_it_is_refused_stops_nothing(inbox: Inbox) -> None:
    path = inbox.folder / "a.csv"
    target = inbox.refuse(path, FileRefused(Fault("a.csv", "is not good")))
    why = target.with_name(f"{target.name}.why.txt")
    assert "is not good" in why.read_text(encoding="utf-8")
