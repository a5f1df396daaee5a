"""A slice of the power cuts, the disk that forgets, and proof that losses are seen."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kill_strace import is_permitted
from power_cut import SCENES, run
from power_disk import SECTOR, Disk, all_left, files_of, none_left, put
from power_record import joined

COUNT = 200

recorded = pytest.mark.skipif(
    not is_permitted(), reason="what is written can only be recorded by tracing"
)


@recorded
@pytest.mark.parametrize("scene", SCENES)
def test_no_power_cut_loses_an_intent_or_a_file(scene: str) -> None:
    outcome = run(scene, "ours", seed=7, count=COUNT)
    assert outcome.wrong == []
    assert outcome.states >= COUNT
    assert outcome.started
    assert outcome.statuses["posted"]


@recorded
@pytest.mark.parametrize("settings", ["Python's default", "WAL and NORMAL"])
def test_other_settings_are_seen_to_lose_intents(settings: str) -> None:
    outcome = run("in the middle", settings, seed=7, count=COUNT)
    assert outcome.harms["intent lost"]


def disk() -> Disk:
    return Disk({".": None, "a": b"old"})


def test_what_is_written_lasts_from_the_sync_on() -> None:
    one = disk()
    one.write("a", 0, b"new!")
    assert one.after_a_cut(none_left)["a"] == b"old"
    assert one.after_a_cut(all_left)["a"] == b"new!"
    one.sync("a")
    assert one.after_a_cut(none_left)["a"] == b"new!"


def test_a_write_may_be_torn_between_its_sectors() -> None:
    one = disk()
    one.write("a", 0, b"x" * SECTOR + b"y" * SECTOR)
    second = one.after_a_cut(lambda _, pieces: [False, True][:pieces])["a"]
    assert second == b"old" + bytes(SECTOR - 3) + b"y" * SECTOR


def test_a_new_file_has_no_name_before_its_folder_is_synced() -> None:
    one = disk()
    one.make("b")
    one.write("b", 0, b"text")
    one.sync("b")
    assert "b" not in one.after_a_cut(none_left)
    one.sync(".")
    assert one.after_a_cut(none_left)["b"] == b"text"


def test_a_file_renamed_is_never_nowhere() -> None:
    one = disk()
    one.rename("a", "b")
    assert one.after_a_cut(none_left) == {".": None, "a": b"old"}
    assert one.after_a_cut(all_left) == {".": None, "b": b"old"}


def test_a_file_renamed_into_another_folder_has_both_names_until_both_are_synced() -> (
    None
):
    one = Disk({".": None, "there": None, "a": b"old"})
    one.rename("a", "there/a")
    one.sync("there")
    assert one.after_a_cut(none_left)["there/a"] == b"old"
    assert one.after_a_cut(none_left)["a"] == b"old"
    one.sync(".")
    assert "a" not in one.after_a_cut(none_left)


def test_what_is_removed_comes_back_until_its_folder_is_synced() -> None:
    one = disk()
    one.remove("a")
    assert one.after_a_cut(none_left)["a"] == b"old"
    one.sync(".")
    assert "a" not in one.after_a_cut(none_left)


def test_nothing_is_reached_in_a_folder_that_is_not_there() -> None:
    one = disk()
    one.make("new", is_folder=True)
    one.make("new/b")
    one.sync("new")
    assert one.after_a_cut(none_left) == {".": None, "a": b"old"}


def test_a_file_cut_short_is_long_again_until_it_is_synced() -> None:
    one = disk()
    one.truncate("a", 0)
    assert one.after_a_cut(none_left)["a"] == b"old"
    assert one.after_a_cut(all_left)["a"] == b""


def test_calls_of_several_threads_are_joined() -> None:
    lines = [
        '7 pwrite64(3<f>, "a", 1, 0 <unfinished ...>',
        '8 sendto(4<s>, "b", 1, 0, NULL, 0 <unfinished ...>',
        "7 <... pwrite64 resumed>) = 1",
        "8 <... sendto resumed>) = 1",
        "9 fsync(3<f>) = 0",
    ]
    assert list(joined(lines)) == [
        '8 sendto(4<s>, "b", 1, 0, NULL, 0) = 0',
        '7 pwrite64(3<f>, "a", 1, 0) = 1',
        "9 fsync(3<f>) = 0",
    ]


def test_a_folder_is_read_and_put_back(tmp_path: Path) -> None:
    files = {".": None, "a": None, "a/b": b"\0text"}
    put(files, tmp_path / "one")
    assert files_of(tmp_path / "one") == files
