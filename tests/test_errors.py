"""The gallery of messages is whole, says what the program says, and is the page."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import gallery
from gallery import Case


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gallery.workspace(tmp_path_factory.mktemp("synced"))


@pytest.mark.parametrize(
    "case", gallery.cases(), ids=lambda case: f"{case.family}: {case.title}"
)
def test_the_program_says_what_the_gallery_shows(
    case: Case, synced: Path, tmp_path: Path
) -> None:
    assert gallery.played(case, synced, tmp_path / "case") == case.source


def test_the_page_for_people_is_the_gallery() -> None:
    assert gallery.PAGE.read_text("utf-8") == gallery.page()
