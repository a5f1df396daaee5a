"""What the watched folder may meet: no file blocks the next, none is passed over."""

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from importer.errors import Fault, FileRefused, StoppedEarly
from importer.inbox import Inbox, Still
from importer.inbox.heartbeat import Beat, Heart, read
from importer.inbox.originals import is_ours, take_away
from importer.inbox.wholeness import look, why_waits

AT = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
QUIET = 5


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


def put(inbox: Inbox, name: str, content: str = "a,b\n1,2\n") -> Path:
    path = inbox.folder / name
    path.write_text(content)
    return path


def test_what_was_tried_in_vain_rests_longer_each_time_and_holds_up_no_other(
    inbox: Inbox,
) -> None:
    bad, good = put(inbox, "bad.csv"), put(inbox, "good.csv")
    seen: dict[Path, Still] = {}
    tried = []
    for moment in range(400):
        seen, ready = inbox.scan(seen, moment)
        if good in ready:
            good.unlink()
        if bad in ready:
            tried.append(moment)
        seen = inbox.tried(seen, ready, moment)
    assert not good.exists()
    assert tried == [5, 65, 185]
    assert "tried again later" in seen[bad].why
    # What is changed is looked at as if it had just come.
    put(inbox, "bad.csv", "a,b\n1,2\n3,4\n")
    seen, _ = inbox.scan(seen, 400)
    assert inbox.scan(seen, 405)[1] == [bad]


def test_a_file_on_a_share_must_be_still_for_longer_and_nobody_is_asked(
    inbox: Inbox,
) -> None:
    """There a lease may always be denied: nothing would ever be taken."""
    share = Inbox(
        *(inbox.folder, inbox.archive, inbox.refused, inbox.spool),
        *(QUIET, 1 << 20, True),
    )
    path = put(inbox, "a.csv")
    seen, _ = share.scan({}, 0)
    assert [share.scan(seen, at)[1] for at in (6, 14, 15)] == [[], [], [path]]
    with path.open("a"):
        local = why_waits(path, 60, QUIET)
        assert why_waits(path, 60, QUIET, on_a_share=True) == ""
    assert local == "somebody has it open for writing"


def test_what_is_left_alone_is_named_with_the_reason(inbox: Inbox) -> None:
    put(inbox, "a.csv.part")
    put(inbox, "whole.csv")
    (inbox.folder / "link.csv").symlink_to(inbox.folder / "whole.csv")
    (inbox.folder / "older").mkdir()
    assert inbox.left_alone() == {
        "a.csv.part": "by its name it is not finished",
        "link.csv": "it is no regular file",
        "older": "it is no regular file",
    }


def test_the_longest_name_is_no_reason_to_stop(inbox: Inbox) -> None:
    for name in ("x" * 251 + ".csv", "\u0958" * 83 + ".csv", "\u00df" * 125 + ".csv"):
        path = put(inbox, name, name)
        dropped = inbox.take(path)
        assert dropped is not None
        assert dropped.name.endswith(".csv")
        kept = inbox.accept(dropped, AT)
        assert kept.read_text() == name
        assert list(inbox.folder.iterdir()) == []
        dropped = inbox.take(put(inbox, name))
        assert dropped is not None
        assert inbox.refuse(dropped, FileRefused(Fault("a", "is bad"))).exists()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only on Linux")
def test_a_file_whose_bytes_cannot_be_read_is_no_full_disk(
    inbox: Inbox, tmp_path: Path
) -> None:
    """It is left for a later look; a full disk would stop all files."""
    memory = Path("/proc/self/mem")
    assert memory.stat().st_size == 0
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        memory.read_bytes()
    assert inbox.take(memory) is None
    assert list(inbox.spool.iterdir()) == []
    (tmp_path / "full").symlink_to("/nowhere/at/all")
    full = Inbox(
        *(inbox.folder, inbox.archive, inbox.refused, tmp_path / "full"),
        *(QUIET, 1 << 20),
    )
    with pytest.raises(StoppedEarly, match="cannot be copied here"):
        full.take(put(inbox, "a.csv"))


