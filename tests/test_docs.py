"""The documents cannot lie: what they name is there, and what they show works."""

import re
import tomllib
from pathlib import Path

import pytest

from importer.cli import COMMANDS
from importer.mapping import soundness
from importer.mapping.load import load
from importer.mapping.schema import Mapping
from importer.model import Reason
from importer.readers import bai2, camt_rows, lockbox, mt940, nacha_rows, qif, x12
from importer.settings.sections import ReadingSection

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
    from importer.mapping import policy, schema  # noqa: PLC0415 -- only this test needs it

    text = (TOP / "docs" / "mappings.md").read_text(encoding="utf-8")
    for model in (
        schema.FileSection,
        schema.ReadSection,
        policy.Policy,
        policy.InvoiceNumbers,
        schema.Totals,
    ):
        for key in model.model_fields:
            assert f"`{key}`" in text or f"`{key} =" in text, key


def test_every_column_of_a_structured_format_is_in_the_formats_page() -> None:
    page = (TOP / "docs" / "formats.md").read_text("utf-8")
    for reader in (mt940, camt_rows, bai2, lockbox, nacha_rows, x12, qif):
        missing = [name for name in reader.COLUMNS if f"`{name}`" not in page]
        assert not missing, reader.__name__


def test_the_formats_page_shows_a_mapping_and_every_limit() -> None:
    page = (TOP / "docs" / "formats.md").read_text("utf-8")
    text, limits = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    shown = ReadingSection.model_validate(tomllib.loads(limits)["reading"])
    assert shown == ReadingSection()
    assert shown.model_fields_set == set(ReadingSection.model_fields)
    mapping = Mapping.model_validate(tomllib.loads(text))
    used = {name for _, name in soundness.columns(mapping)}
    assert used <= set(camt_rows.COLUMNS)


def test_every_reason_for_holding_is_explained() -> None:
    page = (TOP / "docs" / "operations.md").read_text("utf-8")
    listed = re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)
    reasons = {one.value for one in Reason}
    assert reasons <= set(listed)
    assert len(listed) == len(set(listed))
