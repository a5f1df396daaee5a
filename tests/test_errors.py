"""The gallery of messages is whole, says what the program says, and is the page."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import gallery
import sentences
from gallery import Case


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gallery.workspace(tmp_path_factory.mktemp("synced"))


@pytest.mark.skipif(
    os.name != "posix", reason="the gallery has the words and paths of POSIX"
)
@pytest.mark.parametrize(
    "case", gallery.cases(), ids=lambda case: f"{case.family}: {case.title}"
)
def test_the_program_says_what_the_gallery_shows(
    case: Case, synced: Path, tmp_path: Path
) -> None:
    assert gallery.played(case, synced, tmp_path / "case") == case.source


def test_the_page_for_people_is_the_gallery() -> None:
    assert gallery.PAGE.read_text("utf-8") == gallery.page()


def test_every_sentence_of_the_program_is_in_the_gallery() -> None:
    said = "\n".join(case.said for case in gallery.cases())
    excused = sentences.not_here()
    missing = [
        f"{one.path}:{one.line}: {one.text}"
        for one in sentences.sentences()
        if one.text not in excused
        and not one.path.startswith(tuple(excused))
        and not one.is_in(said)
    ]
    assert missing == []


def test_no_sentence_is_excused_that_is_not_there_or_has_a_case() -> None:
    said = "\n".join(case.said for case in gallery.cases())
    known = {one.text: one for one in sentences.sentences()}
    for text in sentences.not_here():
        if not text.startswith("importer/"):
            assert text in known, text
            assert not known[text].is_in(said), text