def test_a_file_that_may_not_be_moved_leaves_no_empty_one_behind(
    inbox: Inbox,
) -> None:
    gone = inbox.folder / "gone.csv"
    inbox.refuse(gone, FileRefused(Fault("gone.csv", "cannot be opened")))
    assert [path.name for path in inbox.refused.iterdir()] == ["gone.csv.why.txt"]


def test_what_a_program_had_in_hand_when_it_died_is_back_under_its_name(
    inbox: Inbox,
) -> None:
    """It died between looking a last time and removing; a writer came between."""
    path = put(inbox, "today.csv", "second\n")
    aside = inbox.folder / ".1a2b3c4d.6.taken.today.csv"
    path.rename(aside)
    assert is_ours(aside.name)
    assert inbox.left_alone() == {}
    put(inbox, "today.csv", "third\n")
    inbox.sweep(AT)
    texts = {path.name: path.read_text() for path in inbox.folder.iterdir()}
    assert texts == {"today.csv": "third\n", "2-today.csv": "second\n"}


def test_an_original_that_is_another_file_by_now_stays(inbox: Inbox) -> None:
    path = put(inbox, "today.csv", "first\n")
    sight = look(path)
    assert sight
    path.write_text("second, longer\n")
    take_away(path, sight, "0" * 64)
    assert path.read_text() == "second, longer\n"


def test_the_heartbeat_says_what_it_does_and_when_it_worked(tmp_path: Path) -> None:
    clock = [AT]
    heart = Heart(tmp_path / "heartbeat", lambda: clock[0])
    heart.turn("at work on a.csv")
    assert "at work on a.csv (process" in said(tmp_path, clock[0])
    clock[0] += timedelta(minutes=1)
    heart.rest(worked=True)
    heart.look({"b.csv": "it has just come"}, {})
    sentence = said(tmp_path, clock[0])
    assert "waiting for b.csv (it has just come)" in sentence
    assert "last worked 2026-03-18T12:01:00" in sentence
    clock[0] += timedelta(seconds=9)
    heart.beat(force=False)
    assert "9 s ago" in said(tmp_path, clock[0])
    clock[0] += timedelta(seconds=1)
    heart.beat(force=False)
    assert " 0 s ago" in said(tmp_path, clock[0])
    clock[0] += timedelta(minutes=4)
    assert "no sign of process" in said(tmp_path, clock[0])
    # The next one knows when the last one worked.
    Heart(tmp_path / "heartbeat", lambda: clock[0])
    assert "last worked 2026-03-18T12:01:00" in said(tmp_path, clock[0])


def said(folder: Path, now: datetime) -> str:
    beat = read(folder / "heartbeat")
    assert beat
    return beat.sentence(now, timedelta(minutes=1))


def test_a_clock_that_is_set_back_does_not_silence_the_heart(tmp_path: Path) -> None:
    clock = [AT]
    heart = Heart(tmp_path / "heartbeat", lambda: clock[0])
    clock[0] -= timedelta(hours=2)
    heart.beat(force=False)
    assert " 0 s ago" in said(tmp_path, clock[0])
    clock[0] += timedelta(minutes=4)
    assert "no sign of process" in said(tmp_path, clock[0])


def test_a_heartbeat_that_cannot_be_written_stops_no_work(tmp_path: Path) -> None:
    heart = Heart(tmp_path / "nowhere" / "heartbeat", lambda: AT)
    (tmp_path / "nowhere" / "heartbeat").unlink()
    (tmp_path / "nowhere").rmdir()
    (tmp_path / "nowhere").write_text("no folder any more")
    heart.turn("at work on a.csv")
    assert (tmp_path / "nowhere").read_text() == "no folder any more"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"at": 1}', '{"at": "then"}'])
def test_a_heartbeat_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "heartbeat").write_text(text)
    assert read(tmp_path / "heartbeat") is None


def test_a_thousand_names_are_not_all_shown() -> None:
    names = {f"{number}.csv": "it has just come" for number in range(1000)}
    beat = Beat(AT.isoformat(), AT.isoformat(), "process 1 on a", waiting_for=names)
    assert beat.sentence(AT, timedelta()).count(".csv") == 20
    assert "and 980 more" in beat.sentence(AT, timedelta())
