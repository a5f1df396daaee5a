"""The documents cannot lie: what they name is there, and what they show works."""

import re
from pathlib import Path

import pytest

from importer.cli import COMMANDS
from importer.mapping.load import load

TOP = Path(__file__).parent.parent
PAGES = [
    TOP / "README.md",
    TOP / "ARCHITECTURE.md",
    *sorted((TOP / "docs").glob("*.md")),
]


def blocks(page: Path, kind: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def test_every_command_stands_in_the_readme() -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"| `importer {name}" in text, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_exists(page: Path) -> None:
    for block in blocks(page, "console"):
        for name in re.findall(r"^\$ importer (\w+)", block, re.MULTILINE):
            assert name in COMMANDS, name


def test_the_whole_mapping_that_is_shown_loads(tmp_path: Path) -> None:
    whole = [
        one for one in blocks(TOP / "docs" / "mappings.md", "toml") if "[file]" in one
    ]
    assert whole
    for text in whole:
        path = tmp_path / "shown.toml"
        path.write_text(text, encoding="utf-8")
        assert load(path).rule


def test_every_key_of_a_mapping_is_explained() -> None:
    from importer.mapping import schema  # noqa: PLC0415 -- only this test needs it

    text = (TOP / "docs" / "mappings.md").read_text(encoding="utf-8")
    for model in (
        schema.FileSection,
        schema.ReadSection,
        schema.Policy,
        schema.InvoiceNumbers,
        schema.Totals,
    ):
        for key in model.model_fields:
            assert f"`{key}`" in text or f"`{key} =" in text, key
