"""No half file is taken, whatever its writer does: schedules in virtual time."""

import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from importer.errors import Fault, FileRefused, SettingsRefused
from importer.inbox import Inbox, Still
from importer.inbox.wholeness import LONGER, LONGEST, is_whole
from importer.systems import open_regular

AT = datetime(2026, 3, 18, tzinfo=UTC)
QUIET = 5
START_NS = 1_700_000_000_000_000_000


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return Inbox(
        folder=folder,
        archive=tmp_path / "archive",
        refused=tmp_path / "refused",
        spool=tmp_path / ".spool",
        quiet_seconds=QUIET,
        bytes_most=1 << 20,
    )


def bank_csv() -> bytes:
    lines = [f"2026-03-{day:02},PAYER {day},{day}00.00" for day in range(1, 29)]
    return "\n".join(["Date,Text,Amount", *lines, ""]).encode()


def bank_ofx() -> bytes:
    rows = "<STMTTRN><TRNAMT>1.00</STMTTRN>\n" * 30
    return f"OFXHEADER:100\n\n<OFX><STMTRS>{rows}</STMTRS></OFX>\n".encode()


def bank_workbook() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", os.urandom(2000))
    return out.getvalue()


def bank_camt() -> bytes:
    rows = '<Ntry><Amt Ccy="EUR">1.00</Amt></Ntry>\n' * 30
    return f'<?xml version="1.0"?>\n<Document>{rows}</Document>'.encode()


@dataclass
class Step:
    """What a writer has written by a second; `begins` is a file written anew."""

    at: int
    size: int


def schedule(kind: str, size: int, chance: random.Random) -> Iterator[Step]:
    """Yield what a writer does, second by second."""
    at = size_now = 0
    if kind == "fast":
        yield Step(0, size)
        return
    if kind == "truncate and rewrite":
        yield Step(0, size)
        at = chance.randint(1, QUIET - 1)
    while size_now < size:
        yield Step(at, size_now)
        stall = QUIET * LONGER - 2 if kind == "stalls" else QUIET - 1
        at += chance.randint(1, stall)
        size_now += chance.randint(1, size)
    yield Step(at, size)


def taken(inbox: Inbox, path: Path, content: bytes, steps: list[Step]) -> bytes:
    """Let a writer write while a watcher polls each second; return what is taken."""
    seen: dict[Path, Still] = {}
    for second in range(steps[-1].at + QUIET * LONGER + 2):
        for step in steps:
            if step.at == second:
                path.write_bytes(content[: step.size])
                # The clock of the file system moves with the writer's.
                moment = START_NS + second * 10**9
                os.utime(path, ns=(moment, moment))
        seen, ready = inbox.scan(seen, second)
        if ready:
            dropped = inbox.take(path)
            assert dropped is not None
            return dropped.path.read_bytes()
    raise AssertionError("it was never taken")


@pytest.mark.parametrize("kind", ["fast", "steady", "stalls", "truncate and rewrite"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ofx", bank_ofx()),
        ("a.xlsx", bank_workbook()),
        ("a.xml", bank_camt()),
    ],
)
def test_no_half_file_of_a_format_with_an_end_is_taken(
    inbox: Inbox, kind: str, name: str, content: bytes
) -> None:
    for seed in range(20):
        steps = list(schedule(kind, len(content), random.Random(seed)))
        path = inbox.folder / f"{seed}-{name}"
        assert taken(inbox, path, content, steps) == content
        path.unlink()


@pytest.mark.parametrize("kind", ["fast", "steady", "stalls"])
def test_no_text_that_is_cut_inside_a_line_is_taken(inbox: Inbox, kind: str) -> None:
    """A text that is cut at a line's end is whole as far as anybody can see."""
    content = bank_csv()
    for seed in range(20):
        path = inbox.folder / f"{seed}.csv"
        steps = list(schedule(kind, len(content), random.Random(seed)))
        found = taken(inbox, path, content, steps)
        assert content.startswith(found)
        assert found.endswith(b"\n")
        path.unlink()


@pytest.mark.parametrize(
    ("content", "has_end"),
    [
        (b"a,b\n1,2\n", True),
        (b"a,b\r\n1,2\r\n", True),
        ("a\n1\n".encode("utf-16"), True),
        (b"a,b\n1,2", False),
        (b"", False),
        (b'<?xml version="1.0"?><ns:Document></ns:Document>', True),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Document></Stmt>\n', False),
        (b'<?xml version="1.0"?>\n<!-- b --><b>1</b >\n<!-- over -->\n', True),
        (b'<?xml version="1.0"?>\n<c><b>1</b>', False),
        (b'<?xml version="1.0"?>\n<c>1</c>\n<?xml version="1.0"?>\n<c><b>1', False),
        (b'<?xml version="1.0"?>\n', False),
        (b"<?x", False),
        (b"<OFX><A></ofx>", True),
        (b"<OFX><A>\n", False),
    ],
)
def test_an_end_is_seen_where_the_format_has_one(
    tmp_path: Path, content: bytes, *, has_end: bool
) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert is_whole(path, QUIET, QUIET) is has_end
    has_a_mark = content.lstrip(b"\xef\xbb\xbf").startswith(b"<")
    assert is_whole(path, QUIET * LONGER, QUIET) is (has_end or not has_a_mark)
    assert is_whole(path, QUIET * LONGEST, QUIET)
    assert not is_whole(path, QUIET - 1, QUIET)


def test_a_file_of_the_same_size_that_is_written_anew_is_waited_for_again(
    inbox: Inbox,
) -> None:
    """As a program does that fills in what it has reserved."""
    path, moment = inbox.folder / "bank.csv", START_NS
    path.write_bytes(b"a,b\n0,0\n")
    os.utime(path, ns=(moment, moment))
    seen, _ = inbox.scan({}, 0)
    with path.open("r+b") as file:
        file.write(b"a,b\n1,2\n")
    os.utime(path, ns=(moment + 1, moment + 1))
    seen, ready = inbox.scan(seen, QUIET)
    assert ready == []
    _, ready = inbox.scan(seen, 2 * QUIET)
    assert ready == [path]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of writers")
def test_a_file_that_another_process_has_open_for_writing_is_not_whole(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    script = "import sys; f = open(sys.argv[1], 'a'); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"1\n"
        assert not is_whole(path, QUIET * LONGER, QUIET)
        writer.communicate(b"\n")
    assert is_whole(path, QUIET, QUIET)


def test_a_pipe_or_a_link_put_in_place_of_a_file_is_never_waited_for(
    tmp_path: Path,
) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path)
    assert not is_whole(pipe, QUIET * LONGER, QUIET)
    with pytest.raises(OSError, match="symbolic links"):
        open_regular(link)


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_file_that_replaces_what_was_read_is_the_next_to_be_read(
    inbox: Inbox, *, is_refused: bool
) -> None:
    path = inbox.folder / "today.csv"
    path.write_text("first\n")
    dropped = inbox.take(path)
    assert dropped is not None
    other = inbox.folder / "other.part"
    other.write_text("second\n")
    other.replace(path)
    if is_refused:
        kept = inbox.refuse(dropped, FileRefused(Fault("today.csv", "is not good")))
    else:
        kept = inbox.accept(dropped, AT)
    assert kept.read_text() == "first\n"
    assert path.read_text() == "second\n"
    assert list(inbox.spool.iterdir()) == []


def test_a_file_that_comes_at_any_moment_is_never_taken_away_unread(
    inbox: Inbox,
) -> None:
    """A replacement races with the removal, over and over."""
    chance = random.Random(1)
    for number in range(300):
        path = inbox.folder / "today.csv"
        path.write_text(f"first {number}\n")
        dropped = inbox.take(path)
        assert dropped is not None
        other = inbox.folder / "other.part"
        other.write_text(f"second {number}\n")
        writer = Timer(chance.random() / 2000, other.replace, [path])
        writer.start()
        inbox.accept(dropped, AT)
        writer.join()
        (kept,) = inbox.folder.iterdir()
        assert kept.read_text() == f"second {number}\n"
        kept.unlink()


def test_an_inbox_that_nothing_can_be_taken_out_of_is_named(inbox: Inbox) -> None:
    path = inbox.folder / "a.csv"
    path.write_text("a\n")
    dropped = inbox.take(path)
    assert dropped is not None
    inbox.folder.chmod(0o500)
    try:
        if os.access(inbox.folder, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(SettingsRefused, match="cannot be taken out"):
            inbox.accept(dropped, AT)
    finally:
        inbox.folder.chmod(0o700)


def test_a_file_that_grows_while_it_is_copied_is_left_for_the_next_scan(
    inbox: Inbox,
) -> None:
    path = inbox.folder / "a.csv"
    path.write_bytes(b"x\n" * 200_000)
    done = Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"more\n")

    writer = Thread(target=write)
    writer.start()
    try:
        found = [inbox.take(path) for _ in range(5)]
    except FileRefused:
        found = [None]
    finally:
        done.set()
        writer.join()
    # Where the writer happened to rest, a take is sound.
    assert None in found
    for one in filter(None, found):
        inbox.forget(one)
    assert list(inbox.spool.iterdir()) == []


def test_a_folder_in_place_of_a_file_is_none(inbox: Inbox) -> None:
    assert inbox.take(inbox.folder) is None


def test_letters_of_all_scripts_stay_in_a_name(inbox: Inbox) -> None:
    path = inbox.folder / "Ma\u0308rz \u0395\u0393.csv"
    path.write_text("a\n")
    dropped = inbox.take(path)
    assert dropped is not None
    assert (dropped.name, dropped.path.name) == ("M\u00e4rz \u0395\u0393.csv",) * 2


@pytest.mark.parametrize("name", ["a\nb.csv", "a\u202egpj.csv", "a\\b.csv"])
def test_what_hides_in_a_name_is_shown(inbox: Inbox, name: str) -> None:
    path = inbox.folder / name
    path.write_text("a\n")
    dropped = inbox.take(path)
    assert dropped is not None
    assert "_" in dropped.name


def test_copies_are_for_nobody_else_to_read(inbox: Inbox) -> None:
    path = inbox.folder / "a.csv"
    path.write_text("a\n")
    dropped = inbox.take(path)
    assert dropped is not None
    assert inbox.spool.stat().st_mode & 0o77 == 0
    assert dropped.path.parent.stat().st_mode & 0o77 == 0


def test_two_who_take_the_same_bytes_do_not_share_a_copy(inbox: Inbox) -> None:
    path = inbox.folder / "a.csv"
    path.write_text("a\n")
    first, second = inbox.take(path), inbox.take(path)
    assert first is not None
    assert second is not None
    inbox.forget(first)
    assert second.path.read_text() == "a\n"


def test_what_a_program_that_died_left_is_swept_after_a_day(inbox: Inbox) -> None:
    inbox.sweep(AT)
    path = inbox.folder / "a.csv"
    path.write_text("a\n")
    dropped = inbox.take(path)
    assert dropped is not None
    made = datetime.fromtimestamp(dropped.path.parent.stat().st_mtime, UTC)
    inbox.sweep(made + timedelta(hours=23))
    assert dropped.path.exists()
    inbox.sweep(made + timedelta(hours=25))
    assert not dropped.path.exists()
